//! Which order of work prevents most harm: compares orders of a review queue on one and the same
//! stream of items that draw views while they wait.
//!
//! - Items arrive at random, a thousand per hour. Their views are lognormal (spread 2.3) and come
//!   at a rate that fades exponentially; how fast differs by item (lognormal, median 10 hours,
//!   spread 0.6).
//! - The chance of a violation is calibrated: it is drawn from Beta(0.25, 2), and the truth with
//!   that chance; one item in nine violates. Severities are 1, 3 and 10 for 60, 30 and 10 % of
//!   items, whatever their chance.
//! - Reviews are spread evenly over time, take an item off at once and never err. A review prevents
//!   the views that were still to come.
//! - Not modelled: wrong chances, daily rhythm, lanes with deadlines, items that are found late,
//!   languages, views that come back.
//!
//! Chances, lives and severities are our choice, made so that the results come near to the table of
//! our first simulation, of which nothing else is left. A few items draw most views, so results
//! differ by seed: by about 0.02 at 72 hours for orders that use views, by 0.1 for those that do
//! not.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rand::{Rng, RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Beta, Distribution as _, LogNormal};
use review::priority::{Rate, Weights};
use serde::Serialize;

/// Shares of all items that reviewers have time to review.
pub const CAPACITIES: [f64; 3] = [0.03, 0.1, 0.3];

const ITEMS_PER_HOUR: u32 = 1000;

/// Items that arrive in the last hour are not counted: nobody had time to review them.
const UNCOUNTED_HOURS: f64 = 1.0;

/// Shape of the chances: many are close to 0, a few close to 1.
const CHANCE_SHAPE: (f64, f64) = (0.25, 2.0);

const VIEWS_MEDIAN: f64 = 100.0;

const VIEWS_SPREAD: f64 = 2.3;

const LIFE_HOURS_MEDIAN: f64 = 10.0;

const LIFE_SPREAD: f64 = 0.6;

/// The error of a prediction of all views at arrival, as the spread of a lognormal factor.
const PREDICTION_SPREAD: f64 = 1.2;

/// The interval at which orders by velocity are re-scored, from the views since the last time.
const QUARTER_MINUTES: u32 = 15;

/// The interval at which the shipped order receives counts of views.
const TOLD_MINUTES: u32 = 1;

/// All items take equally long, so the seconds of handling have no effect here.
const HANDLING_SECONDS: f64 = 60.0;

/// As in the review queue: how often the first item is re-scored before its rank is accepted.
const RESCORED_MAX: usize = 64;

const MS_PER_HOUR: f64 = 3_600_000.0;

/// An order of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// First come, first served.
    Fifo,
    /// The most likely violation.
    Chance,
    /// Chance times severity.
    ChanceSeverity,
    /// Chance times severity times views so far, counted every quarter of an hour.
    ViewsSoFar,
    /// Chance times severity times all views as predicted, badly, at arrival.
    RemainingAtArrival,
    /// Chance times severity times views per hour, over the last quarter of an hour.
    Velocity,
    /// The same times the item's time constant, as if it were known.
    VelocityLife,
    /// Chance times severity times views still to come, as if they were known.
    ViewsToCome,
    /// The order of the review queue, [`Weights::priority`], without its turns of the oldest.
    ShippedPure,
    /// The order of the review queue: the same, and every N-th item is the oldest.
    Shipped,
    /// The order with perfect knowledge of what violates and how many views it will still have.
    Oracle,
}

impl Policy {
    /// All orders, from the least to the most knowledge.
    pub const ALL: &[Self] = &[
        Self::Fifo,
        Self::Chance,
        Self::ChanceSeverity,
        Self::ViewsSoFar,
        Self::RemainingAtArrival,
        Self::Velocity,
        Self::VelocityLife,
        Self::ViewsToCome,
        Self::ShippedPure,
        Self::Shipped,
        Self::Oracle,
    ];

