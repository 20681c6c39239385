//! Counts or sums over the last sixty steps of event time, in as little memory as they need: most
//! keys are seen once, some a few times, few all the time.

use serde::{Deserialize, Serialize};

/// Number of steps in a window.
pub(crate) const STEPS: i64 = 60;

/// The most steps stored one by one before all sixty are.
const FEW_MAX: usize = 8;

/// The counts or sums of one key, by step.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Steps {
    /// One step with its count or sum.
    One(i64, i64),
    /// Some steps, ascending.
    Few(Vec<(i64, i64)>),
    /// The last sixty steps, up to the newest; that of step `s` is at `s mod 60`.
    Counts(i64, Box<[u32]>),
    /// The same for sums, which may be large or negative.
    Sums(i64, Box<[i64]>),
}

impl Steps {
    /// The sum over the window that ends with `now`.
    pub(crate) fn read(&self, now: i64) -> i64 {
        match self {
            Self::One(step, sum) if is_within(*step, now) => *sum,
            Self::One(..) => 0,
            Self::Few(steps) => {
                let within = steps.iter().filter(|(step, _)| is_within(*step, now));
                within.fold(0, |sum, (_, one)| sum.saturating_add(*one))
            }
            Self::Counts(newest, steps) => window(*newest, now, |range| {
                // Sixty counts of 32 bits fit.
                steps[range].iter().map(|count| i64::from(*count)).sum()
            }),
            Self::Sums(newest, steps) => window(*newest, now, |range| {
                steps[range].iter().fold(0, |sum: i64, one| sum.saturating_add(*one))
            }),
        }
    }

    /// Adds `number` at `step`; `is_count` means that only ones are ever added.
    pub(crate) fn add(&mut self, step: i64, number: i64, is_count: bool) {
        match self {
            Self::One(at, sum) if *at == step => *sum = sum.saturating_add(number),
            Self::One(at, sum) => {
                let mut steps = vec![(*at, *sum)];
                add_to_few(&mut steps, step, number);
                *self = Self::Few(steps);
            }
            Self::Few(steps) => {
                if !add_to_few(steps, step, number) {
                    *self = ring(steps, is_count);
                    self.add(step, number, is_count);
                }
            }
            Self::Counts(newest, steps) => {
                let add = |known: &mut u32| *known = known.saturating_add(1);
                turn(steps, newest, step).into_iter().for_each(add);
            }
            Self::Sums(newest, steps) => {
                let add = |known: &mut i64| *known = known.saturating_add(number);
                turn(steps, newest, step).into_iter().for_each(add);
            }
        }
    }
}

const fn is_within(step: i64, now: i64) -> bool {
    step > now - STEPS && step <= now
}

/// Adds to a few steps; false if there is no room.
fn add_to_few(steps: &mut Vec<(i64, i64)>, step: i64, number: i64) -> bool {
    let newest = steps.last().map_or(step, |(last, _)| step.max(*last));
    let place = match steps.iter().rposition(|(at, _)| *at <= step) {
        Some(at) if steps[at].0 == step => {
            steps[at].1 = steps[at].1.saturating_add(number);
            return true;
        }
        Some(at) => at + 1,
        None => 0,
    };
    if step <= newest - STEPS {
        return true;
    }
    if steps.len() < FEW_MAX {
        steps.insert(place, (step, number));
        return true;
    }
    let known = steps.len();
    steps.retain(|(at, _)| *at > newest - STEPS);
    steps.len() < known && add_to_few(steps, step, number)
}

/// All sixty steps, starting with a few.
fn ring(few: &[(i64, i64)], is_count: bool) -> Steps {
    let newest = few.last().map_or(0, |(newest, _)| *newest);
    let few = few.iter().filter(|(step, _)| *step > newest - STEPS);
    if is_count {
        let mut steps = vec![0_u32; STEPS as usize].into_boxed_slice();
        few.for_each(|(step, sum)| steps[slot(*step)] = u32::try_from(*sum).unwrap_or(u32::MAX));
        return Steps::Counts(newest, steps);
    }
    let mut steps = vec![0_i64; STEPS as usize].into_boxed_slice();
    few.for_each(|(step, sum)| steps[slot(*step)] = *sum);
    Steps::Sums(newest, steps)
}

const fn slot(step: i64) -> usize {
    step.rem_euclid(STEPS) as usize
}

/// Turns the ring to `step`; returns the place of the step, if it has one in the ring.
fn turn<'a, T: Copy + Default>(
    steps: &'a mut [T],
    newest: &mut i64,
    step: i64,
) -> Option<&'a mut T> {
    if step <= *newest {
        return (step > *newest - STEPS).then(|| &mut steps[slot(step)]);
    }
    let nothing = T::default();
    if step - *newest >= STEPS {
        steps.fill(nothing);
    } else {
        let (first, last) = (slot(*newest + 1), slot(step));
        if first <= last {
            steps[first..=last].fill(nothing);
        } else {
            steps[first..].fill(nothing);
            steps[..=last].fill(nothing);
        }
    }
    *newest = step;
    Some(&mut steps[slot(step)])
}

/// The sum over the steps of a ring in the window that ends with `now`; `sum` adds up a range of
/// places.
fn window(newest: i64, now: i64, sum: impl Fn(std::ops::Range<usize>) -> i64) -> i64 {
    let (from, until) = ((now - STEPS).max(newest - STEPS) + 1, now.min(newest));
    if from > until {
        return 0;
    }
    let (all, first, last) = (STEPS as usize, slot(from), slot(until));
    if until - from == STEPS - 1 {
        sum(0..all)
    } else if first <= last {
        sum(first..last + 1)
    } else {
        sum(first..all).saturating_add(sum(0..last + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_form_it_has_it_holds_the_same() {
        let mut x = 3_u64;
        let mut next = move |below: u64| {
            x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((x >> 33) % below).cast_signed()
        };
        for round in 0..200 {
            let (mut all, mut now) = (Vec::new(), 1_000);
            let mut steps = Steps::One(now, 1);
            let mut sums = Steps::One(now, 5);
            all.push((now, 1, 5));
            for _ in 0..round {
                now += next(9);
                let at = now - next(70).min(if round % 2 == 0 { 0 } else { 70 });
                let number = next(100) - 20;
                steps.add(at, 1, true);
                sums.add(at, number, false);
                all.push((at, 1, number));
            }
            // What came too late to have a place is not counted.
            let newest = all.iter().map(|(at, ..)| *at).max().unwrap();
            let mut seen = i64::MIN;
            let held: Vec<_> = all
                .iter()
                .filter(|(at, ..)| {
                    seen = seen.max(*at);
                    *at > seen - STEPS
                })
                .collect();
            let expected = |sum: fn(&(i64, i64, i64)) -> i64| -> i64 {
                held.iter().filter(|(at, ..)| is_within(*at, newest)).map(|one| sum(one)).sum()
            };
            assert_eq!(steps.read(newest), expected(|one| one.1), "round {round}");
            assert_eq!(sums.read(newest), expected(|one| one.2), "round {round}");
            assert_eq!(steps.read(newest + 2 * STEPS), 0);
        }
    }
}
