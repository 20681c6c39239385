//! Jobs: long work that somebody asked for, running and ended.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use crate::rows::{place, seq};
use crate::{Error, Store};

/// The most jobs of a kind that are kept; the oldest that ended go first.
pub const JOBS_KEPT: i64 = 1000;

/// A job as it starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewJob {
    /// Its kind: `backtest`.
    pub kind: String,
    /// When it starts, in milliseconds since 1970.
    pub made_ms: i64,
    /// By whom.
    pub author: String,
    /// What it does, or why, in a line.
    pub title: String,
    /// What was asked for, as its kind writes it: JSON.
    pub request: String,
}

/// The state of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobState {
    /// It is running, or was when the process ended.
    Running,
    /// It has a result.
    Done,
    /// It failed.
    Failed,
    /// Somebody stopped it.
    Cancelled,
}

impl JobState {
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

/// A job in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct JobRow {
    /// Its number.
    pub id: u64,
    /// Its kind.
    pub kind: String,
    /// When it started, in milliseconds since 1970.
    pub made_ms: i64,
    /// By whom.
    pub author: String,
    /// What it does, or why.
    pub title: String,
    /// Its state.
    pub state: JobState,
    /// The share done, from 0 to 1.
    pub progress: f64,
    /// How often it was begun: more than once if the process ended while it ran.
    pub attempts: u32,
    /// When it ended, in milliseconds since 1970.
    pub ended_ms: Option<i64>,
    /// Why it failed.
    pub error: Option<String>,
}

/// A job with what was asked for and its result.
#[derive(Clone, Debug, PartialEq)]
pub struct WholeJob {
    /// The fields shown in a list.
    pub brief: JobRow,
    /// What was asked for, as in [`NewJob::request`].
    pub request: String,
    /// The result as JSON; of a job that failed, what its kind says about that.
    pub result: Option<String>,
}

/// How a job ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobEnd {
    /// With this result, as JSON.
    Done(String),
    /// It failed, for this reason; with more about it as JSON.
    Failed(String, Option<String>),
    /// Somebody stopped it; with what it did until then as JSON.
    Cancelled(Option<String>),
}

const COLUMNS: &str =
    "id, kind, made_ms, author, title, state, progress, attempts, ended_ms, error";

impl Store {
    /// Keeps a new job and returns its number.
    ///
    /// # Errors
    ///
    /// [`Error::Full`], [`Error::Disk`] or [`Error::Locked`] if the write fails.
    pub async fn add_job(&self, new: &NewJob) -> Result<u64, Error> {
        let mut connection = self.begin().await?;
        let done = add_job(&mut connection, new).await;
        self.end(connection, done).await
    }

    /// Records the progress of a running job, from 0 to 1.
    ///
    /// # Errors
    ///
    /// [`Error::Full`], [`Error::Disk`] or [`Error::Locked`] if the write fails.
    pub async fn job_progress(&self, id: u64, progress: f64) -> Result<(), Error> {
        let mut connection = self.begin().await?;
        let text = "UPDATE job SET progress = $2 WHERE id = $1 AND state = 'running'";
        let query = sqlx::query(text).bind(place(id)).bind(progress);
        let done = query.execute(&mut *connection).await.map(|_| ()).map_err(Error::from);
        self.end(connection, done).await
    }

    /// Records that a running job is begun again.
    ///
    /// # Errors
    ///
    /// [`Error::Full`], [`Error::Disk`] or [`Error::Locked`] if the write fails.
    pub async fn begin_job_again(&self, id: u64) -> Result<(), Error> {
        let mut connection = self.begin().await?;
        let text = "UPDATE job SET progress = 0.0, attempts = attempts + 1, error = NULL
                    WHERE id = $1 AND state = 'running'";
        let query = sqlx::query(text).bind(place(id));
        let done = query.execute(&mut *connection).await.map(|_| ()).map_err(Error::from);
        self.end(connection, done).await
    }

