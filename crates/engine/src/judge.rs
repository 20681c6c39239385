//! Judges events, each with the facts known before it.
//!
//! A batch goes through five steps: the facts about accounts and content; which counters count each
//! event; the values of the counters; the rules, account by account, since a decision may be a
//! strike; removals. Each step takes the events in order, so that the facts of an event are those
//! that all events before it left, whatever the size of batches and the number of threads.

use std::sync::Arc;

use decide::explain::Explanation;
use signal::{Memory, Signals, near};
use types::{Counted, Decision, Effect, Event, Facts, Value};

use crate::answers::Detectors;
use crate::bench::{Bench, Input};
use crate::counters::digest;
use crate::partition::part_of;
use crate::shards::Shards;
use crate::state::{Touch, brings_text, recorded_counters, touches};
use crate::{Rules, State};

/// Events that one thread takes through all steps together.
const BLOCK_ALONE: usize = 32;

/// Events that several threads take through each step together.
const BLOCK_SHARED: usize = 1024;

/// The result of judging an event.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The facts known before it.
    pub facts: Facts,
    /// The decision; `None` if neither a rule nor a human had anything to say.
    pub decision: Option<Decision>,
    /// The history of its content before it.
    pub before: Before,
}

/// The history of content before an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Before {
    /// When it was published, in milliseconds since 1970; `None` if unknown.
    pub published_ms: Option<i64>,
    /// Whether it was removed; set only for events that remove it.
    pub is_removed: bool,
}

/// Rules, state and working memory. One judge judges in one order.
pub struct Judge {
    rules: Arc<Rules>,
    state: State,
    shards: Shards,
    /// Working memory.
    touches: Vec<Touch>,
}

/// The facts of one event while they are fetched.
#[derive(Default)]
pub(crate) struct Draft {
    pub(crate) facts: Facts,
    /// The counters by number; unknown if no rule reads them.
    pub(crate) counters: Vec<Value<'static>>,
    pub(crate) counted: Vec<u32>,
    /// The values of counters that rules read, by number.
    read: Vec<(u16, Counted)>,
    /// When its content was published, if that was known before.
    pub(crate) published_ms: Option<i64>,
    pub(crate) decision: Option<Box<Decision>>,
    /// The parts of the state that contain its account and its content.
    pub(crate) account: Option<u16>,
    pub(crate) content: Option<u16>,
}

impl Judge {
    /// A judge with an empty state and one thread.
    #[must_use]
    pub fn new(rules: Arc<Rules>) -> Self {
        let state = State::new(&rules.program);
        Self::with_state(rules, state, 1)
    }

    /// A judge with an empty state and `threads` threads.
    #[must_use]
    pub fn with_threads(rules: Arc<Rules>, threads: usize) -> Self {
        let state = State::new(&rules.program);
        Self::with_state(rules, state, threads)
    }

    /// A judge with the state `state` and `threads` threads.
    #[must_use]
    pub fn with_state(rules: Arc<Rules>, state: State, threads: usize) -> Self {
        Self { rules, state, shards: Shards::new(threads), touches: Vec::new() }
    }

    /// The rules in force.
    #[must_use]
    pub const fn rules(&self) -> &Arc<Rules> {
        &self.rules
    }

    /// The number of threads that judge.
    #[must_use]
    pub const fn threads(&self) -> usize {
        self.shards.threads()
    }

    /// The state.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// The state, to be restored.
    pub(crate) const fn state_mut(&mut self) -> &mut State {
        &mut self.state
    }

    /// Judges `event` and updates the state.
    pub fn judge(&mut self, event: &Event) -> Judged {
        let mut judged = self.judge_all(&[event]);
        judged.pop().unwrap_or_else(|| Judged {
            facts: Facts::default(),
            decision: None,
            before: Before::default(),
        })
    }

    /// Judges `events` in order and updates the state.
    pub fn judge_all(&mut self, events: &[&Event]) -> Vec<Judged> {
        self.judge_among(events, None)
    }

    /// The same, if columns determined which rules can be true on each event.
    pub(crate) fn judge_among(
        &mut self,
        events: &[&Event],
        among: Option<&[&[u32]]>,
    ) -> Vec<Judged> {
        // With one thread, small blocks keep working memory in the cache; with several, large ones
        // keep all of them busy.
        let block = if self.shards.threads() == 1 { BLOCK_ALONE } else { BLOCK_SHARED };
        let mut judged = Vec::with_capacity(events.len());
        for (number, events) in events.chunks(block).enumerate() {
            let from = number * block;
            let among = among.map(|among| &among[from..from + events.len()]);
            self.judge_block(events, among, &mut judged);
        }
        judged
    }

