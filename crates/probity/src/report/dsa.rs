//! `probity report dsa`: the transparency report of Regulation (EU) 2024/2835.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use app::reports::{Counting, count};
use documents::report::{
    Figures, Missing, Period, Profile, Table, csv, definitions::DEFINITIONS, tables, workbook,
};
use documents::statement::Terms;
use documents::template::{MEMBER_STATES, SheetId, TOTAL};
use ledger::TreeHead;
use sha2::{Digest as _, Sha256};
use store::Store;

use super::{MANIFEST, Manifest};
use crate::output::grouped;
use crate::{Outcome, clock, config, files, opening, progress};

/// The name of the workbook.
pub(super) const WORKBOOK: &str = "report.xlsx";

/// Make a transparency report (Arts 15, 24 and 42 DSA) in the harmonised template
///
/// Writes the eleven sheets of Implementing Regulation (EU) 2024/2835 as CSV files and a workbook, and
/// `manifest.json`, which says under which ledger and definitions they were counted. Tells what is
/// not measured, and which texts are still to be written; exit code 3 if there are any.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  probity report dsa probity.db --period 2026-H1 --profile profile.toml --texts texts --out report"
)]
pub(crate) struct Args {
    /// File of the store
    store: PathBuf,
    /// Period: 2026-H1, 2026-H2, 2026 or 2026-01-01/2026-06-30
    #[arg(long, value_parser = super::period)]
    period: Period,
    /// Folder for the report; created if missing
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// TOML file that says who reports: `service`, `provider`, `size` (intermediary, hosting,
    /// platform, vlose, vlop), `published`, `previous`, `external_moderators`
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,
    /// Folder with the qualitative texts, one file an indicator; those that lack are named
    #[arg(long, value_name = "DIR")]
    texts: Option<PathBuf>,
    /// CSV file with the columns month, country, recipients: the active recipients of each month
    #[arg(long, value_name = "FILE")]
    recipients: Option<PathBuf>,
    /// Configuration whose section [statements] says which decisions are owed
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Count a period that is not over
    #[arg(long)]
    draft: bool,
    /// Show no progress bar
    #[arg(long)]
    quiet: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
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
    let recipients = args.recipients.as_deref().map(|path| recipients(path, args.period));
    let terms = match &args.config {
        Some(path) => config::load(Some(path))?.statements.unwrap_or_default().terms(),
        None => Terms::default(),
    };
    let texts = super::texts(args.texts.as_deref())?;
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
            recipients: recipients.transpose()?,
        };
        let figures = counted(&store, &counting, args.quiet).await?;
        store.close().await;
        let (tables, missing) = tables((&counting.profile, counting.period), &figures, &texts);
        let made = Made { tables: &tables, head, figures: &figures, missing: &missing };
        write(&args.out, &counting, made)?;
        Ok(say(&args.out, &figures, &missing))
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

/// The figures, counted.
pub(super) async fn counted(
    store: &Store,
    counting: &Counting,
    is_quiet: bool,
) -> anyhow::Result<Figures> {
    let bar = progress::count(counting.size, "counting", is_quiet);
    let figures = count(store, counting, &mut |at| bar.set_position(at)).await;
    bar.finish_and_clear();
    Ok(figures?)
}

/// The mean of the active recipients over the months of the period, by member state. Every month
/// must be there.
fn recipients(path: &Path, period: Period) -> anyhow::Result<BTreeMap<String, u64>> {
    let context = || format!("the recipients `{}`", path.display());
    let mut reader = ::csv::Reader::from_path(path).with_context(context)?;
    let mut counts: BTreeMap<(jiff::civil::Date, String), u64> = BTreeMap::new();
    for (at, row) in reader.deserialize::<(String, String, u64)>().enumerate() {
        let line = at + 2;
        let (month, country, count) = row.with_context(|| format!("{}, line {line}", context()))?;
        let first: jiff::civil::Date = format!("{month}-01").parse().with_context(|| {
            format!("{}, line {line}: `{month}` is no month; write 2026-01", context())
        })?;
        if country != TOTAL && !MEMBER_STATES.contains(&country.as_str()) {
            bail!("{}, line {line}: `{country}` is no member state, and not {TOTAL}", context());
        }
        if count > RECIPIENTS_MAX {
            bail!("{}, line {line}: more recipients than there are people", context());
        }
        let is_within = period.first <= first && first <= period.last;
        if is_within && counts.insert((first, country.clone()), count).is_some() {
            bail!("{}, line {line}: {month} of {country} is there twice", context());
        }
    }
    mean(&counts, period).with_context(context)
}

