//! Reports as they are read: lists, one with its figures, what a figure is made of, and what the
//! public gets.

use documents::account::{MEASURES, Regime, layouts};
use documents::report::definitions::{DEFINITIONS, Definition};
use documents::tables::{Entry, Table, changes};
use store::{ReportFilter, ReportRow, ReportState, Store};

use super::views::{
    BehindFigure, CellQuery, DefinitionView, ReportCheck, ReportItem, ReportPage, ReportQuery,
    ReportStep, WholeReport,
};
use crate::access::caller::Caller;
use crate::access::permission::{AppealsRead, DecisionsRead, NoticesRead, OrdersRead, Permit as _};
use crate::filings::time;
use crate::reports::drafting::{
    DEFINITIONS as DEFINITIONS_PART, PUBLIC, SECTIONS, TABLES, earlier,
};
use crate::reports::making::{DSA, behind};
use crate::reports::manifest::Manifest;
use crate::reports::{Asked, Words, make};
use crate::service::problem::Problem;
use crate::service::running;
use crate::service::state::App;

/// The most reports on a page.
pub const PAGE_MAX: u32 = 100;

/// The most entries that are listed behind a figure.
pub const ENTRIES_MAX: usize = 10_000;

pub(super) fn item(row: &ReportRow) -> Result<(ReportItem, Manifest), Problem> {
    let manifest: Manifest = read(&row.body)?;
    let regime = Regime::named(&row.regime);
    let step = |(ms, by): &(i64, String)| ReportStep { at: time(*ms), by: by.clone() };
    let item = ReportItem {
        id: row.id,
        regime: row.regime.clone(),
        title: regime.map_or(row.regime.as_str(), |regime| regime.title).to_owned(),
        law: regime.map_or("", |regime| regime.law).to_owned(),
        first_day: row.first_day.clone(),
        last_day: row.last_day.clone(),
        version: row.version,
        state: row.state.name(),
        is_preview: manifest.is_draft,
        counted: ReportStep { at: time(row.made_ms), by: row.author.clone() },
        signed: row.signed.as_ref().map(step),
        published: row.published.as_ref().map(step),
        corrects: manifest.corrects.clone(),
    };
    Ok((item, manifest))
}

fn read<T: serde::de::DeserializeOwned>(json: &str) -> Result<T, Problem> {
    serde_json::from_str(json).map_err(|error| Problem::Internal(error.to_string()))
}

pub(super) async fn part<T: serde::de::DeserializeOwned>(
    app: &App,
    id: u64,
    name: &str,
) -> Result<T, Problem> {
    let text = app.core()?.store.report_part(id, name).await?;
    read(&text.ok_or(Problem::NotFound("report"))?)
}

pub(super) async fn row(app: &App, id: u64) -> Result<ReportRow, Problem> {
    app.core()?.store.report(id).await?.ok_or(Problem::NotFound("report"))
}

/// A page of reports of all states.
///
/// # Errors
///
/// [`Problem::Wrong`] if there is no such regime.
pub async fn list(app: &App, query: &ReportQuery) -> Result<ReportPage, Problem> {
    if !query.regime.is_empty() && Regime::named(&query.regime).is_none() {
        return Err(Problem::Wrong(format!("`{}` is no kind of report", query.regime)));
    }
    let regime = Some(query.regime.clone()).filter(|regime| !regime.is_empty());
    let filter = ReportFilter { regime, before: query.before, ..ReportFilter::default() };
    page(app, &filter).await
}

async fn page(app: &App, filter: &ReportFilter) -> Result<ReportPage, Problem> {
    let rows = app.core()?.store.reports(filter, PAGE_MAX).await?;
    let is_full = u32::try_from(rows.len()).is_ok_and(|count| count == PAGE_MAX);
    let next = rows.last().map(|row| row.id).filter(|_| is_full);
    let items: Result<Vec<ReportItem>, Problem> =
        rows.iter().map(|row| item(row).map(|(item, _)| item)).collect();
    Ok(ReportPage { items: items?, next })
}

/// A report with its figures and what differs from the one before.
///
/// # Errors
///
/// [`Problem::NotFound`] if there is none.
pub async fn one(app: &App, id: u64) -> Result<WholeReport, Problem> {
    let row = row(app, id).await?;
    whole(app, &row, TABLES).await
}

