//! `probity history`: the log in Parquet, by event type and hour.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::bail;
use history::{History, Hold, Location, Retention, Scope};
use serde::Serialize;
use types::{EventType, Subject};

use crate::{Outcome, clock, opening, output, progress};

/// Subcommands of `history`.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Roll(Roll),
    List(List),
    Verify(Verify),
    Export(Export),
    Retain(Retain),
    /// Add, list and release holds, which keep events from expiring
    #[command(subcommand)]
    Hold(HoldCommand),
}

/// Add the new events of a store to a history
///
/// Also removes events that were erased from the store since the last run.
#[derive(Debug, clap::Args)]
pub(crate) struct Roll {
    /// Folder of the history, or a URL of object storage such as s3://bucket/folder
    #[arg(value_name = "HISTORY")]
    place: String,
    /// File of the store
    #[arg(long, value_name = "FILE")]
    store: PathBuf,
    /// Show no progress bar
    #[arg(long)]
    quiet: bool,
}

/// List the files of a history
#[derive(Debug, clap::Args)]
pub(crate) struct List {
    /// Folder or URL of the history
    #[arg(value_name = "HISTORY")]
    place: String,
    /// Print files as JSON lines
    #[arg(long)]
    json: bool,
}

/// Verify every file of a history, its digest and its events
///
/// With --store, also checks that each event matches its commitment in the ledger. Exit code 4 if
/// something is wrong.
#[derive(Debug, clap::Args)]
pub(crate) struct Verify {
    /// Folder or URL of the history
    #[arg(value_name = "HISTORY")]
    place: String,
    /// File of the store from which the history was rolled
    #[arg(long, value_name = "FILE")]
    store: Option<PathBuf>,
    /// Print findings as JSON lines
    #[arg(long)]
    json: bool,
    /// Show no progress bar
    #[arg(long)]
    quiet: bool,
}

/// Print the events of a history as they were received, one JSON object per line
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  probity history export HISTORY --type content.published --since 2024-11-20T00:00:00Z |
    probity screen --policies policies")]
pub(crate) struct Export {
    /// Folder or URL of the history
    #[arg(value_name = "HISTORY")]
    place: String,
    /// Only events of this type; may be given more than once
    #[arg(long, value_name = "TYPE")]
    r#type: Vec<String>,
    /// Only events from this time on, RFC 3339
    #[arg(long, value_name = "TIME")]
    since: Option<jiff::Timestamp>,
    /// Only events before this time, RFC 3339
    #[arg(long, value_name = "TIME")]
    until: Option<jiff::Timestamp>,
    /// Print decisions instead of events
    #[arg(long)]
    decisions: bool,
}

/// Drop events that are too old, except those under a hold
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  probity history retain HISTORY --days content.viewed=30 --days search.performed=7 --default 365")]
pub(crate) struct Retain {
    /// Folder or URL of the history
    #[arg(value_name = "HISTORY")]
    place: String,
    /// Days that events of a type are kept; may be given more than once
    #[arg(long, value_name = "TYPE=DAYS", value_parser = type_and_days)]
    days: Vec<(String, u32)>,
    /// Days that events of all other types are kept; if not given, for ever
    #[arg(long, value_name = "DAYS")]
    default: Option<u32>,
}

/// Subcommands of `history hold`.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum HoldCommand {
    /// Hold all events about a subject
    Add {
        /// Folder or URL of the history
        #[arg(value_name = "HISTORY")]
        place: String,
        /// Name of the hold, for example a file number
        name: String,
        /// Subject: account/ID, content/ID or network/ID
        subject: String,
        /// Reason for the hold; do not name anyone
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// List holds
    List {
        /// Folder or URL of the history
        #[arg(value_name = "HISTORY")]
        place: String,
        /// Print holds as JSON lines
        #[arg(long)]
        json: bool,
    },
    /// Release a hold; its expired events are dropped by the next `retain`
    Release {
        /// Folder or URL of the history
        #[arg(value_name = "HISTORY")]
        place: String,
        /// Name of the hold
        name: String,
    },
}

