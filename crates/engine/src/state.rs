//! The state that is carried from event to event: standing, flags, views, counters, clusters of
//! texts, paused rules.
//!
//! It is derived: replaying the log gives the same state. A batch of events is processed in steps,
//! each over all events in order: the facts about accounts and content, then the counters, then,
//! once decisions are made, strikes. So a step can be shared among threads, each with its own
//! parts, and the result is the same for any number of threads.

use std::collections::BTreeMap;
use std::sync::Arc;

use decide::Program;
use types::{Decision, Effect, Event, EventType, FIELDS, Facts, Standing, Subject, Trait, Value};

use crate::clusters::Clusters;
use crate::counters::{Amount, Digest, Meter, digest};
use crate::partition::{PARTS, Partition, Wants, meters, part_of, published_now};
use crate::reporters::{Record, Reporters};

/// The most entries of a list that counters count by.
const LIST_KEYS_MAX: usize = 20;

/// The state that is carried from event to event.
#[derive(Debug)]
pub struct State {
    pub(crate) parts: Vec<Partition>,
    pub(crate) clusters: Clusters,
    pub(crate) reporters: Reporters,
    /// Paused rules, each with the time and the reason of the pause.
    pub(crate) paused: BTreeMap<Arc<str>, (i64, String)>,
    pub(crate) wants: Wants,
    /// How the counters count, by number.
    pub(crate) meters: Vec<Arc<Meter>>,
}

/// A rule whose effects are paused.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Paused {
    /// The rule.
    pub rule: String,
    /// When it was paused, in milliseconds since 1970.
    pub since_ms: i64,
    /// The reason.
    pub why: String,
}

/// What is recorded about an account or content.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct SubjectState {
    /// The standing of an account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standing: Option<Standing>,
    /// Number of flags raised.
    pub flags: u32,
    /// Number of flags raised, by reason.
    pub flags_for: BTreeMap<String, u32>,
    /// How often flags of the account were found right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flagging: Option<Record>,
    /// The accounts that flagged it, at most 256; the platform answers them once something was
    /// done.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub flagged_by: Vec<String>,
    /// Number of views of content.
    pub views: u64,
    /// When content was published, in milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published_ms: Option<i64>,
    /// Whether content was removed.
    pub is_removed: bool,
    /// The account that posted content, if remembered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The language of content, if remembered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lang: Option<String>,
    /// The medium of content: `video`, `photo`, …, if remembered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub medium: Option<&'static str>,
    /// Whether an event about it is remembered.
    #[serde(skip)]
    pub is_seen: bool,
    /// Whether something was forgotten for lack of room, so that what is not remembered may still
    /// have been seen.
    #[serde(skip)]
    pub may_be_forgotten: bool,
}

/// The size of the state, and what was forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Number of accounts with something recorded.
    pub accounts: u64,
    /// Number of counter keys.
    pub keys: u64,
    /// Number of counter keys dropped for lack of room although their window had not run out.
    pub evicted: u64,
    /// Number of contents, flagged accounts and clusters forgotten for lack of room.
    pub forgotten: u64,
}

/// An access to a counter: one event, one counter, one key.
pub(crate) struct Touch {
    pub(crate) event: u32,
    pub(crate) counter: u16,
    pub(crate) key: Digest,
    pub(crate) reads: bool,
    pub(crate) adds: Option<Amount>,
}

impl State {
    /// Forgets `subjects`, as if the log had never named them. Counters stay: they contain digests
    /// of keys and no names.
    pub(crate) fn forget(&mut self, subjects: &[Subject]) {
        for subject in subjects {
            let part = part_of(digest(subject.id().as_bytes()));
            self.parts[part].forget(subject);
            self.reporters.forget(subject);
        }
    }

    /// An empty state for `program`.
    #[must_use]
    pub fn new(program: &Program) -> Self {
        let mut state = Self {
            parts: (0..PARTS).map(|_| Partition::default()).collect(),
            clusters: Clusters::default(),
            reporters: Reporters::default(),
            paused: BTreeMap::new(),
            wants: Wants::default(),
            meters: Vec::new(),
        };
        state.activate(program);
        state
    }

