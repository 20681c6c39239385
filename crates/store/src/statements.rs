//! Statements of reasons for the DSA Transparency Database, and what became of them.

use std::collections::BTreeMap;

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use crate::rows::{place, seq};
use crate::{Error, Store};

/// What became of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StatementState {
    /// It is to be sent.
    Waiting,
    /// The database has it.
    Sent,
    /// The database refused it.
    Refused,
    /// Our own check found that the database would refuse it; it was not sent.
    Unsound,
}

impl StatementState {
    /// All states.
    pub const ALL: &[Self] = &[Self::Waiting, Self::Sent, Self::Refused, Self::Unsound];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Refused => "refused",
            Self::Unsound => "unsound",
        }
    }

    /// The state called `name`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|state| state.name() == name)
    }
}

/// A statement with what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementRow {
    /// The place of the entry of its decision.
    pub seq: u64,
    /// The platform's name for it: the decision's id.
    pub puid: String,
    /// The time of the decision, in milliseconds since 1970.
    pub made_ms: i64,
    /// The statement, JSON.
    pub body: String,
    /// What became of it.
    pub state: StatementState,
    /// Since when.
    pub changed_ms: i64,
    /// The database's id of it.
    pub uuid: Option<String>,
    /// Why it was refused, in the database's words; or the last reason why it still waits.
    pub error: Option<String>,
}

/// What became of one statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementEnd {
    /// The place of the entry of its decision.
    pub seq: u64,
    /// What became of it.
    pub state: StatementState,
    /// The database's id of it.
    pub uuid: Option<String>,
    /// Why.
    pub error: Option<String>,
}

/// A filter for statements; every field that is set must match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatementFilter {
    /// What became of them.
    pub state: Option<StatementState>,
    /// Only those at places before this one.
    pub before: Option<u64>,
    /// Only those at places from this one on.
    pub from: Option<u64>,
    /// Whether the oldest come first.
    pub is_oldest_first: bool,
}

impl Store {
    /// The place below which all decisions have been looked at for statements; at first `start`.
    ///
    /// # Errors
    ///
    /// [`Error::Full`], [`Error::Disk`] or [`Error::Locked`] if the write fails.
    pub async fn stated_until(&self, start: u64) -> Result<u64, Error> {
        let found = sqlx::query_scalar("SELECT until FROM stated").fetch_optional(&self.reader);
        if let Some(until) = found.await? {
            return Ok(seq(until));
        }
        let text = "INSERT INTO stated VALUES (1, $1)";
        sqlx::query(text).bind(place(start)).execute(&self.writer).await?;
        Ok(start)
    }

    /// Keeps new statements, and that decisions below `until` have been looked at. A decision that
    /// has a statement keeps it.
    ///
    /// # Errors
    ///
    /// [`Error::Full`], [`Error::Disk`] or [`Error::Locked`] if the write fails; nothing is changed
    /// then.
    pub async fn add_statements(&self, until: u64, new: &[StatementRow]) -> Result<(), Error> {
        let mut connection = self.begin().await?;
        let done = add(&mut connection, until, new).await;
        self.end(connection, done).await
    }

    /// Records what became of statements. One that the database has stays sent.
    ///
    /// # Errors
    ///
    /// [`Error::Full`], [`Error::Disk`] or [`Error::Locked`] if the write fails; nothing is changed
    /// then.
    pub async fn settle_statements(&self, ends: &[StatementEnd], at_ms: i64) -> Result<(), Error> {
        let mut connection = self.begin().await?;
        let done = settle(&mut connection, ends, at_ms).await;
        self.end(connection, done).await
    }

    /// Puts a statement that was refused or held back in the place of itself, made anew. One that is
    /// in any other state stays as it is. Returns whether it was.
    ///
    /// # Errors
    ///
    /// [`Error::Full`], [`Error::Disk`] or [`Error::Locked`] if the write fails.
    pub async fn remake_statement(&self, row: &StatementRow) -> Result<bool, Error> {
        let mut connection = self.begin().await?;
        let text = "UPDATE statement SET body = $2, state = $3, changed_ms = $4, error = $5
                    WHERE seq = $1 AND state IN ('refused', 'unsound')";
        let query = sqlx::query(text)
            .bind(place(row.seq))
            .bind(&row.body)
            .bind(row.state.name())
            .bind(row.changed_ms)
            .bind(&row.error);
        let done = query.execute(&mut *connection).await.map(|done| done.rows_affected() > 0);
        self.end(connection, done.map_err(Error::from)).await
    }

