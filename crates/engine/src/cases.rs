//! Runs the cases that stand beside rules.

use decide::case::Case;
use types::Effect;

use crate::Rules;
use crate::judge::Bench;
use crate::state::recorded_counters;

/// What a case found otherwise than it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The number of the case.
    pub case: usize,
    /// `fires`, `unknown` or `effects`.
    pub what: &'static str,
    /// What the case says.
    pub expected: String,
    /// What came out.
    pub found: String,
}

/// Runs `cases`; an empty answer means that all hold.
#[must_use]
pub fn run(rules: &Rules, cases: &[Case]) -> Vec<Failure> {
    let mut bench = Bench::default();
    cases
        .iter()
        .enumerate()
        .flat_map(|(number, case)| run_one(rules, &mut bench, number, case))
        .collect()
}

fn run_one(rules: &Rules, bench: &mut Bench, number: usize, case: &Case) -> Vec<Failure> {
    let counters = recorded_counters(&case.event, &case.facts, &rules.program);
    let decision = bench.decide(rules, &case.event, &case.facts, &counters);
    let names = |numbers: &[u32]| {
        let mut names: Vec<&str> =
            numbers.iter().map(|rule| rules.program.rules[*rule as usize].id.as_str()).collect();
        names.sort_unstable();
        names.join(", ")
    };
    let mut effects = decision.map(|decision| decision.effects).unwrap_or_default();
    effects.sort();
    let verdict = &bench.scratch.verdict;
    let mut failures = Vec::new();
    let mut compare = |what, expected: String, found: String| {
        if expected != found {
            failures.push(Failure { case: number, what, expected, found });
        }
    };
    compare("fires", case.fires.join(", "), names(&verdict.fired));
    if let Some(unknown) = &case.unknown {
        compare("unknown", unknown.join(", "), names(&verdict.unknown));
    }
    if let Some(expected) = &case.effects {
        compare("effects", effect_names(expected), effect_names(&effects));
    }
    failures
}

fn effect_names(effects: &[Effect]) -> String {
    let name = |effect: &Effect| match serde_json::to_value(effect) {
        Ok(serde_json::Value::Object(map)) if map.len() > 1 => {
            serde_json::Value::Object(map).to_string()
        }
        _ => effect.name().to_owned(),
    };
    effects.iter().map(name).collect::<Vec<_>>().join(", ")
}