    /// Continues under `program`.
    pub fn activate(&mut self, program: &Program) {
        self.wants = Wants::of(program);
        self.meters = meters(program);
        for part in &mut self.parts {
            part.activate(&self.meters);
        }
    }

    /// The size of the state.
    #[must_use]
    pub fn size(&self) -> Size {
        let mut size = Size { forgotten: self.clusters.forgotten(), ..Size::default() };
        for part in &self.parts {
            size.accounts += part.accounts() as u64;
            size.forgotten += part.forgotten();
            for (keys, evicted) in part.keys() {
                size.keys += keys as u64;
                size.evicted += evicted;
            }
        }
        size
    }

    /// The rules that are paused.
    #[must_use]
    pub fn paused(&self) -> Vec<Paused> {
        let paused = self.paused.iter().map(|(rule, (since_ms, why))| Paused {
            rule: rule.to_string(),
            since_ms: *since_ms,
            why: why.clone(),
        });
        paused.collect()
    }

    /// What is recorded about `subject`.
    #[must_use]
    pub fn known(&self, subject: &Subject) -> SubjectState {
        let Some((kind, id)) = subject.0.split_once('/') else { return SubjectState::default() };
        let part = &self.parts[part_of(digest(id.as_bytes()))];
        let mut known =
            SubjectState { may_be_forgotten: part.forgotten() > 0, ..SubjectState::default() };
        let flags = match kind {
            "account" => {
                known.standing = part.standing(id);
                known.flagging = self.reporters.record(id);
                part.account_flags(id)
            }
            "content" => {
                let Some(seen) = part.contents.get(id) else { return known };
                known.views = seen.views;
                known.published_ms = seen.published_ms;
                known.is_removed = seen.is_removed;
                known.owner = seen.owner.as_deref().map(str::to_owned);
                (known.lang, known.medium) = (seen.lang(), seen.medium());
                known.is_seen = true;
                seen.flags.as_deref()
            }
            _ => None,
        };
        known.flagged_by = self.reporters.of(subject);
        if let Some(flags) = flags {
            known.flags = flags.total;
            known.flags_for = flags.by_reason();
        }
        known
    }

    fn seen(&self, event: &Event) -> Option<&crate::partition::SeenContent> {
        let id = event.content_id()?;
        self.parts[part_of(digest(id.as_bytes()))].contents.get(id)
    }

    /// When the content of `event` was published; `None` if unknown.
    pub(crate) fn published(&self, event: &Event) -> Option<i64> {
        let known = self.seen(event).and_then(|seen| seen.published_ms);
        known.or_else(|| published_now(event))
    }

    /// Whether the content of `event` was removed.
    pub(crate) fn is_removed(&self, event: &Event) -> bool {
        self.seen(event).is_some_and(|seen| seen.is_removed)
    }

    /// Adds the text of `event` to a cluster, or returns the cluster of its content.
    pub(crate) fn cluster(
        &mut self,
        event: &Event,
        sketch: Option<signal::near::Sketch>,
    ) -> Option<types::Cluster> {
        let content = event.content_id()?;
        if let Some(sketch) = sketch {
            let fresh = u64::from_str_radix(&event.key().hex()[..16], 16).unwrap_or(0);
            return Some(self.clusters.join(content, sketch, fresh));
        }
        let verdict = event.data.case.as_ref().and_then(|case| case.verdict.as_deref());
        self.clusters.of(content, verdict)
    }

    /// Updates the paused rules.
    pub(crate) fn observe_rule(&mut self, event: &Event) {
        let Some(rule) = &event.data.rule else { return };
        match event.kind {
            EventType::RulePaused => {
                let why = rule.reason.clone().unwrap_or_default();
                let since = (event.time.as_millisecond(), why);
                self.paused.insert(rule.id.as_str().into(), since);
            }
            EventType::RuleResumed => {
                self.paused.remove(rule.id.as_str());
            }
            _ => {}
        }
    }

    /// Updates whether content is removed.
    pub(crate) fn observe_removal(&mut self, event: &Event, decision: &Decision) {
        let is_removed = decision.effects.contains(&Effect::Remove);
        let lifts = event.data.case.as_ref().and_then(|case| case.lifts) != Some(false);
        let is_replaced = lifts && !decision.supersedes.is_empty();
        if (is_removed || is_replaced)
            && let Some(content) = event.content_id()
        {
            self.parts[part_of(digest(content.as_bytes()))].remove(content, is_removed);
        }
    }
}

