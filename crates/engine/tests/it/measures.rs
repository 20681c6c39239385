//! Declared counters of every kind, and facts that many threads fetch.

use std::fmt::Write as _;
use std::sync::Arc;

use decide::{PolicySet, Source};
use engine::{Judge, Judged, Rules};
use types::{Counted, Event};

const HEAD: &str = r#"
[[policy]]
id = "p"
title = "t"
severity = 1
text = "x"
dsa = { category = "SCAMS_AND_FRAUD" }
"#;

/// A judge with a counter and a rule that reads it.
fn judge(counter: &str, when: &str, threads: usize) -> Judge {
    let text = format!(
        "{HEAD}\n[[counter]]\nname = \"counter\"\n{counter}\n[[rule]]\nid = \"r\"\npolicy = \"p\"\n\
         when = '''event.type == \"content.published\" && {when}'''\nthen = [\"limit\"]\n\
         else_if_unknown = \"ignore\"\n"
    );
    let policy_set = PolicySet::new(vec![Source { name: "a.toml".into(), text }]);
    let rules = Rules::load(&policy_set).unwrap_or_else(|found| panic!("{found:?}"));
    Judge::with_threads(Arc::new(rules), threads)
}

fn post(number: u64, second: i64, data: &str) -> Event {
    let time = jiff::Timestamp::from_second(1_732_000_000 + second).unwrap();
    let json = format!(
        r#"{{"specversion":"1.0","id":"{number}","source":"/t","type":"content.published","time":"{time}","data":{data}}}"#
    );
    Event::parse(json.as_bytes()).unwrap()
}

/// What the counter held before each post: seconds, with the data of the post.
fn held(judge: &mut Judge, posts: &[(i64, &str)]) -> Vec<Option<Counted>> {
    let events: Vec<Event> =
        (0..).zip(posts).map(|(number, (second, data))| post(number, *second, data)).collect();
    let judged = events.iter().map(|event| judge.judge(event));
    judged.map(|judged| judged.facts.counters.get("counter")).collect()
}

