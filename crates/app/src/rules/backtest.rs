//! Back-tests: the effect that changed rules would have had on past events. One runs at a time, in
//! the background. Its progress is recorded until it is done or stopped.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use decide::PolicySet;
use engine::Rules;
use store::{Finish, NewBacktest};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::rules::overlay::{self, Files};
use crate::rules::trial;
use crate::service::aside::aside;
use crate::service::problem::Problem;
use crate::service::state::App;

/// The longest title, in characters; longer ones are refused.
const TITLE_CHARS_MAX: usize = 200;

/// The error recorded if the server stops first.
const STOPPED: &str = "the server was stopped while it ran; begin it again";

/// How often progress is recorded; each time is a commit.
const TOLD_EVERY: Duration = Duration::from_secs(1);

/// Room for one back-test.
pub struct Bench {
    turn: Arc<Semaphore>,
    job: Mutex<Option<Job>>,
}

/// The running back-test.
struct Job {
    id: u64,
    is_cancelled: Arc<AtomicBool>,
}

impl Default for Bench {
    fn default() -> Self {
        Self { turn: Arc::new(Semaphore::new(1)), job: Mutex::default() }
    }
}

impl Bench {
    fn set(&self, job: Option<Job>) {
        *self.job.lock().unwrap_or_else(PoisonError::into_inner) = job;
    }

    /// Stops the back-test with that number; false if it is not running.
    pub fn cancel(&self, id: u64) -> bool {
        let job = self.job.lock().unwrap_or_else(PoisonError::into_inner);
        let job = job.as_ref().filter(|job| job.id == id);
        job.is_some_and(|job| {
            job.is_cancelled.store(true, Ordering::Relaxed);
            true
        })
    }
}

/// Starts a back-test of the rules in force with `files` laid over them, and returns its number.
pub async fn begin(app: &App, author: &str, title: &str, files: Files) -> Result<u64, Problem> {
    let title = match title.trim() {
        "" => "Without a title",
        title if title.chars().count() <= TITLE_CHARS_MAX => title,
        _ => {
            let most = TITLE_CHARS_MAX;
            return Err(Problem::Wrong(format!("a title has at most {most} characters")));
        }
    };
    let turn = Arc::clone(&app.backtests.turn).try_acquire_owned();
    let turn = turn.map_err(|_| Problem::Backtesting)?;
    let (files, candidate) = candidate(app, files).await?;
    let new = NewBacktest {
        made_ms: app.now().as_millisecond(),
        author: author.to_owned(),
        title: title.to_owned(),
        files: overlay::write(&files)?,
    };
    let id = app.core()?.store.add_backtest(&new).await?;
    start(app, id, candidate, turn)?;
    Ok(id)
}

/// The files among `files` that change something, and the rules in force with them laid over.
async fn candidate(app: &App, files: Files) -> Result<(Files, Arc<Rules>), Problem> {
    let compile = move |policy_set: &PolicySet, _: &Rules| {
        overlay::check(policy_set, &files)?;
        let files = overlay::effective(policy_set, files);
        let candidate = overlay::over(policy_set, &files);
        match Rules::load(&candidate) {
            Ok(rules) => Ok((files, Arc::new(rules))),
            Err(findings) => {
                let text = "the changed rules do not compile; mend them first".to_owned();
                let findings = trial::findings(&candidate, &findings);
                Err(Problem::Policies(text, trial::values(&findings)))
            }
        }
    };
    trial::aside(app, compile).await?
}

/// Runs the back-test with that number in the background; `turn` is held until it ends.
fn start(
    app: &App,
    id: u64,
    candidate: Arc<Rules>,
    turn: OwnedSemaphorePermit,
) -> Result<(), Problem> {
    let (_, base) = app.core()?.policies.current();
    let store = app.core()?.store.clone();
    let is_cancelled = Arc::new(AtomicBool::new(false));
    let told = BacktestProgress::new(app, id, Arc::clone(&is_cancelled));
    app.backtests.set(Some(Job { id, is_cancelled }));
    let app = app.clone();
    tokio::spawn(async move {
        let worker = app.clone();
        let done = aside(move || run(&worker, told, base, candidate)).await;
        let is_stopping = *app.stop.borrow();
        let finish = match done {
            Ok(Ok(Some(report))) => Finish::Done(report),
            Ok(Ok(None)) if is_stopping => Finish::Failed(STOPPED.to_owned()),
            Ok(Ok(None)) => Finish::Cancelled,
            Ok(Err(error)) => Finish::Failed(error),
            Err(error) => Finish::Failed(format!("it broke off: {error}")),
        };
        let is_done = matches!(finish, Finish::Done(_));
        tracing::info!(backtest = id, is_done, "back-test ended");
        if let Err(error) = store.finish_backtest(id, &finish).await {
            tracing::error!(backtest = id, %error, "the end of a back-test was not written down");
        }
        app.backtests.set(None);
        drop(turn);
    });
    Ok(())
}

/// The report as JSON; `None` if it was stopped. Blocks until then.
fn run(
    app: &App,
    mut told: BacktestProgress,
    base: Arc<Rules>,
    candidate: Arc<Rules>,
) -> Result<Option<String>, String> {
    let core = app.core().map_err(|problem| problem.to_string())?;
    let plan = engine::backtest::Plan {
        store: core.store.clone(),
        handle: Handle::current(),
        base,
        candidate,
    };
    let report = engine::backtest::run(plan, &mut |part: f64| told.goes_on(part));
    let report = report.map_err(|error| error.to_string())?;
    report.map(|report| serde_json::to_string(&report).map_err(|e| e.to_string())).transpose()
}

/// Records the progress of a back-test, and knows whether it is to continue.
struct BacktestProgress {
    app: App,
    id: u64,
    is_cancelled: Arc<AtomicBool>,
    at: Instant,
}

impl BacktestProgress {
    fn new(app: &App, id: u64, is_cancelled: Arc<AtomicBool>) -> Self {
        Self { app: app.clone(), id, is_cancelled, at: Instant::now() }
    }

    /// Whether to continue, with the share `part` done, from 0 to 1. Blocks while that is recorded.
    fn goes_on(&mut self, part: f64) -> bool {
        if self.is_cancelled.load(Ordering::Relaxed) || *self.app.stop.borrow() {
            return false;
        }
        if self.at.elapsed() >= TOLD_EVERY {
            self.at = Instant::now();
            let Ok(core) = self.app.core() else { return false };
            let told = core.store.tell_backtest(self.id, part.clamp(0.0, 1.0));
            if let Err(error) = Handle::current().block_on(told) {
                // Progress is recorded the next time.
                tracing::warn!(backtest = self.id, %error, "progress was not written down");
            }
        }
        true
    }
}
