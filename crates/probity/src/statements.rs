//! `probity statements`: checks statements of reasons, and exports those of a store.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read, Write};
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use app::statements::mapper::{Depth, Mapper, Stated};
use documents::statement::check::{self, Level};
use documents::statement::{Terms, dump};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use store::Store;

use crate::output::{self, grouped};
use crate::{Outcome, config, opening, progress};

/// Entries read at a time.
const CHUNK: u64 = 4000;

/// The longest line of a file to check.
const LINE_BYTES_MAX: u64 = 64 << 20;

/// The subcommands.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Check(Check),
    Export(Export),
}

/// Check statements of reasons by the rules of the DSA Transparency Database
///
/// Reads a statement, a list, `{"statements": […]}`, or one statement a line. An error is what the
/// database refuses; a warning is what it drops or takes, and should not be there. Exit code 4 if
/// there are errors.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  probity statements export probity.db --json | probity statements check -"
)]
pub(crate) struct Check {
    /// File with statements; `-` for standard input
    file: PathBuf,
    /// Print findings as JSON lines
    #[arg(long)]
    json: bool,
}

/// Export the statements of reasons of a store, in the columns of the database's daily files
///
/// Makes the statement of every restriction in the store anew, so that it also works for stores
/// whose server sends none, and tells how many decisions owe none, and why.
#[derive(Debug, clap::Args)]
pub(crate) struct Export {
    /// File of the store
    store: PathBuf,
    /// First day (UTC) of the decisions, YYYY-MM-DD
    #[arg(long, value_name = "DAY")]
    from: Option<Date>,
    /// Last day (UTC) of the decisions, YYYY-MM-DD
    #[arg(long, value_name = "DAY")]
    until: Option<Date>,
    /// Configuration whose section [statements] applies
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Name of the platform, as the database has it
    #[arg(long, value_name = "NAME", default_value = "")]
    platform: String,
    /// Leave out the columns that a light file leaves out
    #[arg(long)]
    light: bool,
    /// Print statements as the database takes them, one a line, in place of the table
    #[arg(long, conflicts_with = "light")]
    json: bool,
    /// Write to a file in place of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Show no progress bar
    #[arg(long)]
    quiet: bool,
}

/// Runs the command.
pub(crate) fn run(command: &Command) -> anyhow::Result<Outcome> {
    match command {
        Command::Check(args) => check_file(args),
        Command::Export(args) => export(args),
    }
}

fn check_file(args: &Check) -> anyhow::Result<Outcome> {
    let (mut count, mut errors, mut warnings) = (0_u64, 0_u64, 0_u64);
    let (mut out, mut puids) = (output::stdout(), std::collections::HashSet::new());
    let mut see = |place: u64, statement: &Value| -> anyhow::Result<()> {
        count += 1;
        let mut faults = check::check(statement);
        if let Some(puid) = statement.get("puid").and_then(Value::as_str)
            && !puids.insert(puid.to_owned())
        {
            faults.push(check::twice());
        }
        for fault in faults {
            match fault.level {
                Level::Error => errors += 1,
                Level::Warning => warnings += 1,
            }
            if args.json {
                let mut line = serde_json::to_value(&fault)?;
                line["statement"] = json!(place);
                output::json_line(&mut out, &line)?;
            } else {
                let level = if fault.level == Level::Error { "error" } else { "warning" };
                let message = output::shown(&fault.message);
                writeln!(out, "statement {place}: {level}: {message} [{}]", fault.code)?;
            }
        }
        Ok(())
    };
    each(&args.file, &mut see)?;
    out.flush()?;
    if count == 0 {
        bail!("there is no statement in `{}`", args.file.display());
    }
    let word = if count == 1 { "statement" } else { "statements" };
    eprintln!("{} {word}: {errors} errors, {warnings} warnings", grouped(count));
    Ok(if errors == 0 { Outcome::Good } else { Outcome::NotInOrder })
}

/// Calls `see` with the number, from 1, and the text of each statement in a file.
fn each(
    file: &PathBuf,
    see: &mut impl FnMut(u64, &Value) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let opened: Box<dyn Read> = match file.as_os_str() == "-" {
        true => Box::new(std::io::stdin().lock()),
        false => {
            let context = || format!("cannot read `{}`", file.display());
            Box::new(std::fs::File::open(file).with_context(context)?)
        }
    };
    let mut reader = BufReader::new(opened);
    let mut number = 0;
    let mut pass = |value: &Value| {
        number += 1;
        see(number, value)
    };
    let (mut line, mut at) = (String::new(), 0_u64);
    while reader.by_ref().take(LINE_BYTES_MAX).read_line(&mut line)? > 0 {
        at += 1;
        if at == 1 && line.starts_with('\u{feff}') {
            line.remove(0);
        }
        let first = match serde_json::from_str::<Value>(&line) {
            _ if line.trim().is_empty() => None,
            Ok(value) => Some(value),
            // Not one statement a line: one document over several lines.
            Err(_) if at == 1 => {
                reader.by_ref().take(LINE_BYTES_MAX).read_to_string(&mut line)?;
                let context = || format!("`{}` is no JSON", file.display());
                Some(serde_json::from_str(&line).with_context(context)?)
            }
            Err(error) => bail!("line {at} is no JSON: {error}"),
        };
        for value in first.iter().flat_map(statements) {
            pass(value)?;
        }
        line.clear();
    }
    Ok(())
}

