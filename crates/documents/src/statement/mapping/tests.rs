//! Statements of made-up decisions, as they would be sent.

use expect_test::expect;
use serde_json::json;

use super::*;
use crate::statement::check;

fn decision(effects: &[&str]) -> Decision {
    serde_json::from_value(json!({
        "id": "3f1c0000000000000000000000000001",
        "time": "2026-07-02T08:00:00Z",
        "source": "/video",
        "event": "e-1",
        "type": "content.published",
        "subject": "content/v-1",
        "account": "a-1",
        "policy": "civic.voting",
        "dsa": {
            "category": "NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS",
            "keywords": ["MISINFORMATION_DISINFORMATION"],
        },
        "effects": effects
            .iter()
            .map(|text| text.parse::<Effect>().unwrap())
            .collect::<Vec<Effect>>(),
        "automation": "fully",
        "language": "ro-RO",
        "statement": "",
        "reasons": [],
        "policies": "00",
    }))
    .unwrap()
}

fn policy() -> Policy {
    Policy {
        id: "civic.voting".to_owned(),
        title: "Misinformation about voting".to_owned(),
        severity: 8,
        text: "We do not allow false information about how to vote. Write to help@video.example."
            .to_owned(),
        dsa: decision(&[]).dsa,
    }
}

fn content(kind: &str) -> data::Content {
    data::Content {
        id: "v-1".to_owned(),
        kind: Some(kind.to_owned()),
        title: Some("Ana Example votes twice".to_owned()),
        ..data::Content::default()
    }
}

