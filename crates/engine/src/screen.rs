//! Screens events in batches without storing anything.

use std::collections::HashSet;

use types::{Decision, EventKey, Incoming};

use crate::judge::Judge;

/// A judge that stores nothing.
pub struct Screen {
    judge: Judge,
    seen: HashSet<EventKey>,
}

/// The results of a batch.
#[derive(Debug, Default)]
pub struct Screened {
    /// Number of events judged.
    pub judged: u64,
    /// The decisions, in the order of their events.
    pub decisions: Vec<Decision>,
    /// Places of events that were accepted earlier.
    pub duplicates: Vec<u64>,
}

impl Screen {
    /// Screens with `judge`.
    #[must_use]
    pub fn new(judge: Judge) -> Self {
        Self { judge, seen: HashSet::new() }
    }

    /// The judge.
    #[must_use]
    pub const fn judge(&self) -> &Judge {
        &self.judge
    }

    /// Judges a batch.
    pub fn take(&mut self, batch: &[Incoming]) -> Screened {
        let mut screened = Screened::default();
        let mut new = Vec::with_capacity(batch.len());
        for incoming in batch {
            if self.seen.insert(incoming.event.key()) {
                new.push(&incoming.event);
            } else {
                screened.duplicates.push(incoming.place);
            }
        }
        screened.judged = new.len() as u64;
        let judged = self.judge.judge_all(&new);
        screened.decisions.extend(judged.into_iter().filter_map(|judged| judged.decision));
        screened
    }
}
