//! `probity report verify`: counts a report again.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use app::reports::Counting;
use documents::report::{Table, Texts, definitions::DEFINITIONS, tables};
use documents::template::{Kind, SHEETS, SheetId};
use ledger::TreeHead;
use sha2::{Digest as _, Sha256};
use store::Store;

use super::{MANIFEST, Manifest, dsa};
use crate::{Outcome, files, opening};

/// Count the figures of a report again, and name those that differ
///
/// The store may have grown since: entries up to the tree head of the report are counted. Exit code
/// 4 if a figure differs, a file was changed, or the ledger is not the one of the report.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder of the report
    folder: PathBuf,
    /// File of the store
    #[arg(long, value_name = "FILE")]
    store: PathBuf,
    /// Show no progress bar
    #[arg(long)]
    quiet: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let text = files::text(&args.folder.join(MANIFEST))?;
    let context = || format!("`{}` of the report", MANIFEST);
    let manifest: Manifest = serde_json::from_str(&text).with_context(context)?;
    if manifest.report != "dsa" {
        bail!("`{}` is no kind of report that this build knows", manifest.report);
    }
    let mut found = definitions(&manifest);
    found.extend(changed(&args.folder, &manifest)?);
    opening::runtime()?.block_on(async {
        let store = opening::existing(&args.store).await?;
        if let Some(head) = &manifest.head {
            found.extend(grew(&store, head).await?);
        }
        let period = manifest.period.parse().map_err(anyhow::Error::msg)?;
        let counting = Counting {
            period,
            size: manifest.head.as_ref().map_or(0, |head| head.size),
            known_at: manifest.known_at,
            terms: manifest.terms.into(),
            profile: manifest.profile,
            recipients: manifest.recipients,
        };
        let figures = dsa::counted(&store, &counting, args.quiet).await?;
        store.close().await;
        let (tables, _) = tables((&counting.profile, period), &figures, &Texts::default());
        // Texts are not counted: their digests tell whether they were changed. Staff are counted as
        // they are when a report is made, and not again.
        let is_counted =
            |table: &&Table| !matches!(table.sheet.id, SheetId::Qualitative | SheetId::Staff);
        let counted = tables.iter().filter(is_counted);
        for table in counted {
            found.extend(differences(&args.folder, table)?);
        }
        anyhow::Ok(())
    })?;
    for line in &found {
        println!("{line}");
    }
    match found.len() {
        0 => eprintln!("every figure is as it was counted"),
        count => eprintln!("{count} differences"),
    }
    Ok(if found.is_empty() { Outcome::Good } else { Outcome::NotInOrder })
}

/// Definitions that have another version by now.
fn definitions(manifest: &Manifest) -> Vec<String> {
    let changed = DEFINITIONS.iter().filter_map(|one| {
        let then = manifest.definitions.get(one.id).copied().unwrap_or_default();
        let now = one.version;
        (then != now)
            .then(|| format!("the definition `{}` has version {now}, and had {then}", one.id))
    });
    changed.collect()
}

/// Files that are not as they were written.
fn changed(folder: &Path, manifest: &Manifest) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    let sheets = SHEETS.iter().map(documents::template::Sheet::file_name);
    for name in sheets.chain([dsa::WORKBOOK.to_owned()]) {
        if !manifest.files.contains_key(&name) {
            found.push(format!("{name}: the manifest does not name it"));
        }
    }
    for (name, digest) in &manifest.files {
        let path = folder.join(name);
        let bytes =
            std::fs::read(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
        if hex::encode(Sha256::digest(&bytes)) != *digest {
            found.push(format!("{name}: the file was changed since it was written"));
        }
    }
    Ok(found)
}

/// Whether the ledger of the store grew from that of the report.
async fn grew(store: &Store, head: &TreeHead) -> anyhow::Result<Option<String>> {
    let now = store.head().await?.map_or(0, |head| head.size);
    let is_same = match now >= head.size {
        false => false,
        true => engine::prove::consistency(store, head.clone()).await?.is_some(),
    };
    let words = "the store's ledger did not grow from the one that the report was counted under";
    Ok((!is_same).then(|| words.to_owned()))
}

/// Figures of a sheet that differ from those counted now.
fn differences(folder: &Path, counted: &Table) -> anyhow::Result<Vec<String>> {
    let name = counted.sheet.file_name();
    let path = folder.join(&name);
    let context = || format!("cannot read `{}`", path.display());
    let mut reader = ::csv::ReaderBuilder::new();
    let mut reader =
        reader.has_headers(false).flexible(true).from_path(&path).with_context(context)?;
    let written: Vec<::csv::StringRecord> =
        reader.records().collect::<Result<_, _>>().with_context(context)?;
    let mut found = Vec::new();
    if written.len() != counted.rows.len() {
        let (then, now) = (written.len(), counted.rows.len());
        found.push(format!("{name}: {then} rows are written, {now} are counted"));
    }
    for (at, (then, now)) in written.iter().zip(&counted.rows).enumerate().skip(1) {
        for (column, now) in counted.sheet.columns.iter().zip(now).enumerate().filter_map(figure) {
            let then = then.get(column.0).unwrap_or_default();
            if then != now {
                let what = column.1;
                found.push(format!(
                    "{name}, row {}, {what}: `{then}` is written, `{now}` is counted",
                    at + 1
                ));
            }
        }
    }
    Ok(found)
}

/// The place and name of a column if it holds figures, with its cell.
fn figure<'a>(
    (at, (column, cell)): (usize, (&'static documents::template::Column, &'a String)),
) -> Option<((usize, &'static str), &'a String)> {
    let holds = matches!(column.kind, Kind::Count | Kind::Hours | Kind::Share | Kind::Value);
    holds.then_some(((at, column.name), cell))
}
