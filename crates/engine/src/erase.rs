//! Erases what is kept of a subject: the payloads go, the chain stays.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use store::{Batch, ChangeRow, Counts, Erasure, HoldRow, RowChange, Store};
use types::{Event, Subject};

use crate::error::Error;
use crate::recorder::Recorder;
use crate::replay::CHUNK;
use crate::work::Rows;

/// What is kept of a subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What is to go: events.
    pub erasure: Erasure,
    /// The entries of changes that name somebody: they go too, and `rows` are entered anew.
    pub changes: Vec<u64>,
    /// The rows as they are afterwards: those that name somebody, and those whose last change was
    /// entered together with one that names somebody.
    pub rows: Vec<RowChange>,
    /// Rows that lose something beside the log.
    pub beside: Counts,
}

/// What is kept of `subject`.
///
/// With an account goes its content, and what others said about that: content is an account's if an
/// event says so, and then also where another event names the content only. An event is about an
/// account if the account acts, is flagged, or flags; about content if it is the content or names it
/// as its subject.
///
/// # Errors
///
/// [`Error::Held`] if something about the subject is under a hold at `now`; if the store cannot be
/// read.
pub async fn find(
    store: &Store,
    (subject, now): (&Subject, Timestamp),
    progress: &mut dyn FnMut(u64),
) -> Result<Found, Error> {
    let mut subjects = vec![subject.clone()];
    if let Some(account) = subject.0.strip_prefix("account/") {
        let is_theirs = |event: &Event| {
            let (content, owner) = event.owned()?;
            (owner == account).then(|| Subject::new("content", content))
        };
        each(store, &mut |_| {}, |_, event| {
            subjects.extend(is_theirs(event));
            Ok(())
        })
        .await?;
        subjects.sort_unstable();
        subjects.dedup();
    }
    let holds = store.holds(now.as_millisecond()).await?;
    let is_named = |hold: &&HoldRow| hold.scope.subjects.iter().any(|one| subjects.contains(one));
    if let Some(hold) = holds.iter().find(is_named) {
        return Err(kept(hold));
    }
    let about: HashSet<&Subject> = subjects.iter().collect();
    let mut entries = Vec::new();
    each(store, progress, |seq, event| {
        let content = event.content_id().map(|id| Subject::new("content", id));
        let is_about = event.concerns(subject)
            || about.contains(&event.about())
            || content.is_some_and(|content| about.contains(&content));
        if !is_about {
            return Ok(());
        }
        if let Some(hold) = holds.iter().find(|hold| hold.scope.fits(event)) {
            return Err(kept(hold));
        }
        entries.push(seq);
        Ok(())
    })
    .await?;
    let subjects = subjects.into_iter().map(|subject| subject.0).collect();
    let erasure = Erasure { subjects, entries, at_ms: now.as_millisecond() };
    let (mut rows, beside) = store.erasing(&erasure).await?;
    let known: HashSet<(String, String)> = rows.iter().map(name).collect();
    let (changes, touched) = changed(store, &erasure).await?;
    for (key, change) in touched {
        if !known.contains(&key) {
            rows.extend(store.row_like(&change).await?);
        }
    }
    Ok(Found { erasure, changes, rows, beside })
}

fn name(change: &RowChange) -> (String, String) {
    (change.table.clone(), change.key())
}

/// The entries of changes that name a subject, and the rows that they wrote.
async fn changed(
    store: &Store,
    erasure: &Erasure,
) -> Result<(Vec<u64>, BTreeMap<(String, String), RowChange>), Error> {
    let names = store::Named::new(&erasure.subjects)?;
    let (mut entries, mut touched) = (Vec::new(), BTreeMap::new());
    let (mut from, size) = (0, store.size().await?);
    while from < size {
        let until = (from + u64::from(CHUNK)).min(size);
        for row in store.changes(from, until).await? {
            let Some(packed) = &row.rows else { continue };
            let changes = ChangeRow::read(packed)?;
            if !changes.iter().any(|change| names.are_in(change)) {
                continue;
            }
            entries.push(row.seq);
            touched.extend(changes.into_iter().map(|change| (name(&change), change)));
        }
        from = until;
    }
    Ok((entries, touched))
}

/// Reads all events whose payloads are there, in order.
async fn each(
    store: &Store,
    progress: &mut dyn FnMut(u64),
    mut look: impl FnMut(u64, &Event) -> Result<(), Error>,
) -> Result<(), Error> {
    let size = store.size().await?;
    let mut from = 0;
    while from < size {
        let until = (from + u64::from(CHUNK)).min(size);
        for row in store.log(from, until).await? {
            let Some(json) = row.event else { continue };
            let event = Event::parse(&json).map_err(|reject| {
                Error::Damaged(format!("the event of entry {}: {reject}", row.seq))
            })?;
            look(row.seq, &event)?;
        }
        from = until;
        progress(from);
    }
    Ok(())
}

fn kept(hold: &HoldRow) -> Error {
    Error::Held { scope: hold.scope.to_string(), hold: hold.id.clone() }
}

/// Erases what was found, and enters that it is gone.
///
/// # Errors
///
/// If the store fails; nothing is erased then.
pub async fn erase(
    store: &Store,
    recorder: &mut Recorder,
    (found, reason): (Found, String),
    at: Timestamp,
) -> Result<(), Error> {
    // They hold what was derived from what goes; the log gives the rest again.
    store.snapshots().clear()?;
    let mut batch = Batch::default();
    let mut erasure = found.erasure;
    erasure.entries.extend(found.changes);
    erasure.entries.sort_unstable();
    recorder.erase(erasure, reason, &mut batch)?;
    recorder.changed(Rows::of(found.rows), &mut batch)?;
    recorder.sign(at, &mut batch);
    Ok(store.commit(&batch).await?)
}
