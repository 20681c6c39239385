//! The events that brought content: for those who know only its name.

use std::collections::{BTreeMap, BTreeSet};

use store::{LogRow, Store};
use types::{Event, Subject, Trait};

use crate::error::Error;
use crate::names;
use crate::replay::CHUNK;

/// Places read at a time.
const PLACES: usize = 64;

/// The first event that brought each of `contents` (ids), before the entry `below`. Content that
/// was only ever named, or whose events were erased, is left out.
///
/// # Errors
///
/// Any [`store::Error`] of reading.
pub async fn origins(
    store: &Store,
    contents: &BTreeSet<String>,
    below: u64,
) -> Result<BTreeMap<String, Event>, Error> {
    let mut found = BTreeMap::new();
    if contents.is_empty() {
        return Ok(found);
    }
    let prints: Vec<u32> =
        contents.iter().map(|id| names::print(&Subject::new("content", id).0)).collect();
    let places: Vec<u64> =
        store.named(&prints).await?.into_iter().filter(|place| *place < below).collect();
    for some in places.chunks(PLACES) {
        for place in some {
            look(&store.log(*place, place + 1).await?, contents, &mut found);
        }
        if found.len() == contents.len() {
            return Ok(found);
        }
    }
    // The last stretch is not listed yet.
    let mut from = store.named_until().await?;
    while from < below && found.len() < contents.len() {
        let until = (from + u64::from(CHUNK)).min(below);
        look(&store.log(from, until).await?, contents, &mut found);
        from = until;
    }
    Ok(found)
}

fn look(rows: &[LogRow], contents: &BTreeSet<String>, found: &mut BTreeMap<String, Event>) {
    for json in rows.iter().filter_map(|row| row.event.as_deref()) {
        // An event that cannot be read is reported by `ledger verify`.
        let Ok(event) = Event::parse(json) else { continue };
        let Some(id) = event.content_id().filter(|_| event.kind.is(Trait::Brings)) else {
            continue;
        };
        if contents.contains(id) && !found.contains_key(id) {
            found.insert(id.to_owned(), event);
        }
    }
}
