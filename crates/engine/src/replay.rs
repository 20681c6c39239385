//! Reads a store's log again, in order: to rebuild state, to verify, to find a person's data.

use std::collections::HashMap;
use std::sync::Arc;

use decide::{Pack, Source};
use store::{PolicySet, Store, Tallies};
use types::{Decision, Event, Facts};

use crate::error::Error;
use crate::tally;
use crate::{Judge, Rules};

/// Entries read at a time.
pub(crate) const CHUNK: u32 = 4000;

/// The pack as the store keeps it.
#[must_use]
pub fn kept(pack: &Pack) -> PolicySet {
    let files = pack.sources().iter().map(|source| (source.name.clone(), source.text.clone()));
    PolicySet { version: pack.version().0, files: files.collect() }
}

/// The pack of a kept set.
#[must_use]
pub fn unkept(set: PolicySet) -> Pack {
    let source = |(name, text)| Source { name, text };
    Pack::new(set.files.into_iter().map(source).collect())
}

/// Policy sets of a store, compiled when first needed.
#[derive(Default)]
pub struct Library {
    known: HashMap<String, Arc<Rules>>,
}

impl Library {
    /// The rules of that version.
    ///
    /// # Errors
    ///
    /// If the store lacks them or they do not compile.
    pub async fn rules(&mut self, store: &Store, version: &str) -> Result<Arc<Rules>, Error> {
        if let Some(rules) = self.known.get(version) {
            return Ok(Arc::clone(rules));
        }
        let set = store.policy_set(version).await?;
        let set = set.ok_or_else(|| Error::Damaged(format!("policy set {version} is missing")))?;
        let pack = unkept(set);
        if pack.version().0 != version {
            return Err(Error::Damaged(format!("policy set {version} was changed")));
        }
        let rules = Rules::load(&pack).map_err(|_| Error::Policies(version.to_owned()))?;
        let rules = Arc::new(rules);
        self.known.insert(version.to_owned(), Arc::clone(&rules));
        Ok(rules)
    }
}

/// The pack in force in `store`; nothing in an empty one.
///
/// # Errors
///
/// If the store cannot be read or lacks the set.
pub async fn in_force(store: &Store) -> Result<Option<Pack>, Error> {
    let Some(enforced) = store.enforced(1).await?.pop() else { return Ok(None) };
    let set = store.policy_set(&enforced.version).await?;
    let missing = || Error::Damaged(format!("policy set {} is missing", enforced.version));
    Ok(Some(unkept(set.ok_or_else(missing)?)))
}

/// What a store remembers of the past.
pub struct Past {
    /// A judge who remembers every event of the store.
    pub judge: Judge,
    /// The counts over everything.
    pub tallies: Tallies,
}

/// Rebuilds the state of `rules` from the log of `store`; `progress` is told how far it is.
///
/// # Errors
///
/// If the store cannot be read or does not fit together.
pub async fn rebuild(
    store: &Store,
    rules: Arc<Rules>,
    progress: &mut dyn FnMut(u64),
) -> Result<Past, Error> {
    let mut past = Past { judge: Judge::new(rules), tallies: Tallies::new() };
    let size = store.size().await?;
    let mut from = 0;
    while from < size {
        let until = (from + u64::from(CHUNK)).min(size);
        remember(store, &mut past, (from, until)).await?;
        from = until;
        progress(from);
    }
    Ok(past)
}

async fn remember(store: &Store, past: &mut Past, (from, until): (u64, u64)) -> Result<(), Error> {
    let mut records = store.records(from, until).await?.into_iter().peekable();
    for row in store.log(from, until).await? {
        let record = records.next_if(|record| record.seq == row.seq);
        let Some((event, facts)) = event_and_facts(row.event.as_deref(), row.facts.as_deref())?
        else {
            continue;
        };
        let decision = record.and_then(|record| record.decision);
        let decision: Option<Decision> =
            decision.map(|bytes| serde_json::from_slice(&bytes)).transpose()?;
        let before = past.judge.before(&event);
        tally::count((&event, &facts, before), decision.as_ref(), &mut past.tallies);
        past.judge.recall(&event, &facts, decision.as_ref());
    }
    Ok(())
}

/// A kept event with its facts; nothing if they were erased.
pub(crate) fn event_and_facts(
    event: Option<&[u8]>,
    facts: Option<&[u8]>,
) -> Result<Option<(Event, Facts)>, Error> {
    let (Some(event), Some(facts)) = (event, facts) else { return Ok(None) };
    let event =
        Event::parse(event).map_err(|reject| Error::Damaged(format!("an event: {reject}")))?;
    let facts = if facts.is_empty() { Facts::default() } else { serde_json::from_slice(facts)? };
    Ok(Some((event, facts)))
}
