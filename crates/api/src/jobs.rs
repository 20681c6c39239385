//! `/v1/jobs`: changes of policies that outlast their requests, and work that recurs.

use app::access::permission::{OverviewRead, PoliciesRead};
use app::service::jobs::{self, Job};
use app::service::recurring::{self, Recurring};
use app::{App, Details};
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use web::Error;
use web::extract::Named;
use web::principal::By;

/// The work that recurs beside requests.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecurringJobs {
    /// All of it, by name.
    items: Vec<Recurring>,
}

/// Lists the work that recurs beside requests, with its last results.
#[utoipa::path(
    get, path = "/v1/jobs", tag = "system", security(("key" = ["overview:read"])),
    responses((status = 200, body = RecurringJobs))
)]
pub(crate) async fn list(State(app): State<App>, _: By<OverviewRead>) -> Json<RecurringJobs> {
    Json(RecurringJobs { items: recurring::list(&app) })
}

/// Shows the progress and the result of a change of policies.
///
/// Jobs are forgotten when the server stops. Their changes are not.
#[utoipa::path(
    get, path = "/v1/jobs/{id}", tag = "policies", security(("key" = ["policies:read"])),
    params(("id" = u64, Path)),
    responses(
        (status = 200, body = Job),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get(
    State(app): State<App>,
    _: By<PoliciesRead>,
    Named(id): Named<u64>,
) -> Result<Json<Job>, Error> {
    Ok(Json(jobs::find(&app, id)?))
}
