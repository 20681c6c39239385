//! Agreement of reviewers beyond chance: Cohen's kappa for two, Krippendorff's alpha for any
//! number.
//!
//! - Kappa: Cohen, *A Coefficient of Agreement for Nominal Scales*, 1960.
//! - Alpha: Krippendorff, *Computing Krippendorff's Alpha-Reliability*, 2011. The coincidences
//!   are never written out: their sums follow from the counts of labels, in time linear in the
//!   ratings. The ordinal difference of two labels is the distance of their mean ranks.
//! - Intervals: percentile bootstrap, resampling units (Efron & Tibshirani, 1993).
//!
//! If all ratings are the same label, agreement is perfect and yet undefined, since chance alone
//! would have given it too.

use serde::Serialize;

use crate::sampling::mixed;

/// The most resamples computed, whatever the caller asks for.
const RESAMPLES_MAX: usize = 10_000;

/// With fewer resamples there is no value at a fortieth from either end.
const RESAMPLES_MIN: usize = 40;

/// What `SplitMix64` adds at each step (Steele et al. 2014).
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// The agreement of raters: 1 always, 0 as by chance, less than 0 worse than chance.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Agreement {
    /// The estimate; `None` with fewer than two units, or if all ratings are the same label.
    pub value: Option<f64>,
    /// Lower end of the 95 % interval; `None` without a value, or with too few usable resamples.
    pub low: Option<f64>,
    /// Upper end of the 95 % interval; `None` without a value, or with too few usable resamples.
    pub high: Option<f64>,
    /// Units that were rated at least twice.
    pub units: usize,
    /// Ratings of those units.
    pub ratings: usize,
}

/// Parameters of the bootstrap interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bootstrap {
    /// The number of resamples, at most 10,000; fewer than 40 give no interval.
    pub resamples: usize,
    /// The seed of the generator: the same seed gives the same interval.
    pub seed: u64,
}

/// What a label means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Names: two labels are the same or not.
    Nominal,
    /// Ranks: the farther apart two labels, the worse.
    Ordinal,
}

/// Cohen's kappa of two raters. Each pair is one unit: the first rater's label, then the other's.
#[must_use]
pub fn kappa(pairs: &[(u16, u16)], bootstrap: Bootstrap) -> Agreement {
    let labels = distinct(pairs.iter().flat_map(|(one, other)| [*one, *other]));
    let pairs: Vec<(usize, usize)> =
        pairs.iter().map(|(one, other)| (place(&labels, *one), place(&labels, *other))).collect();
    let estimate = |sample: &[(usize, usize)]| kappa_of(sample, labels.len());
    agreement(&pairs, pairs.len() * 2, bootstrap, estimate)
}

/// Krippendorff's alpha. Each unit is the list of its labels, from any raters in any order. Missing
/// labels are left out, and so is a unit with a single label.
#[must_use]
pub fn alpha(units: &[Vec<u16>], scale: Scale, bootstrap: Bootstrap) -> Agreement {
    let rated: Vec<&Vec<u16>> = units.iter().filter(|unit| unit.len() > 1).collect();
    let labels = distinct(rated.iter().flat_map(|unit| unit.iter().copied()));
    let placed: Vec<Vec<usize>> = rated.iter().map(|unit| places(&labels, unit)).collect();
    let placed: Vec<&[usize]> = placed.iter().map(Vec::as_slice).collect();
    let ratings = placed.iter().map(|unit| unit.len()).sum();
    let estimate = |sample: &[&[usize]]| alpha_of(sample, labels.len(), scale);
    agreement(&placed, ratings, bootstrap, estimate)
}

fn agreement<U: Copy>(
    units: &[U],
    ratings: usize,
    bootstrap: Bootstrap,
    estimate: impl Fn(&[U]) -> Option<f64>,
) -> Agreement {
    let value = if units.len() < 2 { None } else { estimate(units) };
    let bounds = value.and_then(|_| interval(units, bootstrap, estimate));
    let (low, high) = bounds.unzip();
    Agreement { value, low, high, units: units.len(), ratings }
}

