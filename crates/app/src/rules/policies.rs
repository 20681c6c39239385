//! The policy set in force, with its files.

use std::collections::BTreeMap;
use std::time::Duration;

use decide::{PolicySet, Source};
use engine::Change;
use serde::{Deserialize, Serialize};
use types::Policy;
use utoipa::ToSchema;

use crate::access::caller::Caller;
use crate::rules::activate::{self, Activated};
use crate::rules::overlay;
use crate::service::problem::Problem;
use crate::service::state::App;

pub use decide::is_name;

/// The most versions returned.
const VERSIONS_MAX: u32 = 100;

/// The policy set in force.
#[derive(Serialize, ToSchema)]
pub struct PoliciesView {
    /// The version: SHA-256 over all files.
    pub version: String,
    /// Names and texts of all files; lists are under `lists/`.
    pub files: BTreeMap<String, String>,
    /// Policy sets that came into force, the latest first, at most 100.
    pub history: Vec<Version>,
}

/// A policy set that came into force.
#[derive(Serialize, ToSchema)]
pub struct Version {
    /// The place of its entry in the ledger.
    pub seq: u64,
    /// The version of the set.
    pub version: String,
    /// The version of the detectors.
    pub detectors: u32,
}

/// A policy set to activate.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPolicies {
    /// Names and texts of all files: `civic.toml`, `lists/ro_voting.txt`.
    pub files: BTreeMap<String, String>,
}

/// The policies in force.
pub async fn show(app: &App) -> Result<PoliciesView, Problem> {
    let (policy_set, _) = app.core()?.policies.current();
    let files = policy_set.sources().iter().map(|file| (file.name.clone(), file.text.clone()));
    let (files, history) = (files.collect(), versions(app).await?);
    Ok(PoliciesView { version: policy_set.version().0, files, history })
}

/// Checks a policy set and activates it. Every event after the answer is judged by it. A set that
/// does not compile changes nothing.
pub async fn activate(
    app: &App,
    caller: &Caller,
    wait: Duration,
    new: NewPolicies,
) -> Result<Activated, Problem> {
    let sources: Vec<Source> =
        new.files.into_iter().map(|(name, text)| Source { name, text }).collect();
    let reason = "put by key or console".to_owned();
    let change = Change { author: caller.sender(), approver: None, reason };
    activate::as_job(app, wait, change, move |_: &PolicySet| overlay::policy_set(sources)).await
}

/// The policies in force, each with its text.
pub fn all(app: &App) -> Result<Vec<Policy>, Problem> {
    Ok(app.core()?.policies.current().1.program.policies.clone())
}

/// The version of the policy set in force.
pub fn version(app: &App) -> Result<String, Problem> {
    Ok(app.core()?.policies.current().0.version().0)
}

/// The names of all files in force.
pub fn files(app: &App) -> Result<Vec<String>, Problem> {
    let (policy_set, _) = app.core()?.policies.current();
    Ok(policy_set.sources().iter().map(|source| source.name.clone()).collect())
}

/// The text of the file called `name`, as it is in force; `None` if it would be a new one.
pub fn file(app: &App, name: &str) -> Result<Option<String>, Problem> {
    let (policy_set, _) = app.core()?.policies.current();
    let text = overlay::text(&policy_set, name).map(str::to_owned);
    if text.is_none() && !is_name(name) {
        return Err(Problem::NotFound("file"));
    }
    Ok(text)
}

/// Policy sets that came into force, the latest first.
pub async fn versions(app: &App) -> Result<Vec<Version>, Problem> {
    let kept = app.core()?.store.activated(VERSIONS_MAX).await?.into_iter();
    let version = |one: store::Activated| Version {
        seq: one.seq,
        version: one.version,
        detectors: one.detectors,
    };
    Ok(kept.map(version).collect())
}
