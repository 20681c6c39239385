//! Finds entries by keys that come in random order: an event's key, a decision's id, a subject, an
//! account.
//!
//! An index over random keys dirties a page for every row, and slows down as it grows. So new keys
//! wait in memory, in slices by their first bits. When too many wait, one slice after the other is
//! written in sorted order. Nothing can be lost: waiting keys are also in `log` and `record`, and
//! are read from there when the store is opened (a log-structured merge of one level; O'Neil et al.
//! 1996).

use std::collections::BTreeSet;
use std::sync::{PoisonError, RwLock};

use sqlx::sqlite::SqlitePool;
use sqlx::{Row, SqliteConnection};
use types::EventKey;

use crate::Error;
use crate::batch::{Batch, RecordRow};
use crate::rows::{Script, Table, place, seq};

/// Slices of the key space; a power of two, at most 256.
pub(crate) const SLICES: usize = 64;

/// Keys that wait before slices are written: about 50 MB.
const WAITING_MAX: usize = 1 << 20;

/// Rows read at a time when a store is opened.
const CHUNK: i64 = 20_000;

const LOOKUP: Table<'static> = Table { name: "lookup", columns: &["key", "seq"], then: "" };

/// A key with its place in the ledger.
pub(crate) type Pair = (u128, u64);

/// The keys that wait in memory.
#[derive(Debug)]
pub(crate) struct Lookup {
    inner: RwLock<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    slices: Vec<BTreeSet<Pair>>,
    count: usize,
    next: usize,
}

/// A slice being written to the table.
pub(crate) struct Merge {
    slice: usize,
    pairs: Vec<Pair>,
}

impl Default for Lookup {
    fn default() -> Self {
        let slices = vec![BTreeSet::new(); SLICES];
        Self { inner: RwLock::new(Waiting { slices, count: 0, next: 0 }) }
    }
}

/// The key of an event.
pub(crate) const fn event(key: EventKey) -> u128 {
    u128::from_be_bytes(key.0)
}

/// The key of a subject.
pub(crate) fn subject(subject: &str) -> u128 {
    event(EventKey::new("lookup:subject", subject))
}

/// The key of an account.
pub(crate) fn account(account: &str) -> u128 {
    event(EventKey::new("lookup:account", account))
}

/// The range of keys for a decision's id or a prefix of one; `None` if it is not hex.
pub(crate) fn decision(id: &str) -> Option<(u128, u128)> {
    let is_hex = id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if !is_hex || id.is_empty() || id.len() > 32 {
        return None;
    }
    let pad = |fill: char| {
        let mut text = id.to_owned();
        text.extend(std::iter::repeat_n(fill, 32 - id.len()));
        u128::from_str_radix(&text, 16).ok()
    };
    Some((pad('0')?, pad('f')?))
}

/// The slice of a key.
pub(crate) const fn slice(key: u128) -> usize {
    (key >> 120) as usize % SLICES
}

/// The ranges of keys in a slice.
pub(crate) fn ranges(slice: usize) -> impl Iterator<Item = (u128, u128)> {
    let firsts = (slice..=usize::from(u8::MAX)).step_by(SLICES);
    firsts.map(|first| {
        let from = (first as u128) << 120;
        (from, from | (u128::MAX >> 8))
    })
}

/// For each slice, the place up to which its keys are in the table.
pub(crate) async fn written(pool: &SqlitePool) -> Result<[u64; SLICES], Error> {
    let mut until = [0_u64; SLICES];
    let rows = sqlx::query("SELECT slice, until FROM lookup_slice").fetch_all(pool).await?;
    for row in rows {
        let number = usize::try_from(seq(row.try_get(0)?)).unwrap_or(SLICES);
        if let Some(known) = until.get_mut(number) {
            *known = seq(row.try_get(1)?);
        }
    }
    Ok(until)
}

