//! Stores that are opened again go on as if they had never been closed, whatever of their snapshots
//! is there.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;

use serde_json::json;

use crate::looking_back::{Past, event, good};
use crate::probity;

const POLICY: &str = r#"policy = [{ id = "p", title = "t", severity = 1, text = "x", dsa = { category = "SCAMS_AND_FRAUD" } }]
"#;

/// Counters of every kind: name, kind, window or half-life, what else they need.
const COUNTERS: &[(&str, &str, &str, &str)] = &[
    ("posts", "count", "1h", ""),
    ("sounds", "distinct", "1h", "value = 'content.sound'"),
    ("seconds", "sum", "30m", "value = 'content.duration_seconds'"),
    ("hurry", "rate", "10m", "max = 10"),
    ("warmth", "decayed", "5m", ""),
];

/// Rules that tell small differences: id, event type, condition.
const RULES: &[(&str, &str, &str)] = &[
    ("odd_posts", "content.published", "posts % 2 == 1"),
    ("odd_sounds", "content.published", "sounds % 2 == 1"),
    ("odd_seconds", "content.published", "seconds % 2 == 1"),
    ("hasty", "content.published", "hurry"),
    ("warm", "content.published", "warmth > 12.0"),
    ("early", "content.published", "seen(met) && event.time - met < duration('7m')"),
    ("struck", "content.published", "account.strikes % 2 == 1"),
    ("odd_flags", "flag.raised", "flags() % 2 == 1"),
    ("odd_views", "content.viewed", "views() % 2 == 1"),
    ("lively", "content.viewed", "view_velocity('1m') > 150.0"),
];

/// Rules on texts that are nearly the same, when they come and when they are seen.
const ECHOES: &[(&str, &str, &str)] = &[
    ("echo", "content.published", "cluster_size() >= 40"),
    ("seen_echo", "content.viewed", "cluster_size() >= 40"),
];

const TEXT: &str = "o poveste despre ploaie și despre soare în grădină";

/// A file with these rules, which ask for a review.
fn reviewed(rules: &[(&str, &str, &str)]) -> String {
    let mut file = POLICY.to_owned();
    for (id, kind, when) in rules {
        write!(
            file,
            "[[rule]]\nid = \"{id}\"\npolicy = \"p\"\nthen = [\"review\"]\n\
             when = \"\"\"event.type == '{kind}' && {when}\"\"\"\n"
        )
        .unwrap();
    }
    file
}

/// A file with all counters, and rules that read them; some posts are removed, which is a strike.
fn counted() -> String {
    let mut file = reviewed(RULES);
    let of = "of = \"event.type == 'content.published'\"\nby = \"account.id\"";
    for (name, kind, last, more) in COUNTERS {
        let counter = format!("name = \"{name}\"\nkind = \"{kind}\"\nlast = \"{last}\"\n{more}");
        write!(file, "[[counter]]\n{counter}\n{of}\n").unwrap();
    }
    write!(file, "[[counter]]\nname = \"met\"\nkind = \"first_seen\"\n{of}\n").unwrap();
    let bad = "event.type == 'content.published' && content.sound == 's-3'";
    write!(file, "[[rule]]\nid = \"bad\"\npolicy = \"p\"\nwhen = \"{bad}\"\nthen = [\"remove\"]\n")
        .unwrap();
    file
}

/// Sixteen minutes of posts, flags and views.
fn stream() -> Vec<String> {
    let one = |n: usize| {
        let (id, second) = (format!("e-{n}"), n / 2);
        let flagged = json!({ "content": { "id": format!("v-{}", n / 3) },
            "flag": { "reason": "spam" } });
        let viewed = json!({ "content": { "id": format!("v-{}", n % 5) },
            "views": { "total": n, "added": n % 97 } });
        let posted = json!({ "account": { "id": format!("a-{}", n % 37) },
            "content": { "id": format!("v-{n}"), "sound": format!("s-{}", n * 7 % 29),
                "duration_seconds": n % 13 } });
        match n % 8 {
            0 => event(&id, "flag.raised", second, &flagged),
            1 => event(&id, "content.viewed", second, &viewed),
            _ => event(&id, "content.published", second, &posted),
        }
    };
    (0..2_000).map(one).collect()
}

/// Screens a file of events into a store; what was taken before is left out.
fn screen<'a>(rules: &'a str, store: &'a str, events: &'a str) -> [&'a str; 9] {
    ["screen", "--quiet", "--batch", "100", "--policies", rules, "--store", store, events]
}

/// The same, and returns all decisions of the store.
fn screened(rules: &str, store: &str, events: &str) -> String {
    let ran = crate::run(&screen(rules, store, events));
    assert!(matches!(ran.code, Some(0 | 3)), "{}", ran.err);
    good(&["decisions", store, "--json", "--limit", "1000000"]).out
}

