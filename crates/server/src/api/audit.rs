//! `GET /v1/audit`: who did what.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::extract::Asked;
use crate::permission::AuditRead;
use crate::principal::By;
use crate::problem::{Details, Problem};

/// Lines of a page.
const LIMIT: u32 = 200;

/// A line of the audit trail.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditItem {
    /// Its number.
    pub(crate) id: u64,
    /// When.
    pub(crate) at: Timestamp,
    /// Who; nothing for Probity itself.
    pub(crate) by: Option<String>,
    /// What.
    pub(crate) what: String,
    /// To what: `case c-17`, `staff ana`.
    pub(crate) about: String,
    /// The id of its event in the log, from source `/probity`, if it is one.
    pub(crate) event: Option<String>,
}

/// A page of the audit trail, the newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditPage {
    /// The lines.
    pub(crate) items: Vec<AuditItem>,
    /// The number to go on before; nothing if there is no more.
    pub(crate) next: Option<u64>,
}

/// Which lines.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// Who did it.
    pub(crate) by: String,
    /// To what: `case c-17`, `staff ana`.
    pub(crate) about: String,
    /// Only those before this number.
    pub(crate) before: Option<u64>,
}

/// Lists who did what, the newest first.
#[utoipa::path(
    get, path = "/v1/audit", tag = "people", security(("key" = ["audit:read"])),
    params(Which),
    responses(
        (status = 200, body = AuditPage),
        (status = 400, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    _: By<AuditRead>,
    Asked(which): Asked<Which>,
) -> Result<Json<AuditPage>, Problem> {
    page(&app, &which).await.map(Json)
}

/// The page that is asked for.
pub(crate) async fn page(app: &App, which: &Which) -> Result<AuditPage, Problem> {
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
