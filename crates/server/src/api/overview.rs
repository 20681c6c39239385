//! `GET /v1/overview`: counts and rates at a glance.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use crate::app::App;
use crate::overview::{Overview, now};
use crate::permission::OverviewRead;
use crate::principal::By;
use crate::problem::Problem;

/// Shows counts and rates.
#[utoipa::path(
    get, path = "/v1/overview", tag = "service", security(("key" = ["overview:read"])),
    responses((status = 200, body = Overview))
)]
pub(crate) async fn get(
    State(app): State<App>,
    _: By<OverviewRead>,
) -> Result<Json<Arc<Overview>>, Problem> {
    now(&app).await.map(Json)
}
