//! The book of reports: all versions, who stands for each, what is owed when, and what the public
//! reads.

mod views;

use documents::account::{MEASURES, Regime, dues, layouts};
use documents::report::{Period, Size, definitions::DEFINITIONS};
use documents::tables::{Table, changes};
use engine::Rows;
use jiff::tz::TimeZone;
use store::{ReportFilter, ReportRow, ReportState, RowChange};

use crate::access::account::line;
use crate::access::caller::{self, Caller};
use crate::filings::time;
use crate::reports::drafting::{PUBLIC, SECTIONS, TABLES, earlier};
use crate::reports::making::{DSA, behind};
use crate::reports::manifest::Manifest;
use crate::rules::proposal::stated;
use crate::service::problem::Problem;
use crate::service::state::App;

pub use views::{
    BehindFigure, CellQuery, DefinitionView, DueReport, ReportCheck, ReportItem, ReportPage,
    ReportQuery, ReportStep, Signature, WholeReport,
};

/// The most reports on a page.
pub const PAGE_MAX: u32 = 100;

/// The most entries that are listed behind a figure.
pub const ENTRIES_MAX: usize = 10_000;

fn item(row: &ReportRow) -> Result<(ReportItem, Manifest), Problem> {
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

async fn part<T: serde::de::DeserializeOwned>(
    app: &App,
    id: u64,
    name: &str,
) -> Result<T, Problem> {
    let text = app.core()?.store.report_part(id, name).await?;
    read(&text.ok_or(Problem::NotFound("report"))?)
}

async fn row(app: &App, id: u64) -> Result<ReportRow, Problem> {
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
        known_at: manifest.known_at,
        tables: shown,
        sections: part(app, row.id, SECTIONS).await?,
        definitions: defined(&report.regime),
        gaps: manifest.gaps,
        missing: manifest.missing,
        compared_with: before.map(|before| before.id),
        changes: differing,
        changed_definitions: definitions,
        report,
    })
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

