//! `probity faults`: simulate everything that can go wrong, from seeds.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::Context as _;

use crate::{Outcome, clock, progress};

/// Simulate everything that can go wrong, from seeds, for hours if you like
///
/// Crashes at any write, torn writes, full disks, jumping clocks, requests sent twice and in another
/// order, leases that run out, people erased meanwhile: after each, what was acknowledged must be
/// there, once, and everything must be as the log says. The seed of a failure is printed; the same
/// seed runs the same way again, on any machine. Exit code 4 if something did not hold.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  probity faults --seeds 1000
  probity faults --from 4711 --seeds 1 --trace")]
pub(crate) struct Args {
    /// The first seed
    #[arg(long, default_value_t = 0, value_name = "SEED")]
    from: u64,
    /// How many seeds
    #[arg(long, default_value_t = 200, value_name = "COUNT")]
    seeds: u64,
    /// Steps of each
    #[arg(long, default_value_t = 120, value_name = "COUNT")]
    steps: u32,
    /// Where the files of the simulated disks lie meanwhile; memory is fastest
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
    /// Print every step of every seed
    #[arg(long)]
    trace: bool,
    /// No progress bar
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
            let place = tempfile::tempdir_in(&folder).context("no place for the files")?;
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
            thread.join().unwrap_or_else(|_| Err(anyhow::anyhow!("a world broke off")))
        };
        threads.into_iter().try_for_each(join)
    })?;
    bar.finish_and_clear();
    let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    let (seeds, crashes) = (args.seeds, crashes.into_inner());
    eprintln!("{seeds} seeds, {crashes} crashes: {} did not hold", failed.len());
    Ok(if failed.is_empty() { Outcome::Good } else { Outcome::NotInOrder })
}
