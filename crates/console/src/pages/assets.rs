//! The console's own files, embedded in the binary.

use app::Problem;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use web::Error;
use web::extract::Named;

#[derive(rust_embed::Embed)]
#[folder = "assets"]
struct Assets;

/// How long a browser may use a file without checking for a newer one.
const CACHE: HeaderValue = HeaderValue::from_static("public, max-age=60, must-revalidate");

/// Returns one file.
pub(crate) async fn get(Named(name): Named<String>, headers: HeaderMap) -> Result<Response, Error> {
    let file = Assets::get(&name).ok_or(Problem::NotFound("file"))?;
    let kind = match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => return Err(Problem::NotFound("file").into()),
    };
    let hash = format!("\"{}\"", hex::encode(&file.metadata.sha256_hash()[..12]));
    let tag = HeaderValue::from_str(&hash).unwrap_or(HeaderValue::from_static("\"\""));
    let fresh = [(header::CACHE_CONTROL, CACHE), (header::ETAG, tag.clone())];
    if headers.get(header::IF_NONE_MATCH) == Some(&tag) {
        return Ok((StatusCode::NOT_MODIFIED, fresh).into_response());
    }
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static(kind))];
    Ok((fresh, kind, file.data.into_owned()).into_response())
}
