//! A request that is sent again with the same `Idempotency-Key` gets the earlier answer, for a day
//! (draft-ietf-httpapi-idempotency-key-header).

use app::access::caller::Caller;
use app::service::idempotency;
use app::{App, Problem};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::Error;

const HEADER: &str = "idempotency-key";

/// What makes two requests the same: the key in the headers, the action and the body.
pub struct KeyedRequest<'a> {
    /// The headers, with the key if one was sent.
    pub headers: &'a HeaderMap,
    /// The sender.
    pub caller: &'a Caller,
    /// The action requested.
    pub action: &'a str,
    /// The body of the request.
    pub body: &'a [u8],
}

/// Answers with the result of `work`, or with the stored answer to an earlier request.
pub async fn once<T: Serialize>(
    app: &App,
    asked: KeyedRequest<'_>,
    work: impl Future<Output = Result<T, Problem>>,
) -> Result<Response, Error> {
    let KeyedRequest { headers, caller, action, body } = asked;
    let key = headers.get(HEADER).map(HeaderValue::as_bytes);
    let given =
        idempotency::once(app, idempotency::RequestIdentity { key, caller, action, body }, work)
            .await?;
    let json = HeaderValue::from_static("application/json");
    let mut response = ([(header::CONTENT_TYPE, json)], given.body).into_response();
    if given.is_replayed {
        response.headers_mut().insert("idempotency-replayed", HeaderValue::from_static("true"));
    }
    Ok(response)
}
