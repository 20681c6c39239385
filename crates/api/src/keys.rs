//! `/v1/keys`: API keys.

use app::access::keys::{self, KeyItem, MadeKey, NewKey};
use app::access::permission::KeysWrite;
use app::{App, Details};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use web::Error;
use web::body;
use web::extract::Named;
use web::principal::By;

/// Lists API keys, including revoked ones, without their secrets.
#[utoipa::path(
    get, path = "/v1/keys", tag = "people", security(("key" = ["keys:write"])),
    responses((status = 200, body = [KeyItem]))
)]
pub(crate) async fn list(
    State(app): State<App>,
    _: By<KeysWrite>,
) -> Result<Json<Vec<KeyItem>>, Error> {
    Ok(Json(keys::all(&app).await?))
}

/// Creates an API key.
///
/// The key itself is only in this answer.
#[utoipa::path(
    post, path = "/v1/keys", tag = "people", security(("key" = ["keys:write"])),
    request_body = NewKey,
    responses(
        (status = 201, body = MadeKey),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 403, body = Details, content_type = "application/problem+json"),
        (status = 413, body = Details, content_type = "application/problem+json"),
        (status = 429, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post(
    State(app): State<App>,
    By(caller, _): By<KeysWrite>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<MadeKey>), Error> {
    let sent = body::read(&app, &headers, body).await?;
    let new: NewKey = body::json(&sent)?;
    Ok((StatusCode::CREATED, Json(keys::add(&app, &caller, new).await?)))
}

/// Revokes an API key.
///
/// The server refuses the key within five seconds.
#[utoipa::path(
    delete, path = "/v1/keys/{id}", tag = "people", security(("key" = ["keys:write"])),
    params(("id" = String, Path)),
    responses(
        (status = 204),
        (status = 403, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn revoke(
    State(app): State<App>,
    By(caller, _): By<KeysWrite>,
    Named(id): Named<String>,
) -> Result<StatusCode, Error> {
    keys::end(&app, &caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
