//! `/v1/jobs`: long work that somebody asked for.

use app::access::permission::{PoliciesRead, RulesPropose};
use app::service::jobs::{self, JobView};
use app::{App, Details};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use web::Error;
use web::extract::Named;
use web::principal::By;

/// Lists jobs of all kinds, newest first, at most 100.
///
/// Changes of policies, back-tests, and judging live content again. Results are left out. The last
/// thousand jobs of each kind are kept.
#[utoipa::path(
    get, path = "/v1/jobs", tag = "policies", security(("key" = ["policies:read"])),
    responses((status = 200, body = Vec<JobView>))
)]
pub(crate) async fn list(
    State(app): State<App>,
    _: By<PoliciesRead>,
) -> Result<Json<Vec<JobView>>, Error> {
    Ok(Json(jobs::all(&app).await?))
}

/// Shows the progress of a job, and the result of a change of policies.
///
/// The results of other kinds name accounts and content: see `/v1/backtests` and `/v1/rejudgement`.
#[utoipa::path(
    get, path = "/v1/jobs/{id}", tag = "policies", security(("key" = ["policies:read"])),
    params(("id" = u64, Path)),
    responses(
        (status = 200, body = JobView),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get(
    State(app): State<App>,
    _: By<PoliciesRead>,
    Named(id): Named<u64>,
) -> Result<Json<JobView>, Error> {
    Ok(Json(jobs::find(&app, id).await?))
}

/// Stops a running job.
///
/// It ends a moment later; what it did stays. A change of policies cannot be stopped.
#[utoipa::path(
    post, path = "/v1/jobs/{id}/cancel", tag = "policies", security(("key" = ["rules:propose"])),
    params(("id" = u64, Path)),
    responses(
        (status = 204, description = "It is stopped a moment later."),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
        (status = 409, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn cancel(
    State(app): State<App>,
    By(caller, _): By<RulesPropose>,
    Named(id): Named<u64>,
) -> Result<StatusCode, Error> {
    jobs::cancel(&app, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Begins a job that failed or was stopped again, as a new one.
///
/// Judging live content again also needs `rules:approve`, unless it was a preview. Changes of
/// policies are sent again instead.
#[utoipa::path(
    post, path = "/v1/jobs/{id}/retry", tag = "policies", security(("key" = ["rules:propose"])),
    params(("id" = u64, Path)),
    responses(
        (status = 200, body = JobView),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
        (status = 409, body = Details, content_type = "application/problem+json"),
        (status = 422, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn retry(
    State(app): State<App>,
    By(caller, _): By<RulesPropose>,
    Named(id): Named<u64>,
) -> Result<Json<JobView>, Error> {
    let new = jobs::repeat(&app, &caller, id).await?;
    Ok(Json(jobs::find(&app, new).await?))
}
