//! Judges live content again after a change of policies, lists or designations: in the background,
//! one job at a time, with a preview first.
//!
//! Each resubmitted event has an id of its own, derived from event and policies. So a job that
//! broke off can be started again, and nothing is done twice.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use engine::Intake;
use engine::rejudging::{PolicySide, Search, SearchResult, again, search};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use utoipa::ToSchema;

use crate::access::caller::Caller;
use crate::access::permission::{Permit as _, RulesApprove};
use crate::rules::overlay::{self, Files};
use crate::rules::{proposal, trial};
use crate::service::aside::aside;
use crate::service::problem::Problem;
use crate::service::state::App;

/// Contents resubmitted per second by default.
const PER_SECOND: u32 = 200;

/// The highest rate allowed; the loop has other work.
const PER_SECOND_MAX: u32 = 20_000;

/// A request to judge live content again.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RejudgingRequest {
    /// Whether to search only, and resubmit nothing.
    pub preview: bool,
    /// Names and new texts of files, laid over the policies in force, for a preview of a change
    /// that is not in force; `null` removes a file.
    pub files: Files,
    /// The version of the policies by which live content was judged; by default the last one before
    /// those in force.
    pub since: Option<String>,
    /// Contents resubmitted per second, 1 to 20000; 200 by default.
    pub per_second: Option<u32>,
    /// The reason, in 1 to 2000 characters; every resubmitted event contains it.
    pub reason: String,
}

/// The state of a job.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = RejudgementJob)]
pub struct Job {
    /// `looking` (searching the log), `judging` (resubmitting), `done`, `failed` or `cancelled`.
    pub state: &'static str,
    /// Whether nothing is resubmitted.
    pub preview: bool,
    /// The share of the current phase that is done, from 0 to 1.
    pub progress: f64,
    /// The name of the person or key that started it.
    pub author: String,
    /// When it was started.
    pub at: Timestamp,
    /// The reason for it.
    pub reason: String,
    /// The version of the policies before the change.
    pub before: String,
    /// The version of the policies after the change.
    pub after: String,
    /// What the search found: counts, and a sample of the content affected.
    #[schema(value_type = Object)]
    pub found: SearchResult,
    /// Number of contents resubmitted.
    pub handed_in: u64,
    /// Number of contents that had been resubmitted before.
    pub duplicates: u64,
    /// Number of decisions made on them.
    pub decisions: u64,
    /// Why it failed; `null` if it did not.
    pub error: Option<String>,
}

/// Room for one job.
pub struct Bench {
    turn: Arc<Semaphore>,
    job: Mutex<Option<Job>>,
    is_cancelled: AtomicBool,
}

impl Default for Bench {
    fn default() -> Self {
        let turn = Arc::new(Semaphore::new(1));
        Self { turn, job: Mutex::default(), is_cancelled: AtomicBool::new(false) }
    }
}

