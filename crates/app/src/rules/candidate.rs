//! Changed rules, tried without activating them.

use std::collections::BTreeMap;

use serde::Deserialize;
use utoipa::ToSchema;

use crate::rules::difference::{Difference, between};
use crate::rules::overlay::{self, Files};
use crate::rules::trial::{self, Checkup, Tested};
use crate::service::problem::Problem;
use crate::service::state::App;

/// Changed files, laid over those in force.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Candidate {
    /// The changed files: names (`civic.toml`, `lists/ro_voting.txt`) and new texts; `null` removes
    /// a file.
    pub files: BTreeMap<String, Option<String>>,
}

/// What is wrong with the rules in force when `files` are laid over them.
pub async fn checkup(app: &App, files: Files) -> Result<Checkup, Problem> {
    trial::aside(app, move |policy_set, _| {
        overlay::check(policy_set, &files)?;
        Ok(trial::check(&overlay::over(policy_set, &files)))
    })
    .await?
}

/// The results of the tests when `files` are laid over the rules in force.
pub async fn tested(app: &App, files: Files) -> Result<Tested, Problem> {
    trial::aside(app, move |policy_set, rules| {
        overlay::check(policy_set, &files)?;
        Ok(trial::test((policy_set, rules), &overlay::over(policy_set, &files)))
    })
    .await?
}

/// What `files`, laid over the rules in force, would change.
pub async fn difference(app: &App, files: Files) -> Result<Difference, Problem> {
    trial::aside(app, move |policy_set, rules| {
        overlay::check(policy_set, &files)?;
        let candidate = overlay::over(policy_set, &files);
        let new = engine::Rules::load(&candidate).ok();
        Ok(between((policy_set, Some(rules)), (&candidate, new.as_ref())))
    })
    .await?
}
