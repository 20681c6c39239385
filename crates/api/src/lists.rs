//! `/v1/lists`: the lists that rules use. A changed list makes a new version of the policy set.

use app::access::permission::{ListsRead, ListsWrite};
use app::rules::activate::Activated;
use app::rules::lists::{self, ListView};
use app::service::jobs::JobView;
use app::{App, Details, Problem};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use web::extract::Named;
use web::idempotency::{self, KeyedRequest};
use web::principal::By;
use web::{Error, body, prefer};

/// Lists the lists in force.
#[utoipa::path(
    get, path = "/v1/lists", tag = "policies", security(("key" = ["lists:read"])),
    responses((status = 200, body = Vec<ListView>))
)]
pub(crate) async fn index(
    State(app): State<App>,
    _: By<ListsRead>,
) -> Result<Json<Vec<ListView>>, Error> {
    Ok(Json(lists::all(&app)?))
}

/// Returns the file of a list: `# kind: terms`, then one entry per line.
#[utoipa::path(
    get, path = "/v1/lists/{name}", tag = "policies", security(("key" = ["lists:read"])),
    params(("name" = String, Path)),
    responses(
        (status = 200, body = String, content_type = "text/plain"),
        (status = 404, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get(
    State(app): State<App>,
    _: By<ListsRead>,
    Named(name): Named<String>,
) -> Result<Response, Error> {
    let text = lists::file(&app, &name)?.ok_or(Problem::NotFound("list"))?;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, plain)], text).into_response())
}

/// Replaces a list, or creates it.
///
/// The list is in force when the answer arrives.
#[utoipa::path(
    put, path = "/v1/lists/{name}", tag = "policies", security(("key" = ["lists:write"])),
    params(
        ("name" = String, Path),
        ("Idempotency-Key" = Option<String>, Header),
        ("Prefer" = Option<String>, Header),
    ),
    request_body(content = String, content_type = "text/plain"),
    responses(
        (status = 200, body = Activated),
        (status = 202, body = JobView, description = "The change takes longer; `Location` is its job"),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 409, body = Details, content_type = "application/problem+json"),
        (status = 422, body = Details, content_type = "application/problem+json"),
        (status = 429, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn put(
    State(app): State<App>,
    By(caller, _): By<ListsWrite>,
    Named(name): Named<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Error> {
    let sent = body::read(&app, &headers, body).await?;
    let text = body::text(&sent)?;
    let action = format!("list {name}");
    let asked =
        KeyedRequest { headers: &headers, caller: &caller, action: &action, body: &sent.bytes };
    let wait = prefer::wait(&app, &headers);
    idempotency::once(&app, asked, lists::replace(&app, wait, (&name, text), caller.sender())).await
}
