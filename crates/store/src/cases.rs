//! Cases as they are kept: all of them by number, open ones to resume, closed ones to learn from.

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use crate::batch::AuditRow;
use crate::rows::{place, seq};
use crate::{Error, Store};

/// A filter for cases; every field that is set must match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseFilter {
    /// `waiting`, `held` or `closed`.
    pub state: Option<String>,
    /// The name of a kind.
    pub kind: Option<String>,
    /// The name of a queue.
    pub queue: Option<String>,
    /// The reviewer who holds or closed it.
    pub holder: Option<String>,
    /// The subject: `content/v-1`.
    pub subject: Option<String>,
    /// The account concerned.
    pub account: Option<String>,
    /// The case that it measures, adjudicates or appeals.
    pub of: Option<u64>,
    /// Only those with numbers below this one.
    pub before: Option<u64>,
}

impl Store {
    /// The case with that number, as JSON; `None` if there is none or it was erased.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn case(&self, id: u64) -> Result<Option<String>, Error> {
        let query = sqlx::query_scalar("SELECT body FROM cases WHERE id = $1").bind(place(id));
        let found: Option<Option<String>> = query.fetch_optional(&self.reader).await?;
        Ok(found.flatten())
    }

    /// The number after that of the newest case.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn next_case(&self) -> Result<u64, Error> {
        let newest: Option<i64> =
            sqlx::query_scalar("SELECT max(id) FROM cases").fetch_one(&self.reader).await?;
        Ok(newest.map_or(1, |newest| seq(newest) + 1))
    }

    /// Open cases with numbers above `after`, oldest first, as JSON; at most `limit`.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn open_cases(
        &self,
        after: u64,
        limit: u32,
    ) -> Result<Vec<(u64, Option<String>)>, Error> {
        let text = "SELECT id, body FROM cases WHERE state <> 'closed' AND id > $1
                    ORDER BY id LIMIT $2";
        let query = sqlx::query(text).bind(place(after)).bind(limit);
        let case = |row: &SqliteRow| Ok((seq(row.try_get(0)?), row.try_get(1)?));
        query.fetch_all(&self.reader).await?.iter().map(case).collect()
    }

    /// Numbers of open cases above `after`, from the index, at most `limit`.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn open_case_ids(&self, after: u64, limit: u32) -> Result<Vec<u64>, Error> {
        let text = "SELECT id FROM cases INDEXED BY cases_open
                    WHERE state <> 'closed' AND id > $1 ORDER BY id LIMIT $2";
        let query = sqlx::query_scalar(text).bind(place(after)).bind(limit);
        let ids: Vec<i64> = query.fetch_all(&self.reader).await?;
        Ok(ids.into_iter().map(seq).collect())
    }

    /// Cases closed from `since_ms` until before `until_ms`, newest first, as JSON; at most
    /// `limit`.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn closed_cases(
        &self,
        (since_ms, until_ms): (i64, i64),
        limit: u32,
    ) -> Result<Vec<String>, Error> {
        let text = "SELECT body FROM cases WHERE closed_ms >= $1 AND closed_ms < $2
                    AND body IS NOT NULL ORDER BY closed_ms DESC LIMIT $3";
        let query = sqlx::query_scalar(text).bind(since_ms).bind(until_ms).bind(limit);
        Ok(query.fetch_all(&self.reader).await?)
    }

    /// Closed cases used to measure reviewers, as JSON.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn golden_cases(&self) -> Result<Vec<String>, Error> {
        let text = "SELECT body FROM cases WHERE state = 'closed' AND body IS NOT NULL
                    AND (kind = 'golden' OR json_extract(body, '$.is_golden')) ORDER BY id";
        Ok(sqlx::query_scalar(text).fetch_all(&self.reader).await?)
    }

    /// The cases that match `filter`, the newest first, as JSON, at most `limit`.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn cases(
        &self,
        filter: &CaseFilter,
        limit: u32,
    ) -> Result<Vec<(u64, String)>, Error> {
        // The text contains only the conditions that are set, so that an index can be used.
        let mut text = "SELECT id, body FROM cases WHERE id < ? AND body IS NOT NULL".to_owned();
        let told = [
            ("state", &filter.state),
            ("kind", &filter.kind),
            ("queue", &filter.queue),
            ("holder", &filter.holder),
            ("subject", &filter.subject),
            ("account", &filter.account),
        ];
        for (column, _) in told.iter().filter(|(_, value)| value.is_some()) {
            text.push_str(&format!(" AND {column} = ?"));
        }
        if filter.of.is_some() {
            text.push_str(" AND of = ?");
        }
        text.push_str(" ORDER BY id DESC LIMIT ?");
        let mut query = sqlx::query(sqlx::AssertSqlSafe(text));
        query = query.bind(filter.before.map_or(i64::MAX, place));
        for (_, value) in told {
            if let Some(value) = value {
                query = query.bind(value);
            }
        }
        if let Some(of) = filter.of {
            query = query.bind(place(of));
        }
        query.bind(limit).fetch_all(&self.reader).await?.iter().map(numbered).collect()
    }

    /// The number of cases opened from `since_ms` on, by queue and language.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn arrivals(&self, since_ms: i64) -> Result<Vec<(String, String, u64)>, Error> {
        let text = "SELECT queue, language, count(*) FROM cases WHERE opened_ms >= $1
                    AND id > (SELECT coalesce(max(id), 0) - 200000 FROM cases)
                    GROUP BY queue, language ORDER BY queue, language";
        let rows = sqlx::query(text).bind(since_ms).fetch_all(&self.reader).await?;
        let count = |row: &SqliteRow| {
            let count: i64 = row.try_get(2)?;
            Ok((row.try_get(0)?, row.try_get(1)?, seq(count)))
        };
        rows.iter().map(count).collect()
    }

    /// Entries of the audit trail before the entry `before`, the newest first; by or about one
    /// person, if given.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn audit(
        &self,
        (by, about): (Option<&str>, Option<&str>),
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<AuditRow>, Error> {
        let text = match (by, about) {
            (None, None) => "SELECT * FROM audit WHERE id < $1 ORDER BY id DESC LIMIT $4",
            (Some(_), None) => {
                "SELECT * FROM audit WHERE id < $1 AND by = $2 ORDER BY id DESC LIMIT $4"
            }
            (None, Some(_)) => {
                "SELECT * FROM audit WHERE id < $1 AND about = $3 ORDER BY id DESC LIMIT $4"
            }
            (Some(_), Some(_)) => {
                "SELECT * FROM audit WHERE id < $1 AND by = $2 AND about = $3
                 ORDER BY id DESC LIMIT $4"
            }
        };
        let query = sqlx::query(text).bind(before.map_or(i64::MAX, place)).bind(by).bind(about);
        let row = |row: &SqliteRow| {
            let id: i64 = row.try_get("id")?;
            Ok(AuditRow {
                id: seq(id),
                at_ms: row.try_get("at_ms")?,
                by: row.try_get("by")?,
                what: row.try_get("what")?,
                about: row.try_get("about")?,
                event: row.try_get("event")?,
            })
        };
        query.bind(limit).fetch_all(&self.reader).await?.iter().map(row).collect()
    }

    /// The exposure of reviewers: names and JSON.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn exposures(&self) -> Result<Vec<(String, String)>, Error> {
        let query = sqlx::query_as("SELECT staff, body FROM exposure ORDER BY staff");
        Ok(query.fetch_all(&self.reader).await?)
    }
}

fn numbered(row: &SqliteRow) -> Result<(u64, String), Error> {
    let id: i64 = row.try_get("id")?;
    Ok((seq(id), row.try_get("body")?))
}