    /// The name in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fifo => "fifo",
            Self::Chance => "chance",
            Self::ChanceSeverity => "chance-severity",
            Self::ViewsSoFar => "views-so-far",
            Self::RemainingAtArrival => "remaining-at-arrival",
            Self::Velocity => "velocity",
            Self::VelocityLife => "velocity-life",
            Self::ViewsToCome => "views-to-come",
            Self::ShippedPure => "shipped-pure",
            Self::Shipped => "shipped",
            Self::Oracle => "oracle",
        }
    }

    /// How often it receives counts of views; `None` if it does not use them as they come.
    const fn told_minutes(self) -> Option<u32> {
        match self {
            Self::ViewsSoFar | Self::Velocity | Self::VelocityLife => Some(QUARTER_MINUTES),
            Self::ShippedPure | Self::Shipped => Some(TOLD_MINUTES),
            _ => None,
        }
    }

    /// Every N-th turn is the oldest item's; 0 for none.
    fn oldest_every(self) -> u64 {
        if self == Self::Shipped { review::Settings::default().oldest_every } else { 0 }
    }
}

/// The result of one order at one capacity.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Run {
    /// The order.
    pub policy: &'static str,
    /// Reviews, as a share of the items that arrive.
    pub capacity: f64,
    /// Views prevented, as a share of all views of violating items, both times severity.
    pub prevented: f64,
    /// Number of items reviewed.
    pub reviewed: u64,
}

/// The result of `policy` on `hours` of arrivals drawn from `seed`, if reviewers review a share
/// `capacity` of them, 0 to 1.
#[must_use]
pub fn run(hours: u32, capacity: f64, policy: Policy, seed: u64) -> Run {
    replay(&arrivals(hours, seed), hours, capacity, policy)
}

/// The results of all orders at all [`CAPACITIES`] on the same arrivals. `progress` is called with
/// the number of runs done and of all runs.
pub fn compare(hours: u32, seed: u64, progress: &mut dyn FnMut(usize, usize)) -> Vec<Run> {
    let items = arrivals(hours, seed);
    let all = Policy::ALL.len() * CAPACITIES.len();
    let mut runs = Vec::with_capacity(all);
    for policy in Policy::ALL {
        for capacity in CAPACITIES {
            runs.push(replay(&items, hours, capacity, *policy));
            progress(runs.len(), all);
        }
    }
    runs
}

fn replay(items: &[Item], hours: u32, capacity: f64, policy: Policy) -> Run {
    let counted_until = f64::from(hours) - UNCOUNTED_HOURS;
    let is_counted = |item: &Item| item.hour < counted_until;
    let reviews_per_hour = f64::from(ITEMS_PER_HOUR) * capacity.clamp(0.0, 1.0);
    let turns = u32::try_from(count(f64::from(hours) * reviews_per_hour)).unwrap_or(u32::MAX);
    let mut queue = Queue::new(policy, items);
    let mut prevented = 0.0;
    let mut reviewed = 0;
    for turn in 1..=turns {
        let hour = f64::from(turn) / reviews_per_hour;
        queue.advance(hour);
        let Some(item) = queue.take_next(u64::from(turn), hour) else { continue };
        reviewed += 1;
        if is_counted(item) {
            prevented += item.harm_left(hour);
        }
    }
    let harm: f64 =
        items.iter().filter(|item| is_counted(item)).map(|item| item.harm_left(item.hour)).sum();
    let prevented = if harm > 0.0 { prevented / harm } else { 0.0 };
    Run { policy: policy.name(), capacity, prevented, reviewed }
}

/// An item that may violate a policy. Times are in hours from the beginning.
struct Item {
    hour: f64,
    chance: f64,
    severity: f64,
    is_violating: bool,
    /// All views that it will ever have.
    views: f64,
    /// After this many hours a share of 1/e of the views is still to come.
    life_hours: f64,
    /// All views, as predicted at arrival.
    predicted: f64,
}

impl Item {
    /// Views still to come.
    fn left(&self, hour: f64) -> f64 {
        let age_hours = (hour - self.hour).max(0.0);
        self.views * (-age_hours / self.life_hours).exp()
    }

    fn seen(&self, hour: f64) -> f64 {
        self.views - self.left(hour)
    }

    /// Views per hour, over the last quarter of an hour or since its arrival.
    fn velocity(&self, hour: f64) -> f64 {
        let window = (hour - self.hour).min(f64::from(QUARTER_MINUTES) / 60.0);
        if window > 0.0 { (self.left(hour - window) - self.left(hour)) / window } else { 0.0 }
    }

