//! Tries policy sets that are not in force: checks them, runs their tests, compares them with the
//! set in force. Nothing is changed.

use std::collections::HashSet;
use std::sync::Arc;

use decide::diagnostic::line_and_column;
use decide::{Checked, Diagnostic, PolicySet};
use engine::Rules;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::rules::difference::{Difference, between};
use crate::rules::overlay::{self, Files};
use crate::service::aside;
use crate::service::problem::Problem;
use crate::service::state::App;

/// The errors and warnings in a policy set.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct Checkup {
    /// The version of the set: SHA-256 over all files.
    pub version: String,
    /// Number of errors, which make the set unusable.
    pub errors: usize,
    /// Number of warnings: the set probably does not do what is meant.
    pub warnings: usize,
    /// The errors and warnings, in the order of files and positions.
    pub diagnostics: Vec<Finding>,
    /// Number of rules; `null` if the set is unusable.
    pub rules: Option<usize>,
}

/// An error or a warning in a policy set.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Finding {
    /// Its stable code; `docs/rules.md` explains each.
    pub code: &'static str,
    /// `error` or `warning`.
    pub level: &'static str,
    /// What is wrong.
    pub message: String,
    /// The name of the file.
    pub file: String,
    /// The line on which it begins, counted from 1.
    pub line: usize,
    /// The column at which it begins, in characters, counted from 1.
    pub column: usize,
    /// The line on which it ends.
    pub end_line: usize,
    /// The column after its last character.
    pub end_column: usize,
    /// The text to show at this position.
    pub label: String,
    /// What to do next; absent if there is no hint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// The results of the tests of a policy set.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct Tested {
    /// Number of tests.
    pub cases: usize,
    /// The failures; empty if all tests pass.
    pub failures: Vec<Failure>,
    /// Number of errors in the policy set; if there are any, no test was run.
    pub errors: usize,
}

/// A failure of a test.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Failure {
    /// The name of the test.
    pub name: String,
    /// The file that contains it.
    pub file: String,
    /// The line of its name, counted from 1.
    pub line: usize,
    /// What differs: `fires`, `unknown` or `effects`.
    pub what: &'static str,
    /// The result that the test states.
    pub expected: String,
    /// The actual result.
    pub found: String,
    /// Whether it failed in the same way before the change.
    pub before: bool,
}

/// The results of trying a changed policy set.
#[derive(Clone, Debug, Default)]
pub struct Trial {
    /// The errors and warnings in it.
    pub checkup: Checkup,
    /// The results of its tests.
    pub tested: Tested,
    /// The difference from the policies in force.
    pub difference: Difference,
    /// Failures of tests that passed before the change.
    pub broken: Vec<Failure>,
}

impl Trial {
    /// Refuses what may not be proposed: errors, and tests that no longer pass.
    ///
    /// If only stages change, tests that describe the earlier stage are no reason to refuse: the
    /// approver sees them.
    pub fn acceptable(&self) -> Result<(), Problem> {
        let errors = self.checkup.errors;
        if errors > 0 {
            let text = format!("{errors} errors; mend them first");
            return Err(Problem::Policies(text, values(&self.checkup.diagnostics)));
        }
        if self.checkup.rules == Some(0) {
            return Err(Problem::Policies(
                "no rule: nothing would be judged".to_owned(),
                values(&self.checkup.diagnostics),
            ));
        }
        if self.broken.is_empty() || self.difference.is_only_stages() {
            return Ok(());
        }
        let count = self.broken.len();
        let text = format!("tests do not hold any more, in {count} points; mend them or the rules");
        Err(Problem::Cases(text, values(&self.broken)))
    }
}

/// Runs slow work in the background, one at a time, with the policies in force.
pub async fn aside<T: Send + 'static>(
    app: &App,
    work: impl FnOnce(&PolicySet, &Rules) -> T + Send + 'static,
) -> Result<T, Problem> {
    let (policy_set, rules) = app.core()?.policies.current();
    let turn = Arc::clone(&app.trials).acquire_owned().await;
    let turn = turn.map_err(|_| Problem::NotReady("stopping"))?;
    aside::aside(move || {
        let done = work(&policy_set, &rules);
        // Held to the end of the work, even if nobody waits for it any longer.
        drop(turn);
        done
    })
    .await
}

