//! Back-tests: the effect that other rules would have had on past events.
//!
//! Past events are judged again in ledger order, by the candidate and by the base, each with its
//! own state, counters included, that starts empty. Instead, the base can be the decisions made at
//! the time. Differences are counted by the questions that people ask: who is concerned, where,
//! what would have been prevented, how much work it makes, and whether it is right.

mod labels;
mod over;
mod report;
mod side;

use std::collections::HashMap;

use decide::columns::{Sieve, Sifted};
use types::{Decision, Event, EventType};

pub use labels::Labels;
pub use over::{Plan, Way, over_history, run};
pub use report::{Report, RunCounts};
pub use side::Side;

/// Events judged together.
pub(crate) const BATCH: usize = 4_000;

/// A past event.
#[derive(Clone, Debug)]
pub struct Past {
    /// Its place in the ledger, if it was stored.
    pub seq: Option<u64>,
    /// The event.
    pub event: Event,
    /// The decision made on it at the time, if there was one.
    pub decided: Option<Decision>,
}

/// A running back-test.
pub struct Backtest {
    base: Side,
    candidate: Side,
    daily_count: RunCounts,
}

impl Backtest {
    /// Compares `candidate` with `base`, and both with `labels`.
    #[must_use]
    pub fn new(base: Side, candidate: Side, labels: Option<Labels>) -> Self {
        Self { base, candidate, daily_count: RunCounts::new(labels) }
    }

    /// Judges the next past events.
    pub fn take(&mut self, events: &[Past]) {
        self.take_sifted(events, None);
    }

    fn take_sifted(&mut self, events: &[Past], sifted: Option<&Chosen<'_>>) {
        let (base, candidate) = (&mut self.base, &mut self.candidate);
        let (before, after) = rayon::join(
            || base.judge(events, sifted.map(|chosen| chosen.base.as_slice())),
            || candidate.judge(events, sifted.map(|chosen| chosen.candidate.as_slice())),
        );
        for ((past, before), after) in events.iter().zip(&before).zip(&after) {
            self.daily_count.take(past, before.as_ref(), after.as_ref());
        }
    }

    /// The findings so far.
    #[must_use]
    pub fn report(&self, seconds: f64) -> Report {
        self.daily_count.report((&self.base.version(), &self.candidate.version()), seconds)
    }
}

/// The rules that the columns leave for each event of a batch.
struct Chosen<'a> {
    base: Vec<&'a [u32]>,
    candidate: Vec<&'a [u32]>,
}

/// The sieves of a program, built when first needed.
#[derive(Default)]
struct Sieves(HashMap<u8, Sieve>);

impl Sieves {
    fn sift(
        &mut self,
        program: &decide::Program,
        kind: EventType,
        frame: &history::Frame,
    ) -> Sifted {
        let sieve = self.0.entry(kind as u8).or_insert_with(|| Sieve::new(program, kind));
        sieve.sift(frame.len(), &|field| frame.column(field))
    }
}