/// The middle 95 % of the estimates. Resamples without an estimate are left out; if they are the
/// majority there is no interval.
fn interval<U: Copy>(
    units: &[U],
    bootstrap: Bootstrap,
    estimate: impl Fn(&[U]) -> Option<f64>,
) -> Option<(f64, f64)> {
    let resamples = bootstrap.resamples.min(RESAMPLES_MAX);
    let mut state = bootstrap.seed;
    let mut sample: Vec<U> = Vec::with_capacity(units.len());
    let mut values: Vec<f64> = Vec::with_capacity(resamples);
    for _ in 0..resamples {
        sample.clear();
        for _ in units {
            sample.extend(drawn(units, &mut state));
        }
        values.extend(estimate(&sample));
    }
    if values.len() < RESAMPLES_MIN || values.len() * 2 < resamples {
        return None;
    }
    values.sort_unstable_by(f64::total_cmp);
    let last = values.len() - 1;
    let outside = last / 40;
    Some((*values.get(outside)?, *values.get(last - outside)?))
}

/// One of `units`, chosen uniformly.
fn drawn<U: Copy>(units: &[U], state: &mut u64) -> Option<U> {
    *state = state.wrapping_add(STEP);
    let wide = u128::from(mixed(*state)) * units.len() as u128;
    let place = usize::try_from(wide >> 64).ok()?;
    units.get(place).copied()
}

fn kappa_of(pairs: &[(usize, usize)], labels: usize) -> Option<f64> {
    let ones = counts(pairs.iter().map(|pair| pair.0), labels);
    let others = counts(pairs.iter().map(|pair| pair.1), labels);
    let all = as_double(pairs.len());
    let agreed = as_double(pairs.iter().filter(|(one, other)| one == other).count());
    let by_chance: f64 = ones.iter().zip(&others).map(|(one, other)| one * other).sum();
    // Whole numbers, so this is exactly zero if both gave a single label throughout.
    let room = all * all - by_chance;
    if room <= 0.0 {
        return None;
    }
    Some((agreed * all - by_chance) / room)
}

fn alpha_of(units: &[&[usize]], labels: usize, scale: Scale) -> Option<f64> {
    let counts = counts(units.iter().flat_map(|unit| unit.iter().copied()), labels);
    if counts.iter().filter(|count| **count > 0.0).count() < 2 {
        return None;
    }
    let ranks = mean_ranks(&counts);
    let ratings: f64 = counts.iter().sum();
    let observed: f64 = units.iter().map(|unit| within(unit, &ranks, scale)).sum();
    let expected = differences(counts.iter().copied().zip(ranks.iter().copied()), scale);
    Some(1.0 - (ratings - 1.0) * observed / expected)
}

/// The contribution of a unit to the observed disagreement; its labels are sorted and at least two.
fn within(unit: &[usize], ranks: &[f64], scale: Scale) -> f64 {
    let groups = unit.chunk_by(|one, next| one == next).filter_map(|run| {
        let rank = ranks.get(*run.first()?)?;
        Some((as_double(run.len()), *rank))
    });
    differences(groups, scale) / (as_double(unit.len()) - 1.0)
}

/// The squared differences of all ordered pairs of ratings; a group is the number of ratings with
/// one label, and its mean rank.
fn differences(groups: impl Iterator<Item = (f64, f64)>, scale: Scale) -> f64 {
    let (mut all, mut alike, mut ranks, mut squares) = (0.0_f64, 0.0_f64, 0.0_f64, 0.0_f64);
    for (count, rank) in groups {
        all += count;
        alike += count * count;
        ranks += count * rank;
        squares += count * rank * rank;
    }
    match scale {
        Scale::Nominal => all * all - alike,
        Scale::Ordinal => 2.0 * (all * squares - ranks * ranks),
    }
}

/// The mean rank of the ratings with each label, with all ratings in order.
fn mean_ranks(counts: &[f64]) -> Vec<f64> {
    let mut below = 0.0_f64;
    let mut ranks = Vec::with_capacity(counts.len());
    for count in counts {
        ranks.push(below + *count / 2.0);
        below += *count;
    }
    ranks
}

fn counts(places: impl Iterator<Item = usize>, labels: usize) -> Vec<f64> {
    let mut counts = vec![0.0_f64; labels];
    for place in places {
        if let Some(count) = counts.get_mut(place) {
            *count += 1.0;
        }
    }
    counts
}

/// The labels in use, ascending, so that tables are no larger than needed.
fn distinct(labels: impl Iterator<Item = u16>) -> Vec<u16> {
    let mut labels: Vec<u16> = labels.collect();
    labels.sort_unstable();
    labels.dedup();
    labels
}

fn place(labels: &[u16], label: u16) -> usize {
    labels.partition_point(|known| *known < label)
}