fn by(account: &str, more: &str) -> String {
    format!(r#"{{"account":{{"id":"{account}"}},"content":{{"id":"v"{more}}}}}"#)
}

#[test]
fn distinct_values_are_counted_in_a_window() {
    let counter = "kind = \"distinct\"\nof = '''event.type == \"content.published\"'''\n\
        by = \"content.sound\"\nvalue = \"account.id\"\nlast = \"1h\"";
    let mut judge = judge(counter, "counter > 1", 1);
    let sound = r#","sound":"s""#;
    let (a, b) = (by("a", sound), by("b", sound));
    let found = held(&mut judge, &[(0, &a), (1, &a), (2, &b), (3, &a), (3_500, &a), (7_300, &b)]);
    let whole = |n| Some(Counted::Whole(n));
    assert_eq!(found, [None, whole(1), whole(1), whole(2), whole(2), None]);
}

#[test]
fn values_are_summed_and_averaged() {
    let counter = "kind = \"sum\"\nof = '''event.type == \"content.published\"'''\n\
        by = \"account.id\"\nvalue = \"content.duration_seconds\"\nlast = \"1h\"";
    let long = |seconds: u32| by("a", &format!(r#","duration_seconds":{seconds}"#));
    let (ten, ninety) = (long(10), long(90));
    let posts = [(0, ten.as_str()), (60, &ninety), (120, &ten), (3_640, &ten)];
    let found = held(&mut judge(counter, "counter > 1", 1), &posts);
    let whole = |n| Some(Counted::Whole(n));
    assert_eq!(found, [None, whole(10), whole(100), whole(10)]);
    let counter = counter.replace("sum", "decayed");
    let found = held(&mut judge(&counter, "counter > 1.0", 1), &posts);
    let Some(Counted::Fraction(average)) = found[2] else { panic!("{found:?}") };
    // The first has faded by a sixtieth of a half-life.
    assert!((average - 50.23).abs() < 0.01, "{average}");
}

#[test]
fn decayed_counts_halve_with_every_half_life() {
    let counter = "kind = \"decayed\"\nof = '''event.type == \"content.published\"'''\n\
        by = \"account.id\"\nlast = \"10m\"";
    let a = by("a", "");
    let mut judge = judge(counter, "counter > 1.0", 1);
    let found = held(&mut judge, &[(0, &a), (0, &a), (600, &a), (1_200, &a)]);
    let rate = |at: usize| match found[at] {
        Some(Counted::Fraction(rate)) => rate,
        _ => 0.0,
    };
    assert!((rate(1) - 1.0).abs() < 1e-9 && (rate(2) - 1.0).abs() < 1e-9, "{found:?}");
    assert!((rate(3) - 1.0).abs() < 1e-9, "{found:?}");
}

#[test]
fn a_rate_limit_lets_through_what_it_allows() {
    let counter = "kind = \"rate\"\nmax = 3\nof = '''event.type == \"content.published\"'''\n\
        by = \"account.id\"\nlast = \"10m\"";
    let a = by("a", "");
    let mut judge = judge(counter, "counter", 1);
    let posts: Vec<(i64, &str)> =
        [0, 0, 0, 0, 100, 200, 201, 900].into_iter().map(|second| (second, a.as_str())).collect();
    let is_over: Vec<bool> = held(&mut judge, &posts)
        .into_iter()
        .map(|held| held == Some(Counted::Limit(true)))
        .collect();
    // Three at once, then one each 200 seconds; what exceeds the limit does not count against it.
    assert_eq!(is_over, [false, false, false, true, true, false, true, false]);
}

#[test]
fn the_first_time_is_remembered_and_lists_count_each_entry() {
    let counter = "kind = \"first_seen\"\nof = '''event.type == \"content.published\"'''\n\
        by = \"content.hashtags\"";
    let when = "seen(counter) && event.time - counter < duration(\"1h\")";
    let mut judge = judge(counter, when, 1);
    let tagged = |tags: &str| by("a", &format!(r#","hashtags":[{tags}]"#));
    let (one, two, both) = (tagged(r#""one""#), tagged(r#""two""#), tagged(r#""two","one""#));
    let fires = |judged: Judged| judged.decision.is_some();
    assert!(!fires(judge.judge(&post(0, 0, &one))), "never seen before");
    assert!(!fires(judge.judge(&post(1, 3_000, &two))));
    assert!(fires(judge.judge(&post(2, 3_100, &two))));
    assert!(fires(judge.judge(&post(3, 3_500, &both))), "the earliest of both is within the hour");
    assert!(!fires(judge.judge(&post(4, 3_601, &both))), "now it is not");
}

#[test]
fn many_distinct_values_are_estimated_and_the_error_is_told() {
    let counter = "kind = \"distinct\"\nof = '''event.type == \"content.published\"'''\n\
        by = \"content.country\"\nvalue = \"account.id\"\nlast = \"1h\"";
    let mut judge = judge(counter, "counter > 1", 2);
    let data: Vec<String> =
        (0..5_000).map(|n| by(&format!("a{n}"), r#","country":"FR""#)).collect();
    let events: Vec<Event> = (0..).zip(&data).map(|(n, data)| post(n, 0, data)).collect();
    let judged = judge.judge_all(&events.iter().collect::<Vec<_>>());
    match judged.last().unwrap().facts.counters.get("counter").unwrap() {
        Counted::About { about, error } => {
            assert!(about.abs_diff(4_999) < 300 && error > 0.02, "{about} ± {error}");
        }
        other => panic!("{other:?}"),
    }
}

/// Events of few accounts, so that they meet: posts, views, flags, closed cases.
fn mixed(count: u64) -> Vec<Event> {
    let mut x = 7_u64;
    let mut next = move |below: u64| {
        x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (x >> 33) % below
    };
    let event = |number: u64| {
        let (account, content, second) = (next(40), next(60), number * 3);
        let time = jiff::Timestamp::from_second(1_732_000_000 + second.cast_signed()).unwrap();
        let (kind, data) = match next(6) {
            0 => ("content.viewed", format!(r#""views":{{"total":{},"added":7}},"#, number * 2)),
            1 => ("flag.raised", r#""flag":{"reason":"spam"},"#.to_owned()),
            2 => ("case.closed", r#""case":{"id":"c","verdict":"violation"},"#.to_owned()),
            _ => ("content.published", String::new()),
        };
        let mut json = String::new();
        write!(
            json,
            r#"{{"specversion":"1.0","id":"{number}","source":"/m","type":"{kind}","time":"{time}",
            "data":{{{data}"account":{{"id":"a{account}"}},"content":{{"id":"c{content}",
            "hashtags":["h{}","h{}"],"text":"{}"}}}}}}"#,
            next(9),
            next(9),
            "the same long text with a number at its end ".repeat(2) + &next(5).to_string()
        )
        .unwrap();
        Event::parse(json.as_bytes()).unwrap_or_else(|why| panic!("{why}: {json}"))
    };
    (0..count).map(event).collect()
}

const MIXED: &str = r#"
[[counter]]
name = "posts"
of = '''event.type == "content.published"'''
by = "account.id"
last = "1h"
[[counter]]
name = "tagged"
kind = "distinct"
of = '''event.type == "content.published"'''
by = "content.hashtags"
value = "account.id"
last = "1h"
keys_max = 256
[[counter]]
name = "copies"
of = '''event.type == "content.published" && cluster_size() > 2'''
by = "content.cluster"
last = "1h"
[[counter]]
name = "cases"
kind = "rate"
max = 2
of = '''event.type == "case.closed"'''
by = "account.id"
last = "1h"
[[rule]]
id = "many"
policy = "p"
when = '''event.type == "content.published" && posts > 6'''
then = ["remove"]
[[rule]]
id = "tags"
policy = "p"
when = '''event.type == "content.published" && tagged > 12 && copies > 3'''
then = ["limit"]
[[rule]]
id = "struck"
policy = "p"
when = '''event.type == "content.published" && account.strikes > 2'''
then = ["suspend_account"]
[[rule]]
id = "covered"
policy = "p"
when = '''event.type in ["content.published", "content.viewed"] && cluster_verdict() == "violation"'''
then = ["label"]
else_if_unknown = "ignore"
[[rule]]
id = "fast"
policy = "p"
when = '''event.type == "content.viewed" && (view_velocity("1m") > 3.0 || review_due() || views_remaining() > 900.0)'''
then = ["review"]
[[rule]]
id = "cases_too"
policy = "p"
when = '''event.type == "case.closed" && cases'''
then = ["escalate"]
"#;

fn policy_set() -> PolicySet {
    let text = HEAD.to_owned()
        + &MIXED.replace("[\"label\"]", "[{ effect = \"label\", label = \"copy\" }]");
    PolicySet::new(vec![Source { name: "a.toml".into(), text }])
}

/// What comes of `events` with so many threads, handed in so many at a time.
fn run(events: &[Event], threads: usize, batch: usize) -> Vec<Judged> {
    let rules = Rules::load(&policy_set()).unwrap_or_else(|found| panic!("{found:?}"));
    let mut judge = Judge::with_threads(Arc::new(rules), threads);
    let batches = events.chunks(batch);
    batches.flat_map(|batch| judge.judge_all(&batch.iter().collect::<Vec<_>>())).collect()
}

#[test]
fn any_number_of_threads_and_any_batches_give_the_same() {
    let events = mixed(6_000);
    let one_by_one = run(&events, 1, 1);
    let decided = |rule: &str| {
        let rules = one_by_one.iter().filter_map(|judged| judged.decision.as_ref());
        rules.flat_map(|decision| &decision.reasons).filter(|reason| reason.rule == rule).count()
    };
    for rule in ["many", "tags", "struck", "covered", "fast", "cases_too"] {
        assert!(decided(rule) > 5, "{rule} is tried by these events: {}", decided(rule));
    }
    for (threads, batch) in [(1, 500), (2, 1), (2, 333), (3, 1_000), (7, 6_000)] {
        let found = run(&events, threads, batch);
        let differs = (0..events.len()).find(|at| found[*at] != one_by_one[*at]);
        if let Some(at) = differs {
            panic!("{threads} × {batch}, event {at}:\n{:?}\n{:?}", found[at], one_by_one[at]);
        }
    }
}
