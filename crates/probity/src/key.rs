//! `probity key`: API keys.

use std::path::PathBuf;

use anyhow::bail;
use app::access::account;
use app::access::keys::{self, MadeKey, NewKey};
use app::access::permission::PERMISSIONS;
use engine::Door;

use crate::{Outcome, clock, opening};

/// Subcommands of `key`.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Add(Add),
    List(List),
    Revoke(Revoke),
}

/// Create an API key and print it
///
/// The key is printed once. Only its hash is stored. Works while the server runs.
#[derive(Debug, clap::Args)]
#[command(after_help = scopes_help())]
pub(crate) struct Add {
    /// File of the store
    store: PathBuf,
    /// What the key is for
    #[arg(long)]
    name: String,
    /// What the key may do; may be given more than once; `all` for all scopes
    #[arg(long = "scope", value_name = "SCOPE", required = true)]
    scopes: Vec<String>,
    /// The partner or authority that the key belongs to; the key sees only what is theirs
    #[arg(long, value_name = "ID")]
    party: Option<String>,
    /// File with the key that signs the ledger; default: STORE.key
    #[arg(long, value_name = "FILE")]
    signing_key: Option<PathBuf>,
}

/// List API keys and their scopes
#[derive(Debug, clap::Args)]
pub(crate) struct List {
    /// File of the store
    store: PathBuf,
    /// Print keys as JSON lines
    #[arg(long)]
    json: bool,
}

/// Revoke an API key; a running server refuses it within five seconds
#[derive(Debug, clap::Args)]
pub(crate) struct Revoke {
    /// File of the store
    store: PathBuf,
    /// The ID of the key: the part between `prb_` and the second `_`
    id: String,
    /// File with the key that signs the ledger; default: STORE.key
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

/// Creates a key on the command line, for the partner or authority named, if any.
pub(crate) async fn make(door: &Door, new: &NewKey) -> anyhow::Result<MadeKey> {
    let scopes = keys::check(door.store(), new).await?;
    let mut random = [0; 38];
    clock::fill(&mut random)?;
    let who = (account::COMMAND_LINE, clock::now().as_millisecond());
    Ok(keys::make(door, who, (new, &scopes), random).await?)
}

fn add(args: &Add) -> anyhow::Result<Outcome> {
    let (name, scopes, party) = (args.name.clone(), args.scopes.clone(), args.party.clone());
    let MadeKey { key, .. } = opening::runtime()?.block_on(async {
        let door = opening::door(&args.store, args.signing_key.as_ref()).await?;
        let made = make(&door, &NewKey { name, scopes, party }).await;
        door.store().close().await;
        made
    })?;
    println!("{key}");
    eprintln!("the key is shown only once; send it as `Authorization: Bearer …`");
    Ok(Outcome::Good)
}

fn list(args: &List) -> anyhow::Result<Outcome> {
    let keys = opening::runtime()?.block_on(async {
        let store = opening::existing(&args.store).await?;
        let keys = store.keys().await?;
        store.close().await;
        anyhow::Ok(keys)
    })?;
    if keys.is_empty() {
        eprintln!("no keys yet; `probity key add` creates one");
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
    let is_done = opening::runtime()?.block_on(async {
        let door = opening::door(&args.store, args.signing_key.as_ref()).await?;
        let is_done = keys::revoke(&door, (account::COMMAND_LINE, at_ms), &args.id).await;
        door.store().close().await;
        anyhow::Ok(is_done?)
    })?;
    if !is_done {
        bail!("there is no active key `{}`; `probity key list` lists all keys", args.id);
    }
    eprintln!("revoked");
    Ok(Outcome::Good)
}
