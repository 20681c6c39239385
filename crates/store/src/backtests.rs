//! Back-tests, running and finished: the effect that changed rules would have had on past events.

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use crate::rows::{place, seq};
use crate::{Error, Store};

/// A back-test as it starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewBacktest {
    /// When it starts, in milliseconds since 1970.
    pub made_ms: i64,
    /// By whom.
    pub author: String,
    /// Its purpose.
    pub title: String,
    /// The changed files: a JSON object of names and texts, null for a removed file.
    pub files: String,
}

/// The state of a back-test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BacktestState {
    /// It is running.
    Running,
    /// It has a result.
    Done,
    /// It failed.
    Failed,
    /// Somebody stopped it.
    Cancelled,
}

impl BacktestState {
    const ALL: &[Self] = &[Self::Running, Self::Done, Self::Failed, Self::Cancelled];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|state| state.name() == name)
    }
}

/// A back-test in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Backtest {
    /// Its number.
    pub id: u64,
    /// When it started, in milliseconds since 1970.
    pub made_ms: i64,
    /// By whom.
    pub author: String,
    /// Its purpose.
    pub title: String,
    /// Its state.
    pub state: BacktestState,
    /// The share done, from 0 to 1.
    pub progress: f64,
    /// Why it failed.
    pub error: Option<String>,
}

/// A back-test with its files and its result.
#[derive(Clone, Debug, PartialEq)]
pub struct WholeBacktest {
    /// The fields shown in a list.
    pub brief: Backtest,
    /// The changed files, as in [`NewBacktest::files`].
    pub files: String,
    /// The result as JSON, once it is done.
    pub result: Option<String>,
}

/// How a back-test ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finish {
    /// With this result, as JSON.
    Done(String),
    /// It failed, for this reason.
    Failed(String),
    /// Somebody stopped it.
    Cancelled,
}

const COLUMNS: &str = "id, made_ms, author, title, state, progress, error";

impl Store {
    /// Keeps a new back-test and returns its number.
    ///
    /// # Errors
    ///
    /// [`Error::Full`], [`Error::Disk`] or [`Error::Locked`] if the write fails.
    pub async fn add_backtest(&self, new: &NewBacktest) -> Result<u64, Error> {
        let mut connection = self.begin().await?;
        let done = sqlx::query(
            "INSERT INTO backtest (made_ms, author, title, files, state, progress)
                 VALUES ($1, $2, $3, $4, 'running', 0.0)",
        )
        .bind(new.made_ms)
        .bind(&new.author)
        .bind(&new.title)
        .bind(&new.files)
        .execute(&mut *connection)
        .await;
        let done = done.map(|done| seq(done.last_insert_rowid())).map_err(Error::from);
        self.end(connection, done).await
    }

    /// Records the progress of a back-test, from 0 to 1.
    ///
    /// # Errors
    ///
    /// [`Error::Full`], [`Error::Disk`] or [`Error::Locked`] if the write fails.
    pub async fn tell_backtest(&self, id: u64, progress: f64) -> Result<(), Error> {
        let mut connection = self.begin().await?;
        let text = "UPDATE backtest SET progress = $2 WHERE id = $1 AND state = 'running'";
        let query = sqlx::query(text).bind(place(id)).bind(progress);
        let done = query.execute(&mut *connection).await.map(|_| ()).map_err(Error::from);
        self.end(connection, done).await
    }

    /// Ends a running back-test; one that has ended is not changed.
    ///
    /// # Errors
    ///
    /// [`Error::Full`], [`Error::Disk`] or [`Error::Locked`] if the write fails.
    pub async fn finish_backtest(&self, id: u64, finish: &Finish) -> Result<(), Error> {
        let (state, result, error) = match finish {
            Finish::Done(result) => (BacktestState::Done, Some(result), None),
            Finish::Failed(error) => (BacktestState::Failed, None, Some(error)),
            Finish::Cancelled => (BacktestState::Cancelled, None, None),
        };
        let mut connection = self.begin().await?;
        let done = sqlx::query(
            "UPDATE backtest SET state = $2, result = $3, error = $4,
                 progress = CASE WHEN $2 = 'done' THEN 1.0 ELSE progress END
                 WHERE id = $1 AND state = 'running'",
        )
        .bind(place(id))
        .bind(state.name())
        .bind(result)
        .bind(error)
        .execute(&mut *connection)
        .await;
        let done = done.map(|_| ()).map_err(Error::from);
        self.end(connection, done).await
    }

