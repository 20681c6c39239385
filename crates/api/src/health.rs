//! `/health`, `/ready`, `/metrics`: for operators of the service.

use app::access::permission::MetricsRead;
use app::service::system;
use app::{App, Details};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use web::Error;
use web::principal::By;

/// The health of the process.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health {
    /// `ok`
    status: &'static str,
    /// The version of the program.
    version: &'static str,
}

/// Reports whether the process runs.
///
/// Needs no key.
#[utoipa::path(get, path = "/health", tag = "service", responses((status = 200, body = Health)))]
pub(crate) async fn health(State(app): State<App>) -> Json<Health> {
    Json(Health { status: "ok", version: app.settings.version })
}

/// Reports whether requests can be accepted.
///
/// That is, the store is open, the loop runs and there is room on the disk. Needs no key.
#[utoipa::path(
    get, path = "/ready", tag = "service",
    responses(
        (status = 200, body = Health),
        (status = 503, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn ready(State(app): State<App>) -> Result<Json<Health>, Error> {
    system::ready(&app)?;
    Ok(Json(Health { status: "ok", version: app.settings.version }))
}

/// Returns metrics in the text format of Prometheus.
#[utoipa::path(
    get, path = "/metrics", tag = "service", security(("key" = ["metrics:read"])),
    responses((status = 200, body = String, content_type = "text/plain"))
)]
pub(crate) async fn metrics(State(app): State<App>, _: By<MetricsRead>) -> Response {
    let text = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    ([(header::CONTENT_TYPE, text)], app.metrics.render()).into_response()
}
