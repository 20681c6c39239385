//! `probity staff`: who signs in to the console.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use app::access::account::{self, Account};
use app::access::permission::ROLES;
use app::access::{password, totp};
use casework::Skills;
use engine::{Door, Rows};
use store::{Aside, Identity, RowChange};

use crate::{Outcome, clock, vault};

/// The variable that may hold a password, for `staff add` and for the first start.
const PASSWORD_VARIABLE: &str = "PROBITY_STAFF_PASSWORD";

/// What to do with staff accounts.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Add(Add),
    List(List),
    Remove(Remove),
    Totp(Totp),
    Bind(Bind),
}

/// Bind an account to who somebody is at the identity provider
///
/// From then on they sign in there. Who is bound to no account is shown what to give here. Without
/// --sub, what the account is bound to is taken away.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  probity staff bind probity.db ana --issuer https://id.example --sub 248289761001"
)]
pub(crate) struct Bind {
    /// The store
    store: PathBuf,
    /// The name of the account
    name: String,
    /// The provider, as the configuration names it
    #[arg(long, value_name = "URL", requires = "sub")]
    issuer: Option<String>,
    /// What it calls them
    #[arg(long, value_name = "SUB", requires = "issuer")]
    sub: Option<String>,
    /// The file with the key that signs the ledger; STORE.key if not given
    #[arg(long, value_name = "FILE")]
    signing_key: Option<PathBuf>,
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
    /// What they may do; as often as needed: admin (everything but judging cases), analyst (everything
    /// that can be read), author (and propose changes of rules), approver (and approve what somebody
    /// else proposed), moderator (judge cases), specialist (and what was escalated), legal (and carry
    /// out orders), lead (and lead reviewers), partner, authority
    #[arg(long, default_value = "analyst", value_parser = role)]
    role: Vec<String>,
    /// Languages that they can judge: ro,pt-BR
    #[arg(long, value_delimiter = ',', value_name = "LANGUAGES", value_parser = language)]
    languages: Vec<String>,
    /// What they are expert in: elections, or a policy
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    expertise: Vec<String>,
    /// Queues that they are put on: task forces
    #[arg(long, value_delimiter = ',', value_name = "QUEUES")]
    queues: Vec<String>,
    /// They may see restricted material
    #[arg(long)]
    cleared: bool,
    /// The partner or authority that they belong to
    #[arg(long, value_name = "ID")]
    party: Option<String>,
    /// The file with the key that signs the ledger; STORE.key if not given
    #[arg(long, value_name = "FILE")]
    signing_key: Option<PathBuf>,
}

/// Make, show or take away the second factor of an account (TOTP, RFC 6238)
///
/// Prints what an authenticator app reads; from then on the account signs in with a code as well.
#[derive(Debug, clap::Args)]
pub(crate) struct Totp {
    /// The store
    store: PathBuf,
    /// The name
    name: String,
    /// Take the second factor away
    #[arg(long)]
    off: bool,
    /// The file with the key that signs the ledger; STORE.key if not given
    #[arg(long, value_name = "FILE")]
    signing_key: Option<PathBuf>,
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
    /// The file with the key that signs the ledger; STORE.key if not given
    #[arg(long, value_name = "FILE")]
    signing_key: Option<PathBuf>,
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
            Command::Totp(args) => second_factor(args).await,
            Command::Bind(args) => bind(args).await,
        }
    })
}

/// Makes the account `admin` in a store without staff; returns its password, unless the environment
/// told it.
pub(crate) async fn first(door: &Door) -> anyhow::Result<Option<String>> {
    if !door.store().staff().await?.is_empty() {
        return Ok(None);
    }
    let told = std::env::var(PASSWORD_VARIABLE).ok();
    let is_told = told.is_some();
    let roles = vec!["admin".to_owned()];
    let admin = Account { name: "admin".to_owned(), roles, ..Account::default() };
    let password = put(door, &admin, told).await?;
    Ok((!is_told).then_some(password))
}

/// Makes an account; returns its password.
pub(crate) async fn put(
    door: &Door,
    account: &Account,
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
    let hash = password::hash(&password, salt)?;
    let who = (account::COMMAND_LINE, clock::now().as_millisecond());
    account::keep(door, who, account, hash).await?;
    Ok(password)
}

