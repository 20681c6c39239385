//! What is refused is listed and counted, and the rest goes on.

use serde_json::Value;

use crate::{run, run_with, text};

#[test]
fn refused_lines_go_to_the_list_and_the_exit_code_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let rejects = folder.path().join("rejects.ndjson");
    let good = std::fs::read_to_string(crate::root().join("examples/events.ndjson")).unwrap();
    let first = good.lines().next().unwrap();
    let future = first
        .replace("e-1", "e-99")
        .replace("2024-11-20T07:58:00Z\",\"data", "2999-01-01T00:00:00Z\",\"data");
    let input = format!(
        "{good}{first}\nnot json\n{}\n{}\n",
        first.replace("account.registered", "account.gone"),
        future
    );
    let input = input.replace(
        "\"time\": \"2024-11-20T07:58:00Z\", \"data\"",
        "\"time\":\"2024-11-20T07:58:00Z\",\"data\"",
    );
    let ran = run_with(&["screen", "--quiet", "--json", "--rejects", text(&rejects)], &input);
    assert_eq!((ran.code, ran.out.lines().count()), (Some(3), 7));
    let listed: Vec<Value> = std::fs::read_to_string(&rejects)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let mut reasons: Vec<String> = listed
        .iter()
        .map(|line| format!("{} {}", line["place"], line["reason"].as_str().unwrap()))
        .collect();
    reasons.sort();
    assert_eq!(reasons[..3], ["13 duplicate", "14 malformed_json", "15 unknown_type"]);
    assert_eq!(listed.iter().find(|line| line["place"] == 14).unwrap()["excerpt"], "not json");
    let summary: Value = serde_json::from_str(ran.err.trim()).unwrap();
    assert_eq!(summary["reasons_for_refusal"]["malformed_json"], 1);
    assert_eq!(summary["events"].as_u64().unwrap() + summary["refused"].as_u64().unwrap() + 1, 16);
}

#[test]
fn events_of_the_future_are_refused_unless_allowed() {
    let event = r#"{"specversion":"1.0","id":"1","source":"/t","type":"search.performed","time":"2999-01-01T00:00:00Z","data":{"search":{"query":"q"}}}"#;
    let refused = run_with(&["screen", "--quiet"], event);
    assert_eq!(refused.code, Some(3));
    assert!(refused.err.contains("future 1"), "{}", refused.err);
    assert_eq!(run_with(&["screen", "--quiet", "--future-max", "any"], event).code, Some(0));
    assert_eq!(run_with(&["screen", "--future-max", "soon"], event).code, Some(2));
}

#[test]
fn a_table_without_a_column_is_refused_whole() {
    let ran =
        run_with(&["screen", "--quiet", "--map", "examples/ira.toml"], "account\ttext\na\tb\n");
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("the table has no column `ts`"), "{}", ran.err);
}

#[test]
fn nothing_at_all_is_no_error_and_missing_files_are() {
    let ran = run_with(&["screen", "--quiet"], "");
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), ""));
    let ran = run(&["screen", "--quiet", "no-such-file.ndjson"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("cannot read `no-such-file.ndjson`"), "{}", ran.err);
    let ran = run(&["screen", "--quiet", "--policies", "docs", "examples/events.ndjson"]);
    assert!(ran.err.contains("holds no policy files"), "{}", ran.err);
}

#[test]
fn the_reject_list_does_not_overwrite_what_is_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let (input, store) = (folder.path().join("e.ndjson"), folder.path().join("p.db"));
    std::fs::copy(crate::root().join("examples/events.ndjson"), &input).unwrap();
    let before = std::fs::read(&input).unwrap();
    let key = folder.path().join("p.db.key");
    for victim in [&input, &store, &key] {
        let ran = run(&[
            "screen",
            "--quiet",
            "--store",
            text(&store),
            "--rejects",
            text(victim),
            text(&input),
        ]);
        assert_eq!(ran.code, Some(1), "{}", victim.display());
        assert!(ran.err.contains("is in use for something else"), "{}", ran.err);
        assert_eq!(
            run(&["screen", "--quiet", "--store", text(&store), text(&input)]).code,
            Some(if victim == &input { 0 } else { 3 })
        );
    }
    assert_eq!(std::fs::read(&input).unwrap(), before);
    assert_eq!(run(&["ledger", "verify", "--quiet", text(&store)]).code, Some(0));
}

#[test]
fn a_destroyed_store_is_not_called_sound() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("p.db");
    for length in [0, 1, 50] {
        std::fs::write(&store, vec![b'S'; length]).unwrap();
        let ran = run(&["ledger", "verify", "--quiet", text(&store)]);
        assert_eq!(ran.code, Some(1), "{length} bytes: {}", ran.err);
        assert_eq!(std::fs::read(&store).unwrap().len(), length, "looking must not change it");
    }
}

#[cfg(unix)]
#[test]
fn a_policy_file_that_cannot_be_read_is_not_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("/nowhere/rules.toml", folder.path().join("a.toml")).unwrap();
    let ran = run(&["rules", "check", text(folder.path())]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("a.toml` cannot be read"), "{}", ran.err);
    std::fs::remove_file(folder.path().join("a.toml")).unwrap();
    std::fs::write(folder.path().join("a.toml"), "").unwrap();
    let ran =
        run(&["screen", "--quiet", "--policies", text(folder.path()), "examples/events.ndjson"]);
    assert!(
        ran.code == Some(1) && ran.err.contains("no rule: nothing would be judged"),
        "{}",
        ran.err
    );
}

#[test]
fn what_was_read_before_an_input_failed_is_judged_and_counted() {
    let ran = run(&["screen", "--quiet", "examples/events.ndjson", "no-such-file.ndjson"]);
    assert_eq!((ran.code, ran.out.lines().count()), (Some(1), 7));
    assert!(ran.err.contains("12 events in") && ran.err.contains("no-such-file"), "{}", ran.err);
}
