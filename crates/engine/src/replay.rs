//! Reads a store's log again, in order: to rebuild state, to verify, to find a person's data.

use std::collections::HashMap;
use std::sync::Arc;

use decide::{PolicySet, Source};
use rayon::prelude::*;
use store::{Activated, DailyCounts, LogRow, PolicySetRow, Store};
use types::{Decision, Event, Facts};

use crate::error::Error;
use crate::judge::StatePart;
use crate::{Judge, Rules, daily_count, snapshot};

/// Entries read at a time.
pub(crate) const CHUNK: u32 = 4000;

/// The stored form of `policies`.
///
/// # Errors
///
/// [`Error::Store`] if it cannot be compressed.
pub fn stored(policies: &PolicySet) -> Result<PolicySetRow, Error> {
    let sources = policies.sources().iter();
    let files = sources.map(|source| (source.name.as_str(), source.text.as_str()));
    Ok(PolicySetRow::new(policies.version().0, &files.collect::<Vec<_>>())?)
}

/// The policy set of a row.
///
/// # Errors
///
/// [`Error::Store`] or [`Error::Damaged`] if it is damaged.
pub fn read(row: &PolicySetRow) -> Result<PolicySet, Error> {
    let files = row.files()?;
    if let Some((name, _)) = files.iter().find(|(name, _)| !decide::is_name(name)) {
        let version = &row.version;
        return Err(Error::Damaged(format!("policy set {version} has a file called `{name}`")));
    }
    let source = |(name, text)| Source { name, text };
    Ok(PolicySet::new(files.into_iter().map(source).collect()))
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
    /// [`Error::Damaged`] if the store lacks the set or it was changed; [`Error::Policies`] if it
    /// does not compile.
    pub async fn rules(&mut self, store: &Store, version: &str) -> Result<Arc<Rules>, Error> {
        if let Some(rules) = self.known.get(version) {
            return Ok(Arc::clone(rules));
        }
        let set = store.policy_set(version).await?;
        let set = set.ok_or_else(|| Error::Damaged(format!("policy set {version} is missing")))?;
        let policies = read(&set)?;
        if policies.version().0 != version {
            return Err(Error::Damaged(format!("policy set {version} was changed")));
        }
        let rules = Rules::load(&policies).map_err(|_| Error::Policies(version.to_owned()))?;
        let rules = Arc::new(rules);
        self.known.insert(version.to_owned(), Arc::clone(&rules));
        Ok(rules)
    }
}

/// The policy set in force in `store`; `None` in an empty one.
///
/// # Errors
///
/// [`Error::Store`] if the store cannot be read; [`Error::Damaged`] if it lacks the set.
pub async fn in_force(store: &Store) -> Result<Option<PolicySet>, Error> {
    let Some(activated) = store.activated(1).await?.pop() else { return Ok(None) };
    let set = store.policy_set(&activated.version).await?;
    let missing = || Error::Damaged(format!("policy set {} is missing", activated.version));
    read(&set.ok_or_else(missing)?).map(Some)
}

/// A replay of the log into a state.
pub(crate) struct Replay {
    judge: Judge,
    /// For each part of the state, the number of entries that it contains.
    held: Vec<u64>,
    /// The policy sets that came into force, with their places.
    activated: Vec<Activated>,
    library: Library,
    /// The counts over the whole log, for a store that lacks them.
    daily_counts: Option<DailyCounts>,
}

impl Replay {
    /// Starts from the snapshots that fit the store, under the policies of their time.
    pub(crate) async fn begin(
        store: &Store,
        rules: &Arc<Rules>,
        threads: usize,
    ) -> Result<Self, Error> {
        let size = store.size().await?;
        let mut activated = store.activated(u32::MAX).await?;
        activated.reverse();
        let is_uncounted = size > 0 && store.has_no_daily_counts().await?;
        let mut replay = Self {
            judge: Judge::with_threads(Arc::clone(rules), threads),
            held: vec![0; snapshot::COUNT],
            activated,
            library: Library::default(),
            daily_counts: is_uncounted.then(DailyCounts::new),
        };
        if size > 0 && !is_uncounted {
            replay.restore(store, size).await?;
        }
        Ok(replay)
    }

    async fn restore(&mut self, store: &Store, size: u64) -> Result<(), Error> {
        let mut kept = Vec::new();
        for number in 0..snapshot::COUNT {
            let bytes = store.snapshots().read(&snapshot::name(number));
            let mark = bytes.as_deref().and_then(|bytes| snapshot::mark(bytes, number));
            let mark = mark.map(|(mark, _)| mark);
            if let (Some(bytes), Some(mark)) = (bytes, mark)
                && is_of(store, &mark, size).await?
            {
                kept.push((number, mark.seq, bytes));
            }
        }
        if kept.len() < snapshot::COUNT {
            // The log must be read from its beginning anyway.
            return Ok(());
        }
        let from = kept.iter().map(|(_, seq, _)| *seq).min().unwrap_or(0);
        self.activate_as_of(store, from).await?;
        for (number, seq, bytes) in kept {
            let state = self.judge.state_mut();
            let rest = snapshot::mark(&bytes, number).map_or(&[][..], |(_, rest)| rest);
            if !snapshot::restore(state, number, rest) {
                let rules = Arc::clone(self.judge.rules());
                self.judge = Judge::with_threads(rules, self.judge.threads());
                self.held.fill(0);
                return Ok(());
            }
            self.held[number] = seq;
        }
        Ok(())
    }