impl Lookup {
    fn read<T>(&self, look: impl FnOnce(&Waiting) -> T) -> T {
        look(&self.inner.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write<T>(&self, change: impl FnOnce(&mut Waiting) -> T) -> T {
        change(&mut self.inner.write().unwrap_or_else(PoisonError::into_inner))
    }

    /// The places that wait under keys `from..=until`, in order.
    pub(crate) fn waiting(&self, from: u128, until: u128) -> Vec<u64> {
        self.read(|waiting| {
            let slices = if from == until {
                &waiting.slices[slice(from)..=slice(from)]
            } else {
                &waiting.slices[..]
            };
            let found = slices.iter().flat_map(|slice| slice.range((from, 0)..=(until, u64::MAX)));
            let mut places: Vec<u64> = found.map(|(_, seq)| *seq).collect();
            places.sort_unstable();
            places
        })
    }

    /// For each of `keys`, whether it waits.
    pub(crate) fn which_wait(&self, keys: &[u128]) -> Vec<bool> {
        self.read(|waiting| {
            let waits = |key: &u128| {
                let slice = &waiting.slices[slice(*key)];
                slice.range((*key, 0)..=(*key, u64::MAX)).next().is_some()
            };
            keys.iter().map(waits).collect()
        })
    }

    /// The next slice to write, if too many keys wait or `is_last`.
    fn due(&self, is_last: bool) -> Option<Merge> {
        self.write(|waiting| {
            if waiting.count == 0 || (waiting.count <= WAITING_MAX && !is_last) {
                return None;
            }
            let slice = waiting.next;
            waiting.next = (slice + 1) % SLICES;
            Some(Merge { slice, pairs: waiting.slices[slice].iter().copied().collect() })
        })
    }

    /// Removes the keys of a slice that was written.
    pub(crate) fn merged(&self, merge: &Merge) {
        self.write(|waiting| {
            for pair in &merge.pairs {
                if waiting.slices[merge.slice].remove(pair) {
                    waiting.count -= 1;
                }
            }
        });
    }

    fn add(&self, pairs: impl Iterator<Item = Pair>) {
        self.write(|waiting| {
            for pair in pairs {
                waiting.count += usize::from(waiting.slices[slice(pair.0)].insert(pair));
            }
        });
    }

    /// Adds the keys of a committed batch.
    pub(crate) fn committed(&self, batch: &Batch) {
        let events = batch.log.iter().flat_map(|row| {
            let keys = std::iter::once(&row.key).chain(&row.attributes);
            keys.map(|key| (event(*key), row.seq))
        });
        self.add(events.chain(batch.records.iter().flat_map(record_pairs)));
    }

    /// Writes the next slice if it is time; the caller calls [`Lookup::merged`] after the commit.
    /// `until` is the place up to which all keys are here.
    pub(crate) async fn merge(
        &self,
        connection: &mut SqliteConnection,
        until: u64,
        is_last: bool,
    ) -> Result<Option<Merge>, Error> {
        let Some(merge) = self.due(is_last) else { return Ok(None) };
        let script = &mut Script::default();
        let insert = LOOKUP.insert(connection, script, &merge.pairs, |values, (key, seq)| {
            values.put(key.to_be_bytes().to_vec()).put(place(*seq));
        });
        insert.await?;
        let text = "INSERT OR REPLACE INTO lookup_slice (slice, until) VALUES (?, ?)";
        script.add(text).put(place(merge.slice as u64)).put(place(until));
        script.run(connection).await?;
        Ok(Some(merge))
    }

    /// Writes all waiting keys.
    pub(crate) async fn merge_all(
        &self,
        connection: &mut SqliteConnection,
        until: u64,
    ) -> Result<Vec<Merge>, Error> {
        let mut merges = Vec::new();
        for _ in 0..SLICES {
            merges.extend(self.merge(connection, until, true).await?);
        }
        Ok(merges)
    }

    /// Reads the waiting keys from the store of `pool`.
    pub(crate) async fn load(&self, pool: &SqlitePool) -> Result<(), Error> {
        let until = written(pool).await?;
        let from = until.iter().copied().min().unwrap_or(0);
        self.load_events(pool, from, &until).await?;
        self.load_records(pool, from, &until).await
    }

    async fn load_events(
        &self,
        pool: &SqlitePool,
        from: u64,
        until: &[u64; SLICES],
    ) -> Result<(), Error> {
        let mut from = place(from);
        loop {
            let text = "SELECT seq, event_key, ties FROM log WHERE seq >= $1 ORDER BY seq LIMIT $2";
            let rows = sqlx::query(text).bind(from).bind(CHUNK).fetch_all(pool).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            from = last.try_get::<i64, _>(0)? + 1;
            let mut pairs = Vec::with_capacity(rows.len());
            for row in &rows {
                let key: [u8; 16] = row
                    .try_get::<&[u8], _>(1)?
                    .try_into()
                    .map_err(|_| Error::Damaged("an event key is not 16 bytes long".to_owned()))?;
                let place = seq(row.try_get(0)?);
                pairs.push((u128::from_be_bytes(key), place));
                pairs.extend(
                    attributes(row.try_get(2)?)?
                        .into_iter()
                        .map(|attribute| (event(attribute), place)),
                );
            }
            self.add(pairs.into_iter().filter(|(key, seq)| *seq >= until[slice(*key)]));
        }
    }

    async fn load_records(
        &self,
        pool: &SqlitePool,
        from: u64,
        until: &[u64; SLICES],
    ) -> Result<(), Error> {
        let mut from = place(from);
        loop {
            let text = "SELECT seq, id, subject, account FROM record
                        WHERE seq >= $1 ORDER BY seq LIMIT $2";
            let rows = sqlx::query(text).bind(from).bind(CHUNK).fetch_all(pool).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            from = last.try_get::<i64, _>(0)? + 1;
            let mut pairs = Vec::with_capacity(rows.len() * 3);
            for row in &rows {
                let (id, about): (String, Option<String>) = (row.try_get(1)?, row.try_get(2)?);
                let (place, who): (i64, Option<String>) = (row.try_get(0)?, row.try_get(3)?);
                pairs.extend(pairs_of(seq(place), &id, about.as_deref(), who.as_deref()));
            }
            self.add(pairs.into_iter().filter(|(key, seq)| *seq >= until[slice(*key)]));
        }
    }

    /// Removes these pairs.
    pub(crate) fn forget(&self, pairs: &[Pair]) {
        self.write(|waiting| {
            for pair in pairs {
                if waiting.slices[slice(pair.0)].remove(pair) {
                    waiting.count -= 1;
                }
            }
        });
    }

    /// The number of waiting keys.
    pub(crate) fn count(&self) -> usize {
        self.read(|waiting| waiting.count)
    }
}

/// The keys by which the decision of `row` is found.
pub(crate) fn record_pairs(row: &RecordRow) -> Vec<Pair> {
    pairs_of(row.seq, &row.id, row.subject.as_deref(), row.account.as_deref())
}

/// The keys by which a decision is found.
fn pairs_of(seq: u64, id: &str, about: Option<&str>, who: Option<&str>) -> Vec<Pair> {
    let keys = [decision(id).map(|(key, _)| key), about.map(subject), who.map(account)];
    keys.into_iter().flatten().map(|key| (key, seq)).collect()
}

/// Keys stored in one value, one after the other.
pub(crate) fn attributes(packed: Option<&[u8]>) -> Result<Vec<EventKey>, Error> {
    let (keys, rest) = packed.unwrap_or_default().as_chunks::<16>();
    if !rest.is_empty() {
        return Err(Error::Damaged("the length of shared keys".to_owned()));
    }
    Ok(keys.iter().copied().map(EventKey).collect())
}

/// The keys by which erased persons were found.
pub(crate) fn personal_pairs(
    seq: u64,
    (about, who): (Option<&str>, Option<&str>),
    attributes: Vec<EventKey>,
) -> Vec<Pair> {
    let mut pairs = pairs_of(seq, "", about, who);
    pairs.extend(attributes.into_iter().map(|attribute| (event(attribute), seq)));
    pairs
}
