//! Back-tests: the effect that changed rules would have had on past events. One runs at a time, in
//! the background. Its progress is recorded until it is done or stopped.

use std::sync::Arc;

use decide::PolicySet;
use engine::Rules;
use serde::{Deserialize, Serialize};
use store::JobEnd;
use tokio::runtime::Handle;

use crate::rules::overlay::{self, Files};
use crate::rules::trial;
use crate::service::aside::aside;
use crate::service::problem::Problem;
use crate::service::running::{self, JobHandle, JobRequest};
use crate::service::state::App;

/// The longest title, in characters; longer ones are refused.
const TITLE_CHARS_MAX: usize = 200;

/// A back-test that was asked for: the files that change something.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub struct Backtest {
    /// The files, by name.
    pub files: Files,
}

impl JobRequest for Backtest {
    const KIND: &'static str = "backtest";
    const RESUMES: bool = false;

    async fn run(self, app: App, running: Arc<JobHandle>) -> JobEnd {
        match report(&app, self.files, running).await {
            Ok(Some(report)) => JobEnd::Done(report),
            Ok(None) => JobEnd::Cancelled(None),
            Err(why) => JobEnd::Failed(why, None),
        }
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
    let (files, _) = candidate(app, files).await?;
    running::start(app, (author, title), Backtest { files }).await
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

/// The report as JSON; `None` if it was stopped.
async fn report(
    app: &App,
    files: Files,
    running: Arc<JobHandle>,
) -> Result<Option<String>, String> {
    let told = |problem: Problem| problem.to_string();
    let (_, candidate) = candidate(app, files).await.map_err(told)?;
    let core = app.core().map_err(told)?;
    let plan = engine::backtest::Plan {
        store: core.store.clone(),
        handle: Handle::current(),
        base: core.policies.current().1,
        candidate,
    };
    let done = aside(move || engine::backtest::run(plan, &mut |part: f64| running.goes_on(part)));
    let report = done.await.map_err(|error| format!("it broke off: {error}"))?;
    let report = report.map_err(|error| error.to_string())?;
    report.map(|report| serde_json::to_string(&report).map_err(|e| e.to_string())).transpose()
}
