//! `/v1/rejudgement`: judging live content again after policies, lists or designations changed.

use app::access::permission::{DecisionsRead, RulesPropose};
use app::rules::rejudging::{self, RejudgementJob, RejudgingRequest};
use app::{App, Details};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use web::principal::By;
use web::{Error, body, idempotency};

/// Shows the last job, running or finished, with its progress and its findings.
#[utoipa::path(
    get, path = "/v1/rejudgement", tag = "rules", security(("key" = ["decisions:read"])),
    responses(
        (status = 200, body = RejudgementJob),
        (status = 404, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get(
    State(app): State<App>,
    _: By<DecisionsRead>,
) -> Result<Json<RejudgementJob>, Error> {
    Ok(Json(rejudging::last(&app).await?))
}

/// Starts a job that judges live content again.
///
/// The job finds live content that the policies in force would decide differently, and submits it
/// again. A preview submits nothing. Everything else also needs `rules:approve`.
#[utoipa::path(
    post, path = "/v1/rejudgement", tag = "rules", security(("key" = ["rules:propose"])),
    params(("Idempotency-Key" = Option<String>, Header)),
    request_body = RejudgingRequest,
    responses(
        (status = 200, body = RejudgementJob),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 413, body = Details, content_type = "application/problem+json"),
        (status = 409, body = Details, content_type = "application/problem+json"),
        (status = 422, body = Details, content_type = "application/problem+json"),
        (status = 429, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post(
    State(app): State<App>,
    By(caller, _): By<RulesPropose>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Error> {
    let sent = body::read(&app, &headers, body).await?;
    let asked: RejudgingRequest = body::json(&sent)?;
    let action = "judge again";
    let once =
        idempotency::KeyedRequest { headers: &headers, caller: &caller, action, body: &sent.bytes };
    idempotency::once(&app, once, rejudging::begin(&app, &caller, asked)).await
}

/// Stops the running job.
///
/// What was already submitted stays.
#[utoipa::path(
    post, path = "/v1/rejudgement/cancel", tag = "rules", security(("key" = ["rules:propose"])),
    responses(
        (status = 200, body = RejudgementJob),
        (status = 404, body = Details, content_type = "application/problem+json"),
        (status = 409, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn cancel(
    State(app): State<App>,
    _: By<RulesPropose>,
) -> Result<Json<RejudgementJob>, Error> {
    Ok(Json(rejudging::cancel(&app).await?))
}