    /// The harm that reviewing it prevents.
    fn harm_left(&self, hour: f64) -> f64 {
        if self.is_violating { self.severity * self.left(hour) } else { 0.0 }
    }
}

/// The distributions that items are drawn from.
struct Draw {
    chance: Beta<f64>,
    views: LogNormal<f64>,
    life: LogNormal<f64>,
    error: LogNormal<f64>,
}

impl Draw {
    /// Always `Some`, since the constants above are valid.
    fn new() -> Option<Self> {
        Some(Self {
            chance: Beta::new(CHANCE_SHAPE.0, CHANCE_SHAPE.1).ok()?,
            views: LogNormal::new(VIEWS_MEDIAN.ln(), VIEWS_SPREAD).ok()?,
            life: LogNormal::new(LIFE_HOURS_MEDIAN.ln(), LIFE_SPREAD).ok()?,
            error: LogNormal::new(0.0, PREDICTION_SPREAD).ok()?,
        })
    }

    fn item(&self, rng: &mut impl Rng, hour: f64) -> Item {
        let chance: f64 = self.chance.sample(rng);
        let severity = match rng.random_range(0..10_u8) {
            0..6 => 1.0,
            6..9 => 3.0,
            _ => 10.0,
        };
        let is_violating = rng.random::<f64>() < chance;
        let views: f64 = self.views.sample(rng);
        let life_hours: f64 = self.life.sample(rng);
        let error: f64 = self.error.sample(rng);
        let predicted = views * error;
        Item { hour, chance, severity, is_violating, views, life_hours, predicted }
    }
}

/// All items, in the order of arrival.
fn arrivals(hours: u32, seed: u64) -> Vec<Item> {
    let Some(draw) = Draw::new() else { return Vec::new() };
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (span, items) = (f64::from(hours), hours.saturating_mul(ITEMS_PER_HOUR));
    let mut times: Vec<f64> = (0..items).map(|_| rng.random::<f64>() * span).collect();
    times.sort_unstable_by(f64::total_cmp);
    times.into_iter().map(|hour| draw.item(&mut rng, hour)).collect()
}

/// What is known about an item that has arrived.
struct ArrivedItem {
    /// Its rank; `None` once it was reviewed.
    rank: Option<u64>,
    /// Views counted so far.
    told: u64,
    rate: Rate,
}

/// The waiting items.
struct Queue<'a> {
    policy: Policy,
    oldest_every: u64,
    items: &'a [Item],
    /// The items that have arrived, which are the first of all.
    known: Vec<ArrivedItem>,
    /// Ranks, the highest first, of equals the oldest; outdated ones are skipped.
    heap: BinaryHeap<(u64, Reverse<usize>)>,
    /// Items that will have more views.
    alive: Vec<usize>,
    /// All items before this one were reviewed.
    oldest: usize,
    /// Number of counts of views.
    tellings: u32,
    /// The time of the last count.
    told_hour: f64,
}

impl<'a> Queue<'a> {
    fn new(policy: Policy, items: &'a [Item]) -> Self {
        Self {
            policy,
            oldest_every: policy.oldest_every(),
            items,
            known: Vec::with_capacity(items.len()),
            heap: BinaryHeap::new(),
            alive: Vec::new(),
            oldest: 0,
            tellings: 0,
            told_hour: 0.0,
        }
    }

    /// Processes everything that happens until `hour`.
    fn advance(&mut self, hour: f64) {
        while let Some(next) = self.next_telling().filter(|next| *next <= hour) {
            self.admit(next);
            self.tell(next);
        }
        self.admit(hour);
    }

    fn next_telling(&self) -> Option<f64> {
        let minutes = self.policy.told_minutes()?;
        Some(f64::from(self.tellings + 1) * f64::from(minutes) / 60.0)
    }

    fn admit(&mut self, hour: f64) {
        let items = self.items;
        while let Some(item) = items.get(self.known.len()).filter(|item| item.hour <= hour) {
            let id = self.known.len();
            let rate = Rate::even(0, Some(ms(item.hour)), ms(item.hour));
            self.known.push(ArrivedItem { rank: None, told: 0, rate });
            self.rescore(id, hour);
            if self.policy.told_minutes().is_some() {
                self.alive.push(id);
            }
        }
    }

