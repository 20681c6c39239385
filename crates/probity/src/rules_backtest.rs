//! `probity rules backtest`: shows what other rules would have decided in the past.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use engine::backtest::{Backtest, Labels, Past, Report, Side, Way, over_history};
use ingest::Format;

use crate::{Outcome, clock, files, history, opening, output, progress};

/// Events in each batch.
const BATCH: usize = 4_000;

/// Longer lines are skipped.
const RECORD_BYTES_MAX: usize = 1 << 20;

/// Segments of a history after which the progress is saved.
const KEPT_EVERY: usize = 20;

/// Back-test rules against past events
///
/// Judges a history again with other rules and reports what would change: decisions, accounts,
/// views prevented and work for reviewers, by country, language and rule. With labels, it also
/// reports precision and recall. Counters are derived again from the history. Ctrl-C stops the run.
/// With --resume, the next run continues from there.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  probity rules backtest --rules new --over history
  probity rules backtest --rules new --base policies --over events.ndjson --against truth.ndjson")]
pub(crate) struct Args {
    /// Folder with the rules to try
    #[arg(long, value_name = "FOLDER")]
    rules: PathBuf,
    /// History: a folder or URL of `probity history`, or a file of events, one per line
    #[arg(long, value_name = "HISTORY")]
    over: String,
    /// Folder with the rules to compare with; default: the decisions made at the time
    #[arg(long, value_name = "FOLDER")]
    base: Option<PathBuf>,
    /// File with labels: JSON lines `{"event": ID}` or `{"subject": "content/ID"}`, with
    /// `"violation": true` or `false`; without `violation`, the file lists all violations
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
    /// File in which progress is saved, and from which a stopped run continues
    #[arg(long, value_name = "FILE")]
    resume: Option<PathBuf>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
    /// Show no progress bar
    #[arg(long)]
    quiet: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let (_, candidate) = files::rules(&args.rules)?;
    let labels = args.against.as_deref().map(labels).transpose()?;
    let is_file = Path::new(&args.over).is_file();
    let base = match &args.base {
        Some(folder) => Side::rules(files::rules(folder)?.1, 1),
        None if is_file => bail!(
            "a file of events has no decisions; give the rules to compare with \
             in --base"
        ),
        None => Side::Recorded,
    };
    // With two sets of rules, each gets one thread. A single set gets all threads.
    let threads = if args.base.is_some() { 1 } else { clock::threads() };
    let backtest = Backtest::new(base, Side::rules(candidate, threads), labels);
    let report = if is_file {
        Some(over_file(args, backtest)?)
    } else {
        opening::runtime()?.block_on(over(args, backtest))?
    };
    let Some(report) = report else {
        eprintln!("stopped; run the same command again to continue");
        return Ok(Outcome::Good);
    };
    let mut out = output::stdout();
    if args.json {
        serde_json::to_writer_pretty(&mut out, &report)?;
        writeln!(out)?;
    } else {
        print(&report, &mut out)?;
    }
    out.flush()?;
    Ok(Outcome::Good)
}

fn labels(path: &Path) -> anyhow::Result<Labels> {
    Labels::read(&files::text(path)?).map_err(|(line, why)| {
        anyhow::anyhow!("`{}`, line {line} is not a label: {why}", path.display())
    })
}

async fn over(args: &Args, backtest: Backtest) -> anyhow::Result<Option<Report>> {
    let history = history::open(&args.over).await?;
    let bar = progress::count(history.manifest().rows(), "judging again", args.quiet);
    let is_stopped = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    if args.resume.is_some() {
        let stop = std::sync::Arc::clone(&is_stopped);
        tokio::spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                stop.store(true, std::sync::atomic::Ordering::Relaxed);
            }
        });
    }
    let way = Way { kept: args.resume.clone(), kept_every: KEPT_EVERY };
    let mut progress = |events: u64| {
        bar.set_position(events);
        !is_stopped.load(std::sync::atomic::Ordering::Relaxed)
    };
    let report = over_history(&history, backtest, &way, &mut progress).await?;
    bar.finish_and_clear();
    Ok(report)
}

