//! Counts that are kept rather than computed, and refused records.

use std::collections::BTreeMap;

use sqlx::Row as _;

use crate::batch::RefusedRow;
use crate::rows::seq;
use crate::{Error, Store};

impl Store {
    /// The counts called `name`, by key, over all days.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn daily_count(&self, name: &str) -> Result<BTreeMap<String, u64>, Error> {
        let text = "SELECT key, sum(count) FROM tally WHERE name = $1 GROUP BY key";
        let rows = sqlx::query(text).bind(name).fetch_all(&self.reader).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, seq(row.try_get(1)?)))).collect()
    }

    /// The counts called `name`, by day of event time (days since 1970), over all keys.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn daily_count_by_day(&self, name: &str) -> Result<BTreeMap<i64, u64>, Error> {
        let text = "SELECT day, sum(count) FROM tally WHERE name = $1 GROUP BY day";
        let rows = sqlx::query(text).bind(name).fetch_all(&self.reader).await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, seq(row.try_get(1)?)))).collect()
    }

    /// All counts, by name, key and day.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn daily_counts(&self) -> Result<BTreeMap<(String, String, i64), u64>, Error> {
        let text = "SELECT name, key, day, count FROM tally";
        let rows = sqlx::query(text).fetch_all(&self.reader).await?;
        let read = |row: &sqlx::sqlite::SqliteRow| {
            let key = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            Ok((key, seq(row.try_get(3)?)))
        };
        rows.iter().map(read).collect()
    }

    /// Whether nothing was ever counted.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn has_no_daily_counts(&self) -> Result<bool, Error> {
        let text = "SELECT NOT EXISTS (SELECT 1 FROM tally WHERE name = 'events')";
        Ok(sqlx::query_scalar(text).fetch_one(&self.reader).await?)
    }

    /// Refused records, the latest first, with numbers below `before`, at most `limit`.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn refused(
        &self,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<(u64, RefusedRow)>, Error> {
        let text = "SELECT * FROM refused WHERE id < $1 ORDER BY id DESC LIMIT $2";
        let before = before.map_or(i64::MAX, crate::rows::place);
        let rows = sqlx::query(text).bind(before).bind(limit).fetch_all(&self.reader).await?;
        let row = |row: &sqlx::sqlite::SqliteRow| {
            let refused = RefusedRow {
                at_ms: row.try_get("at_ms")?,
                sender: row.try_get("sender")?,
                place: seq(row.try_get("place")?),
                reason: row.try_get("reason")?,
                message: row.try_get("message")?,
                excerpt: row.try_get("excerpt")?,
            };
            Ok((seq(row.try_get("id")?), refused))
        };
        rows.iter().map(row).collect()
    }
}
