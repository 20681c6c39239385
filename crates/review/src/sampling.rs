//! Which closed cases get a blind second review, and what the results mean.
//!
//! A case is picked by its digest, so that the choice needs no state and can be repeated by an
//! auditor who knows the salt. Reviewers must not know it. FNV-1a (Fowler, Noll & Vo) finished as
//! in `SplitMix64` (Steele et al. 2014) spreads ids evenly, but does not protect against somebody
//! who chooses ids and knows the salt.
//!
//! Proportions come with Wilson's score interval (Wilson, *Probable Inference, the Law of
//! Succession, and Statistical Inference*, 1927), which holds for few cases and near 0 and 1.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The default share reviewed twice: the lower end of what is common in the field (5–10 %).
const RATE_DEFAULT: f64 = 0.05;

/// The 97.5th percentile of the normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// The share of closed cases that is reviewed a second time, by policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Rates {
    /// For policies that are not named, 0–1.
    pub default: f64,
    /// By dotted prefix, 0–1: `hate` applies to `hate.speech` too; the longest wins.
    pub by_policy: BTreeMap<String, f64>,
}

impl Default for Rates {
    fn default() -> Self {
        Self { default: RATE_DEFAULT, by_policy: BTreeMap::new() }
    }
}

impl Rates {
    /// The rate for `policy`, 0–1; what is not a number counts as 0.
    #[must_use]
    pub fn rate(&self, policy: &str) -> f64 {
        let named = prefixes(policy).find_map(|prefix| self.by_policy.get(prefix));
        let rate = named.copied().unwrap_or(self.default);
        if rate.is_nan() { 0.0 } else { rate.clamp(0.0, 1.0) }
    }
}

/// Whether the case with the id `case` is picked at `rate`. A case picked at one rate is also
/// picked at any higher one.
#[must_use]
pub fn is_picked(case: &str, salt: &[u8], rate: f64) -> bool {
    f64::from((digest(case, salt) >> 32) as u32) < rate * (f64::from(u32::MAX) + 1.0)
}

/// A share of cases with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Interval {
    /// The share observed, 0–1.
    pub value: f64,
    /// Lower end, 0–1.
    pub low: f64,
    /// Upper end, 0–1.
    pub high: f64,
    /// The number of cases that it is a share of.
    pub of: u64,
}

impl Interval {
    /// Wilson's score interval of `hits` among `of` cases; `None` if `of` is 0.
    #[must_use]
    pub fn wilson(hits: u64, of: u64) -> Option<Self> {
        if of == 0 {
            return None;
        }
        let hits = hits.min(of);
        let all = as_double(of);
        let value = as_double(hits) / all;
        let scale = 1.0 + Z * Z / all;
        let centre = (value + Z * Z / (2.0 * all)) / scale;
        let half = Z * (value * (1.0 - value) / all + Z * Z / (4.0 * all * all)).sqrt() / scale;
        // Exact at the ends, where rounding would leave a residue.
        let low = if hits == 0 { 0.0 } else { (centre - half).max(0.0) };
        let high = if hits == of { 1.0 } else { (centre + half).min(1.0) };
        Some(Self { value, low, high, of })
    }
}

/// The results of one reviewer on golden cases, whose right verdict is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct GoldenResults {
    /// Golden cases judged correctly.
    pub right: u64,
    /// Golden cases judged.
    pub of: u64,
}

impl GoldenResults {
    /// Counts one more golden case.
    pub fn add(&mut self, is_right: bool) {
        self.right = self.right.saturating_add(u64::from(is_right));
        self.of = self.of.saturating_add(1);
    }

    /// The share judged correctly; `None` before the first golden case.
    #[must_use]
    pub fn accuracy(&self) -> Option<Interval> {
        Interval::wilson(self.right, self.of)
    }
}

/// A dotted name and its prefixes, longest first: `a.b.c`, `a.b`, `a`.
pub(crate) fn prefixes(policy: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(policy), |name| name.rsplit_once('.').map(|(before, _)| before))
}