/// More than any service has; sums of them do not overflow.
const RECIPIENTS_MAX: u64 = 100_000_000_000;

/// The mean over the months of the period. The total must be there for each of them.
fn mean(
    counts: &BTreeMap<(jiff::civil::Date, String), u64>,
    period: Period,
) -> anyhow::Result<BTreeMap<String, u64>> {
    let totals = counts.keys().filter(|(_, country)| country == TOTAL).count() as u64;
    let mut sums: BTreeMap<String, u64> = BTreeMap::new();
    for ((_, country), count) in counts {
        *sums.entry(country.clone()).or_default() += count;
    }
    let wanted = i32::from(period.last.year() - period.first.year()) * 12
        + i32::from(period.last.month() - period.first.month())
        + 1;
    if u64::try_from(wanted).ok() != Some(totals) {
        bail!(
            "rows with the country {TOTAL} are there for {totals} of {wanted} months of the period; \
             a person may be active in several countries"
        );
    }
    let all = sums.get(TOTAL).copied().unwrap_or_default();
    if let Some((country, _)) = sums.iter().find(|(_, sum)| **sum > all) {
        bail!("{country} has more recipients than {TOTAL}");
    }
    Ok(sums.into_iter().map(|(country, sum)| (country, (sum + totals / 2) / totals)).collect())
}

/// A report that is made, to be written.
struct Made<'a> {
    tables: &'a [Table],
    head: Option<TreeHead>,
    figures: &'a Figures,
    missing: &'a [Missing],
}

/// Writes a report beside its place, and moves it there when it is whole.
fn write(place: &Path, counting: &Counting, made: Made<'_>) -> anyhow::Result<()> {
    let mut name = place.as_os_str().to_owned();
    name.push(".partial");
    let folder = &PathBuf::from(name);
    let context = || format!("cannot write into `{}`", folder.display());
    let _ = std::fs::remove_dir_all(folder);
    std::fs::create_dir_all(folder).with_context(context)?;
    fill(folder, counting, made)?;
    std::fs::rename(folder, place).with_context(|| format!("cannot make `{}`", place.display()))
}

fn fill(folder: &Path, counting: &Counting, made: Made<'_>) -> anyhow::Result<()> {
    let context = || format!("cannot write into `{}`", folder.display());
    let mut digests = BTreeMap::new();
    for table in made.tables {
        let bytes = csv(table)?;
        let name = table.sheet.file_name();
        digests.insert(name.clone(), hex::encode(Sha256::digest(&bytes)));
        std::fs::write(folder.join(name), bytes).with_context(context)?;
    }
    let day = counting.known_at.to_zoned(jiff::tz::TimeZone::UTC).date();
    let bytes = workbook(made.tables, day)?;
    digests.insert(WORKBOOK.to_owned(), hex::encode(Sha256::digest(&bytes)));
    std::fs::write(folder.join(WORKBOOK), bytes).with_context(context)?;
    let definitions = DEFINITIONS.iter().map(|one| (one.id.to_owned(), one.version)).collect();
    let gap = |(sheet, what, why): (SheetId, &str, &str)| {
        format!("sheet {}, {what}: {why}", sheet.number())
    };
    let manifest = Manifest {
        report: "dsa".to_owned(),
        period: counting.period.to_string(),
        is_draft: counting.known_at.as_millisecond() < counting.period.end_ms(),
        profile: counting.profile.clone(),
        head: made.head,
        known_at: counting.known_at,
        terms: (&counting.terms).into(),
        recipients: counting.recipients.clone(),
        definitions,
        files: digests,
        gaps: made.figures.gaps().map(gap).collect(),
        missing: made.missing.iter().map(|missing| missing.0.clone()).collect(),
    };
    let json = serde_json::to_string_pretty(&manifest)?;
    std::fs::write(folder.join(MANIFEST), json + "\n").with_context(context)
}

/// Tells what is not measured and what is missing.
fn say(folder: &Path, figures: &Figures, missing: &[Missing]) -> Outcome {
    for (sheet, what, why) in figures.gaps() {
        eprintln!("blank: sheet {}, {what}: {why}", sheet.number());
    }
    for missing in missing {
        eprintln!("missing: {}", missing.0);
    }
    let count = grouped(missing.len() as u64);
    eprintln!("written to `{}`; {count} parts still to be written", folder.display());
    if missing.is_empty() { Outcome::Good } else { Outcome::SomeRefused }
}
