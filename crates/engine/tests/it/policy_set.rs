//! The shipped policy set is in order.

use std::collections::BTreeSet;

use engine::Rules;
use legal::answer::{Noticed, notice_answer};
use legal::letter::languages;
use types::{Automation, Effect};

use crate::shipped;

#[test]
fn the_shipped_policy_set_is_sound_and_its_cases_hold() {
    let policy_set = shipped();
    let checked = policy_set.check();
    for finding in &checked.diagnostics {
        println!("{}", finding.render(policy_set.text(&finding.file), false));
    }
    assert_eq!(checked.diagnostics.len(), 0, "neither errors nor warnings");
    let rules = Rules::load(&policy_set).unwrap();
    let failures = engine::cases::run(&rules, &checked.cases);
    for failure in &failures {
        let case = &checked.cases[failure.case];
        println!(
            "{}: {}: {} should be [{}], is [{}]",
            case.file, case.name, failure.what, failure.expected, failure.found
        );
    }
    assert!(failures.is_empty());
    assert!(rules.program.rules.len() >= 60);
    assert!(checked.cases.len() >= 200);
}

#[test]
fn a_label_of_shipped_rules_has_words_in_every_language() {
    let rules = Rules::load(&shipped()).unwrap();
    let effects = rules.program.rules.iter().flat_map(|rule| &rule.then);
    let labels: BTreeSet<&str> = effects
        .filter_map(|effect| match effect {
            Effect::Label { label } | Effect::Prompt { label } => label.as_deref(),
            _ => None,
        })
        .collect();
    assert!(labels.len() >= 5, "{labels:?}");
    for label in labels {
        let effects = [Effect::Label { label: Some(label.to_owned()) }];
        let noticed = Noticed {
            reference: "n",
            subject_kind: "content",
            effects: &effects,
            automation: Automation::Fully,
        };
        for (language, _) in languages() {
            let text = notice_answer(language, &noticed).text;
            assert!(language == "en" || !text.contains(&label.replace('_', " ")), "{text}");
        }
    }
}

#[test]
fn the_policy_set_covers_what_a_platform_answers_for() {
    let rules = Rules::load(&shipped()).unwrap();
    let areas: BTreeSet<&str> = rules
        .program
        .rules
        .iter()
        .filter_map(|rule| rules.program.policies[rule.policy].id.split('.').next())
        .collect();
    for area in [
        "misinformation",
        "civic",
        "synthetic",
        "impersonation",
        "influence",
        "spam",
        "minors",
        "hate",
        "extremism",
        "threats",
        "harassment",
        "selfharm",
        "eating",
        "challenges",
        "goods",
        "privacy",
        "fraud",
    ] {
        assert!(areas.contains(area), "no rule under {area}; there are {areas:?}");
    }
}

#[test]
fn the_policy_set_is_laid_out() {
    for source in shipped().sources().iter().filter(|source| source.name.ends_with(".toml")) {
        assert_eq!(
            decide::format::file(&source.text).as_deref(),
            Some(source.text.as_str()),
            "{}",
            source.name
        );
    }
}

/// Functions that no rule of the shipped policy set asks, with the reason for each.
const UNUSED: &[(&str, &str)] = &[
    (
        "language",
        "cases are routed by language without a rule; no shipped rule is for one language",
    ),
    (
        "view_velocity",
        "the desk ranks cases by it; a threshold in a rule needs a platform's figures",
    ),
    ("views_remaining", "an expectation that orders work; nothing is restricted by a guess"),
    (
        "synthetic_evidence",
        "`unlabelled_synthetic()` asks it with a threshold, and for the declaration",
    ),
];

/// The names of the functions that shipped rules ask.
fn asked() -> BTreeSet<String> {
    let policy_set = shipped();
    let rules = Rules::load(&policy_set).unwrap();
    let mut names: BTreeSet<String> =
        rules.program.queries().iter().map(|query| query.function().name.to_owned()).collect();
    // A look-up in a list is no question to the detectors.
    if policy_set.sources().iter().any(|source| source.text.contains("&& listed(")) {
        names.insert("listed".to_owned());
    }
    names
}

#[test]
fn every_function_is_used_by_a_shipped_rule_or_there_is_a_reason() {
    let asked = asked();
    for function in decide::FUNCTIONS {
        let reason = UNUSED.iter().find(|(name, _)| *name == function.name);
        match (asked.contains(function.name), reason) {
            (true, None) => {}
            (false, Some((name, reason))) => println!("no shipped rule asks {name}: {reason}"),
            (false, None) => panic!("no shipped rule asks `{}`; use it or say why", function.name),
            (true, Some(_)) => panic!("a shipped rule asks `{}`; take it off", function.name),
        }
    }
    let known: BTreeSet<&str> = decide::FUNCTIONS.iter().map(|function| function.name).collect();
    assert!(UNUSED.iter().all(|(name, _)| known.contains(name)));
    assert!(asked.iter().all(|name| known.contains(name.as_str())), "{asked:?}");
}

#[test]
fn a_kept_policy_file_whose_name_leads_elsewhere_is_not_read_back() {
    let kept = |name| store::PolicySetRow::new("v".to_owned(), &[(name, "")]).unwrap();
    assert!(engine::replay::read(&kept("lists/a.txt")).is_ok());
    for name in ["../../x.toml", "/x.toml", "lists/../x.txt"] {
        let refused = engine::replay::read(&kept(name)).unwrap_err();
        assert!(refused.to_string().contains(name), "{refused}");
    }
}
