//! `GET /v1/refused`: refused records, and the reasons.

use app::access::permission::RefusedRead;
use app::service::refused::{self, RefusedPage, RefusedQuery};
use app::{App, Details};
use axum::Json;
use axum::extract::State;
use web::Error;
use web::extract::QueryParameters;
use web::principal::By;

/// Lists refused records, with the reasons.
#[utoipa::path(
    get, path = "/v1/refused", tag = "in", security(("key" = ["refused:read"])), params(RefusedQuery),
    responses(
        (status = 200, body = RefusedPage),
        (status = 400, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    _: By<RefusedRead>,
    QueryParameters(which): QueryParameters<RefusedQuery>,
) -> Result<Json<RefusedPage>, Error> {
    Ok(Json(refused::page(&app, which.before).await?))
}
