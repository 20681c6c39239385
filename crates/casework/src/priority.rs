//! What comes first: the harm that looking prevents, for each second of looking.
//!
//! priority = P(violation) × severity × views still to come ÷ seconds of handling: the cµ rule with
//! expected remaining views. In our simulation (`probity simulate --queue`) it prevents four fifths of
//! the harm that can be prevented at a capacity of 3 %.

use serde::{Deserialize, Serialize};

/// Views fade with this time constant: less lags less behind, more is less shaken by single views. A
/// quarter of an hour to two hours do nearly equally well in the simulation.
const FADE_HOURS: f64 = 0.5;

const MS_PER_HOUR: f64 = 3_600_000.0;

/// What is fresh is expected to live for so long, and what is older for as long again as it has lived:
/// views that fade like the square of the age plus this onset. Four, six or eight hours do equally well
/// in the simulation.
const ONSET_HOURS: f64 = 6.0;

/// Nothing is expected to live for more than a week.
const LIFE_HOURS_MAX: f64 = 168.0;

/// The least age that is told apart: platforms tell views by the minute at best.
const AGE_HOURS_MIN: f64 = 1.0 / 60.0;

/// The age of content whose publication nobody told.
const AGE_HOURS_UNKNOWN: f64 = 24.0;

/// What nobody has seen yet may be seen: so many views are always expected.
const VIEWS_EXPECTED_MIN: f64 = 1.0;

/// How fast a subject is seen: views that fade over half an hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rate {
    /// The moment of the sum, in milliseconds since 1970 of event time.
    pub at_ms: i64,
    /// Views, faded.
    pub sum: f64,
    /// When it was published, in milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published_ms: Option<i64>,
}

impl Rate {
    /// The rate of what had `views` in all at `at_ms` and nothing else is known of: as if they had
    /// come evenly.
    #[must_use]
    pub fn even(views: u64, published_ms: Option<i64>, at_ms: i64) -> Self {
        let mut rate = Self { at_ms, sum: 0.0, published_ms };
        let hours = rate.age_hours(at_ms);
        rate.sum = as_double(views) / hours * filled(hours);
        rate
    }

    /// Counts `added` views at `at_ms`.
    pub fn add(&mut self, added: u64, at_ms: i64) {
        self.sum = self.faded(at_ms) + as_double(added);
        self.at_ms = self.at_ms.max(at_ms);
    }

    /// Views to be expected from `now_ms` on: those an hour now, times the hours that it is expected
    /// to live.
    #[must_use]
    pub fn remaining(&self, now_ms: i64) -> f64 {
        let age = self.age_hours(now_ms);
        self.faded(now_ms) / filled(age) * (age + ONSET_HOURS).min(LIFE_HOURS_MAX)
    }

    fn faded(&self, at_ms: i64) -> f64 {
        let passed = as_span(at_ms.saturating_sub(self.at_ms).max(0));
        self.sum * (-passed / (FADE_HOURS * MS_PER_HOUR)).exp()
    }

    fn age_hours(&self, at_ms: i64) -> f64 {
        let age = self.published_ms.map(|published| as_span(at_ms.saturating_sub(published)));
        let hours = age.map_or(AGE_HOURS_UNKNOWN, |age| age / MS_PER_HOUR);
        hours.max(AGE_HOURS_MIN)
    }
}

/// How many hours of views the sum holds after so many hours: it is not full at first.
fn filled(hours: f64) -> f64 {
    FADE_HOURS * (1.0 - (-hours / FADE_HOURS).exp())
}

/// What a case's place in the order is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weights {
    /// How likely it is a violation, 0 to 1.
    pub chance: f64,
    /// The severity of the policy, 1 to 10.
    pub severity: f64,
    /// Views still to come.
    pub remaining: f64,
    /// How long such a case takes.
    pub seconds: f64,
}

impl Weights {
    /// The priority; finite and never negative.
    #[must_use]
    pub fn priority(&self) -> f64 {
        let harm = self.chance.clamp(0.0, 1.0) * self.severity.max(0.0);
        let priority =
            harm * (self.remaining.max(0.0) + VIEWS_EXPECTED_MIN) / self.seconds.max(1.0);
        if priority.is_finite() { priority } else { f64::MAX }
    }
}

/// A number that sorts as a priority does.
pub(crate) const fn rank(priority: f64) -> u64 {
    // The bits of floating-point numbers that are not negative sort as the numbers do.
    priority.to_bits()
}

#[expect(clippy::cast_precision_loss, reason = "views stay far below 2^52")]
const fn as_double(views: u64) -> f64 {
    views as f64
}

#[expect(clippy::cast_precision_loss, reason = "spans stay far below 2^52 milliseconds")]
const fn as_span(ms: i64) -> f64 {
    ms as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    #[test]
    fn what_is_seen_now_comes_before_what_was_seen() {
        let old = Rate::even(100_000, Some(0), 100 * HOUR);
        let mut new = Rate { at_ms: 100 * HOUR, sum: 0.0, published_ms: Some(99 * HOUR) };
        new.add(5_000, 100 * HOUR);
        let later = 103 * HOUR;
        assert!(new.remaining(100 * HOUR) < old.remaining(100 * HOUR));
        // Both fade, and the older one is expected to live longer.
        assert!(old.remaining(later) < old.remaining(100 * HOUR));
    }

    #[test]
    fn views_that_come_late_do_not_turn_time_back() {
        let mut rate = Rate { at_ms: 10 * HOUR, sum: 100.0, published_ms: None };
        rate.add(50, 9 * HOUR);
        assert_eq!(rate.at_ms, 10 * HOUR);
        assert!((rate.sum - 150.0).abs() < 1e-9);
    }

    #[test]
    fn a_priority_is_finite_whatever_it_is_made_of() {
        for odd in [f64::NAN, f64::INFINITY, -1.0, 0.0] {
            let weights = Weights { chance: odd, severity: odd, remaining: odd, seconds: odd };
            let priority = weights.priority();
            assert!(priority.is_finite() && priority >= 0.0, "{odd}: {priority}");
        }
    }
}