    /// Ends a running job; one that has ended is not changed. If somebody was erased while it ran,
    /// its result, which may name them, is not kept; a back-test has then failed.
    ///
    /// # Errors
    ///
    /// [`Error::Full`], [`Error::Disk`] or [`Error::Locked`] if the write fails.
    pub async fn finish_job(&self, id: u64, end: &JobEnd, at_ms: i64) -> Result<(), Error> {
        let (state, result, error) = match end {
            JobEnd::Done(result) => (JobState::Done, Some(result), None),
            JobEnd::Failed(error, result) => (JobState::Failed, result.as_ref(), Some(error)),
            JobEnd::Cancelled(result) => (JobState::Cancelled, result.as_ref(), None),
        };
        let mut connection = self.begin().await?;
        let done = sqlx::query(
            "UPDATE job SET
                 state = CASE WHEN kind = 'backtest' AND error IS NOT NULL THEN 'failed' ELSE $2 END,
                 result = CASE WHEN error IS NULL THEN $3 END,
                 error = CASE WHEN kind = 'backtest' AND error IS NOT NULL THEN error ELSE $4 END,
                 progress = CASE WHEN $2 = 'done' THEN 1.0 ELSE progress END, ended_ms = $5
                 WHERE id = $1 AND state = 'running'",
        )
        .bind(place(id))
        .bind(state.name())
        .bind(result)
        .bind(error)
        .bind(at_ms)
        .execute(&mut *connection)
        .await;
        let done = done.map(|_| ()).map_err(Error::from);
        self.end(connection, done).await
    }

    /// Jobs of `kind`, or of all kinds, the newest first, at most `limit`.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn jobs(&self, kind: Option<&str>, limit: u32) -> Result<Vec<JobRow>, Error> {
        let text = format!(
            "SELECT {COLUMNS} FROM job WHERE $1 IS NULL OR kind = $1 ORDER BY id DESC LIMIT $2"
        );
        let query = sqlx::query(sqlx::AssertSqlSafe(text)).bind(kind).bind(limit);
        query.fetch_all(&self.reader).await?.iter().map(brief).collect()
    }

    /// Jobs that are running, or were when the process ended; the oldest first.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn running_jobs(&self) -> Result<Vec<WholeJob>, Error> {
        let query = sqlx::query("SELECT * FROM job WHERE state = 'running' ORDER BY id");
        query.fetch_all(&self.reader).await?.iter().map(whole).collect()
    }

    /// The job with that number.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn job(&self, id: u64) -> Result<Option<WholeJob>, Error> {
        let query = sqlx::query("SELECT * FROM job WHERE id = $1").bind(place(id));
        query.fetch_optional(&self.reader).await?.as_ref().map(whole).transpose()
    }

    /// The last job of `kind`.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn last_job(&self, kind: &str) -> Result<Option<WholeJob>, Error> {
        let query = sqlx::query("SELECT * FROM job WHERE kind = $1 ORDER BY id DESC LIMIT 1");
        query.bind(kind).fetch_optional(&self.reader).await?.as_ref().map(whole).transpose()
    }
}

async fn add_job(connection: &mut SqliteConnection, new: &NewJob) -> Result<u64, Error> {
    let text = "DELETE FROM job WHERE kind = $1 AND state <> 'running' AND id <= (
                    SELECT id FROM job WHERE kind = $1 ORDER BY id DESC LIMIT 1 OFFSET $2)";
    let query = sqlx::query(text).bind(&new.kind).bind(JOBS_KEPT - 1);
    query.execute(&mut *connection).await?;
    let done = sqlx::query(
        "INSERT INTO job (kind, made_ms, author, title, request, state, progress, attempts)
             VALUES ($1, $2, $3, $4, $5, 'running', 0.0, 1)",
    )
    .bind(&new.kind)
    .bind(new.made_ms)
    .bind(&new.author)
    .bind(&new.title)
    .bind(&new.request)
    .execute(connection)
    .await?;
    Ok(seq(done.last_insert_rowid()))
}

fn whole(row: &SqliteRow) -> Result<WholeJob, Error> {
    Ok(WholeJob {
        brief: brief(row)?,
        request: row.try_get("request")?,
        result: row.try_get("result")?,
    })
}

