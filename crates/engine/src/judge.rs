//! Judges events one after the other, each with the facts that were known before it.

use std::sync::Arc;

use decide::Scratch;
use decide::eval::Input;
use decide::explain::Explanation;
use signal::{Memory, Signals};
use types::{Decision, Event, Facts};

use crate::answers::Detectors;
use crate::state::recorded_counters;
use crate::{Rules, State, decision};

/// What came of an event.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// What was known before it.
    pub facts: Facts,
    /// What was decided; nothing if no rule had anything to say.
    pub decision: Option<Decision>,
    /// What its content went through before.
    pub before: Before,
}

/// What content went through before an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Before {
    /// When it was published, in milliseconds since 1970, as far as is known.
    pub published_ms: Option<i64>,
    /// Whether it was removed.
    pub is_removed: bool,
}

/// Rules, state and working memory. One judge judges in one order.
pub struct Judge {
    rules: Arc<Rules>,
    state: State,
    bench: Bench,
    counters: Vec<Option<u32>>,
}

/// Working memory for judging.
#[derive(Default)]
pub(crate) struct Bench {
    memory: Memory,
    pub(crate) scratch: Scratch,
}

impl Judge {
    /// A judge who knows nothing yet.
    #[must_use]
    pub fn new(rules: Arc<Rules>) -> Self {
        Self { rules, state: State::default(), bench: Bench::default(), counters: Vec::new() }
    }

    /// The rules in force.
    #[must_use]
    pub const fn rules(&self) -> &Arc<Rules> {
        &self.rules
    }

    /// What is remembered.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// Judges `event` and remembers it.
    pub fn judge(&mut self, event: &Event) -> Judged {
        let program = &self.rules.program;
        let facts = self.state.facts(event, program, &mut self.counters);
        let decision = self.bench.decide(&self.rules, event, &facts, &self.counters);
        let before = self.before(event);
        let counted = &self.bench.scratch.verdict.counted;
        self.state.observe((event, &facts), decision.as_ref(), program, counted);
        Judged { facts, decision, before }
    }

    /// What the content of `event` went through so far.
    #[must_use]
    pub fn before(&self, event: &Event) -> Before {
        let (published_ms, is_removed) = self.state.content_before(event);
        Before { published_ms, is_removed }
    }

    /// Judges by `rules` from now on; what is remembered stays.
    pub fn enforce(&mut self, rules: Arc<Rules>) {
        self.rules = rules;
        self.bench = Bench::default();
    }

    /// Remembers `event` as it was judged before, without judging it again.
    pub fn recall(&mut self, event: &Event, facts: &Facts, decision: Option<&Decision>) {
        let program = &self.rules.program;
        let counters = recorded_counters(event, facts, program);
        // Only what counters count is asked; the decision is the recorded one.
        self.bench.evaluate(&self.rules, event, facts, &counters);
        let counted = &self.bench.scratch.verdict.counted;
        self.state.observe((event, facts), decision, program, counted);
    }
}

impl Bench {
    fn evaluate(&mut self, rules: &Rules, event: &Event, facts: &Facts, counters: &[Option<u32>]) {
        let answers = Detectors(Signals::new(&rules.lists, &self.memory, event, facts));
        let input = Input { event, facts, counters };
        rules.program.evaluate(input, &answers, &mut self.scratch);
    }

    pub(crate) fn decide(
        &mut self,
        rules: &Rules,
        event: &Event,
        facts: &Facts,
        counters: &[Option<u32>],
    ) -> Option<Decision> {
        let answers = Detectors(Signals::new(&rules.lists, &self.memory, event, facts));
        let input = Input { event, facts, counters };
        rules.program.evaluate(input, &answers, &mut self.scratch);
        decision::decide(&rules.program, &self.scratch.verdict, &answers)
    }
}

/// Judges an event by recorded facts: the same answer whenever it is asked.
#[must_use]
pub fn rejudge(rules: &Rules, event: &Event, facts: &Facts) -> Option<Decision> {
    let counters = recorded_counters(event, facts, &rules.program);
    Bench::default().decide(rules, event, facts, &counters)
}

/// Explains every rule of `wanted` (all that can run on the event, if empty) for `event`.
#[must_use]
pub fn explain(rules: &Rules, event: &Event, facts: &Facts, wanted: &[usize]) -> Vec<Explanation> {
    let memory = Memory::default();
    let answers = Detectors(Signals::new(&rules.lists, &memory, event, facts));
    let counters = recorded_counters(event, facts, &rules.program);
    let input = Input { event, facts, counters: &counters };
    wanted.iter().map(|rule| rules.program.explain(*rule, input, &answers)).collect()
}
