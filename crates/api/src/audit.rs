//! `GET /v1/audit`: the audit trail.

use app::access::audit::{self, AuditPage, AuditQuery};
use app::access::permission::AuditRead;
use app::{App, Details};
use axum::Json;
use axum::extract::State;
use web::Error;
use web::extract::QueryParameters;
use web::principal::By;

/// Lists the lines of the audit trail, newest first.
#[utoipa::path(
    get, path = "/v1/audit", tag = "people", security(("key" = ["audit:read"])),
    params(AuditQuery),
    responses(
        (status = 200, body = AuditPage),
        (status = 400, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    _: By<AuditRead>,
    QueryParameters(which): QueryParameters<AuditQuery>,
) -> Result<Json<AuditPage>, Error> {
    Ok(Json(audit::page(&app, &which).await?))
}
