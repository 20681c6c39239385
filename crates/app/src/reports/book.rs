//! The book of reports: all versions, who stands for each, what is owed when, and what the public
//! reads.

mod files;
mod reading;
mod views;

use documents::account::dues;
use documents::report::{Period, Size};
use engine::Rows;
use jiff::tz::TimeZone;
use reading::{item, row};
use store::{ReportFilter, ReportRow, ReportState, RowChange};

use crate::access::account::line;
use crate::access::caller::{self, Caller};
use crate::reports::drafting::is_preview;
use crate::reports::making::DSA;
use crate::rules::proposal::stated;
use crate::service::problem::Problem;
use crate::service::state::App;

pub use files::{ReportFile, file};
pub(crate) use reading::defined;
pub use reading::{
    ENTRIES_MAX, NOT_COUNTED, PAGE_MAX, behind_figure, check, checked, list, one, published,
    published_one,
};
pub use views::{
    BehindFigure, CellQuery, DefinitionView, DueReport, ReportCheck, ReportItem, ReportPage,
    ReportQuery, ReportStep, Signature, WholeReport,
};

/// Signs a draft off: a second person answers for it.
///
/// # Errors
///
/// [`Problem::WrongPerson`] for a key and for the person who had it counted, [`Problem::Decided`] if
/// it is no draft, of a period that was not over, or lacks texts.
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
        let is_kept = |row: &&ReportRow| row.state != ReportState::Withdrawn && !is_preview(row);
        let kept = versions.iter().find(is_kept);
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
