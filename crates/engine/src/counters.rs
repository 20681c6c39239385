//! One declared counter over some of its keys.
//!
//! A window is the last sixty steps of event time, including the current one, so it is up to a
//! sixtieth too short. The number of keys is limited: if there are too many, a few of them are
//! examined in turn, and the one counted longest ago is dropped. If its window had not run out, the
//! drop is counted. Only the digest of a key is stored.

use std::hash::Hasher;
use std::sync::Arc;

use decide::{Counter, Measure};
use hashbrown::HashTable;
use serde::{Deserialize, Serialize};
use siphasher::sip128::{Hasher128, SipHasher13};
use types::{Counted, FIELDS};

use crate::distinct::{Distinct, ERROR};
use crate::steps::{STEPS, Steps};

/// The number of keys examined to find one to drop.
const LOOKED_AT: usize = 8;

/// After this many half-lives a thousandth is left, which is negligible.
const HALF_LIVES: i64 = 10;

/// The most distinct counters with sketches (about 26 KB each) in one table; the others are exact
/// or make room.
const SKETCHED_MAX: u32 = 64;

/// The digest of a key or a value.
pub type Digest = u128;

/// The digest of `bytes`: SipHash-1-3 of 128 bits, the same on every machine and for ever.
#[must_use]
pub fn digest(bytes: &[u8]) -> Digest {
    let mut hasher = SipHasher13::new();
    hasher.write(bytes);
    hasher.finish128().as_u128()
}

/// What makes two declared counters the same, so that one continues where the other ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Spec {
    name: Box<str>,
    measure: Box<str>,
    max: u32,
    /// Names of fields, since their numbers change from build to build.
    by: Box<str>,
    value: Option<Box<str>>,
    last_ms: i64,
    keys_max: u32,
}

impl Spec {
    pub(crate) fn of(counter: &Counter) -> Self {
        Self {
            name: (*counter.name).into(),
            measure: counter.measure.name().into(),
            max: if let Measure::Rate(max) = counter.measure { max } else { 0 },
            by: FIELDS[counter.by].name.into(),
            value: counter.value.map(|value| FIELDS[value].name.into()),
            last_ms: counter.last_ms,
            keys_max: counter.keys_max,
        }
    }
}

/// The count of one key.
#[derive(Debug, Serialize, Deserialize)]
enum Cell {
    /// Counts or sums by step.
    Steps(Steps),
    /// The time of the first event.
    First(i64),
    /// The theoretical arrival time of GCRA.
    Arrival(f64),
    /// Count and sum of values at a moment, decaying.
    Fading {
        at: i64,
        count: f64,
        sum: f64,
    },
    Distinct(Box<Distinct>),
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    key: Digest,
    /// The time of the latest event counted, in milliseconds.
    last_ms: i64,
    cell: Cell,
}

/// How a counter counts; the same for all parts of its keys.
#[derive(Debug)]
pub struct Meter {
    pub(crate) spec: Spec,
    measure: Measure,
    last_ms: i64,
    step_ms: i64,
    averages: bool,
    /// The most keys of one table.
    keys_max: usize,
}

impl Meter {
    /// The meter of `counter`, whose keys are divided among `tables` tables.
    #[must_use]
    pub fn new(counter: &Counter, tables: usize) -> Self {
        Self {
            spec: Spec::of(counter),
            measure: counter.measure,
            last_ms: counter.last_ms,
            step_ms: (counter.last_ms / STEPS).max(1),
            averages: counter.value.is_some(),
            keys_max: (counter.keys_max as usize).div_ceil(tables),
        }
    }
}

/// One counter over the keys of one table.
#[derive(Debug)]
pub struct Counts {
    meter: Arc<Meter>,
    index: HashTable<u32>,
    entries: Vec<Entry>,
    /// The next entry to examine for room.
    hand: u32,
    sketched: u32,
    evicted: u64,
}

/// The stored form of a counter.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct KeptCounts(Vec<Entry>, u32, u32, u64);

#[expect(clippy::cast_possible_truncation, reason = "the lower half is as good as any")]
const fn hash(key: Digest) -> u64 {
    key as u64
}

impl Counts {
    /// An empty counter.
    #[must_use]
    pub const fn new(meter: Arc<Meter>) -> Self {
        Self {
            meter,
            index: HashTable::new(),
            entries: Vec::new(),
            hand: 0,
            sketched: 0,
            evicted: 0,
        }
    }

    /// The identity of the counter.
    pub(crate) fn spec(&self) -> &Spec {
        &self.meter.spec
    }

    /// The value of `key` at `time_ms`; `None` if it was never counted.
    #[must_use]
    pub fn read(&self, key: Digest, time_ms: i64) -> Option<Counted> {
        Some(self.held(self.find(key)?, time_ms))
    }

