//! `/v1/policies`: the policy set in force, with its files.

use app::access::permission::{PoliciesRead, PoliciesWrite};
use app::rules::activate::Activated;
use app::rules::policies::{self, NewPolicies, PoliciesView};
use app::service::jobs::JobView;
use app::{App, Details, Problem};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use web::idempotency::{self, KeyedRequest};
use web::principal::By;
use web::{Error, body, prefer};

/// Shows the policies in force.
#[utoipa::path(
    get, path = "/v1/policies", tag = "policies", security(("key" = ["policies:read"])),
    responses((status = 200, body = PoliciesView))
)]
pub(crate) async fn get(
    State(app): State<App>,
    _: By<PoliciesRead>,
) -> Result<Json<PoliciesView>, Error> {
    Ok(Json(policies::show(&app).await?))
}

/// Checks a policy set and activates it.
///
/// Every event after the answer is judged by it. A set that does not compile changes nothing.
#[utoipa::path(
    put, path = "/v1/policies", tag = "policies", security(("key" = ["policies:write"])),
    params(("Idempotency-Key" = Option<String>, Header), ("Prefer" = Option<String>, Header)),
    request_body = NewPolicies,
    responses(
        (status = 200, body = Activated),
        (status = 202, body = JobView, description = "The change takes longer; `Location` is its job"),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 409, body = Details, content_type = "application/problem+json"),
        (status = 413, body = Details, content_type = "application/problem+json"),
        (status = 422, body = Details, content_type = "application/problem+json"),
        (status = 429, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn put(
    State(app): State<App>,
    By(caller, _): By<PoliciesWrite>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Error> {
    let sent = body::read(&app, &headers, body).await?;
    let new: NewPolicies = serde_json::from_slice(&sent.bytes)
        .map_err(|error| Problem::Wrong(format!("the body is not a policy set: {error}")))?;
    let asked =
        KeyedRequest { headers: &headers, caller: &caller, action: "policies", body: &sent.bytes };
    let wait = prefer::wait(&app, &headers);
    idempotency::once(&app, asked, policies::activate(&app, &caller, wait, new)).await
}
