//! Requests that are sent again with the same `Idempotency-Key` get the answer that was given, for a
//! day (draft-ietf-httpapi-idempotency-key-header).

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use store::Answer;

use crate::app::App;
use crate::principal::Caller;
use crate::problem::Problem;

const HEADER: &str = "idempotency-key";

/// Longer keys are refused.
const KEY_BYTES_MAX: usize = 255;

/// How long answers are kept.
const KEPT_MS: i64 = 24 * 3600 * 1000;

/// Keys of requests that are being answered.
#[derive(Default)]
pub(crate) struct UnderWay(Arc<Mutex<HashSet<[u8; 32]>>>);

/// Releases a key, whatever becomes of its request.
struct Guard(Arc<Mutex<HashSet<[u8; 32]>>>, [u8; 32]);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.1);
    }
}

impl UnderWay {
    fn enter(&self, key: [u8; 32]) -> Result<Guard, Problem> {
        let is_new = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key);
        if is_new { Ok(Guard(Arc::clone(&self.0), key)) } else { Err(Problem::UnderWay) }
    }
}

/// What makes a request the same request: its key, where it went, what it said.
pub(crate) struct Asked<'a> {
    pub(crate) headers: &'a HeaderMap,
    pub(crate) caller: &'a Caller,
    pub(crate) action: &'a str,
    pub(crate) body: &'a [u8],
}

impl Asked<'_> {
    /// The key, by caller and action; nothing if none was sent.
    fn key(&self) -> Result<Option<[u8; 32]>, Problem> {
        let Some(key) = self.headers.get(HEADER) else { return Ok(None) };
        if key.is_empty() || key.len() > KEY_BYTES_MAX {
            return Err(Problem::Wrong(format!(
                "an Idempotency-Key has 1 to {KEY_BYTES_MAX} bytes"
            )));
        }
        let (id, sender) = (self.caller.id(), self.caller.sender());
        let parts = [id.as_bytes(), sender.as_bytes(), self.action.as_bytes(), key.as_bytes()];
        Ok(Some(digest(&parts)))
    }
}

fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// Answers with what `work` gives, or with what it gave before.
pub(crate) async fn once<T: Serialize>(
    app: &App,
    asked: Asked<'_>,
    work: impl Future<Output = Result<T, Problem>>,
) -> Result<Response, Problem> {
    let Some(key) = asked.key()? else { return json(&work.await?) };
    let store = &app.core()?.store;
    let guard = app.under_way.enter(key)?;
    let fingerprint = digest(&[asked.body]).to_vec();
    if let Some(answer) = store.answer(&key).await? {
        if answer.fingerprint != fingerprint {
            return Err(Problem::OtherRequest);
        }
        return Ok(again(answer));
    }
    let body = serde_json::to_vec(&work.await?).map_err(|e| Problem::Internal(e.to_string()))?;
    let answer = Answer { fingerprint, status: StatusCode::OK.as_u16(), body: body.clone() };
    let now = app.now().as_millisecond();
    store.keep_answer(&key, &answer, (now, now - KEPT_MS)).await?;
    drop(guard);
    Ok(response(StatusCode::OK, body))
}

fn json(value: &impl Serialize) -> Result<Response, Problem> {
    let body = serde_json::to_vec(value).map_err(|error| Problem::Internal(error.to_string()))?;
    Ok(response(StatusCode::OK, body))
}

fn again(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let mut response = response(status, answer.body);
    response.headers_mut().insert("idempotency-replayed", HeaderValue::from_static("true"));
    response
}

fn response(status: StatusCode, body: Vec<u8>) -> Response {
    let json = HeaderValue::from_static("application/json");
    (status, [(header::CONTENT_TYPE, json)], Body::from(body)).into_response()
}
