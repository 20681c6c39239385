//! The audit trail: who did what.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::service::problem::Problem;
use crate::service::state::App;

/// Entries per page.
const LIMIT: u32 = 200;

/// An entry of the audit trail.
#[derive(Serialize, ToSchema)]
pub struct AuditItem {
    /// Its number.
    pub id: u64,
    /// When it happened.
    pub at: Timestamp,
    /// Who acted: the name of a person, or `key ID` for an API key; `probity` or `null` for Probity
    /// itself.
    pub by: Option<String>,
    /// The action: `claimed`, `account changed`.
    pub what: String,
    /// The object of the action: `case c-17`, `staff ana`.
    pub about: String,
    /// The id of its event in the log, with the source `/probity`; `null` if it has none.
    pub event: Option<String>,
}

/// A page of the audit trail, newest first.
#[derive(Serialize, ToSchema)]
pub struct AuditPage {
    /// The entries.
    pub items: Vec<AuditItem>,
    /// The value of `before` for the next page; `null` if there are no more entries.
    pub next: Option<u64>,
}

/// Filters of the audit trail; every filter that is set must match.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// Who acted: the name of a person, or `key ID` for an API key. Empty: anybody.
    pub by: String,
    /// The object of the action: `case c-17`, `staff ana`. Empty: any.
    pub about: String,
    /// Only entries with a number below this; for the next page, `next` of the last one.
    pub before: Option<u64>,
}

/// The page of entries that match `which`.
pub async fn page(app: &App, which: &AuditQuery) -> Result<AuditPage, Problem> {
    let told = |text: &'_ str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let (by, about) = (told(&which.by), told(&which.about));
    let asked = (by.as_deref(), about.as_deref());
    let rows = app.core()?.store.audit(asked, which.before, LIMIT).await?;
    let next = rows.last().map(|row| row.id).filter(|_| rows.len() >= LIMIT as usize);
    let item = |row: store::AuditRow| AuditItem {
        id: row.id,
        at: Timestamp::from_millisecond(row.at_ms).unwrap_or_default(),
        by: told(&row.by),
        what: row.what,
        about: row.about,
        event: told(&row.event),
    };
    Ok(AuditPage { items: rows.into_iter().map(item).collect(), next })
}