/// Whether `event` contains a text that may join a cluster.
pub(crate) const fn brings_text(event: &Event) -> bool {
    event.kind.is(Trait::Brings) && event.data.rejudge.is_none()
}

/// The accesses of `event` to counters: to those that rules read on it, and to those of `counted`.
pub(crate) fn touches(
    (number, event, facts): (u32, &Event, &Facts),
    program: &Program,
    counted: &[u32],
    out: &mut Vec<Touch>,
) {
    let mut known = Digests::default();
    for (at, counter) in (0..).zip(&program.counters) {
        let reads = counter.is_read_on(event.kind);
        // An event that is judged again was counted before.
        let adds = event.data.rejudge.is_none() && counted.contains(&u32::from(at));
        if !reads && !adds {
            continue;
        }
        let amount = match (adds, counter.value) {
            (false, _) => None,
            (true, None) => Some(Amount::One),
            // An event without the value has nothing to add.
            (true, Some(value)) => amount(value, counter.measure, event, facts),
        };
        if !reads && amount.is_none() {
            continue;
        }
        let touch = |key| Touch { event: number, counter: at, key, reads, adds: amount };
        known.keys(counter.by, (event, facts), |key| out.push(touch(key)));
    }
}

/// Digests of the keys of one event, since many counters count by the same fields.
#[derive(Default)]
struct Digests {
    known: [(usize, Digest); 8],
    count: usize,
}

impl Digests {
    fn keys(
        &mut self,
        field: usize,
        (event, facts): (&Event, &Facts),
        mut visit: impl FnMut(Digest),
    ) {
        if let Some((_, key)) = self.known[..self.count].iter().find(|(known, _)| *known == field) {
            return visit(*key);
        }
        let is_list = FIELDS[field].kind == types::Kind::Strs;
        let mut found = None;
        keys(field, event, facts, |key| {
            found = Some(key);
            visit(key);
        });
        if let Some(key) = found.filter(|_| !is_list && self.count < self.known.len()) {
            self.known[self.count] = (field, key);
            self.count += 1;
        }
    }
}

/// Calls `visit` with the digest of each value of a field.
fn keys(field: usize, event: &Event, facts: &Facts, mut visit: impl FnMut(Digest)) {
    match (FIELDS[field].load)(event, facts) {
        Value::Unknown => {}
        Value::Str(text) => visit(digest(text.as_bytes())),
        Value::Strs(texts) => {
            let mut seen: Vec<&str> =
                texts.iter().map(String::as_str).take(LIST_KEYS_MAX).collect();
            seen.sort_unstable();
            seen.dedup();
            seen.into_iter().for_each(|text| visit(digest(text.as_bytes())));
        }
        other => visit(digest(other.to_string().as_bytes())),
    }
}

/// What `event` adds to a counter over the values of `field`.
fn amount(field: usize, measure: decide::Measure, event: &Event, facts: &Facts) -> Option<Amount> {
    let value = (FIELDS[field].load)(event, facts);
    if measure == decide::Measure::Distinct {
        #[expect(clippy::cast_possible_truncation, reason = "64 bits are enough to differ")]
        let short = |bytes: &[u8]| Amount::Value(digest(bytes) as u64);
        return match value {
            Value::Unknown => None,
            Value::Str(text) => Some(short(text.as_bytes())),
            other => Some(short(other.to_string().as_bytes())),
        };
    }
    match value {
        Value::Int(number) => Some(Amount::Whole(number)),
        Value::Double(number) => Some(Amount::Double(number)),
        _ => None,
    }
}

/// The counters recorded in `facts`, by number, as they were when the facts were fetched.
#[must_use]
pub fn recorded_counters(event: &Event, facts: &Facts, program: &Program) -> Vec<Value<'static>> {
    let recorded = |counter: &decide::Counter| {
        let has_key = || {
            let mut any = false;
            keys(counter.by, event, facts, |_| any = true);
            any
        };
        if counter.is_read_on(event.kind) && has_key() {
            counter.seen(facts.counters.get(&counter.name))
        } else {
            Value::Unknown
        }
    };
    program.counters.iter().map(recorded).collect()
}
