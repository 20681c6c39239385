//! `GET /v1/refused`: records that were refused, and why.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::extract::Asked;
use crate::permission::RefusedRead;
use crate::principal::By;
use crate::problem::{Details, Problem};

/// Records of a page.
pub(crate) const LIMIT: u32 = 100;

/// Which page.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// Only older ones than this number.
    before: Option<u64>,
}

/// A page of refused records, the latest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct RefusedPage {
    /// The records; the latest ten thousand are kept.
    pub(crate) items: Vec<RefusedItem>,
    /// The number to go on before; nothing if there is no more.
    pub(crate) next: Option<u64>,
}

/// A record that was refused.
#[derive(Serialize, ToSchema)]
pub(crate) struct RefusedItem {
    /// When.
    pub(crate) at: Timestamp,
    /// Who sent it.
    pub(crate) sender: String,
    /// Line or element, counted from 1.
    pub(crate) place: u64,
    /// The name of the reason.
    pub(crate) reason: String,
    /// The reason in words.
    pub(crate) message: String,
    /// The beginning of the record.
    pub(crate) excerpt: String,
}

/// Lists what was refused.
#[utoipa::path(
    get, path = "/v1/refused", tag = "in", security(("key" = ["refused:read"])), params(Which),
    responses(
        (status = 200, body = RefusedPage),
        (status = 400, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    _: By<RefusedRead>,
    Asked(which): Asked<Which>,
) -> Result<Json<RefusedPage>, Problem> {
    page(&app, which.before).await.map(Json)
}

/// The page before that number.
pub(crate) async fn page(app: &App, before: Option<u64>) -> Result<RefusedPage, Problem> {
    let rows = app.core()?.store.refused(before, LIMIT).await?;
    let next = (rows.len() >= LIMIT as usize).then(|| rows.last().map(|(id, _)| *id)).flatten();
    let items = rows.into_iter().map(|(_, row)| RefusedItem {
        at: Timestamp::from_millisecond(row.at_ms).unwrap_or_default(),
        sender: row.sender,
        place: row.place,
        reason: row.reason,
        message: row.message,
        excerpt: row.excerpt,
    });
    Ok(RefusedPage { items: items.collect(), next })
}