    fn judge_block(&mut self, events: &[&Event], among: Option<&[&[u32]]>, out: &mut Vec<Judged>) {
        let mut drafts = self.facts(events);
        self.count(events, &mut drafts);
        self.shards.decide((&self.rules, among), &mut self.state.parts, events, &mut drafts);
        for (event, draft) in events.iter().zip(drafts) {
            let mut before = Before { published_ms: draft.published_ms, is_removed: false };
            if let Some(decision) = &draft.decision {
                if decision.effects.contains(&Effect::Remove) {
                    before.is_removed = self.state.is_removed(event);
                }
                self.state.observe_removal(event, decision);
            }
            let decision = draft.decision.map(|decision| *decision);
            out.push(Judged { facts: draft.facts, decision, before });
        }
    }

    /// Fetches the facts about accounts and content before each event.
    fn facts(&mut self, events: &[&Event]) -> Vec<Draft> {
        let part = |id: &str| u16::try_from(part_of(digest(id.as_bytes()))).ok();
        let draft = |event: &&Event| Draft {
            account: event.account_id().and_then(part),
            content: event.content_id().and_then(part),
            ..Draft::default()
        };
        let mut drafts: Vec<Draft> = events.iter().map(draft).collect();
        for (event, draft) in events.iter().zip(&mut drafts) {
            draft.facts.is_flag_ignored = self.state.reporters.observe(event);
        }
        let program = &self.rules.program;
        let wants = self.state.wants;
        self.shards.accounts(&mut self.state.parts, events, &mut drafts);
        self.shards.contents(&mut self.state.parts, (events, program, wants), &mut drafts);
        if wants.cluster {
            let sketches = self.shards.sketches(events);
            for ((event, draft), sketch) in events.iter().zip(&mut drafts).zip(sketches) {
                draft.facts.cluster = self.state.cluster(event, sketch);
            }
        }
        let is_about_rules = events.iter().any(|event| event.data.rule.is_some());
        if is_about_rules || !self.state.paused.is_empty() {
            for (event, draft) in events.iter().zip(&mut drafts) {
                let runs = |rule: &&Arc<str>| program.runs_on(rule, event.kind);
                draft.facts.paused = self.state.paused.keys().filter(runs).cloned().collect();
                self.state.observe_rule(event);
            }
        }
        drafts
    }

    /// Fetches the values of the counters before each event.
    fn count(&mut self, events: &[&Event], drafts: &mut [Draft]) {
        let program = &self.rules.program;
        if program.counters.is_empty() {
            return;
        }
        self.shards.counted(&self.rules, events, drafts);
        let all = &mut self.touches;
        all.clear();
        for ((number, event), draft) in (0..).zip(events).zip(drafts.iter_mut()) {
            draft.counters.resize(program.counters.len(), Value::Unknown);
            touches((number, event, &draft.facts), program, &draft.counted, all);
        }
        let held = self.shards.touch(&mut self.state.parts, events, all);
        for (touch, held) in all.iter().zip(held).filter(|(touch, _)| touch.reads) {
            let counter = &program.counters[usize::from(touch.counter)];
            let known = &mut drafts[touch.event as usize].counters[usize::from(touch.counter)];
            let seen = counter.seen(held);
            if !says_more(counter.measure, *known, seen) {
                continue;
            }
            *known = seen;
            if let Some(held) = held.filter(|held| Some(*held) != counter.measure.nothing()) {
                drafts[touch.event as usize].read.push((touch.counter, held));
            }
        }
        for draft in drafts {
            draft.facts.counters = named(program, &mut draft.read);
        }
    }

    /// The history of the content of `event` so far.
    #[must_use]
    pub fn before(&self, event: &Event) -> Before {
        let published_ms = self.state.published(event);
        Before { published_ms, is_removed: self.state.is_removed(event) }
    }

    /// Judges by `rules` from now on; the state stays. Returns the earlier rules, to be dropped
    /// where there is time for it.
    pub fn activate(&mut self, rules: Arc<Rules>) -> Arc<Rules> {
        self.state.activate(&rules.program);
        self.shards.forget();
        std::mem::replace(&mut self.rules, rules)
    }

    /// Updates the state with events that were judged earlier, without judging them again. Each
    /// goes only to the parts of the state that, according to `is_new`, do not contain it yet.
    pub fn recall(
        &mut self,
        events: &[(&Event, &Facts, Option<&Decision>)],
        is_new: &dyn Fn(StatePart, usize) -> bool,
    ) {
        for (at, (event, facts, decision)) in events.iter().enumerate() {
            self.recall_one((event, facts, *decision), &|part| is_new(part, at));
        }
    }

