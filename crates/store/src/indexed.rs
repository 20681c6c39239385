//! Compares the index of keys with the rows of `log` and `record` that it must lead to. All keys
//! are summed up first, slice by slice; only a slice whose sum differs is compared key by key.

use std::collections::{BTreeSet, HashSet};
use std::hash::{BuildHasher as _, RandomState};

use sqlx::Row as _;

use crate::batch::{LogRow, RecordRow};
use crate::lookup::{self, Pair, SLICES, slice};
use crate::rows::{place, seq};
use crate::{Error, Store};

/// Rows of the index read at a time.
const CHUNK: i64 = 20_000;

/// Entries read at a time when a slice is compared.
const ENTRIES: u64 = 4_000;

/// What is read at a time: every key with its place, as text.
const PAGE: &str = "SELECT group_concat(hex(key) || seq, ' ') FROM
    (SELECT key, seq FROM lookup WHERE (key, seq) > ($1, $2) ORDER BY key, seq LIMIT $3)";

/// The hexadecimal digits of a key.
const KEY_DIGITS: usize = 32;

/// The sums of the keys that the index must have, slice by slice.
#[derive(Debug)]
pub struct KeySums {
    /// For each slice, the place up to which its keys are in the table.
    until: [u64; SLICES],
    due: [Sum; SLICES],
    hash: RandomState,
}

/// A number of keys, and the sum of their hashes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sum(u64, u64);

impl Sum {
    const fn add(&mut self, hash: u64) {
        *self = Self(self.0 + 1, self.1.wrapping_add(hash));
    }
}

/// A difference between the index and the rows that it must lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Misled {
    /// The place of the entry.
    pub seq: u64,
    /// Whether a key leads there that should not; otherwise one is missing.
    pub is_extra: bool,
}

impl KeySums {
    /// Adds the keys of an event and of its decision.
    pub fn add(&mut self, log: &LogRow, record: Option<&RecordRow>) {
        for (key, seq) in pairs(log, record) {
            let slice = slice(key);
            if seq < self.until[slice] {
                self.due[slice].add(self.hash.hash_one((key, seq)));
            }
        }
    }
}

/// The keys that lead to an event and its decision.
fn pairs(log: &LogRow, record: Option<&RecordRow>) -> impl Iterator<Item = Pair> {
    let keys =
        std::iter::once(&log.key).chain(&log.attributes).map(|key| (lookup::event(*key), log.seq));
    keys.chain(record.into_iter().flat_map(lookup::record_pairs))
}

/// A row of the index, as [`PAGE`] writes it.
fn read(row: &str) -> Option<Pair> {
    let (key, place) = row.split_at_checked(KEY_DIGITS)?;
    Some((u128::from_str_radix(key, 16).ok()?, place.parse().ok()?))
}

impl Store {
    /// The places up to which the index was written, to begin [`KeySums::add`] with.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn key_sums(&self) -> Result<KeySums, Error> {
        let until = lookup::written(&self.reader).await?;
        Ok(KeySums { until, due: [Sum::default(); SLICES], hash: RandomState::new() })
    }

    /// Where the index does not lead as `sums`, added up over all entries below `size`, says. Keys
    /// written since then are left out.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if a read fails.
    pub async fn misled(&self, sums: &KeySums, size: u64) -> Result<BTreeSet<Misled>, Error> {
        let (mut found, mut beyond) = ([Sum::default(); SLICES], BTreeSet::new());
        self.each_key((0, u128::MAX), |(key, seq)| {
            let slice = slice(key);
            match seq < sums.until[slice] {
                true => found[slice].add(sums.hash.hash_one((key, seq))),
                false => drop(beyond.insert(seq)),
            }
        })
        .await?;
        let differ = (0..SLICES).filter(|slice| found[*slice] != sums.due[*slice]);
        let differ: HashSet<usize> = differ.collect();
        let mut misled = BTreeSet::new();
        // Nothing was written beside this: what is beyond the places written is too much.
        if lookup::written(&self.reader).await? == sums.until {
            misled.extend(beyond.into_iter().map(|seq| Misled { seq, is_extra: true }));
        }
        if self.size().await? == size {
            let beyond = sums.until.iter().filter(|until| **until > size);
            misled.extend(beyond.map(|until| Misled { seq: *until, is_extra: true }));
        }
        for slice in differ {
            misled.extend(self.compare(sums, (slice, size)).await?);
        }
        Ok(misled)
    }

    /// Compares one slice key by key.
    async fn compare(
        &self,
        sums: &KeySums,
        (number, size): (usize, u64),
    ) -> Result<Vec<Misled>, Error> {
        let (until, mut due) = (sums.until[number], BTreeSet::new());
        let mut from = 0;
        while from < size.min(until) {
            let next = (from + ENTRIES).min(size.min(until));
            let mut records = self.records(from, next).await?.into_iter().peekable();
            for log in self.log(from, next).await? {
                while records.next_if(|record| record.seq < log.seq).is_some() {}
                let record = records.next_if(|record| record.seq == log.seq);
                due.extend(pairs(&log, record.as_ref()).filter(|(key, _)| slice(*key) == number));
            }
            from = next;
        }
        let mut misled = Vec::new();
        for range in lookup::ranges(number) {
            self.each_key(range, |pair| {
                if pair.1 < until && !due.remove(&pair) {
                    misled.push(Misled { seq: pair.1, is_extra: true });
                }
            })
            .await?;
        }
        misled.extend(due.into_iter().map(|(_, seq)| Misled { seq, is_extra: false }));
        Ok(misled)
    }

    /// Passes every row of the index with a key in `from..=until` to `see`, in order.
    async fn each_key(
        &self,
        (from, until): (u128, u128),
        mut see: impl FnMut(Pair),
    ) -> Result<(), Error> {
        let (mut after, mut last) = (from, -1);
        loop {
            let query = sqlx::query(PAGE).bind(after.to_be_bytes().to_vec()).bind(last).bind(CHUNK);
            let row = query.fetch_one(&self.reader).await?;
            let Some(page) = row.try_get::<Option<&str>, _>(0)? else { return Ok(()) };
            for row in page.split(' ') {
                let pair = read(row).ok_or_else(|| {
                    Error::Damaged(format!("a row of the index of keys after {after:032x}"))
                })?;
                if pair.0 > until {
                    return Ok(());
                }
                (after, last) = (pair.0, place(pair.1));
                see((pair.0, seq(last)));
            }
        }
    }
}
