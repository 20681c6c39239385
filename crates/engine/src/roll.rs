//! Rolls the log of a store into a history, and carries out erasures in it.

use std::collections::{BTreeMap, HashSet, VecDeque};

use history::{Finding, History, HistoryRow, Location, Payload, Rolled, Verified, Writer};
use ledger::Entry;
use store::Store;
use types::Event;

use crate::error::Error;
use crate::replay::CHUNK;

/// Rolls the entries of `store` that `place` lacks; `progress` gets the number of entries rolled.
///
/// # Errors
///
/// [`Error::Store`] or [`Error::History`] if one of them cannot be read or written;
/// [`Error::OtherLedger`] if the history is of another ledger.
pub async fn roll(
    store: &Store,
    place: Location,
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<(History, Rolled), Error> {
    let ledger = last(store, 1).await?;
    let mut history = History::find_to_write(place, ledger).await?;
    if history.manifest().rolled > 0 {
        is_of(store, &history).await?;
    }
    let size = store.size().await?;
    let mut from = history.manifest().rolled;
    history.sweep().await?;
    let mut writer = Writer::new(&mut history);
    while from < size {
        let until = (from + u64::from(CHUNK)).min(size);
        if writer.push(rows(store, (from, until)).await?) {
            writer.flush((until, last(store, until).await?)).await?;
        }
        from = until;
        progress(from);
    }
    writer.flush((size, last(store, size).await?)).await?;
    let mut rolled = writer.rolled;
    let erased = erased(store, (history.manifest().erased, size)).await?;
    if !erased.is_empty() {
        rolled.erased = history.erase(erased, size).await?;
    }
    Ok((history, rolled))
}

/// The hash of the entry before `until`, hex.
async fn last(store: &Store, until: u64) -> Result<String, Error> {
    let Some(before) = until.checked_sub(1) else { return Ok(String::new()) };
    let entry = store.entries(before, 1).await?.pop();
    Ok(entry.map_or_else(String::new, |entry| hex::encode(entry.hash.0)))
}

/// Refuses a history that was rolled from another ledger than that of `store`.
async fn is_of(store: &Store, history: &History) -> Result<(), Error> {
    let manifest = history.manifest();
    let is_same = manifest.ledger == last(store, 1).await?
        && manifest.last == last(store, manifest.rolled).await?;
    if is_same { Ok(()) } else { Err(Error::OtherLedger(history.name().to_owned())) }
}

/// The rows of the log between two places, without those that were erased.
async fn rows(store: &Store, (from, until): (u64, u64)) -> Result<Vec<HistoryRow>, Error> {
    let records = store.records(from, until).await?;
    let mut decisions: BTreeMap<u64, Vec<u8>> =
        records.into_iter().filter_map(|record| Some((record.seq, record.decision?))).collect();
    let mut rows = Vec::new();
    for row in store.log(from, until).await? {
        let Some(json) = row.event else { continue };
        let event = Event::parse(&json).map_err(|reject| {
            Error::Damaged(format!("the event of entry {}: {reject}", row.seq))
        })?;
        let payload = Payload {
            salt: row.salt.map(|salt| salt.0.to_vec()).unwrap_or_default(),
            event: json,
            facts: row.facts.unwrap_or_default(),
            decision: decisions.remove(&row.seq).unwrap_or_default(),
        };
        rows.push(HistoryRow { seq: row.seq, event, payload });
    }
    Ok(rows)
}

/// The places of the entries whose payloads were erased by entries between two places.
async fn erased(store: &Store, (from, until): (u64, u64)) -> Result<Vec<u64>, Error> {
    let (mut from, mut found) = (from, Vec::new());
    while from < until {
        for sealed in store.entries(from, CHUNK).await? {
            // Most entries are of events, which their first bytes show.
            if !sealed.body.starts_with(br#"{"kind":"erased""#) {
                continue;
            }
            if let Entry::Erased { entries, .. } = serde_json::from_slice(&sealed.body)? {
                found.extend(entries);
            }
        }
        from = from.saturating_add(u64::from(CHUNK));
    }
    Ok(found)
}

/// Verifies a history, and that its events are those to which the ledger in `store` is committed.
///
/// # Errors
///
/// [`Error::Store`] or [`Error::History`] if one of them cannot be read; [`Error::OtherLedger`] if
/// they do not belong together.
pub async fn verify(
    history: &History,
    store: &Store,
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<Verified, Error> {
    is_of(store, history).await?;
    let mut verified = history.verify(&mut |_, _| vec![], &mut |_| {}).await?;
    let unsound: HashSet<String> =
        verified.findings.iter().map(|finding| finding.path.clone()).collect();
    let mut done = 0;
    for file in &history.manifest().files {
        if !unsound.contains(&file.path) {
            let frame = history.frame(file, &["salt", "event", "facts", "decision"]).await?;
            for what in against(store, file, &frame).await? {
                verified.findings.push(Finding { path: file.path.clone(), what });
            }
        }
        done += file.rows;
        progress(done);
    }
    Ok(verified)
}

/// The defects of the events of a file, compared with the ledger.
async fn against(
    store: &Store,
    file: &history::File,
    frame: &history::Frame,
) -> Result<Vec<String>, Error> {
    let (mut wrong, mut entries) = (Vec::new(), VecDeque::new());
    let mut next = file.seqs.0;
    for (at, seq) in frame.seqs().iter().enumerate() {
        let seq = u64::try_from(*seq).unwrap_or(u64::MAX);
        while entries.front().is_some_and(|sealed: &ledger::Sealed| sealed.seq < seq) {
            entries.pop_front();
        }
        if entries.is_empty() {
            next = next.max(seq);
            entries.extend(store.entries(next, CHUNK).await?);
            next = next.saturating_add(u64::from(CHUNK));
        }
        let Some(sealed) = entries.front().filter(|sealed| sealed.seq == seq) else {
            wrong.push(format!("event {seq} is not in the ledger"));
            continue;
        };
        let kept = frame.payload(at);
        let Ok(salt) = <[u8; 16]>::try_from(kept.salt.as_slice()) else {
            wrong.push(format!("event {seq} has no salt"));
            continue;
        };
        let payload = ledger::Payload {
            salt: ledger::Salt(salt),
            event: kept.event,
            facts: kept.facts,
            decision: kept.decision,
        };
        let commitment = hex::encode(payload.commitment());
        match serde_json::from_slice(&sealed.body)? {
            Entry::Judged { payload, .. } if payload == commitment => {}
            _ => wrong.push(format!("event {seq} is not what the ledger is committed to")),
        }
    }
    Ok(wrong)
}