fn over_file(args: &Args, mut backtest: Backtest) -> anyhow::Result<Report> {
    let path = Path::new(&args.over);
    let context = || format!("cannot read `{}`", path.display());
    let bytes = std::fs::metadata(path).ok().map(|meta| meta.len());
    let bar = progress::bytes(bytes, "judging again", args.quiet);
    let counted = bar.clone();
    let input = ingest::open(path, move |count| counted.inc(count))?;
    let limits = ingest::Limits { record_bytes_max: RECORD_BYTES_MAX, latest: None };
    let mut reader = ingest::Reader::new(input, Format::Lines, limits);
    let (mut past, mut refused) = (Vec::with_capacity(BATCH), 0_u64);
    let started = clock::start();
    while let Some(record) = reader.read_next().with_context(context)? {
        match record {
            ingest::Record::Event(incoming) => {
                past.push(Past { seq: None, event: incoming.event, decided: None });
            }
            ingest::Record::Refused(..) => refused += 1,
            ingest::Record::PassedOver => {}
        }
        if past.len() >= BATCH {
            backtest.take(&past);
            past.clear();
        }
    }
    backtest.take(&past);
    bar.finish_and_clear();
    if refused > 0 {
        eprintln!("{} lines are not events and were skipped", output::grouped(refused));
    }
    Ok(backtest.report(started.elapsed().as_secs_f64()))
}

fn print(report: &Report, out: &mut impl std::io::Write) -> anyhow::Result<()> {
    let n = output::grouped;
    let time = |time: &Option<String>| time.clone().unwrap_or_else(|| "none".to_owned());
    writeln!(
        out,
        "{} events from {} to {}, in {:.1} s",
        n(report.events),
        time(&report.from),
        time(&report.until),
        report.seconds
    )?;
    writeln!(out, "base       {}\ncandidate  {}\n", report.base, report.candidate)?;
    let (before, after) = (n(report.decisions_before), n(report.decisions_after));
    writeln!(out, "{:<28} {before:>12} → {after:>12}", "decisions with effect")?;
    writeln!(
        out,
        "{:<28} {:>12.1} → {:>12.1}",
        "for review per day", report.review_before_per_day, report.review_after_per_day
    )?;
    for (what, count) in [
        ("added", report.added),
        ("removed", report.removed),
        ("with other effects", report.changed),
        ("accounts newly affected", report.accounts_added),
        ("accounts no longer affected", report.accounts_removed),
        ("views prevented", report.prevented_views),
    ] {
        writeln!(out, "{what:<28} {:>12}", n(count))?;
    }
    if let Some(labels) = &report.labels {
        let percent = |share: Option<f64>| {
            share.map_or_else(|| "–".to_owned(), |share| format!("{:.1} %", share * 100.0))
        };
        writeln!(out, "\nagainst {} labels", n(labels.labelled))?;
        let (before, after) = (&labels.before, &labels.after);
        for (what, before, after) in [
            ("precision", before.precision, after.precision),
            ("recall", before.recall, after.recall),
        ] {
            writeln!(out, "{what:<28} {:>12} → {:>12}", percent(before), percent(after))?;
        }
    }
    for (title, moved) in [("country", &report.by_country), ("language", &report.by_language)] {
        if moved.is_empty() {
            continue;
        }
        writeln!(out, "\n{title:<28} {:>12} {:>12}", "added", "removed")?;
        for row in moved.iter().take(10) {
            writeln!(out, "{:<28} {:>12} {:>12}", row.key, n(row.added), n(row.removed))?;
        }
    }
    print_rules(report, out)
}

fn print_rules(report: &Report, out: &mut impl std::io::Write) -> anyhow::Result<()> {
    let n = output::grouped;
    let moved: Vec<_> =
        report.rules.iter().filter(|rule| rule.fired_before != rule.fired_after).collect();
    if !moved.is_empty() {
        writeln!(out, "\n{:<28} {:>12} {:>12} {:>12}", "rule", "before", "after", "only it")?;
    }
    for rule in moved {
        let (before, after) = (n(rule.fired_before), n(rule.fired_after));
        writeln!(out, "{:<28} {before:>12} {after:>12} {:>12}", rule.rule, n(rule.only_it))?;
        let with: Vec<String> = rule
            .overlap
            .iter()
            .map(|other| format!("{} ({})", other.rule, n(other.both)))
            .collect();
        if !with.is_empty() {
            writeln!(out, "  together with {}", with.join(", "))?;
        }
    }
    if !report.sample.is_empty() {
        writeln!(out, "\nexamples")?;
    }
    for sample in report.sample.iter().take(10) {
        let effects = |effects: &[String]| {
            if effects.is_empty() { "none".to_owned() } else { effects.join("+") }
        };
        writeln!(
            out,
            "  {}: {} → {} ({})",
            sample.subject,
            effects(&sample.before),
            effects(&sample.after),
            sample.rules.join(", ")
        )?;
    }
    Ok(())
}
