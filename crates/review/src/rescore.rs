//! Re-scoring: priorities fade by themselves, and the order has to follow.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::case::Case;
use crate::outcomes::Outcomes;
use crate::priority::{Weights, rank};
use crate::review_queue::{BinKey, QueuePlace, ReviewQueue};

impl ReviewQueue {
    /// Re-scores the next `count` cases, in turn.
    pub fn rescore(&mut self, count: usize) {
        if count >= self.entries.len() {
            return self.rescore_all();
        }
        let (before, after) = (self.entries.range(..self.sweep), self.entries.range(self.sweep..));
        let turn: Vec<u64> = after.chain(before).take(count).map(|(id, _)| *id).collect();
        self.sweep = turn.last().map_or(0, |last| last + 1);
        for id in turn {
            self.rescore_one(id);
        }
    }

    /// Re-scores all cases. The bins are rebuilt, which is faster than moving each case.
    fn rescore_all(&mut self) {
        let Self { entries, bins, outcomes, watermark_ms, .. } = self;
        let mut ranked: HashMap<&BinKey, Vec<(Reverse<u64>, u64)>> = HashMap::new();
        for (id, entry) in entries.iter_mut() {
            if let QueuePlace::Ranked(key, before) = &mut entry.place {
                *before = rank(weights(outcomes, *watermark_ms, &entry.case).priority());
                ranked.entry(key).or_default().push((Reverse(*before), *id));
            }
        }
        for (key, ranks) in ranked {
            if let Some(bin) = bins.get_mut(key) {
                bin.ranked = ranks.into_iter().collect();
            }
        }
    }

    /// Re-scores one case; returns its new rank, if it has one.
    pub(crate) fn rescore_one(&mut self, id: u64) -> Option<u64> {
        let entry = self.entries.get(&id)?;
        let QueuePlace::Ranked(key, before) = &entry.place else { return None };
        let (now, before) = (rank(self.priority(&entry.case)), *before);
        if now != before {
            let key = key.clone();
            let bin = self.bins.entry(key.clone()).or_default();
            bin.ranked.remove(&(Reverse(before), id));
            bin.ranked.insert((Reverse(now), id));
            if let Some(entry) = self.entries.get_mut(&id) {
                entry.place = QueuePlace::Ranked(key, now);
            }
        }
        Some(now)
    }
}

/// The components of the priority of `case`.
pub(crate) fn weights(outcomes: &Outcomes, watermark_ms: i64, case: &Case) -> Weights {
    Weights {
        chance: outcomes.chance(case),
        severity: f64::from(case.severity),
        remaining: case.rate.remaining(watermark_ms),
        seconds: outcomes.seconds(case),
    }
}
