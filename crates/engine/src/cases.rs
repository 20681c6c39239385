//! Runs the tests of rules.

use decide::case::Case;
use decide::eval::Truth;
use decide::probe::{Mutant, Probe, mutants};
use rayon::prelude::*;
use signal::{Lists, Memory, Signals};
use types::Effect;

use crate::Rules;
use crate::answers::Detectors;
use crate::bench::{Bench, Input};
use crate::state::recorded_counters;

/// A difference between the result of a test and what it states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The number of the test.
    pub case: usize,
    /// `fires`, `unknown` or `effects`.
    pub what: &'static str,
    /// What the test states.
    pub expected: String,
    /// The actual result.
    pub found: String,
}

/// Runs `cases`; returns the failures. Rules that act on a share of the accounts are treated as
/// acting on all.
#[must_use]
pub fn run(rules: &Rules, cases: &[Case]) -> Vec<Failure> {
    let mut bench = Bench::default();
    let has_shares =
        rules.program.rules.iter().any(|rule| matches!(rule.stage, decide::Stage::Share(_)));
    let whole = has_shares.then(|| rules.program.with_whole_shares());
    let by = (whole.as_ref().unwrap_or(&rules.program), &rules.lists);
    cases
        .iter()
        .enumerate()
        .flat_map(|(number, case)| run_one(by, &mut bench, number, case))
        .collect()
}

/// A part of a rule that no test makes true, or none makes false.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Gap {
    /// The rule.
    pub rule: String,
    /// The file that contains it.
    pub file: String,
    /// The part of its condition; `None`: the whole rule, which no test makes fire.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// The value that it never had: `true` or `false`.
    pub never: &'static str,
}

/// The coverage of rules by tests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Number of outcomes: each part of a rule can be true and false.
    pub outcomes: usize,
    /// Number of outcomes that some test reaches.
    pub reached: usize,
    /// The outcomes that are not reached.
    pub gaps: Vec<Gap>,
}

/// The coverage by `cases` of the rules that run.
#[must_use]
pub fn coverage(rules: &Rules, cases: &[Case]) -> Coverage {
    let program = &rules.program;
    let runs = |rule: &usize| program.rules[*rule].stage != decide::Stage::Draft;
    let each = (0..program.rules.len()).into_par_iter().filter(runs);
    let parts: Vec<Coverage> = each.map(|rule| coverage_of(rules, rule, cases)).collect();
    parts.into_iter().fold(Coverage::default(), |mut all, part| {
        all.outcomes += part.outcomes;
        all.reached += part.reached;
        all.gaps.extend(part.gaps);
        all
    })
}

fn coverage_of(rules: &Rules, number: usize, cases: &[Case]) -> Coverage {
    let (program, memory) = (&rules.program, Memory::default());
    let rule = &program.rules[number];
    let probe = Probe::new(program, number);
    let mut seen = vec![(false, false); probe.texts().count()];
    for case in cases {
        let counters = recorded_counters(&case.event, &case.facts, program);
        let (event, facts) = (&case.event, &case.facts);
        let answers = Detectors(Signals::new(&rules.lists, &memory, event, facts));
        let truths = probe.truths(Input { event, facts, counters: &counters }, &answers);
        for (seen, truth) in seen.iter_mut().zip(truths) {
            seen.0 |= truth == Truth::True;
            seen.1 |= truth == Truth::False;
        }
    }
    let gap = |part: Option<&str>, never| Gap {
        rule: rule.id.clone(),
        file: rule.file.clone(),
        part: part.map(str::to_owned),
        never,
    };
    let mut found = Coverage { outcomes: 2 * seen.len(), ..Coverage::default() };
    if !cases.iter().any(|case| case.fires.contains(&rule.id)) {
        found.gaps.push(gap(None, "true"));
    }
    for (text, (was_true, was_false)) in probe.texts().zip(seen) {
        found.reached += usize::from(was_true) + usize::from(was_false);
        found.gaps.extend((!was_true).then(|| gap(Some(text), "true")));
        found.gaps.extend((!was_false).then(|| gap(Some(text), "false")));
    }
    found
}

/// A comparison that can be inverted without any test noticing.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Survivor {
    /// The rule.
    pub rule: String,
    /// The file that contains it.
    pub file: String,
    /// The comparison as written.
    pub part: String,
    /// The inverted comparison.
    pub turned: &'static str,
}

/// Inverts every comparison of every rule that runs, one at a time, and runs the tests. Returns how
/// many were tried, and those that no test notices. `progress` is called for each, with the number
/// of all.
#[must_use]
pub fn survivors(
    rules: &Rules,
    cases: &[Case],
    progress: &(impl Fn(usize) + Sync),
) -> (usize, Vec<Survivor>) {
    let program = &rules.program;
    let all: Vec<(usize, Mutant)> = (0..program.rules.len())
        .filter(|rule| program.rules[*rule].stage != decide::Stage::Draft)
        .flat_map(|rule| mutants(&program.rules[rule]).into_iter().map(move |m| (rule, m)))
        .collect();
    let survives = |(rule, mutant): &(usize, Mutant)| {
        let changed = program.with_condition(*rule, &mutant.condition);
        let is_unnoticed = all_hold(&changed, &rules.lists, cases);
        progress(all.len());
        let rule = &program.rules[*rule];
        is_unnoticed.then(|| Survivor {
            rule: rule.id.clone(),
            file: rule.file.clone(),
            part: mutant.text.clone(),
            turned: mutant.turned,
        })
    };
    (all.len(), all.par_iter().filter_map(survives).collect())
}

/// Whether all `cases` pass under `program`.
fn all_hold(program: &decide::Program, lists: &Lists, cases: &[Case]) -> bool {
    let mut bench = Bench::default();
    cases.iter().all(|case| {
        let counters = recorded_counters(&case.event, &case.facts, program);
        let input = Input { event: &case.event, facts: &case.facts, counters: &counters };
        let decision = bench.decide_by((program, lists), input);
        compare(program, case, (&bench, decision)).is_empty()
    })
}

fn run_one(
    (program, lists): (&decide::Program, &Lists),
    bench: &mut Bench,
    number: usize,
    case: &Case,
) -> Vec<Failure> {
    let counters = recorded_counters(&case.event, &case.facts, program);
    let input = Input { event: &case.event, facts: &case.facts, counters: &counters };
    let decision = bench.decide_by((program, lists), input);
    let failures = compare(program, case, (bench, decision));
    let failure = |(what, expected, found)| Failure { case: number, what, expected, found };
    failures.into_iter().map(failure).collect()
}

type Difference = (&'static str, String, String);

/// The differences between the result and what `case` states.
fn compare(
    program: &decide::Program,
    case: &Case,
    (bench, decision): (&Bench, Option<types::Decision>),
) -> Vec<Difference> {
    let names = |numbers: &[u32]| {
        let mut names: Vec<&str> =
            numbers.iter().map(|rule| program.rules[*rule as usize].id.as_str()).collect();
        names.sort_unstable();
        names.join(", ")
    };
    let mut effects = decision.map(|decision| decision.effects).unwrap_or_default();
    effects.sort();
    let verdict = &bench.scratch.verdict;
    let mut failures = Vec::new();
    let mut compare = |what, expected: String, found: String| {
        if expected != found {
            failures.push((what, expected, found));
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
