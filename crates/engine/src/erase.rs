//! Erases what is stored about somebody: the payloads are removed, the chain stays.
//!
//! The subject is an account with its content (`account/ID`), one content (`content/ID`), a network
//! (`network/ID`), a sender of notices (`notifier/MAIL`), one notice or complaint (`filing/ID`), or
//! a member of staff (`staff/NAME`). What a member of staff decided about others stays, with their
//! name: the person affected may still ask who decided (Art. 20(6) DSA).

use std::collections::{BTreeMap, BTreeSet, HashSet};

use jiff::Timestamp;
use review::Case;
use store::{AuditRow, Batch, ChangeRow, Counts, Eraser, Erasure, HoldRow, RowChange, Store};
use types::{Event, Subject};

use crate::error::Error;
use crate::names;
use crate::recorder::Recorder;
use crate::replay::CHUNK;
use crate::work::{self, Rows};

/// The name for the count of verdicts of a member of staff, which stay.
pub const VERDICTS: &str = "verdicts that stay, since somebody may ask who decided";

/// The name for the count of verdicts about others, which stay with their note.
pub const NOTES: &str = "verdicts about others that stay, whose notes name the subject";

/// The kinds of subject that can be erased.
const KINDS: [&str; 6] = ["account", "content", "network", "notifier", "filing", "staff"];

/// The subject that `text` names, if it can be erased.
///
/// # Errors
///
/// A message that says what to write instead.
pub fn subject(text: &str) -> Result<Subject, String> {
    match text.split_once('/') {
        Some((kind, id)) if KINDS.contains(&kind) && !id.trim().is_empty() => {
            Ok(Subject(text.to_owned()))
        }
        _ => Err(format!("`{text}` is no subject; write {}/…", KINDS.join("/…, "))),
    }
}

/// Who erases something, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErasureRequest {
    /// The person, as the audit trail names them.
    pub by: String,
    /// The reason, without personal data: it stays for ever.
    pub reason: String,
    /// The time, in milliseconds since 1970.
    pub at_ms: i64,
}

/// What is stored about a subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErasureScope {
    /// The events to erase.
    pub erasure: Erasure,
    /// The entries of changes that name the subject. They are erased too, and `rows` are entered
    /// anew.
    pub changes: Vec<u64>,
    /// The rows as they are afterwards: those that name the subject, and those whose last change
    /// was entered together with one that names it.
    pub rows: Vec<RowChange>,
    /// Numbers of rows outside the log that lose something.
    pub beside: Counts,
    /// The length of the ledger at the time of the search.
    pub size: u64,
}

impl ErasureScope {
    /// Whether nothing is stored.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.erasure.entries.is_empty() && self.changes.is_empty() && self.beside.is_empty()
    }
}

