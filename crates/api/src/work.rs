//! `GET /v1/work`: the caller's own cases and exposure.

use app::access::permission::CasesReview;
use app::cases::work::{self, Work};
use app::{App, Details};
use axum::Json;
use axum::extract::State;
use web::Error;
use web::principal::By;

/// Shows the caller's own cases and exposure.
#[utoipa::path(
    get, path = "/v1/work", tag = "cases", security(("key" = ["cases:review"])),
    responses(
        (status = 200, body = Work),
        (status = 403, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get(
    State(app): State<App>,
    By(caller, _): By<CasesReview>,
) -> Result<Json<Work>, Error> {
    Ok(Json(work::work(&app, &caller).await?))
}
