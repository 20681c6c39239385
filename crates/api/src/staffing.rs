//! `GET /v1/staffing`: load and number of reviewers, by language.

use app::App;
use app::access::permission::CasesLead;
use app::cases::staffing::{self, Staffing};
use axum::Json;
use axum::extract::State;
use web::Error;
use web::principal::By;

/// Shows arrivals, handling times and waiting times by language and queue.
#[utoipa::path(
    get, path = "/v1/staffing", tag = "cases", security(("key" = ["cases:lead"])),
    responses((status = 200, body = Staffing))
)]
pub(crate) async fn get(State(app): State<App>, _: By<CasesLead>) -> Result<Json<Staffing>, Error> {
    Ok(Json(staffing::staffing(&app).await?))
}
