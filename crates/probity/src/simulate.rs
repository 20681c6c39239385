//! `probity simulate`: simulates a platform, and scores decisions against its ground truth.

use std::io::{BufRead as _, BufReader, BufWriter, Write};
use std::path::PathBuf;

use ::simulate::score::Score;
use ::simulate::{Scenario, Simulation, Truth};
use anyhow::Context as _;
use serde_json::json;
use types::Decision;

use crate::output::grouped;
use crate::{Outcome, clock, output, progress};

/// Simulate a platform around an election, or score decisions against its ground truth
///
/// Prints CloudEvents, one per line. --truth writes the ground truth: which events violate which
/// policy. The same seed gives the same events. With --score, compares decisions with that truth
/// instead.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  probity simulate --scenario romania-2024 --events 100000 --truth truth.ndjson > events.ndjson
  probity screen events.ndjson > decisions.ndjson
  probity simulate --score decisions.ndjson --truth truth.ndjson")]
pub(crate) struct Args {
    /// Scenario: france-2024 or romania-2024
    #[arg(long, default_value = "romania-2024", value_parser = scenario)]
    scenario: Scenario,
    /// Number of events
    #[arg(long, default_value_t = 100_000)]
    events: u64,
    /// Seed of the simulation
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// File of the ground truth: written, or with --score read
    #[arg(long, value_name = "FILE")]
    truth: Option<PathBuf>,
    /// Score the decisions in this file
    #[arg(long, value_name = "DECISIONS", requires = "truth")]
    score: Option<PathBuf>,
    /// Print the score or the comparison as JSON
    #[arg(long)]
    json: bool,
    /// Compare orders of work for reviewers instead: the share of harm that each prevents
    #[arg(long, conflicts_with_all = ["score", "truth"])]
    queue: bool,
    /// Hours that --queue simulates, with 1,000 items each
    #[arg(long, default_value_t = 72, requires = "queue", value_parser = clap::value_parser!(u32).range(2..=240))]
    hours: u32,
    /// Show no progress bar
    #[arg(long)]
    quiet: bool,
}

fn scenario(name: &str) -> Result<Scenario, String> {
    Scenario::from_name(name).ok_or_else(|| {
        let names: Vec<&str> = Scenario::ALL.iter().map(|scenario| scenario.name()).collect();
        format!("the scenarios are {}", names.join(" and "))
    })
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    if args.queue {
        return queue(args);
    }
    match (&args.score, &args.truth) {
        (Some(decisions), Some(truth)) => score(args, decisions, truth),
        _ => generate(args),
    }
}

fn generate(args: &Args) -> anyhow::Result<Outcome> {
    let truth = args.truth.as_ref().map(|path| {
        let file = std::fs::File::create(path);
        file.map(BufWriter::new).with_context(|| format!("cannot write `{}`", path.display()))
    });
    let mut truth = truth.transpose()?;
    let started = clock::start();
    let bar = progress::count(args.events, "simulating", args.quiet);
    let mut out = output::stdout();
    let mut planted = 0;
    for (number, one) in (0_u64..).zip(Simulation::new(args.scenario, args.seed, args.events)) {
        output::json_line(&mut out, &one.event)?;
        if let Some(policy) = one.breaks {
            planted += 1;
            if let Some(truth) = &mut truth {
                let line = Truth { event: one.event.id, policy: policy.to_owned() };
                output::json_line(truth, &line)?;
            }
        }
        if number % 4096 == 0 {
            bar.set_position(number);
        }
    }
    out.flush()?;
    if let Some(truth) = &mut truth {
        truth.flush().context("cannot write the truth")?;
    }
    bar.finish_and_clear();
    let seconds = started.elapsed().as_secs_f64();
    eprintln!(
        "{} events, {} of them planted, in {seconds:.1} s",
        grouped(args.events),
        grouped(planted)
    );
    Ok(Outcome::Good)
}

/// Compares orders of work for reviewers.
fn queue(args: &Args) -> anyhow::Result<Outcome> {
    let bar = progress::count(1, "simulating", args.quiet);
    let runs = ::simulate::queue::compare(args.hours, args.seed, &mut |done, all| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
    });
    bar.finish_and_clear();
    let mut out = output::stdout();
    if args.json {
        output::json_line(&mut out, &runs)?;
        return Ok(Outcome::Good);
    }
    writeln!(out, "{:<22} {:>8} {:>8} {:>8}", "order of work", "3 %", "10 %", "30 %")?;
    for policy in ::simulate::queue::Policy::ALL {
        let prevented = ::simulate::queue::CAPACITIES.map(|capacity| {
            let is_it = |run: &&::simulate::queue::Run| {
                run.policy == policy.name() && (run.capacity - capacity).abs() < 1e-9
            };
            runs.iter().find(is_it).map_or(0.0, |run| run.prevented)
        });
        let [low, middle, high] = prevented;
        writeln!(out, "{:<22} {low:>8.3} {middle:>8.3} {high:>8.3}", policy.name())?;
    }
    Ok(Outcome::Good)
}

fn score(args: &Args, decisions: &PathBuf, truth: &PathBuf) -> anyhow::Result<Outcome> {
    let mut score = Score::default();
    each_line(truth, |line| {
        score.truth(serde_json::from_str(line)?);
        Ok(())
    })?;
    each_line(decisions, |line| {
        score.decision(&serde_json::from_str::<Decision>(line)?);
        Ok(())
    })?;
    let rows = score.rows();
    let percent = |share: Option<f64>| {
        share.map_or("–".to_owned(), |share| format!("{:.1} %", share * 100.0))
    };
    if args.json {
        let json: serde_json::Map<_, _> = rows
            .iter()
            .map(|(policy, row)| {
                let counts = json!({ "planted": row.planted, "found": row.found, "right": row.right,
                    "precision": row.precision(), "recall": row.recall() });
                (policy.clone(), counts)
            })
            .collect();
        println!("{}", serde_json::Value::Object(json));
        return Ok(Outcome::Good);
    }
    println!(
        "{:<24} {:>8} {:>8} {:>8} {:>10} {:>8}",
        "policy", "planted", "found", "right", "precision", "recall"
    );
    for (policy, row) in &rows {
        let (precision, recall) = (percent(row.precision()), percent(row.recall()));
        println!(
            "{policy:<24} {:>8} {:>8} {:>8} {precision:>10} {recall:>8}",
            row.planted, row.found, row.right
        );
    }
    Ok(Outcome::Good)
}

fn each_line(
    path: &PathBuf,
    mut take: impl FnMut(&str) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let file =
        std::fs::File::open(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    for (number, line) in BufReader::new(file).lines().enumerate() {
        let context = || format!("`{}`, line {}", path.display(), number + 1);
        let line = line.with_context(context)?;
        if !line.trim().is_empty() {
            take(&line).with_context(context)?;
        }
    }
    Ok(())
}
