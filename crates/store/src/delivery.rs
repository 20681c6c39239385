//! The progress of each receiver of messages: a cursor, and the messages that were left behind.

use std::collections::BTreeMap;

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use crate::rows::{place, seq};
use crate::{Error, Store};

/// The progress of a receiver.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receiver {
    /// Its name.
    pub name: String,
    /// The place of its first message, or an earlier one.
    pub start: u64,
    /// Every message below this place was delivered or left behind.
    pub cursor: u64,
    /// Number of messages delivered.
    pub delivered: u64,
}

/// A message that a receiver has not accepted yet, while later ones were sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Undelivered {
    /// The receiver.
    pub receiver: String,
    /// The place of the message.
    pub seq: u64,
    /// The subject; empty after an erasure.
    pub subject: String,
    /// Number of attempts.
    pub attempts: u32,
    /// When it is tried next, in milliseconds since 1970.
    pub due_ms: i64,
    /// When it was tried first, in milliseconds since 1970.
    pub since_ms: i64,
    /// Whether it is no longer tried.
    pub is_dead: bool,
    /// The error of the last attempt.
    pub error: String,
}

/// A change in the progress of a receiver.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Every message below this place was delivered or left behind.
    pub cursor: u64,
    /// Number of messages delivered since the last time.
    pub delivered: u64,
    /// Messages left behind, or retried without success.
    pub behind: Vec<Undelivered>,
    /// Places of messages that had been left behind and are now delivered or gone.
    pub settled: Vec<u64>,
}

impl Store {
    /// The receiver called `name`; a new one starts with messages from place `start` on.
    ///
    /// # Errors
    ///
    /// [`Error::Full`], [`Error::Disk`] or [`Error::Locked`] if the write fails.
    pub async fn receiver(&self, name: &str, start: u64) -> Result<Receiver, Error> {
        let text = "INSERT INTO receiver (name, start, cursor, delivered) VALUES ($1, $2, $2, 0)
                    ON CONFLICT (name) DO NOTHING";
        sqlx::query(text).bind(name).bind(place(start)).execute(&self.writer).await?;
        let found = self.receivers().await?.into_iter().find(|receiver| receiver.name == name);
        found.ok_or_else(|| Error::Damaged(format!("the receiver `{name}` is missing")))
    }

