//! `GET /v1/decisions`: what was decided, by page, as a table, or as it happens.

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::value::RawValue;
use store::Listed;
use utoipa::ToSchema;

use crate::api::export::{self, Kind};
use crate::api::stream;
use crate::app::App;
use crate::extract::Asked;
use crate::permission::DecisionsRead;
use crate::principal::By;
use crate::problem::{Details, Problem};
use crate::restricted;
use crate::search::Search;

/// A decision in a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct DecisionItem {
    /// The place of its entry in the ledger.
    pub(crate) seq: u64,
    /// Its id.
    pub(crate) id: String,
    /// Where it happened, ISO 3166-1 alpha-2; empty if that is not known.
    pub(crate) country: String,
    /// Whether evidence is left out, since it is restricted material.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_withheld: bool,
    /// The decision; nothing after an erasure.
    #[schema(value_type = Option<types::Decision>)]
    pub(crate) decision: Option<Box<RawValue>>,
}

/// A page of decisions.
#[derive(Serialize, ToSchema)]
pub(crate) struct Page {
    /// The decisions. A page may hold fewer than asked for while there is more.
    items: Vec<DecisionItem>,
    /// The cursor to go on: `after` in the order of the ledger, `before` with the newest first.
    /// Nothing if there is no more.
    next: Option<u64>,
}

impl DecisionItem {
    /// The items of `rows`.
    pub(crate) async fn all(app: &App, rows: Vec<Listed>) -> Result<Vec<Self>, Problem> {
        let restricted = restricted::among(app, &rows).await?;
        let item = |row: Listed| {
            let is_withheld = row.subject.as_ref().is_some_and(|about| restricted.contains(about));
            Self::new(row, is_withheld)
        };
        rows.into_iter().map(item).collect()
    }

    fn new(row: Listed, is_withheld: bool) -> Result<Self, Problem> {
        let raw = |bytes: Vec<u8>| {
            if is_withheld {
                return restricted::withheld(&bytes);
            }
            let damaged = |error: String| Problem::Internal(error);
            let text = String::from_utf8(bytes).map_err(|error| damaged(error.to_string()))?;
            RawValue::from_string(text).map_err(|error| damaged(error.to_string()))
        };
        let decision = row.decision.map(raw).transpose()?;
        Ok(Self { seq: row.seq, id: row.id, country: row.country, is_withheld, decision })
    }
}

/// Lists decisions in the order of the ledger; with `Accept: text/event-stream` goes on as they
/// are made, from `after` or `Last-Event-ID` on. This is also how effects are pulled by cursor. With
/// `format=csv` or `format=ndjson` all of them are exported, unless there is a `limit`.
#[utoipa::path(
    get, path = "/v1/decisions", tag = "out", security(("key" = ["decisions:read"])),
    params(Search),
    responses(
        (status = 200, description = "A page, or a stream", content(
            (Page = "application/json"), (String = "text/event-stream"), (String = "text/csv"), (String = "application/x-ndjson"),
        )),
        (status = 400, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    By(caller, _): By<DecisionsRead>,
    Asked(search): Asked<Search>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let filter = search.filter(false)?;
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    if accept.is_some_and(|accept| accept.contains("text/event-stream")) {
        return stream::decisions(&app, &caller, filter, &headers);
    }
    match search.format.as_str() {
        "" | "json" => {}
        "csv" => return export::answer(&app, &caller, (filter, search.limit), Kind::Csv),
        "ndjson" => return export::answer(&app, &caller, (filter, search.limit), Kind::Ndjson),
        other => {
            return Err(Problem::Wrong(format!("`format` is json, ndjson or csv, not `{other}`")));
        }
    }
    let page = app.core()?.store.decisions(&filter).await?;
    let items = DecisionItem::all(&app, page.rows).await?;
    Ok(axum::Json(Page { items, next: page.next }).into_response())
}