/// Tries the policies in force with `files` laid over them.
pub async fn run(app: &App, files: Files) -> Result<Trial, Problem> {
    aside(app, move |policy_set, rules| {
        overlay::check(policy_set, &files)?;
        Ok(whole((policy_set, Some(rules)), &overlay::over(policy_set, &files)))
    })
    .await?
}

/// Tries `candidate` in every way, compared with `base` and its rules, if these compile.
pub fn whole((base, rules): (&PolicySet, Option<&Rules>), candidate: &PolicySet) -> Trial {
    let (checked, new) = (candidate.check(), Rules::load(candidate).ok());
    let mut tested = run_cases(candidate, &checked, new.as_ref());
    mark(&mut tested, (base, rules));
    let broken = tested.failures.iter().filter(|failure| !failure.before);
    Trial {
        checkup: sum_up(candidate, &checked),
        broken: broken.cloned().collect(),
        difference: between((base, rules), (candidate, new.as_ref())),
        tested,
    }
}

/// Marks the failures that `base` also has.
fn mark(tested: &mut Tested, (base, rules): (&PolicySet, Option<&Rules>)) {
    if tested.failures.is_empty() {
        return;
    }
    let known = run_cases(base, &base.check(), rules);
    let known: HashSet<_> = known.failures.iter().map(key).collect();
    for failure in &mut tested.failures {
        failure.before = known.contains(&key(failure));
    }
}

/// The values by which two failures are the same.
fn key(failure: &Failure) -> (String, String, &'static str) {
    (failure.file.clone(), failure.name.clone(), failure.what)
}

/// Checks `policy_set`.
pub fn check(policy_set: &PolicySet) -> Checkup {
    sum_up(policy_set, &policy_set.check())
}

fn sum_up(policy_set: &PolicySet, checked: &Checked) -> Checkup {
    let errors = checked.errors();
    Checkup {
        version: policy_set.version().0,
        errors,
        warnings: checked.diagnostics.len() - errors,
        diagnostics: findings(policy_set, &checked.diagnostics),
        rules: checked.program.as_ref().map(|program| program.rules.len()),
    }
}

/// Runs the tests of `candidate`; failures that `base` with its rules also has are marked.
pub fn test((base, rules): (&PolicySet, &Rules), candidate: &PolicySet) -> Tested {
    let new = Rules::load(candidate).ok();
    let mut tested = run_cases(candidate, &candidate.check(), new.as_ref());
    mark(&mut tested, (base, Some(rules)));
    tested
}

fn run_cases(policy_set: &PolicySet, checked: &Checked, rules: Option<&Rules>) -> Tested {
    let cases = checked.cases.len();
    let Some(rules) = rules else {
        return Tested { cases, failures: Vec::new(), errors: checked.errors() };
    };
    let failures = engine::cases::run(rules, &checked.cases).into_iter().filter_map(|failure| {
        let case = checked.cases.get(failure.case)?;
        let (line, _) = line_and_column(policy_set.text(&case.file), case.span.start);
        Some(Failure {
            name: case.name.clone(),
            file: case.file.clone(),
            line,
            what: failure.what,
            expected: failure.expected,
            found: failure.found,
            before: false,
        })
    });
    Tested { cases, failures: failures.collect(), errors: 0 }
}

/// The errors and warnings in `policy_set`, with lines and columns.
pub fn findings(policy_set: &PolicySet, diagnostics: &[Diagnostic]) -> Vec<Finding> {
    let finding = |found: &Diagnostic| {
        let text = policy_set.text(&found.file);
        let (line, column) = found.start(text);
        let (end_line, end_column) = found.end(text);
        Finding {
            code: found.code,
            level: if found.is_error() { "error" } else { "warning" },
            message: found.message.clone(),
            file: found.file.clone(),
            line,
            column,
            end_line,
            end_column,
            label: found.label.clone(),
            hint: found.hint.clone(),
        }
    };
    diagnostics.iter().map(finding).collect()
}