    /// All receivers that ever existed, by name.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn receivers(&self) -> Result<Vec<Receiver>, Error> {
        let rows =
            sqlx::query("SELECT * FROM receiver ORDER BY name").fetch_all(&self.reader).await?;
        let receiver = |row: &SqliteRow| {
            Ok(Receiver {
                name: row.try_get("name")?,
                start: seq(row.try_get("start")?),
                cursor: seq(row.try_get("cursor")?),
                delivered: seq(row.try_get("delivered")?),
            })
        };
        rows.iter().map(receiver).collect()
    }

    /// The places and subjects of messages that `receiver` has not left behind, from place `from`
    /// on and below `until`, at most `limit`. The subject is empty after an erasure.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn pending(
        &self,
        receiver: &str,
        (from, until): (u64, u64),
        limit: u32,
    ) -> Result<Vec<(u64, String)>, Error> {
        let text = "SELECT seq, coalesce(subject, '') FROM outbox
                    WHERE seq >= $1 AND seq < $2 AND NOT EXISTS (
                        SELECT 1 FROM undelivered
                        WHERE undelivered.receiver = $3 AND undelivered.seq = outbox.seq)
                    ORDER BY seq LIMIT $4";
        let query = sqlx::query_as(text).bind(place(from)).bind(place(until));
        let rows: Vec<(i64, String)> =
            query.bind(receiver).bind(limit).fetch_all(&self.reader).await?;
        Ok(rows.into_iter().map(|(at, subject)| (seq(at), subject)).collect())
    }

    /// The messages at `places`, by place. Those that were erased are left out.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn messages(&self, places: &[u64]) -> Result<BTreeMap<u64, Vec<u8>>, Error> {
        let mut query = sqlx::QueryBuilder::new("SELECT seq, message FROM outbox WHERE seq IN (");
        let mut list = query.separated(", ");
        for at in places {
            list.push_bind(place(*at));
        }
        query.push(") AND message IS NOT NULL");
        let rows = query.build_query_as::<(i64, Vec<u8>)>().fetch_all(&self.reader).await?;
        Ok(rows.into_iter().map(|(at, message)| (seq(at), message)).collect())
    }

    /// The number of messages from place `from` on, counted up to `limit`.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn messages_from(&self, from: u64, limit: u32) -> Result<u64, Error> {
        let text = "SELECT count(*) FROM (SELECT 1 FROM outbox WHERE seq >= $1 LIMIT $2)";
        let query = sqlx::query_scalar(text).bind(place(from)).bind(limit);
        Ok(seq(query.fetch_one(&self.reader).await?))
    }

    /// Records the progress of a receiver. The subjects of messages left behind are taken from the
    /// outbox, since they may have been erased meanwhile.
    ///
    /// # Errors
    ///
    /// [`Error::Full`], [`Error::Disk`] or [`Error::Locked`] if the write fails; nothing is changed
    /// then.
    pub async fn progress(&self, receiver: &str, progress: &Progress) -> Result<(), Error> {
        let mut connection = self.begin().await?;
        let done = progress_of(&mut connection, receiver, progress).await;
        self.end(connection, done).await
    }

    /// Messages that `receiver` left behind, dead or alive, from place `from` on, at most `limit`.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn undelivered(
        &self,
        receiver: &str,
        is_dead: bool,
        (from, limit): (u64, u32),
    ) -> Result<Vec<Undelivered>, Error> {
        let text = "SELECT * FROM undelivered WHERE receiver = $1 AND is_dead = $2 AND seq >= $3
                    ORDER BY seq LIMIT $4";
        let query = sqlx::query(text).bind(receiver).bind(is_dead).bind(place(from)).bind(limit);
        query.fetch_all(&self.reader).await?.iter().map(undelivered).collect()
    }

    /// Every receiver's record of having left behind the message at the place `at`.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn left_behind(&self, at: u64) -> Result<Vec<Undelivered>, Error> {
        let text = "SELECT undelivered.* FROM receiver JOIN undelivered
                    ON undelivered.receiver = receiver.name AND undelivered.seq = $1";
        let rows = sqlx::query(text).bind(place(at)).fetch_all(&self.reader).await?;
        rows.iter().map(undelivered).collect()
    }

    /// The number of messages that `receiver` left behind: alive and dead.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn count_left_behind(&self, receiver: &str) -> Result<(u64, u64), Error> {
        let text = "SELECT count(*) FILTER (WHERE NOT is_dead), count(*) FILTER (WHERE is_dead)
                    FROM undelivered WHERE receiver = $1";
        let (alive, dead): (i64, i64) =
            sqlx::query_as(text).bind(receiver).fetch_one(&self.reader).await?;
        Ok((seq(alive), seq(dead)))
    }

    /// Schedules dead messages of `receiver` for retry now: the one at the place `at`, or all.
    /// Returns their number.
    ///
    /// # Errors
    ///
    /// [`Error::Full`], [`Error::Disk`] or [`Error::Locked`] if the write fails.
    pub async fn resend(&self, receiver: &str, at: Option<u64>, now_ms: i64) -> Result<u64, Error> {
        let text = "UPDATE undelivered SET is_dead = FALSE, attempts = 0, due_ms = $3
                    WHERE receiver = $1 AND is_dead AND ($2 IS NULL OR seq = $2)";
        let query = sqlx::query(text).bind(receiver).bind(at.map(place)).bind(now_ms);
        Ok(query.execute(&self.writer).await?.rows_affected())
    }
}

fn undelivered(row: &SqliteRow) -> Result<Undelivered, Error> {
    Ok(Undelivered {
        receiver: row.try_get("receiver")?,
        seq: seq(row.try_get("seq")?),
        subject: row.try_get("subject")?,
        attempts: row.try_get("attempts")?,
        due_ms: row.try_get("due_ms")?,
        since_ms: row.try_get("since_ms")?,
        is_dead: row.try_get("is_dead")?,
        error: row.try_get("error")?,
    })
}

async fn progress_of(
    connection: &mut SqliteConnection,
    receiver: &str,
    progress: &Progress,
) -> Result<(), Error> {
    let text = "UPDATE receiver SET cursor = $2, delivered = delivered + $3 WHERE name = $1";
    sqlx::query(text)
        .bind(receiver)
        .bind(place(progress.cursor))
        .bind(place(progress.delivered))
        .execute(&mut *connection)
        .await?;
    for left in &progress.behind {
        sqlx::query(
            "INSERT OR REPLACE INTO undelivered
                 (receiver, seq, subject, attempts, due_ms, since_ms, is_dead, error)
                 VALUES ($1, $2, coalesce((SELECT subject FROM outbox WHERE seq = $2), ''),
                     $3, $4, $5, $6, $7)",
        )
        .bind(receiver)
        .bind(place(left.seq))
        .bind(left.attempts)
        .bind(left.due_ms)
        .bind(left.since_ms)
        .bind(left.is_dead)
        .bind(&left.error)
        .execute(&mut *connection)
        .await?;
    }
    for settled in &progress.settled {
        sqlx::query("DELETE FROM undelivered WHERE receiver = $1 AND seq = $2")
            .bind(receiver)
            .bind(place(*settled))
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
