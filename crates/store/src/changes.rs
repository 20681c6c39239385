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

    /// What the server says to what was asked under `id`: `None` while it has not done it.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub async fn answer_to(&self, id: i64) -> Result<Option<String>, Error> {
        let query = sqlx::query_scalar("SELECT answer FROM inbox WHERE id = $1").bind(id);
        let row: Option<Option<String>> = query.fetch_optional(&self.reader).await?;
        // Taken out in the commit that did it.
        Ok(row.unwrap_or_else(|| Some(String::new())))
    }

    /// Takes the words of what was asked under `id` away: they may name somebody who is erased now.
    ///
    /// # Errors
    ///
    /// If the store cannot be written.
    pub async fn take_up(&self, id: i64) -> Result<(), Error> {
        let query = sqlx::query("UPDATE inbox SET body = '' WHERE id = $1").bind(id);
        query.execute(&self.writer).await?;
        Ok(())
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

    /// Takes out what was asked under `id`; whether it was still there.
    ///
    /// # Errors
    ///
    /// If the store cannot be written.
    pub async fn take_back(&self, id: i64) -> Result<bool, Error> {
        let query = sqlx::query("DELETE FROM inbox WHERE id = $1").bind(id);
        Ok(query.execute(&self.writer).await?.rows_affected() > 0)
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
