//! Judging again. After a change of policies, lists or designations, live content that the new ones
//! decide differently is found, and resubmitted as an event of its own, which is judged, recorded
//! and enacted like any other.
//!
//! The search is based on what was recorded: the event and the facts before it, judged only by the
//! rules that changed. So a changed counter is not considered; a back-test does that. Content whose
//! restrictions would be lifted is found and reported, but not resubmitted: what a machine did is
//! undone by a human.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use decide::{PolicySet, Program};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use store::Store;
use tokio::runtime::Handle;
use types::{Data, Decision, Effect, Event, Facts, Incoming, Trait, data};

use crate::bench::{Bench, Input};
use crate::counters::{Digest, digest};
use crate::error::Error;
use crate::replay::{CHUNK, event_and_facts};
use crate::state::recorded_counters;
use crate::{Rules, rejudge};

/// The most contents shown as examples.
const SAMPLE_MAX: usize = 50;

/// A policy set with its files, before or after a change.
#[derive(Clone)]
pub struct PolicySide {
    /// The files.
    pub policy_set: Arc<PolicySet>,
    /// The same set, compiled.
    pub rules: Arc<Rules>,
}

/// What to search for, and where.
pub struct Search {
    /// The store.
    pub store: Store,
    /// The runtime that its statements run in.
    pub handle: Handle,
    /// The policies by which content was judged.
    pub before: PolicySide,
    /// The policies by which content is to be judged.
    pub after: PolicySide,
    /// The place from which events were judged by them; `None` if they are not in force.
    pub after_from: Option<u64>,
}

/// Content that is decided differently.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Affected {
    /// The place of its event in the ledger.
    pub seq: u64,
    /// The content: `content/ID`.
    pub subject: String,
    /// The effects of the rules before the change.
    pub before: Vec<String>,
    /// The effects of the rules after the change.
    pub after: Vec<String>,
    /// The changed rules that match it.
    pub rules: Vec<String>,
}

/// The result of a search.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchResult {
    /// Rules that changed, or whose lists changed.
    pub changed: Vec<String>,
    /// Number of events examined.
    pub examined: u64,
    /// Number of live contents that get new effects.
    pub affected: u64,
    /// Number of live contents that only lose effects.
    pub lifted: u64,
    /// Number of affected contents, by the effects that are new to them.
    pub by_effect: BTreeMap<String, u64>,
    /// Some of the contents, as examples.
    pub sample: Vec<Affected>,
    /// The places of the affected contents, ascending.
    #[serde(skip)]
    pub seqs: Vec<u64>,
}

/// The numbers of the rules of `after` that differ from those of `before`, or that read a list that
/// differs.
#[must_use]
pub fn changed(before: &PolicySide, after: &PolicySide) -> Vec<u32> {
    let (old, new) = (&before.rules.program, &after.rules.program);
    let is_other_list = |name: &str| {
        let path = format!("lists/{name}.txt");
        before.policy_set.text(&path) != after.policy_set.text(&path)
    };
    let is_changed = |number: u32| {
        let rule = &new.rules[number as usize];
        let known = old.rules.iter().find(|known| known.id == rule.id);
        let is_same = known.is_some_and(|known| {
            let policy = |program: &Program, at: usize| program.policies.get(at).cloned();
            (&known.text, &known.then, &known.if_unknown, known.stage)
                == (&rule.text, &rule.then, &rule.if_unknown, rule.stage)
                && policy(old, known.policy) == policy(new, rule.policy)
        });
        !is_same || new.lists_of(number as usize).into_iter().any(is_other_list)
    };
    (0..).take(new.rules.len()).filter(|number| is_changed(*number)).collect()
}