    /// The value of `key`; then an event is counted for it. One look-up for both.
    pub(crate) fn touch(
        &mut self,
        key: Digest,
        time_ms: i64,
        (reads, adds): (bool, Option<Amount>),
    ) -> Option<Counted> {
        let found = self.find(key);
        let held = found.filter(|_| reads).map(|number| self.held(number, time_ms));
        match (found, adds) {
            (Some(number), Some(amount)) => self.add_known(number, time_ms, amount),
            (None, Some(amount)) => self.add_new(key, time_ms, amount),
            (_, None) => {}
        }
        held
    }

    fn find(&self, key: Digest) -> Option<usize> {
        let number = self.index.find(hash(key), |at| self.entries[*at as usize].key == key)?;
        Some(*number as usize)
    }

    fn held(&self, number: usize, time_ms: i64) -> Counted {
        let step = time_ms.div_euclid(self.meter.step_ms);
        match &self.entries[number].cell {
            Cell::Steps(steps) => Counted::Whole(steps.read(step)),
            Cell::First(ms) => Counted::Whole(*ms),
            Cell::Arrival(at) => Counted::Limit(self.is_exceeded(*at, time_ms)),
            Cell::Fading { at, count, sum } => {
                let rate = count * self.faded(time_ms - at);
                let average = if *count > 0.0 { sum / count } else { 0.0 };
                Counted::Fraction(if self.meter.averages { average } else { rate })
            }
            Cell::Distinct(distinct) => match distinct.read(step, STEPS) {
                (count, false) => Counted::Whole(whole(count)),
                (count, true) => Counted::About { about: whole(count), error: ERROR },
            },
        }
    }

    /// Counts one event of `key` with `value`: the number to add or average, or the digest of the
    /// value.
    pub fn add(&mut self, key: Digest, time_ms: i64, value: Amount) {
        match self.find(key) {
            Some(number) => self.add_known(number, time_ms, value),
            None => self.add_new(key, time_ms, value),
        }
    }

    fn add_known(&mut self, number: usize, time_ms: i64, value: Amount) {
        self.entries[number].last_ms = self.entries[number].last_ms.max(time_ms);
        self.add_to(number, time_ms, value);
    }

    fn add_new(&mut self, key: Digest, time_ms: i64, value: Amount) {
        let cell = self.fresh(time_ms, value);
        let entry = Entry { key, last_ms: time_ms, cell };
        let number = if self.entries.len() < self.meter.keys_max {
            self.entries.push(entry);
            self.entries.len() - 1
        } else {
            let number = self.make_room(time_ms);
            self.entries[number] = entry;
            number
        };
        let entries = &self.entries;
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        self.index.insert_unique(hash(key), number, |at| hash(entries[*at as usize].key));
    }

    fn fresh(&self, time_ms: i64, value: Amount) -> Cell {
        let step = time_ms.div_euclid(self.meter.step_ms);
        match self.meter.measure {
            Measure::Count => Cell::Steps(Steps::One(step, 1)),
            Measure::Sum => Cell::Steps(Steps::One(step, value.number())),
            Measure::FirstSeen => Cell::First(time_ms),
            Measure::Rate(_) => Cell::Arrival(as_double(time_ms) + self.interval()),
            Measure::Decayed => Cell::Fading { at: time_ms, count: 1.0, sum: value.double() },
            Measure::Distinct => {
                let mut distinct = Distinct::default();
                distinct.add(value.digest(), step, STEPS);
                Cell::Distinct(Box::new(distinct))
            }
        }
    }

    fn add_to(&mut self, number: usize, time_ms: i64, value: Amount) {
        let step = time_ms.div_euclid(self.meter.step_ms);
        let (interval, tolerance) = (self.interval(), self.tolerance());
        let half_life = as_double(self.meter.last_ms);
        let is_count = self.meter.measure == Measure::Count;
        let cell = &mut self.entries[number].cell;
        match cell {
            Cell::Steps(steps) => steps.add(step, value.number(), is_count),
            Cell::First(first) => *first = (*first).min(time_ms),
            Cell::Arrival(at) => {
                let now = as_double(time_ms);
                if now >= *at - tolerance {
                    *at = at.max(now) + interval;
                }
            }
            Cell::Fading { at, count, sum } => {
                let passed = time_ms - *at;
                let fades = |ms: i64| (-as_double(ms) / half_life).exp2();
                // A late event has decayed already; a new one makes the others decay.
                let (old, new) =
                    if passed >= 0 { (fades(passed), 1.0) } else { (1.0, fades(-passed)) };
                *count = *count * old + new;
                *sum = *sum * old + value.double() * new;
                *at = (*at).max(time_ms);
            }
            Cell::Distinct(distinct) => {
                if distinct.add(value.digest(), step, STEPS) {
                    self.sketched += 1;
                    self.bound_sketches(number);
                }
            }
        }
    }

