//! `POST /v1/erasures`: erases the data about a person on request (Art. 17 GDPR).

use app::access::permission::EraseWrite;
use app::service::erasures::{self, Erasure, ErasureOutcome};
use app::{App, Details};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use web::principal::By;
use web::{Error, body};

/// Erases the stored data about a person or thing.
///
/// The answer arrives when no file of the store holds the data any more. The history follows with
/// its next roll. Data under a hold is not erased (409).
#[utoipa::path(
    post, path = "/v1/erasures", tag = "people", security(("key" = ["erase:write"])),
    request_body = Erasure,
    responses(
        (status = 200, body = ErasureOutcome),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 409, body = Details, content_type = "application/problem+json"),
        (status = 413, body = Details, content_type = "application/problem+json"),
        (status = 429, body = Details, content_type = "application/problem+json"),
        (status = 503, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post(
    State(app): State<App>,
    By(caller, _): By<EraseWrite>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ErasureOutcome>, Error> {
    let sent = body::read(&app, &headers, body).await?;
    let erasure: Erasure = body::json(&sent)?;
    Ok(Json(erasures::erase(&app, &caller, erasure).await?))
}
