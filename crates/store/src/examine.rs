//! Reads every page, every index and all stored JSON, and names what is damaged.

use sqlx::Row as _;

use crate::rows::seq;
use crate::{Error, Store};

/// The most damage reported.
const FOUND_MAX: u32 = 100;

/// JSON columns, which are read whole when they are needed: table, place, column.
const JSON: &[(&str, &str, &str)] = &[
    ("cases", "id", "body"),
    ("filing", "rowid", "body"),
    ("party", "rowid", "body"),
    ("hold", "rowid", "scope"),
    ("exposure", "rowid", "body"),
    ("staff", "rowid", "skills"),
    ("proposal", "id", "files"),
    ("job", "id", "request"),
    ("job", "id", "result"),
    ("statement", "seq", "body"),
    ("report", "id", "body"),
];

/// A damaged part of the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The table; `file` if it is unknown.
    pub table: &'static str,
    /// The place of its row.
    pub place: u64,
    /// What is wrong.
    pub what: String,
}

impl Store {
    /// The damaged parts of the store: pages, indexes, JSON.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`] or [`Error::Unavailable`] if a read fails; damage is part of the result.
    pub async fn examine(&self) -> Result<Vec<Damage>, Error> {
        let mut found = self.examine_pages().await?;
        for (table, place, column) in JSON {
            let text = format!(
                "SELECT {place} FROM {table} WHERE NOT json_valid({column}) LIMIT {FOUND_MAX}"
            );
            let rows = sqlx::query(sqlx::AssertSqlSafe(text)).fetch_all(&self.reader).await;
            let what = format!("`{column}` is no JSON");
            match rows.map_err(Error::from) {
                Ok(rows) => {
                    for row in rows {
                        let place = seq(row.try_get(0)?);
                        found.push(Damage { table, place, what: what.clone() });
                    }
                }
                Err(Error::Damaged(what)) => found.push(Damage { table, place: 0, what }),
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    async fn examine_pages(&self) -> Result<Vec<Damage>, Error> {
        let text = sqlx::AssertSqlSafe(format!("PRAGMA integrity_check({FOUND_MAX})"));
        let lines: Result<Vec<String>, Error> =
            sqlx::query_scalar(text).fetch_all(&self.reader).await.map_err(Error::from);
        let lines = match lines {
            Err(Error::Damaged(what)) => vec![what],
            lines => lines?,
        };
        let damaged = lines.into_iter().filter(|line| line != "ok");
        Ok(damaged.map(|what| Damage { table: "file", place: 0, what }).collect())
    }
}
