//! Priority: the harm that a review prevents, per second of review.
//!
//! priority = P(violation) × severity × views still to come ÷ seconds of handling: the cµ rule with
//! expected remaining views. In our simulation (`probity simulate --queue`) it prevents four fifths
//! of the harm that can be prevented at a capacity of 3 %.

use serde::{Deserialize, Serialize};

/// The time constant with which views fade. A shorter one lags less, a longer one is less disturbed
/// by single views. Fifteen minutes to two hours do nearly equally well in the simulation.
const FADE_HOURS: f64 = 0.5;

const MS_PER_HOUR: f64 = 3_600_000.0;

/// How long fresh content is expected to live; older content lives for as long again as it has
/// lived. Its views fade like the square of the age plus this onset. Four, six or eight hours do
/// equally well in the simulation. The content's own views are weighed against that.
const ONSET_HOURS: f64 = 6.0;

/// How far rates of fading scatter around that, as a share of it.
const FADING_SPREAD: f64 = 1.0;

/// No content is expected to fade faster or slower than that by more than this factor.
const FADING_TIMES_MAX: f64 = 8.0;

/// The time over which views show how fast they fade; half a day does as well.
const TELLING_HOURS: f64 = 24.0;

/// Views come in bursts: more than this many give no more information than this many.
const TELLING_VIEWS_MAX: f64 = 5000.0;

/// No content is expected to live for more than a week.
const LIFE_HOURS_MAX: f64 = 168.0;

/// The least age that is distinguished: platforms report views by the minute at best.
const AGE_HOURS_MIN: f64 = 1.0 / 60.0;

/// The age of content whose time of publication is unknown.
const AGE_HOURS_UNKNOWN: f64 = 24.0;

/// Views that are always expected: content that nobody has seen yet may still be seen.
const VIEWS_EXPECTED_MIN: f64 = 1.0;

/// How fast a subject is viewed: views that fade over half an hour.
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
    /// The time from which on its views were counted report by report.
    pub(crate) since_ms: i64,
    /// Views since then, faded over a day.
    pub(crate) day: f64,
    /// The same, each multiplied by the hours that passed since it.
    pub(crate) lag: f64,
    /// Number of reports of views.
    pub(crate) tellings: u32,
}

impl Rate {
    /// The rate of a subject with `views` in all at `at_ms`, as if they had come evenly: nothing
    /// else is known of it.
    #[must_use]
    pub fn even(views: u64, published_ms: Option<i64>, at_ms: i64) -> Self {
        let since_ms = published_ms.filter(|_| views == 0).unwrap_or(at_ms);
        let mut rate = Self { at_ms, published_ms, since_ms, ..Self::default() };
        let hours = rate.age_hours(at_ms);
        rate.sum = as_double(views) / hours * filled(hours);
        rate
    }

    /// Counts `added` views at `at_ms`.
    pub fn add(&mut self, added: u64, at_ms: i64) {
        let added = as_double(added);
        if self.since_ms == 0 {
            // Stored by a build that did not count this.
            self.since_ms = self.at_ms;
        }
        self.sum = self.faded(at_ms) + added;
        let hours = as_hours(at_ms.saturating_sub(self.at_ms).max(0));
        let left = (-hours / TELLING_HOURS).exp();
        // The views of a report are taken to have come evenly since the one before.
        self.lag = (self.lag + self.day * hours) * left + added * hours / 2.0;
        self.day = self.day * left + added;
        self.tellings = self.tellings.saturating_add(1);
        self.at_ms = self.at_ms.max(at_ms);
    }

    /// Views expected from `now_ms` on: the current views per hour, times the hours that it is
    /// expected to live.
    #[must_use]
    pub fn remaining(&self, now_ms: i64) -> f64 {
        let age = self.age_hours(now_ms);
        self.faded(now_ms) / filled(age) * self.life_hours(age).min(LIFE_HOURS_MAX)
    }

    /// How long it is expected to live on, by its age and by its views, each weighted by its
    /// precision.
    fn life_hours(&self, age: f64) -> f64 {
        let expected = 1.0 / (age + ONSET_HOURS);
        let Some((told, precision)) = self.fading() else { return 1.0 / expected };
        let prior = (FADING_SPREAD * expected).powi(-2);
        let rate = (expected * prior + told * precision) / (prior + precision);
        1.0 / rate.clamp(expected / FADING_TIMES_MAX, expected * FADING_TIMES_MAX)
    }

    /// How fast its views fade, per hour, and how precise that is; `None` if no views were counted.
    ///
    /// Views that fade exponentially and are observed through a window have a truncated exponential
    /// distribution, whose rate follows from their mean age (Deemer and Votaw 1955).
    fn fading(&self) -> Option<(f64, f64)> {
        let window = as_hours(self.at_ms.saturating_sub(self.since_ms)).max(AGE_HOURS_MIN);
        let mean = (self.day > 0.0).then(|| self.lag / self.day / window)?.clamp(0.01, 0.99);
        let mut shape = 12.0 * (0.5 - mean);
        for _ in 0..NEWTON_STEPS {
            let (at, variance) = truncated(shape);
            shape = (shape + (at - mean) / variance).clamp(-50.0, 50.0);
        }
        let (_, variance) = truncated(shape);
        let views = self.day / (1.0 + self.day / TELLING_VIEWS_MAX);
        // How views lie within one report is unknown: only its place among the others gives
        // information.
        let tellings = f64::from(self.tellings.max(1));
        let among = 1.0 - 1.0 / (tellings * tellings);
        let precision = views * variance * window * window * among;
        // The views were already faded over a day.
        let rate = 1.0 / TELLING_HOURS - shape / window;
        (rate.is_finite() && precision.is_finite()).then_some((rate, precision))
    }