/// What is decided where nothing is kept, and nothing has to be remembered.
fn expected(rules: &str, events: &str) -> String {
    good(&["screen", "--quiet", "--policies", rules, events]).out
}

/// Copies a store with its key, and its snapshots if there are any.
fn copy(past: &Past, from: &str, to: &str) {
    for end in ["", "-wal", ".key"] {
        let file = past.at(&format!("{from}{end}"));
        if Path::new(&file).exists() {
            std::fs::copy(&file, past.at(&format!("{to}{end}"))).unwrap();
        }
    }
    lay_over(past, from, to, |_| true);
}

/// Puts those snapshots of a store that are chosen in place of those of another.
fn lay_over(past: &Past, from: &str, to: &str, is_chosen: impl Fn(&str) -> bool) {
    let (from, to) = (past.at(&format!("{from}.state")), past.at(&format!("{to}.state")));
    std::fs::create_dir_all(&to).unwrap();
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        if is_chosen(&name) {
            std::fs::copy(file.path(), Path::new(&to).join(&name)).unwrap();
        }
    }
}

#[test]
fn killed_it_goes_on_with_snapshots_as_without() {
    let past = Past::new();
    let (rules, lines) = (past.rules("rules", &counted()), stream());
    let (first, all) = (past.write("first", &lines[..600]), past.write("all", &lines));
    screened(&rules, &past.at("p.db"), &first);
    let store = past.at("p.db");
    let mut child = probity(&screen(&rules, &store, &all))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut printed = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(printed.any(|line| line.contains("\"event\":\"e-12")), "it ended before");
    child.kill().unwrap();
    child.wait().unwrap();
    copy(&past, "p.db", "with.db");
    copy(&past, "p.db", "without.db");
    std::fs::remove_dir_all(past.at("without.db.state")).unwrap();
    let decided = expected(&rules, &all);
    assert_eq!(decided.lines().count(), 1950);
    for store in ["with.db", "without.db"] {
        assert!(screened(&rules, &past.at(store), &all) == decided, "{store}");
    }
}

#[test]
fn snapshots_of_different_age_fit_together() {
    let past = Past::new();
    let (rules, lines) = (past.rules("rules", &counted()), stream());
    let (first, second) =
        (past.write("first", &lines[..600]), past.write("second", &lines[..1200]));
    let all = past.write("all", &lines);
    screened(&rules, &past.at("p.db"), &first);
    copy(&past, "p.db", "older.db");
    screened(&rules, &past.at("p.db"), &second);
    // As a power cut leaves them: they are taken one after the other.
    lay_over(&past, "older.db", "p.db", |name| name.ends_with(['0', '2', '4', '6', '8']));
    assert!(screened(&rules, &past.at("p.db"), &all) == expected(&rules, &all));
}

#[test]
fn a_damaged_snapshot_costs_time_and_nothing_else() {
    let past = Past::new();
    let (rules, lines) = (past.rules("rules", &counted()), stream());
    let (first, all) = (past.write("first", &lines[..600]), past.write("all", &lines));
    screened(&rules, &past.at("p.db"), &first);
    let part = Path::new(&past.at("p.db.state")).join("keys-007");
    let mut bytes = std::fs::read(&part).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&part, bytes).unwrap();
    assert!(screened(&rules, &past.at("p.db"), &all) == expected(&rules, &all));
}

#[test]
fn texts_join_their_clusters_once_whatever_the_age_of_snapshots() {
    let past = Past::new();
    let rules = past.rules("rules", &reviewed(ECHOES));
    let said = (0..60).map(|n| {
        let content = json!({ "id": format!("v-{n}"), "text": TEXT });
        let data = json!({ "account": { "id": format!("a-{n}") }, "content": content });
        event(&format!("e-{n}"), "content.published", n, &data)
    });
    let seen = (0..60).map(|n| {
        let data = json!({ "content": { "id": format!("v-{n}") }, "views": { "total": 7 } });
        event(&format!("w-{n}"), "content.viewed", 60 + n, &data)
    });
    let lines: Vec<String> = said.chain(seen).collect();
    let (first, second) = (past.write("first", &lines[..20]), past.write("second", &lines[..40]));
    let all = past.write("all", &lines);
    screened(&rules, &past.at("older.db"), &first);
    copy(&past, "older.db", "p.db");
    screened(&rules, &past.at("p.db"), &second);
    let decided = expected(&rules, &all);
    assert_eq!(decided.lines().count(), 80);
    // The clusters lie in `rest`, and which cluster a content belongs to in `keys-…`.
    for older in ["rest", "keys"] {
        copy(&past, "p.db", older);
        lay_over(&past, "older.db", older, |name| name.starts_with(older));
        assert!(screened(&rules, &past.at(older), &all) == decided, "{older}");
    }
}
