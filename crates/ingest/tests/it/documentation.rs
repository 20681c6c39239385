//! `docs/events.md` says what the code does.

use types::{Event, EventType};

const EVENTS: &str = include_str!("../../../../docs/events.md");

#[test]
fn every_event_type_has_an_example_that_is_taken() {
    let examples: Vec<Event> = EVENTS
        .split("```json\n")
        .skip(1)
        .map(|rest| rest.split_once("```").unwrap().0)
        .map(|json| {
            Event::parse(json.as_bytes()).unwrap_or_else(|reject| panic!("{reject}: {json}"))
        })
        .collect();
    for kind in EventType::ALL {
        assert!(examples.iter().any(|event| event.kind == *kind), "{} has no example", kind.name());
        assert!(
            EVENTS.contains(&format!("### `{}`", kind.name())),
            "{} has no heading",
            kind.name()
        );
    }
}

#[test]
fn every_reason_for_refusal_is_documented() {
    for code in [
        "malformed_json",
        "too_deep",
        "not_utf8",
        "too_long",
        "missing_field",
        "missing_group",
        "wrong_field",
        "unknown_type",
        "wrong_version",
        "wrong_time",
        "future",
        "duplicate",
        "broken_quote",
        "wrong_columns",
        "wrong_cell",
    ] {
        assert!(EVENTS.contains(&format!("`{code}`")), "{code} is not documented");
    }
}

#[test]
fn every_member_of_a_group_is_documented() {
    for field in types::FIELDS {
        let (group, member) = field.name.split_once('.').unwrap();
        let is_derived =
            ["age_days", "strikes", "hour", "type", "source", "time"].contains(&member);
        assert!(is_derived || EVENTS.contains(&format!("`{member}`")), "{group}.{member}");
    }
}