/// `things` as JSON, for problem details.
pub fn values<T: Serialize>(things: &[T]) -> Vec<Value> {
    things.iter().map(|thing| serde_json::to_value(thing).unwrap_or_default()).collect()
}

#[cfg(test)]
mod tests {
    use decide::Source;

    use super::*;

    const POLICY: &str = r#"
        policy = [{ id = "p", title = "t", severity = 1, text = "x", dsa = { category = "SCAMS_AND_FRAUD" } }]
        [[rule]]
        id = "flagged"
        policy = "p"
        when = 'flags() > 5'
        then = ["review"]
        [[test]]
        name = "six flags"
        event = { type = "flag.raised", flag = { reason = "spam" }, content = { id = "v" } }
        known = { flags = 7 }
        fires = ["flagged"]
        effects = ["review"]
    "#;

    fn policy_set(text: &str) -> PolicySet {
        PolicySet::new(vec![Source { name: "a.toml".to_owned(), text: text.to_owned() }])
    }

    fn tried(new: &str) -> Trial {
        let base = policy_set(POLICY);
        let rules = Rules::load(&base).unwrap();
        whole((&base, Some(&rules)), &policy_set(new))
    }

    #[test]
    fn what_holds_is_acceptable() {
        let trial = tried(&POLICY.replace("> 5", "> 6"));
        assert!(trial.acceptable().is_ok(), "{trial:?}");
        assert_eq!(trial.difference.changed[0].what, ["condition"]);
        assert_eq!((trial.checkup.rules, trial.tested.cases), (Some(1), 1));
    }

    #[test]
    fn errors_and_broken_cases_are_refused() {
        let trial = tried(&POLICY.replace("flags()", "flag()"));
        assert!(matches!(trial.acceptable(), Err(Problem::Policies(..))), "{trial:?}");
        assert_eq!(trial.checkup.diagnostics[0].code, "E005");
        assert_eq!(trial.checkup.diagnostics[0].line, 6);
        let trial = tried(&POLICY.replace("> 5", "> 50"));
        assert!(matches!(trial.acceptable(), Err(Problem::Cases(..))), "{trial:?}");
        assert_eq!(trial.broken[0].what, "fires");
    }

    #[test]
    fn what_failed_before_is_marked_and_does_not_refuse() {
        let failing = POLICY.replace("flags = 7", "flags = 2");
        let base = policy_set(&failing);
        let rules = Rules::load(&base).unwrap();
        let other = failing.replace("severity = 1", "severity = 2");
        let trial = whole((&base, Some(&rules)), &policy_set(&other));
        assert!(trial.tested.failures.iter().all(|failure| failure.before), "{trial:?}");
        assert!(!trial.tested.failures.is_empty() && trial.broken.is_empty(), "{trial:?}");
        assert!(trial.acceptable().is_ok(), "{trial:?}");
        let (_, case) = POLICY.split_once("[[test]]").unwrap();
        let case = case.replace("six flags", "none").replace("flags = 7", "flags = 1");
        let more = format!("{other}\n[[test]]{case}");
        let tested = test((&base, &rules), &policy_set(&more));
        let now: Vec<_> = tested.failures.iter().filter(|failure| !failure.before).collect();
        assert!(!now.is_empty() && now.len() < tested.failures.len(), "{tested:?}");
        assert!(now.iter().all(|failure| failure.name == "none"), "{tested:?}");
    }

    #[test]
    fn a_change_of_stage_alone_is_not_refused_for_its_cases() {
        let staged = POLICY.replace("then =", "stage = \"shadow\"\n        then =");
        let trial = tried(&staged);
        assert_eq!(trial.difference.changed[0].what, ["stage"]);
        assert_eq!(trial.broken[0].what, "effects");
        assert!(trial.acceptable().is_ok(), "{trial:?}");
    }
}
