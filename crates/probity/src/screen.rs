//! `probity screen`: reads events and prints decisions.

use std::collections::VecDeque;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use decide::PolicySet;
use engine::{EventResult, Judge, Keep, Rules, Screen};
use indicatif::ProgressBar;
use ingest::{Format, Limits, Reader, Record, Refused};
use store::Store;
use types::{Decision, Incoming, Reject};

use crate::screened::Summary;
use crate::{Outcome, clock, files, opening, output, progress};

/// Judge events by rules, and print the decisions
///
/// Prints decisions on stdout as JSON lines, and a summary on stderr. Reads CloudEvents (one per
/// line or a JSON array), Bluesky Jetstream, or with --map a CSV or TSV table. gzip and zstd are
/// unpacked.
///
/// Nothing is stored without --store. With it, event, facts, decision and ledger entry are on the
/// disk before a decision is printed, and events that are in the store already are skipped.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  probity screen --policies policies events.ndjson
  probity screen --policies policies --map examples/ira.toml ira_tweets.tsv > decisions.ndjson
  zcat events.gz | probity screen --policies policies --store probity.db --rejects refused.ndjson

Exit code 3 means that some input was refused; the summary counts why.")]
pub(crate) struct Args {
    /// Files to read; `-` or no file for standard input
    files: Vec<PathBuf>,
    /// Folder with the policy files
    #[arg(long, default_value = "policies", value_name = "FOLDER")]
    policies: PathBuf,
    /// Mapping file, if the input is a CSV or TSV table
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    /// Format of the input; default: detected from its first bytes
    #[arg(long, value_enum, conflicts_with = "map")]
    format: Option<FormatName>,
    /// Store everything in this file, which is created if missing
    #[arg(long, value_name = "FILE")]
    store: Option<PathBuf>,
    /// File with the key that signs the ledger; default: STORE.key
    #[arg(long, value_name = "FILE", requires = "store")]
    key: Option<PathBuf>,
    /// Also accept events that only Probity itself may send (verdicts, notices, orders, appeals,
    /// pauses of rules), because the input is the log of another store
    #[arg(long, requires = "store")]
    replay: bool,
    /// Write refused records to this file, as JSON lines
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Refuse records longer than this
    #[arg(long, default_value_t = 1 << 20, value_name = "BYTES", value_parser = clap::value_parser!(u32).range(256..=1 << 30))]
    line_bytes_max: u32,
    /// Refuse events dated further than this in the future: 5m, 1h, 2d, or `any` to accept them
    #[arg(long, default_value = "5m", value_name = "DURATION")]
    future_max: Future,
    /// Judge events in the order of their times; all input is read into memory first
    #[arg(long)]
    sort: bool,
    /// Events judged and committed together
    #[arg(long, default_value_t = 5000, value_name = "EVENTS", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    batch: u32,
    /// Print the summary as JSON
    #[arg(long)]
    json: bool,
    /// Show no progress bar
    #[arg(long)]
    quiet: bool,
}

/// The formats of the input.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum FormatName {
    /// CloudEvents in JSON, one per line
    Cloudevents,
    /// CloudEvents in a JSON array
    Batch,
    /// One CloudEvent in JSON, on any number of lines
    Event,
    /// Lines of Bluesky Jetstream
    Jetstream,
}

/// How far in the future an event may be dated.
#[derive(Clone, Copy, Debug)]
enum Future {
    Any,
    By(Duration),
}

