//! `probity report lint`: what in a published transparency report departs from the template.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use documents::lint::{Level, RULES, lint};
use documents::published::{FILE_BYTES_MAX, PublishedReport};

use crate::output::{self, grouped};
use crate::{Outcome, progress};

/// Check transparency reports against the template of Implementing Regulation (EU) 2024/2835
///
/// Reads the CSV files in a folder, whatever their names, encodings and line ends, and names each
/// departure with file, row and column as a spreadsheet shows them, and a stable code. A folder of
/// folders is a report each. Exit code 4 if there are errors.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  probity report lint report-2026-H1\n  probity report lint --rules"
)]
pub(crate) struct Args {
    /// Folder of a report, or of several
    #[arg(required_unless_present = "rules")]
    folder: Option<PathBuf>,
    /// Print findings as JSON lines
    #[arg(long)]
    json: bool,
    /// Print notes as well: what is no fault and worth knowing
    #[arg(long)]
    notes: bool,
    /// Print all rules with their sources, and stop
    #[arg(long)]
    rules: bool,
    /// Show no progress bar
    #[arg(long)]
    quiet: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let Some(folder) = args.folder.as_deref().filter(|_| !args.rules) else {
        for rule in RULES {
            println!("{:7} {}: {} [{}]", name(rule.level), rule.code, rule.meaning, rule.source);
        }
        return Ok(Outcome::Good);
    };
    let reports = reports(folder)?;
    let bar = progress::count(reports.len() as u64, "reading reports", args.quiet);
    let mut out = output::stdout();
    let (mut counts, mut files) = (BTreeMap::new(), 0_u64);
    for (folder, paths) in &reports {
        let report = read(paths)?;
        files += report.tables.len() as u64;
        for finding in lint(&report) {
            *counts.entry(finding.level).or_insert(0_u64) += 1;
            if finding.level == Level::Note && !args.notes {
                continue;
            }
            let shown = folder.join(&finding.file).display().to_string();
            if args.json {
                let mut line = serde_json::to_value(&finding)?;
                line["report"] = folder.display().to_string().into();
                output::json_line(&mut out, &line)?;
                continue;
            }
            let place = match (finding.row, finding.column) {
                (Some(row), Some(column)) => format!("{row}:{column}:"),
                (Some(row), None) => format!("{row}:"),
                _ => String::new(),
            };
            let (shown, value) = (output::shown(&shown), output::shown(&finding.value));
            let (level, message) = (name(finding.level), output::shown(&finding.message));
            writeln!(out, "{shown}:{place} {level}: {message}: `{value}` [{}]", finding.code)?;
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    out.flush()?;
    let count = |level| grouped(counts.get(&level).copied().unwrap_or_default());
    eprintln!(
        "{} reports, {} files: {} errors, {} warnings, {} notes",
        grouped(reports.len() as u64),
        grouped(files),
        count(Level::Error),
        count(Level::Warning),
        count(Level::Note),
    );
    let is_good = !counts.contains_key(&Level::Error);
    Ok(if is_good { Outcome::Good } else { Outcome::NotInOrder })
}

const fn name(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "note",
    }
}

/// The folders with CSV files in `folder` and below, each a report, with their files in order.
fn reports(folder: &Path) -> anyhow::Result<BTreeMap<PathBuf, Vec<PathBuf>>> {
    let (mut reports, mut folders) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        let context = || format!("cannot read the folder `{}`", folder.display());
        let mut files = Vec::new();
        for entry in std::fs::read_dir(&folder).with_context(context)? {
            let entry = entry.with_context(context)?;
            let path = entry.path();
            // Links are not followed: they may lead in a circle.
            if entry.file_type().with_context(context)?.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end.eq_ignore_ascii_case("csv")) {
                files.push(path);
            }
        }
        files.sort();
        if !files.is_empty() {
            reports.insert(folder, files);
        }
    }
    if reports.is_empty() {
        bail!("there is no CSV file in `{}`; save each sheet as CSV", folder.display());
    }
    Ok(reports)
}

/// The files of a report, each read no further than the linter looks.
fn read(paths: &[PathBuf]) -> anyhow::Result<PublishedReport> {
    let mut files = Vec::with_capacity(paths.len());
    for path in paths {
        let context = || format!("cannot read `{}`", path.display());
        let file = std::fs::File::open(path).with_context(context)?;
        let (mut bytes, max) = (Vec::new(), FILE_BYTES_MAX as u64 + 1);
        std::io::Read::read_to_end(&mut std::io::Read::take(file, max), &mut bytes)
            .with_context(context)?;
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        files.push((name.unwrap_or_default(), bytes));
    }
    Ok(PublishedReport::read(files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()))))
}