    fn recall_one(
        &mut self,
        (event, facts, decision): (&Event, &Facts, Option<&Decision>),
        is_new: &dyn Fn(StatePart) -> bool,
    ) {
        let program = &self.rules.program;
        let of = |id: &str| part_of(digest(id.as_bytes()));
        let state = &mut self.state;
        if let Some(part) = event.account_id().map(of).filter(|part| is_new(StatePart::Keys(*part)))
        {
            state.parts[part].observe_account(event, facts);
            if let (Some(account), Some(decision)) = (event.account_id(), decision) {
                state.parts[part].strike(account, event, decision);
            }
        }
        if let Some(part) = event.content_id().map(of).filter(|part| is_new(StatePart::Keys(*part)))
        {
            state.parts[part].observe_content(event, facts, (program, state.wants));
        }
        if is_new(StatePart::Rest) {
            if state.wants.cluster {
                let sketch = brings_text(event).then(|| near::sketch(event)).flatten();
                state.cluster(event, sketch);
            }
            state.observe_rule(event);
            state.reporters.observe(event);
        }
        if let Some(decision) = decision {
            state.observe_removal(event, decision);
        }
        let counted = self.shards.bench().counted(&self.rules, event, facts);
        let mut all = Vec::new();
        touches((0, event, facts), program, counted, &mut all);
        for touch in all {
            let part = part_of(touch.key);
            if let Some(amount) = touch.adds.filter(|_| is_new(StatePart::Keys(part))) {
                let counter = state.parts[part].counter(usize::from(touch.counter));
                counter.add(touch.key, event.time.as_millisecond(), amount);
            }
        }
    }
}

/// A part of the state, as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatePart {
    /// Everything whose digest has that remainder.
    Keys(usize),
    /// Clusters of texts, paused rules, and accounts that flag.
    Rest,
}

/// The values read, by name. For a list of keys, the value read last is the most significant.
fn named(program: &decide::Program, read: &mut [(u16, Counted)]) -> types::Counters {
    let rank = |counter: u16| program.counters[usize::from(counter)].rank;
    // Stable, so that the last of one counter stays the last.
    read.sort_by_key(|(counter, _)| rank(*counter));
    let mut named: Vec<(Arc<str>, Counted)> = Vec::with_capacity(read.len());
    for (counter, held) in read {
        let name = &program.counters[usize::from(*counter)].name;
        match named.last_mut() {
            Some((last, known)) if last == name => *known = *held,
            _ => named.push((Arc::clone(name), *held)),
        }
    }
    types::Counters::sorted(named)
}

/// Whether `new` is more significant than `old`: the earliest time, else the highest value.
fn says_more(measure: decide::Measure, old: Value<'_>, new: Value<'_>) -> bool {
    match (old, new) {
        (Value::Unknown, _) => true,
        (Value::Time(old), Value::Time(new)) => {
            (new < old) == (measure == decide::Measure::FirstSeen)
        }
        (Value::Int(old), Value::Int(new)) => new > old,
        (Value::Double(old), Value::Double(new)) => new > old,
        (Value::Bool(old), Value::Bool(new)) => new && !old,
        _ => false,
    }
}

/// Judges an event by recorded facts; the result is always the same.
#[must_use]
pub fn rejudge(rules: &Rules, event: &Event, facts: &Facts) -> Option<Decision> {
    let counters = recorded_counters(event, facts, &rules.program);
    Bench::default().decide(rules, Input { event, facts, counters: &counters })
}

/// Passes the value of `expression` on an event to `use_it`.
pub fn value<T>(
    rules: &Rules,
    (event, facts): (&Event, &Facts),
    expression: &decide::expression::Expression,
    use_it: impl FnOnce(Value<'_>) -> T,
) -> T {
    let memory = Memory::default();
    let answers = Detectors(Signals::new(&rules.lists, &memory, event, facts));
    let counters = recorded_counters(event, facts, &rules.program);
    use_it(expression.value(Input { event, facts, counters: &counters }, &answers))
}

/// Explains the rules with the numbers `wanted` for `event`.
#[must_use]
pub fn explain(rules: &Rules, event: &Event, facts: &Facts, wanted: &[usize]) -> Vec<Explanation> {
    let memory = Memory::default();
    let answers = Detectors(Signals::new(&rules.lists, &memory, event, facts));
    let counters = recorded_counters(event, facts, &rules.program);
    let input = Input { event, facts, counters: &counters };
    wanted.iter().map(|rule| rules.program.explain(*rule, input, &answers)).collect()
}
