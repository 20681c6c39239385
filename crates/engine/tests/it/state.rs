//! What is remembered from event to event.

use std::sync::Arc;

use decide::{PolicySet, Source};
use engine::{Judge, Rules};
use types::Event;

const RULES: &str = r#"
[[policy]]
id = "p"
title = "t"
severity = 1
text = "x"
dsa = { category = "SCAMS_AND_FRAUD" }
[[counter]]
name = "posts"
of = '''event.type == "content.published"'''
by = "account.id"
last = "1h"
[[rule]]
id = "third_post"
policy = "p"
when = '''event.type == "content.published" && posts == 2'''
then = ["limit"]
[[rule]]
id = "young"
policy = "p"
when = '''event.type == "content.published" && account.age_days < 3 && account.class == "creator"'''
then = ["label"]
else_if_unknown = "ignore"
[[rule]]
id = "second_flag"
policy = "p"
when = '''event.type == "flag.raised" && flags_for("spam") == 2'''
then = ["remove"]
[[rule]]
id = "had_a_strike"
policy = "p"
when = '''event.type == "content.published" && account.strikes > 0'''
then = ["demonetise"]
[[rule]]
id = "seen_by_a_hundred"
policy = "p"
when = '''event.type == "content.viewed" && views_crossed(100)'''
then = ["review"]
"#;

fn judge() -> Judge {
    let policy_set = PolicySet::new(vec![Source { name: "a.toml".into(), text: RULES.into() }]);
    Judge::new(Arc::new(Rules::load(&policy_set).unwrap()))
}

/// The rules that fire on an event at `minute` of a day.
fn fires(judge: &mut Judge, kind: &str, minute: u32, data: &str) -> String {
    let (hour, minute) = (minute / 60, minute % 60);
    let json = format!(
        r#"{{"specversion":"1.0","id":"{hour}-{minute}","source":"/t","type":"{kind}","time":"2024-11-24T{hour:02}:{minute:02}:00Z","data":{data}}}"#
    );
    let event = Event::parse(json.as_bytes()).unwrap();
    let judged = judge.judge(&event);
    let reasons = judged.decision.map(|decision| decision.reasons).unwrap_or_default();
    reasons.iter().map(|reason| reason.rule.as_str()).collect::<Vec<_>>().join(" ")
}

const POST: &str = r#"{"account":{"id":"a"},"content":{"id":"v"}}"#;

#[test]
fn counters_are_read_before_the_event_is_counted_and_slide() {
    let mut judge = judge();
    let mut post = |minute| fires(&mut judge, "content.published", minute, POST);
    assert_eq!(
        (post(0), post(1), post(2), post(3)),
        ("".into(), "".into(), "third_post".into(), "".into())
    );
    assert_eq!(post(61), "third_post", "of the four, two are within the hour");
    let other = r#"{"account":{"id":"b"},"content":{"id":"v"}}"#;
    assert_eq!(fires(&mut judge, "content.published", 62, other), "");
}

#[test]
fn standing_is_remembered_from_what_was_told() {
    let mut judge = judge();
    assert_eq!(fires(&mut judge, "content.published", 0, POST), "");
    let told = r#"{"account":{"id":"a","class":"creator","registered_at":"2024-11-22T00:00:00Z"}}"#;
    fires(&mut judge, "account.registered", 1, told);
    assert_eq!(fires(&mut judge, "content.published", 2, POST), "young");
    let business = r#"{"account":{"id":"a","class":"business"}}"#;
    fires(&mut judge, "account.updated", 3, business);
    assert_eq!(
        fires(&mut judge, "content.published", 4, POST),
        "third_post",
        "no longer a creator"
    );
}

#[test]
fn flags_add_up_by_reason_and_a_removal_is_a_strike() {
    let mut judge = judge();
    let flag = |reason: &str| {
        format!(
            r#"{{"account":{{"id":"a"}},"content":{{"id":"v"}},"flag":{{"reason":"{reason}"}}}}"#
        )
    };
    assert_eq!(fires(&mut judge, "flag.raised", 0, &flag("spam")), "");
    assert_eq!(fires(&mut judge, "flag.raised", 1, &flag("other")), "");
    assert_eq!(fires(&mut judge, "content.published", 2, POST), "");
    assert_eq!(fires(&mut judge, "flag.raised", 3, &flag("spam")), "second_flag");
    assert_eq!(fires(&mut judge, "content.published", 4, POST), "had_a_strike");
}

#[test]
fn a_threshold_of_views_is_crossed_once() {
    let mut judge = judge();
    let mut view = |minute, total: u32| {
        let data = format!(r#"{{"content":{{"id":"v"}},"views":{{"total":{total}}}}}"#);
        fires(&mut judge, "content.viewed", minute, &data)
    };
    assert_eq!(
        (view(0, 99), view(1, 100), view(2, 101)),
        ("".into(), "seen_by_a_hundred".into(), "".into())
    );
    assert_eq!(
        (view(3, 50), view(4, 120)),
        ("".into(), "".into()),
        "a late count does not lower it"
    );
}
