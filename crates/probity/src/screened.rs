//! The summary of `probity screen`: counts of events, decisions and losses.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use types::Decision;

use crate::output::grouped;

/// Counts of a run.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Summary {
    pub(crate) events: u64,
    decisions: u64,
    pub(crate) refused: u64,
    pub(crate) duplicates: u64,
    pub(crate) passed_over: u64,
    /// Fields left out of events because they cannot be read, with their number.
    left_out: BTreeMap<String, u64>,
    /// Events dated earlier than one before them.
    late: u64,
    late_seconds_max: i64,
    effects: BTreeMap<String, u64>,
    policies: BTreeMap<String, u64>,
    pub(crate) reasons_for_refusal: BTreeMap<&'static str, u64>,
    pub(crate) counts_lost: u64,
    pub(crate) things_forgotten: u64,
    pub(crate) seconds: f64,
    events_per_second: u64,
    pub(crate) memory_peak_mb: Option<u64>,
    #[serde(skip)]
    has_counters: bool,
    #[serde(skip)]
    latest: Option<Timestamp>,
}

/// Limit of the field names counted separately. Senders choose some of these names.
const NAMES_MAX: usize = 1000;

impl Summary {
    /// An empty summary, for policies with or without counters.
    pub(crate) fn of(has_counters: bool) -> Self {
        Self { has_counters, ..Self::default() }
    }

    /// Counts the fields left out of an event.
    pub(crate) fn left_out(&mut self, names: &[String]) {
        for name in names {
            let is_known = self.left_out.contains_key(name) || self.left_out.len() < NAMES_MAX;
            let name = if is_known { name.as_str() } else { "others" };
            *self.left_out.entry(name.to_owned()).or_default() += 1;
        }
    }

    /// Counts an event of this time if it is late by a second or more, the resolution of counters.
    pub(crate) fn comes(&mut self, time: Timestamp) {
        let latest = *self.latest.get_or_insert(time);
        let late_seconds = latest.duration_since(time).as_secs();
        self.late += u64::from(late_seconds > 0);
        self.late_seconds_max = self.late_seconds_max.max(late_seconds);
        self.latest = Some(latest.max(time));
    }

    /// Counts a decision.
    pub(crate) fn count(&mut self, decision: &Decision) {
        self.decisions += 1;
        *self.policies.entry(decision.policy.clone()).or_default() += 1;
        for effect in &decision.effects {
            *self.effects.entry(effect.name().to_owned()).or_default() += 1;
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rate for display"
    )]
    pub(crate) fn print(&mut self, is_json: bool, lists_refused: bool) {
        self.events_per_second = (self.events as f64 / self.seconds.max(1e-9)) as u64;
        if is_json {
            eprintln!("{}", serde_json::to_string(self).unwrap_or_default());
            return;
        }
        let memory = self.memory_peak_mb.map_or(String::new(), |mb| format!(", {mb} MB"));
        eprintln!(
            "{} events in {:.1} s ({} per second{memory})",
            grouped(self.events),
            self.seconds,
            grouped(self.events_per_second)
        );
        eprintln!("{} decisions: {}", grouped(self.decisions), list(&self.effects));
        if !self.policies.is_empty() {
            eprintln!("by policy: {}", list(&self.policies));
        }
        if self.passed_over > 0 {
            eprintln!(
                "{} records skipped: of a kind that no rule reads",
                grouped(self.passed_over)
            );
        }
        self.print_losses();
        if self.refused + self.duplicates > 0 {
            let hint = if lists_refused { "" } else { "; --rejects FILE lists them" };
            let total = grouped(self.refused + self.duplicates);
            eprintln!("{total} refused: {}{hint}", list(&self.reasons_for_refusal));
        }
    }
}

impl Summary {
    /// Prints what was not counted, of the input or of the state.
    fn print_losses(&self) {
        if !self.left_out.is_empty() {
            eprintln!("fields left out because they cannot be read: {}", list(&self.left_out));
        }
        if self.late > 0 {
            let late = jiff::SignedDuration::from_secs(self.late_seconds_max);
            let hint = if self.has_counters {
                ": counters are not those of events in order; --sort puts them in order"
            } else {
                ""
            };
            eprintln!("{} events came late, by up to {late:#}{hint}", grouped(self.late));
        }
        if self.counts_lost > 0 {
            eprintln!("{} counter keys were dropped for lack of room", grouped(self.counts_lost));
        }
        if self.things_forgotten > 0 {
            let forgotten = grouped(self.things_forgotten);
            eprintln!("{forgotten} contents, flags and clusters were forgotten for lack of room");
        }
    }
}

/// Names with their counts, the most frequent first: `remove 3, limit 2`.
fn list<K: AsRef<str> + Ord>(counts: &BTreeMap<K, u64>) -> String {
    if counts.is_empty() {
        return "none".to_owned();
    }
    let mut sorted: Vec<(&K, &u64)> = counts.iter().collect();
    sorted.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), *name));
    let each = sorted.iter().map(|(name, count)| format!("{} {}", name.as_ref(), grouped(**count)));
    each.collect::<Vec<_>>().join(", ")
}
