//! The stretches of the log that may name a person: a sorted list of 32-bit digests for each
//! stretch of some thousand entries. A search reads 40 bytes per event instead of the event;
//! stretches that match are then read whole.

use sqlx::Row as _;

use crate::batch::Stretch;
use crate::rows::{place, seq};
use crate::{Error, Store};

/// Stretches read at a time: about 2 MB.
const CHUNK: i64 = 64;

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

    /// The stretches of the log that may contain one of `prints`, in order. The last is the part
    /// that is not listed yet.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn stretches(&self, prints: &[u32]) -> Result<Vec<(u64, u64)>, Error> {
        let (mut found, mut after) = (Vec::new(), -1);
        loop {
            let text = "SELECT first, until, prints FROM named WHERE first > $1 ORDER BY first
                        LIMIT $2";
            let query = sqlx::query(text).bind(after).bind(CHUNK);
            let rows = query.fetch_all(&self.reader).await?;
            let Some(last) = rows.last() else { break };
            after = last.try_get(0)?;
            for row in &rows {
                let listed: &[u8] = row.try_get(2)?;
                if prints.iter().any(|print| is_in(listed, *print)) {
                    found.push((seq(row.try_get(0)?), seq(row.try_get(1)?)));
                }
            }
        }
        let (until, size) = (self.named_until().await?, self.size().await?);
        if until < size {
            found.push((until, size));
        }
        Ok(found)
    }
}

/// Whether `print` is among sorted digests of four bytes each.
fn is_in(listed: &[u8], print: u32) -> bool {
    let (digests, _) = listed.as_chunks::<4>();
    digests.binary_search_by_key(&print, |digest| u32::from_be_bytes(*digest)).is_ok()
}

impl Stretch {
    /// The stretch `first..until` with those names.
    #[must_use]
    pub fn new(first: u64, until: u64, prints: &std::collections::BTreeSet<u32>) -> Self {
        let prints = prints.iter().flat_map(|print| print.to_be_bytes()).collect();
        Self { first, until, prints }
    }

    pub(crate) fn places(&self) -> (i64, i64) {
        (place(self.first), place(self.until))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_where_it_is_listed_and_nowhere_else() {
        let prints = std::collections::BTreeSet::from([7, u32::MAX, 1 << 24, 0]);
        let stretch = Stretch::new(3, 9, &prints);
        assert_eq!(stretch.places(), (3, 9));
        assert!(prints.iter().all(|print| is_in(&stretch.prints, *print)));
        assert!(![1, 8, 1 << 16].iter().any(|print| is_in(&stretch.prints, *print)));
        assert!(!is_in(&[], 7));
    }
}
