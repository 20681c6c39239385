//! `probity faults`: simulates faults from seeds.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::Context as _;

use crate::{Outcome, clock, progress};

/// Simulate crashes, disk errors and other faults, from seeds
///
/// The faults are crashes at any write, torn writes, full disks, jumping clocks, requests sent
/// twice or in another order, expired leases and erasures in between. After each fault, everything
/// that was acknowledged must be there exactly once, and all state must agree with the log. Prints
/// the seed of each failure. A seed runs the same way on every machine. Exit code 4 if a check
/// failed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  probity faults --seeds 1000
  probity faults --from 4711 --seeds 1 --trace")]
pub(crate) struct Args {
    /// First seed
    #[arg(long, default_value_t = 0, value_name = "SEED")]
    from: u64,
    /// Number of seeds
    #[arg(long, default_value_t = 200, value_name = "COUNT")]
    seeds: u64,
    /// Steps for each seed
    #[arg(long, default_value_t = 120, value_name = "COUNT")]
    steps: u32,
    /// Folder for the files of the simulated disks; a folder in memory is fastest
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
    /// Print every step of every seed
    #[arg(long)]
    trace: bool,
    /// Show no progress bar
    #[arg(long)]
    quiet: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let folder = args.folder.clone().unwrap_or_else(std::env::temp_dir);
    let bar = progress::count(args.seeds, "seeds", args.quiet);
    let (next, failed) = (AtomicU64::new(0), Mutex::new(Vec::new()));
    let crashes = AtomicU64::new(0);
    let work = || -> anyhow::Result<()> {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            if at >= args.seeds {
                return Ok(());
            }
            let seed = args.from + at;
            let place =
                tempfile::tempdir_in(&folder).context("cannot create a temporary folder")?;
            let outcome = ::faults::run(seed, args.steps, place.path());
            let outcome = outcome.map_err(anyhow::Error::msg)?;
            crashes.fetch_add(outcome.crashes.into(), Ordering::Relaxed);
            bar.inc(1);
            if args.trace {
                outcome.trace.iter().for_each(|line| println!("{seed}: {line}"));
            }
            if let Some(broken) = outcome.broken {
                eprintln!("seed {seed}: {broken}");
                failed.lock().unwrap_or_else(PoisonError::into_inner).push(seed);
            }
        }
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..clock::threads()).map(|_| scope.spawn(work)).collect();
        let join = |thread: std::thread::ScopedJoinHandle<'_, anyhow::Result<()>>| {
            thread.join().unwrap_or_else(|_| Err(anyhow::anyhow!("a simulation panicked")))
        };
        threads.into_iter().try_for_each(join)
    })?;
    bar.finish_and_clear();
    let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    let (seeds, crashes) = (args.seeds, crashes.into_inner());
    eprintln!("{seeds} seeds, {crashes} crashes: {} failed", failed.len());
    Ok(if failed.is_empty() { Outcome::Good } else { Outcome::NotInOrder })
}