    /// The statements that match `filter`, the newest first unless it says otherwise, at most
    /// `limit`.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn statements(
        &self,
        filter: &StatementFilter,
        limit: u32,
    ) -> Result<Vec<StatementRow>, Error> {
        // With a state, its index leads.
        let text = match (filter.state.is_some(), filter.is_oldest_first) {
            (true, true) => {
                "SELECT * FROM statement WHERE state = $1 AND seq < $2 AND seq >= $3
                 ORDER BY seq LIMIT $4"
            }
            (true, false) => {
                "SELECT * FROM statement WHERE state = $1 AND seq < $2 AND seq >= $3
                 ORDER BY seq DESC LIMIT $4"
            }
            (false, true) => {
                "SELECT * FROM statement WHERE $1 IS NULL AND seq < $2 AND seq >= $3
                 ORDER BY seq LIMIT $4"
            }
            (false, false) => {
                "SELECT * FROM statement WHERE $1 IS NULL AND seq < $2 AND seq >= $3
                 ORDER BY seq DESC LIMIT $4"
            }
        };
        let query = sqlx::query(text)
            .bind(filter.state.map(StatementState::name))
            .bind(filter.before.map_or(i64::MAX, place))
            .bind(filter.from.map_or(0, place))
            .bind(limit);
        query.fetch_all(&self.reader).await?.iter().map(row).collect()
    }

    /// The statement called `puid`.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn statement(&self, puid: &str) -> Result<Option<StatementRow>, Error> {
        let query = sqlx::query("SELECT * FROM statement WHERE puid = $1").bind(puid);
        query.fetch_optional(&self.reader).await?.as_ref().map(row).transpose()
    }

    /// The number of statements by day of their decision, in days since 1970, and state.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn statement_counts(&self) -> Result<BTreeMap<(i64, StatementState), u64>, Error> {
        let text = "SELECT made_ms / 86400000 AS day, state, count(*) AS count FROM statement
                    GROUP BY day, state";
        let rows = sqlx::query(text).fetch_all(&self.reader).await?;
        let count = |row: &SqliteRow| {
            let state: String = row.try_get("state")?;
            Ok(((row.try_get("day")?, state_of(&state)?), seq(row.try_get("count")?)))
        };
        rows.iter().map(count).collect()
    }
}

async fn add(
    connection: &mut SqliteConnection,
    until: u64,
    new: &[StatementRow],
) -> Result<(), Error> {
    for row in new {
        let text = "INSERT INTO statement VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                    ON CONFLICT DO NOTHING";
        let query = sqlx::query(text)
            .bind(place(row.seq))
            .bind(&row.puid)
            .bind(row.made_ms)
            .bind(&row.body)
            .bind(row.state.name())
            .bind(row.changed_ms)
            .bind(&row.uuid)
            .bind(&row.error);
        query.execute(&mut *connection).await?;
    }
    let text = "UPDATE stated SET until = $1 WHERE until < $1";
    sqlx::query(text).bind(place(until)).execute(connection).await?;
    Ok(())
}

async fn settle(
    connection: &mut SqliteConnection,
    ends: &[StatementEnd],
    at_ms: i64,
) -> Result<(), Error> {
    for end in ends {
        let text = "UPDATE statement SET state = $2, uuid = coalesce($3, uuid), error = $4,
                        changed_ms = CASE WHEN state = $2 THEN changed_ms ELSE $5 END
                    WHERE seq = $1 AND state <> 'sent'";
        let query = sqlx::query(text)
            .bind(place(end.seq))
            .bind(end.state.name())
            .bind(&end.uuid)
            .bind(&end.error)
            .bind(at_ms);
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

fn state_of(name: &str) -> Result<StatementState, Error> {
    let unknown = || Error::Damaged(format!("a statement is `{name}`"));
    StatementState::named(name).ok_or_else(unknown)
}

fn row(row: &SqliteRow) -> Result<StatementRow, Error> {
    let state: String = row.try_get("state")?;
    Ok(StatementRow {
        seq: seq(row.try_get("seq")?),
        puid: row.try_get("puid")?,
        made_ms: row.try_get("made_ms")?,
        body: row.try_get("body")?,
        state: state_of(&state)?,
        changed_ms: row.try_get("changed_ms")?,
        uuid: row.try_get("uuid")?,
        error: row.try_get("error")?,
    })
}
