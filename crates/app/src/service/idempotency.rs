//! Requests that are sent again with the same `Idempotency-Key` get the answer that was given, for a
//! day (draft-ietf-httpapi-idempotency-key-header).

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use sha2::{Digest as _, Sha256};
use store::Answer;

use crate::access::caller::Caller;
use crate::service::problem::Problem;
use crate::service::state::App;

/// Longer keys are refused.
const KEY_BYTES_MAX: usize = 255;

/// How long answers are kept.
const KEPT_MS: i64 = 24 * 3600 * 1000;

/// Keys of requests that are being answered.
#[derive(Default)]
pub struct UnderWay(Arc<Mutex<HashSet<[u8; 32]>>>);

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
pub struct Asked<'a> {
    /// The key that was sent, if one was.
    pub key: Option<&'a [u8]>,
    /// Who sent it.
    pub caller: &'a Caller,
    /// What is to be done.
    pub action: &'a str,
    /// What was sent.
    pub body: &'a [u8],
}

impl Asked<'_> {
    /// The key, by caller and action; `None` if none was sent.
    fn key(&self) -> Result<Option<[u8; 32]>, Problem> {
        let Some(key) = self.key else { return Ok(None) };
        if key.is_empty() || key.len() > KEY_BYTES_MAX {
            return Err(Problem::Wrong(format!(
                "an Idempotency-Key has 1 to {KEY_BYTES_MAX} bytes"
            )));
        }
        let (id, sender) = (self.caller.id(), self.caller.sender());
        let parts = [id.as_bytes(), sender.as_bytes(), self.action.as_bytes(), key];
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

/// An answer, as JSON.
pub struct Given {
    /// The JSON.
    pub body: Vec<u8>,
    /// Whether it was given before.
    pub is_replayed: bool,
}

/// Answers with what `work` gives, or with what it gave before.
pub async fn once<T: Serialize>(
    app: &App,
    asked: Asked<'_>,
    work: impl Future<Output = Result<T, Problem>>,
) -> Result<Given, Problem> {
    let Some(key) = asked.key()? else {
        return Ok(Given { body: json(&work.await?)?, is_replayed: false });
    };
    let store = &app.core()?.store;
    let guard = app.under_way.enter(key)?;
    let fingerprint = digest(&[asked.body]).to_vec();
    if let Some(answer) = store.answer(&key).await? {
        if answer.fingerprint != fingerprint {
            return Err(Problem::OtherRequest);
        }
        return Ok(Given { body: answer.body, is_replayed: true });
    }
    let body = json(&work.await?)?;
    let answer = Answer { fingerprint, status: OK, body: body.clone() };
    let now = app.now().as_millisecond();
    store.keep_answer(&key, &answer, (now, now - KEPT_MS)).await?;
    drop(guard);
    Ok(Given { body, is_replayed: false })
}

/// The status that is kept with an answer: only what was done is kept.
const OK: u16 = 200;

fn json(value: &impl Serialize) -> Result<Vec<u8>, Problem> {
    serde_json::to_vec(value).map_err(|error| Problem::Internal(error.to_string()))
}
