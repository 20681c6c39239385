//! Reads a store's log again, in order: to rebuild state, to verify, to find a person's data.

use std::collections::HashMap;
use std::sync::Arc;

use decide::{Pack, Source};
use ledger::Entry;
use store::{PolicySet, Store};
use types::{Decision, Event, Facts};

use crate::error::Error;
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

/// The policy set that the last such entry put in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InForce {
    /// The place of the entry.
    pub seq: u64,
    /// The version of the set.
    pub version: String,
    /// The version of the detectors.
    pub detectors: u32,
}

/// What a store remembers of the past.
pub struct Past {
    /// A judge who remembers every event of the store.
    pub judge: Judge,
    /// The policy set in force; nothing in an empty store.
    pub policies: Option<InForce>,
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
    let mut past = Past { judge: Judge::new(rules), policies: None };
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
    for sealed in store.entries(from, CHUNK).await? {
        if sealed.body.starts_with(b"{\"kind\":\"policies\"")
            && let Ok(Entry::Policies { version, detectors }) = serde_json::from_slice(&sealed.body)
        {
            past.policies = Some(InForce { seq: sealed.seq, version, detectors });
        }
    }
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
