//! `probity key`: API keys.

use std::path::PathBuf;

use anyhow::bail;
use app::access::account;
use app::access::permission::{OF_PARTIES, PERMISSIONS, named};
use engine::{Door, Rows};
use store::{ApiKey, RowChange};

use crate::{Outcome, clock, vault};

/// What to do with API keys.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Add(Add),
    List(List),
    Revoke(Revoke),
}

/// Make an API key; it is printed once, only its hash is kept
///
/// Works while the server runs.
#[derive(Debug, clap::Args)]
#[command(after_help = scopes_help())]
pub(crate) struct Add {
    /// The store
    store: PathBuf,
    /// What it is for
    #[arg(long)]
    name: String,
    /// What it may do; more than once, or `all`
    #[arg(long = "scope", value_name = "SCOPE", required = true)]
    scopes: Vec<String>,
    /// The partner or authority that it belongs to; it sees what is theirs, and nothing else
    #[arg(long, value_name = "ID")]
    party: Option<String>,
    /// The file with the key that signs the ledger; STORE.key if not given
    #[arg(long, value_name = "FILE")]
    signing_key: Option<PathBuf>,
}

/// List API keys with what they may do
#[derive(Debug, clap::Args)]
pub(crate) struct List {
    /// The store
    store: PathBuf,
    /// As JSON lines
    #[arg(long)]
    json: bool,
}

/// Revoke an API key; a running server refuses it within five seconds
#[derive(Debug, clap::Args)]
pub(crate) struct Revoke {
    /// The store
    store: PathBuf,
    /// The part between `prb_` and the second `_`
    id: String,
    /// The file with the key that signs the ledger; STORE.key if not given
    #[arg(long, value_name = "FILE")]
    signing_key: Option<PathBuf>,
}

fn scopes_help() -> String {
    let lines = PERMISSIONS.iter().map(|(name, doc, _)| format!("  {name:<18} {doc}\n"));
    format!("Scopes:\n{}", lines.collect::<String>())
}

/// Runs the command.
pub(crate) fn run(command: &Command) -> anyhow::Result<Outcome> {
    match command {
        Command::Add(args) => add(args),
        Command::List(args) => list(args),
        Command::Revoke(args) => revoke(args),
    }
}

/// The scopes in `told`, checked; `all` means all.
pub(crate) fn scopes(told: &[String]) -> anyhow::Result<Vec<&'static str>> {
    if told.iter().any(|scope| scope == "all") {
        return Ok(PERMISSIONS.iter().map(|(name, ..)| *name).collect());
    }
    let mut scopes = Vec::new();
    for scope in told {
        match named(scope) {
            Some(name) if !scopes.contains(&name) => scopes.push(name),
            Some(_) => {}
            None => {
                let known: Vec<&str> = PERMISSIONS.iter().map(|(name, ..)| *name).collect();
                bail!("`{scope}` is no scope; there are: all, {}", known.join(", "));
            }
        }
    }
    Ok(scopes)
}

/// The scopes in `told` for a key of a party; `all` means all that parties can have.
fn of_party(told: &[String]) -> anyhow::Result<Vec<&'static str>> {
    if told.iter().any(|scope| scope == "all") {
        return Ok(OF_PARTIES.to_vec());
    }
    let scopes = scopes(told)?;
    match scopes.iter().find(|scope| !OF_PARTIES.contains(scope)) {
        Some(scope) => bail!(
            "a partner or an authority cannot have `{scope}`; there are: {}",
            OF_PARTIES.join(", ")
        ),
        None => Ok(scopes),
    }
}

/// Makes a key, for the partner or authority named, if any; returns it.
pub(crate) async fn make(
    door: &Door,
    name: &str,
    scopes: &[&str],
    party: Option<&str>,
) -> anyhow::Result<(String, String)> {
    let mut random = [0; 38];
    clock::fill(&mut random)?;
    let (id, key, hash) = app::access::caller::new_key(random);
    let kept = ApiKey {
        id: id.clone(),
        name: name.to_owned(),
        hash,
        scopes: scopes.join(" "),
        made_ms: clock::now().as_millisecond(),
        revoked_ms: None,
        party: party.map(str::to_owned),
    };
    let about = format!("key {id} ({name}): {}", kept.scopes);
    let who = (account::COMMAND_LINE, kept.made_ms);
    let line = account::line(who, "key made", about);
    door.write(Rows::of([RowChange::from(&kept), line])).await?;
    Ok((id, key))
}

fn add(args: &Add) -> anyhow::Result<Outcome> {
    let scopes = match &args.party {
        Some(_) => of_party(&args.scopes)?,
        None => scopes(&args.scopes)?,
    };
    if args.name.chars().any(char::is_control) || args.name.chars().count() > 64 {
        bail!("a name has 64 characters at most, and nothing that a terminal obeys");
    }
    let key = vault::runtime()?.block_on(async {
        let door = vault::door(&args.store, args.signing_key.as_ref()).await?;
        if let Some(party) = &args.party {
            account::check_party(door.store(), party).await?;
        }
        let (_, key) = make(&door, &args.name, &scopes, args.party.as_deref()).await?;
        door.store().close().await;
        anyhow::Ok(key)
    })?;
    println!("{key}");
    eprintln!("shown this once; send it as `Authorization: Bearer …`");
    Ok(Outcome::Good)
}

fn list(args: &List) -> anyhow::Result<Outcome> {
    let keys = vault::runtime()?.block_on(async {
        let store = vault::existing(&args.store).await?;
        let keys = store.keys().await?;
        store.close().await;
        anyhow::Ok(keys)
    })?;
    if keys.is_empty() {
        eprintln!("no key yet; `probity key add` makes one");
    }
    for key in keys {
        let time = |ms| jiff::Timestamp::from_millisecond(ms).unwrap_or_default();
        let (made, revoked) = (time(key.made_ms), key.revoked_ms.map(time));
        if args.json {
            let line = serde_json::json!({ "id": key.id, "name": key.name, "made": made,
                "scopes": key.scopes.split(' ').collect::<Vec<_>>(), "revoked": revoked });
            println!("{line}");
        } else {
            let state = revoked.map_or_else(String::new, |at| format!("  revoked {at:.0}"));
            println!("{}  {made:.0}  {:<20} {}{state}", key.id, key.name, key.scopes);
        }
    }
    Ok(Outcome::Good)
}

fn revoke(args: &Revoke) -> anyhow::Result<Outcome> {
    let at_ms = clock::now().as_millisecond();
    let is_done = vault::runtime()?.block_on(async {
        let door = vault::door(&args.store, args.signing_key.as_ref()).await?;
        let key = door.store().key(&args.id).await?.filter(|key| key.revoked_ms.is_none());
        if let Some(key) = &key {
            let who = (account::COMMAND_LINE, at_ms);
            let line = account::line(who, "key revoked", format!("key {}", args.id));
            let revoked = ApiKey { revoked_ms: Some(at_ms), ..key.clone() };
            door.write(Rows::of([RowChange::from(&revoked), line])).await?;
        }
        door.store().close().await;
        anyhow::Ok(key.is_some())
    })?;
    if !is_done {
        bail!("no key `{}` is in force; `probity key list` shows them", args.id);
    }
    eprintln!("revoked");
    Ok(Outcome::Good)
}
