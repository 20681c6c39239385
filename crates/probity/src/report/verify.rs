//! `probity report verify`: counts a report again.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use app::reports::book::NOT_COUNTED;
use app::reports::{Asked, Manifest};
use documents::account::Regime;
use documents::tables::Table;
use ledger::TreeHead;
use sha2::{Digest as _, Sha256};
use store::Store;

use super::make::WORKBOOK;
use super::{MANIFEST, make};
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
    let Some(regime) = Regime::named(&manifest.report) else {
        bail!("`{}` is no kind of report that this build knows", manifest.report);
    };
    let mut found = manifest.changed_definitions(regime);
    found.extend(changed(&args.folder, &manifest)?);
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
        for table in &made.public {
            let file = format!("{}.csv", table.name);
            if !manifest.files.contains_key(&file) {
                found.push(format!("{file}: the manifest does not name it"));
            }
            if !NOT_COUNTED.contains(&table.name.as_str()) {
                found.extend(differences(&args.folder, table)?);
            }
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

/// Files that are not as they were written.
fn changed(folder: &Path, manifest: &Manifest) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    if !manifest.files.contains_key(WORKBOOK) {
        found.push(format!("{WORKBOOK}: the manifest does not name it"));
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

/// Figures of a table that differ from those counted now.
fn differences(folder: &Path, counted: &Table) -> anyhow::Result<Vec<String>> {
    let name = format!("{}.csv", counted.name);
    let path = folder.join(&name);
    let context = || format!("cannot read `{}`", path.display());
    let mut reader = ::csv::ReaderBuilder::new();
    let mut reader = reader.flexible(true).from_path(&path).with_context(context)?;
    let written: Vec<::csv::StringRecord> =
        reader.records().collect::<Result<_, _>>().with_context(context)?;
    let mut found = Vec::new();
    if written.len() != counted.rows.len() {
        let (then, now) = (written.len(), counted.rows.len());
        found.push(format!("{name}: {then} rows are written, {now} are counted"));
    }
    for (at, (then, now)) in written.iter().zip(&counted.rows).enumerate() {
        for column in &counted.figures {
            let then = then.get(*column).unwrap_or_default();
            let now = now.get(*column).map(String::as_str).unwrap_or_default();
            if then != now {
                let what = &counted.header[*column];
                // A spreadsheet shows the header as row 1.
                let row = at + 2;
                found.push(format!(
                    "{name}, row {row}, {what}: `{then}` is written, `{now}` is counted"
                ));
            }
        }
    }
    Ok(found)
}