    /// Counts the views until `hour`; items that had some are re-scored.
    fn tell(&mut self, hour: f64) {
        self.tellings += 1;
        self.told_hour = hour;
        let mut alive = std::mem::take(&mut self.alive);
        alive.retain(|id| self.tell_one(*id, hour));
        self.alive = alive;
        // Most outdated ranks never reach the top: without this they would fill the memory.
        if self.heap.len() > 4 * self.known.len() {
            let known = &self.known;
            self.heap.retain(|(rank, Reverse(id))| known[*id].rank == Some(*rank));
        }
    }

    /// Counts the views of one item; returns whether more will come.
    fn tell_one(&mut self, id: usize, hour: f64) -> bool {
        let item = &self.items[id];
        let known = &mut self.known[id];
        if known.rank.is_none() {
            return false;
        }
        let seen = count(item.seen(hour));
        let added = seen.saturating_sub(known.told);
        let is_over = seen >= count(item.views);
        if added > 0 {
            known.told = seen;
            known.rate.add(added, ms(hour));
            self.rescore(id, hour);
        }
        !is_over
    }

    /// Removes the next item to review; `None` if none is waiting.
    fn take_next(&mut self, turn: u64, hour: f64) -> Option<&'a Item> {
        let is_turn_of_the_oldest = self.oldest_every > 0 && turn.is_multiple_of(self.oldest_every);
        let found = if is_turn_of_the_oldest { self.oldest() } else { self.foremost(hour) };
        let id = found?;
        self.known[id].rank = None;
        let items = self.items;
        items.get(id)
    }

    fn oldest(&mut self) -> Option<usize> {
        let rest = self.known.get(self.oldest..)?;
        self.oldest += rest.iter().position(|known| known.rank.is_some())?;
        Some(self.oldest)
    }

    /// The item with the highest current rank, found as in the review queue: the first is re-scored
    /// until it stays the first.
    fn foremost(&mut self, hour: f64) -> Option<usize> {
        for _ in 0..RESCORED_MAX {
            let (before, id) = self.pop()?;
            if self.rescore(id, hour) >= before {
                return Some(id);
            }
        }
        self.pop().map(|(_, id)| id)
    }

    fn pop(&mut self) -> Option<(u64, usize)> {
        while let Some((rank, Reverse(id))) = self.heap.pop() {
            if self.known[id].rank == Some(rank) {
                return Some((rank, id));
            }
        }
        None
    }

    fn rescore(&mut self, id: usize, hour: f64) -> u64 {
        let rank = rank(self.score(id, hour));
        self.known[id].rank = Some(rank);
        self.heap.push((rank, Reverse(id)));
        rank
    }

    fn score(&self, id: usize, hour: f64) -> f64 {
        let item = &self.items[id];
        let harm = item.chance * item.severity;
        match self.policy {
            Policy::Fifo => 1.0,
            Policy::Chance => item.chance,
            Policy::ChanceSeverity => harm,
            Policy::ViewsSoFar => harm * item.seen(self.told_hour),
            Policy::RemainingAtArrival => harm * item.predicted,
            Policy::Velocity => harm * item.velocity(self.told_hour),
            Policy::VelocityLife => harm * item.velocity(self.told_hour) * item.life_hours,
            Policy::ViewsToCome => harm * item.left(hour),
            Policy::ShippedPure | Policy::Shipped => shipped(item, &self.known[id].rate, hour),
            Policy::Oracle => item.harm_left(hour),
        }
    }
}

/// The priority as the review queue computes it.
fn shipped(item: &Item, rate: &Rate, hour: f64) -> f64 {
    let weights = Weights {
        chance: item.chance,
        severity: item.severity,
        remaining: rate.remaining(ms(hour)),
        seconds: HANDLING_SECONDS,
    };
    weights.priority()
}

/// A number that sorts as the score does: the bits of positive numbers sort as the numbers do.
fn rank(score: f64) -> u64 {
    if score > 0.0 { score.to_bits() } else { 0 }
}

