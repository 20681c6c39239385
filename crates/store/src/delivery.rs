//! How far each receiver of messages is: a cursor, and the messages that were left behind.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use crate::batch::OutboxRow;
use crate::rows::{place, seq};
use crate::{Error, Store};

/// How far a receiver is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receiver {
    /// Its name.
    pub name: String,
    /// Its first message has this place or a later one.
    pub start: u64,
    /// Everything below was delivered, or is left behind.
    pub cursor: u64,
    /// Messages delivered.
    pub delivered: u64,
}

/// A message that a receiver did not take yet, while later ones went on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Undelivered {
    /// The receiver.
    pub receiver: String,
    /// The place of the message.
    pub seq: u64,
    /// Whom or what it is about; empty after an erasure.
    pub subject: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next, in milliseconds since 1970.
    pub due_ms: i64,
    /// When it was tried first.
    pub since_ms: i64,
    /// Whether it is not tried any more.
    pub is_dead: bool,
    /// What the last attempt met.
    pub error: String,
}

/// What changed for a receiver.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Everything below was delivered, or is left behind.
    pub cursor: u64,
    /// Messages delivered since the last time.
    pub delivered: u64,
    /// Messages left behind, or tried again in vain.
    pub behind: Vec<Undelivered>,
    /// Places of messages that were left behind, and now are delivered or gone.
    pub settled: Vec<u64>,
}

impl Store {
    /// The receiver called `name`; a new one begins with messages from place `start` on.
    ///
    /// # Errors
    ///
    /// If the store cannot be written.
    pub async fn receiver(&self, name: &str, start: u64) -> Result<Receiver, Error> {
        let text = "INSERT INTO receiver (name, start, cursor, delivered) VALUES ($1, $2, $2, 0)
                    ON CONFLICT (name) DO NOTHING";
        sqlx::query(text).bind(name).bind(place(start)).execute(&self.writer).await?;
        let found = self.receivers().await?.into_iter().find(|receiver| receiver.name == name);
        found.ok_or_else(|| Error::Damaged(format!("the receiver `{name}` is missing")))
    }

    /// All receivers that there ever were, by name.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
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

    /// Messages from place `from` on, at most `limit`.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub async fn messages(&self, from: u64, limit: u32) -> Result<Vec<OutboxRow>, Error> {
        let text = "SELECT seq, subject, message FROM outbox WHERE seq >= $1 ORDER BY seq LIMIT $2";
        let rows = sqlx::query(text).bind(place(from)).bind(limit).fetch_all(&self.reader).await?;
        rows.iter().map(crate::read::outbox_row).collect()
    }

    /// How many messages lie from place `from` on, counted up to `limit`.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub async fn messages_from(&self, from: u64, limit: u32) -> Result<u64, Error> {
        let text = "SELECT count(*) FROM (SELECT 1 FROM outbox WHERE seq >= $1 LIMIT $2)";
        let query = sqlx::query_scalar(text).bind(place(from)).bind(limit);
        Ok(seq(query.fetch_one(&self.reader).await?))
    }

    /// Writes how far a receiver is.
    ///
    /// # Errors
    ///
    /// If the store cannot be written; nothing is changed then.
    pub async fn progress(&self, receiver: &str, progress: &Progress) -> Result<(), Error> {
        let mut connection = self.begin().await?;
        let done = progress_of(&mut connection, receiver, progress).await;
        self.end(connection, done).await
    }

    /// What `receiver` left behind, dead or alive, from place `from` on, at most `limit`.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
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

    /// What any receiver left behind of the message at `place`.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub async fn left_behind(&self, at: u64) -> Result<Vec<Undelivered>, Error> {
        let text = "SELECT undelivered.* FROM receiver JOIN undelivered
                    ON undelivered.receiver = receiver.name AND undelivered.seq = $1";
        let rows = sqlx::query(text).bind(place(at)).fetch_all(&self.reader).await?;
        rows.iter().map(undelivered).collect()
    }

    /// How many messages `receiver` left behind: alive and dead.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub async fn count_left_behind(&self, receiver: &str) -> Result<(u64, u64), Error> {
        let text = "SELECT count(*) FILTER (WHERE NOT is_dead), count(*) FILTER (WHERE is_dead)
                    FROM undelivered WHERE receiver = $1";
        let (alive, dead): (i64, i64) =
            sqlx::query_as(text).bind(receiver).fetch_one(&self.reader).await?;
        Ok((seq(alive), seq(dead)))
    }

    /// Has dead messages of `receiver` tried again from now on: the one at `place`, or all. Returns
    /// how many.
    ///
    /// # Errors
    ///
    /// If the store cannot be written.
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
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(receiver)
        .bind(place(left.seq))
        .bind(&left.subject)
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
