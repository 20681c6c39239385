//! `probity store rebuild`: rebuilds the tables of people's work from the log.

use std::path::PathBuf;

use anyhow::Context as _;

use crate::output::grouped;
use crate::{Outcome, opening, progress};

/// Rebuild the tables of people's work from the log
///
/// Covers cases, notices, orders, appeals, holds, parties, accounts, keys, proposals, settings and
/// the audit trail. Rows that differ from the log are written again. Rows without an entry are
/// removed. The log is verified first. If it is damaged, nothing is changed.
///
/// Stop the server first. Passwords are not in the log: give restored accounts a new one.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  probity store rebuild probity.db")]
pub(crate) struct Args {
    /// File of the store
    store: PathBuf,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
    /// Show no progress bar
    #[arg(long)]
    quiet: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let rebuilt = opening::runtime()?.block_on(async {
        let store = opening::existing_to_write(&args.store).await?;
        let bar = progress::count(store.size().await?, "verifying", args.quiet);
        let rebuilt = engine::rebuild::rebuild(&store, &mut |at| bar.set_position(at)).await;
        bar.finish_and_clear();
        store.close().await;
        rebuilt.context("nothing was rebuilt")
    })?;
    if args.json {
        println!("{}", serde_json::to_string(&rebuilt)?);
    } else {
        let (written, removed) = (grouped(rebuilt.written), grouped(rebuilt.removed));
        eprintln!("{written} rows written again, {removed} removed");
    }
    Ok(Outcome::Good)
}