/// The statement as JSON, or why there is none.
fn made(change: impl FnOnce(&mut Facts<'_>, &mut Terms), decision: &Decision) -> String {
    made_after(&[], change, decision)
}

fn made_after(
    before: &[&Decision],
    change: impl FnOnce(&mut Facts<'_>, &mut Terms),
    decision: &Decision,
) -> String {
    let (policy, content) = (policy(), content("video"));
    let mut facts = Facts {
        decision,
        before: before.to_vec(),
        stands: &|_| false,
        policy: Some(&policy),
        further: Vec::new(),
        content: Some(&content),
        posted_at: Some("2026-07-01T23:00:00Z".parse().unwrap()),
        account: None,
        source: Source::Voluntary,
        is_found_by_machine: true,
    };
    let mut terms = Terms::default();
    change(&mut facts, &mut terms);
    match owed(&facts, &terms) {
        Ok(statement) => {
            let json = serde_json::to_value(&statement).unwrap();
            assert_eq!(check::check(&json), [], "the database takes it");
            serde_json::to_string_pretty(&json).unwrap()
        }
        Err(nothing) => format!("{nothing:?}"),
    }
}

#[test]
fn a_removed_video_has_its_statement_and_nothing_of_its_text_is_in_it() {
    expect![[r#"
        {
          "application_date": "2026-07-02",
          "automated_decision": "AUTOMATED_DECISION_FULLY",
          "automated_detection": "Yes",
          "category": "STATEMENT_CATEGORY_NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS",
          "category_specification": [
            "KEYWORD_MISINFORMATION_DISINFORMATION"
          ],
          "content_date": "2026-07-01",
          "content_language": "RO",
          "content_type": [
            "CONTENT_TYPE_VIDEO"
          ],
          "decision_facts": "The platform's automated systems examined a video on the platform's own initiative and found that it comes under the policy “Misinformation about voting”. The decision was taken by automated means.",
          "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
          "decision_visibility": [
            "DECISION_VISIBILITY_CONTENT_REMOVED"
          ],
          "incompatible_content_explanation": "We do not allow false information about how to vote. Write to […]",
          "incompatible_content_ground": "Misinformation about voting",
          "puid": "3f1c0000000000000000000000000001",
          "source_type": "SOURCE_VOLUNTARY",
          "territorial_scope": [
            "AT",
            "BE",
            "BG",
            "CY",
            "CZ",
            "DE",
            "DK",
            "EE",
            "ES",
            "FI",
            "FR",
            "GR",
            "HR",
            "HU",
            "IE",
            "IS",
            "IT",
            "LI",
            "LT",
            "LU",
            "LV",
            "MT",
            "NL",
            "NO",
            "PL",
            "PT",
            "RO",
            "SE",
            "SI",
            "SK"
          ]
        }"#]].assert_eq(&made(|_, _| {}, &decision(&["remove", "notify"])));
}

#[test]
fn an_account_suspended_for_days_says_until_when() {
    let decision = decision(&["remove", "suspend_account:30", "suspend_feature:live:7"]);
    let text = made(|_, _| {}, &decision);
    for line in [
        r#""end_date_account_restriction": "2026-08-01""#,
        r#""end_date_service_restriction": "2026-07-09""#,
        r#""decision_provision": "DECISION_PROVISION_PARTIAL_SUSPENSION""#,
        r#""decision_account": "DECISION_ACCOUNT_SUSPENDED""#,
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
}

#[test]
fn a_country_outside_the_area_owes_none_and_others_are_named() {
    assert_eq!(made(|_, _| {}, &decision(&["disable:BR"])), "Elsewhere");
    let text = made(|_, _| {}, &decision(&["disable:BR,FR,GR"]));
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["territorial_scope"], json!(["FR", "GR"]));
}

#[test]
fn the_union_alone_is_stated_if_that_is_configured() {
    let text = made(|_, terms| terms.is_union_only = true, &decision(&["limit"]));
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["territorial_scope"].as_array().unwrap().len(), 27);
}

#[test]
fn what_owes_no_statement_says_why() {
    assert_eq!(made(|_, _| {}, &decision(&["review", "notify"])), "NoRestriction");
    let mut ordered = decision(&["remove"]);
    ordered.policy = types::ORDERED.to_owned();
    assert_eq!(made(|_, _| {}, &ordered), "Ordered");
    let mut silent = decision(&["remove"]);
    silent.silent = true;
    assert_eq!(made(|_, _| {}, &silent), "Silent");
    let commercial = |_: &mut Facts<'_>, terms: &mut Terms| {
        terms.commercial.push("civic".to_owned());
    };
    assert_eq!(made(commercial, &decision(&["remove"])), "Commercial");
    let informative = |_: &mut Facts<'_>, terms: &mut Terms| {
        terms.informative.push("civic.voting".to_owned());
    };
    assert_eq!(made(informative, &decision(&["label:election"])), "Informative");
}

#[test]
fn what_a_person_confirms_is_not_stated_twice_and_what_they_add_is() {
    let machine = decision(&["remove"]);
    let person = |effects: &[&str]| Decision {
        automation: Automation::NotAutomated,
        supersedes: vec![machine.id.clone()],
        ..decision(effects)
    };
    let confirmed = person(&["remove", "notify"]);
    assert_eq!(made_after(&[&machine], |_, _| {}, &confirmed), "Repeated");
    let added = person(&["remove", "terminate_account"]);
    let text = made_after(&[&machine], |_, _| {}, &added);
    assert!(text.contains("DECISION_ACCOUNT_TERMINATED") && !text.contains("REMOVED"), "{text}");
}

#[test]
fn another_ground_for_the_same_restriction_is_stated() {
    let machine = decision(&["remove"]);
    let mut illegal = decision(&["remove"]);
    illegal.dsa.law = Some("Art. 5 of an act of a member state".to_owned());
    let text = made_after(&[&machine], |_, _| {}, &illegal);
    assert!(text.contains("DECISION_GROUND_ILLEGAL_CONTENT"), "{text}");
    assert!(text.contains("Art. 5 of an act of a member state"), "{text}");
}

#[test]
fn a_notice_is_the_source_and_the_notifier_is_not_named() {
    let mut verdict = decision(&["remove"]);
    verdict.automation = Automation::NotAutomated;
    let text = made(
        |facts, _| (facts.source, facts.is_found_by_machine) = (Source::TrustedFlagger, false),
        &verdict,
    );
    for line in ["SOURCE_TRUSTED_FLAGGER", "after a notice of a trusted flagger", "by a person"] {
        assert!(text.contains(line), "{line} in {text}");
    }
    assert!(!text.contains("source_identity"));
}

#[test]
fn synthetic_media_and_other_types_are_named() {
    let kinds = [
        ("photo", vec!["CONTENT_TYPE_IMAGE"], None),
        ("comment", vec!["CONTENT_TYPE_TEXT"], None),
        ("ad", vec!["CONTENT_TYPE_OTHER"], Some("Advertisement")),
    ];
    for (kind, types, other) in kinds {
        assert_eq!(content_types(Some(&content(kind))), (types, other));
    }
    let mut video = content("video");
    video.synthetic_declared = Some(true);
    let types = vec!["CONTENT_TYPE_SYNTHETIC_MEDIA", "CONTENT_TYPE_VIDEO"];
    assert_eq!(content_types(Some(&video)), (types, None));
    assert_eq!(content_types(None), (vec!["CONTENT_TYPE_OTHER"], Some("Account")));
}

#[test]
fn a_restriction_that_stands_is_not_stated_again_and_a_longer_suspension_is() {
    let content = content("video");
    let repeated = |effects: &[&str]| {
        let later = decision(effects);
        let facts = Facts {
            decision: &later,
            before: Vec::new(),
            stands: &|_| true,
            policy: None,
            further: Vec::new(),
            content: Some(&content),
            posted_at: None,
            account: None,
            source: Source::Voluntary,
            is_found_by_machine: true,
        };
        owed(&facts, &Terms::default()).is_err()
    };
    assert!(repeated(&["remove"]) && repeated(&["suspend_account"]));
    assert!(!repeated(&["suspend_account:7"]) && !repeated(&["suspend_feature:live:7"]));
}

#[test]
fn what_applies_in_one_country_only_is_not_said_of_all() {
    let text = made(|_, _| {}, &decision(&["disable:FR", "limit"]));
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let visibility = json!(["DECISION_VISIBILITY_CONTENT_DEMOTED", "DECISION_VISIBILITY_OTHER"]);
    assert_eq!(value["decision_visibility"], visibility);
    assert_eq!(value["decision_visibility_other"], "Not shown in FR");
    assert_eq!(value["territorial_scope"].as_array().unwrap().len(), 30);
    // Greece is often written `EL`; its restrictions are owed as well.
    let text = made(|_, _| {}, &decision(&["disable:EL"]));
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["territorial_scope"], json!(["GR"]));
}

#[test]
fn nobody_is_said_to_have_looked_who_did_not() {
    let mut partly = decision(&["remove"]);
    partly.automation = Automation::Partially;
    let notice = |facts: &mut Facts<'_>, _: &mut Terms| {
        (facts.source, facts.is_found_by_machine) = (Source::Notice, false);
    };
    let text = made(notice, &partly);
    assert!(text.contains("automated systems examined") && !text.contains("reviews it"), "{text}");
    partly.effects.push(Effect::Review);
    assert!(made(notice, &partly).contains("a person reviews it"));
}

#[test]
fn a_law_is_stated_word_for_word() {
    let mut illegal = decision(&["remove"]);
    let law = "Articles 201 202 203 204 of the act 1234567/1998";
    illegal.dsa.law = Some(law.to_owned());
    assert!(made(|_, _| {}, &illegal).contains(law));
}

#[test]
fn a_report_counts_what_owes_no_statement_for_now() {
    let mut silent = decision(&["remove"]);
    silent.silent = true;
    let counted = |_: &mut Facts<'_>, terms: &mut Terms| {
        terms.commercial.push("civic".to_owned());
        terms.is_for_figures = true;
    };
    assert!(made(counted, &silent).contains("CONTENT_REMOVED"));
}