fn defined(regime: &str) -> Vec<DefinitionView> {
    if regime == DSA {
        let view = |one: &documents::report::definitions::Definition| DefinitionView {
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

/// Signs a draft off: a second person answers for it.
///
/// # Errors
///
/// [`Problem::WrongPerson`] for a key and for whoever had it counted, [`Problem::Decided`] if it is
/// no draft, of a period that was not over, or lacks texts.
pub async fn sign(
    app: &App,
    caller: &Caller,
    id: u64,
    signature: &Signature,
) -> Result<ReportItem, Problem> {
    let name = caller.person()?.to_owned();
    let _turn = app.deciding.lock().await;
    let mut row = row(app, id).await?;
    let (_, manifest) = item(&row)?;
    if row.state != ReportState::Draft {
        return Err(Problem::Decided(format!("the report is {}", row.state.name())));
    }
    if caller::person(&row.author) == name {
        return Err(Problem::WrongPerson(
            "a report needs a second person: somebody else than who had it counted signs it",
        ));
    }
    if manifest.is_draft {
        let why = "its period was not over when it was counted; count it again".to_owned();
        return Err(Problem::Decided(why));
    }
    if !manifest.missing.is_empty() && !signature.accepts_missing {
        let count = manifest.missing.len();
        return Err(Problem::Decided(format!(
            "{count} texts are still to be written; sign with `accepts_missing` if they may stay \
             away"
        )));
    }
    row.state = ReportState::Signed;
    row.signed = Some((app.now().as_millisecond(), caller.sender()));
    settle(app, &row, (&caller.sender(), "report signed")).await
}

/// Publishes a report that was signed off: from then on anybody can read it.
///
/// # Errors
///
/// [`Problem::WrongPerson`] for a key, [`Problem::Decided`] if it is not signed, or states another
/// day of publication than today.
pub async fn publish(app: &App, caller: &Caller, id: u64) -> Result<ReportItem, Problem> {
    caller.person()?;
    let _turn = app.deciding.lock().await;
    let mut row = row(app, id).await?;
    let (_, manifest) = item(&row)?;
    if row.state != ReportState::Signed {
        let state = row.state.name();
        return Err(Problem::Decided(format!("the report is {state}; only signed ones go out")));
    }
    let today = app.now().to_zoned(TimeZone::UTC).date();
    let stated = manifest.profile.published.filter(|_| row.regime == DSA);
    if let Some(stated) = stated.filter(|stated| *stated != today) {
        return Err(Problem::Decided(format!(
            "the report states that it is published on {stated}, and today is {today}: publish it \
             on that day, or withdraw it and count it again"
        )));
    }
    row.state = ReportState::Published;
    row.published = Some((app.now().as_millisecond(), caller.sender()));
    settle(app, &row, (&caller.sender(), "report published")).await
}

/// Gives a draft or a signed report up.
///
/// # Errors
///
/// [`Problem::Decided`] if it is published: it then stays, and a correction follows it.
pub async fn withdraw(
    app: &App,
    caller: &Caller,
    id: u64,
    reason: &str,
) -> Result<ReportItem, Problem> {
    let reason = stated(reason)?;
    let _turn = app.deciding.lock().await;
    let mut row = row(app, id).await?;
    if !matches!(row.state, ReportState::Draft | ReportState::Signed) {
        let state = row.state.name();
        return Err(Problem::Decided(format!(
            "the report is {state}; what is published stays and is corrected by another version"
        )));
    }
    row.state = ReportState::Withdrawn;
    settle(app, &row, (&caller.sender(), &format!("report withdrawn: {reason}"))).await
}

async fn settle(
    app: &App,
    row: &ReportRow,
    (who, what): (&str, &str),
) -> Result<ReportItem, Problem> {
    let mut rows = Rows::of([RowChange::from(row)]);
    let at_ms = app.now().as_millisecond();
    rows.changes.push(line((who, at_ms), what, format!("report {}", row.id)));
    app.core()?.door().write(rows).await?;
    tracing::info!(report = row.id, state = row.state.name(), "report settled");
    Ok(item(row)?.0)
}

/// What the figure in a cell of a report is made of.
///
/// # Errors
///
/// [`Problem::NotFound`] if there is no such report or cell.
pub async fn behind_figure(app: &App, id: u64, cell: &CellQuery) -> Result<BehindFigure, Problem> {
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
    Ok(BehindFigure {
        figure: figure.unwrap_or_default(),
        count: found.len() as u64,
        entries: found.into_iter().take(ENTRIES_MAX).collect(),
    })
}

/// Counts a report again under its ledger, and names what differs.
///
/// # Errors
///
/// [`Problem::NotFound`] if there is no such report.
pub async fn check(app: &App, id: u64) -> Result<ReportCheck, Problem> {
    let row = row(app, id).await?;
    let (_, manifest) = item(&row)?;
    let regime = Regime::named(&row.regime).ok_or(Problem::NotFound("report"))?;
    let counting = manifest.counting().map_err(Problem::Internal)?;
    let words = crate::reports::Words::default();
    let store = &app.core()?.store;
    let asked =
        crate::reports::Asked { regime, counting: &counting, words: &words, small_below: 0 };
    let made = crate::reports::make(store, &asked, &mut |_| {}).await?;
    let then: Vec<Table> = part(app, id, TABLES).await?;
    let counted = |tables: Vec<Table>| -> Vec<Table> {
        tables.into_iter().filter(|table| !NOT_COUNTED.contains(&table.name.as_str())).collect()
    };
    Ok(ReportCheck {
        differences: changes(&counted(then), &counted(made.tables)),
        changed_definitions: manifest.changed_definitions(regime),
    })
}

/// Sheets of the harmonised report that are not counted from the ledger: staff are counted as they
/// are at the time, and texts are written.
pub const NOT_COUNTED: [&str; 2] = ["9_human_resources", "11_qualitative"];

/// A file of a report: its media type and its bytes. `report.xlsx` and `report.json` hold it whole,
/// `NAME.csv` one table. The public gets what is published, with small rows put together.
///
/// # Errors
///
/// [`Problem::NotFound`] if there is no such report or file, or if it is not published.
pub async fn file(
    app: &App,
    (id, name): (u64, &str),
    is_public: bool,
) -> Result<(&'static str, Vec<u8>), Problem> {
    let internal = |error: String| Problem::Internal(error);
    let whole = if is_public { published_one(app, id).await? } else { one(app, id).await? };
    if name == "report.json" {
        let json = serde_json::to_vec(&whole).map_err(|error| internal(error.to_string()))?;
        return Ok(("application/json", json));
    }
    if name == "report.xlsx" {
        let day = whole.known_at.to_zoned(TimeZone::UTC).date();
        let book =
            Table::workbook(&whole.tables, day).map_err(|error| internal(error.to_string()))?;
        return Ok(("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", book));
    }
    let stem = name.strip_suffix(".csv").ok_or(Problem::NotFound("file"))?;
    let table = whole.tables.iter().find(|table| table.name == stem);
    let csv = table.ok_or(Problem::NotFound("file"))?.csv();
    Ok(("text/csv; charset=utf-8", csv.map_err(|error| internal(error.to_string()))?))
}

/// The size of the provider, from which follows what is owed; whether it is configured.
pub fn size(app: &App) -> (Size, bool) {
    let settings = app.settings.reports.as_ref();
    (settings.map(|settings| settings.profile.size).unwrap_or_default(), settings.is_some())
}

/// What is owed, as far as it is prepared: what is due first before others.
pub async fn calendar(app: &App) -> Result<Vec<DueReport>, Problem> {
    let store = &app.core()?.store;
    let (size, _) = size(app);
    let today = app.now().to_zoned(TimeZone::UTC).date();
    let mut all = Vec::new();
    for due in dues(size, today) {
        let Period { first, last } = due.period;
        let filter = ReportFilter {
            regime: Some(due.regime.id.to_owned()),
            days: Some((first.to_string(), last.to_string())),
            ..ReportFilter::default()
        };
        let versions = store.reports(&filter, PAGE_MAX).await?;
        let kept = versions.iter().find(|row| row.state != ReportState::Withdrawn);
        let state = match kept {
            Some(row) => row.state.name(),
            None if due.period.last >= today => "running",
            None => "missing",
        };
        let days_left = due.due.and_then(|due| today.until(due).ok()).map(|span| span.get_days());
        all.push(DueReport {
            regime: due.regime.id,
            title: due.regime.title,
            law: due.regime.law,
            rhythm: (due.regime.rhythm)(size),
            first_day: first,
            last_day: last,
            due: due.due,
            days_left,
            state,
            report: kept.map(|row| row.id),
        });
    }
    Ok(all)
}

/// The published reports, without the names of those who made them.
///
/// # Errors
///
/// Any problem of reading.
pub async fn published(app: &App, before: Option<u64>) -> Result<ReportPage, Problem> {
    let state = Some(ReportState::Published);
    let mut page = page(app, &ReportFilter { state, before, ..ReportFilter::default() }).await?;
    page.items.iter_mut().for_each(unnamed);
    Ok(page)
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
    // Names of files to be written are for those who write them.
    whole.missing.clear();
    Ok(whole)
}

/// Takes the names of colleagues out: who answers is the provider.
fn unnamed(item: &mut ReportItem) {
    item.counted.by.clear();
    let steps = [item.signed.as_mut(), item.published.as_mut()];
    steps.into_iter().flatten().for_each(|step| step.by.clear());
}