impl std::str::FromStr for Future {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "any" {
            return Ok(Self::Any);
        }
        let span: jiff::SignedDuration =
            text.parse().map_err(|_| "give 5m, 1h, 2d or any".to_owned())?;
        Duration::try_from(span).map(Self::By).map_err(|_| "must not be negative".to_owned())
    }
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let (policy_set, rules) = files::rules(&args.policies)?;
    let mapping = args.map.as_deref().map(files::mapping).transpose()?;
    let started = clock::start();
    let has_counters = !rules.program.counters.is_empty();
    let review_queue = open(args, &policy_set, rules)?;
    let rejects = args.rejects.as_deref().map(|path| {
        let key = args.store.as_deref().map(|store| opening::key_path(store, args.key.as_ref()));
        let in_use = args.files.iter().chain(&args.store).chain(&args.map).chain(&key);
        files::create(path, in_use.map(PathBuf::as_path)).map(BufWriter::new)
    });
    let stdin = [PathBuf::from("-")];
    let inputs = if args.files.is_empty() { &stdin[..] } else { &args.files };
    let mut run = Run {
        bar: progress::bytes(total_bytes(inputs), "screening", args.quiet),
        review_queue,
        inputs: VecDeque::new(),
        out: output::stdout(),
        rejects: rejects.transpose()?,
        summary: Summary::of(has_counters),
        origins: args.sort.then(Vec::new),
        batch: Vec::new(),
        batch_events: args.batch as usize,
        is_guarded: args.store.is_some() && !args.replay,
        is_keeping: args.store.is_some(),
        is_reader_gone: false,
    };
    let read = inputs.iter().try_for_each(|input| run.input(args, input, mapping.as_ref()));
    // If an input fails, the events read before it are still judged, stored and counted.
    let flushed = run.sort().and_then(|()| run.flush());
    let mut summary = run.finish();
    summary.seconds = started.elapsed().as_secs_f64();
    summary.print(args.json, args.rejects.is_some());
    read.and(flushed)?;
    Ok(if summary.refused + summary.duplicates > 0 { Outcome::SomeRefused } else { Outcome::Good })
}

/// Where events are judged.
enum Screening {
    /// Nothing is stored.
    Nothing(Box<Screen>),
    /// Everything is stored.
    Keep(Box<Keep>),
}

impl Screening {
    /// Number of counter keys dropped, and of other things forgotten, for lack of room.
    fn lost(&self) -> (u64, u64) {
        match self {
            Self::Nothing(screen) => {
                let size = screen.judge().state().size();
                (size.evicted, size.forgotten)
            }
            Self::Keep(keep) => keep.lost(),
        }
    }
}

/// Opens the store, if one is given, and restores its state.
fn open(args: &Args, policy_set: &PolicySet, rules: Arc<Rules>) -> anyhow::Result<Screening> {
    let Some(path) = &args.store else {
        let judge = Judge::with_threads(rules, clock::threads());
        return Ok(Screening::Nothing(Box::new(Screen::new(judge))));
    };
    let runtime = opening::runtime()?;
    let context = || format!("the store `{}`", path.display());
    let (store, past) = runtime.block_on(async {
        let store = Store::open(path).await.with_context(context)?;
        let size = store.size().await?;
        let key = opening::signing_key(path, args.key.as_ref(), size == 0)?;
        let bar = progress::count(size, "remembering", args.quiet || size < 100_000);
        let (random, threads) = (clock::random()?, clock::threads());
        let opening = engine::Opening {
            policy_set,
            rules,
            key,
            random,
            threads,
            casework: review::Settings::default(),
        };
        let mut progress = |at| bar.set_position(at);
        let opened = engine::open(&store, opening, clock::now(), &mut progress);
        let past = opened.await.with_context(context)?;
        bar.finish_and_clear();
        anyhow::Ok((store, past))
    })?;
    Ok(Screening::Keep(Box::new(Keep::start(runtime, store, past, clock::wall())?)))
}

fn total_bytes(inputs: &[PathBuf]) -> Option<u64> {
    inputs.iter().map(|path| Some(std::fs::metadata(path).ok()?.len())).sum()
}