fn brief(row: &SqliteRow) -> Result<JobRow, Error> {
    let state: String = row.try_get("state")?;
    let unknown = || Error::Damaged(format!("a job is `{state}`"));
    let state = JobState::from_name(&state).ok_or_else(unknown)?;
    // A running job is marked there when somebody is erased.
    let error: Option<String> = row.try_get("error")?;
    Ok(JobRow {
        id: seq(row.try_get("id")?),
        kind: row.try_get("kind")?,
        made_ms: row.try_get("made_ms")?,
        author: row.try_get("author")?,
        title: row.try_get("title")?,
        state,
        progress: row.try_get("progress")?,
        attempts: row.try_get("attempts")?,
        ended_ms: row.try_get("ended_ms")?,
        error: error.filter(|_| state == JobState::Failed),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(kind: &str) -> NewJob {
        NewJob {
            kind: kind.to_owned(),
            made_ms: 1_000,
            author: "staff ana".to_owned(),
            title: "one".to_owned(),
            request: "{}".to_owned(),
        }
    }

    #[tokio::test]
    async fn a_job_goes_on_and_ends_once() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("p.db")).await.unwrap();
        let id = store.add_job(&new("backtest")).await.unwrap();
        store.job_progress(id, 0.25).await.unwrap();
        assert_eq!(store.jobs(None, 9).await.unwrap()[0].progress, 0.25);
        let done = JobEnd::Done(r#"{"events":1}"#.to_owned());
        store.finish_job(id, &done, 2_000).await.unwrap();
        store.finish_job(id, &JobEnd::Cancelled(None), 3_000).await.unwrap();
        store.job_progress(id, 0.5).await.unwrap();
        let job = store.job(id).await.unwrap().unwrap();
        assert_eq!((job.brief.state, job.brief.progress), (JobState::Done, 1.0));
        assert_eq!(job.brief.ended_ms, Some(2_000));
        assert_eq!(job.result.as_deref(), Some(r#"{"events":1}"#));
        assert_eq!(store.job(99).await.unwrap(), None);
        store.close().await;
    }

    #[tokio::test]
    async fn what_ran_when_the_process_ended_is_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.db");
        let store = Store::open(&path).await.unwrap();
        let first = store.add_job(&new("backtest")).await.unwrap();
        let second = store.add_job(&new("rejudging")).await.unwrap();
        store.finish_job(first, &JobEnd::Failed("no".into(), None), 2_000).await.unwrap();
        store.close().await;
        drop(store);
        let store = Store::open(&path).await.unwrap();
        let running = store.running_jobs().await.unwrap();
        assert_eq!(running.iter().map(|job| job.brief.id).collect::<Vec<_>>(), [second]);
        store.begin_job_again(second).await.unwrap();
        let last = store.last_job("rejudging").await.unwrap().unwrap();
        assert_eq!((last.brief.id, last.brief.attempts), (second, 2));
        assert_eq!(store.jobs(Some("backtest"), 9).await.unwrap().len(), 1);
        store.close().await;
    }

    #[tokio::test]
    async fn what_a_job_found_while_somebody_was_erased_is_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("p.db")).await.unwrap();
        let mut ids = Vec::new();
        for kind in ["backtest", "rejudging"] {
            ids.push(store.add_job(&new(kind)).await.unwrap());
        }
        let subjects = vec!["account/a-1".to_owned()];
        let erasure = Some(crate::Erasure { subjects, ..crate::Erasure::default() });
        store.commit(&crate::Batch { erasure, ..crate::Batch::default() }).await.unwrap();
        assert_eq!(store.job(ids[0]).await.unwrap().unwrap().brief.error, None, "it is running");
        let mut ended = Vec::new();
        for id in ids {
            let done = JobEnd::Done(r#"{"sample":["a-1"]}"#.to_owned());
            store.finish_job(id, &done, 2_000).await.unwrap();
            let job = store.job(id).await.unwrap().unwrap();
            assert_eq!(job.result, None);
            ended.push((job.brief.state, job.brief.error.is_some()));
        }
        // A back-test is nothing without its result; what the other did is done.
        assert_eq!(ended, [(JobState::Failed, true), (JobState::Done, false)]);
        store.close().await;
    }

    #[tokio::test]
    async fn the_oldest_jobs_of_a_kind_go_and_never_one_that_runs() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("p.db")).await.unwrap();
        let running = store.add_job(&new("policies")).await.unwrap();
        let other = store.add_job(&new("backtest")).await.unwrap();
        store.finish_job(other, &JobEnd::Cancelled(None), 1).await.unwrap();
        for _ in 0..=JOBS_KEPT {
            let id = store.add_job(&new("policies")).await.unwrap();
            store.finish_job(id, &JobEnd::Cancelled(None), 1).await.unwrap();
        }
        let kept = store.jobs(Some("policies"), u32::MAX).await.unwrap();
        assert_eq!(kept.len() as i64, JOBS_KEPT + 1, "and the one that runs");
        assert_eq!(kept.last().unwrap().id, running);
        assert!(store.job(other).await.unwrap().is_some(), "it is of another kind");
        store.close().await;
    }
}
