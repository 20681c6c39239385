//! The number of different values of one key in a sliding window: exact while few, then a
//! `HyperLogLog`.
//!
//! Few values are stored with the step at which each was last seen. If there are too many, twelve
//! sub-windows of 2,048 registers take over. The estimate is that of their union, with a relative
//! standard error of 1.04/√2048 = 2.3 % (Flajolet et al. 2007), computed as in Ertl, *New
//! cardinality estimation algorithms for `HyperLogLog` sketches*, 2017. The oldest sub-window is
//! left out when the newest begins, so up to a twelfth of the window is missed or included too
//! long.

use serde::{Deserialize, Serialize};

/// The most values stored exactly.
const EXACT_MAX: usize = 256;

/// Bits that choose a register.
const PRECISION: u32 = 11;

const REGISTERS: usize = 1 << PRECISION;

/// Ranks that a register can hold, besides zero.
const RANKS: usize = 64 - PRECISION as usize + 1;

/// Sub-windows of a window for which sketches are kept.
pub(crate) const PARTS: i64 = 12;

/// The relative standard error of the estimate.
pub(crate) const ERROR: f64 = 0.023;

/// The distinct values of one key. Steps are those of the counter, sixty per window.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Distinct {
    /// Digests of values with the step at which each was last seen.
    Few(Vec<(u64, i64)>),
    /// Sketches.
    Many(Box<Sketches>),
}

/// Registers by part of the window, newest last.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Sketches {
    parts: Vec<(i64, Box<[u8]>)>,
}

impl Default for Distinct {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

impl Distinct {
    /// The number of values in the window of `steps` that ends with `now`, and whether it is an
    /// estimate.
    pub(crate) fn read(&self, now: i64, steps: i64) -> (u64, bool) {
        match self {
            Self::Few(values) => {
                let within = |step: i64| step > now - steps && step <= now;
                (values.iter().filter(|(_, step)| within(*step)).count() as u64, false)
            }
            Self::Many(sketches) => (sketches.estimate(part(now, steps)), true),
        }
    }

    /// Counts the value with that digest. Returns whether sketches took over now.
    pub(crate) fn add(&mut self, digest: u64, step: i64, steps: i64) -> bool {
        match self {
            Self::Few(values) => {
                if let Some((_, last)) = values.iter_mut().find(|(known, _)| *known == digest) {
                    *last = (*last).max(step);
                    return false;
                }
                if values.len() >= EXACT_MAX {
                    let newest = values.iter().map(|(_, step)| *step).max().unwrap_or(step);
                    values.retain(|(_, last)| *last > newest.max(step) - steps);
                }
                if values.len() < EXACT_MAX {
                    values.push((digest, step));
                    return false;
                }
                let mut sketches = Sketches::default();
                values.sort_unstable_by_key(|(_, step)| *step);
                for (known, step) in values.drain(..) {
                    sketches.add(known, part(step, steps));
                }
                sketches.add(digest, part(step, steps));
                *self = Self::Many(Box::new(sketches));
                true
            }
            Self::Many(sketches) => {
                sketches.add(digest, part(step, steps));
                false
            }
        }
    }
}

/// The part of the window that a step belongs to.
const fn part(step: i64, steps: i64) -> i64 {
    step.div_euclid(steps / PARTS)
}

impl Sketches {
    fn add(&mut self, digest: u64, part: i64) {
        let newest = self.parts.last().map_or(part, |(newest, _)| *newest).max(part);
        self.parts.retain(|(known, _)| *known > newest - PARTS);
        if part <= newest - PARTS {
            return;
        }
        let at = match self.parts.binary_search_by_key(&part, |(known, _)| *known) {
            Ok(at) => at,
            Err(at) => {
                self.parts.insert(at, (part, vec![0; REGISTERS].into()));
                at
            }
        };
        let register = (digest >> (64 - PRECISION)) as usize;
        let rank = ((digest << PRECISION) | (1 << (PRECISION - 1))).leading_zeros() as u8 + 1;
        let known = &mut self.parts[at].1[register];
        *known = (*known).max(rank);
    }

    fn estimate(&self, now: i64) -> u64 {
        let within = |part: i64| part > now - PARTS && part <= now;
        let mut union = [0_u8; REGISTERS];
        for (_, registers) in self.parts.iter().filter(|(part, _)| within(*part)) {
            for (one, other) in union.iter_mut().zip(registers) {
                *one = (*one).max(*other);
            }
        }
        let mut histogram = [0_u32; RANKS + 1];
        for rank in union {
            histogram[usize::from(rank).min(RANKS)] += 1;
        }
        estimate(&histogram)
    }
}

/// Ertl's improved estimate from the number of registers with each rank.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::cast_possible_truncation,
    reason = "a count far below 2^52"
)]
fn estimate(histogram: &[u32; RANKS + 1]) -> u64 {
    let m = REGISTERS as f64;
    let mut z = m * tau(1.0 - f64::from(histogram[RANKS]) / m);
    for rank in (1..RANKS).rev() {
        z = 0.5 * (z + f64::from(histogram[rank]));
    }
    z += m * sigma(f64::from(histogram[0]) / m);
    let alpha = 0.5 / std::f64::consts::LN_2;
    (alpha * m * m / z).round() as u64
}

/// x + Σ x^(2^k) · 2^(k-1)
fn sigma(mut x: f64) -> f64 {
    if x >= 1.0 {
        return f64::INFINITY;
    }
    let (mut y, mut z) = (1.0, x);
    loop {
        x *= x;
        let before = z;
        z += x * y;
        y += y;
        if z <= before {
            return z;
        }
    }
}

/// (1 - x - Σ (1 - x^(2^-k))² · 2^-k) / 3
fn tau(mut x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return 0.0;
    }
    let (mut y, mut z) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = z;
        y *= 0.5;
        z -= (1.0 - x).powi(2) * y;
        if z >= before {
            return z / 3.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(n: u64) -> u64 {
        let mut x = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    #[test]
    fn few_are_exact_and_many_are_estimated_within_the_error() {
        let mut distinct = Distinct::default();
        for n in 0..1_000_000 {
            distinct.add(digest(n), 5, 60);
            let count = n + 1;
            if count == 256 {
                assert_eq!(distinct.read(5, 60), (256, false));
            }
            if [1_000, 10_000, 100_000, 1_000_000].contains(&count) {
                let (found, is_estimate) = distinct.read(5, 60);
                let wrong = found.abs_diff(count) as f64 / count as f64;
                assert!(is_estimate && wrong < 3.0 * ERROR, "{found} for {count}");
            }
        }
    }

    #[test]
    fn what_is_long_ago_is_forgotten() {
        let mut distinct = Distinct::default();
        for n in 0..2_000 {
            distinct.add(digest(n), 0, 60);
            distinct.add(digest(n + 10_000), 30, 60);
        }
        assert!(distinct.read(30, 60).0 > 3_500);
        let later = distinct.read(70, 60).0;
        assert!((1_800..2_200).contains(&later), "{later}");
        assert_eq!(distinct.read(200, 60).0, 0);
        let mut few = Distinct::default();
        few.add(1, 0, 60);
        few.add(2, 30, 60);
        few.add(2, 31, 60);
        assert_eq!((few.read(59, 60).0, few.read(60, 60).0), (2, 1));
    }
}
