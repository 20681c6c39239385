//! The times of events: busy days, quiet nights.

use jiff::Timestamp;

use crate::scenario::Scenario;

/// The activity in each hour of the day, from midnight UTC; the shape of a European day.
const HOURS: [f64; 24] = [
    0.45, 0.28, 0.2, 0.18, 0.25, 0.45, 0.7, 0.9, 1.0, 1.05, 1.1, 1.2, 1.2, 1.1, 1.1, 1.15, 1.3,
    1.5, 1.75, 1.9, 1.8, 1.5, 1.1, 0.7,
];

const MS_PER_HOUR: i64 = 3_600_000;

/// Spreads `events` over the hours of a scenario, in order.
pub(crate) struct Rhythm {
    start_ms: i64,
    /// The number of events until the end of each hour.
    until: Vec<u64>,
    hour: usize,
}

impl Rhythm {
    pub(crate) fn new(scenario: Scenario, events: u64) -> Self {
        let (start, days) = scenario.span();
        let weights: Vec<f64> =
            (0..days).flat_map(|day| HOURS.map(|hour| hour * scenario.busyness(day))).collect();
        let total: f64 = weights.iter().sum();
        let mut sum = 0.0;
        let until = weights.iter().map(|weight| {
            sum += weight;
            share(events, sum / total)
        });
        Self { start_ms: start.as_millisecond(), until: until.collect(), hour: 0 }
    }

    /// The time of event `number`; numbers must not decrease between calls.
    pub(crate) fn time(&mut self, number: u64) -> Timestamp {
        while self.until.get(self.hour).is_some_and(|until| number >= *until) {
            self.hour += 1;
        }
        let before = self.hour.checked_sub(1).map_or(0, |hour| self.until[hour]);
        let until = self.until.get(self.hour).copied().unwrap_or(before + 1);
        let place = i64::try_from(number - before).unwrap_or(0);
        let count = i64::try_from(until - before).unwrap_or(1).max(1);
        let hour = i64::try_from(self.hour).unwrap_or(0);
        let ms = self.start_ms + hour * MS_PER_HOUR + place * MS_PER_HOUR / count;
        Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of a count"
)]
fn share(events: u64, part: f64) -> u64 {
    (events as f64 * part).round() as u64
}
