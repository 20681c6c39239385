//! Tests of the annexes.

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-08-01T10:41:00Z")
}

fn order() -> Order {
    Order {
        reference: "FR-2026-0042".into(),
        addressee: Addressee { addressee: "Example Video Ltd".into(), ..Addressee::default() },
        authority: Issuer {
            name: "Office of Example Matters".into(),
            file_no: "42".into(),
            ..Issuer::default()
        },
        received_at: Some(at("2026-08-01T10:00:12Z")),
        ..Order::default()
    }
}

fn provider() -> Provider {
    Provider {
        name: "Example Video Ltd".into(),
        member_state: "IE".into(),
        contact_email: "tco@video.example".into(),
        authorised_person: "A. Person".into(),
    }
}

fn impossible(ground: Ground, reasons: &str, clarification: &str) -> RemovalResult {
    let (reasons, clarification) = (reasons.into(), clarification.into());
    RemovalResult::Impossible { ground, reasons, clarification }
}

fn answered_with(outcome: &RemovalResult) -> Result<Answer, AnnexError> {
    answer(&order(), &provider(), "o-7", outcome, now())
}

#[test]
fn feedback_says_what_was_done_and_when() {
    let removed = RemovalResult::Removed { at: Some(at("2026-08-01T10:40:00Z")) };
    let json = serde_json::to_value(answered_with(&removed).unwrap()).unwrap();
    let expected = serde_json::json!({
        "annex": "II",
        "A": {
            "addressee": "Example Video Ltd",
            "authority": "Office of Example Matters",
            "order_reference": "FR-2026-0042",
            "authority_file": "42",
            "addressee_file": "o-7",
            "received_at": "2026-08-01T10:00:12Z",
        },
        "B": {"measure": "content_removed", "at": "2026-08-01T10:40:00Z"},
        "C": {
            "name": "Example Video Ltd",
            "member_state": "IE",
            "authorised_person": "A. Person",
            "email": "tco@video.example",
            "at": "2026-08-01T10:41:00Z",
        },
    });
    assert_eq!(json, expected);
}

#[test]
fn disabling_means_all_member_states() {
    let disabled = RemovalResult::Disabled { at: Some(now()) };
    let Answer::Feedback(feedback) = answered_with(&disabled).unwrap() else { panic!() };
    assert_eq!(feedback.b.measure, Measure::AccessDisabledInAllMemberStates);
}

#[test]
fn feedback_without_the_time_of_the_measure_is_refused() {
    for outcome in [RemovalResult::Removed { at: None }, RemovalResult::Disabled { at: None }] {
        assert_eq!(answered_with(&outcome), Err(AnnexError::NoMeasureTime));
    }
    let ahead = at("2026-08-01T10:41:01Z");
    let outcome = RemovalResult::Removed { at: Some(ahead) };
    assert_eq!(answered_with(&outcome), Err(AnnexError::MeasureAhead(ahead)));
}

#[test]
fn impossibility_needs_reasons_and_errors_need_a_question() {
    let cases = [
        (Ground::ForceMajeure, "", "", Err(AnnexError::NoReasons)),
        (Ground::ForceMajeure, "The data centre is flooded.", "", Ok(())),
        (Ground::ManifestErrors, "No type is ticked.", " ", Err(AnnexError::NoClarification)),
        (Ground::InsufficientInformation, "There is no URL.", "Which URL?", Ok(())),
    ];
    for (ground, reasons, clarification, expected) in cases {
        let outcome = impossible(ground, reasons, clarification);
        assert_eq!(answered_with(&outcome).map(|_| ()), expected, "{reasons}");
    }
}

#[test]
fn an_answer_is_read_back_as_it_was_written() {
    let removed = RemovalResult::Removed { at: Some(now()) };
    let flooded = impossible(Ground::ForceMajeure, "The data centre is flooded.", "");
    for outcome in [removed, flooded] {
        let answer = answered_with(&outcome).unwrap();
        let json = serde_json::to_string(&answer).unwrap();
        assert_eq!(serde_json::from_str::<Answer>(&json).unwrap(), answer);
    }
}

#[test]
fn only_removal_orders_that_were_received_are_answered() {
    let outcome = RemovalResult::Removed { at: Some(now()) };
    let act = Order { kind: OrderKind::Act, ..order() };
    let error = answer(&act, &provider(), "o-7", &outcome, now());
    assert_eq!(error, Err(AnnexError::NotRemoval));
    let unreceived = Order { received_at: None, ..order() };
    let error = answer(&unreceived, &provider(), "o-7", &outcome, now());
    assert_eq!(error, Err(AnnexError::NoReceipt));
}

#[test]
fn an_answer_without_a_name_is_refused() {
    let outcome = RemovalResult::Removed { at: Some(now()) };
    let nobody = Provider { authorised_person: " ".into(), ..provider() };
    let error = answer(&order(), &nobody, "o-7", &outcome, now());
    assert_eq!(error, Err(AnnexError::NoProvider("authorised_person")));
    let unnamed = Order { addressee: Addressee::default(), ..order() };
    let answer = answer(&unnamed, &provider(), "o-7", &outcome, now()).unwrap();
    let Answer::Feedback(feedback) = answer else { panic!() };
    assert_eq!(feedback.a.addressee, "Example Video Ltd");
}

#[test]
fn a_bare_day_ends_at_its_end_and_is_no_moment() {
    let day = Moment("2026-08-01".into());
    assert_eq!(day.at(), None);
    assert_eq!(day.end(), Some(at("2026-08-02T00:00:00Z")));
    let moment = Moment(" 2026-08-01T10:00:00+02:00 ".into());
    assert_eq!(moment.at(), Some(at("2026-08-01T08:00:00Z")));
    assert_eq!(moment.end(), moment.at());
    assert_eq!(Moment("2026-02-30".into()).end(), None);
    assert_eq!(Moment("9999-12-31".into()).end(), Some(Timestamp::MAX));
}
