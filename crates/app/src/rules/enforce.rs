//! Activates policies. They are checked first and entered in the ledger; from then on every event
//! is judged by them.

use std::sync::Arc;
use std::time::Duration;

use decide::Pack;
use engine::{Change, Rows, Rules};
use serde::Serialize;
use store::PolicySet;
use utoipa::ToSchema;

use crate::rules::trial;
use crate::service::aside::aside;
use crate::service::jobs::{self, Begin};
use crate::service::problem::Problem;
use crate::service::state::App;

/// The progress of a change when the policies are compiled.
const COMPILED: f64 = 0.9;

/// The policies that are in force now.
#[derive(Serialize, ToSchema)]
pub struct Enforced {
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
pub async fn enforce(
    app: &App,
    wait: Duration,
    change: Change,
    make: impl FnOnce(&Pack) -> Result<Pack, Problem> + Send + 'static,
) -> Result<Enforced, Problem> {
    let begin = Begin { what: "policies".to_owned(), author: change.author.clone(), wait };
    // The caller may go away in the middle; server and loop must still use the same rules.
    let worker = app.clone();
    let work = async move { put(&worker, change, make, |_| Rows::default()).await };
    jobs::run(app, begin, work, |enforced| serde_json::json!(enforced)).await
}

/// The same, within a job. `rows` gets the version, and its rows are written in the same commit.
pub async fn put(
    app: &App,
    change: Change,
    make: impl FnOnce(&Pack) -> Result<Pack, Problem> + Send + 'static,
    rows: impl FnOnce(&str) -> Rows + Send,
) -> Result<Enforced, Problem> {
    let core = app.core()?;
    let (now, rules) = core.policies.current();
    let compiled = aside(move || {
        let pack = make(&now)?;
        if pack.version() == now.version() { Ok(None) } else { compile(pack).map(Some) }
    });
    let compiled: Result<_, Problem> = compiled.await?;
    let kept = rows;
    let Some(Compiled { pack, set, rules, warnings }) = compiled? else {
        let (version, rules) = (rules.program.version.0.clone(), rules.program.rules.len());
        core.pipeline.keep(kept(&version)).await?;
        return Ok(Enforced { version, is_new: false, rules, warnings: Vec::new() });
    };
    app.jobs.goes_on(COMPILED);
    let kept = kept(&rules.program.version.0);
    core.pipeline.enforce((set, Arc::clone(&rules)), change, kept).await?;
    let (version, count) = (rules.program.version.0.clone(), rules.program.rules.len());
    core.policies.set(Arc::new(pack), rules);
    tracing::info!(version, rules = count, "policies in force");
    Ok(Enforced { version, is_new: true, rules: count, warnings })
}

/// A policy set that is ready to be activated.
struct Compiled {
    pack: Pack,
    set: PolicySet,
    rules: Arc<Rules>,
    warnings: Vec<serde_json::Value>,
}

fn compile(pack: Pack) -> Result<Compiled, Problem> {
    let (rules, checked) = Rules::check(&pack);
    let findings = trial::values(&trial::findings(&pack, &checked.diagnostics));
    let errors = checked.errors();
    match rules {
        Some(rules) if rules.program.rules.is_empty() => {
            Err(Problem::Policies("no rule: nothing would be judged".to_owned(), findings))
        }
        Some(rules) => {
            let set = engine::replay::kept(&pack)?;
            Ok(Compiled { pack, set, rules: Arc::new(rules), warnings: findings })
        }
        None => Err(Problem::Policies(format!("{errors} errors; nothing was changed"), findings)),
    }
}
