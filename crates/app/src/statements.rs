//! Statements of reasons for the DSA Transparency Database (Art. 24(5) DSA): made of every
//! restriction, sent, listed, counted by day, and put back in line.

pub mod mapper;
pub mod submitting;

use std::collections::BTreeMap;

use documents::statement::Terms;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use store::{StatementFilter, StatementRow, StatementState};
use utoipa::{IntoParams, ToSchema};

use crate::filings::time;
use crate::service::problem::Problem;
use crate::service::state::App;

/// The settings of statements.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What is stated, and how.
    pub terms: Terms,
    /// Where statements are sent; `None`: they are made and kept, and wait.
    pub database: Option<deliver::Database>,
    /// Whether statements are made of decisions from before statements were configured.
    pub is_from_start: bool,
}

/// The most statements on a page.
pub const PAGE_MAX: u32 = 200;

/// A statement of reasons, and what became of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatementView {
    /// The place of its decision in the ledger.
    pub seq: u64,
    /// The platform's name for it, which is the id of the decision.
    pub puid: String,
    /// `waiting`, `sent`, `refused` (by the database) or `unsound` (by our own check).
    pub state: &'static str,
    /// When the decision was made.
    pub decided_at: Timestamp,
    /// Since when it is in that state.
    pub since: Timestamp,
    /// The database's id; `null` if it is not sent, or if the answer was lost.
    pub uuid: Option<String>,
    /// Why it was refused, in the database's words; or why it still waits.
    pub error: Option<String>,
    /// The statement as the database takes it.
    #[schema(value_type = Object)]
    pub statement: Box<RawValue>,
}

/// A page of statements, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatementPage {
    /// The statements.
    pub items: Vec<StatementView>,
    /// The value of `before` for the next page; `null` if there are no more.
    pub next: Option<u64>,
}

/// Filters for statements; every filter that is set must match.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StatementQuery {
    /// `waiting`, `sent`, `refused` or `unsound`. Empty: any.
    pub state: String,
    /// Only statements of decisions at places before this one.
    pub before: Option<u64>,
}

/// Which statements to put back in line.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ResendQuery {
    /// The place of one decision; by default all that were refused are sent again.
    pub seq: Option<u64>,
}

/// How many statements are sent again.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatementsResent {
    /// Number of statements.
    pub count: u64,
}

/// The statements of one day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct StatementDay {
    /// The day on which they were decided (UTC).
    #[schema(value_type = String)]
    pub day: Date,
    /// Number that the database has.
    pub sent: u64,
    /// Number to be sent.
    pub waiting: u64,
    /// Number that the database refused.
    pub refused: u64,
    /// Number that our own check held back.
    pub unsound: u64,
}

/// How statements stand.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatementSummary {
    /// Whether statements are made: there is a section `[statements]` in the configuration.
    pub is_configured: bool,
    /// Where they are sent; `null`: nowhere yet.
    pub database: Option<String>,
    /// Number of entries of the ledger whose decisions were not looked at yet.
    pub behind: u64,
    /// Why sending is held up; `null` if it is not.
    pub trouble: Option<String>,
    /// The days with statements, newest first, at most 366.
    pub days: Vec<StatementDay>,
}

/// The most days in a summary.
const DAYS_MAX: usize = 366;

/// A page of statements.
///
/// # Errors
///
/// [`Problem::Wrong`] if there is no such state.
pub async fn list(app: &App, query: &StatementQuery) -> Result<StatementPage, Problem> {
    let state = match query.state.as_str() {
        "" => None,
        name => Some(StatementState::named(name).ok_or_else(|| {
            let names: Vec<&str> = StatementState::ALL.iter().map(|state| state.name()).collect();
            Problem::Wrong(format!("`{name}` is no state; there are {}", names.join(", ")))
        })?),
    };
    let filter = StatementFilter { state, before: query.before, ..StatementFilter::default() };
    let rows = app.core()?.store.statements(&filter, PAGE_MAX).await?;
    let is_full = u32::try_from(rows.len()).is_ok_and(|count| count == PAGE_MAX);
    let next = rows.last().map(|row| row.seq).filter(|_| is_full);
    let items: Result<Vec<StatementView>, Problem> = rows.into_iter().map(view).collect();
    Ok(StatementPage { items: items?, next })
}