    /// Marks back-tests that were running when the process ended as failed.
    ///
    /// # Errors
    ///
    /// [`Error::Full`], [`Error::Disk`] or [`Error::Damaged`] if a read or write fails.
    pub(crate) async fn break_off_backtests(&self) -> Result<(), Error> {
        let text = "SELECT EXISTS (SELECT 1 FROM backtest WHERE state = 'running')";
        let is_any: bool = sqlx::query_scalar(text).fetch_one(&self.reader).await?;
        if !is_any {
            return Ok(());
        }
        let mut connection = self.begin().await?;
        let text = "UPDATE backtest SET state = 'failed', error = $1 WHERE state = 'running'";
        let query = sqlx::query(text).bind("the server was stopped while it ran; begin it again");
        let done = query.execute(&mut *connection).await.map(|_| ()).map_err(Error::from);
        self.end(connection, done).await
    }

    /// Back-tests, the newest first, at most `limit`.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn backtests(&self, limit: u32) -> Result<Vec<Backtest>, Error> {
        let text = format!("SELECT {COLUMNS} FROM backtest ORDER BY id DESC LIMIT $1");
        let query = sqlx::query(sqlx::AssertSqlSafe(text)).bind(limit);
        query.fetch_all(&self.reader).await?.iter().map(brief).collect()
    }

    /// The back-test with that number.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn backtest(&self, id: u64) -> Result<Option<WholeBacktest>, Error> {
        let query = sqlx::query("SELECT * FROM backtest WHERE id = $1").bind(place(id));
        let whole = |row: SqliteRow| {
            Ok(WholeBacktest {
                brief: brief(&row)?,
                files: row.try_get("files")?,
                result: row.try_get("result")?,
            })
        };
        query.fetch_optional(&self.reader).await?.map(whole).transpose()
    }
}

fn brief(row: &SqliteRow) -> Result<Backtest, Error> {
    let state: String = row.try_get("state")?;
    let unknown = || Error::Damaged(format!("a back-test is `{state}`"));
    Ok(Backtest {
        id: seq(row.try_get("id")?),
        made_ms: row.try_get("made_ms")?,
        author: row.try_get("author")?,
        title: row.try_get("title")?,
        state: BacktestState::from_name(&state).ok_or_else(unknown)?,
        progress: row.try_get("progress")?,
        error: row.try_get("error")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(title: &str) -> NewBacktest {
        NewBacktest {
            made_ms: 1_000,
            author: "staff ana".to_owned(),
            title: title.to_owned(),
            files: "{}".to_owned(),
        }
    }

    #[tokio::test]
    async fn a_backtest_is_told_and_ends_once() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("p.db")).await.unwrap();
        let id = store.add_backtest(&new("one")).await.unwrap();
        store.tell_backtest(id, 0.25).await.unwrap();
        assert_eq!(store.backtests(9).await.unwrap()[0].progress, 0.25);
        let done = Finish::Done(r#"{"events":1}"#.to_owned());
        store.finish_backtest(id, &done).await.unwrap();
        store.finish_backtest(id, &Finish::Cancelled).await.unwrap();
        store.tell_backtest(id, 0.5).await.unwrap();
        let whole = store.backtest(id).await.unwrap().unwrap();
        assert_eq!((whole.brief.state, whole.brief.progress), (BacktestState::Done, 1.0));
        assert_eq!(whole.result.as_deref(), Some(r#"{"events":1}"#));
        assert_eq!(store.backtest(99).await.unwrap(), None);
        store.close().await;
    }

    #[tokio::test]
    async fn what_ran_when_the_process_ended_has_failed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.db");
        let store = Store::open(&path).await.unwrap();
        let id = store.add_backtest(&new("one")).await.unwrap();
        let looking = Store::look(&path).await.unwrap();
        assert_eq!(looking.backtests(9).await.unwrap()[0].state, BacktestState::Running);
        looking.close().await;
        store.close().await;
        drop(store);
        let store = Store::open(&path).await.unwrap();
        let whole = store.backtest(id).await.unwrap().unwrap();
        assert_eq!(whole.brief.state, BacktestState::Failed);
        assert!(whole.brief.error.unwrap().contains("begin it again"));
        store.close().await;
    }
}
