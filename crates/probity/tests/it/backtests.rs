//! Back-tests from the command line: over histories and files of events, with labels, stopped and
//! gone on with.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::looking_back::{Past, busy, event, good, post};
use crate::{Ran, probity, root, run};

/// Rules of which one counts, and one is paused when it acts more than twenty times in a minute.
const COUNTED: &str = r#"policy = [{ id = "p", title = "t", severity = 1, text = "x", dsa = { category = "SCAMS_AND_FRAUD" } }]
[[counter]]
name = "posts"
of = 'event.type == "content.published"'
by = "account.id"
last = "1h"
[[rule]]
id = "burst"
policy = "p"
when = 'event.type == "content.published" && posts >= 10'
then = ["limit"]
[[rule]]
id = "word"
policy = "p"
when = 'event.type == "content.published" && content.text.contains("rain")'
then = [{ effect = "label", label = "weather" }]
breaker = { actions_per_minute = 20 }
"#;

/// Rainy and sunny posts of nine accounts, one a second.
fn weather() -> Vec<String> {
    let post = |n: usize| {
        let said = if n % 2 == 1 { "rain" } else { "sun" };
        post(&format!("e-{n}"), n, &json!({ "id": format!("a-{}", n % 9) }), said)
    };
    (0..200).map(post).collect()
}

/// The rules of the repository, but for a burst that begins at seventy posts, not at sixty.
fn changed(past: &Past) -> String {
    let (from, to) = (root().join("policies"), PathBuf::from(past.at("changed")));
    for part in ["", "lists"] {
        std::fs::create_dir(to.join(part)).unwrap();
        for file in std::fs::read_dir(from.join(part)).unwrap() {
            let path = file.unwrap().path();
            if path.is_file() {
                let name = path.file_name().unwrap();
                std::fs::copy(&path, to.join(part).join(name)).unwrap();
            }
        }
    }
    let spam = std::fs::read_to_string(to.join("spam.toml")).unwrap();
    let higher = spam.replace("posts_last_hour >= 60", "posts_last_hour >= 70");
    assert_ne!(spam, higher);
    std::fs::write(to.join("spam.toml"), higher).unwrap();
    past.at("changed")
}

/// The report of a back-test, without how long it took.
fn report(args: &[&str]) -> Value {
    let ran = good(&[&["rules", "backtest", "--json", "--quiet"][..], args].concat());
    let mut report: Value = serde_json::from_str(&ran.out).unwrap();
    report["seconds"] = Value::Null;
    report
}

fn counts<const N: usize>(report: &Value, keys: [&str; N]) -> [u64; N] {
    keys.map(|key| report[key].as_u64().unwrap())
}

#[test]
fn the_rules_of_the_time_decide_again_what_was_decided() {
    let past = Past::new();
    let rules = past.rules("rules", COUNTED);
    let decided = past.take(&weather(), &rules);
    assert_eq!(decided.lines().filter(|line| line.contains("\"shadow\":true")).count(), 75);
    assert_eq!(past.export(&["--type", "rule.paused"]).lines().count(), 1, "the breaker tripped");
    // Counters and the pause are derived again, from nothing.
    let told = report(&["--rules", &rules, "--over", &past.at("history")]);
    assert_eq!(told["base"], "recorded");
    let keys = ["events", "decisions_before", "decisions_after", "added", "removed", "changed"];
    assert_eq!(counts(&told, keys), [201, 135, 135, 0, 0, 0], "{told}");
    assert_eq!(told["sample"], json!([]));
    let fired = |rule: &Value| counts(rule, ["fired_before", "fired_after"]);
    let fired: Vec<[u64; 2]> = told["rules"].as_array().unwrap().iter().map(fired).collect();
    assert_eq!(fired, [[110, 110], [25, 25]]);
}

#[test]
fn an_exported_history_can_be_screened_again() {
    let past = Past::new();
    let rules = past.rules("rules", COUNTED);
    let decided = past.take(&weather(), &rules);
    let exported = past.at("exported.ndjson");
    std::fs::write(&exported, past.export(&[])).unwrap();
    // It holds a pause, which the breaker of the new store tells as well.
    let screen = ["screen", "--quiet", "--batch", "25", "--policies", &rules, "--store"];
    let ran = run(&[&screen[..], &[past.at("new.db").as_str(), exported.as_str()]].concat());
    assert!(matches!(ran.code, Some(0 | 3)), "{}", ran.err);
    assert_eq!(ran.out, decided);
}

