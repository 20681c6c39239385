//! `probity staff`: who signs in to the console.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use server::password;
use server::permission::ROLES;
use store::{Staff, Store};

use crate::{Outcome, clock, vault};

/// The variable that may hold a password, for `staff add` and for the first start.
const PASSWORD_VARIABLE: &str = "PROBITY_STAFF_PASSWORD";

/// What to do with staff accounts.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Add(Add),
    List(List),
    Remove(Remove),
}

/// Make a staff account, or give one a new role and password
///
/// The password comes from PROBITY_STAFF_PASSWORD, or is made up and printed once. Works while the
/// server runs; sessions of the account end.
#[derive(Debug, clap::Args)]
pub(crate) struct Add {
    /// The store
    store: PathBuf,
    /// The name to sign in with
    name: String,
    /// admin (everything), analyst (everything that can be read), author (and propose changes of
    /// rules), approver (and approve what somebody else proposed)
    #[arg(long, default_value = "analyst", value_parser = role)]
    role: String,
}

/// List staff accounts
#[derive(Debug, clap::Args)]
pub(crate) struct List {
    /// The store
    store: PathBuf,
}

/// Remove a staff account; its sessions end
#[derive(Debug, clap::Args)]
pub(crate) struct Remove {
    /// The store
    store: PathBuf,
    /// The name
    name: String,
}

fn role(text: &str) -> Result<String, String> {
    let names: Vec<&str> = ROLES.iter().map(|(name, _)| *name).collect();
    let is_known = names.contains(&text);
    if is_known { Ok(text.to_owned()) } else { Err(format!("the roles are {}", names.join(", "))) }
}

/// Runs the command.
pub(crate) fn run(command: &Command) -> anyhow::Result<Outcome> {
    vault::runtime()?.block_on(async {
        match command {
            Command::Add(args) => add(args).await,
            Command::List(args) => list(args).await,
            Command::Remove(args) => remove(args).await,
        }
    })
}

/// Makes the account `admin` in a store without staff; returns its password, unless the environment
/// told it.
pub(crate) async fn first(store: &Store) -> anyhow::Result<Option<String>> {
    if !store.staff().await?.is_empty() {
        return Ok(None);
    }
    let told = std::env::var(PASSWORD_VARIABLE).ok();
    let is_told = told.is_some();
    let password = put(store, "admin", "admin", told).await?;
    Ok((!is_told).then_some(password))
}

/// Makes an account; returns its password.
async fn put(
    store: &Store,
    name: &str,
    role: &str,
    password: Option<String>,
) -> anyhow::Result<String> {
    let password = match password {
        Some(password) => password,
        None => {
            let mut random = [0; 12];
            clock::fill(&mut random)?;
            password::generated(random)
        }
    };
    let mut salt = [0; 16];
    clock::fill(&mut salt)?;
    let staff = Staff {
        name: name.to_owned(),
        role: role.to_owned(),
        password: password::hash(&password, salt)?,
        made_ms: clock::now().as_millisecond(),
    };
    store.put_staff(&staff).await?;
    Ok(password)
}

async fn add(args: &Add) -> anyhow::Result<Outcome> {
    let is_unfit = args.name.chars().any(char::is_control) || args.name.chars().count() > 64;
    if args.name.trim().is_empty() || is_unfit {
        bail!("a name has 1 to 64 characters, and nothing that a terminal obeys");
    }
    let told = std::env::var(PASSWORD_VARIABLE).ok();
    let is_told = told.is_some();
    let store = vault::existing(&args.store).await?;
    let password =
        put(&store, &args.name, &args.role, told).await.context("no account was made")?;
    store.close().await;
    if is_told {
        eprintln!("account `{}` has the role {} and the password you gave", args.name, args.role);
    } else {
        println!("{password}");
        eprintln!("the password of `{}` ({}), shown this once", args.name, args.role);
    }
    Ok(Outcome::Good)
}

async fn list(args: &List) -> anyhow::Result<Outcome> {
    let store = vault::existing(&args.store).await?;
    let staff = store.staff().await?;
    store.close().await;
    if staff.is_empty() {
        eprintln!("no account yet; `probity serve` makes the first one");
    }
    for staff in staff {
        let made = jiff::Timestamp::from_millisecond(staff.made_ms).unwrap_or_default();
        println!("{:<20} {:<10} {made:.0}", staff.name, staff.role);
    }
    Ok(Outcome::Good)
}

async fn remove(args: &Remove) -> anyhow::Result<Outcome> {
    let store = vault::existing(&args.store).await?;
    let is_done = store.remove_staff(&args.name).await?;
    store.close().await;
    if !is_done {
        bail!("there is no account `{}`; `probity staff list` shows them", args.name);
    }
    eprintln!("removed");
    Ok(Outcome::Good)
}
