//! The shipped policy pack is in order.

use engine::Rules;

use crate::shipped;

#[test]
fn the_shipped_pack_is_sound_and_its_cases_hold() {
    let pack = shipped();
    let checked = pack.check();
    for finding in &checked.diagnostics {
        println!("{}", finding.render(pack.text(&finding.file), false));
    }
    assert_eq!(checked.diagnostics.len(), 0, "neither errors nor warnings");
    let rules = Rules::load(&pack).unwrap();
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
fn the_pack_covers_what_a_platform_answers_for() {
    let rules = Rules::load(&shipped()).unwrap();
    let areas: std::collections::BTreeSet<&str> = rules
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
fn the_pack_is_laid_out() {
    for source in shipped().sources().iter().filter(|source| source.name.ends_with(".toml")) {
        assert_eq!(
            decide::format::file(&source.text).as_deref(),
            Some(source.text.as_str()),
            "{}",
            source.name
        );
    }
}

#[test]
fn a_kept_policy_file_whose_name_leads_elsewhere_is_not_read_back() {
    let kept = |name| store::PolicySet::new("v".to_owned(), &[(name, "")]).unwrap();
    assert!(engine::replay::unkept(&kept("lists/a.txt")).is_ok());
    for name in ["../../x.toml", "/x.toml", "lists/../x.txt"] {
        let refused = engine::replay::unkept(&kept(name)).unwrap_err();
        assert!(refused.to_string().contains(name), "{refused}");
    }
}
