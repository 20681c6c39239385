//! The working memory of one judging thread.

pub(crate) use decide::eval::Input;
use decide::{Program, Scratch};
use signal::{Lists, Memory, Signals};
use types::{Decision, Event, Facts};

use crate::answers::Detectors;
use crate::{Rules, decision};

/// The working memory of one judging thread.
#[derive(Default)]
pub(crate) struct Bench {
    memory: Memory,
    pub(crate) scratch: Scratch,
}

impl Bench {
    /// The numbers of the counters that count `event`.
    pub(crate) fn counted(&mut self, rules: &Rules, event: &Event, facts: &Facts) -> &[u32] {
        let answers = Detectors(Signals::new(&rules.lists, &self.memory, event, facts));
        let input = Input { event, facts, counters: &[] };
        rules.program.evaluate_counters(input, &answers, &mut self.scratch);
        &self.scratch.counted
    }

    /// The decision of the rules.
    pub(crate) fn decide(&mut self, rules: &Rules, input: Input<'_>) -> Option<Decision> {
        self.decide_by((&rules.program, &rules.lists), input)
    }

    /// The same, if only the rules `among` can be true or unknown.
    pub(crate) fn decide_among(
        &mut self,
        (rules, among): (&Rules, &[u32]),
        input: Input<'_>,
    ) -> Option<Decision> {
        let signals = Signals::new(&rules.lists, &self.memory, input.event, input.facts);
        let answers = Detectors(signals);
        rules.program.evaluate_among(among, (input, &answers), &mut self.scratch);
        decision::decide(&rules.program, &self.scratch.verdict, &answers)
    }

    /// The same, by a program and lists that are given separately.
    pub(crate) fn decide_by(
        &mut self,
        (program, lists): (&Program, &Lists),
        input: Input<'_>,
    ) -> Option<Decision> {
        let answers = Detectors(Signals::new(lists, &self.memory, input.event, input.facts));
        program.evaluate(input, &answers, &mut self.scratch);
        decision::decide(program, &self.scratch.verdict, &answers)
    }
}
