//! `probity store rebuild`: the tables of people's work, made anew from the log.

use std::path::PathBuf;

use anyhow::Context as _;

use crate::output::grouped;
use crate::{Outcome, progress, vault};

/// Make the tables of people's work anew from the log
///
/// For cases, notices, orders, appeals, holds, parties, accounts, keys, proposals, settings and the
/// audit trail: rows that differ from the log are written again, rows that no entry knows are removed.
/// The log is verified first; nothing is changed if it is damaged. Passwords are not in the log: give
/// accounts that were missing a new one. Stop the server meanwhile.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  probity store rebuild probity.db")]
pub(crate) struct Args {
    /// The store
    store: PathBuf,
    /// As JSON
    #[arg(long)]
    json: bool,
    /// No progress bar
    #[arg(long)]
    quiet: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let rebuilt = vault::runtime()?.block_on(async {
        let store = vault::existing_to_write(&args.store).await?;
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
