//! Activates policies. They are checked first and entered in the ledger; from then on every event
//! is judged by them.

use std::sync::Arc;
use std::time::Duration;

use decide::PolicySet;
use engine::{Change, Rows, Rules};
use serde::Serialize;
use store::PolicySetRow;
use utoipa::ToSchema;

use crate::rules::trial;
use crate::service::aside::aside;
use crate::service::jobs::POLICIES;
use crate::service::problem::Problem;
use crate::service::running::{self, Awaited};
use crate::service::state::App;

/// The progress of a change when the policies are compiled.
const COMPILED: f64 = 0.9;

/// The policies that are in force now.
#[derive(Serialize, ToSchema)]
pub struct Activated {
    /// The version: SHA-256 over all files.
    pub version: String,
    /// Whether anything changed.
    pub is_new: bool,
    /// Number of rules.
    pub rules: usize,
    /// Warnings, each with code, file, line and hint.
    #[schema(value_type = Vec<Object>)]
    pub warnings: Vec<serde_json::Value>,
}

/// Activates the policies that `make` derives from those in force, as a job. Waits up to `wait` for
/// its end.
pub async fn as_job(
    app: &App,
    wait: Duration,
    change: Change,
    make: impl FnOnce(&PolicySet) -> Result<PolicySet, Problem> + Send + 'static,
) -> Result<Activated, Problem> {
    let title = "policies".to_owned();
    let job = Awaited { kind: POLICIES, title, author: change.author.clone(), wait };
    // The caller may go away in the middle; server and loop must still use the same rules.
    let worker = app.clone();
    let work = async move { within_job(&worker, change, make, |_| Rows::default()).await };
    running::awaited(app, job, work, |activated| serde_json::json!(activated)).await
}

/// The same, within a job. `rows` gets the version, and its rows are written in the same commit.
pub async fn within_job(
    app: &App,
    change: Change,
    make: impl FnOnce(&PolicySet) -> Result<PolicySet, Problem> + Send + 'static,
    rows: impl FnOnce(&str) -> Rows + Send,
) -> Result<Activated, Problem> {
    let core = app.core()?;
    let (now, rules) = core.policies.current();
    let compiled = aside(move || {
        let policy_set = make(&now)?;
        if policy_set.version() == now.version() { Ok(None) } else { compile(policy_set).map(Some) }
    });
    let compiled: Result<_, Problem> = compiled.await?;
    let kept = rows;
    let Some(Compiled { policy_set, row, rules, warnings }) = compiled? else {
        let (version, rules) = (rules.program.version.0.clone(), rules.program.rules.len());
        core.pipeline.keep(kept(&version)).await?;
        return Ok(Activated { version, is_new: false, rules, warnings: Vec::new() });
    };
    if let Some(running) = app.jobs.of(POLICIES) {
        running.goes_on(COMPILED);
    }
    let kept = kept(&rules.program.version.0);
    core.pipeline.activate((row, Arc::clone(&rules)), change, kept).await?;
    let (version, count) = (rules.program.version.0.clone(), rules.program.rules.len());
    core.policies.set(Arc::new(policy_set), rules);
    tracing::info!(version, rules = count, "policies in force");
    Ok(Activated { version, is_new: true, rules: count, warnings })
}

/// A policy set that is ready to be activated.
struct Compiled {
    policy_set: PolicySet,
    row: PolicySetRow,
    rules: Arc<Rules>,
    warnings: Vec<serde_json::Value>,
}

fn compile(policy_set: PolicySet) -> Result<Compiled, Problem> {
    let (rules, checked) = Rules::check(&policy_set);
    let findings = trial::values(&trial::findings(&policy_set, &checked.diagnostics));
    let errors = checked.errors();
    match rules {
        Some(rules) if rules.program.rules.is_empty() => {
            Err(Problem::Policies("no rule: nothing would be judged".to_owned(), findings))
        }
        Some(rules) => {
            let row = engine::replay::stored(&policy_set)?;
            Ok(Compiled { policy_set, row, rules: Arc::new(rules), warnings: findings })
        }
        None => Err(Problem::Policies(format!("{errors} errors; nothing was changed"), findings)),
    }
}