fn places(labels: &[u16], unit: &[u16]) -> Vec<usize> {
    let mut places: Vec<usize> = unit.iter().map(|label| place(labels, *label)).collect();
    places.sort_unstable();
    places
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
const fn as_double(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRAW: Bootstrap = Bootstrap { resamples: 1_000, seed: 7 };

    /// Four observers, twelve units, missing ratings left out (Krippendorff 2011, part C).
    fn four_observers() -> Vec<Vec<u16>> {
        vec![
            vec![1, 1, 1],
            vec![2, 2, 3, 2],
            vec![3, 3, 3, 3],
            vec![3, 3, 3, 3],
            vec![2, 2, 2, 2],
            vec![1, 2, 3, 4],
            vec![4, 4, 4, 4],
            vec![1, 1, 2, 1],
            vec![2, 2, 2, 2],
            vec![5, 5, 5],
            vec![1, 1],
            vec![3],
        ]
    }

    /// A two-by-two table: both yes, only the first, only the second, both no.
    fn table(counts: [usize; 4]) -> Vec<(u16, u16)> {
        let cells = [(1, 1), (1, 0), (0, 1), (0, 0)];
        let cells = cells.into_iter().zip(counts);
        cells.flat_map(|(cell, count)| std::iter::repeat_n(cell, count)).collect()
    }

    fn pairs_as_units(one: &[u16], other: &[u16]) -> Vec<Vec<u16>> {
        one.iter().zip(other).map(|(one, other)| vec![*one, *other]).collect()
    }

    #[track_caller]
    fn assert_near(found: Option<f64>, expected: f64, tolerance: f64) {
        let found = found.unwrap();
        assert!((found - expected).abs() < tolerance, "{found} should be {expected}");
    }

    #[test]
    fn alpha_is_that_of_the_published_examples() {
        let found = alpha(&four_observers(), Scale::Nominal, DRAW);
        assert_near(found.value, 0.743, 0.0005);
        assert_eq!((found.units, found.ratings), (11, 40));
        assert_near(alpha(&four_observers(), Scale::Ordinal, DRAW).value, 0.815, 0.0005);

        let binary =
            pairs_as_units(&[0, 1, 0, 0, 0, 0, 0, 0, 1, 0], &[1, 1, 1, 0, 0, 1, 0, 0, 0, 0]);
        assert_near(alpha(&binary, Scale::Nominal, DRAW).value, 0.095, 0.0005);

        let (one, other) =
            ([1, 1, 2, 2, 4, 3, 3, 3, 5, 4, 4, 1], [2, 1, 2, 2, 2, 3, 3, 3, 5, 4, 4, 4]);
        let found = alpha(&pairs_as_units(&one, &other), Scale::Nominal, DRAW);
        assert_near(found.value, 0.692, 0.0005);
    }

    #[test]
    fn kappa_is_that_of_the_textbook() {
        let found = kappa(&table([20, 5, 10, 15]), DRAW);
        assert_near(found.value, 0.4, 1e-12);
        assert_eq!((found.units, found.ratings), (50, 100));
        assert_near(kappa(&table([45, 15, 25, 15]), DRAW).value, 0.1304, 0.00005);
        assert_near(kappa(&table([25, 35, 5, 35]), DRAW).value, 0.2593, 0.00005);
    }

    #[test]
    fn the_order_of_raters_and_units_does_not_matter() {
        let units = four_observers();
        let mut turned = units.clone();
        turned.reverse();
        for unit in &mut turned {
            unit.reverse();
        }
        for scale in [Scale::Nominal, Scale::Ordinal] {
            let expected = alpha(&units, scale, DRAW).value.unwrap();
            assert_near(alpha(&turned, scale, DRAW).value, expected, 1e-12);
        }
        let swapped: Vec<(u16, u16)> =
            table([20, 5, 10, 15]).into_iter().map(|(one, other)| (other, one)).collect();
        assert_near(kappa(&swapped, DRAW).value, 0.4, 1e-12);
    }

    #[test]
    fn twice_the_same_data_leaves_kappa_and_takes_the_correction_off_alpha() {
        assert_near(kappa(&table([40, 10, 20, 30]), DRAW).value, 0.4, 1e-12);
        for scale in [Scale::Nominal, Scale::Ordinal] {
            let once = alpha(&four_observers(), scale, DRAW).value.unwrap();
            let twice = [four_observers(), four_observers()].concat();
            // The correction for small samples is (n - 1) / n, with 40 and with 80 ratings.
            let expected = 1.0 - (1.0 - once) * (79.0 / 80.0) / (39.0 / 40.0);
            assert_near(alpha(&twice, scale, DRAW).value, expected, 1e-12);
        }
    }

    #[test]
    fn names_do_not_matter_and_ranks_may_be_turned_around() {
        let rename = |name: fn(u16) -> u16| -> Vec<Vec<u16>> {
            let units = four_observers();
            units.into_iter().map(|unit| unit.into_iter().map(name).collect()).collect()
        };
        let shuffled = rename(|label| label * 7 % 11 + 65_000);
        assert_near(alpha(&shuffled, Scale::Nominal, DRAW).value, 0.743_421, 1e-6);
        let turned = rename(|label| 6 - label);
        assert_near(alpha(&turned, Scale::Ordinal, DRAW).value, 0.815_387, 1e-6);
    }

    #[test]
    fn a_near_miss_is_better_than_a_far_one_only_on_the_ordinal_scale() {
        let near = pairs_as_units(&[1, 2, 3, 4, 1], &[1, 2, 3, 4, 2]);
        let far = pairs_as_units(&[1, 2, 3, 4, 1], &[1, 2, 3, 4, 4]);
        let of = |units: &[Vec<u16>], scale| alpha(units, scale, DRAW).value.unwrap();
        assert!(of(&near, Scale::Ordinal) > of(&far, Scale::Ordinal) + 0.1);
        assert!((of(&near, Scale::Nominal) - of(&far, Scale::Nominal)).abs() < 1e-12);
    }

    #[test]
    fn always_the_same_is_one_if_labels_vary_and_undefined_if_not() {
        let varied = vec![vec![1, 1], vec![2, 2, 2], vec![1, 1, 1]];
        assert_eq!(alpha(&varied, Scale::Nominal, DRAW).value, Some(1.0));
        assert_eq!(alpha(&varied, Scale::Ordinal, DRAW).value, Some(1.0));
        assert_eq!(kappa(&[(1, 1), (2, 2)], DRAW).value, Some(1.0));

        let single = alpha(&[vec![3, 3], vec![3, 3, 3]], Scale::Nominal, DRAW);
        assert_eq!((single.value, single.low, single.high), (None, None, None));
        assert_eq!((single.units, single.ratings), (2, 5));
        assert_eq!(kappa(&[(4, 4); 100], DRAW).value, None);
    }

    #[test]
    fn too_little_gives_no_value() {
        assert_eq!(alpha(&[], Scale::Ordinal, DRAW).value, None);
        assert_eq!(alpha(&[vec![1], vec![2], vec![]], Scale::Nominal, DRAW).units, 0);
        assert_eq!(alpha(&[vec![1, 2], vec![2]], Scale::Nominal, DRAW).value, None);
        assert_eq!(kappa(&[], DRAW).value, None);
        assert_eq!(kappa(&[(1, 2)], DRAW).value, None);
    }

    #[test]
    fn the_interval_holds_the_value_and_narrows_with_more_units() {
        let few = alpha(&four_observers(), Scale::Nominal, DRAW);
        let ten_times: Vec<Vec<u16>> =
            std::iter::repeat_with(four_observers).take(10).flatten().collect();
        let many = alpha(&ten_times, Scale::Nominal, DRAW);
        for found in [few, many, kappa(&table([20, 5, 10, 15]), DRAW)] {
            let (low, value, high) =
                (found.low.unwrap(), found.value.unwrap(), found.high.unwrap());
            assert!(low < value && value < high && high <= 1.0, "{found:?}");
        }
        let width = |found: Agreement| found.high.unwrap() - found.low.unwrap();
        assert!(width(many) < width(few) / 2.0);
    }

    #[test]
    fn the_same_seed_gives_the_same_interval() {
        let pairs = table([20, 5, 10, 15]);
        assert_eq!(kappa(&pairs, DRAW), kappa(&pairs, DRAW));
        assert_ne!(kappa(&pairs, DRAW), kappa(&pairs, Bootstrap { seed: 8, ..DRAW }));
        let none = kappa(&pairs, Bootstrap { resamples: 39, ..DRAW });
        assert_eq!((none.low, none.high), (None, None));
        assert_near(none.value, 0.4, 1e-12);
        assert!(kappa(&pairs, Bootstrap { resamples: usize::MAX, ..DRAW }).low.is_some());
    }
}