async fn whole(app: &App, row: &ReportRow, tables: &str) -> Result<WholeReport, Problem> {
    let (report, manifest) = item(row)?;
    let shown: Vec<Table> = part(app, row.id, tables).await?;
    let later = later(app, row).await?;
    let before = before(app, row, &manifest).await?;
    let (mut differing, mut definitions) = (Vec::new(), Vec::new());
    if let Some(before) = &before {
        let old: Vec<Table> = part(app, before.id, tables).await?;
        differing = changes(&old, &shown);
        let (_, old) = item(before)?;
        definitions = moved(&old, &manifest);
    }
    Ok(WholeReport {
        entries: manifest.head.as_ref().map_or(0, |head| head.size),
        root: manifest.head.as_ref().map(|head| head.root.clone()),
        signed_at: manifest.head.as_ref().map(|head| head.at),
        signature: manifest.head.as_ref().map(|head| head.signature.clone()),
        service: manifest.profile.service.clone(),
        provider: manifest.profile.provider.clone(),
        corrected_by: later,
        known_at: manifest.known_at,
        tables: shown,
        sections: part(app, row.id, SECTIONS).await?,
        definitions: part(app, row.id, DEFINITIONS_PART).await?,
        gaps: manifest.gaps,
        missing: manifest.missing,
        compared_with: before.map(|before| before.id),
        changes: differing,
        changed_definitions: definitions,
        report,
    })
}

/// The number of the latest published version after `row`; `None` if it is the latest.
async fn later(app: &App, row: &ReportRow) -> Result<Option<u64>, Problem> {
    let filter = ReportFilter {
        state: Some(ReportState::Published),
        regime: Some(row.regime.clone()),
        days: Some((row.first_day.clone(), row.last_day.clone())),
        before: None,
    };
    let all = app.core()?.store.reports(&filter, PAGE_MAX).await?;
    let later = all.into_iter().filter(|other| other.version > row.version);
    Ok(later.max_by_key(|other| other.version).map(|other| other.id))
}

/// The version that `row` corrects, else the published report of the period before.
async fn before(
    app: &App,
    row: &ReportRow,
    manifest: &Manifest,
) -> Result<Option<ReportRow>, Problem> {
    if let Some(corrects) = &manifest.corrects {
        return Ok(app.core()?.store.report(corrects.id).await?);
    }
    let Some(regime) = Regime::named(&row.regime) else { return Ok(None) };
    let period = manifest.period.parse().map_err(Problem::Internal)?;
    earlier(app, regime, period).await
}

fn moved(old: &Manifest, now: &Manifest) -> Vec<String> {
    let moved = now
        .definitions
        .iter()
        .filter(|(id, version)| old.definitions.get(*id).is_some_and(|old| old != *version));
    let words = |(id, version): (&String, &u32)| {
        let old = old.definitions.get(id).copied().unwrap_or_default();
        format!("`{id}` is counted by version {version} of its definition, before by {old}")
    };
    moved.map(words).collect()
}

pub(crate) fn defined(regime: &str) -> Vec<DefinitionView> {
    if regime == DSA {
        let view = |one: &Definition| DefinitionView {
            id: one.id.to_owned(),
            version: one.version,
            name: one.columns.to_owned(),
            counted: one.counted.to_owned(),
            unit: one.unit.to_owned(),
            blank: one.blank.to_owned(),
        };
        return DEFINITIONS.iter().map(view).collect();
    }
    let layouts = layouts(regime);
    let is_used = |id: &str| {
        layouts.iter().any(|layout| layout.measures.iter().any(|measure| measure.id == id))
    };
    let used = MEASURES.iter().filter(|measure| is_used(measure.id));
    used.map(|one| DefinitionView {
        id: one.id.to_owned(),
        version: one.version,
        name: one.name.to_owned(),
        counted: one.counted.to_owned(),
        unit: one.unit().to_owned(),
        blank: one.blank().to_owned(),
    })
    .collect()
}