/// The statement called `puid`.
///
/// # Errors
///
/// [`Problem::NotFound`] if there is none.
pub async fn one(app: &App, puid: &str) -> Result<StatementView, Problem> {
    let row = app.core()?.store.statement(puid).await?;
    view(row.ok_or(Problem::NotFound("statement"))?)
}

fn view(row: StatementRow) -> Result<StatementView, Problem> {
    let unreadable = |error: serde_json::Error| Problem::Internal(error.to_string());
    Ok(StatementView {
        seq: row.seq,
        puid: row.puid,
        state: row.state.name(),
        decided_at: time(row.made_ms),
        since: time(row.changed_ms),
        uuid: row.uuid,
        error: row.error,
        statement: RawValue::from_string(row.body).map_err(unreadable)?,
    })
}

/// Makes refused and unsound statements anew, as policies and configuration are now read, and puts
/// those that our check finds sound back in line. A thousand of each at a time.
pub async fn resend(app: &App, query: &ResendQuery) -> Result<StatementsResent, Problem> {
    let store = &app.core()?.store;
    let terms = app.settings.statements.as_ref().map(|settings| settings.terms.clone());
    let mut mapper = mapper::Mapper::new(store.clone(), terms.unwrap_or_default());
    let mut count = 0;
    for state in [StatementState::Refused, StatementState::Unsound] {
        let from = query.seq;
        let before = query.seq.map(|seq| seq + 1);
        let filter = StatementFilter { state: Some(state), from, before, is_oldest_first: true };
        for old in store.statements(&filter, RESENT_MAX).await? {
            let made = mapper.read(old.seq, old.seq + 1).await?.pop();
            let now_ms = app.now().as_millisecond();
            let Some(row) = made.and_then(|stated| submitting::row(stated, now_ms)) else {
                continue;
            };
            let is_sound = row.state == StatementState::Waiting;
            let is_remade = store.remake_statement(&row).await?;
            count += u64::from(is_sound && is_remade);
        }
    }
    Ok(StatementsResent { count })
}

/// The most statements of a state that are made anew at a time.
const RESENT_MAX: u32 = 1000;

/// How statements stand, by day.
pub async fn summary(app: &App) -> Result<StatementSummary, Problem> {
    let core = app.core()?;
    let settings = app.settings.statements.as_ref();
    let behind = match settings {
        None => 0,
        Some(settings) => {
            let size = core.store.size().await?;
            let start = if settings.is_from_start { 0 } else { size };
            size.saturating_sub(core.store.stated_until(start).await?)
        }
    };
    let mut days: BTreeMap<i64, StatementDay> = BTreeMap::new();
    for ((day, state), count) in core.store.statement_counts().await? {
        let date = || time(day * 86_400_000).to_zoned(TimeZone::UTC).date();
        let shown = days
            .entry(day)
            .or_insert_with(|| StatementDay { day: date(), ..StatementDay::default() });
        match state {
            StatementState::Sent => shown.sent += count,
            StatementState::Waiting => shown.waiting += count,
            StatementState::Refused => shown.refused += count,
            StatementState::Unsound => shown.unsound += count,
        }
    }
    let database = settings.and_then(|settings| settings.database.as_ref());
    let trouble = match settings {
        Some(settings) if settings.database.is_none() => {
            Some("There is no address: set url in the section [statements]".to_owned())
        }
        _ => app.submission.trouble(),
    };
    Ok(StatementSummary {
        is_configured: settings.is_some(),
        database: database.map(deliver::Database::origin),
        behind,
        trouble,
        days: days.into_values().rev().take(DAYS_MAX).collect(),
    })
}