    /// Uses the policies that were in force when the ledger had `seq` entries.
    async fn activate_as_of(&mut self, store: &Store, seq: u64) -> Result<(), Error> {
        let before = self.activated.iter().rev().find(|activated| activated.seq < seq);
        let Some(activated) = before else { return Ok(()) };
        match self.library.rules(store, &activated.version).await {
            Ok(rules) => drop(self.judge.activate(rules)),
            // This build cannot compile the set: its counters are not restored, everything else is.
            Err(Error::Policies(_)) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Reads the entries that the parts do not contain yet; `progress` gets the number of entries
    /// read.
    pub(crate) async fn run(
        &mut self,
        store: &Store,
        progress: &mut dyn FnMut(u64),
    ) -> Result<(), Error> {
        let size = store.size().await?;
        let mut from = self.held.iter().copied().min().unwrap_or(0);
        while from < size {
            self.activate_as_of(store, from + 1).await?;
            let change = self.activated.iter().map(|activated| activated.seq);
            let change = change.filter(|seq| *seq > from).min().unwrap_or(size);
            let until = (from + u64::from(CHUNK)).min(size).min(change);
            self.remember(store, (from, until)).await?;
            from = until;
            progress(from);
        }
        Ok(())
    }

    /// Whether the snapshots contained all entries of a ledger of `size`.
    pub(crate) fn is_kept(&self, size: u64) -> bool {
        self.held.iter().all(|held| *held == size)
    }

    /// The judge with the restored state, and the counts if the store lacks them.
    pub(crate) fn end(self) -> (Judge, Option<DailyCounts>) {
        (self.judge, self.daily_counts)
    }

    async fn remember(&mut self, store: &Store, (from, until): (u64, u64)) -> Result<(), Error> {
        let mut records = store.records(from, until).await?.into_iter().peekable();
        let mut rows = Vec::new();
        for row in store.log(from, until).await? {
            let record = records.next_if(|record| record.seq == row.seq);
            rows.push((row, record.and_then(|record| record.decision)));
        }
        let read = |(row, decision): (LogRow, Option<Vec<u8>>)| -> Result<_, Error> {
            let pair = event_and_facts(row.event.as_deref(), row.facts.as_deref())?;
            let Some((event, facts)) = pair else { return Ok(None) };
            let decision: Option<Decision> =
                decision.map(|bytes| serde_json::from_slice(&bytes)).transpose()?;
            Ok(Some((row.seq, event, facts, decision)))
        };
        let read: Result<Vec<Option<_>>, Error> = rows.into_par_iter().map(read).collect();
        let read: Vec<(u64, Event, Facts, Option<Decision>)> =
            read?.into_iter().flatten().collect();
        if let Some(daily_counts) = &mut self.daily_counts {
            for (_, event, facts, decision) in &read {
                let before = self.judge.before(event);
                daily_count::count((event, facts, before), decision.as_ref(), daily_counts);
            }
        }
        let held = &self.held;
        let is_new = |part: StatePart, at: usize| held[snapshot::number(part)] <= read[at].0;
        let events: Vec<_> = read
            .iter()
            .map(|(_, event, facts, decision)| (event, facts, decision.as_ref()))
            .collect();
        self.judge.recall(&events, &is_new);
        Ok(())
    }
}

/// Whether a part was taken from this ledger.
async fn is_of(store: &Store, mark: &snapshot::Mark, size: u64) -> Result<bool, Error> {
    let Some(last) = mark.seq.checked_sub(1).filter(|last| *last < size) else {
        return Ok(false);
    };
    let entry = store.entries(last, 1).await?.pop();
    Ok(entry.is_some_and(|entry| entry.hash.0 == mark.last))
}

/// A stored event with its facts; `None` if they were erased.
///
/// # Errors
///
/// [`Error::Damaged`] or [`Error::Json`] if they cannot be read.
pub fn event_and_facts(
    event: Option<&[u8]>,
    facts: Option<&[u8]>,
) -> Result<Option<(Event, Facts)>, Error> {
    let (Some(event), Some(facts)) = (event, facts) else { return Ok(None) };
    let event =
        Event::parse(event).map_err(|reject| Error::Damaged(format!("an event: {reject}")))?;
    let facts = if facts.is_empty() { Facts::default() } else { serde_json::from_slice(facts)? };
    Ok(Some((event, facts)))
}
