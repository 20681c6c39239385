//! `GET /v1/staffing`: whether there are enough reviewers, by language.

use app::App;
use app::access::permission::CasesLead;
use app::cases::staffing::{self, Staffing};
use axum::Json;
use axum::extract::State;
use web::Error;
use web::principal::By;

/// Shows arrivals, service times and waits by language and queue.
#[utoipa::path(
    get, path = "/v1/staffing", tag = "cases", security(("key" = ["cases:lead"])),
    responses((status = 200, body = Staffing))
)]
pub(crate) async fn get(State(app): State<App>, _: By<CasesLead>) -> Result<Json<Staffing>, Error> {
    Ok(Json(staffing::staffing(&app).await?))
}
