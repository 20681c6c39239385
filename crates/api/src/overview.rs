//! `GET /v1/overview`: counts and rates.

use std::sync::Arc;

use app::App;
use app::access::permission::OverviewRead;
use app::service::overview::{Overview, now};
use axum::Json;
use axum::extract::State;
use web::Error;
use web::principal::By;

/// Shows counts and rates.
#[utoipa::path(
    get, path = "/v1/overview", tag = "service", security(("key" = ["overview:read"])),
    responses((status = 200, body = Overview))
)]
pub(crate) async fn get(
    State(app): State<App>,
    _: By<OverviewRead>,
) -> Result<Json<Arc<Overview>>, Error> {
    Ok(Json(now(&app).await?))
}
