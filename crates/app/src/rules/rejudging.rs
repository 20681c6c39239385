//! Judges live content again after a change of policies, lists or designations: in the background,
//! one job at a time, with a preview first.
//!
//! Each resubmitted event has an id of its own, derived from event and policies. So a job that the
//! end of the process broke off is begun again, and nothing is done twice.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use engine::Intake;
use engine::rejudging::{PolicySide, Search, SearchResult, again, search};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{JobEnd, JobState};
use tokio::runtime::Handle;
use utoipa::ToSchema;

use crate::access::caller::Caller;
use crate::access::permission::{Permit as _, RulesApprove};
use crate::rules::overlay::{self, Files};
use crate::rules::{proposal, trial};
use crate::service::aside::aside;
use crate::service::problem::Problem;
use crate::service::running::{self, JobHandle, JobRequest};
use crate::service::state::App;

/// Contents resubmitted per second by default.
const PER_SECOND: u32 = 200;

/// The highest rate allowed; the loop has other work.
const PER_SECOND_MAX: u32 = 20_000;

/// A request to judge live content again.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
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
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RejudgementJob {
    /// Its number.
    #[serde(default)]
    pub id: u64,
    /// `looking` (searching the log), `judging` (resubmitting), `done`, `failed` or `cancelled`.
    pub state: String,
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

/// What was asked for, with the policies that it is about.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Rejudging {
    /// The request; of policies in force before, it names the version.
    pub asked: RejudgingRequest,
    /// The job as it starts.
    job: RejudgementJob,
}

impl JobRequest for Rejudging {
    const KIND: &'static str = "rejudging";
    const RESUMES: bool = true;

    async fn run(self, app: App, running: Arc<JobHandle>) -> JobEnd {
        app.rejudging.set(RejudgementJob { id: running.id, ..self.job.clone() });
        let per_second = self.asked.per_second.unwrap_or(PER_SECOND);
        let done = async {
            let search =
                searched(&app, &self.asked).await.map_err(|problem| problem.to_string())?;
            if search.after.policy_set.version().0 != self.job.after {
                return Err(CHANGED.to_owned());
            }
            run(&app, &running, search, per_second).await
        };
        let (state, error) = match done.await {
            Ok(true) => (JobState::Done, None),
            Ok(false) => (JobState::Cancelled, None),
            Err(why) => (JobState::Failed, Some(why)),
        };
        // The live one ends with its turn.
        let ended =
            |job| RejudgementJob { state: state.name().to_owned(), error: error.clone(), ..job };
        let job = app.rejudging.get().map(ended).and_then(|job| serde_json::to_string(&job).ok());
        match (state, error) {
            (JobState::Done, _) => JobEnd::Done(job.unwrap_or_default()),
            (_, Some(why)) => JobEnd::Failed(why, job),
            (_, None) => JobEnd::Cancelled(job),
        }
    }
}

/// Why a job cannot go on.
const CHANGED: &str = "the policies changed meanwhile; begin again";

/// The job that runs, as far as it is.
#[derive(Default)]
pub struct LiveJob(Mutex<Option<RejudgementJob>>);

impl LiveJob {
    fn get(&self) -> Option<RejudgementJob> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, job: RejudgementJob) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(job);
    }

    /// Changes the job and returns it.
    fn change(&self, change: impl FnOnce(&mut RejudgementJob)) -> Option<RejudgementJob> {
        let mut job = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(job) = job.as_mut() {
            change(job);
        }
        job.clone()
    }
}

/// The last job, running or ended. One that ended is read from the store, where an erasure reaches
/// it.
pub async fn last(app: &App) -> Result<RejudgementJob, Problem> {
    // Looked for before the row is read: if it is gone by then, the row has the end.
    let running = app.jobs.of(Rejudging::KIND);
    let kept = app.core()?.store.last_job(Rejudging::KIND).await?;
    let kept = kept.ok_or(Problem::NotFound("job"))?;
    let id = kept.brief.id;
    let live = app.rejudging.get().filter(|job| job.id == id);
    if let Some(job) = live.filter(|_| running.is_some_and(|running| running.id == id)) {
        return Ok(job);
    }
    if let Some(job) =
        kept.result.and_then(|json| serde_json::from_str::<RejudgementJob>(&json).ok())
    {
        return Ok(RejudgementJob { id, ..job });
    }
    if kept.brief.state == JobState::Done {
        // Somebody in its result was erased.
        return Err(Problem::NotFound("job"));
    }
    // It has just begun, or broke off.
    let asked: Result<Rejudging, _> = serde_json::from_str(&kept.request);
    let Rejudging { job, .. } = asked.map_err(|_| Problem::NotFound("job"))?;
    let state = match kept.brief.state {
        JobState::Running => job.state,
        ended => ended.name().to_owned(),
    };
    Ok(RejudgementJob { id, state, error: kept.brief.error, ..job })
}