fn type_and_days(text: &str) -> Result<(String, u32), String> {
    let (kind, days) = text.split_once('=').ok_or("write TYPE=DAYS")?;
    if EventType::from_name(kind).is_none() {
        return Err(format!("there is no event type `{kind}`"));
    }
    Ok((kind.to_owned(), days.parse().map_err(|_| format!("`{days}` is not a number of days"))?))
}

/// Runs the command.
pub(crate) fn run(command: &Command) -> anyhow::Result<Outcome> {
    let runtime = opening::runtime()?;
    runtime.block_on(async {
        match command {
            Command::Roll(args) => roll(args).await,
            Command::List(args) => list(args).await,
            Command::Verify(args) => verify(args).await,
            Command::Export(args) => export(args).await,
            Command::Retain(args) => retain(args).await,
            Command::Hold(command) => hold(command).await,
        }
    })
}

/// The history at `place`.
pub(crate) async fn open(place: &str) -> anyhow::Result<History> {
    if !place.contains("://") && !std::path::Path::new(place).is_dir() {
        bail!("there is no history at `{place}`; `probity history roll` creates one");
    }
    Ok(History::open(Location::new(place)?).await?)
}

/// The history at `place`, opened for its only writer.
async fn open_to_write(place: &str) -> anyhow::Result<History> {
    // Fails with a hint if there is none.
    open(place).await?;
    Ok(History::open_to_write(Location::new(place)?).await?)
}

async fn roll(args: &Roll) -> anyhow::Result<Outcome> {
    let store = opening::existing(&args.store).await?;
    let bar = progress::count(store.size().await?, "rolling", args.quiet);
    let place = Location::new(&args.place)?;
    let rolled = engine::roll::roll(&store, place, &mut |at| bar.set_position(at)).await;
    bar.finish_and_clear();
    let (history, rolled) = rolled?;
    store.close().await;
    eprintln!(
        "{} events rolled into {} files, {}; {} taken out because they were erased",
        output::grouped(rolled.rows),
        output::grouped(rolled.files),
        output::size(rolled.bytes),
        output::grouped(rolled.erased),
    );
    eprintln!("the history holds {} events", output::grouped(history.manifest().rows()));
    Ok(Outcome::Good)
}

async fn list(args: &List) -> anyhow::Result<Outcome> {
    let history = open(&args.place).await?;
    let manifest = history.manifest();
    let mut out = output::stdout();
    for file in &manifest.files {
        if args.json {
            output::json_line(&mut out, file)?;
        } else {
            writeln!(
                out,
                "{:<20} {}  {:>10} events {:>10}  {}",
                file.r#type,
                file.hour,
                output::grouped(file.rows),
                output::size(file.bytes),
                file.path
            )?;
        }
    }
    out.flush()?;
    eprintln!(
        "{} files, {} events, {}; rolled up to entry {}; {} holds; {} events dropped for age",
        output::grouped(manifest.files.len() as u64),
        output::grouped(manifest.rows()),
        output::size(manifest.bytes()),
        output::grouped(manifest.rolled),
        manifest.holds.len(),
        output::grouped(manifest.dropped.iter().map(|dropped| dropped.rows).sum()),
    );
    Ok(Outcome::Good)
}

async fn verify(args: &Verify) -> anyhow::Result<Outcome> {
    let history = open(&args.place).await?;
    let store = match &args.store {
        Some(path) => Some(opening::existing(path).await?),
        None => None,
    };
    let bar = progress::count(history.manifest().rows(), "verifying", args.quiet);
    let mut advance = |at: u64| bar.set_position(at);
    let found = match &store {
        Some(store) => engine::roll::verify(&history, store, &mut advance).await?,
        None => history.verify(&mut |_, _| vec![], &mut advance).await?,
    };
    bar.finish_and_clear();
    let mut out = output::stdout();
    for finding in &found.findings {
        if args.json {
            output::json_line(&mut out, finding)?;
        } else {
            eprintln!("{}: {}", finding.path, finding.what);
        }
    }
    out.flush()?;
    let (files, rows) = (output::grouped(found.files), output::grouped(found.rows));
    eprintln!("{files} files, {rows} events: {} findings", found.findings.len());
    Ok(if found.findings.is_empty() { Outcome::Good } else { Outcome::NotInOrder })
}

