//! `probity erase`: what is kept of a person or thing goes; the ledger stays verifiable.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use engine::Recorder;
use types::Subject;

use crate::output::grouped;
use crate::{Outcome, clock, progress, vault};

/// Erase what is kept of a subject
///
/// Events, facts, decisions and messages about the subject are overwritten, and what names it goes
/// from cases, filings, refusals and the audit trail; with an account goes its content. The ledger
/// keeps that something was decided under which rules, not about whom, and that it was erased. Stop
/// the server meanwhile.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  probity erase account/a-17 --store probity.db --reason \"request of 22 November\""
)]
pub(crate) struct Args {
    /// The subject: account/ID, content/ID, network/ID
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
    if !kind.is_some_and(|(kind, _)| ["account", "content", "network"].contains(&kind)) {
        bail!("`{}` is no subject; write account/ID, content/ID or network/ID", args.subject);
    }
    let subject = Subject(args.subject.clone());
    vault::runtime()?.block_on(async {
        let store = vault::existing_to_write(&args.store).await?;
        let bar = progress::count(store.size().await?, "looking", args.quiet);
        let mut progress = |at| bar.set_position(at);
        let found = engine::erase::find(&store, (&subject, clock::now()), &mut progress).await?;
        bar.finish_and_clear();
        let count = grouped(found.erasure.entries.len() as u64);
        let beside = counted(&found.beside);
        if found.erasure.entries.is_empty() && found.beside.is_empty() {
            eprintln!("nothing is kept of this subject");
        } else if args.dry_run {
            eprintln!("{count} entries would lose their payload{beside}; nothing was erased");
        } else {
            let key = vault::signing_key(&args.store, args.key.as_ref(), false)?;
            let mut recorder = Recorder::resume(&store, key, clock::random()?).await?;
            let what = (found, args.reason.clone());
            engine::erase::erase(&store, &mut recorder, what, clock::now())
                .await
                .context("nothing was erased")?;
            eprintln!("{count} entries lost their payload{beside}; the ledger says so");
        }
        store.close().await;
        anyhow::Ok(())
    })?;
    Ok(Outcome::Good)
}

/// What goes beside the log, in words; and what stays.
fn counted(beside: &store::Counts) -> String {
    let rows = |(what, count): (&&str, &u64)| format!(", {what}: {}", grouped(*count));
    beside.iter().map(rows).collect()
}
