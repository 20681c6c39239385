//! Who did what.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::service::problem::Problem;
use crate::service::state::App;

/// Lines of a page.
const LIMIT: u32 = 200;

/// A line of the audit trail.
#[derive(Serialize, ToSchema)]
pub struct AuditItem {
    /// Its number.
    pub id: u64,
    /// When.
    pub at: Timestamp,
    /// Who; nothing for Probity itself.
    pub by: Option<String>,
    /// What.
    pub what: String,
    /// To what: `case c-17`, `staff ana`.
    pub about: String,
    /// The id of its event in the log, from source `/probity`, if it is one.
    pub event: Option<String>,
}

/// A page of the audit trail, the newest first.
#[derive(Serialize, ToSchema)]
pub struct AuditPage {
    /// The lines.
    pub items: Vec<AuditItem>,
    /// The number to go on before; nothing if there is no more.
    pub next: Option<u64>,
}

/// Which lines.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// Who did it.
    pub by: String,
    /// To what: `case c-17`, `staff ana`.
    pub about: String,
    /// Only those before this number.
    pub before: Option<u64>,
}

/// The page that is asked for.
pub async fn page(app: &App, which: &Which) -> Result<AuditPage, Problem> {
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