async fn export(args: &Export) -> anyhow::Result<Outcome> {
    if let Some(wrong) = args.r#type.iter().find(|kind| EventType::from_name(kind).is_none()) {
        bail!("there is no event type `{wrong}`; docs/events.md lists them");
    }
    let history = open(&args.place).await?;
    let from = args.since.map_or(i64::MIN, jiff::Timestamp::as_millisecond);
    let until = args.until.map_or(i64::MAX, jiff::Timestamp::as_millisecond);
    let mut out = output::stdout();
    let column = if args.decisions { "decision" } else { "event" };
    for segment in history.manifest().segments() {
        let mut lines: Vec<(i64, Vec<u8>)> = Vec::new();
        let wanted = segment.files.iter().filter(|file| {
            (args.r#type.is_empty() || args.r#type.contains(&file.r#type))
                && file.times_ms.1 >= from
                && file.times_ms.0 < until
        });
        for file in wanted {
            let frame = history.frame(file, &[column]).await?;
            let events = frame.events()?.into_iter().enumerate();
            let is_wanted = |ms: i64| (from..until).contains(&ms);
            for (at, _) in events.filter(|(_, event)| is_wanted(event.time.as_millisecond())) {
                let kept = frame.payload(at);
                let line = if args.decisions { kept.decision } else { kept.event };
                if !line.is_empty() {
                    lines.push((frame.seqs()[at], line));
                }
            }
        }
        lines.sort_unstable_by_key(|(seq, _)| *seq);
        for (_, line) in lines {
            out.write_all(&line)?;
            out.write_all(b"\n")?;
        }
    }
    out.flush()?;
    Ok(Outcome::Good)
}

async fn retain(args: &Retain) -> anyhow::Result<Outcome> {
    if args.days.is_empty() && args.default.is_none() {
        bail!("nothing would be dropped; give --days TYPE=DAYS or --default DAYS");
    }
    let mut history = open_to_write(&args.place).await?;
    let by = Retention { days: args.days.iter().cloned().collect(), default_days: args.default };
    let retained = history.retain(&by, clock::now()).await?;
    let (dropped, held) = (output::grouped(retained.dropped), output::grouped(retained.held));
    eprintln!("{dropped} events dropped; {held} are too old and kept by a hold");
    Ok(Outcome::Good)
}

async fn hold(command: &HoldCommand) -> anyhow::Result<Outcome> {
    match command {
        HoldCommand::Add { place, name, subject, reason } => {
            let kind = subject.split_once('/').filter(|(_, id)| !id.trim().is_empty());
            if !kind.is_some_and(|(kind, _)| ["account", "content", "network"].contains(&kind)) {
                bail!("`{subject}` is not a subject; write account/ID, content/ID or network/ID");
            }
            let hold = Hold {
                name: name.clone(),
                scope: Scope::Subject(Subject(subject.clone())),
                since_ms: clock::now().as_millisecond(),
                reason: reason.clone(),
            };
            open_to_write(place).await?.hold(hold).await?;
            eprintln!("held");
        }
        HoldCommand::List { place, json } => {
            let history = open(place).await?;
            let mut out = output::stdout();
            for hold in &history.manifest().holds {
                if *json {
                    output::json_line(&mut out, &Shown::of(hold))?;
                } else {
                    let Shown { name, scope, since, reason } = Shown::of(hold);
                    writeln!(out, "{name:<20} {scope:<30} since {since}  {reason}")?;
                }
            }
            out.flush()?;
            eprintln!("{} holds", history.manifest().holds.len());
        }
        HoldCommand::Release { place, name } => {
            if !open_to_write(place).await?.release(name).await? {
                bail!("there is no hold `{name}`; `probity history hold list` shows them");
            }
            eprintln!("released");
        }
    }
    Ok(Outcome::Good)
}

/// A hold as it is printed.
#[derive(Serialize)]
struct Shown<'a> {
    name: &'a str,
    /// The scope as text: for one subject, that subject.
    scope: String,
    since: String,
    reason: &'a str,
}

impl<'a> Shown<'a> {
    fn of(hold: &'a Hold) -> Self {
        let since = jiff::Timestamp::from_millisecond(hold.since_ms);
        Self {
            name: &hold.name,
            scope: hold.scope.to_string(),
            since: since.map(|at| at.to_string()).unwrap_or_default(),
            reason: &hold.reason,
        }
    }
}
