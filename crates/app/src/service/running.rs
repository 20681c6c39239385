//! How jobs run: one of each kind at a time, beside requests, with their progress recorded. What a
//! kind does is in its own file; [`crate::service::jobs`] lists, stops and repeats them.
//!
//! A job is kept in the store from its start to its end. If the process ends in between, a job that
//! says so is begun again when the service starts; others have failed.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use store::{JobEnd, JobRow, JobState, NewJob, Store, WholeJob};
use tokio::sync::watch;

use crate::service::jobs::JobView;
use crate::service::problem::Problem;
use crate::service::state::App;

/// How often progress is recorded; each time is a commit.
const RECORDED_EVERY: Duration = Duration::from_secs(1);

/// The error recorded if the server stops first.
pub const STOPPED: &str = "the server was stopped while it ran; begin it again";

/// What somebody asked for: a job of one kind. It is kept as JSON.
pub trait JobRequest: Serialize + DeserializeOwned + Send + 'static {
    /// The name of its kind.
    const KIND: &'static str;
    /// Whether it is begun again if the process ended while it ran. Doing a part of it twice must
    /// then do no harm.
    const RESUMES: bool;

    /// Does it. It asks `running` from time to time whether to continue, and ends as cancelled if
    /// not.
    fn run(self, app: App, running: Arc<JobHandle>) -> impl Future<Output = JobEnd> + Send;
}

/// A job that runs.
pub struct JobHandle {
    /// Its number.
    pub id: u64,
    kind: &'static str,
    /// The bits of the share done.
    progress: AtomicU64,
    is_cancelled: AtomicBool,
    stop: watch::Receiver<bool>,
}

impl JobHandle {
    /// Records the share done, from 0 to 1. Returns whether to continue.
    pub fn goes_on(&self, part: f64) -> bool {
        self.progress.store(part.clamp(0.0, 1.0).to_bits(), Ordering::Relaxed);
        !self.is_cancelled.load(Ordering::Relaxed) && !*self.stop.borrow()
    }

    /// The share done, from 0 to 1.
    pub fn progress(&self) -> f64 {
        f64::from_bits(self.progress.load(Ordering::Relaxed))
    }

    /// Stops it; it ends a moment later.
    pub fn cancel(&self) {
        self.is_cancelled.store(true, Ordering::Relaxed);
    }

    /// Makes `kept`, which may have just ended, the row of a job that runs.
    fn show(&self, kept: &mut JobRow) {
        (kept.state, kept.progress) = (JobState::Running, self.progress());
        (kept.ended_ms, kept.error) = (None, None);
    }
}

/// The job with that number. It runs until the next of its kind can start, so that who saw its end
/// can start that.
pub async fn kept(app: &App, id: u64) -> Result<WholeJob, Problem> {
    // Looked for before the row is read: if it is gone by then, the row has the end.
    let running = app.jobs.find(id);
    let mut job = app.core()?.store.job(id).await?.ok_or(Problem::NotFound("job"))?;
    if let Some(running) = running {
        running.show(&mut job.brief);
        job.result = None;
    }
    Ok(job)
}

/// The latest jobs of `kind`, or of all kinds, newest first, at most `limit`; as in [`kept`].
pub async fn listed(app: &App, kind: Option<&str>, limit: u32) -> Result<Vec<JobRow>, Problem> {
    let running = app.jobs.all();
    let mut rows = app.core()?.store.jobs(kind, limit).await?;
    for row in &mut rows {
        if let Some(running) = running.iter().find(|job| job.id == row.id) {
            running.show(row);
        }
    }
    Ok(rows)
}

