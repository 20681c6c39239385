//! Erases what is kept of a subject: the payloads go, the chain stays.

use jiff::Timestamp;
use store::{Batch, Store};
use types::{Event, Subject};

use crate::error::Error;
use crate::recorder::Recorder;
use crate::replay::CHUNK;

/// The places of all entries about `subject` whose payloads are still there.
///
/// An event is about an account if the account acts, is flagged, or flags; about content if it
/// is the content or names it as its subject.
///
/// # Errors
///
/// If the store cannot be read.
pub async fn find(
    store: &Store,
    subject: &Subject,
    progress: &mut dyn FnMut(u64),
) -> Result<Vec<u64>, Error> {
    let size = store.size().await?;
    let (mut from, mut found) = (0, Vec::new());
    while from < size {
        let until = (from + u64::from(CHUNK)).min(size);
        for row in store.log(from, until).await? {
            let Some(json) = row.event else { continue };
            let event = Event::parse(&json).map_err(|reject| {
                Error::Damaged(format!("the event of entry {}: {reject}", row.seq))
            })?;
            if is_about(&event, subject) {
                found.push(row.seq);
            }
        }
        from = until;
        progress(from);
    }
    Ok(found)
}

fn is_about(event: &Event, subject: &Subject) -> bool {
    if event.about() == *subject {
        return true;
    }
    let Some((kind, id)) = subject.0.split_once('/') else { return false };
    let data = &event.data;
    let flagger = data.flag.as_ref().and_then(|flag| flag.by.as_deref());
    let target = data.engagement.as_ref().and_then(|engagement| engagement.target.as_deref());
    match kind {
        "account" => [event.account_id(), flagger, target].contains(&Some(id)),
        "content" => event.content_id() == Some(id),
        _ => false,
    }
}

/// Erases the payloads of `entries` and enters that they are gone.
///
/// # Errors
///
/// If the store fails; nothing is erased then.
pub async fn erase(
    store: &Store,
    recorder: &mut Recorder,
    (entries, reason): (Vec<u64>, String),
    at: Timestamp,
) -> Result<(), Error> {
    let mut batch = Batch::default();
    recorder.erase(entries, reason, &mut batch)?;
    recorder.sign(at, &mut batch);
    Ok(store.commit(&batch).await?)
}