/// The statements in a document.
fn statements(document: &Value) -> Vec<&Value> {
    let list = document.as_array().or_else(|| document.get("statements")?.as_array());
    list.map_or_else(|| vec![document], |list| list.iter().collect())
}

fn export(args: &Export) -> anyhow::Result<Outcome> {
    let terms = match &args.config {
        Some(path) => config::load(Some(path))?.statements.unwrap_or_default().terms(),
        None => Terms::default(),
    };
    let out: Box<dyn Write> = match &args.out {
        Some(path) => {
            let context = || format!("cannot write `{}`", path.display());
            Box::new(std::io::BufWriter::new(std::fs::File::create(path).with_context(context)?))
        }
        None => Box::new(output::stdout()),
    };
    opening::runtime()?.block_on(async {
        let store = opening::existing(&args.store).await?;
        crate::report::make::warn_of_terms(&store, args.config.is_some()).await?;
        let bar = progress::count(store.size().await?, "reading decisions", args.quiet);
        let mut writing = Writing::new(args, out)?;
        let size = store.size().await?;
        let mut mapper = Mapper::of_all(store.clone(), terms, Depth::Whole);
        mapper.find_origins((size, CHUNK), &mut |at| bar.set_position(at / 2)).await?;
        let mut from = 0;
        while from < size {
            let until = (from + CHUNK).min(size);
            for stated in mapper.read(from, until).await? {
                writing.write(&store, stated).await?;
            }
            bar.set_position(u64::midpoint(size, until));
            from = until;
        }
        bar.finish_and_clear();
        store.close().await;
        writing.end()
    })
}

/// An export that is being written.
struct Writing<'a> {
    args: &'a Export,
    out: Out,
    count: u64,
    nothing: BTreeMap<&'static str, u64>,
}

/// A table, or lines.
enum Out {
    Table(Box<csv::Writer<Box<dyn Write>>>),
    Lines(Box<dyn Write>),
}

impl<'a> Writing<'a> {
    fn new(args: &'a Export, out: Box<dyn Write>) -> anyhow::Result<Self> {
        let out = match args.json {
            true => Out::Lines(out),
            false => {
                let mut table = csv::Writer::from_writer(out);
                table.write_record(dump::COLUMNS.iter().filter(|column| is_shown(args, column)))?;
                Out::Table(Box::new(table))
            }
        };
        Ok(Self { args, out, count: 0, nothing: BTreeMap::new() })
    }

    async fn write(&mut self, store: &Store, stated: Stated) -> anyhow::Result<()> {
        let time = stated.decision.time.to_zoned(TimeZone::UTC).datetime();
        let is_early = self.args.from.is_some_and(|from| time.date() < from);
        if is_early || self.args.until.is_some_and(|until| time.date() > until) {
            return Ok(());
        }
        let statement = match stated.statement {
            Ok(statement) => statement,
            Err(nothing) => {
                *self.nothing.entry(nothing.words()).or_default() += 1;
                return Ok(());
            }
        };
        self.count += 1;
        match &mut self.out {
            Out::Lines(out) => output::json_line(out, &statement)?,
            Out::Table(table) => {
                let kept = store.statement(&statement.puid).await?;
                let uuid = kept.and_then(|row| row.uuid).unwrap_or_default();
                let created_at = time.strftime("%Y-%m-%d %H:%M:%S").to_string();
                let (platform, created_at) = (self.args.platform.as_str(), created_at.as_str());
                let added = dump::Added { uuid: &uuid, platform, created_at };
                let row = dump::row(&statement, &added);
                let cells = dump::COLUMNS.iter().zip(row);
                let cells = cells.filter(|(column, _)| is_shown(self.args, column));
                table.write_record(cells.map(|(_, cell)| cell))?;
            }
        }
        Ok(())
    }

    fn end(self) -> anyhow::Result<Outcome> {
        match self.out {
            Out::Table(mut table) => table.flush()?,
            Out::Lines(mut out) => out.flush()?,
        }
        eprintln!("{} statements of reasons", grouped(self.count));
        for (words, count) in self.nothing {
            eprintln!("{} decisions owe none: {words}", grouped(count));
        }
        Ok(Outcome::Good)
    }
}

fn is_shown(args: &Export, column: &str) -> bool {
    !args.light || !dump::NOT_IN_LIGHT.contains(&column)
}