/// The jobs that run, by kind. Before a job has a number, its kind is taken.
#[derive(Default)]
pub struct Jobs(Mutex<BTreeMap<&'static str, Option<Arc<JobHandle>>>>);

impl Jobs {
    fn with<T>(
        &self,
        change: impl FnOnce(&mut BTreeMap<&'static str, Option<Arc<JobHandle>>>) -> T,
    ) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The running job with that number.
    pub fn find(&self, id: u64) -> Option<Arc<JobHandle>> {
        self.with(|jobs| jobs.values().flatten().find(|job| job.id == id).cloned())
    }

    fn all(&self) -> Vec<Arc<JobHandle>> {
        self.with(|jobs| jobs.values().flatten().cloned().collect())
    }

    /// The running job of that kind.
    pub fn of(&self, kind: &str) -> Option<Arc<JobHandle>> {
        self.with(|jobs| jobs.get(kind).cloned().flatten())
    }

    fn turn(app: &App, kind: &'static str) -> Result<Turn, Problem> {
        app.jobs.with(|jobs| match jobs.get(kind) {
            Some(Some(running)) => Err(Problem::Running(kind, running.id)),
            Some(None) => Err(Problem::Busy(Duration::from_secs(1))),
            None => {
                jobs.insert(kind, None);
                Ok(Turn { app: app.clone(), kind })
            }
        })
    }
}

/// Takes the turn of `kind` without a job, for work inside a request that may not run twice at a
/// time.
///
/// # Errors
///
/// [`Problem::Busy`] if it runs.
pub fn alone(app: &App, kind: &'static str) -> Result<impl Drop + use<>, Problem> {
    Jobs::turn(app, kind)
}

/// The turn of a kind; the next job of it can start when this is dropped.
struct Turn {
    app: App,
    kind: &'static str,
}

impl Turn {
    fn running(&self, id: u64) -> Arc<JobHandle> {
        let running = Arc::new(JobHandle {
            id,
            kind: self.kind,
            progress: AtomicU64::new(0),
            is_cancelled: AtomicBool::new(false),
            stop: self.app.stop.clone(),
        });
        self.app.jobs.with(|jobs| jobs.insert(self.kind, Some(Arc::clone(&running))));
        running
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.app.jobs.with(|jobs| jobs.remove(self.kind));
    }
}

/// Starts what was `asked` in the background, in the name of `author`, and returns its number.
/// `title` says in a line what it does, or why.
pub async fn start<W: JobRequest>(
    app: &App,
    (author, title): (&str, &str),
    asked: W,
) -> Result<u64, Problem> {
    let turn = Jobs::turn(app, W::KIND)?;
    let request = serde_json::to_string(&asked).map_err(|e| Problem::Internal(e.to_string()))?;
    let id = add(app, W::KIND, (author, title), request).await?;
    go(app, turn, id, asked)?;
    Ok(id)
}

/// Begins the job `id` again, which the end of a process broke off.
pub async fn resume<W: JobRequest>(app: &App, id: u64, asked: W) -> Result<(), Problem> {
    let turn = Jobs::turn(app, W::KIND)?;
    app.core()?.store.begin_job_again(id).await?;
    go(app, turn, id, asked)
}

async fn add(
    app: &App,
    kind: &str,
    (author, title): (&str, &str),
    request: String,
) -> Result<u64, Problem> {
    let new = NewJob {
        kind: kind.to_owned(),
        made_ms: app.now().as_millisecond(),
        author: author.to_owned(),
        title: title.to_owned(),
        request,
    };
    Ok(app.core()?.store.add_job(&new).await?)
}

fn go<W: JobRequest>(app: &App, turn: Turn, id: u64, asked: W) -> Result<(), Problem> {
    let (app, store, running) = (app.clone(), app.core()?.store.clone(), turn.running(id));
    tokio::spawn(async move {
        let mut done = tokio::spawn(asked.run(app.clone(), Arc::clone(&running)));
        let ended = loop {
            match tokio::time::timeout(RECORDED_EVERY, &mut done).await {
                Ok(ended) => break ended,
                Err(_) => record(&store, &running).await,
            }
        };
        let end =
            ended.unwrap_or_else(|error| JobEnd::Failed(format!("it broke off: {error}"), None));
        let is_cancelled = running.is_cancelled.load(Ordering::Relaxed);
        let is_broken_off = *app.stop.borrow() && !is_cancelled;
        match end {
            // However it ended: it is begun again when the service starts.
            JobEnd::Cancelled(_) | JobEnd::Failed(..) if is_broken_off && W::RESUMES => {}
            JobEnd::Cancelled(_) | JobEnd::Failed(..) if is_broken_off => {
                let end = JobEnd::Failed(STOPPED.to_owned(), None);
                finish((&app, &store), &running, &end).await;
            }
            end => finish((&app, &store), &running, &end).await,
        }
        drop(turn);
    });
    Ok(())
}

async fn record(store: &Store, running: &JobHandle) {
    if let Err(error) = store.job_progress(running.id, running.progress()).await {
        // It is recorded the next time.
        tracing::warn!(job = running.id, %error, "progress was not recorded");
    }
}

async fn finish((app, store): (&App, &Store), running: &JobHandle, end: &JobEnd) {
    let outcome = match end {
        JobEnd::Done(_) => "done",
        JobEnd::Failed(..) => "failed",
        JobEnd::Cancelled(_) => "cancelled",
    };
    tracing::info!(job = running.id, kind = running.kind, outcome, "job ended");
    if let Err(error) = store.finish_job(running.id, end, app.now().as_millisecond()).await {
        tracing::error!(job = running.id, %error, "the end of a job was not recorded");
    }
}

/// A job whose caller waits for its end.
pub struct Awaited {
    /// Its kind.
    pub kind: &'static str,
    /// What it does, in a line.
    pub title: String,
    /// The name of the person or key that starts it.
    pub author: String,
    /// How long the caller waits.
    pub wait: Duration,
}

/// Runs `work` as a job, and to its end even if the caller goes away. `told` returns its result as
/// JSON. [`Problem::Later`] if it is not done in time; it then continues.
pub async fn awaited<T: Send + 'static>(
    app: &App,
    job: Awaited,
    work: impl Future<Output = Result<T, Problem>> + Send + 'static,
    told: fn(&T) -> serde_json::Value,
) -> Result<T, Problem> {
    let turn = Jobs::turn(app, job.kind)?;
    let id = add(app, job.kind, (&job.author, &job.title), "null".to_owned()).await?;
    let (running, store, owner) = (turn.running(id), app.core()?.store.clone(), app.clone());
    let task = tokio::spawn(async move {
        let done = tokio::spawn(work).await;
        let done = done.unwrap_or_else(|error| Err(Problem::Internal(error.to_string())));
        let end = match &done {
            Ok(done) => JobEnd::Done(told(done).to_string()),
            Err(problem) => {
                let details = serde_json::to_string(&problem.details()).ok();
                JobEnd::Failed(problem.to_string(), details)
            }
        };
        finish((&owner, &store), &running, &end).await;
        drop(turn);
        done
    });
    match tokio::time::timeout(job.wait, task).await {
        Ok(done) => done.map_err(|error| Problem::Internal(error.to_string()))?,
        Err(_) => Err(Problem::Later(Box::new(JobView::new(kept(app, id).await?)))),
    }
}
