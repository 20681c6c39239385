//! Inserts many rows with few statements: the text for a full chunk is the same every time, so that
//! the database prepares it once.

use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Sqlite, SqliteConnection};

use crate::Error;

/// Rows of one statement.
const CHUNK: usize = 128;

/// A statement with some values bound.
pub(crate) type Bound<'q> = Query<'q, Sqlite, SqliteArguments>;

/// A table to insert into.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) columns: &'static [&'static str],
}

impl Table {
    /// Inserts `rows`; `bind` binds the columns of one.
    pub(crate) async fn insert<'q, R>(
        &self,
        connection: &mut SqliteConnection,
        rows: &'q [R],
        bind: impl Fn(Bound<'q>, &'q R) -> Bound<'q>,
    ) -> Result<(), Error> {
        let full = self.statement(CHUNK);
        for chunk in rows.chunks(CHUNK) {
            let text =
                if chunk.len() == CHUNK { full.clone() } else { self.statement(chunk.len()) };
            let query = sqlx::query(sqlx::AssertSqlSafe(text)).persistent(chunk.len() == CHUNK);
            let query = chunk.iter().fold(query, &bind);
            query.execute(&mut *connection).await?;
        }
        Ok(())
    }

    fn statement(&self, rows: usize) -> String {
        let mut text = format!("INSERT INTO {} ({}) VALUES ", self.name, self.columns.join(", "));
        // Bare marks: SQLite looks up every name of a named one, one after the other.
        let row = format!("({})", vec!["?"; self.columns.len()].join(", "));
        text.push_str(&vec![row; rows].join(", "));
        text
    }
}

/// A place as SQL knows it.
pub(crate) fn place(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

/// A place as SQL told it.
pub(crate) fn seq(place: i64) -> u64 {
    u64::try_from(place).unwrap_or(u64::MAX)
}