    /// The fraction of a count that is left after `passed_ms`.
    fn faded(&self, passed_ms: i64) -> f64 {
        (-as_double(passed_ms.max(0)) / as_double(self.meter.last_ms)).exp2()
    }

    /// Milliseconds between events at the limit.
    fn interval(&self) -> f64 {
        match self.meter.measure {
            Measure::Rate(max) => as_double(self.meter.last_ms) / f64::from(max),
            _ => 0.0,
        }
    }

    /// How far ahead the theoretical arrival time may be, in milliseconds.
    fn tolerance(&self) -> f64 {
        as_double(self.meter.last_ms) - self.interval()
    }

    fn is_exceeded(&self, arrival: f64, time_ms: i64) -> bool {
        as_double(time_ms) < arrival - self.tolerance()
    }

    /// Frees an entry and returns its number.
    fn make_room(&mut self, now_ms: i64) -> usize {
        let looked_at = LOOKED_AT.min(self.entries.len());
        let candidates =
            (0..looked_at).map(|offset| (self.hand as usize + offset) % self.entries.len());
        let oldest = candidates.min_by_key(|at| self.entries[*at].last_ms).unwrap_or(0);
        let hand = (self.hand as usize + looked_at) % self.entries.len();
        self.hand = u32::try_from(hand).unwrap_or(0);
        let Entry { key, last_ms, cell } = &self.entries[oldest];
        let lasts_ms = match self.meter.measure {
            Measure::FirstSeen => i64::MAX,
            Measure::Decayed => self.meter.last_ms.saturating_mul(HALF_LIVES),
            _ => self.meter.last_ms,
        };
        let has_run_out = *last_ms <= now_ms.saturating_sub(lasts_ms);
        self.evicted += u64::from(!has_run_out);
        if matches!(cell, Cell::Distinct(distinct) if matches!(**distinct, Distinct::Many(_))) {
            self.sketched -= 1;
        }
        let (key, number) = (*key, u32::try_from(oldest).unwrap_or(u32::MAX));
        if let Ok(entry) = self.index.find_entry(hash(key), |at| *at == number) {
            entry.remove();
        }
        oldest
    }

    /// Keeps the number of sketches within its limit: those counted longest ago start again.
    fn bound_sketches(&mut self, newest: usize) {
        if self.sketched <= SKETCHED_MAX {
            return;
        }
        let is_sketched = |entry: &Entry| matches!(&entry.cell, Cell::Distinct(d) if matches!(**d, Distinct::Many(_)));
        let others = self.entries.iter().enumerate();
        let others = others.filter(|(at, entry)| *at != newest && is_sketched(entry));
        if let Some((oldest, _)) = others.min_by_key(|(_, entry)| entry.last_ms) {
            self.entries[oldest].cell = Cell::Distinct(Box::default());
            self.sketched -= 1;
            self.evicted += 1;
        }
    }

    /// Keys that were dropped although their window had not run out.
    #[must_use]
    pub const fn evicted(&self) -> u64 {
        self.evicted
    }

    /// Keys remembered.
    pub(crate) const fn len(&self) -> usize {
        self.entries.len()
    }

    /// The stored form.
    pub(crate) fn kept(&self) -> impl Serialize + use<'_> {
        (&self.entries, self.hand, self.sketched, self.evicted)
    }

    /// Restores the stored form.
    pub(crate) fn restore(&mut self, KeptCounts(entries, hand, sketched, evicted): KeptCounts) {
        self.index.clear();
        for (number, entry) in (0..).zip(&entries) {
            let rehash = |at: &u32| hash(entries[*at as usize].key);
            self.index.insert_unique(hash(entry.key), number, rehash);
        }
        (self.entries, self.hand) = (entries, hand);
        (self.sketched, self.evicted) = (sketched, evicted);
    }
}

/// What an event adds to a counter.
#[derive(Clone, Copy, Debug)]
pub enum Amount {
    /// One event.
    One,
    /// A whole number.
    Whole(i64),
    /// A number.
    Double(f64),
    /// The digest of a value.
    Value(u64),
}

impl Amount {
    const fn number(self) -> i64 {
        match self {
            Self::Whole(number) => number,
            _ => 1,
        }
    }

    const fn double(self) -> f64 {
        match self {
            Self::Whole(number) => as_double(number),
            Self::Double(number) => number,
            _ => 1.0,
        }
    }

    const fn digest(self) -> u64 {
        match self {
            Self::Value(digest) => digest,
            _ => 0,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds stay far below 2^52")]
const fn as_double(number: i64) -> f64 {
    number as f64
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
