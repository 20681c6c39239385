//! Where the log names a person: for each stretch of some thousand entries a sorted list of 32-bit
//! digests, each with the place of the entry in the stretch. A search reads some 20 bytes an event,
//! and then the events that were found.

use std::collections::BTreeSet;

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use crate::batch::Stretch;
use crate::rows::{place, seq};
use crate::{Error, Store};

/// Stretches read at a time: about 4 MB.
const CHUNK: i64 = 64;

/// Bytes of a name in a list: the digest, and the place in the stretch.
const NAME_BYTES: usize = 6;

impl Store {
    /// The place up to which names are listed.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn named_until(&self) -> Result<u64, Error> {
        let text = "SELECT coalesce(max(until), 0) FROM named";
        let until: i64 = sqlx::query_scalar(text).fetch_one(&self.reader).await?;
        Ok(seq(until))
    }

    /// The stretches listed, in order: the first place, and the one after the last.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn stretches(&self) -> Result<Vec<(u64, u64)>, Error> {
        let text = "SELECT first, until FROM named ORDER BY first";
        let rows: Vec<(i64, i64)> = sqlx::query_as(text).fetch_all(&self.reader).await?;
        Ok(rows.into_iter().map(|(first, until)| (seq(first), seq(until))).collect())
    }

    /// The stretch that begins at `first`; `None` if there is none.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn stretch(&self, first: u64) -> Result<Option<Stretch>, Error> {
        let text = "SELECT first, until, prints FROM named WHERE first = $1";
        let row = sqlx::query(text).bind(place(first)).fetch_optional(&self.reader).await?;
        row.as_ref().map(stretch).transpose()
    }

    /// The places of events, among those that are listed, that may name one of `prints`.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn named(&self, prints: &[u32]) -> Result<BTreeSet<u64>, Error> {
        let (mut found, mut after) = (BTreeSet::new(), -1);
        loop {
            let text = "SELECT first, until, prints FROM named WHERE first > $1 ORDER BY first
                        LIMIT $2";
            let query = sqlx::query(text).bind(after).bind(CHUNK);
            let rows = query.fetch_all(&self.reader).await?;
            let Some(last) = rows.last() else { return Ok(found) };
            after = last.try_get(0)?;
            for row in &rows {
                let first = seq(row.try_get(0)?);
                let listed: &[u8] = row.try_get(2)?;
                let places = prints.iter().flat_map(|print| places(listed, *print));
                found.extend(places.map(|place| first + u64::from(place)));
            }
        }
    }

    /// The lists of the stretches that hold one of the entries `gone`, without those entries.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn named_without(&self, gone: &BTreeSet<u64>) -> Result<Vec<Stretch>, Error> {
        let (mut stretches, mut from) = (Vec::new(), 0);
        while let Some(next) = gone.range(from..).next() {
            let text = "SELECT first, until, prints FROM named WHERE first <= $1
                        ORDER BY first DESC LIMIT 1";
            let query = sqlx::query(text).bind(place(*next));
            let Some(row) = query.fetch_optional(&self.reader).await? else { break };
            let stretch = stretch(&row)?;
            if stretch.until <= *next {
                // The rest is not listed yet.
                break;
            }
            from = stretch.until;
            stretches.push(stretch.without(gone));
        }
        Ok(stretches)
    }
}

fn stretch(row: &SqliteRow) -> Result<Stretch, Error> {
    let (first, until) = (seq(row.try_get(0)?), seq(row.try_get(1)?));
    Ok(Stretch { first, until, prints: row.try_get(2)? })
}

/// A name of a list.
fn name(bytes: [u8; NAME_BYTES]) -> (u32, u16) {
    let [a, b, c, d, e, f] = bytes;
    (u32::from_be_bytes([a, b, c, d]), u16::from_be_bytes([e, f]))
}

/// The places in a stretch at which its sorted list has `print`.
fn places(listed: &[u8], print: u32) -> impl Iterator<Item = u16> {
    let (names, _) = listed.as_chunks::<NAME_BYTES>();
    let first = names.partition_point(|bytes| name(*bytes).0 < print);
    let names = names[first..].iter().map(|bytes| name(*bytes));
    names.take_while(move |(found, _)| *found == print).map(|(_, place)| place)
}

impl Stretch {
    /// The stretch `first..until` with digests of names and their places in it.
    #[must_use]
    pub fn new(first: u64, until: u64, names: &BTreeSet<(u32, u16)>) -> Self {
        let bytes = |(print, place): &(u32, u16)| {
            print.to_be_bytes().into_iter().chain(place.to_be_bytes())
        };
        Self { first, until, prints: names.iter().flat_map(bytes).collect() }
    }

    /// The digests with their places in the stretch.
    #[must_use]
    pub fn names(&self) -> BTreeSet<(u32, u16)> {
        let (names, _) = self.prints.as_chunks::<NAME_BYTES>();
        names.iter().map(|bytes| name(*bytes)).collect()
    }

    /// The same without what is at the places `gone`.
    fn without(self, gone: &BTreeSet<u64>) -> Self {
        let (names, _) = self.prints.as_chunks::<NAME_BYTES>();
        let stays =
            |bytes: &&[u8; NAME_BYTES]| !gone.contains(&(self.first + u64::from(name(**bytes).1)));
        let prints = names.iter().filter(stays).flatten().copied().collect();
        Self { prints, ..self }
    }

    pub(crate) fn places(&self) -> (i64, i64) {
        (place(self.first), place(self.until))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_at_its_places_and_nowhere_else() {
        let names = BTreeSet::from([(7, 0), (7, 5), (u32::MAX, 5), (1 << 24, 4095), (0, 2)]);
        let stretch = Stretch::new(3, 9000, &names);
        assert_eq!(stretch.places(), (3, 9000));
        let at = |stretch: &Stretch, print| places(&stretch.prints, print).collect::<Vec<_>>();
        assert_eq!(at(&stretch, 7), [0, 5]);
        assert_eq!(at(&stretch, 1 << 24), [4095]);
        assert_eq!(at(&stretch, u32::MAX), [5]);
        assert!([1, 8, 1 << 16].iter().all(|print| at(&stretch, *print).is_empty()));
        let stretch = stretch.without(&BTreeSet::from([8, 5]));
        assert_eq!(
            (at(&stretch, 7), at(&stretch, u32::MAX)),
            (vec![0], Vec::new()),
            "3 + 5 is gone"
        );
        assert!(at(&stretch, 0).is_empty(), "so is 3 + 2");
        assert!(places(&[], 7).next().is_none());
    }
}
