//! A request that is sent again with the same `Idempotency-Key` gets the earlier answer, for a day
//! (draft-ietf-httpapi-idempotency-key-header).

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use sha2::{Digest as _, Sha256};
use store::Answer;

use crate::access::caller::Caller;
use crate::service::problem::Problem;
use crate::service::state::App;

/// The longest key, in bytes; longer ones are refused.
const KEY_BYTES_MAX: usize = 255;

/// How long answers are kept.
const KEPT_MS: i64 = 24 * 3600 * 1000;

/// Keys of requests that are being answered.
#[derive(Default)]
pub struct UnderWay(Arc<Mutex<HashSet<[u8; 32]>>>);

/// Releases a key when its request ends, whatever the result.
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

/// What makes two requests the same: the key, the action and the body.
pub struct RequestIdentity<'a> {
    /// The key, if one was sent.
    pub key: Option<&'a [u8]>,
    /// The sender.
    pub caller: &'a Caller,
    /// The action requested.
    pub action: &'a str,
    /// The body of the request.
    pub body: &'a [u8],
}

impl RequestIdentity<'_> {
    /// A digest of key, caller and action; `None` if no key was sent.
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
pub struct StoredAnswer {
    /// The bytes of the JSON.
    pub body: Vec<u8>,
    /// Whether it is the stored answer to an earlier request.
    pub is_replayed: bool,
}

/// Answers with the result of `work`, or with the stored answer to an earlier request.
pub async fn once<T: Serialize>(
    app: &App,
    asked: RequestIdentity<'_>,
    work: impl Future<Output = Result<T, Problem>>,
) -> Result<StoredAnswer, Problem> {
    let Some(key) = asked.key()? else {
        return Ok(StoredAnswer { body: json(&work.await?)?, is_replayed: false });
    };
    let store = &app.core()?.store;
    let guard = app.under_way.enter(key)?;
    let fingerprint = digest(&[asked.body]).to_vec();
    if let Some(answer) = store.answer(&key).await? {
        if answer.fingerprint != fingerprint {
            return Err(Problem::OtherRequest);
        }
        return Ok(StoredAnswer { body: answer.body, is_replayed: true });
    }
    let body = json(&work.await?)?;
    let answer = Answer { fingerprint, status: OK, body: body.clone() };
    let now = app.now().as_millisecond();
    store.keep_answer(&key, &answer, (now, now - KEPT_MS)).await?;
    drop(guard);
    Ok(StoredAnswer { body, is_replayed: false })
}

/// The status stored with an answer: only answers to successful requests are stored.
const OK: u16 = 200;

fn json(value: &impl Serialize) -> Result<Vec<u8>, Problem> {
    serde_json::to_vec(value).map_err(|error| Problem::Internal(error.to_string()))
}
