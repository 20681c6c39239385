//! `probity report verify`: counts a report again.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use app::reports::book::{NOT_COUNTED, checked};
use app::reports::cover;
use app::reports::making::DSA;
use app::reports::{Asked, Made, Manifest};
use documents::account::Regime;
use documents::tables::{Change, Section, Table};
use ledger::TreeHead;
use sha2::{Digest as _, Sha256};
use store::Store;

use super::make::{FIRST, WORDS, WORKBOOK};
use super::{MANIFEST, make};
use crate::{Outcome, files, opening};

/// Count the figures of a report again, and name those that differ
///
/// The store may have grown since: entries up to the tree head of the report are counted. Exit code
/// 4 if a figure differs, a file was changed, or the ledger is not the one of the report.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder of the report
    #[arg(required_unless_present = "report", conflicts_with = "report")]
    folder: Option<PathBuf>,
    /// Instead of a folder: a report that the store keeps, by its number
    #[arg(long, value_name = "NUMBER")]
    report: Option<u64>,
    /// File of the store
    #[arg(long, value_name = "FILE")]
    store: PathBuf,
    /// Show no progress bar
    #[arg(long)]
    quiet: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let found = match (&args.folder, args.report) {
        (Some(folder), _) => of_folder(args, folder)?,
        (None, number) => of_store(args, number.unwrap_or_default())?,
    };
    for line in &found {
        println!("{line}");
    }
    match found.len() {
        0 => eprintln!("every figure is as it was counted"),
        count => eprintln!("{count} differences"),
    }
    Ok(if found.is_empty() { Outcome::Good } else { Outcome::NotInOrder })
}

/// What differs in a report that the store keeps.
fn of_store(args: &Args, number: u64) -> anyhow::Result<Vec<String>> {
    opening::runtime()?.block_on(async {
        let store = opening::existing(&args.store).await?;
        let (bar, mut show) = make::bar(args.quiet);
        let check = checked(&store, number, &mut show).await;
        bar.finish_and_clear();
        store.close().await;
        let check = check.with_context(|| format!("report {number}"))?;
        let told = |change: Change| {
            let Change { table, row, column, before, now } = change;
            format!("{table}, {row}, {column}: `{before}` is kept, `{now}` is counted")
        };
        let differences = check.differences.into_iter().map(told);
        Ok(check.changed_definitions.into_iter().chain(differences).collect())
    })
}

/// What differs in the folder of a report.
fn of_folder(args: &Args, folder: &Path) -> anyhow::Result<Vec<String>> {
    let text = files::text(&folder.join(MANIFEST))?;
    let context = || format!("`{}` of the report", MANIFEST);
    let manifest: Manifest = serde_json::from_str(&text).with_context(context)?;
    let Some(regime) = Regime::named(&manifest.report) else {
        bail!("`{}` is no kind of report that this build knows", manifest.report);
    };
    let mut found = manifest.changed_definitions(regime);
    found.extend(changed(folder, &manifest)?);
    opening::runtime()?.block_on(async {
        let store = opening::existing(&args.store).await?;
        if let Some(head) = &manifest.head {
            found.extend(grew(&store, head).await?);
        }
        let counting = manifest.counting().map_err(anyhow::Error::msg)?;
        let words = app::reports::Words::default();
        let small_below = manifest.small_below;
        let asked = Asked { regime, counting: &counting, words: &words, small_below };
        let made = make::counted(&store, &asked, args.quiet).await?;
        store.close().await;
        found.extend(workbook(folder, &manifest, &made)?);
        for table in &made.public {
            let file = format!("{}.csv", table.name);
            if !manifest.files.contains_key(&file) {
                found.push(format!("{file}: the manifest does not name it"));
            } else if !NOT_COUNTED.contains(&table.name.as_str()) {
                found.extend(differences(folder, table));
            }
        }
        anyhow::Ok(())
    })?;
    Ok(found)
}

