//! Writes many rows with few statements and few round trips to the database. Rows that do not fill
//! a chunk are collected and sent at once, since every single statement costs two changes of
//! thread.

use std::ops::{Deref, DerefMut};

use sqlx::pool::PoolConnection;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments as _, Encode, Sqlite, SqliteConnection};

use crate::{Error, Store};

/// Rows per statement: a full one always has the same text, and is prepared once.
const CHUNK: usize = 128;

/// Longer texts are not kept prepared, since they rarely recur.
const KEPT_CHARS_MAX: usize = 4000;

/// Values for the marks of statements, in order.
#[derive(Default)]
pub(crate) struct Values {
    arguments: SqliteArguments,
    error: Option<sqlx::Error>,
}

impl Values {
    /// Adds a value.
    pub(crate) fn put<'v>(
        &mut self,
        value: impl Encode<'v, Sqlite> + sqlx::Type<Sqlite>,
    ) -> &mut Self {
        if let Err(error) = self.arguments.add(value) {
            self.error.get_or_insert(sqlx::Error::Encode(error));
        }
        self
    }
}

impl Values {
    /// The values that were added.
    pub(crate) fn arguments(self) -> Result<SqliteArguments, Error> {
        match self.error {
            Some(error) => Err(error.into()),
            None => Ok(self.arguments),
        }
    }
}

/// Statements with bare `?` marks that are sent together.
#[derive(Default)]
pub(crate) struct Script {
    text: String,
    values: Values,
}

impl Script {
    /// Adds a statement; its values are added to the returned [`Values`].
    pub(crate) fn add(&mut self, text: &str) -> &mut Values {
        self.text.push_str(text);
        self.text.push(';');
        &mut self.values
    }

    /// Sends the collected statements.
    pub(crate) async fn run(&mut self, connection: &mut SqliteConnection) -> Result<(), Error> {
        let Self { text, values } = std::mem::take(self);
        if text.is_empty() {
            return Ok(());
        }
        if let Some(error) = values.error {
            return Err(error.into());
        }
        let is_kept = text.len() <= KEPT_CHARS_MAX;
        let query = sqlx::query_with(sqlx::AssertSqlSafe(text), values.arguments);
        query.persistent(is_kept).execute(connection).await?;
        Ok(())
    }
}

/// A table to insert into.
pub(crate) struct Table<'a> {
    pub(crate) name: &'static str,
    pub(crate) columns: &'static [&'static str],
    /// The clause after the rows: how to treat those that exist already.
    pub(crate) then: &'a str,
}

impl Table<'_> {
    /// Inserts `rows`: full chunks now, the rest with `script`. `put` adds the columns of one row.
    pub(crate) async fn insert<R>(
        &self,
        connection: &mut SqliteConnection,
        script: &mut Script,
        rows: &[R],
        put: impl Fn(&mut Values, &R),
    ) -> Result<(), Error> {
        for chunk in rows.chunks(CHUNK) {
            if chunk.len() < CHUNK {
                let values = script.add(&self.statement(chunk.len()));
                chunk.iter().for_each(|row| put(values, row));
                continue;
            }
            let mut values = Values::default();
            chunk.iter().for_each(|row| put(&mut values, row));
            if let Some(error) = values.error {
                return Err(error.into());
            }
            let text = sqlx::AssertSqlSafe(self.statement(CHUNK));
            sqlx::query_with(text, values.arguments).execute(&mut *connection).await?;
        }
        Ok(())
    }

    fn statement(&self, rows: usize) -> String {
        // Quoted, since `of` and `by` are keywords of SQL.
        let columns: Vec<String> = self.columns.iter().map(|name| format!("\"{name}\"")).collect();
        let mut text = format!("INSERT INTO {} ({}) VALUES ", self.name, columns.join(", "));
        // Bare marks: SQLite searches the list of names for every named one.
        let row = format!("({})", vec!["?"; self.columns.len()].join(", "));
        text.push_str(&vec![row; rows].join(", "));
        text.push_str(self.then);
        text
    }
}

impl Store {
    /// The writer's connection, in a transaction; end it with [`Store::end`].
    ///
    /// By hand, since a commit that fails for lack of space must leave a usable connection.
    pub(crate) async fn begin(&self) -> Result<Begun, Error> {
        let mut begun = Begun { connection: self.writer.acquire().await?, is_over: false };
        sqlx::raw_sql(BEGIN).execute(&mut *begun).await?;
        Ok(begun)
    }

    /// Lets the file grow by at most `more` pages, as a full disk does; `None`: no limit. For tests
    /// and simulations.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if the limit cannot be set.
    pub async fn limit_pages(&self, more: Option<u32>) -> Result<(), Error> {
        let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(&self.writer).await?;
        let max = more.map_or(PAGES_MAX, |more| pages + i64::from(more));
        let text = sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {max}"));
        sqlx::raw_sql(text).execute(&self.writer).await?;
        Ok(())
    }

    /// Commits if `done` is `Ok`, else rolls back.
    pub(crate) async fn end<T>(
        &self,
        mut connection: Begun,
        done: Result<T, Error>,
    ) -> Result<T, Error> {
        let done = match done {
            Ok(value) => {
                let committed = sqlx::raw_sql("COMMIT").execute(&mut *connection).await;
                committed.map(|_| value).map_err(Error::from)
            }
            Err(error) => Err(error),
        };
        if done.is_err() {
            // SQLite may have rolled back already.
            let _ = sqlx::raw_sql("ROLLBACK").execute(&mut *connection).await;
        }
        connection.is_over = true;
        done
    }
}

/// A connection in a transaction. A caller who goes away in the middle closes it: the next
/// statement must not become a part of a transaction that nobody commits.
pub(crate) struct Begun {
    connection: PoolConnection<Sqlite>,
    is_over: bool,
}

impl Deref for Begun {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.connection
    }
}

impl DerefMut for Begun {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        if !self.is_over {
            self.connection.close_on_drop();
        }
    }
}

/// The most pages that SQLite allows (its documented limit).
const PAGES_MAX: i64 = 4_294_967_294;

/// Takes the write lock at once, so that no write fails half-way for lack of it.
const BEGIN: &str = "BEGIN IMMEDIATE";

/// A place in the form used in SQL.
pub(crate) fn place(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

/// A place as read from SQL.
pub(crate) fn seq(place: i64) -> u64 {
    u64::try_from(place).unwrap_or(u64::MAX)
}
