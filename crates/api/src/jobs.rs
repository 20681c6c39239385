//! `/v1/jobs`: changes of policies that outlast their requests.

use app::access::permission::PoliciesRead;
use app::service::jobs::{self, Job};
use app::{App, Details};
use axum::Json;
use axum::extract::State;
use web::Error;
use web::extract::Named;
use web::principal::By;

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