/// Finds what is stored about `subject`.
///
/// With an account go its content, and what others said about the content. Content is an account's
/// if an event says so; then it is so even if another event names only the content. An event is
/// about an account if the account acts, is flagged, or flags. It is about content if it is the
/// content or names it as its subject.
///
/// # Errors
///
/// [`Error::Held`] if something about the subject is under a hold at `now`; [`Error::Refused`] if
/// it is a filing other than a notice or complaint; [`Error::Store`] if the store cannot be read.
pub async fn find(
    store: &Store,
    (subject, now): (&Subject, Timestamp),
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<ErasureScope, Error> {
    let size = store.size().await?;
    let mut found = ErasureScope {
        erasure: Erasure {
            subjects: subjects(store, subject).await?,
            entries: Vec::new(),
            at_ms: now.as_millisecond(),
        },
        changes: Vec::new(),
        rows: Vec::new(),
        beside: Counts::new(),
        size,
    };
    let verdicts = events(store, &mut found, 0, progress).await?;
    let (rows, beside) = store.erasing(&found.erasure).await?;
    (found.rows, found.beside) = (rows, beside);
    let notes = notes(store, &mut found).await?;
    for (what, count) in [(VERDICTS, verdicts), (NOTES, notes)] {
        if count > 0 {
            found.beside.insert(what, count);
        }
    }
    changes(store, &mut found, 0).await?;
    Ok(found)
}

/// Refuses a reason that names the subject: it stays in the ledger for ever.
pub(crate) async fn check_reason(
    store: &Store,
    found: &ErasureScope,
    asked: &ErasureRequest,
) -> Result<(), Error> {
    if store.eraser(&found.erasure).await?.are_in_text(&asked.reason) {
        let why = "the reason names what is erased, and would stay in the ledger for ever";
        return Err(Error::Refused(why.to_owned()));
    }
    Ok(())
}

/// Adds to `found` what was written since the search.
pub(crate) async fn catch_up(store: &Store, found: &mut ErasureScope) -> Result<Eraser, Error> {
    let from = found.size;
    found.size = store.size().await?;
    events(store, found, from, &mut |_| {}).await?;
    changes(store, found, from).await?;
    let eraser = store.eraser(&found.erasure).await?;
    let mut rows = Vec::new();
    for row in std::mem::take(&mut found.rows) {
        // The current row, without the names.
        rows.extend(store.row_like(&row).await?.map(|now| eraser.after(now)));
    }
    found.rows = rows;
    Ok(eraser)
}

/// The subject, with everything that is erased with it.
async fn subjects(store: &Store, subject: &Subject) -> Result<Vec<String>, Error> {
    let mut subjects = vec![subject.0.clone()];
    if let Some(id) = subject.0.strip_prefix("filing/") {
        let is_personal = store.filing(id).await?.is_some_and(|filing| filing.kind != "order");
        if !is_personal {
            return Err(Error::Refused(format!("there is no notice or complaint `{id}`")));
        }
    }
    if let Some(account) = subject.0.strip_prefix("account/") {
        let is_theirs = |event: &Event| {
            let (content, owner) = event.owned()?;
            (owner == account).then(|| Subject::new("content", content).0)
        };
        let ranges = ranges(store, &[names::print(&subject.0)], 0).await?;
        each(store, &ranges, &mut |_| {}, |_, event| {
            subjects.extend(is_theirs(event));
            Ok(())
        })
        .await?;
    }
    if let Some(mail) = subject.0.strip_prefix("notifier/") {
        let filed = store.filings_of(&store::sender(mail)).await?;
        subjects.extend(filed.into_iter().map(|id| Subject::new("filing", &id).0));
    }
    subjects.sort_unstable();
    subjects.dedup();
    Ok(subjects)
}

/// Adds the events from place `from` on that are about the subject; returns the number of verdicts
/// of a member of staff that stay.
async fn events(
    store: &Store,
    found: &mut ErasureScope,
    from: u64,
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<u64, Error> {
    let all: HashSet<Subject> = found.erasure.subjects.iter().cloned().map(Subject).collect();
    let holds = store.holds(found.erasure.at_ms).await?;
    let is_named = |hold: &&HoldRow| hold.scope.subjects.iter().any(|one| all.contains(one));
    if let Some(hold) = holds.iter().find(is_named) {
        return Err(kept(hold));
    }
    let prints: Vec<u32> = all.iter().map(|subject| names::print(&subject.0)).collect();
    let ranges = ranges(store, &prints, from).await?;
    let mut colleagues = Vec::new();
    each(store, &ranges, progress, |seq, event| {
        let named: Vec<Subject> =
            names::of(event).into_iter().filter(|n| all.contains(n)).collect();
        if named.is_empty() {
            return Ok(());
        }
        if let Some(hold) = holds.iter().find(|hold| hold.scope.fits(event)) {
            return Err(kept(hold));
        }
        match named.iter().all(|subject| subject.kind() == "staff") {
            true => colleagues.push(seq),
            false => found.erasure.entries.push(seq),
        }
        Ok(())
    })
    .await?;
    let mut verdicts = 0;
    for seq in colleagues {
        match store.records(seq, seq + 1).await?.is_empty() {
            true => found.erasure.entries.push(seq),
            false => verdicts += 1,
        }
    }
    found.erasure.entries.sort_unstable();
    found.erasure.entries.dedup();
    Ok(verdicts)
}

/// Adds the steps of other cases whose notes name the subject; returns the number of verdicts among
/// them that stay.
async fn notes(store: &Store, found: &mut ErasureScope) -> Result<u64, Error> {
    let names = store.eraser(&found.erasure).await?;
    let mut stay = 0;
    for row in found.rows.iter().filter(|row| row.table == "cases") {
        let Some(now) = store.row_like(row).await? else { continue };
        let body = now.row["body"].as_str().unwrap_or_default();
        let Ok(case) = serde_json::from_str::<Case>(body) else { continue };
        for number in case.told() {
            let Some(seq) = store.taken(work::step_key((case.id, number))).await? else {
                continue;
            };
            let Some(log) = store.log(seq, seq + 1).await?.pop() else { continue };
            let event = log.event.and_then(|json| Event::parse(&json).ok());
            let note = event.and_then(|event| event.data.case?.note);
            if !note.is_some_and(|note| names.are_in_text(&note)) {
                continue;
            }
            match store.records(seq, seq + 1).await?.is_empty() {
                true => found.erasure.entries.push(seq),
                false if found.erasure.entries.contains(&seq) => {}
                false => stay += 1,
            }
        }
    }
    found.erasure.entries.sort_unstable();
    found.erasure.entries.dedup();
    Ok(stay)
}

/// Adds the changes from place `from` on that name the subject, and the rows that they wrote.
async fn changes(store: &Store, found: &mut ErasureScope, from: u64) -> Result<(), Error> {
    let names = store.eraser(&found.erasure).await?;
    let known: HashSet<(String, String)> = found.rows.iter().map(name).collect();
    let mut touched = BTreeMap::new();
    let (mut from, size) = (from, store.size().await?);
    while from < size {
        let until = (from + u64::from(CHUNK)).min(size);
        for row in store.changes(from, until).await? {
            let Some(bytes) = row.rows.filter(|bytes| names.may_be_in(bytes)) else { continue };
            let changes = ChangeRow::read(&bytes)?;
            if changes.iter().any(|change| names.are_in(change)) {
                found.changes.push(row.seq);
                touched.extend(changes.into_iter().map(|change| (name(&change), change)));
            }
        }
        from = until;
    }
    for (_, change) in touched.into_iter().filter(|(key, _)| !known.contains(key)) {
        found.rows.extend(store.row_like(&change).await?);
    }
    Ok(())
}

fn name(change: &RowChange) -> (String, String) {
    (change.table.clone(), change.key())
}

/// Reads the events in `ranges` whose payloads are there, in order.
async fn each(
    store: &Store,
    ranges: &[(u64, u64)],
    progress: &mut (dyn FnMut(u64) + Send),
    mut look: impl FnMut(u64, &Event) -> Result<(), Error> + Send,
) -> Result<(), Error> {
    for (first, last) in ranges {
        let mut from = *first;
        while from < *last {
            let until = (from + u64::from(CHUNK)).min(*last);
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
    }
    Ok(())
}

/// Places that are at most this far apart are read together with what is between them.
const NEAR: u64 = 32;

/// The parts of the log from place `from` on that may name one of `prints`. The last one is the
/// part whose names are not listed yet.
async fn ranges(store: &Store, prints: &[u32], from: u64) -> Result<Vec<(u64, u64)>, Error> {
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    // Before the names are read: what is listed meanwhile is read as not listed.
    let listed = store.named_until().await?.max(from);
    for seq in store.named(prints).await?.range(from..listed) {
        match ranges.last_mut() {
            Some((_, until)) if *seq <= *until + NEAR => *until = seq + 1,
            _ => ranges.push((*seq, seq + 1)),
        }
    }
    let size = store.size().await?;
    if listed < size {
        ranges.push((listed, size));
    }
    Ok(ranges)
}

fn kept(hold: &HoldRow) -> Error {
    Error::Held { scope: hold.scope.to_string(), hold: hold.id.clone() }
}

/// The commit that erases what was found, and enters the erasure.
pub(crate) async fn batch(
    store: &Store,
    recorder: &mut Recorder,
    (found, asked): (ErasureScope, ErasureRequest),
) -> Result<Batch, Error> {
    let mut batch = Batch::default();
    let mut erasure = found.erasure;
    let gone: BTreeSet<u64> = erasure.entries.iter().copied().collect();
    batch.stretches = store.named_without(&gone).await?;
    erasure.entries.extend(found.changes);
    erasure.entries.sort_unstable();
    erasure.entries.dedup();
    let ErasureRequest { by, reason, at_ms } = asked;
    let (what, about) = ("erased".to_owned(), reason.clone());
    let line = AuditRow { at_ms, by, what, about, ..AuditRow::default() };
    recorder.erase(erasure, reason, &mut batch)?;
    let mut rows = Rows::of(found.rows);
    rows.put([&line]);
    recorder.changed(rows, &mut batch)?;
    Ok(batch)
}

/// Erases what was found in a store that nobody else writes to, and enters the erasure.
///
/// # Errors
///
/// [`Error::Store`] if the store fails; nothing is erased then.
pub async fn erase(
    store: &Store,
    recorder: &mut Recorder,
    what: (ErasureScope, ErasureRequest),
    at: Timestamp,
) -> Result<(), Error> {
    // Snapshots contain what was derived from the erased data; the log restores the rest.
    store.snapshots().clear()?;
    let mut batch = batch(store, recorder, what).await?;
    recorder.sign(at, &mut batch);
    store.commit(&batch).await?;
    Ok(store.scrub().await?)
}