#[test]
fn a_back_test_says_the_same_of_a_history_and_of_its_events() {
    let past = Past::new();
    past.take(&busy(), "policies");
    let (rules, history) = (changed(&past), past.at("history"));
    let exported = past.at("exported.ndjson");
    std::fs::write(&exported, past.export(&[])).unwrap();
    let over_history = report(&["--rules", &rules, "--base", "policies", "--over", &history]);
    let over_events = report(&["--rules", &rules, "--base", "policies", "--over", &exported]);
    let recorded = report(&["--rules", &rules, "--over", &history]);
    let keys = ["events", "decisions_before", "decisions_after", "added", "removed", "changed"];
    for told in [&over_history, &over_events, &recorded] {
        assert_eq!(counts(told, keys), [134, 37, 27, 0, 10, 0], "{told}");
    }
    for key in ["rules", "by_day", "by_country", "by_language", "review_after_per_day"] {
        assert_eq!(over_history[key], over_events[key], "{key}");
        assert_eq!(over_history[key], recorded[key], "{key}");
    }
    assert_eq!(counts(&over_history, ["accounts_added", "accounts_removed"]), [0, 0]);
    // The file does not tell what was decided.
    let ran = run(&["rules", "backtest", "--rules", &rules, "--over", &exported]);
    assert!(ran.code == Some(1) && ran.err.contains("--base"), "{}", ran.err);
}