/// Files that are not as they were written, are gone, or are not of the report.
fn changed(folder: &Path, manifest: &Manifest) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    if !manifest.files.contains_key(WORKBOOK) {
        found.push(format!("{WORKBOOK}: the manifest does not name it"));
    }
    for (name, digest) in &manifest.files {
        match std::fs::read(folder.join(name)) {
            Err(error) => found.push(format!("{name}: cannot be read: {error}")),
            Ok(bytes) if hex::encode(Sha256::digest(&bytes)) != *digest => {
                found.push(format!("{name}: the file was changed since it was written"));
            }
            Ok(_) => {}
        }
    }
    let context = || format!("cannot read the folder `{}`", folder.display());
    for entry in std::fs::read_dir(folder).with_context(context)? {
        let name = entry.with_context(context)?.file_name().to_string_lossy().into_owned();
        if name != MANIFEST && !manifest.files.contains_key(&name) {
            found.push(format!("{name}: the file is not of the report"));
        }
    }
    Ok(found)
}

/// Whether the tree head of the report is one of the store's ledger.
async fn grew(store: &Store, head: &TreeHead) -> anyhow::Result<Option<String>> {
    let kept = store.heads(head.size.saturating_sub(1), head.size).await?;
    let is_same = head.size > 0 && kept.contains(head);
    let words = "the tree head of the report is none of the store's ledger: it was counted under \
                 another one, or one of the two was changed (`probity ledger verify` tells)";
    Ok((!is_same).then(|| words.to_owned()))
}

/// Whether the workbook has what is counted now: it is the same, byte for byte, for the same tables
/// and texts. The harmonised report has texts in its sheets, of which the digest is all that there
/// is.
fn workbook(folder: &Path, manifest: &Manifest, made: &Made) -> anyhow::Result<Option<String>> {
    if manifest.report == DSA {
        return Ok(None);
    }
    let words = std::fs::read(folder.join(WORDS)).unwrap_or_else(|_| b"[]".to_vec());
    let sections: Vec<Section> = serde_json::from_slice(&words).unwrap_or_default();
    let day = manifest.known_at.to_zoned(jiff::tz::TimeZone::UTC).date();
    let now = Table::workbook(&cover::sheets(manifest, FIRST, &sections, &made.public), day)?;
    let is_same = std::fs::read(folder.join(WORKBOOK)).is_ok_and(|bytes| bytes == now);
    Ok((!is_same).then(|| format!("{WORKBOOK}: it has not what is counted")))
}

/// What differs in a file from the table that is counted now: heads, names of rows, figures.
fn differences(folder: &Path, counted: &Table) -> Vec<String> {
    let name = format!("{}.csv", counted.name);
    let mut reader = ::csv::ReaderBuilder::new();
    let reader = reader.flexible(true).has_headers(false).from_path(folder.join(&name));
    let written: Result<Vec<::csv::StringRecord>, _> =
        reader.and_then(|mut reader| reader.records().collect());
    let written = match written {
        Ok(written) => written,
        Err(error) => return vec![format!("{name}: cannot be read: {error}")],
    };
    let mut found = Vec::new();
    if written.len() != counted.rows.len() + 1 {
        let (then, now) = (written.len().saturating_sub(1), counted.rows.len());
        found.push(format!("{name}: {then} rows are written, {now} are counted"));
    }
    let rows = std::iter::once(&counted.header).chain(&counted.rows);
    for (at, (then, now)) in written.iter().zip(rows).enumerate() {
        let is_compared = |column: &usize| {
            at == 0 || counted.names.contains(column) || counted.figures.contains(column)
        };
        for column in (0..now.len()).filter(is_compared) {
            let then = then.get(column).unwrap_or_default();
            let (now, what) = (&now[column], &counted.header[column]);
            if then != now {
                // A spreadsheet shows the header as row 1.
                let row = at + 1;
                found.push(format!(
                    "{name}, row {row}, {what}: `{then}` is written, `{now}` is counted"
                ));
            }
        }
    }
    found
}
