//! Reads the changes in the log, and passes requests of the command line to a server.

use ledger::Salt;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use crate::batch::ChangeRow;
use crate::proven::{self, RowChange, SHAPES};
use crate::rows::{place, seq};
use crate::{Error, Store};

/// A request of the command line to a running server: its number, and the request, JSON.
pub type InboxRequest = (i64, String);

/// The state of a request to the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// No answer yet.
    Nothing,
    /// The answer, JSON.
    Answer(String),
    /// It is done, and the request was removed in the same commit.
    Done,
}

impl Store {
    /// Changes in places `from..until`.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn changes(&self, from: u64, until: u64) -> Result<Vec<ChangeRow>, Error> {
        let text = "SELECT seq, salt, rows FROM change WHERE seq >= $1 AND seq < $2 ORDER BY seq";
        let query = sqlx::query(text).bind(place(from)).bind(place(until));
        query.fetch_all(&self.reader).await?.iter().map(change).collect()
    }

    /// Whether rows of a store of an earlier version have yet to be entered in the log.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn is_unproven(&self) -> Result<bool, Error> {
        let text = "SELECT EXISTS (SELECT 1 FROM unproven)";
        Ok(sqlx::query_scalar(text).fetch_one(&self.reader).await?)
    }

    /// The number of the next entry of the audit trail.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn next_audit(&self) -> Result<u64, Error> {
        let text = "SELECT coalesce(max(id), 0) + 1 FROM audit";
        let next: i64 = sqlx::query_scalar(text).fetch_one(&self.reader).await?;
        Ok(seq(next))
    }

    /// Passes all rows of all proven tables to `see`, as they are at one moment. Before that,
    /// `begin` gets the changes from place `from` on that were written by then.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn rows_at_once(
        &self,
        from: u64,
        begin: &mut impl FnMut(ChangeRow) -> Result<(), Error>,
        see: &mut impl FnMut(Result<RowChange, (&'static str, String)>),
    ) -> Result<(), Error> {
        let mut connection = self.reader.begin().await?;
        let query = sqlx::query("SELECT seq, salt, rows FROM change WHERE seq >= $1 ORDER BY seq");
        for row in query.bind(place(from)).fetch_all(&mut *connection).await? {
            begin(change(&row)?)?;
        }
        for shape in SHAPES {
            let mut seen = |change| {
                see(Ok(change));
                Ok(())
            };
            match proven::each_row(&mut connection, shape, &mut seen).await {
                Err(Error::Damaged(what)) => see(Err((shape.name, what))),
                read => read?,
            }
        }
        Ok(())
    }

    /// Sends a request to the server that runs on this store and returns its number.
    ///
    /// # Errors
    ///
    /// [`Error::Full`], [`Error::Disk`] or [`Error::Locked`] if the write fails.
    pub async fn ask(&self, body: &str) -> Result<i64, Error> {
        let query = sqlx::query("INSERT INTO inbox (body) VALUES ($1)").bind(body);
        Ok(query.execute(&self.writer).await?.last_insert_rowid())
    }

    /// The state of the request `id`.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn answer_to(&self, id: i64) -> Result<Heard, Error> {
        let query = sqlx::query_scalar("SELECT answer FROM inbox WHERE id = $1").bind(id);
        let row: Option<Option<String>> = query.fetch_optional(&self.reader).await?;
        Ok(match row {
            Some(Some(answer)) => Heard::Answer(answer),
            Some(None) => Heard::Nothing,
            None => Heard::Done,
        })
    }

    /// Accepts the request `id`, so that it can no longer be withdrawn, and clears its text, which
    /// may name somebody who is now erased. False if it was withdrawn.
    ///
    /// # Errors
    ///
    /// [`Error::Full`], [`Error::Disk`] or [`Error::Locked`] if the write fails.
    pub async fn take_up(&self, id: i64) -> Result<bool, Error> {
        let text = "UPDATE inbox SET body = '' WHERE id = $1 AND body <> ''";
        Ok(sqlx::query(text).bind(id).execute(&self.writer).await?.rows_affected() > 0)
    }

    /// Answers the request `id`.
    ///
    /// # Errors
    ///
    /// [`Error::Full`], [`Error::Disk`] or [`Error::Locked`] if the write fails.
    pub async fn tell(&self, id: i64, answer: &str) -> Result<(), Error> {
        let query = sqlx::query("UPDATE inbox SET answer = $2 WHERE id = $1").bind(id).bind(answer);
        query.execute(&self.writer).await?;
        Ok(())
    }

    /// Answers all requests that were accepted and never answered because the server ended.
    ///
    /// # Errors
    ///
    /// [`Error::Full`], [`Error::Disk`] or [`Error::Locked`] if the write fails.
    pub async fn tell_unanswered(&self, answer: &str) -> Result<(), Error> {
        let text = "UPDATE inbox SET answer = $1 WHERE answer IS NULL AND body = ''";
        sqlx::query(text).bind(answer).execute(&self.writer).await?;
        Ok(())
    }

    /// Withdraws the request `id`; false if the server accepted it.
    ///
    /// # Errors
    ///
    /// [`Error::Full`], [`Error::Disk`] or [`Error::Locked`] if the write fails.
    pub async fn withdraw(&self, id: i64) -> Result<bool, Error> {
        let query = sqlx::query("DELETE FROM inbox WHERE id = $1 AND body <> ''").bind(id);
        Ok(query.execute(&self.writer).await?.rows_affected() > 0)
    }

    /// Removes an answer that was read from the table.
    ///
    /// # Errors
    ///
    /// [`Error::Full`], [`Error::Disk`] or [`Error::Locked`] if the write fails.
    pub async fn answer_read(&self, id: i64) -> Result<(), Error> {
        sqlx::query("DELETE FROM inbox WHERE id = $1").bind(id).execute(&self.writer).await?;
        Ok(())
    }

    /// Requests that are not done yet, the oldest first.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn asked(&self) -> Result<Vec<InboxRequest>, Error> {
        let query = sqlx::query_as(
            "SELECT id, body FROM inbox WHERE answer IS NULL AND body <> ''
             ORDER BY id LIMIT 100",
        );
        Ok(query.fetch_all(&self.reader).await?)
    }
}

fn change(row: &SqliteRow) -> Result<ChangeRow, Error> {
    let salt: Option<Vec<u8>> = row.try_get(1)?;
    let salt = salt.map(|salt| <[u8; 16]>::try_from(salt.as_slice()));
    let salt = salt.transpose().map_err(|_| Error::Damaged("a salt has not 16 bytes".into()))?;
    let at: i64 = row.try_get(0)?;
    Ok(ChangeRow { seq: seq(at), salt: salt.map(Salt), rows: row.try_get(2)? })
}