#[test]
fn labels_tell_how_right_both_sides_are() {
    let past = Past::new();
    let rule = |word: &str| COUNTED.replace("rain", word);
    let (old, new) = (past.rules("old", &rule("alpha")), past.rules("new", &rule("beta")));
    let said =
        ["alpha", "alpha", "alpha beta", "alpha beta", "beta", "beta", "-", "beta", "-", "beta"];
    let post = |(n, said): (usize, &&str)| {
        post(&format!("e-{n}"), n, &json!({ "id": format!("a-{n}") }), said)
    };
    let lines: Vec<String> = (1..).zip(&said).map(post).collect();
    let events = past.write("events.ndjson", &lines);
    let against = |labels: &[Value]| {
        let labels: Vec<String> = labels.iter().map(Value::to_string).collect();
        let labels = past.write("labels.ndjson", &labels);
        let base = ["--base", &old, "--rules", &new, "--over", &events, "--against", &labels];
        report(&base)["labels"].clone()
    };
    // The eighth is known to nobody, the fourth by its content.
    let known = [
        (1, true),
        (2, false),
        (3, true),
        (5, true),
        (6, false),
        (7, false),
        (9, true),
        (10, true),
    ];
    let label =
        |(n, is_breach): (u32, bool)| json!({ "event": format!("e-{n}"), "violation": is_breach });
    let mut labels: Vec<Value> = known.map(label).into();
    labels.push(json!({ "subject": "content/e-4", "violation": true }));
    let quality = |right: u32, wrong: u32, missed: u32| {
        json!({ "true_positives": right, "false_positives": wrong, "false_negatives": missed,
            "precision": f64::from(right) / f64::from(right + wrong),
            "recall": f64::from(right) / f64::from(right + missed) })
    };
    let told = against(&labels);
    let expected = json!({ "labelled": 9, "before": quality(3, 1, 3), "after": quality(4, 1, 2) });
    assert_eq!(told, expected);
    // Without `violation`, what is not named is no breach.
    let told = against(&[json!({ "event": "e-1" }), json!({ "event": "e-3" })]);
    let expected = json!({ "labelled": 10, "before": quality(2, 2, 0), "after": quality(1, 5, 1) });
    assert_eq!(told, expected);
    let wrong = past.write("labels.ndjson", &[r#"{"violation":true}"#.to_owned()]);
    let ran = run(&[
        "rules",
        "backtest",
        "--base",
        &old,
        "--rules",
        &new,
        "--over",
        &events,
        "--against",
        &wrong,
    ]);
    assert!(ran.code == Some(1) && ran.err.contains("line 1 is not a label"), "{}", ran.err);
}

/// Three parts of a history: views, then twice the posts of nine accounts.
fn part(number: usize) -> Vec<String> {
    let one = |n: usize| {
        let (id, second) = (format!("p-{number}-{n}"), number * 1000 + n * 2);
        let views = json!({ "content": { "id": id }, "views": { "total": 7 } });
        let said = if n.is_multiple_of(9) { "votul prin SMS" } else { "o dimineata" };
        let account = json!({ "id": format!("a-{}", n % 9) });
        match number {
            0 => event(&id, "content.viewed", second, &views),
            _ => post(&id, second, &account, said),
        }
    };
    (0..400).map(one).collect()
}

/// Whether a process catches what Ctrl-C sends: the second signal.
fn catches_interrupts(pid: &str) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    let caught = caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    caught.is_some_and(|mask| mask & 2 != 0)
}

/// Begins a back-test and stops it as Ctrl-C does; whether it was not done before.
fn is_stopped(args: &[&str]) -> bool {
    let mut command = probity(&[&["rules", "backtest", "--json", "--quiet"][..], args].concat());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let pid = child.id().to_string();
    while child.try_wait().unwrap().is_none() {
        if catches_interrupts(&pid) {
            assert!(Command::new("kill").args(["-INT", pid.as_str()]).status().unwrap().success());
            break;
        }
        std::thread::yield_now();
    }
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    ran.err.contains("stopped; run the same command again to continue")
}

#[test]
fn a_stopped_back_test_goes_on_where_it_was_and_only_with_the_same_rules() {
    let past = Past::new();
    for number in 0..3 {
        past.take(&part(number), "policies");
    }
    let (rules, history, kept) = (changed(&past), past.at("history"), past.at("kept"));
    let fresh = report(&["--rules", &rules, "--over", &history]);
    assert_ne!(fresh["removed"], 0, "{fresh}");
    let resumed = ["--rules", &rules, "--over", &history, "--resume", &kept];
    assert!((0..50).any(|_| is_stopped(&resumed)), "it was always faster");
    let other = past.at("other");
    std::fs::copy(&kept, &other).unwrap();
    assert_eq!(report(&resumed), fresh);
    assert!(!Path::new(&kept).exists(), "there is nothing to go on with");
    // A file of another comparison is left aside; what is no such file is not written over.
    let same = report(&["--rules", "policies", "--over", &history]);
    let told = report(&["--rules", "policies", "--over", &history, "--resume", &other]);
    assert_eq!(told, same);
    std::fs::write(&kept, "somebody's notes").unwrap();
    let ran = run(&[&["rules", "backtest", "--json", "--quiet"], &resumed[..]].concat());
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("it is no file of a back-test"), "{}", ran.err);
    assert_eq!(std::fs::read_to_string(&kept).unwrap(), "somebody's notes");
}

#[test]
fn a_stopped_back_test_begins_anew_if_labels_or_history_are_others() {
    let past = Past::new();
    for number in 0..3 {
        past.take(&part(number), "policies");
    }
    let (rules, history, kept) = (changed(&past), past.at("history"), past.at("kept"));
    let label = |id: &str| vec![json!({ "event": id }).to_string()];
    let (one, two) = (past.write("one", &label("p-0-0")), past.write("two", &label("p-1-0")));
    let resumed = ["--rules", &rules, "--over", &history, "--resume", &kept, "--against"];
    let with_one = [&resumed[..], &[one.as_str()]].concat();
    assert!((0..50).any(|_| is_stopped(&with_one)), "it was always faster");
    let other = report(&["--rules", &rules, "--over", &history, "--against", &two]);
    assert_eq!(report(&[&resumed[..], &[two.as_str()]].concat()), other, "other labels");
    assert!((0..50).any(|_| is_stopped(&with_one)), "it was always faster");
    good(&["history", "retain", &history, "--days", "content.viewed=30"]);
    let shorter = report(&["--rules", &rules, "--over", &history, "--against", &one]);
    assert_eq!(report(&with_one), shorter, "files that were dropped");
}