/// What the figure in a cell of a report is made of.
///
/// # Errors
///
/// [`Problem::NotFound`] if there is no such report or cell.
pub async fn behind_figure(
    app: &App,
    caller: &Caller,
    id: u64,
    cell: &CellQuery,
) -> Result<BehindFigure, Problem> {
    let _alone = running::alone(app, RECOUNT)?;
    let row = row(app, id).await?;
    let (_, manifest) = item(&row)?;
    let regime = Regime::named(&row.regime).ok_or(Problem::NotFound("report"))?;
    let tables: Vec<Table> = part(app, id, TABLES).await?;
    let table = tables.iter().find(|table| table.name == cell.table);
    let table = table.ok_or(Problem::NotFound("table"))?;
    let figure = table.rows.get(cell.row).and_then(|row| row.get(cell.column)).cloned();
    let counting = manifest.counting().map_err(Problem::Internal)?;
    let store = &app.core()?.store;
    let found = behind(store, (regime, &counting), &tables, cell).await?;
    let found = found.ok_or(Problem::NotFound("figure"))?;
    let count = found.len() as u64;
    let may_see = |entry: &Entry| match entry {
        Entry::Decision(_) => caller.may(DecisionsRead::NAME),
        Entry::Notice(_) => caller.may(NoticesRead::NAME),
        Entry::Order(_) => caller.may(OrdersRead::NAME),
        Entry::Complaint(_) => caller.may(AppealsRead::NAME),
        Entry::Uploads => true,
    };
    let shown: Vec<Entry> = found.into_iter().filter(may_see).collect();
    Ok(BehindFigure {
        figure: figure.unwrap_or_default(),
        count,
        hidden: count - shown.len() as u64,
        entries: shown.into_iter().take(ENTRIES_MAX).collect(),
    })
}

/// What counts again inside a request, one at a time: it takes as long as the report took.
const RECOUNT: &str = "recount";

/// Counts a report again under its ledger, and names what differs.
///
/// # Errors
///
/// [`Problem::NotFound`] if there is no such report, [`Problem::Busy`] while another is counted.
pub async fn check(app: &App, id: u64) -> Result<ReportCheck, Problem> {
    let _alone = running::alone(app, RECOUNT)?;
    checked(&app.core()?.store, id, &mut |_| {}).await
}

/// The same for a store without a server; `progress` gets the share done, from 0 to 1.
///
/// # Errors
///
/// [`Problem::NotFound`] if there is no such report.
pub async fn checked(
    store: &Store,
    id: u64,
    progress: &mut (dyn FnMut(f64) + Send),
) -> Result<ReportCheck, Problem> {
    let row = store.report(id).await?.ok_or(Problem::NotFound("report"))?;
    let (_, manifest) = item(&row)?;
    let regime = Regime::named(&row.regime).ok_or(Problem::NotFound("report"))?;
    let counting = manifest.counting().map_err(Problem::Internal)?;
    let words = Words::default();
    let asked = Asked { regime, counting: &counting, words: &words, small_below: 0 };
    let made = make(store, &asked, progress).await?;
    let then = store.report_part(id, TABLES).await?.ok_or(Problem::NotFound("report"))?;
    let counted = |tables: Vec<Table>| -> Vec<Table> {
        tables.into_iter().filter(|table| !NOT_COUNTED.contains(&table.name.as_str())).collect()
    };
    Ok(ReportCheck {
        differences: changes(&counted(read(&then)?), &counted(made.tables)),
        changed_definitions: manifest.changed_definitions(regime),
    })
}

/// Sheets of the harmonised report that are not counted from the ledger: staff are counted as they
/// are at the time, and texts are written.
pub const NOT_COUNTED: [&str; 2] = ["9_human_resources", "11_qualitative"];

/// The most published reports that are listed: a hundred years of all regimes.
const PUBLISHED_MAX: u32 = 2_000;

/// The published reports, newest first, without the names of those who made them; of one regime, if
/// it is given.
///
/// # Errors
///
/// Any problem of reading.
pub async fn published(app: &App, regime: Option<&str>) -> Result<Vec<ReportItem>, Problem> {
    let filter = ReportFilter {
        state: Some(ReportState::Published),
        regime: regime.map(str::to_owned),
        ..ReportFilter::default()
    };
    let rows = app.core()?.store.reports(&filter, PUBLISHED_MAX).await?;
    let mut items = rows.iter().map(|row| Ok(item(row)?.0)).collect::<Result<Vec<_>, Problem>>()?;
    items.iter_mut().for_each(unnamed);
    Ok(items)
}

/// A published report as the public reads it.
///
/// # Errors
///
/// [`Problem::NotFound`] if there is none, or if it is not published.
pub async fn published_one(app: &App, id: u64) -> Result<WholeReport, Problem> {
    let row = row(app, id).await?;
    if row.state != ReportState::Published {
        return Err(Problem::NotFound("report"));
    }
    let mut whole = whole(app, &row, PUBLIC).await?;
    unnamed(&mut whole.report);
    // Names of files to be written are for those who write them; what lacks stands in its place.
    whole.missing.clear();
    Ok(whole)
}

/// Takes the names of colleagues out: who answers is the provider.
fn unnamed(item: &mut ReportItem) {
    item.counted.by.clear();
    let steps = [item.signed.as_mut(), item.published.as_mut()];
    steps.into_iter().flatten().for_each(|step| step.by.clear());
}
