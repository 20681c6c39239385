//! Jobs in lists and one by one: shown, stopped, and begun again.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use store::{JobEnd, JobState, WholeJob};
use utoipa::ToSchema;

use crate::access::caller::Caller;
use crate::filings::time;
use crate::reports::drafting::{self, Drafting};
use crate::rules::backtest::{self, Backtest};
use crate::rules::rejudging::{self, Rejudging};
use crate::service::problem::{Details, Problem};
use crate::service::running::{self, JobRequest, STOPPED};
use crate::service::state::App;

/// The kind of changes of policies. Their results name nobody.
pub const POLICIES: &str = "policies";

/// The most jobs listed.
const LISTED_MAX: u32 = 100;

/// Why a change of policies counts as failed if the server ended in the middle: it is in force if
/// its commit came before.
const UNKNOWN: &str =
    "the server ended while it ran; see whether it is in force, else send it again";

/// A job that was begun this often, and never ended, is not begun again: it may be why the process
/// ends.
const ATTEMPTS_MAX: u32 = 3;

/// Long work that somebody asked for, running or ended.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Job)]
pub struct JobView {
    /// Its number.
    pub id: u64,
    /// `policies` (a change of policies), `backtest`, `rejudging` or `report`.
    pub kind: String,
    /// What it does: `policies`, `proposal 3`, `rule ID`; else its title or its reason.
    pub what: String,
    /// The name of the person or key that started it.
    pub author: String,
    /// `running`, `done`, `failed` or `cancelled`.
    pub state: &'static str,
    /// The share done, from 0 to 1.
    pub progress: f64,
    /// How often it was begun: more than once if the server ended while it ran.
    pub attempts: u32,
    /// When it was started.
    pub begun_at: Timestamp,
    /// When it ended; `null` while it is running, and if an earlier build did not record it.
    pub ended_at: Option<Timestamp>,
    /// Of a change of policies the body that the request would have returned, of a report its number
    /// as `report`; `null` unless it is done, and for other kinds, which have their own addresses.
    #[schema(value_type = Option<Object>)]
    pub result: Option<Value>,
    /// Why it failed; `null` unless it failed.
    #[schema(value_type = Option<Details>)]
    pub error: Option<Value>,
}

impl JobView {
    /// The view of `job`.
    #[must_use]
    pub fn new(job: WholeJob) -> Self {
        let (brief, result) = (job.brief, job.result);
        let result = result.and_then(|json| serde_json::from_str::<Value>(&json).ok());
        // Neither names anybody.
        let result = result.filter(|_| brief.kind == POLICIES || brief.kind == Drafting::KIND);
        let (result, error) = match (brief.state, brief.error) {
            (JobState::Failed, error) => {
                let details = || serde_json::json!(failed(error.unwrap_or_default()));
                (None, Some(result.unwrap_or_else(details)))
            }
            _ => (result, None),
        };
        Self {
            id: brief.id,
            kind: brief.kind,
            what: brief.title,
            author: brief.author,
            state: brief.state.name(),
            progress: brief.progress,
            attempts: brief.attempts,
            begun_at: time(brief.made_ms),
            ended_at: brief.ended_ms.map(time),
            result,
            error,
        }
    }

    /// Whether somebody can begin it again as it was asked for.
    #[must_use]
    pub fn is_repeatable(&self) -> bool {
        self.kind != POLICIES && matches!(self.state, "failed" | "cancelled")
    }
}

/// The details of a job that failed for that reason.
fn failed(detail: String) -> Details {
    Details {
        r#type: "urn:probity:problem:job_failed".to_owned(),
        title: "The job failed".to_owned(),
        status: 500,
        detail,
        code: "job_failed".to_owned(),
        diagnostics: Vec::new(),
        failures: Vec::new(),
    }
}

/// The address of the job with that number.
pub fn address(id: u64) -> String {
    format!("/v1/jobs/{id}")
}

/// The latest jobs of all kinds, newest first, without results.
pub async fn all(app: &App) -> Result<Vec<JobView>, Problem> {
    let found = running::listed(app, None, LISTED_MAX).await?;
    let view = |brief| JobView::new(WholeJob { brief, request: String::new(), result: None });
    Ok(found.into_iter().map(view).collect())
}

/// The job with that number.
pub async fn find(app: &App, id: u64) -> Result<JobView, Problem> {
    Ok(JobView::new(running::kept(app, id).await?))
}

/// Stops the job with that number; it ends a moment later. What it did stays.
pub async fn cancel(app: &App, caller: &Caller, id: u64) -> Result<(), Problem> {
    let job = running::kept(app, id).await?.brief;
    if job.kind == Drafting::KIND {
        drafting::may_prepare(caller)?;
    }
    end(app, id).await
}

/// Stops a job for a caller who was checked.
pub(crate) async fn end(app: &App, id: u64) -> Result<(), Problem> {
    let job = running::kept(app, id).await?.brief;
    match app.jobs.find(id) {
        Some(_) if job.kind == POLICIES => {
            Err(Problem::Decided("a change of policies cannot be stopped".to_owned()))
        }
        Some(running) => {
            running.cancel();
            Ok(())
        }
        None => {
            let state = job.state.name();
            Err(Problem::Decided(format!("the job is {state}; there is nothing to stop")))
        }
    }
}

/// Begins a job that failed or was stopped again, as a new one; its number.
pub async fn repeat(app: &App, caller: &Caller, id: u64) -> Result<u64, Problem> {
    let job = running::kept(app, id).await?;
    if !matches!(job.brief.state, JobState::Failed | JobState::Cancelled) {
        let state = job.brief.state.name();
        return Err(Problem::Decided(format!("the job is {state}; there is nothing to repeat")));
    }
    match job.brief.kind.as_str() {
        Backtest::KIND => {
            let Backtest { files } = request(&job)?;
            backtest::begin(app, &caller.sender(), &job.brief.title, files).await
        }
        Drafting::KIND => {
            let Drafting { asked, .. } = request(&job)?;
            drafting::begin(app, caller, asked).await
        }
        Rejudging::KIND => {
            let Rejudging { asked, .. } = request(&job)?;
            rejudging::begin(app, caller, asked).await.map(|begun| begun.id)
        }
        _ => Err(Problem::Decided("a change of policies is sent again, not repeated".to_owned())),
    }
}

fn request<W: JobRequest>(job: &WholeJob) -> Result<W, Problem> {
    let gone = |_| Problem::Decided("what was asked for was erased; ask again".to_owned());
    serde_json::from_str(&job.request).map_err(gone)
}

/// Begins again what the end of the last process broke off, or records that it failed.
pub async fn resume(app: &App) -> Result<(), Problem> {
    for job in app.core()?.store.running_jobs().await? {
        let (id, attempts) = (job.brief.id, job.brief.attempts);
        let is_again = job.brief.kind == Rejudging::KIND && attempts < ATTEMPTS_MAX;
        if is_again && let Ok(work) = request::<Rejudging>(&job) {
            tracing::info!(job = id, attempts, "a job is begun again");
            running::resume(app, id, work).await?;
            continue;
        }
        let why = match job.brief.kind.as_str() {
            POLICIES => UNKNOWN,
            _ => STOPPED,
        };
        let end = JobEnd::Failed(why.to_owned(), None);
        app.core()?.store.finish_job(id, &end, app.now().as_millisecond()).await?;
    }
    Ok(())
}
