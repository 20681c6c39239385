//! `GET /v1/queues`: the queues and their waiting cases.

use app::App;
use app::access::permission::CasesRead;
use app::cases::queues::{self, Queues};
use axum::Json;
use axum::extract::State;
use web::Error;
use web::principal::By;

/// Lists all queues with their waiting cases.
#[utoipa::path(
    get, path = "/v1/queues", tag = "cases", security(("key" = ["cases:read"])),
    responses((status = 200, body = Queues))
)]
pub(crate) async fn get(State(app): State<App>, _: By<CasesRead>) -> Result<Json<Queues>, Error> {
    Ok(Json(queues::queues(&app).await?))
}
