//! `GET /v1/decisions`: decisions as pages, as a file, or as a stream.

use std::convert::Infallible;

use app::access::caller::Caller;
use app::access::permission::DecisionsRead;
use app::decisions::export::{Export, Kind};
use app::decisions::following::Follow;
use app::decisions::search::{Filter, Search};
use app::decisions::{self, Page};
use app::{App, Details, Problem};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::sse::Event;
use axum::response::{IntoResponse, Response};
use web::extract::QueryParameters;
use web::principal::{By, credentials};
use web::{Error, stream};

/// Lists decisions in the order of the ledger.
///
/// With `Accept: text/event-stream`, streams decisions as they are made, starting after `after` or
/// `Last-Event-ID`. Use this to pull effects by cursor. With `format=csv` or `format=ndjson`,
/// exports all decisions, unless there is a `limit`.
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
    QueryParameters(search): QueryParameters<Search>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let filter = search.filter(false)?;
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    if accept.is_some_and(|accept| accept.contains("text/event-stream")) {
        return follow(&app, &caller, filter, &headers);
    }
    match search.format.as_str() {
        "" | "json" => {}
        "csv" => {
            let export = Export::new(&app, &caller, (filter, search.limit), Kind::Csv)?;
            return Ok(download(export, "text/csv; charset=utf-8", "decisions.csv"));
        }
        "ndjson" => {
            let export = Export::new(&app, &caller, (filter, search.limit), Kind::Ndjson)?;
            return Ok(download(export, "application/x-ndjson", "decisions.ndjson"));
        }
        other => {
            return Err(
                Problem::Wrong(format!("`format` is json, ndjson or csv, not `{other}`")).into()
            );
        }
    }
    Ok(Json(decisions::page(&app, &filter).await?).into_response())
}

/// All decisions as a file, read from the store while it is sent.
fn download(export: Export, content: &'static str, name: &str) -> Response {
    let body = Body::from_stream(futures_util::stream::try_unfold(export, |mut export| async {
        Ok::<_, Problem>(export.next().await?.map(|part| (part, export)))
    }));
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [(header::CONTENT_TYPE, content), (header::CONTENT_DISPOSITION, &disposition)];
    (headers, body).into_response()
}

/// A stream of the decisions that match `filter`, from its cursor, `Last-Event-ID` or now on.
fn follow(
    app: &App,
    caller: &Caller,
    filter: Filter,
    headers: &HeaderMap,
) -> Result<Response, Error> {
    let last = headers.get("last-event-id").and_then(|last| last.to_str().ok());
    let last = last.and_then(|last| last.parse().ok());
    let follow = Follow::new(app, (caller, credentials(headers, app)), filter, last)?;
    Ok(stream::answer(futures_util::stream::unfold(follow, |mut follow| async {
        let item = follow.next().await?;
        let event = Event::default().event("decision").id(item.seq.to_string()).json_data(&item);
        Some((Ok::<_, Infallible>(event.ok()?), follow))
    })))
}
