//! `probity report dsa`, `terrorist`, …: makes a report into a folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use app::reports::cover;
use app::reports::making::definitions;
use app::reports::{Asked, Counting, Made, Manifest, Settings, make};
use documents::account::Regime;
use documents::report::{Period, Profile};
use documents::statement::Terms;
use documents::tables::Table;
use ledger::TreeHead;
use sha2::{Digest as _, Sha256};
use store::Store;

use super::MANIFEST;
use crate::output::grouped;
use crate::{Outcome, clock, config, files, opening, progress};

/// The name of the workbook.
pub(super) const WORKBOOK: &str = "report.xlsx";

/// The version of a report that is made into a folder: versions are kept by the server.
pub(super) const FIRST: u64 = 1;

/// The name of the file with what is said beside the tables.
pub(super) const WORDS: &str = "words.json";

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// File of the store
    store: PathBuf,
    /// Period: 2026-H1, 2026-Q3, 2026 or 2026-01-01/2026-06-30
    #[arg(long, value_parser = super::period)]
    period: Period,
    /// Folder for the report; created if missing
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// TOML file that says who reports: `service`, `provider`, `size` (intermediary, hosting,
    /// platform, vlose, vlop), `published`, `previous`, `external_moderators`
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,
    /// Folder with the texts; those that lack are named
    #[arg(long, value_name = "DIR")]
    texts: Option<PathBuf>,
    /// CSV file with the columns month, country, recipients: the active recipients of each month
    #[arg(long, value_name = "FILE")]
    recipients: Option<PathBuf>,
    /// TOML file with what is answered under the Code of Conduct on Disinformation
    #[arg(long, value_name = "FILE")]
    conduct: Option<PathBuf>,
    /// Configuration whose section `[statements]` says which decisions are owed
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Put rows with fewer together, as the public gets them; 0: none
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    small_below: u64,
    /// Count a period that is not over
    #[arg(long)]
    draft: bool,
    /// Show no progress bar
    #[arg(long)]
    quiet: bool,
}

pub(super) fn run(regime: &'static str, args: &Args) -> anyhow::Result<Outcome> {
    let regime = Regime::named(regime).context("there is such a report")?;
    let now = clock::now();
    if now.as_millisecond() < args.period.end_ms() && !args.draft {
        bail!("the period {} is not over; --draft counts what there is so far", args.period);
    }
    if args.out.exists() {
        bail!(
            "`{}` is there already; reports are kept for five years: choose another folder",
            args.out.display()
        );
    }
    let profile: Profile = match &args.profile {
        Some(path) => {
            let context = || format!("the profile `{}`", path.display());
            toml::from_str(&files::text(path)?).with_context(context)?
        }
        None => Profile::default(),
    };
    if let Some(folder) = args.texts.as_ref().filter(|folder| !folder.is_dir()) {
        bail!("there is no folder `{}` with texts", folder.display());
    }
    let settings = Settings {
        profile: profile.clone(),
        texts: args.texts.clone(),
        recipients: args.recipients.clone(),
        conduct: args.conduct.clone(),
        small_below: args.small_below,
    };
    let terms = match &args.config {
        Some(path) => config::load(Some(path))?.statements.unwrap_or_default().terms(),
        None => Terms::default(),
    };
    let words = settings.words(regime)?;
    let recipients = settings.recipients(args.period)?;
    opening::runtime()?.block_on(async {
        let store = opening::existing(&args.store).await?;
        warn_of_terms(&store, args.config.is_some()).await?;
        let head = store.head().await?;
        let counting = Counting {
            period: args.period,
            size: head.as_ref().map_or(0, |head| head.size),
            known_at: now,
            terms,
            profile,
            recipients,
        };
        let small_below = args.small_below;
        let asked = Asked { regime, counting: &counting, words: &words, small_below };
        let made = counted(&store, &asked, args.quiet).await?;
        store.close().await;
        write(&args.out, (regime, &counting, head), (&made, args.small_below))?;
        Ok(say(&args.out, &made))
    })
}

