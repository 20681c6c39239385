//! Requests that are sent again with the same `Idempotency-Key` get the answer that was given, for a
//! day (draft-ietf-httpapi-idempotency-key-header).

use app::access::caller::Caller;
use app::service::idempotency;
use app::{App, Problem};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::Error;

const HEADER: &str = "idempotency-key";

/// What makes a request the same request: its headers, where it went, what it said.
pub struct Asked<'a> {
    /// The headers, with the key if one was sent.
    pub headers: &'a HeaderMap,
    /// Who sent it.
    pub caller: &'a Caller,
    /// What is to be done.
    pub action: &'a str,
    /// What was sent.
    pub body: &'a [u8],
}

/// Answers with what `work` gives, or with what it gave before.
pub async fn once<T: Serialize>(
    app: &App,
    asked: Asked<'_>,
    work: impl Future<Output = Result<T, Problem>>,
) -> Result<Response, Error> {
    let Asked { headers, caller, action, body } = asked;
    let key = headers.get(HEADER).map(HeaderValue::as_bytes);
    let given =
        idempotency::once(app, idempotency::Asked { key, caller, action, body }, work).await?;
    let json = HeaderValue::from_static("application/json");
    let mut response = ([(header::CONTENT_TYPE, json)], given.body).into_response();
    if given.is_replayed {
        response.headers_mut().insert("idempotency-replayed", HeaderValue::from_static("true"));
    }
    Ok(response)
}