/// Stops the running job. What was resubmitted stays.
pub async fn cancel(app: &App) -> Result<RejudgementJob, Problem> {
    app.core()?;
    let Some(running) = app.jobs.of(Rejudging::KIND) else {
        return Err(Problem::Decided("nothing is judged again now".to_owned()));
    };
    running.cancel();
    last(app).await
}

/// Starts a job. Unless it is a preview, it needs a person who may approve changes of rules.
pub async fn begin(
    app: &App,
    caller: &Caller,
    asked: RejudgingRequest,
) -> Result<RejudgementJob, Problem> {
    if !asked.preview {
        if !caller.may(RulesApprove::NAME) {
            return Err(Problem::Forbidden(RulesApprove::NAME));
        }
        caller.person()?;
    }
    if !(1..=PER_SECOND_MAX).contains(&asked.per_second.unwrap_or(PER_SECOND)) {
        let text = format!("`per_second` lies between 1 and {PER_SECOND_MAX}");
        return Err(Problem::Wrong(text));
    }
    if !asked.files.is_empty() && !asked.preview {
        let text = "what is not in force can be previewed only; propose it, or say `preview`";
        return Err(Problem::Wrong(text.to_owned()));
    }
    let reason = proposal::stated(&asked.reason)?;
    let search = searched(app, &asked).await?;
    let (before, after) =
        (search.before.policy_set.version().0, search.after.policy_set.version().0);
    let mut asked = asked;
    if asked.files.is_empty() {
        // The same, should it be begun again after another change.
        asked.since = Some(before.clone());
    }
    let job = RejudgementJob {
        id: 0,
        state: "looking".to_owned(),
        preview: asked.preview,
        progress: 0.0,
        author: caller.sender(),
        at: app.now(),
        reason: reason.clone(),
        before,
        after,
        found: SearchResult::default(),
        handed_in: 0,
        duplicates: 0,
        decisions: 0,
        error: None,
    };
    let work = Rejudging { asked, job: job.clone() };
    let id = running::start(app, (&job.author, &reason), work).await?;
    Ok(RejudgementJob { id, ..job })
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
        let last = core.store.activated(1).await?.pop();
        let last = last.filter(|last| last.version == now.policy_set.version().0);
        let after_from = last.map(|last| last.seq);
        return Ok(Search { store, handle, before, after: now, after_from });
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
    Ok(Search { store, handle, before: now, after: after.await??, after_from: None })
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
async fn run(
    app: &App,
    running: &Arc<JobHandle>,
    sought: Search,
    per_second: u32,
) -> Result<bool, String> {
    let (worker, runs) = (app.clone(), Arc::clone(running));
    let looked = aside(move || {
        let found = search(&sought, &mut |part| {
            worker.rejudging.change(|job| job.progress = part);
            // Most of the time goes into what follows.
            runs.goes_on(part * SEARCH_SHARE)
        });
        (found, sought)
    });
    let (found, sought) = looked.await.map_err(|error| error.to_string())?;
    let Some(found) = found.map_err(|error| error.to_string())? else { return Ok(false) };
    let seqs = found.seqs.clone();
    let job = app.rejudging.change(|job| {
        (job.found, job.progress) = (found, 1.0);
    });
    if job.is_none_or(|job| job.preview) || seqs.is_empty() {
        return Ok(true);
    }
    app.rejudging.change(|job| (job.state, job.progress) = ("judging".to_owned(), 0.0));
    hand_in(app, running, (&sought, &seqs), per_second).await
}

/// The share of the search in the whole job.
const SEARCH_SHARE: f64 = 0.2;

/// Resubmits what was found, `per_second` contents a second; false if it was stopped.
#[expect(clippy::cast_precision_loss, reason = "a share to show")]
async fn hand_in(
    app: &App,
    running: &JobHandle,
    (sought, seqs): (&Search, &[u64]),
    per_second: u32,
) -> Result<bool, String> {
    let reason = app.rejudging.get().map(|job| job.reason).unwrap_or_default();
    let version = sought.after.policy_set.version().0;
    // Ten small portions a second; other events are judged in between.
    let portion = (per_second as usize).div_ceil(10);
    let mut ticks = tokio::time::interval(Duration::from_millis(100));
    let mut done = 0;
    for seqs_now in seqs.chunks(portion) {
        ticks.tick().await;
        let part = done as f64 / seqs.len() as f64;
        if !running.goes_on(SEARCH_SHARE + part * (1.0 - SEARCH_SHARE)) {
            return Ok(false);
        }
        let core = app.core().map_err(|problem| problem.to_string())?;
        if core.policies.current().0.version().0 != version {
            return Err(CHANGED.to_owned());
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