fn ms(hour: f64) -> i64 {
    i64::try_from(count(hour * MS_PER_HOUR)).unwrap_or(i64::MAX)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the whole part of a number that is not negative"
)]
fn count(number: f64) -> u64 {
    number as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCARCE: f64 = 0.03;

    /// The share that an order prevents over several streams: a few items draw most views, so one
    /// stream says little.
    fn prevented(policy: Policy, seeds: u32) -> f64 {
        let runs = (0..seeds).map(|seed| run(6, SCARCE, policy, u64::from(seed)));
        runs.map(|run| run.prevented).sum::<f64>() / f64::from(seeds)
    }

    #[test]
    fn the_more_an_order_knows_the_more_it_prevents() {
        let fifo = prevented(Policy::Fifo, 10);
        let chance = prevented(Policy::Chance, 10);
        let chance_severity = prevented(Policy::ChanceSeverity, 10);
        assert!(fifo < chance && chance < chance_severity, "{fifo} {chance} {chance_severity}");
        let seen = prevented(Policy::ViewsSoFar, 3);
        let predicted = prevented(Policy::RemainingAtArrival, 3);
        assert!(chance_severity < seen.min(predicted), "{chance_severity} {seen} {predicted}");
        let velocity = prevented(Policy::Velocity, 3);
        let life = prevented(Policy::VelocityLife, 3);
        // The life of each item has little effect: on few items it may be lost in the noise.
        assert!(seen < velocity && velocity < life + 0.03, "{seen} {velocity} {life}");
        let oracle = prevented(Policy::Oracle, 3);
        assert!(predicted.max(velocity).max(life) < oracle && oracle <= 1.0, "{oracle}");
    }

    #[test]
    fn the_shipped_order_is_near_what_knows_all_views_and_the_oldest_cost_little() {
        let known = prevented(Policy::ViewsToCome, 3);
        let pure = prevented(Policy::ShippedPure, 3);
        let shipped = prevented(Policy::Shipped, 3);
        assert!(0.97 * known < pure && pure < known, "{pure} of {known}");
        assert!(0.98 * pure < shipped && shipped < pure, "{shipped} of {pure}");
    }

    #[test]
    fn the_same_seed_gives_the_same_run_and_another_seed_another() {
        let one = run(3, SCARCE, Policy::Shipped, 7);
        assert_eq!(one, run(3, SCARCE, Policy::Shipped, 7));
        assert_ne!(one, run(3, SCARCE, Policy::Shipped, 8));
    }

    #[test]
    fn all_orders_run_at_all_capacities_and_more_reviews_prevent_more() {
        let mut told = Vec::new();
        let runs = compare(3, 5, &mut |done, all| told.push((done, all)));
        assert_eq!(told.last(), Some(&(runs.len(), runs.len())));
        assert_eq!(runs.len(), Policy::ALL.len() * CAPACITIES.len());
        for (policy, of_one) in Policy::ALL.iter().zip(runs.chunks(CAPACITIES.len())) {
            assert!(of_one.iter().all(|run| run.policy == policy.name()), "{of_one:?}");
            assert!(of_one.iter().all(|run| (0.0..=1.0).contains(&run.prevented)), "{of_one:?}");
            assert!(of_one[0].prevented < of_one[2].prevented, "{of_one:?}");
            assert!(of_one[0].reviewed <= 90 && of_one[2].reviewed > 850, "{of_one:?}");
        }
    }

    #[test]
    fn chances_are_calibrated_and_views_have_a_heavy_tail() {
        let items = arrivals(30, 1);
        let expected: f64 = items.iter().map(|item| item.chance).sum();
        let violating: f64 = items.iter().map(|item| f64::from(u8::from(item.is_violating))).sum();
        assert!((violating / expected - 1.0).abs() < 0.1, "{violating} of {expected}");
        let mut views: Vec<f64> = items.iter().map(|item| item.views).collect();
        views.sort_unstable_by(|a, b| b.total_cmp(a));
        let (top, all): (f64, f64) = (views[..views.len() / 100].iter().sum(), views.iter().sum());
        assert!(top * 3.0 > all, "the top hundredth draws {top} of {all} views");
    }

    #[test]
    fn without_time_or_reviewers_nothing_is_prevented() {
        for (hours, capacity) in [(0, SCARCE), (2, 0.0), (2, f64::NAN)] {
            let run = run(hours, capacity, Policy::Shipped, 1);
            assert_eq!((run.reviewed, run.prevented.to_bits()), (0, 0));
        }
    }
}