/// Searches for live content that is decided differently. `progress` gets the share done, from 0 to
/// 1, and stops the search by returning `false`; the result is then `None`.
///
/// # Errors
///
/// [`Error::Store`] if the store cannot be read; [`Error::Damaged`] if its contents are
/// inconsistent.
#[expect(clippy::cast_precision_loss, reason = "a share to show")]
pub fn search(
    search: &Search,
    progress: &mut dyn FnMut(f64) -> bool,
) -> Result<Option<SearchResult>, Error> {
    let numbers = changed(&search.before, &search.after);
    let names: HashSet<&str> = numbers
        .iter()
        .map(|number| search.after.rules.program.rules[*number as usize].id.as_str())
        .chain(gone(&search.before.rules.program, &search.after.rules.program))
        .collect();
    let mut look = Look { names, ..Look::default() };
    let size = search.handle.block_on(search.store.size())?;
    let mut from = 0;
    while from < size && !look.names.is_empty() {
        if !progress(from as f64 / size as f64) {
            return Ok(None);
        }
        let until = (from + u64::from(CHUNK)).min(size);
        look.take(search, (from, until))?;
        from = until;
    }
    progress(1.0);
    Ok(Some(look.end()))
}

/// Rules that no longer exist.
fn gone<'a>(before: &'a Program, after: &'a Program) -> impl Iterator<Item = &'a str> {
    let is_gone = |id: &&str| !after.rules.iter().any(|rule| rule.id == *id);
    before.rules.iter().map(|rule| rule.id.as_str()).filter(is_gone)
}

/// A running search.
#[derive(Default)]
struct Look<'a> {
    /// The rules that changed or were removed.
    names: HashSet<&'a str>,
    examined: u64,
    affected: HashMap<Digest, Affected>,
    /// Contents that were removed or deleted.
    over: HashSet<Digest>,
}

/// What one event says about its content.
enum EventMeaning {
    /// It is decided differently, or not.
    Judged(Option<Affected>),
    /// It is no longer live.
    Over,
}

impl Look<'_> {
    fn take(&mut self, search: &Search, (from, until): (u64, u64)) -> Result<(), Error> {
        let rows = search.handle.block_on(search.store.log(from, until))?;
        let records = search.handle.block_on(search.store.records(from, until))?;
        let removed: HashSet<u64> = records
            .iter()
            .filter(|record| record.decision.as_deref().is_some_and(removes))
            .map(|record| record.seq)
            .collect();
        let names = &self.names;
        let read = |row: store::LogRow| -> Result<Option<(Digest, EventMeaning)>, Error> {
            let pair = event_and_facts(row.event.as_deref(), row.facts.as_deref())?;
            let Some((event, facts)) = pair else { return Ok(None) };
            let Some(content) = event.content_id().map(|id| digest(id.as_bytes())) else {
                return Ok(None);
            };
            let said = match event.kind {
                kind if kind.is(Trait::Ends) => EventMeaning::Over,
                _ if removed.contains(&row.seq) => EventMeaning::Over,
                // It was judged so already, also if this resubmitted it.
                _ if is_content(&event)
                    && search.after_from.is_some_and(|from| from <= row.seq) =>
                {
                    EventMeaning::Judged(None)
                }
                _ if is_content(&event) => {
                    EventMeaning::Judged(judge(search, names, (row.seq, &event, &facts)))
                }
                _ => return Ok(None),
            };
            Ok(Some((content, said)))
        };
        let said: Result<Vec<Option<_>>, Error> = rows.into_par_iter().map(read).collect();
        for (content, said) in said?.into_iter().flatten() {
            self.put(content, said);
        }
        Ok(())
    }

    fn put(&mut self, content: Digest, said: EventMeaning) {
        self.examined += 1;
        match said {
            EventMeaning::Over => {
                self.affected.remove(&content);
                self.over.insert(content);
            }
            EventMeaning::Judged(_) if self.over.contains(&content) => {}
            // The latest event counts.
            EventMeaning::Judged(Some(affected)) => {
                self.affected.insert(content, affected);
            }
            EventMeaning::Judged(None) => {
                self.affected.remove(&content);
            }
        }
    }

    fn end(self) -> SearchResult {
        let mut found = SearchResult { examined: self.examined, ..SearchResult::default() };
        found.changed = self.names.iter().map(|name| (*name).to_owned()).collect();
        found.changed.sort_unstable();
        let mut all: Vec<Affected> = self.affected.into_values().collect();
        all.sort_unstable_by_key(|affected| affected.seq);
        for affected in all {
            let new = affected.after.iter().filter(|effect| !affected.before.contains(effect));
            let new: Vec<String> = new.cloned().collect();
            if new.is_empty() {
                found.lifted += 1;
            } else {
                found.affected += 1;
                found.seqs.push(affected.seq);
                new.into_iter().for_each(|e| *found.by_effect.entry(e).or_default() += 1);
            }
            if found.sample.len() < SAMPLE_MAX {
                found.sample.push(affected);
            }
        }
        found
    }
}

