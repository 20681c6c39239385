//! `probity erase`: what is kept of a person or thing goes; the ledger stays verifiable.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Context as _;
use app::access::account;
use engine::Door;
use engine::door::Erased;
use engine::erase::Asked;

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
    let subject = engine::erase::subject(&args.subject).map_err(anyhow::Error::msg)?;
    vault::runtime()?.block_on(async {
        let door = match args.dry_run {
            true => Door::beside(&vault::existing(&args.store).await?),
            false => vault::door(&args.store, args.key.as_ref()).await?,
        };
        let store = door.store();
        let bar = progress::count(store.size().await?, "looking", args.quiet);
        let (mut progress, now) = (|at| bar.set_position(at), clock::now());
        let erased = if args.dry_run {
            let found = engine::erase::find(store, (&subject, now), &mut progress).await;
            found.map(|found| Erased::from(&found))
        } else {
            let (by, reason) = (account::COMMAND_LINE.to_owned(), args.reason.clone());
            let asked = Asked { by, reason, at_ms: now.as_millisecond() };
            door.erase((&subject, asked), &mut progress).await
        };
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
        store.close().await;
        anyhow::Ok(())
    })?;
    Ok(Outcome::Good)
}

/// What goes beside the log, in words; and what stays.
fn counted(beside: &BTreeMap<String, u64>) -> String {
    let rows = |(what, count): (&String, &u64)| format!(", {what}: {}", grouped(*count));
    beside.iter().map(rows).collect()
}
