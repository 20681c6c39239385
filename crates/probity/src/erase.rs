//! `probity erase`: erases the data about a person or thing. The ledger stays verifiable.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Context as _;
use app::access::account;
use engine::Door;
use engine::door::Erased;
use engine::erase::ErasureRequest;

use crate::output::grouped;
use crate::{Outcome, clock, opening, progress};

/// Erase the stored data about a person or thing
///
/// Overwrites events, facts, decisions, messages and changes about the subject. Removes what names
/// it from cases, filings, refusals and the audit trail. If the subject is an account, its content
/// is erased too. The ledger still shows that a decision was made, under which rules, and that it
/// was erased, but not whom it was about. Works while the server runs.
///
/// Data under a hold of an order is not erased. Verdicts of a staff member are not erased either,
/// because the person affected may ask who decided.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  probity erase account/a-17 --store probity.db --reason \"request of 22 November\"
  probity erase notifier/nora@mail.example --store probity.db --dry-run")]
pub(crate) struct Args {
    /// Subject to erase: account/ID, content/ID, network/ID, notifier/MAIL, filing/ID (a notice or
    /// complaint) or staff/NAME
    subject: String,
    /// File of the store
    #[arg(long, value_name = "FILE")]
    store: PathBuf,
    /// File with the key that signs the ledger; default: STORE.key
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Reason for the erasure; stays in the ledger for ever, so do not name anyone
    #[arg(long, default_value = "erasure requested", value_name = "TEXT")]
    reason: String,
    /// Count what would be erased, and erase nothing
    #[arg(long)]
    dry_run: bool,
    /// Show no progress bar
    #[arg(long)]
    quiet: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let subject = engine::erase::subject(&args.subject).map_err(anyhow::Error::msg)?;
    opening::runtime()?.block_on(async {
        let door = match args.dry_run {
            true => Door::beside(&opening::existing(&args.store).await?),
            false => opening::door(&args.store, args.key.as_ref()).await?,
        };
        let store = door.store();
        let bar = progress::count(store.size().await?, "looking", args.quiet);
        let (mut progress, now) = (|at| bar.set_position(at), clock::now());
        let erased = if args.dry_run {
            let found = engine::erase::find(store, (&subject, now), &mut progress).await;
            found.map(|found| Erased::from(&found))
        } else {
            let (by, reason) = (account::COMMAND_LINE.to_owned(), args.reason.clone());
            let asked = ErasureRequest { by, reason, at_ms: now.as_millisecond() };
            door.erase((&subject, asked), &mut progress).await
        };
        bar.finish_and_clear();
        let erased = erased.context("nothing was erased")?;
        let (count, beside) = (grouped(erased.entries), counted(&erased.rows));
        if erased == Erased::default() {
            eprintln!("nothing is stored about this subject");
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

/// The rows erased outside the log, and those that stay, as text.
fn counted(beside: &BTreeMap<String, u64>) -> String {
    let rows = |(what, count): (&String, &u64)| format!(", {what}: {}", grouped(*count));
    beside.iter().map(rows).collect()
}