/// A bijection that spreads every bit: the finaliser of `SplitMix64`.
pub(crate) const fn mixed(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

fn digest(case: &str, salt: &[u8]) -> u64 {
    // The byte 255 is in no text, so that salt and case cannot run into each other.
    let bytes = salt.iter().copied().chain([255]).chain(case.bytes());
    let fnv = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |digest, byte| {
        (digest ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    mixed(fnv)
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
const fn as_double(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(json: &str) -> Rates {
        serde_json::from_str(json).unwrap()
    }

    #[track_caller]
    fn assert_wilson(hits: u64, of: u64, low: f64, high: f64) {
        let found = Interval::wilson(hits, of).unwrap();
        assert!((found.low - low).abs() < 0.0005, "{found:?}");
        assert!((found.high - high).abs() < 0.0005, "{found:?}");
        assert_eq!(found.of, of);
    }

    #[test]
    fn the_share_picked_is_near_the_rate() {
        let ids: Vec<String> = (0..100_000).map(|number| format!("case-{number}")).collect();
        for (rate, tolerance) in [(0.01, 0.001), (0.05, 0.003), (0.5, 0.006)] {
            let picked = ids.iter().filter(|id| is_picked(id, b"2024", rate)).count();
            let share = f64::from(u32::try_from(picked).unwrap()) / 100_000.0;
            assert!((share - rate).abs() < tolerance, "{share} should be {rate}");
        }
        assert!(ids.iter().all(|id| is_picked(id, b"2024", 1.0)));
        assert!(!ids.iter().any(|id| is_picked(id, b"2024", 0.0)));
        assert!(!is_picked("case-1", b"2024", f64::NAN));
    }

    #[test]
    fn the_same_case_gets_the_same_answer_and_another_salt_another_choice() {
        let picks = |salt: &[u8]| -> Vec<bool> {
            (0..1_000).map(|number| is_picked(&number.to_string(), salt, 0.5)).collect()
        };
        assert_eq!(picks(b"one"), picks(b"one"));
        assert_ne!(picks(b"one"), picks(b"two"));
    }

    #[test]
    fn a_higher_rate_only_adds_cases() {
        for id in (0..1_000).map(|number| number.to_string()) {
            assert!(!is_picked(&id, b"s", 0.1) || is_picked(&id, b"s", 0.2));
        }
    }

    #[test]
    fn the_longest_prefix_sets_the_rate() {
        let rates =
            rates(r#"{"default":0.1,"by_policy":{"hate":0.2,"hate.speech":0.3,"a":7,"b":-1}}"#);
        let expected = [
            ("hate", 0.2),
            ("hate.speech", 0.3),
            ("hate.speech.slur", 0.3),
            ("hate.symbol", 0.2),
            ("hateful.x", 0.1),
            ("spam", 0.1),
            ("", 0.1),
            ("a.x", 1.0),
            ("b", 0.0),
        ];
        for (policy, rate) in expected {
            assert_eq!(rates.rate(policy), rate, "{policy}");
        }
    }

    #[test]
    fn odd_rates_do_no_harm_and_misspelt_ones_are_refused() {
        let odd = Rates { default: f64::NAN, by_policy: BTreeMap::new() };
        assert_eq!(odd.rate("spam"), 0.0);
        assert_eq!(rates("{}").rate("spam"), RATE_DEFAULT);
        assert!(serde_json::from_str::<Rates>(r#"{"defualt":0.1}"#).is_err());
    }

    #[test]
    fn intervals_are_the_known_ones() {
        assert_wilson(8, 10, 0.490, 0.943);
        assert_wilson(1, 10, 0.018, 0.404);
        assert_wilson(15, 100, 0.093, 0.233);
        assert_wilson(0, 10, 0.0, 0.278);
        assert_wilson(10, 10, 0.722, 1.0);
        assert_eq!(Interval::wilson(0, 7).unwrap().low, 0.0);
        assert_eq!(Interval::wilson(7, 7).unwrap().high, 1.0);
    }

    #[test]
    fn of_nothing_there_is_no_share_and_never_more_than_all() {
        assert_eq!(Interval::wilson(0, 0), None);
        assert_eq!(Interval::wilson(3, 0), None);
        assert_eq!(Interval::wilson(9, 3), Interval::wilson(3, 3));
        let huge = Interval::wilson(u64::MAX / 2, u64::MAX).unwrap();
        assert!(huge.low <= huge.value && huge.value <= huge.high);
    }

    #[test]
    fn a_daily_count_counts_what_was_right() {
        let mut daily_count = GoldenResults::default();
        assert_eq!(daily_count.accuracy(), None);
        for is_right in [true, true, false, true] {
            daily_count.add(is_right);
        }
        assert_eq!(daily_count, GoldenResults { right: 3, of: 4 });
        assert_eq!(daily_count.accuracy(), Interval::wilson(3, 4));
    }
}