fn language(tag: &str) -> Result<String, String> {
    types::language::check(&[tag.to_owned()]).map(|()| tag.to_owned())
}

async fn add(args: &Add) -> anyhow::Result<Outcome> {
    let told = std::env::var(PASSWORD_VARIABLE).ok();
    let is_told = told.is_some();
    let door = vault::door(&args.store, args.signing_key.as_ref()).await?;
    let account = Account {
        name: args.name.clone(),
        roles: args.role.clone(),
        skills: Skills {
            languages: args.languages.clone(),
            expertise: args.expertise.clone(),
            queues: args.queues.clone(),
            is_cleared: args.cleared,
            ..Skills::default()
        },
        party: args.party.clone(),
    };
    account::check(door.store(), &account).await.context("no account was made")?;
    let password = put(&door, &account, told).await.context("no account was made")?;
    door.store().close().await;
    let roles = account.roles.join(" ");
    if is_told {
        eprintln!("account `{}` ({roles}) has the password you gave", args.name);
    } else {
        println!("{password}");
        eprintln!("the password of `{}` ({roles}), shown this once", args.name);
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
        println!("{:<20} {:<20} {made:.0}", staff.name, staff.role);
    }
    Ok(Outcome::Good)
}

async fn remove(args: &Remove) -> anyhow::Result<Outcome> {
    let door = vault::door(&args.store, args.signing_key.as_ref()).await?;
    let who = (account::COMMAND_LINE, clock::now().as_millisecond());
    let is_done = account::remove(&door, who, &args.name).await?;
    door.store().close().await;
    if !is_done {
        bail!("there is no account `{}`; `probity staff list` shows them", args.name);
    }
    eprintln!("removed");
    Ok(Outcome::Good)
}

async fn second_factor(args: &Totp) -> anyhow::Result<Outcome> {
    let door = vault::door(&args.store, args.signing_key.as_ref()).await?;
    let mut random = [0; totp::SECRET_BYTES];
    clock::fill(&mut random)?;
    let secret = totp::secret(&random);
    let told = (!args.off).then_some(secret.as_str());
    let is_done = door.store().staff_called(&args.name).await?.is_some();
    if is_done {
        let what = if args.off { "second factor removed" } else { "second factor made" };
        let who = (account::COMMAND_LINE, clock::now().as_millisecond());
        let line = account::line(who, what, format!("staff {}", args.name));
        let (staff, secret) = (args.name.clone(), told.map(str::to_owned));
        let asides = vec![Aside::SecondFactor { staff, secret }];
        door.write(Rows { changes: vec![line], asides }).await?;
    }
    door.store().close().await;
    if !is_done {
        bail!("there is no account `{}`; `probity staff list` shows them", args.name);
    }
    if args.off {
        eprintln!("the second factor of `{}` is off", args.name);
    } else {
        println!("{}", totp::address(&args.name, &secret));
        eprintln!("add this to an authenticator app, shown this once");
    }
    Ok(Outcome::Good)
}

async fn bind(args: &Bind) -> anyhow::Result<Outcome> {
    let door = vault::door(&args.store, args.signing_key.as_ref()).await?;
    let staff = args.name.clone();
    let bound = door.store().staff_called(&args.name).await?.is_some();
    let mut changes = match (&args.issuer, &args.sub) {
        (Some(issuer), Some(sub)) => {
            let (issuer, sub) = (issuer.clone(), sub.clone());
            let bound_ms = clock::now().as_millisecond();
            vec![RowChange::from(&Identity { issuer, sub, staff, bound_ms })]
        }
        _ => account::unbound(door.store(), &args.name).await?,
    };
    let what = if args.sub.is_some() { "account bound" } else { "account unbound" };
    if bound {
        let who = (account::COMMAND_LINE, clock::now().as_millisecond());
        changes.push(account::line(who, what, format!("staff {}", args.name)));
        door.write(Rows::of(changes)).await?;
    }
    door.store().close().await;
    if !bound {
        bail!("there is no account `{}`; `probity staff list` shows them", args.name);
    }
    eprintln!("{what}");
    Ok(Outcome::Good)
}