/// Says that the server may make statements by other terms.
pub(crate) async fn warn_of_terms(store: &Store, is_configured: bool) -> anyhow::Result<()> {
    let any = store::StatementFilter::default();
    if !is_configured && !store.statements(&any, 1).await?.is_empty() {
        eprintln!(
            "warning: the server of this store makes statements; give its configuration with \
             --config, or other decisions count as owed here than there"
        );
    }
    Ok(())
}

/// A bar, and what moves it: by the share done, from 0 to 1.
pub(super) fn bar(is_quiet: bool) -> (indicatif::ProgressBar, impl FnMut(f64) + Send) {
    const STEPS: u64 = 1000;
    let bar = progress::count(STEPS, "counting", is_quiet);
    let moved = bar.clone();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1000")]
    let show = move |part: f64| moved.set_position((part * 1000.0) as u64);
    (bar, show)
}

/// The report, counted.
pub(super) async fn counted(
    store: &Store,
    asked: &Asked<'_>,
    is_quiet: bool,
) -> anyhow::Result<Made> {
    let (bar, mut show) = bar(is_quiet);
    let made = make(store, asked, &mut show).await;
    bar.finish_and_clear();
    Ok(made?)
}

/// What was counted: of which kind, how, and under which tree head.
type Of<'a> = (&'static Regime, &'a Counting, Option<TreeHead>);

/// Writes a report beside its place, and moves it there when it is whole.
fn write(place: &Path, of: Of<'_>, made: (&Made, u64)) -> anyhow::Result<()> {
    let mut name = place.as_os_str().to_owned();
    name.push(".partial");
    let folder = &PathBuf::from(name);
    let context = || format!("cannot write into `{}`", folder.display());
    let _ = std::fs::remove_dir_all(folder);
    std::fs::create_dir_all(folder).with_context(context)?;
    fill(folder, of, made)?;
    std::fs::rename(folder, place).with_context(|| format!("cannot make `{}`", place.display()))
}

fn fill(
    folder: &Path,
    (regime, counting, head): Of<'_>,
    (made, small_below): (&Made, u64),
) -> anyhow::Result<()> {
    let context = || format!("cannot write into `{}`", folder.display());
    let mut digests = BTreeMap::new();
    let mut put = |name: String, bytes: Vec<u8>| {
        digests.insert(name.clone(), hex::encode(Sha256::digest(&bytes)));
        std::fs::write(folder.join(name), bytes).with_context(context)
    };
    for table in &made.public {
        put(format!("{}.csv", table.name), table.csv()?)?;
    }
    let day = counting.known_at.to_zoned(jiff::tz::TimeZone::UTC).date();
    if !made.sections.is_empty() {
        put(WORDS.to_owned(), serde_json::to_vec_pretty(&made.sections)?)?;
    }
    let mut manifest = Manifest {
        report: regime.id.to_owned(),
        period: counting.period.to_string(),
        is_draft: counting.known_at.as_millisecond() < counting.period.end_ms(),
        profile: counting.profile.clone(),
        head,
        known_at: counting.known_at,
        terms: (&counting.terms).into(),
        recipients: counting.recipients.clone(),
        small_below,
        definitions: definitions(regime),
        files: BTreeMap::new(),
        gaps: made.gaps.clone(),
        missing: made.missing.clone(),
        corrects: None,
    };
    let sheets = cover::sheets(&manifest, FIRST, &made.sections, &made.public);
    put(WORKBOOK.to_owned(), Table::workbook(&sheets, day)?)?;
    manifest.files = digests;
    let json = serde_json::to_string_pretty(&manifest)?;
    std::fs::write(folder.join(MANIFEST), json + "\n").with_context(context)
}

/// Tells what is not measured and what is missing.
fn say(folder: &Path, made: &Made) -> Outcome {
    made.gaps.iter().for_each(|gap| eprintln!("blank: {gap}"));
    made.missing.iter().for_each(|missing| eprintln!("missing: {missing}"));
    let count = grouped(made.missing.len() as u64);
    eprintln!("written to `{}`; {count} parts still to be written", folder.display());
    if made.missing.is_empty() { Outcome::Good } else { Outcome::SomeRefused }
}
