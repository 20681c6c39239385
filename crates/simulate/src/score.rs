//! Compares decisions with the truth: precision and recall by policy.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use types::Decision;

use crate::Truth;

/// The results for one policy.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PolicyScore {
    /// Events that break it.
    pub planted: u64,
    /// Events for which a live rule of the policy fired.
    pub found: u64,
    /// Those of them that break it.
    pub right: u64,
}

impl PolicyScore {
    /// The share of found events that is right; `None` if nothing was found.
    #[must_use]
    pub fn precision(&self) -> Option<f64> {
        ratio(self.right, self.found)
    }

    /// The share of planted events that was found; `None` if nothing was planted.
    #[must_use]
    pub fn recall(&self) -> Option<f64> {
        ratio(self.right, self.planted)
    }
}

#[expect(clippy::cast_precision_loss, reason = "a share to read")]
fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Counts by policy, over the policies in the truth.
#[derive(Clone, Debug, Default)]
pub struct Score {
    truth: BTreeSet<(String, String)>,
    found: BTreeSet<(String, String)>,
}

impl Score {
    /// Adds a line of the truth.
    pub fn truth(&mut self, truth: Truth) {
        self.truth.insert((truth.policy, truth.event));
    }

    /// Adds a decision: each policy of its live reasons counts.
    pub fn decision(&mut self, decision: &Decision) {
        for reason in decision.reasons.iter().filter(|reason| !reason.shadow && !reason.unknown) {
            self.found.insert((reason.policy.clone(), decision.event.clone()));
        }
    }

    /// The counts, by policy.
    #[must_use]
    pub fn rows(&self) -> BTreeMap<String, PolicyScore> {
        let mut rows: BTreeMap<String, PolicyScore> = BTreeMap::new();
        for (policy, _) in &self.truth {
            rows.entry(policy.clone()).or_default().planted += 1;
        }
        for pair in &self.found {
            let Some(row) = rows.get_mut(&pair.0) else { continue };
            row.found += 1;
            row.right += u64::from(self.truth.contains(pair));
        }
        rows
    }
}