/// Whether `event` is one by which content is judged.
const fn is_content(event: &Event) -> bool {
    event.kind.is(Trait::Public)
}

fn removes(decision: &[u8]) -> bool {
    let decision: Result<Decision, _> = serde_json::from_slice(decision);
    decision.is_ok_and(|decision| decision.effects.contains(&Effect::Remove))
}

/// How an event is decided differently; `None` if the rules that changed decide the same.
fn judge(
    search: &Search,
    names: &HashSet<&str>,
    (seq, event, facts): (u64, &Event, &Facts),
) -> Option<Affected> {
    let mut bench = Bench::default();
    let mut speaks = |rules: &Rules| -> Vec<String> {
        let program = &rules.program;
        let is_asked = |number: &u32| names.contains(program.rules[*number as usize].id.as_str());
        let among: Vec<u32> = program.rules_on(event.kind).into_iter().filter(is_asked).collect();
        if among.is_empty() {
            return vec![];
        }
        let counters = recorded_counters(event, facts, program);
        let input = Input { event, facts, counters: &counters };
        let decision = bench.decide_among((rules, &among), input);
        let reasons = decision.into_iter().flat_map(|decision| decision.reasons);
        reasons.map(|reason| reason.rule).collect()
    };
    let (was, is) = (speaks(&search.before.rules), speaks(&search.after.rules));
    if was.is_empty() && is.is_empty() {
        return None;
    }
    let effects = |rules: &Rules| {
        let decision = rejudge(rules, event, facts);
        let effects = decision.map(|decision| decision.effects).unwrap_or_default();
        effects.iter().map(|effect| effect.name().to_owned()).collect::<Vec<_>>()
    };
    let (before, after) = (effects(&search.before.rules), effects(&search.after.rules));
    let mut rules = if is.is_empty() { was } else { is };
    rules.dedup();
    let subject = event.about().0;
    (before != after).then_some(Affected { seq, subject, before, after, rules })
}

/// The events that resubmit what was found at `seqs`, to be judged under the policies in force, as
/// of the time when they happened. If they are submitted twice, the second ones are duplicates.
///
/// # Errors
///
/// [`Error::Store`] if the store cannot be read; [`Error::Json`] if an event cannot be written as
/// JSON.
pub async fn again(
    store: &Store,
    seqs: &[u64],
    (version, reason): (&str, &str),
) -> Result<Vec<Incoming>, Error> {
    let mut found = Vec::with_capacity(seqs.len());
    for seq in seqs {
        let Some(row) = store.log(*seq, seq + 1).await?.pop() else { continue };
        let Some((event, _)) = event_and_facts(row.event.as_deref(), Some(&[]))? else { continue };
        let of = format!("{} {}", event.source, event.id);
        let rejudge = data::Rejudge { of, reason: Some(reason.to_owned()) };
        let short = version.get(..12).unwrap_or(version);
        let again = Event {
            id: format!("{}~{short}", event.key().hex()),
            source: types::event::OURSELVES.to_owned(),
            data: Data { rejudge: Some(rejudge.into()), ..event.data },
            ..event
        };
        let json = serde_json::to_vec(&again)?;
        found.push(Incoming { place: *seq, event: again, json });
    }
    Ok(found)
}
