//! One side of a back-test: rules that judge past events again, or the decisions made at the time.

use std::sync::Arc;

use types::{Decision, Event};

use super::Past;
use crate::{Judge, Rules};

/// One side of a back-test.
pub enum Side {
    /// Rules with a state of their own.
    Rules(Box<Judge>),
    /// The decisions made at the time.
    Recorded,
}

impl Side {
    /// Judges by `rules`, with `threads` threads.
    #[must_use]
    pub fn rules(rules: Arc<Rules>, threads: usize) -> Self {
        Self::Rules(Box::new(Judge::with_threads(rules, threads)))
    }

    pub(super) fn judge(
        &mut self,
        events: &[Past],
        among: Option<&[&[u32]]>,
    ) -> Vec<Option<Decision>> {
        match self {
            Self::Recorded => events.iter().map(|past| past.decided.clone()).collect(),
            Self::Rules(judge) => {
                let events: Vec<&Event> = events.iter().map(|past| &past.event).collect();
                let judged = judge.judge_among(&events, among);
                judged.into_iter().map(|judged| judged.decision).collect()
            }
        }
    }

    pub(super) fn version(&self) -> String {
        match self {
            Self::Recorded => "recorded".to_owned(),
            Self::Rules(judge) => judge.rules().program.version.0.clone(),
        }
    }

    /// The rules, if it judges by any.
    pub(super) fn program(&self) -> Option<&decide::Program> {
        match self {
            Self::Recorded => None,
            Self::Rules(judge) => Some(&judge.rules().program),
        }
    }

    /// Clears the state.
    pub(super) fn forget(&mut self) {
        if let Self::Rules(judge) = self {
            let rules = Arc::clone(judge.rules());
            **judge = Judge::with_threads(rules, judge.threads());
        }
    }

    /// The judge, whose state can be stored or restored.
    pub(super) const fn judge_mut(&mut self) -> Option<&mut Judge> {
        match self {
            Self::Recorded => None,
            Self::Rules(judge) => Some(judge),
        }
    }
}
