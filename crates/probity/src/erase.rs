//! `probity erase`: what is kept of a person or thing goes; the ledger stays verifiable.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use engine::Door;
use engine::door::Erased;
use types::Subject;

use crate::output::grouped;
use crate::{Outcome, clock, progress, vault};

/// Erase what is kept of a person or thing
///
/// Events, facts, decisions, messages and changes about the subject are overwritten, and what names it
/// goes from cases, filings, refusals and the audit trail; with an account goes its content. The
/// ledger keeps that something was decided under which rules, not about whom, and that it was erased.
/// Works while the server runs. What an order holds is not erased; neither are verdicts of a member
/// of staff, since the person affected may ask who decided.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  probity erase account/a-17 --store probity.db --reason \"request of 22 November\"
  probity erase notifier/nora@mail.example --store probity.db --dry-run")]
pub(crate) struct Args {
    /// Whom or what: account/ID, content/ID, network/ID, notifier/MAIL, filing/ID (a notice or
    /// complaint), staff/NAME
    subject: String,
    /// The store
    #[arg(long, value_name = "FILE")]
    store: PathBuf,
    /// The file with the key that signs the ledger; STORE.key if not given
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Why; kept in the ledger for ever, so no names
    #[arg(long, default_value = "erasure requested", value_name = "TEXT")]
    reason: String,
    /// Only count what would be erased
    #[arg(long)]
    dry_run: bool,
    /// No progress bar
    #[arg(long)]
    quiet: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let kind = args.subject.split_once('/').filter(|(_, id)| !id.trim().is_empty());
    if !kind.is_some_and(|(kind, _)| KINDS.contains(&kind)) {
        bail!("`{}` is no subject; write {}", args.subject, KINDS.join("/…, ") + "/…");
    }
    let subject = Subject(args.subject.clone());
    vault::runtime()?.block_on(async {
        let door = match args.dry_run {
            true => Door::beside(&vault::existing(&args.store).await?),
            false => vault::door(&args.store, args.key.as_ref()).await?,
        };
        if let Some(id) = subject.0.strip_prefix("filing/") {
            let filing = door.store().filing(id).await?.filter(|filing| filing.kind != "order");
            filing.with_context(|| format!("there is no notice or complaint `{id}`"))?;
        }
        let bar = progress::count(door.store().size().await?, "looking", args.quiet);
        let mut progress = |at| bar.set_position(at);
        let how = (clock::now(), args.dry_run);
        let erased = door.erase((&subject, &args.reason), how, &mut progress).await;
        bar.finish_and_clear();
        let erased = erased.context("nothing was erased")?;
        let (count, beside) = (grouped(erased.entries), counted(&erased.rows));
        if erased == Erased::default() {
            eprintln!("nothing is kept of this subject");
        } else if args.dry_run {
            eprintln!("{count} entries would lose their payload{beside}; nothing was erased");
        } else {
            eprintln!("{count} entries lost their payload{beside}; the ledger says so");
        }
        door.store().close().await;
        anyhow::Ok(())
    })?;
    Ok(Outcome::Good)
}

/// What can be erased.
const KINDS: [&str; 6] = ["account", "content", "network", "notifier", "filing", "staff"];

/// What goes beside the log, in words; and what stays.
fn counted(beside: &BTreeMap<String, u64>) -> String {
    let rows = |(what, count): (&String, &u64)| format!(", {what}: {}", grouped(*count));
    beside.iter().map(rows).collect()
}
