//! Erases what is kept of a subject: the payloads go, the chain stays.

use jiff::Timestamp;
use store::{Batch, HoldRow, Store};
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
/// [`Error::Held`] if something about the subject is under a hold at `now`; if the store cannot be
/// read.
pub async fn find(
    store: &Store,
    (subject, now): (&Subject, Timestamp),
    progress: &mut dyn FnMut(u64),
) -> Result<Vec<u64>, Error> {
    let holds = store.holds(now.as_millisecond()).await?;
    if let Some(hold) = holds.iter().find(|hold| hold.scope.subject() == Some(subject)) {
        return Err(kept(hold));
    }
    let size = store.size().await?;
    let (mut from, mut found) = (0, Vec::new());
    while from < size {
        let until = (from + u64::from(CHUNK)).min(size);
        for row in store.log(from, until).await? {
            let Some(json) = row.event else { continue };
            let event = Event::parse(&json).map_err(|reject| {
                Error::Damaged(format!("the event of entry {}: {reject}", row.seq))
            })?;
            if !event.concerns(subject) {
                continue;
            }
            if let Some(hold) = holds.iter().find(|hold| hold.scope.fits(&event)) {
                return Err(kept(hold));
            }
            found.push(row.seq);
        }
        from = until;
        progress(from);
    }
    Ok(found)
}

fn kept(hold: &HoldRow) -> Error {
    Error::Held { scope: hold.scope.to_string(), hold: hold.id.clone() }
}

/// Erases the payloads of `entries` and enters that they are gone.
///
/// # Errors
///
/// If the store fails; nothing is erased then.
pub async fn erase(
    store: &Store,
    recorder: &mut Recorder,
    (subject, entries, reason): (&Subject, Vec<u64>, String),
    at: Timestamp,
) -> Result<(), Error> {
    // They hold what was derived from what goes; the log gives the rest again.
    store.snapshots().clear()?;
    let mut batch = Batch::default();
    recorder.erase(entries, reason, &mut batch)?;
    batch.erased_subject = Some(subject.0.clone());
    recorder.sign(at, &mut batch);
    Ok(store.commit(&batch).await?)
}
