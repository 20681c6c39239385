//! Declared counters: how many events of a kind one key had within a window of event time.
//!
//! A window is counted in sixty steps, so a count may hold up to one step too much. Keys are
//! bounded: when there are too many, what has run out is dropped first, then what was least
//! recently counted, and how many counts were lost is known.

use std::collections::VecDeque;

use hashbrown::HashMap;

/// Steps of a window.
const STEPS: i64 = 60;

/// Keys that one counter remembers.
pub const KEYS_MAX: usize = 1_000_000;

/// Counts of one key: steps with their counts, oldest first.
type Window = VecDeque<(i64, u32)>;

/// One counter over all its keys.
#[derive(Debug)]
pub struct Counts {
    step_ms: i64,
    keys: HashMap<Box<str>, Window>,
    keys_max: usize,
    newest: i64,
    evicted: u64,
}

impl Counts {
    /// A counter with a window of `last_ms`.
    #[must_use]
    pub fn new(last_ms: i64) -> Self {
        Self::with_limit(last_ms, KEYS_MAX)
    }

    fn with_limit(last_ms: i64, keys_max: usize) -> Self {
        let step_ms = (last_ms / STEPS).max(1);
        Self { step_ms, keys: HashMap::new(), keys_max, newest: i64::MIN, evicted: 0 }
    }

    /// Events of `key` in the window that ends at `time_ms`.
    #[must_use]
    pub fn read(&self, key: &str, time_ms: i64) -> u32 {
        let Some(window) = self.keys.get(key) else { return 0 };
        let now = time_ms.div_euclid(self.step_ms);
        let within = |step: i64| step > now - STEPS && step <= now;
        let counts = window.iter().filter(|(step, _)| within(*step)).map(|(_, count)| *count);
        counts.fold(0, u32::saturating_add)
    }

    /// Counts one event of `key`.
    pub fn add(&mut self, key: &str, time_ms: i64) {
        let step = time_ms.div_euclid(self.step_ms);
        self.newest = self.newest.max(step);
        if self.keys.len() >= self.keys_max && !self.keys.contains_key(key) {
            self.make_room();
        }
        let window = self.keys.entry_ref(key).or_default();
        while window.front().is_some_and(|(oldest, _)| *oldest <= step - STEPS) {
            window.pop_front();
        }
        let at = window.iter().rposition(|(known, _)| *known <= step);
        match at {
            Some(at) if window[at].0 == step => window[at].1 = window[at].1.saturating_add(1),
            Some(at) => window.insert(at + 1, (step, 1)),
            None if window.len() < STEPS as usize => window.push_front((step, 1)),
            None => {}
        }
    }

    /// Keys that were dropped although their window had not run out.
    #[must_use]
    pub const fn evicted(&self) -> u64 {
        self.evicted
    }

    /// Keys remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether nothing was counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Drops what has run out, and if that is less than a tenth, the least recently counted.
    fn make_room(&mut self) {
        let oldest = self.newest - STEPS;
        let last = |window: &Window| window.back().map_or(i64::MIN, |(step, _)| *step);
        self.keys.retain(|_, window| last(window) > oldest);
        let wanted = self.keys_max - self.keys_max / 10;
        let surplus = self.keys.len().saturating_sub(wanted);
        if surplus == 0 {
            return;
        }
        let mut ages: Vec<(i64, Box<str>)> =
            self.keys.iter().map(|(key, window)| (last(window), key.clone())).collect();
        ages.sort_unstable();
        for (_, key) in ages.into_iter().take(surplus) {
            self.keys.remove(&key);
        }
        self.evicted += surplus as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;
    const MINUTE: i64 = 60_000;

    #[test]
    fn a_window_slides() {
        let mut counts = Counts::new(HOUR);
        for minute in 0..90 {
            assert_eq!(counts.read("a", minute * MINUTE), u32::try_from(minute.min(59)).unwrap());
            counts.add("a", minute * MINUTE);
        }
        assert_eq!(counts.read("a", 200 * MINUTE), 0);
        assert_eq!(counts.read("b", 89 * MINUTE), 0);
    }

    #[test]
    fn late_events_are_counted_where_they_belong() {
        let mut counts = Counts::new(HOUR);
        counts.add("a", 30 * MINUTE);
        counts.add("a", 10 * MINUTE);
        counts.add("a", 10 * MINUTE);
        assert_eq!(counts.read("a", 10 * MINUTE), 2);
        assert_eq!(counts.read("a", 30 * MINUTE), 3);
        assert_eq!(counts.read("a", 75 * MINUTE), 1);
    }

    #[test]
    fn keys_are_bounded_and_what_is_lost_is_known() {
        let mut counts = Counts::with_limit(HOUR, 100);
        for key in 0..150 {
            counts.add(&key.to_string(), key * MINUTE / 10);
        }
        assert!(counts.len() <= 100);
        assert_eq!(counts.evicted(), 50);
        assert_eq!(counts.read("149", 15 * MINUTE), 1, "the newest is kept");
        let mut counts = Counts::with_limit(HOUR, 100);
        for key in 0..150 {
            counts.add(&key.to_string(), key * HOUR);
        }
        assert_eq!(counts.evicted(), 0, "what has run out is no loss");
    }
}