struct Run {
    bar: ProgressBar,
    review_queue: Screening,
    /// The inputs of the batches in progress.
    inputs: VecDeque<String>,
    out: BufWriter<std::io::Stdout>,
    rejects: Option<BufWriter<std::fs::File>>,
    summary: Summary,
    /// Input and place of events that are to be sorted. Their `place` is the index in this list.
    origins: Option<Vec<(Arc<str>, u64)>>,
    batch: Vec<Incoming>,
    batch_events: usize,
    /// Whether events that only Probity itself may send are refused.
    is_guarded: bool,
    /// Whether there is a store.
    is_keeping: bool,
    /// Whether the reader closed stdout.
    is_reader_gone: bool,
}

impl Run {
    fn input(
        &mut self,
        args: &Args,
        path: &Path,
        mapping: Option<&ingest::Mapping>,
    ) -> anyhow::Result<()> {
        let bar = self.bar.clone();
        let mut input = ingest::open(path, move |count| bar.inc(count))?;
        let format = match (mapping, args.format) {
            (Some(mapping), _) => Format::Table(Box::new(mapping.clone())),
            (None, Some(FormatName::Cloudevents)) => Format::Lines,
            (None, Some(FormatName::Batch)) => Format::Batch,
            (None, Some(FormatName::Event)) => Format::Single,
            (None, Some(FormatName::Jetstream)) => Format::Jetstream,
            (None, None) => Format::sniff(input.as_mut())
                .with_context(|| format!("cannot read `{}`", path.display()))?,
        };
        let latest = match args.future_max {
            Future::Any => None,
            Future::By(span) => clock::now().checked_add(span).ok(),
        };
        let limits = Limits { record_bytes_max: args.line_bytes_max as usize, latest };
        let mut reader = Reader::new(input, format, limits);
        let name: Arc<str> = path.display().to_string().into();
        let end = loop {
            match reader.read_next() {
                Ok(Some(record)) => {
                    if matches!(record, Record::Event(_)) {
                        self.summary.left_out(reader.left_out());
                    }
                    self.record(&name, record, reader.bytes())?;
                }
                Ok(None) => break Ok(()),
                Err(error) => {
                    break Err(error).with_context(|| format!("cannot read `{name}` to its end"));
                }
            }
        };
        // Places are counted for each file, so a batch holds events of one file only.
        if self.origins.is_none() {
            self.judge(&name)?;
        }
        end
    }

    fn record(&mut self, input: &Arc<str>, record: Record, bytes: &[u8]) -> anyhow::Result<()> {
        match record {
            Record::Event(mut incoming) => {
                if self.is_guarded
                    && let Some(reject) = incoming.event.reserved()
                {
                    return self.refuse(&Refused::new(input, incoming.place, &reject, bytes));
                }
                if let Some(origins) = &mut self.origins {
                    origins.push((Arc::clone(input), incoming.place));
                    incoming.place = origins.len() as u64;
                    self.batch.push(*incoming);
                    return Ok(());
                }
                self.summary.comes(incoming.event.time);
                self.batch.push(*incoming);
                if self.batch.len() >= self.batch_events { self.judge(input) } else { Ok(()) }
            }
            Record::Refused(place, reject) => {
                self.refuse(&Refused::new(input, place, &reject, bytes))
            }
            Record::PassedOver => {
                self.summary.passed_over += 1;
                Ok(())
            }
        }
    }

    /// Sorts all events read, and judges them.
    fn sort(&mut self) -> anyhow::Result<()> {
        let mut all = std::mem::take(&mut self.batch);
        all.sort_by_key(|incoming| incoming.event.time);
        let mut all = all.into_iter().peekable();
        while all.peek().is_some() {
            self.batch = all.by_ref().take(self.batch_events).collect();
            self.judge("")?;
        }
        Ok(())
    }

    fn refuse(&mut self, refused: &Refused) -> anyhow::Result<()> {
        *self.summary.reasons_for_refusal.entry(refused.reason).or_default() += 1;
        if refused.reason == Reject::Duplicate.code() {
            self.summary.duplicates += 1;
        } else {
            self.summary.refused += 1;
        }
        match &mut self.rejects {
            Some(rejects) => output::json_line(rejects, refused),
            None => Ok(()),
        }
    }

