//! Three-valued evaluation, against a small oracle and by example.

use decide::eval::Input;
use decide::{Answers, PolicySet, Query, Scratch, Source};
use types::{Event, Facts, Value};

/// Detectors that find nothing.
struct Silent;

impl Answers for Silent {
    fn answer(&self, _: &Query) -> Value<'_> {
        Value::Unknown
    }

    fn listed(&self, _: u16, _: &str) -> bool {
        false
    }
}

const EVENT: &str = r#"{"specversion":"1.0","id":"1","source":"/t","type":"content.published",
    "time":"2024-11-24T22:30:00Z","data":{
    "account":{"id":"a","followers":10,"verified":true,"registered_at":"2024-11-20T00:00:00Z"},
    "content":{"id":"v","kind":"video","text":"Hello é","hashtags":["x","y"]}}}"#;

/// What rule conditions are for the event: `t`, `f` or `u` each.
fn truths(conditions: &[&str]) -> String {
    let mut text =
        "[[policy]]\nid='p'\ntitle='t'\nseverity=1\ntext='x'\ndsa={category='SCAMS_AND_FRAUD'}\n"
            .to_owned();
    for (number, when) in conditions.iter().enumerate() {
        text.push_str(&format!(
            "[[rule]]\nid='r{number}'\npolicy='p'\nwhen='''{when}'''\nthen=['limit']\n"
        ));
    }
    let policy_set = PolicySet::new(vec![Source { name: "a.toml".into(), text }]);
    let checked = policy_set.check();
    let errors: Vec<_> = checked.diagnostics.iter().filter(|finding| finding.is_error()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    let program = checked.program.unwrap();
    let event = Event::parse(EVENT.as_bytes()).unwrap();
    let facts = Facts::default();
    let mut scratch = Scratch::default();
    // Twice, so that what is remembered from the event before would show.
    for _ in 0..2 {
        program.evaluate(
            Input { event: &event, facts: &facts, counters: &[] },
            &Silent,
            &mut scratch,
        );
    }
    let of = |number: usize| {
        let number = u32::try_from(number).unwrap();
        match (scratch.verdict.fired.contains(&number), scratch.verdict.unknown.contains(&number)) {
            (true, _) => 't',
            (_, true) => 'u',
            _ => 'f',
        }
    };
    (0..conditions.len()).map(of).collect()
}

#[track_caller]
fn check(condition: &str, expected: char) {
    assert_eq!(truths(&[condition]), expected.to_string(), "{condition}");
}

#[test]
fn values_compare_and_compute() {
    for (condition, expected) in [
        ("content.kind == 'video'", 't'),
        ("content.kind in ['photo', 'video']", 't'),
        ("content.kind in ['photo']", 'f'),
        ("'y' in content.hashtags", 't'),
        ("account.followers * 2 + 1 == 21", 't'),
        ("account.followers / 4 == 2 && account.followers % 4 == 2", 't'),
        ("account.followers / 4.0 == 2.5", 't'),
        ("account.followers in [1, 10, 100]", 't'),
        ("-account.followers < -9", 't'),
        ("size(content.text) == 7 && content.hashtags.size() == 2", 't'),
        (
            "content.text.contains('lo') && content.text.startsWith('He') && content.text.endsWith('é')",
            't',
        ),
        ("content.text.matches('^h')", 'f'),
        ("content.text.matches('(?i)^h.l+o')", 't'),
        ("account.age_days == 4", 't'),
        ("event.hour == 22", 't'),
        ("event.time >= timestamp('2024-11-24T22:30:00Z')", 't'),
        ("event.time - timestamp('2024-11-24T22:00:00Z') == duration('30m')", 't'),
        ("event.time + duration('2h') > timestamp('2024-11-25T00:29:59Z')", 't'),
        ("account.verified ? account.followers == 10 : false", 't'),
        ("account.verified && !(account.followers > 10)", 't'),
    ] {
        check(condition, expected);
    }
}

#[test]
fn what_is_missing_is_unknown_unless_the_rest_decides() {
    for (condition, expected) in [
        ("account.posts > 1", 'u'),
        ("account.posts > 1 && content.kind == 'photo'", 'f'),
        ("account.posts > 1 && content.kind == 'video'", 'u'),
        ("account.posts > 1 || content.kind == 'video'", 't'),
        ("account.posts > 1 || content.kind == 'photo'", 'u'),
        ("!(account.posts > 1)", 'u'),
        ("has(account.posts)", 'f'),
        ("has(account.posts) && account.posts > 1", 'f'),
        ("account.posts in [1, 2]", 'u'),
        ("content.sound == 'x' ? true : true", 'u'),
        ("account.verified ? true : content.sound == 'x'", 't'),
        ("account.followers / (account.followers - 10) > 1", 'u'),
        ("account.followers * 9223372036854775807 > 1", 'u'),
        ("size(content.title) > 1", 'u'),
        ("flags() > 1", 'u'),
    ] {
        check(condition, expected);
    }
}

#[test]
fn and_or_not_follow_the_truth_tables_of_kleene() {
    let atoms = [
        ("content.kind == 'video'", 't'),
        ("content.kind == 'photo'", 'f'),
        ("account.posts > 1", 'u'),
    ];
    let rank = |truth| "fut".find(truth).unwrap();
    for (a, truth_a) in atoms {
        for (b, truth_b) in atoms {
            let and = "fut".chars().nth(rank(truth_a).min(rank(truth_b))).unwrap();
            let or = "fut".chars().nth(rank(truth_a).max(rank(truth_b))).unwrap();
            check(&format!("{a} && {b}"), and);
            check(&format!("{a} || {b}"), or);
            check(
                &format!("!({a} && {b})"),
                match and {
                    't' => 'f',
                    'f' => 't',
                    _ => 'u',
                },
            );
        }
    }
}

#[test]
fn rules_that_share_parts_are_judged_as_if_alone() {
    let conditions = [
        "account.followers > 5 && content.kind == 'video'",
        "account.followers > 5 && account.posts > 1",
        "!(account.followers > 5)",
        "account.posts > 1 || account.followers > 5",
        "account.followers > 5 ? account.posts > 1 : false",
        "(account.posts > 1) || (account.posts > 1 && content.kind == 'photo')",
    ];
    let alone: String = conditions.iter().map(|condition| truths(&[condition])).collect();
    assert_eq!(truths(&conditions), alone);
    assert_eq!(alone, "tuftuu");
}

#[test]
fn a_rule_is_only_tried_on_event_types_it_names_or_that_carry_what_it_reads() {
    check("event.type == 'content.published'", 't');
    check("event.type in ['live.started', 'content.published'] && content.kind == 'video'", 't');
    check("event.type != 'content.published'", 'f');
    check("search.query == 'x'", 'f');
    check("claim.rating == 'false' && content.kind == 'video'", 'f');
}