impl Bench {
    /// The last job, running or ended.
    pub fn job(&self) -> Option<Job> {
        self.job.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn change(&self, change: impl FnOnce(&mut Job)) {
        let mut job = self.job.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(job) = job.as_mut() {
            change(job);
        }
    }

    /// Stops the running job; false if there is none.
    pub fn cancel(&self) -> bool {
        let is_running = self.job().is_some_and(|job| matches!(job.state, "looking" | "judging"));
        self.is_cancelled.store(is_running, Ordering::Relaxed);
        is_running
    }
}

/// The last job, running or ended.
pub fn last(app: &App) -> Result<Job, Problem> {
    app.core()?;
    app.rejudging.job().ok_or(Problem::NotFound("job"))
}

/// Stops the running job. What was resubmitted stays.
pub fn cancel(app: &App) -> Result<Job, Problem> {
    app.core()?;
    if !app.rejudging.cancel() {
        return Err(Problem::Decided("nothing is judged again now".to_owned()));
    }
    last(app)
}

/// Starts a job. Unless it is a preview, it needs a person who may approve changes of rules.
pub async fn begin(app: &App, caller: &Caller, asked: RejudgingRequest) -> Result<Job, Problem> {
    if !asked.preview {
        if !caller.may(RulesApprove::NAME) {
            return Err(Problem::Forbidden(RulesApprove::NAME));
        }
        caller.person()?;
    }
    let author = caller.sender();
    let per_second = asked.per_second.unwrap_or(PER_SECOND);
    if !(1..=PER_SECOND_MAX).contains(&per_second) {
        let text = format!("`per_second` lies between 1 and {PER_SECOND_MAX}");
        return Err(Problem::Wrong(text));
    }
    if !asked.files.is_empty() && !asked.preview {
        let text = "what is not in force can be previewed only; propose it, or say `preview`";
        return Err(Problem::Wrong(text.to_owned()));
    }
    let reason = proposal::stated(&asked.reason)?;
    let turn = Arc::clone(&app.rejudging.turn).try_acquire_owned();
    let turn = turn.map_err(|_| Problem::Backtesting)?;
    let search = searched(app, &asked).await?;
    let job = Job {
        state: "looking",
        preview: asked.preview,
        progress: 0.0,
        author,
        at: app.now(),
        reason,
        before: search.before.policy_set.version().0,
        after: search.after.policy_set.version().0,
        found: SearchResult::default(),
        handed_in: 0,
        duplicates: 0,
        decisions: 0,
        error: None,
    };
    app.rejudging.is_cancelled.store(false, Ordering::Relaxed);
    *app.rejudging.job.lock().unwrap_or_else(PoisonError::into_inner) = Some(job.clone());
    let app = app.clone();
    tokio::spawn(async move {
        let worker = app.clone();
        let ended = tokio::spawn(async move { run(&worker, search, per_second).await }).await;
        let (state, error) = match ended {
            Ok(Ok(true)) => ("done", None),
            Ok(Ok(false)) => ("cancelled", None),
            Ok(Err(why)) => ("failed", Some(why)),
            Err(error) => ("failed", Some(format!("it broke off: {error}"))),
        };
        app.rejudging.change(|job| (job.state, job.error) = (state, error));
        tracing::info!(state, "judging again ended");
        drop(turn);
    });
    Ok(job)
}

/// The policies to compare: earlier ones with those in force, or those in force with the same after
/// files are laid over them.
async fn searched(app: &App, asked: &RejudgingRequest) -> Result<Search, Problem> {
    let core = app.core()?;
    let (store, handle) = (core.store.clone(), Handle::current());
    let (policy_set, rules) = core.policies.current();
    let now = PolicySide { policy_set, rules };
    if asked.files.is_empty() {
        let before = before(app, asked.since.as_deref(), &now).await?;
        return Ok(Search { store, handle, before, after: now });
    }
    let files = asked.files.clone();
    let after = trial::aside(app, move |policy_set, _| {
        overlay::check(policy_set, &files)?;
        let policy_set = overlay::over(policy_set, &files);
        match engine::Rules::load(&policy_set) {
            Ok(rules) => {
                Ok(PolicySide { policy_set: Arc::new(policy_set), rules: Arc::new(rules) })
            }
            Err(findings) => {
                let text = "the changed rules do not compile; mend them first".to_owned();
                Err(Problem::Policies(
                    text,
                    trial::values(&trial::findings(&policy_set, &findings)),
                ))
            }
        }
    });
    Ok(Search { store, handle, before: now, after: after.await?? })
}

/// The policies by which live content was judged.
async fn before(app: &App, since: Option<&str>, now: &PolicySide) -> Result<PolicySide, Problem> {
    let core = app.core()?;
    let in_force = now.policy_set.version().0;
    let version = match since {
        Some(version) => Some(version.to_owned()),
        None => {
            let activated = core.store.activated(u32::MAX).await?;
            activated.into_iter().map(|one| one.version).find(|version| *version != in_force)
        }
    };
    let Some(version) = version else { return Ok(now.clone()) };
    let set = core.store.policy_set(&version).await?;
    let set =
        set.ok_or_else(|| Problem::Wrong(format!("no policies had the version `{version}`")))?;
    let rules = core.library.lock().await.rules(&core.store, &version).await;
    let rules = rules.map_err(|error| Problem::Wrong(error.to_string()))?;
    Ok(PolicySide { policy_set: Arc::new(engine::replay::read(&set)?), rules })
}

/// Searches and, unless it is a preview, resubmits what was found; false if it was stopped.
async fn run(app: &App, sought: Search, per_second: u32) -> Result<bool, String> {
    let worker = app.clone();
    let looked = aside(move || {
        let found = search(&sought, &mut |part| {
            worker.rejudging.change(|job| job.progress = part);
            is_going_on(&worker)
        });
        (found, sought)
    });
    let (found, sought) = looked.await.map_err(|error| error.to_string())?;
    let Some(found) = found.map_err(|error| error.to_string())? else { return Ok(false) };
    let seqs = found.seqs.clone();
    app.rejudging.change(|job| {
        (job.found, job.progress) = (found, 1.0);
    });
    if app.rejudging.job().is_none_or(|job| job.preview) || seqs.is_empty() {
        return Ok(true);
    }
    app.rejudging.change(|job| (job.state, job.progress) = ("judging", 0.0));
    hand_in(app, (&sought, &seqs), per_second).await
}

fn is_going_on(app: &App) -> bool {
    !app.rejudging.is_cancelled.load(Ordering::Relaxed) && !*app.stop.borrow()
}

/// Resubmits what was found, `per_second` contents a second; false if it was stopped.
#[expect(clippy::cast_precision_loss, reason = "a share to show")]
async fn hand_in(
    app: &App,
    (sought, seqs): (&Search, &[u64]),
    per_second: u32,
) -> Result<bool, String> {
    let reason = app.rejudging.job().map(|job| job.reason).unwrap_or_default();
    let version = sought.after.policy_set.version().0;
    // Ten small portions a second; other events are judged in between.
    let portion = (per_second as usize).div_ceil(10);
    let mut ticks = tokio::time::interval(Duration::from_millis(100));
    let mut done = 0;
    for seqs_now in seqs.chunks(portion) {
        ticks.tick().await;
        if !is_going_on(app) {
            return Ok(false);
        }
        let core = app.core().map_err(|problem| problem.to_string())?;
        if core.policies.current().0.version().0 != version {
            return Err("the policies changed meanwhile; begin again".to_owned());
        }
        let events = again(&core.store, seqs_now, (&version, &reason)).await;
        let events = events.map_err(|error| error.to_string())?;
        let receipt = core.pipeline.take(Intake { events, ..Intake::default() }).await;
        let taken = receipt.map_err(|error| error.to_string())?.await;
        let taken = taken.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
        done += seqs_now.len();
        app.rejudging.change(|job| {
            job.progress = done as f64 / seqs.len() as f64;
            let new = taken.iter().filter(|taken| taken.seq.is_some()).count();
            job.handed_in += new as u64;
            job.duplicates += (taken.len() - new) as u64;
            job.decisions += taken.iter().filter(|taken| taken.decision.is_some()).count() as u64;
        });
    }
    Ok(true)
}
