//! `/v1/parties`: the registered partners and authorities.

use app::access::permission::PartiesWrite;
use app::filings::parties::{self, Party, PartyItem};
use app::{App, Details};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use web::extract::Named;
use web::principal::By;
use web::{Error, body};

/// Lists partners and authorities.
#[utoipa::path(
    get, path = "/v1/parties", tag = "people", security(("key" = ["parties:write"])),
    responses((status = 200, body = [PartyItem]))
)]
pub(crate) async fn list(
    State(app): State<App>,
    _: By<PartiesWrite>,
) -> Result<Json<Vec<PartyItem>>, Error> {
    Ok(Json(parties::all(&app).await?))
}

/// Registers a partner or an authority.
///
/// Create its keys and accounts with `--party`.
#[utoipa::path(
    put, path = "/v1/parties/{id}", tag = "people", security(("key" = ["parties:write"])),
    params(("id" = String, Path)),
    request_body = Party,
    responses(
        (status = 204),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 413, body = Details, content_type = "application/problem+json"),
        (status = 429, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn put(
    State(app): State<App>,
    By(caller, _): By<PartiesWrite>,
    Named(id): Named<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Error> {
    let sent = body::read(&app, &headers, body).await?;
    let party: Party = body::json(&sent)?;
    parties::keep(&app, &caller, &id, &party).await?;
    Ok(StatusCode::NO_CONTENT)
}
