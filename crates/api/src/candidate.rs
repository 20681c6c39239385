//! `POST /v1/rules/check`, `/test`, `/diff`: changed rules, tried without activating them.

use app::access::permission::PoliciesRead;
use app::rules::candidate::{self, Candidate};
use app::rules::difference::Difference;
use app::rules::overlay::Files;
use app::rules::trial::{Checkup, Tested};
use app::{App, Details};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use web::principal::By;
use web::{Error, body};

async fn read(app: &App, headers: &HeaderMap, body: Body) -> Result<Files, Error> {
    let sent = body::read(app, headers, body).await?;
    Ok(body::json::<Candidate>(&sent)?.files)
}

/// Checks changed rules, without activating them.
///
/// Each finding has its position and a hint.
#[utoipa::path(
    post, path = "/v1/rules/check", tag = "rules", security(("key" = ["policies:read"])),
    request_body = Candidate,
    responses(
        (status = 200, body = Checkup),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 413, body = Details, content_type = "application/problem+json"),
        (status = 429, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn check(
    State(app): State<App>,
    _: By<PoliciesRead>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Checkup>, Error> {
    let files = read(&app, &headers, body).await?;
    Ok(Json(candidate::checkup(&app, files).await?))
}

/// Runs the cases of changed rules, without activating them.
///
/// The answer marks the cases that also failed before the change.
#[utoipa::path(
    post, path = "/v1/rules/test", tag = "rules", security(("key" = ["policies:read"])),
    request_body = Candidate,
    responses(
        (status = 200, body = Tested),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 413, body = Details, content_type = "application/problem+json"),
        (status = 429, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn test(
    State(app): State<App>,
    _: By<PoliciesRead>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Tested>, Error> {
    let files = read(&app, &headers, body).await?;
    Ok(Json(candidate::tested(&app, files).await?))
}

/// Compares changed rules with those in force, by lines and by rules.
#[utoipa::path(
    post, path = "/v1/rules/diff", tag = "rules", security(("key" = ["policies:read"])),
    request_body = Candidate,
    responses(
        (status = 200, body = Difference),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 413, body = Details, content_type = "application/problem+json"),
        (status = 429, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn diff(
    State(app): State<App>,
    _: By<PoliciesRead>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Difference>, Error> {
    let files = read(&app, &headers, body).await?;
    Ok(Json(candidate::difference(&app, files).await?))
}
