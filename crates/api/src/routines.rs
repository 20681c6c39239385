//! `/v1/routines`: what the service does at intervals, and how it went last.

use app::App;
use app::access::permission::OverviewRead;
use app::service::routines::RoutineView;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use web::principal::By;

/// What the service does at intervals.
#[derive(Serialize, ToSchema)]
pub(crate) struct RoutineList {
    /// All of it, by name.
    items: Vec<RoutineView>,
}

/// Lists what the service does at intervals, with the last results.
#[utoipa::path(
    get, path = "/v1/routines", tag = "service", security(("key" = ["overview:read"])),
    responses((status = 200, body = RoutineList))
)]
pub(crate) async fn list(State(app): State<App>, _: By<OverviewRead>) -> Json<RoutineList> {
    Json(RoutineList { items: app.routines.all() })
}
