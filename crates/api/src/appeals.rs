//! `/v1/appeals`: complaints of persons affected (Art. 20 DSA), and their outcomes.

use app::access::permission::{AppealsRead, AppealsWrite};
use app::filings::appeals::{self, AppealPage, AppealQuery, AppealView, Dispute, NewAppeal};
use app::{App, Details, filings};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use web::extract::{Named, QueryParameters};
use web::principal::By;
use web::{Error, body, idempotency};

/// Submits a complaint of a person affected.
///
/// A complaint is accepted within six months of the decision. It is judged by a person who took no
/// part in the decision.
#[utoipa::path(
    post, path = "/v1/appeals", tag = "filings", security(("key" = ["appeals:write"])),
    params(("Idempotency-Key" = Option<String>, Header)),
    request_body = NewAppeal,
    responses(
        (status = 200, body = AppealView),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
        (status = 409, body = Details, content_type = "application/problem+json"),
        (status = 413, body = Details, content_type = "application/problem+json"),
        (status = 422, body = Details, content_type = "application/problem+json"),
        (status = 429, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post(
    State(app): State<App>,
    By(caller, _): By<AppealsWrite>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Error> {
    let sent = body::read(&app, &headers, body).await?;
    let appeal: NewAppeal = body::json(&sent)?;
    let asked = idempotency::KeyedRequest {
        headers: &headers,
        caller: &caller,
        action: "appeals",
        body: &sent.bytes,
    };
    let own = app.clone();
    let work = filings::alone(&app, async move { appeals::take(&own, appeal).await });
    idempotency::once(&app, asked, work).await
}

/// Shows an appeal and its outcome.
#[utoipa::path(
    get, path = "/v1/appeals/{id}", tag = "filings", security(("key" = ["appeals:read"])),
    params(("id" = String, Path)),
    responses(
        (status = 200, body = AppealView),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get(
    State(app): State<App>,
    _: By<AppealsRead>,
    Named(id): Named<String>,
) -> Result<Json<AppealView>, Error> {
    Ok(Json(appeals::show(&app, &id).await?))
}

/// Lists appeals, newest first, at most 100.
#[utoipa::path(
    get, path = "/v1/appeals", tag = "filings", security(("key" = ["appeals:read"])),
    params(AppealQuery),
    responses(
        (status = 200, body = AppealPage),
        (status = 400, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    _: By<AppealsRead>,
    QueryParameters(which): QueryParameters<AppealQuery>,
) -> Result<Json<AppealPage>, Error> {
    Ok(Json(appeals::page(&app, &which).await?))
}

/// Records that a certified body accepted a dispute, or its decision (Art. 21 DSA).
#[utoipa::path(
    post, path = "/v1/appeals/{id}/dispute", tag = "filings",
    security(("key" = ["appeals:write"])),
    params(("id" = String, Path)),
    request_body = Dispute,
    responses(
        (status = 200, body = AppealView),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
        (status = 409, body = Details, content_type = "application/problem+json"),
        (status = 413, body = Details, content_type = "application/problem+json"),
        (status = 429, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn dispute(
    State(app): State<App>,
    By(caller, _): By<AppealsWrite>,
    Named(id): Named<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<AppealView>, Error> {
    let sent = body::read(&app, &headers, body).await?;
    let told: Dispute = body::json(&sent)?;
    Ok(Json(appeals::dispute_told(&app, &caller, &id, told).await?))
}
