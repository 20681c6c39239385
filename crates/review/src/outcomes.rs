//! The outcomes of cases: how often reviewers agreed with a rule, and how long cases took. They
//! calibrate the chance of a violation, by counting.

use std::collections::HashMap;

use serde::Serialize;

use crate::case::{Case, Finding, State};

/// Cases of a rule count from the first. Until many are closed, they are mixed with this many of an
/// average rule.
const PRIOR_CASES: f64 = 10.0;

/// How often an average rule is right, before anything is known (our assumption).
const PRIOR_CHANCE: f64 = 0.5;

/// How long a case takes, before anything is known: a minute (our assumption).
const PRIOR_SECONDS: f64 = 60.0;

/// The share by which a flag reduces the remaining doubt; a notice counts as five flags.
const FLAG_WEIGHT: f64 = 0.02;

/// Cases of one rule that were closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Closed {
    /// All of them.
    pub cases: u32,
    /// Those where a violation was found.
    pub violations: u32,
    /// Seconds that were spent on them.
    pub seconds: u64,
}

/// Counts of closed cases, by rule and by policy.
#[derive(Clone, Debug, Default)]
pub struct Outcomes {
    by_rule: HashMap<String, Closed>,
    by_policy: HashMap<String, Closed>,
}

impl Outcomes {
    /// Learns from a closed case.
    pub fn learn(&mut self, case: &Case) {
        self.count(case, 1);
    }

    /// Forgets a closed case whose verdict was taken back.
    pub fn unlearn(&mut self, case: &Case) {
        self.count(case, -1);
    }

    fn count(&mut self, case: &Case, sign: i32) {
        let (State::Closed { seconds, .. }, Some(verdict)) = (&case.state, &case.verdict) else {
            return;
        };
        if case.kind.is_measure() {
            return;
        }
        let is_violation = verdict.finding == Finding::Violation;
        let count = |closed: &mut Closed| {
            closed.cases = closed.cases.saturating_add_signed(sign);
            closed.violations =
                closed.violations.saturating_add_signed(sign * i32::from(is_violation));
            closed.seconds =
                closed.seconds.saturating_add_signed(i64::from(sign) * i64::from(*seconds));
        };
        for rule in &case.rules {
            count(self.by_rule.entry(rule.clone()).or_default());
        }
        count(self.by_policy.entry(case.policy.clone()).or_default());
    }

    /// The chance that `case` is a violation, 0 to 1, from the outcomes of cases of the same rules
    /// and the number of users who flagged it.
    #[must_use]
    pub fn chance(&self, case: &Case) -> f64 {
        let rules = case.rules.iter().map(|rule| shrunk(self.by_rule.get(rule)));
        let doubt: f64 = rules.map(|chance| 1.0 - chance).product();
        let doubt = if case.rules.is_empty() {
            1.0 - shrunk(self.by_policy.get(&case.policy))
        } else {
            doubt
        };
        let told = f64::from(case.flags) + 5.0 * count(case.notices.len());
        1.0 - doubt * (1.0 - FLAG_WEIGHT).powf(told)
    }

    /// The expected handling time of `case`, in seconds.
    #[must_use]
    pub fn seconds(&self, case: &Case) -> f64 {
        let closed = self.by_policy.get(&case.policy).copied().unwrap_or_default();
        let spent = count(usize::try_from(closed.seconds).unwrap_or(usize::MAX));
        (spent + PRIOR_CASES * PRIOR_SECONDS) / (f64::from(closed.cases) + PRIOR_CASES)
    }

    /// Closed cases by rule.
    pub fn rules(&self) -> impl Iterator<Item = (&str, Closed)> {
        self.by_rule.iter().map(|(rule, closed)| (rule.as_str(), *closed))
    }
}

fn shrunk(closed: Option<&Closed>) -> f64 {
    let closed = closed.copied().unwrap_or_default();
    let violations = f64::from(closed.violations) + PRIOR_CASES * PRIOR_CHANCE;
    violations / (f64::from(closed.cases) + PRIOR_CASES)
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
const fn count(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Verdict;

    fn closed(rule: &str, finding: Finding) -> Case {
        Case {
            rules: vec![rule.to_owned()],
            state: State::Closed { by: "ana".to_owned(), at_ms: 0, seconds: 30 },
            verdict: Some(Verdict { finding, ..Verdict::default() }),
            ..Case::default()
        }
    }

    #[test]
    fn a_rule_that_is_often_right_comes_first() {
        let mut outcomes = Outcomes::default();
        for number in 0..100 {
            let finding = if number < 90 { Finding::Violation } else { Finding::NoViolation };
            outcomes.learn(&closed("good", finding));
            outcomes.learn(&closed("poor", Finding::NoViolation));
        }
        let chance = |rule: &str| outcomes.chance(&closed(rule, Finding::Violation));
        assert!(chance("good") > 0.85 && chance("poor") < 0.05);
        assert!((chance("new") - 0.5).abs() < 1e-9);
        assert!(outcomes.seconds(&Case::default()) < 35.0);
    }

    #[test]
    fn a_verdict_taken_back_is_forgotten() {
        let mut outcomes = Outcomes::default();
        let case = closed("r", Finding::Violation);
        let before = outcomes.chance(&case);
        outcomes.learn(&case);
        outcomes.unlearn(&case);
        assert!((outcomes.chance(&case) - before).abs() < 1e-12);
    }
}
