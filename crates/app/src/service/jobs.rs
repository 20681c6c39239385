//! Changes of policies as jobs, one at a time. The caller is answered when the job is done or, if
//! that takes long, with the address at which its progress can be seen.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::service::problem::{Details, Problem};
use crate::service::state::App;

/// The most jobs remembered, until the server stops.
const KEPT_MAX: usize = 100;

/// A change of policies, running or ended.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Job {
    /// Its number.
    pub id: u64,
    /// What it changes: `policies`, `proposal 3`, `rule ID`.
    pub what: String,
    /// The name of the person or key that started it.
    pub author: String,
    /// `running`, `done` or `failed`.
    pub state: &'static str,
    /// The share done, from 0 to 1.
    pub progress: f64,
    /// When it was started.
    pub begun_at: Timestamp,
    /// When it ended; `null` while it is running.
    pub ended_at: Option<Timestamp>,
    /// The result: the body that the request would have returned. `null` unless it is done.
    #[schema(value_type = Option<Object>)]
    pub result: Option<Value>,
    /// Why it failed; `null` unless it failed.
    pub error: Option<Details>,
}

/// A job to start.
pub struct Begin {
    /// What it changes.
    pub what: String,
    /// The name of the person or key that starts it.
    pub author: String,
    /// How long the caller waits for its end.
    pub wait: Duration,
}

/// The address of the job with that number.
pub fn address(id: u64) -> String {
    format!("/v1/jobs/{id}")
}

/// The running job, and the last ones that ended.
#[derive(Default)]
pub struct Jobs(Mutex<VecDeque<Job>>);

impl Jobs {
    fn with<T>(&self, change: impl FnOnce(&mut VecDeque<Job>) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The job with that number.
    pub fn find(&self, id: u64) -> Option<Job> {
        self.with(|jobs| jobs.iter().find(|job| job.id == id).cloned())
    }

    /// The problem that another job prevents a change now.
    pub fn busy(&self) -> Problem {
        let last = self.with(|jobs| jobs.back().map(|job| job.id));
        Problem::Changing(last.unwrap_or_default())
    }

    /// Records the progress of the running job, from 0 to 1.
    pub fn goes_on(&self, progress: f64) {
        self.with(|jobs| {
            if let Some(job) = jobs.back_mut().filter(|job| job.state == "running") {
                job.progress = progress;
            }
        });
    }

    fn begin(&self, begin: &Begin, at: Timestamp) -> Result<u64, Problem> {
        self.with(|jobs| {
            if let Some(running) = jobs.iter().find(|job| job.state == "running") {
                return Err(Problem::Changing(running.id));
            }
            let id = jobs.back().map_or(1, |job| job.id + 1);
            if jobs.len() >= KEPT_MAX {
                jobs.pop_front();
            }
            jobs.push_back(Job {
                id,
                what: begin.what.clone(),
                author: begin.author.clone(),
                state: "running",
                progress: 0.0,
                begun_at: at,
                ended_at: None,
                result: None,
                error: None,
            });
            Ok(id)
        })
    }

    fn end(&self, id: u64, at: Timestamp, outcome: Result<Value, Details>) {
        self.with(|jobs| {
            let running = jobs.iter_mut().find(|job| job.id == id && job.state == "running");
            let Some(job) = running else { return };
            job.ended_at = Some(at);
            match outcome {
                Ok(result) => {
                    (job.state, job.progress, job.result) = ("done", 1.0, Some(result));
                }
                Err(error) => (job.state, job.error) = ("failed", Some(error)),
            }
        });
    }
}

/// Ends a job that broke off.
struct Guard(App, u64);

impl Drop for Guard {
    fn drop(&mut self) {
        let broken = Problem::Internal("the change broke off".to_owned());
        self.0.jobs.end(self.1, self.0.now(), Err(broken.details()));
    }
}

/// Runs `work` while no other change runs, and to its end even if the caller goes away. `told`
/// returns its result as JSON. [`Problem::Later`] if it is not done in time; it then continues.
pub async fn run<T: Send + 'static>(
    app: &App,
    begin: Begin,
    work: impl Future<Output = Result<T, Problem>> + Send + 'static,
    told: fn(&T) -> Value,
) -> Result<T, Problem> {
    let id = app.jobs.begin(&begin, app.now())?;
    let guard = Guard(app.clone(), id);
    let task = tokio::spawn(async move {
        let done = work.await;
        let outcome = done.as_ref().map(told).map_err(Problem::details);
        guard.0.jobs.end(id, guard.0.now(), outcome);
        done
    });
    match tokio::time::timeout(begin.wait, task).await {
        Ok(done) => done.map_err(|error| Problem::Internal(error.to_string()))?,
        Err(_) => {
            let job = app.jobs.find(id).ok_or(Problem::NotFound("job"))?;
            Err(Problem::Later(Box::new(job)))
        }
    }
}

/// The job with that number.
pub fn find(app: &App, id: u64) -> Result<Job, Problem> {
    app.jobs.find(id).ok_or(Problem::NotFound("job"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_change_is_told_where_the_first_goes_on() {
        let (jobs, at) = (Jobs::default(), Timestamp::UNIX_EPOCH);
        let begin = Begin { what: "policies".into(), author: "ana".into(), wait: Duration::ZERO };
        let first = jobs.begin(&begin, at).unwrap();
        let second = jobs.begin(&begin, at);
        assert!(matches!(second, Err(Problem::Changing(id)) if id == first), "{second:?}");
        jobs.goes_on(0.5);
        assert_eq!(jobs.find(first).unwrap().progress, 0.5);
        jobs.end(first, at, Ok(Value::Null));
        jobs.end(first, at, Err(Problem::Changed.details()));
        assert_eq!(jobs.find(first).unwrap().state, "done", "it ends once");
        for _ in 0..2 * KEPT_MAX {
            let id = jobs.begin(&begin, at).unwrap();
            jobs.end(id, at, Ok(Value::Null));
        }
        assert!(jobs.find(first).is_none() && jobs.with(|jobs| jobs.len()) == KEPT_MAX);
    }
}
