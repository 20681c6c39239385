//! The lists that rules refer to. A changed list makes a new version of the policy set.

use std::time::Duration;

use decide::{PolicySet, Source};
use engine::Change;
use serde::Serialize;
use utoipa::ToSchema;

use crate::rules::activate::{self, Activated};
use crate::service::problem::Problem;
use crate::service::state::App;

/// A list.
#[derive(Serialize, ToSchema)]
pub struct ListView {
    /// Its name in rules.
    pub name: String,
    /// The kind of its entries: `terms`, `domains`, `names`, `values`.
    pub kind: &'static str,
    /// Number of entries.
    pub entries: usize,
    /// The ids of the rules that refer to it.
    pub rules: Vec<String>,
}

/// All lists in force.
pub fn all(app: &App) -> Result<Vec<ListView>, Problem> {
    let (policy_set, rules) = app.core()?.policies.current();
    let view = |(name, kind, entries): (&str, types::ListKind, usize)| {
        let is_read = |rule: &&decide::Rule| names(&rule.text, name);
        let readers = rules.program.rules.iter().filter(is_read).map(|rule| rule.id.clone());
        let (name, rules) = (name.to_owned(), readers.collect());
        ListView { name, kind: kind.name(), entries, rules }
    };
    Ok(policy_set.lists().map(view).collect())
}

/// Whether `text` names the list `name`, in quotes of either kind.
fn names(text: &str, name: &str) -> bool {
    ['"', '\''].iter().any(|quote| text.contains(&format!("{quote}{name}{quote}")))
}

/// The text of the list called `name`, if there is one.
pub fn file(app: &App, name: &str) -> Result<Option<String>, Problem> {
    let (policy_set, _) = app.core()?.policies.current();
    let path = format!("lists/{name}.txt");
    let found = policy_set.sources().iter().find(|source| source.name == path);
    Ok(found.map(|source| source.text.clone()))
}

/// Activates `text` as the list called `name`, in the name of `author`.
pub async fn replace(
    app: &App,
    wait: Duration,
    (name, text): (&str, String),
    author: String,
) -> Result<Activated, Problem> {
    let path = format!("lists/{name}.txt");
    if !decide::is_name(&path) {
        let rule = "the name of a list has 1 to 64 letters, digits, `_` or `-`";
        return Err(Problem::Wrong(rule.to_owned()));
    }
    if text.trim().is_empty() {
        let hint =
            "the body is empty; a list without entries still says what it holds: `# kind: terms`";
        return Err(Problem::Wrong(hint.to_owned()));
    }
    let change = Change { author, approver: None, reason: "put by key or console".to_owned() };
    activate::as_job(app, wait, change, move |policy_set| {
        let others = policy_set.sources().iter().filter(|source| source.name != path).cloned();
        Ok(PolicySet::new(
            others.chain([Source { name: path.clone(), text: text.clone() }]).collect(),
        ))
    })
    .await
}
