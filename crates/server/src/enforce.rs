//! Puts policies in force: checked first, entered in the ledger, and from then on every event is
//! judged by them.

use std::sync::Arc;

use decide::Pack;
use engine::Rules;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::problem::Problem;

/// Which policies are in force now.
#[derive(Serialize, ToSchema)]
pub(crate) struct Enforced {
    /// The version: SHA-256 over all files.
    pub(crate) version: String,
    /// Whether anything changed.
    pub(crate) is_new: bool,
    /// How many rules run.
    pub(crate) rules: usize,
    /// What could be better, each with code, file, line and hint.
    #[schema(value_type = Vec<Object>)]
    pub(crate) warnings: Vec<serde_json::Value>,
}

/// Puts what `change` makes of the policies in force; one change at a time.
pub(crate) async fn enforce(
    app: &App,
    change: impl FnOnce(&Pack) -> Pack,
) -> Result<Enforced, Problem> {
    let core = app.core()?;
    let _turn = core.policies.change.lock().await;
    let (now, rules) = core.policies.current();
    let pack = change(&now);
    if pack.version() == now.version() {
        let (version, rules) = (now.version().0, rules.program.rules.len());
        return Ok(Enforced { version, is_new: false, rules, warnings: Vec::new() });
    }
    let compiled = tokio::task::spawn_blocking(move || compile(pack)).await;
    let (pack, rules, warnings) =
        compiled.map_err(|error| Problem::Internal(error.to_string()))??;
    core.pipeline.enforce(pack.clone(), Arc::clone(&rules)).await?;
    let (version, count) = (pack.version().0, rules.program.rules.len());
    core.policies.set(Arc::new(pack), rules);
    tracing::info!(version, rules = count, "policies in force");
    Ok(Enforced { version, is_new: true, rules: count, warnings })
}

type Compiled = (Pack, Arc<Rules>, Vec<serde_json::Value>);

fn compile(pack: Pack) -> Result<Compiled, Problem> {
    let json = |finding: &decide::Diagnostic| {
        let text = finding.json(pack.text(&finding.file));
        serde_json::from_str(&text).unwrap_or_default()
    };
    let checked = pack.check();
    let findings: Vec<serde_json::Value> = checked.diagnostics.iter().map(json).collect();
    let errors = checked.errors();
    match Rules::load(&pack) {
        Ok(rules) if rules.program.rules.is_empty() => {
            Err(Problem::Policies("no rule: nothing would be judged".to_owned(), findings))
        }
        Ok(rules) => Ok((pack, Arc::new(rules), findings)),
        Err(_) => Err(Problem::Policies(format!("{errors} errors; nothing was changed"), findings)),
    }
}
