//! Reads the changes that the log holds, and passes on what the command line asks of a server.

use ledger::Salt;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use crate::batch::ChangeRow;
use crate::proven::{self, RowChange, SHAPES};
use crate::rows::{place, seq};
use crate::{Error, Store};

/// What the command line asks of a running server: its number, and the request, JSON.
pub type Asked = (i64, String);

/// How far a server is with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It says nothing yet.
    Nothing,
    /// It answers, JSON.
    Answer(String),
    /// It did it, and took the request out in the same commit.
    Done,
}

impl Store {
    /// Changes in places `from..until`.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub async fn changes(&self, from: u64, until: u64) -> Result<Vec<ChangeRow>, Error> {
        let text = "SELECT seq, salt, rows FROM change WHERE seq >= $1 AND seq < $2 ORDER BY seq";
        let query = sqlx::query(text).bind(place(from)).bind(place(until));
        query.fetch_all(&self.reader).await?.iter().map(change).collect()
    }

    /// Whether rows of a store of an earlier version are still to be entered in the log.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub async fn is_unproven(&self) -> Result<bool, Error> {
        let text = "SELECT EXISTS (SELECT 1 FROM unproven)";
        Ok(sqlx::query_scalar(text).fetch_one(&self.reader).await?)
    }

    /// The number of the next line of the audit trail.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub async fn next_audit(&self) -> Result<u64, Error> {
        let text = "SELECT coalesce(max(id), 0) + 1 FROM audit";
        let next: i64 = sqlx::query_scalar(text).fetch_one(&self.reader).await?;
        Ok(seq(next))
    }

    /// Hands `see` all rows of all proven tables as they are at one moment, after `begin` got the
    /// changes from place `from` on that were written by then.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
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

    /// Asks the server that runs on this store to do something.
    ///
    /// # Errors
    ///
    /// If the store cannot be written.
    pub async fn ask(&self, body: &str) -> Result<i64, Error> {
        let query = sqlx::query("INSERT INTO inbox (body) VALUES ($1)").bind(body);
        Ok(query.execute(&self.writer).await?.last_insert_rowid())
    }

    /// How far the server is with what was asked under `id`.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub async fn answer_to(&self, id: i64) -> Result<Heard, Error> {
        let query = sqlx::query_scalar("SELECT answer FROM inbox WHERE id = $1").bind(id);
        let row: Option<Option<String>> = query.fetch_optional(&self.reader).await?;
        Ok(match row {
            Some(Some(answer)) => Heard::Answer(answer),
            Some(None) => Heard::Nothing,
            None => Heard::Done,
        })
    }

    /// Takes up what was asked under `id`, so that it cannot be withdrawn any more, and its words
    /// away: they may name somebody who is erased now. False if it was withdrawn.
    ///
    /// # Errors
    ///
    /// If the store cannot be written.
    pub async fn take_up(&self, id: i64) -> Result<bool, Error> {
        let text = "UPDATE inbox SET body = '' WHERE id = $1 AND body <> ''";
        Ok(sqlx::query(text).bind(id).execute(&self.writer).await?.rows_affected() > 0)
    }

    /// Says something to what was asked under `id`.
    ///
    /// # Errors
    ///
    /// If the store cannot be written.
    pub async fn tell(&self, id: i64, answer: &str) -> Result<(), Error> {
        let query = sqlx::query("UPDATE inbox SET answer = $2 WHERE id = $1").bind(id).bind(answer);
        query.execute(&self.writer).await?;
        Ok(())
    }

    /// Says something to everything that was taken up and never answered: the server ended meanwhile.
    ///
    /// # Errors
    ///
    /// If the store cannot be written.
    pub async fn tell_unanswered(&self, answer: &str) -> Result<(), Error> {
        let text = "UPDATE inbox SET answer = $1 WHERE answer IS NULL AND body = ''";
        sqlx::query(text).bind(answer).execute(&self.writer).await?;
        Ok(())
    }

    /// Withdraws what was asked under `id`; false if the server took it up.
    ///
    /// # Errors
    ///
    /// If the store cannot be written.
    pub async fn withdraw(&self, id: i64) -> Result<bool, Error> {
        let query = sqlx::query("DELETE FROM inbox WHERE id = $1 AND body <> ''").bind(id);
        Ok(query.execute(&self.writer).await?.rows_affected() > 0)
    }

    /// Takes an answer that was read out of the table.
    ///
    /// # Errors
    ///
    /// If the store cannot be written.
    pub async fn answer_read(&self, id: i64) -> Result<(), Error> {
        sqlx::query("DELETE FROM inbox WHERE id = $1").bind(id).execute(&self.writer).await?;
        Ok(())
    }

    /// What was asked and not done yet, the oldest first.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub async fn asked(&self) -> Result<Vec<Asked>, Error> {
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