    fn faded(&self, at_ms: i64) -> f64 {
        let passed = as_hours(at_ms.saturating_sub(self.at_ms).max(0));
        self.sum * (-passed / FADE_HOURS).exp()
    }

    fn age_hours(&self, at_ms: i64) -> f64 {
        let age = self.published_ms.map(|published| as_hours(at_ms.saturating_sub(published)));
        age.unwrap_or(AGE_HOURS_UNKNOWN).max(AGE_HOURS_MIN)
    }
}

/// How many hours of views the sum holds after `hours` hours: it is not full at first.
fn filled(hours: f64) -> f64 {
    FADE_HOURS * (1.0 - (-hours / FADE_HOURS).exp())
}

/// The components of a case's priority.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weights {
    /// The chance that it is a violation, 0 to 1.
    pub chance: f64,
    /// The severity of the policy, 1 to 10.
    pub severity: f64,
    /// Views still expected.
    pub remaining: f64,
    /// The expected handling time.
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

/// A number that sorts as the priority does.
pub(crate) const fn rank(priority: f64) -> u64 {
    // The bits of non-negative floating-point numbers sort as the numbers do.
    priority.to_bits()
}

#[expect(clippy::cast_precision_loss, reason = "views stay far below 2^52")]
const fn as_double(views: u64) -> f64 {
    views as f64
}

#[expect(clippy::cast_precision_loss, reason = "spans stay far below 2^52 milliseconds")]
fn as_hours(ms: i64) -> f64 {
    ms as f64 / MS_PER_HOUR
}

/// Steps of Newton's method; the first guess is right for small shapes.
const NEWTON_STEPS: u32 = 4;

/// Mean and variance of an exponential distribution with that rate, cut off at 1; negative rates
/// grow.
fn truncated(rate: f64) -> (f64, f64) {
    if rate.abs() < 1e-2 {
        return (0.5 - rate / 12.0, 1.0 / 12.0);
    }
    let grown = rate.exp();
    let mean = 1.0 / rate - 1.0 / (grown - 1.0);
    (mean, 1.0 / (rate * rate) - grown / ((grown - 1.0) * (grown - 1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    #[test]
    fn what_is_seen_now_comes_before_what_was_seen() {
        let old = Rate::even(100_000, Some(0), 100 * HOUR);
        let mut new = Rate::even(0, Some(99 * HOUR), 99 * HOUR);
        new.add(5_000, 100 * HOUR);
        let later = 103 * HOUR;
        assert!(new.remaining(100 * HOUR) < old.remaining(100 * HOUR));
        // Both fade, and the older one is expected to live longer.
        assert!(old.remaining(later) < old.remaining(100 * HOUR));
    }

    #[test]
    fn views_that_come_late_do_not_turn_time_back() {
        let mut rate = Rate { at_ms: 10 * HOUR, sum: 100.0, ..Rate::default() };
        rate.add(50, 9 * HOUR);
        assert_eq!(rate.at_ms, 10 * HOUR);
        assert!((rate.sum - 150.0).abs() < 1e-9);
    }

    /// The rate of content with a million views that faded with `life` hours, reported by the
    /// minute.
    fn seen(life: f64, hours: i64) -> Rate {
        let so_far = |minutes: i64| {
            let hours = as_hours(minutes * HOUR / 60);
            1e6 * (1.0 - (-hours / life).exp())
        };
        let mut rate = Rate::even(0, Some(HOUR), HOUR);
        for minute in 1..=hours * 60 {
            let added = so_far(minute) - so_far(minute - 1);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "views")]
            rate.add(added as u64, HOUR + minute * HOUR / 60);
        }
        rate
    }

    #[test]
    fn views_tell_how_fast_they_fade() {
        for life in [4.0, 10.0, 40.0] {
            let (told, precision) = seen(life, 6).fading().unwrap();
            assert!((told * life - 1.0).abs() < 0.02, "{told} of {life}");
            assert!(precision * told * told > 5.0, "{precision}");
            let left = 1e6 * (-6.0 / life).exp();
            let expected = seen(life, 6).remaining(7 * HOUR);
            assert!((expected / left - 1.0).abs() < 0.2, "{expected} of {left}");
        }
        assert_eq!(Rate::even(1000, Some(0), HOUR).fading(), None, "nobody counted them");
        let mut once = Rate::even(0, Some(HOUR), HOUR);
        once.add(1_000_000, 2 * HOUR);
        assert!((once.life_hours(1.0) - 7.0).abs() < 1e-9, "one telling has no slope");
        let few = Rate { day: 3.0, lag: 1.0, tellings: 9, at_ms: HOUR, ..Rate::default() };
        assert!((few.life_hours(1.0) - 7.0).abs() < 1.0, "three views say little");
    }

    #[test]
    fn a_priority_is_finite_whatever_it_is_made_of() {
        for odd in [f64::NAN, f64::INFINITY, -1.0, 0.0] {
            let weights = Weights { chance: odd, severity: odd, remaining: odd, seconds: odd };
            let priority = weights.priority();
            assert!(priority.is_finite() && priority >= 0.0, "{odd}: {priority}");
            let rate = Rate { day: odd, lag: odd, sum: odd, at_ms: HOUR, ..Rate::default() };
            let life = rate.life_hours(1.0);
            assert!(life.is_finite() && life > 0.0, "{odd}: {life}");
        }
    }
}
