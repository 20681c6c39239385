//! `probity staff`: the accounts that sign in to the console.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use app::access::account::{self, Account, ProviderIdentity};
use app::access::permission::ROLES;
use app::access::{password, totp};
use engine::Door;
use review::Skills;

use crate::{Outcome, clock, opening};

/// The variable that may hold a password, for `staff add` and for the first start.
const PASSWORD_VARIABLE: &str = "PROBITY_STAFF_PASSWORD";

/// Subcommands of `staff`.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Add(Add),
    List(List),
    Remove(Remove),
    Totp(Totp),
    Bind(Bind),
}

/// Bind a staff account to an identity at the identity provider
///
/// The person then signs in through the provider. A person without a bound account sees the values
/// to give here. Without --issuer and --sub, removes the binding.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  probity staff bind probity.db ana --issuer https://id.example --sub 248289761001"
)]
pub(crate) struct Bind {
    /// File of the store
    store: PathBuf,
    /// Name of the account
    name: String,
    /// Issuer of the provider, as in the configuration
    #[arg(long, value_name = "URL", requires = "sub")]
    issuer: Option<String>,
    /// Subject (`sub`) of the person at the provider
    #[arg(long, value_name = "SUB", requires = "issuer")]
    sub: Option<String>,
    /// File with the key that signs the ledger; default: STORE.key
    #[arg(long, value_name = "FILE")]
    signing_key: Option<PathBuf>,
}

/// Create a staff account, or give one new roles and a new password
///
/// The password comes from PROBITY_STAFF_PASSWORD. If that is not set, it is generated and printed
/// once. Works while the server runs. The sessions of the account end.
#[derive(Debug, clap::Args)]
pub(crate) struct Add {
    /// File of the store
    store: PathBuf,
    /// Name to sign in with
    name: String,
    /// Role; may be given more than once: admin (everything except judging cases), analyst (read
    /// everything), author (also propose changes of rules), approver (also approve the proposals of
    /// others), moderator (judge cases), specialist (also escalated cases), legal (also carry out
    /// orders), lead (also lead reviewers), partner, authority
    #[arg(long, default_value = "analyst", value_parser = role)]
    role: Vec<String>,
    /// Languages that the person can judge, such as ro,pt-BR
    #[arg(long, value_delimiter = ',', value_name = "LANGUAGES", value_parser = language)]
    languages: Vec<String>,
    /// Expertise of the person, such as elections or the name of a policy
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    expertise: Vec<String>,
    /// Queues of task forces that the person serves
    #[arg(long, value_delimiter = ',', value_name = "QUEUES")]
    queues: Vec<String>,
    /// Give clearance to see restricted material
    #[arg(long)]
    cleared: bool,
    /// Partner or authority that the account belongs to
    #[arg(long, value_name = "ID")]
    party: Option<String>,
    /// File with the key that signs the ledger; default: STORE.key
    #[arg(long, value_name = "FILE")]
    signing_key: Option<PathBuf>,
}

/// Set or remove the second factor of an account (TOTP, RFC 6238)
///
/// Prints the address for an authenticator app. From then on, the account also needs a code to sign
/// in.
#[derive(Debug, clap::Args)]
pub(crate) struct Totp {
    /// File of the store
    store: PathBuf,
    /// Name of the account
    name: String,
    /// Remove the second factor
    #[arg(long)]
    off: bool,
    /// File with the key that signs the ledger; default: STORE.key
    #[arg(long, value_name = "FILE")]
    signing_key: Option<PathBuf>,
}

/// List staff accounts
#[derive(Debug, clap::Args)]
pub(crate) struct List {
    /// File of the store
    store: PathBuf,
}

/// Remove a staff account; its sessions end
#[derive(Debug, clap::Args)]
pub(crate) struct Remove {
    /// File of the store
    store: PathBuf,
    /// Name of the account
    name: String,
    /// File with the key that signs the ledger; default: STORE.key
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
    opening::runtime()?.block_on(async {
        match command {
            Command::Add(args) => add(args).await,
            Command::List(args) => list(args).await,
            Command::Remove(args) => remove(args).await,
            Command::Totp(args) => second_factor(args).await,
            Command::Bind(args) => bind(args).await,
        }
    })
}

/// Creates the account `admin` in a store without staff. Returns its password, unless it came from
/// the environment.
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

/// Creates an account. Returns its password.
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
    let door = opening::door(&args.store, args.signing_key.as_ref()).await?;
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
    account::check(door.store(), &account).await.context("no account was created")?;
    let password = put(&door, &account, told).await.context("no account was created")?;
    door.store().close().await;
    let roles = account.roles.join(" ");
    if is_told {
        eprintln!("account `{}` ({roles}) has the password you gave", args.name);
    } else {
        println!("{password}");
        eprintln!("this is the password of `{}` ({roles}); it is shown only once", args.name);
    }
    Ok(Outcome::Good)
}

async fn list(args: &List) -> anyhow::Result<Outcome> {
    let store = opening::existing(&args.store).await?;
    let staff = store.staff().await?;
    store.close().await;
    if staff.is_empty() {
        eprintln!("no accounts yet; `probity serve` creates the first one");
    }
    for staff in staff {
        let made = jiff::Timestamp::from_millisecond(staff.made_ms).unwrap_or_default();
        println!("{:<20} {:<20} {made:.0}", staff.name, staff.role);
    }
    Ok(Outcome::Good)
}

async fn remove(args: &Remove) -> anyhow::Result<Outcome> {
    let door = opening::door(&args.store, args.signing_key.as_ref()).await?;
    let who = (account::COMMAND_LINE, clock::now().as_millisecond());
    let is_done = account::remove(&door, who, &args.name).await?;
    door.store().close().await;
    if !is_done {
        bail!("there is no account `{}`; `probity staff list` lists all accounts", args.name);
    }
    eprintln!("removed");
    Ok(Outcome::Good)
}

async fn second_factor(args: &Totp) -> anyhow::Result<Outcome> {
    let door = opening::door(&args.store, args.signing_key.as_ref()).await?;
    let mut random = [0; totp::SECRET_BYTES];
    clock::fill(&mut random)?;
    let secret = totp::secret(&random);
    let who = (account::COMMAND_LINE, clock::now().as_millisecond());
    let given = (!args.off).then(|| secret.clone());
    let is_done = account::set_second_factor(&door, who, &args.name, given).await?;
    door.store().close().await;
    if !is_done {
        bail!("there is no account `{}`; `probity staff list` lists all accounts", args.name);
    }
    if args.off {
        eprintln!("the second factor of `{}` was removed", args.name);
    } else {
        println!("{}", totp::address(&args.name, &secret));
        eprintln!("add this to an authenticator app; it is shown only once");
    }
    Ok(Outcome::Good)
}

async fn bind(args: &Bind) -> anyhow::Result<Outcome> {
    let door = opening::door(&args.store, args.signing_key.as_ref()).await?;
    let identity = args.issuer.clone().zip(args.sub.clone());
    let identity = identity.map(|(issuer, sub)| ProviderIdentity { issuer, sub });
    let what = if identity.is_some() { "account bound" } else { "account unbound" };
    let who = (account::COMMAND_LINE, clock::now().as_millisecond());
    let bound = account::bind(&door, who, &args.name, identity).await?;
    door.store().close().await;
    if !bound {
        bail!("there is no account `{}`; `probity staff list` lists all accounts", args.name);
    }
    eprintln!("{what}");
    Ok(Outcome::Good)
}