    /// Judges the collected events, and prints finished decisions.
    fn judge(&mut self, input: &str) -> anyhow::Result<()> {
        let batch = std::mem::take(&mut self.batch);
        match &mut self.review_queue {
            Screening::Nothing(screen) => {
                let screened = screen.take(&batch);
                self.print((screened.judged, screened.decisions))?;
                self.refuse_duplicates(input, screened.duplicates)
            }
            Screening::Keep(keep) => {
                keep.take(batch)?;
                self.inputs.push_back(input.to_owned());
                while self.finish_one(false)? {
                    // A reader of stdout sees a batch as soon as it is durable.
                    self.flush_out()?;
                }
                Ok(())
            }
        }
    }

    /// Prints the next batch that is durable. Returns false if there is none.
    fn finish_one(&mut self, wait: bool) -> anyhow::Result<bool> {
        let Screening::Keep(keep) = &mut self.review_queue else { return Ok(false) };
        let Some(taken) = keep.finished(wait)? else { return Ok(false) };
        let input = self.inputs.pop_front().unwrap_or_default();
        let (new, known): (Vec<EventResult>, Vec<EventResult>) =
            taken.into_iter().partition(|taken| taken.seq.is_some());
        let judged = new.len() as u64;
        self.print((judged, new.into_iter().filter_map(|taken| taken.decision).collect()))?;
        self.refuse_duplicates(&input, known.into_iter().map(|taken| taken.place).collect())?;
        Ok(true)
    }

    fn refuse_duplicates(&mut self, input: &str, places: Vec<u64>) -> anyhow::Result<()> {
        for place in places {
            let at = usize::try_from(place).unwrap_or(0).saturating_sub(1);
            let origin = self.origins.as_ref().and_then(|origins| origins.get(at)).cloned();
            let (input, place) = origin.unwrap_or_else(|| (input.into(), place));
            self.refuse(&Refused::new(&input, place, &Reject::Duplicate, b""))?;
        }
        Ok(())
    }

    fn flush(&mut self) -> anyhow::Result<()> {
        while self.finish_one(true)? {}
        self.flush_out()?;
        if let Some(rejects) = &mut self.rejects {
            rejects.flush().context("cannot write the reject list")?;
        }
        Ok(())
    }

    fn print(&mut self, (judged, decisions): (u64, Vec<Decision>)) -> anyhow::Result<()> {
        self.summary.events += judged;
        for decision in decisions {
            self.summary.count(&decision);
            self.print_decision(&decision)?;
        }
        Ok(())
    }

    /// Prints a decision. If the reader closed stdout, a run with a store continues: input must not
    /// be skipped because someone piped the output into `head`.
    fn print_decision(&mut self, decision: &Decision) -> anyhow::Result<()> {
        if self.is_reader_gone {
            return Ok(());
        }
        let printed = output::json_line(&mut self.out, decision);
        match printed {
            Err(error) if self.is_keeping && output::is_broken_pipe(&error) => self.reader_went(),
            other => other,
        }
    }

    fn reader_went(&mut self) -> anyhow::Result<()> {
        self.is_reader_gone = true;
        eprintln!("note: stdout was closed; further decisions are in the store only");
        Ok(())
    }

    fn flush_out(&mut self) -> anyhow::Result<()> {
        if self.is_reader_gone {
            return Ok(());
        }
        match self.out.flush().context("cannot write to standard output") {
            Err(error) if self.is_keeping && output::is_broken_pipe(&error) => self.reader_went(),
            other => other,
        }
    }

    fn finish(self) -> Summary {
        self.bar.finish_and_clear();
        let mut summary = self.summary;
        (summary.counts_lost, summary.things_forgotten) = self.review_queue.lost();
        summary.memory_peak_mb = output::memory_peak_mb();
        summary
    }
}
