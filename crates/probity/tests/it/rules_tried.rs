//! Rules are tried before anybody proposes them: through the API (checks, cases, differences,
//! words, back-tests) and from the command line (expressions, coverage, mutations).

use serde_json::{Value, json};

use crate::looking_back::json_lines;
use crate::rules_work::{Person, TESTED, file, folder, screened, version};
use crate::server::{PATIENCE, Server, decided, harmless};
use crate::{run, run_with, text};

#[tokio::test]
async fn a_check_names_what_is_wrong_and_changes_nothing() {
    let folder = folder();
    let server = Server::start(folder.path(), "");
    let reader = Person::new(&server, "reader", "analyst");
    let before = server.get("/v1/policies").await;
    let broken = TESTED.replace("content.text.", "content.txt.");
    let body = json!({ "files": { "tested.toml": broken } });
    let (status, checked) = reader.post("/v1/rules/check", &body).await;
    assert_eq!((status, &checked["errors"], &checked["rules"]), (200, &json!(1), &Value::Null));
    let found = &checked["diagnostics"][0];
    assert_eq!((&found["code"], &found["level"]), (&json!("E004"), &json!("error")), "{found}");
    let place = ["file", "line", "column", "end_column"].map(|key| found[key].clone());
    assert_eq!(place, [json!("tested.toml"), json!(11), json!(48), json!(59)]);
    assert_eq!(found["hint"], "did you mean `content.text`?");

    let body = json!({ "files": { "tested.toml": TESTED } });
    let (_, checked) = reader.post("/v1/rules/check", &body).await;
    assert_eq!((&checked["errors"], &checked["warnings"]), (&json!(0), &json!(0)), "{checked}");
    assert_ne!(checked["version"], before["version"]);
    let names = json!({ "files": { "../tested.toml": TESTED } });
    for (body, path) in [(&names, "check"), (&names, "test"), (&names, "diff")] {
        let (status, answer) = reader.post(&format!("/v1/rules/{path}"), body).await;
        assert_eq!((status, &answer["code"]), (400, &json!("wrong_request")), "{path}");
    }
    assert_eq!(server.get("/v1/policies").await, before);
}

#[tokio::test]
async fn the_cases_of_changed_rules_are_run_and_named_where_they_fail() {
    let folder = folder();
    let server = Server::start(folder.path(), "");
    let reader = Person::new(&server, "reader", "analyst");
    let test = async |text: String| {
        let body = json!({ "files": { "tested.toml": text } });
        reader.post("/v1/rules/test", &body).await.1
    };
    let good = test(TESTED.to_owned()).await;
    assert_eq!((&good["failures"], &good["errors"]), (&json!([]), &json!(0)), "{good}");
    let failing = test(TESTED.replace("(\"curcubeu\")", "(\"un nor\")")).await;
    assert_eq!(failing["cases"], good["cases"]);
    let first = &failing["failures"][0];
    let told = ["name", "file", "what", "expected", "found"].map(|key| first[key].as_str());
    assert_eq!(told.map(Option::unwrap), ["the word", "tested.toml", "fires", "tested_word", ""]);
    assert_eq!(first["line"], 16);
    assert_eq!(failing["failures"].as_array().unwrap().len(), 2, "{failing}");
    // With an error no case is run.
    let broken = test(TESTED.replace("content.text.", "content.txt.")).await;
    assert_eq!((&broken["failures"], &broken["errors"]), (&json!([]), &json!(1)), "{broken}");
}

#[tokio::test]
async fn a_difference_names_lines_and_rules() {
    let folder = folder();
    let server = Server::start(folder.path(), "");
    let reader = Person::new(&server, "reader", "analyst");
    let spam = file(&server, "spam.toml").await;
    let changed = spam.replace("posts_last_hour >= 60", "posts_last_hour >= 61");
    let civic = file(&server, "civic.toml").await;
    let files = json!({ "spam.toml": changed, "tested.toml": TESTED, "challenges.toml": null,
        "civic.toml": civic });
    let (_, found) = reader.post("/v1/rules/diff", &json!({ "files": files })).await;
    assert_eq!(found["is_complete"], true, "{found}");
    let list = |key: &str, name: &str| -> Vec<String> {
        let items = found[key].as_array().unwrap().iter();
        items.map(|item| item[name].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(list("files", "name"), ["challenges.toml", "spam.toml", "tested.toml"]);
    assert_eq!(list("files", "state"), ["removed", "changed", "added"]);
    assert_eq!(list("added", "id"), ["tested_word"]);
    assert_eq!(list("removed", "id"), ["challenge_tag", "challenge_wave"]);
    assert_eq!(list("changed", "id"), ["post_burst"]);
    let burst = &found["changed"][0];
    assert_eq!(burst["what"], json!(["condition"]));
    assert!(burst["before"]["condition"].as_str().unwrap().ends_with(">= 60"), "{burst}");
    assert!(burst["after"]["condition"].as_str().unwrap().ends_with(">= 61"), "{burst}");
    let lines = ["lines_added", "lines_removed"].map(|key| &found["files"][1][key]);
    assert_eq!(lines, [1, 1]);
    let unified = found["files"][1]["unified"].as_str().unwrap();
    assert!(unified.contains("\n-when = ") && unified.contains("\n+when = "), "{unified}");
}

#[tokio::test]
async fn the_vocabulary_holds_what_rules_can_say() {
    let folder = folder();
    let server = Server::start(folder.path(), "");
    let words = server.get("/v1/rules/vocabulary").await;
    assert_eq!(words["version"], version(&server).await);
    let holds = |key: &str, expected: Value| {
        let items = words[key].as_array().unwrap();
        assert!(items.contains(&expected), "{key} lacks {expected}");
    };
    holds("fields", json!({ "name": "content.text", "kind": "string", "group": "content" }));
    holds("counters", json!({ "name": "posts_last_hour", "kind": "int" }));
    holds("lists", json!({ "name": "ro_voting", "kind": "terms" }));
    holds("effects", json!("remove"));
    let find = |key: &str, name: &str| -> Value {
        let items = words[key].as_array().unwrap();
        items.iter().find(|item| item["name"] == name || item["id"] == name).unwrap().clone()
    };
    let mentions = find("functions", "mentions");
    let shown = (&mentions["signature"], &mentions["kind"]);
    assert_eq!(shown, (&json!("mentions(\"list\")"), &json!("bool")));
    assert!(!mentions["doc"].as_str().unwrap().is_empty());
    assert!(!find("policies", "civic.voting")["title"].as_str().unwrap().is_empty());
    assert!(!find("event_types", "rule.paused")["doc"].as_str().unwrap().is_empty());
    assert_eq!(words["stages"], json!(["draft", "shadow", "1%", "10%", "50%", "live"]));
}

/// Asks until the back-test with that number has ended.
async fn ended(server: &Server, id: u64) -> Value {
    let look = async {
        loop {
            let whole = server.get(&format!("/v1/backtests/{id}")).await;
            if whole["backtest"]["state"] != "running" {
                return whole;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, look).await.expect("the back-test never ended")
}

/// Begins a back-test of one changed file; the one before may have told its end and not be gone.
async fn begin(person: &Person<'_>, file: &str, text: &str) -> u64 {
    let body = json!({ "files": { file: text }, "title": "What if" });
    let ask = async {
        loop {
            let (status, answer) = person.post("/v1/backtests", &body).await;
            if status != 429 {
                assert_eq!(status, 200, "{answer}");
                return answer["id"].as_u64().unwrap();
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, ask).await.expect("the back-test never began")
}

#[tokio::test]
async fn a_back_test_counts_what_a_change_would_have_done() {
    let folder = folder();
    let server = Server::start(folder.path(), "");
    let ana = Person::new(&server, "ana", "author");
    let met = (0..8).map(|n| decided(&format!("v-{n}")));
    let lines: Vec<String> = met.chain((0..3).map(|n| harmless(&format!("h-{n}")))).collect();
    server.events(&lines.join("\n")).await;
    let broken =
        json!({ "files": { "tested.toml": TESTED.replace("content.text.", "content.txt.") } });
    let (status, answer) = ana.post("/v1/backtests", &broken).await;
    assert_eq!((status, &answer["code"]), (422, &json!("policies")), "{answer}");
    assert_eq!(server.get("/v1/backtests").await, json!([]), "what has errors is not tried");
    let civic = file(&server, "civic.toml").await;
    let named = "id = \"ro_voting_method\"\n";
    let without = civic.replace(named, &format!("{named}stage = \"draft\"\n"));
    let done = ended(&server, begin(&ana, "civic.toml", &without).await).await;
    assert_eq!(
        (&done["backtest"]["state"], &done["backtest"]["title"]),
        (&json!("done"), &json!("What if"))
    );
    assert_eq!(done["backtest"]["author"], ana.name());
    let counts = |done: &Value| {
        let keys = ["events", "decisions_before", "decisions_after", "added", "removed", "changed"];
        keys.map(|key| done["result"][key].as_u64().unwrap())
    };
    assert_eq!(counts(&done), [11, 8, 0, 0, 8, 0], "{done}");
    assert_eq!(done["result"]["base"], version(&server).await);
    let rule = &done["result"]["rules"][0];
    let fired = (&rule["rule"], &rule["fired_before"], &rule["fired_after"]);
    assert_eq!(fired, (&json!("ro_voting_method"), &json!(8), &json!(0)));

    let list = file(&server, "lists/ro_voting.txt").await;
    let longer = format!("{list}\nun curcubeu\n");
    let done = ended(&server, begin(&ana, "lists/ro_voting.txt", &longer).await).await;
    assert_eq!(counts(&done), [11, 8, 11, 3, 0, 0], "{done}");
    assert_eq!(done["result"]["accounts_added"], 3);
    assert_eq!(server.get("/v1/backtests").await[0]["id"], done["backtest"]["id"]);
    // Nothing of it is in force, and who may not see decisions does not see them here.
    assert_eq!(screened(&server, "h-9").await, Value::Null);
    let request = server.http.get(server.url("/v1/backtests/1"));
    let request = request.bearer_auth(server.make_key("policies:read rules:propose"));
    assert_eq!(request.send().await.unwrap().status(), 403);
}

#[tokio::test]
async fn back_tests_run_one_at_a_time_and_are_cancelled_once() {
    let folder = folder();
    let server = Server::start(folder.path(), "");
    let ana = Person::new(&server, "ana", "author");
    // Enough for three looks at whether it is to go on.
    let lines: Vec<String> = (0..9_000).map(|n| harmless(&format!("h-{n}"))).collect();
    let answer: Value = server.events(&lines.join("\n")).await.json().await.unwrap();
    assert_eq!(answer["accepted"], 9_000);
    let id = begin(&ana, "tested.toml", TESTED).await;
    let body = json!({ "files": { "tested.toml": TESTED } });
    let (status, second) = ana.post("/v1/backtests", &body).await;
    assert_eq!((status, &second["code"]), (409, &json!("job_running")), "{second}");
    let path = format!("/v1/backtests/{id}/cancel");
    assert_eq!(ana.post(&path, &json!({})).await, (200, json!({ "id": id })));
    let whole = ended(&server, id).await;
    assert_eq!(
        (&whole["backtest"]["state"], &whole["result"]),
        (&json!("cancelled"), &Value::Null)
    );
    let (status, again) = ana.post(&path, &json!({})).await;
    assert_eq!((status, &again["code"]), (409, &json!("decided")), "{again}");
    assert_eq!(ana.post("/v1/backtests/99/cancel", &json!({})).await.0, 404);
}

#[test]
fn an_expression_is_worth_what_it_says() {
    for (expression, value) in [
        (r#"size("héllo") > 4 && duration("90m") == duration("1h30m")"#, "true"),
        (r#"timestamp("2024-11-20T08:00:00Z") + duration("1h")"#, r#""2024-11-20T09:00:00Z""#),
        (r#""b" in ["a", "b"] && "abc".matches("a.c")"#, "true"),
        (r#"true || content.text == "a""#, "true"),
        (r#"false && content.text == "a""#, "false"),
        (r#"duration("1500ms")"#, r#""1.5s""#),
        ("event.type", r#""search.performed""#),
        ("7.0 / 2", "3.5"),
        ("content.text", "unknown"),
        ("1 / 0 == 1", "unknown"),
        ("9223372036854775807 + 1", "unknown"),
    ] {
        let ran = run(&["rules", "eval", expression]);
        assert_eq!((ran.code, ran.out.trim()), (Some(0), value), "{expression}: {}", ran.err);
    }
    for (expression, code) in [
        ("1 +", "E002"),
        ("[1]", "E003"),
        ("no_such_counter", "E004"),
        ("mention(\"x\")", "E005"),
        ("1 == \"1\"", "E006"),
        ("mentions(\"ro_voting\")", "E008"),
    ] {
        let ran = run(&["rules", "eval", expression]);
        assert!(ran.code == Some(1) && ran.err.contains(code), "{expression}: {}", ran.err);
    }
    // On an event, with the lists and counters of a set.
    let folder = folder();
    let event = folder.path().join("event.json");
    std::fs::write(&event, decided("v-1")).unwrap();
    for (expression, value) in [
        ("mentions(\"ro_voting\") && !mentions(\"fr_voting\")", "true"),
        ("account.age_days", "2"),
        ("posts_last_hour", "0"),
    ] {
        let args = ["rules", "eval", expression, "--policies", "policies", "--event", text(&event)];
        let ran = run(&args);
        assert_eq!((ran.code, ran.out.trim()), (Some(0), value), "{expression}: {}", ran.err);
    }
}

#[test]
fn expressions_are_answered_line_by_line() {
    let asked = r#"{"id":1,"expr":"1 + 1"}
{"id":"second","expr":"1 / 0"}
{"id":["third"],"expr":"1 +"}
"#;
    let ran = run_with(&["rules", "eval", "--lines"], asked);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let told = json_lines(&ran.out);
    assert_eq!(told[0], json!({ "id": 1, "kind": "int", "value": 2 }));
    assert_eq!(told[1], json!({ "id": "second", "unknown": true }));
    assert_eq!((&told[2]["id"], &told[2]["error"]["code"]), (&json!(["third"]), &json!("E002")));
    let wrong = run_with(&["rules", "eval", "--lines"], "{\"id\":1}\n");
    assert!(wrong.code == Some(1) && wrong.err.contains("line 1"), "{}", wrong.err);
    assert_eq!(run(&["rules", "eval"]).code, Some(2));
}

#[test]
fn every_shipped_rule_fires_in_a_case_and_no_comparison_can_be_turned_round_unnoticed() {
    let ran = run(&["rules", "test", "policies", "--coverage", "--mutate", "--quiet"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.err.contains(" 0 failed") && ran.err.contains(" 0 unnoticed"), "{}", ran.err);
}

#[test]
fn a_rule_that_lacks_a_case_is_named() {
    let folder = folder();
    let policy = "policy = [{ id = 'p', title = 't', severity = 1, text = 'x', dsa = { category = 'SCAMS_AND_FRAUD' } }]\n";
    let rule = "[[rule]]\nid = 'many_flags'\npolicy = 'p'\nwhen = 'event.type == \"flag.raised\" && flags() > 5'\nthen = ['review']\n";
    let case = "[[case]]\nname = 'the seventh'\nevent = { type = 'flag.raised', content = { id = 'v' }, flag = { reason = 'spam' } }\nknown = { flags = 6 }\nfires = ['many_flags']\n";
    let file = folder.path().join("a.toml");
    std::fs::write(&file, format!("{policy}{rule}")).unwrap();
    let test = |options: &[&str]| {
        let args = [&["rules", "test", text(folder.path()), "--quiet"][..], options].concat();
        run(&args)
    };
    assert_eq!(test(&[]).code, Some(0), "without being asked it says nothing");
    let covered = test(&["--coverage"]);
    assert_eq!(covered.code, Some(4));
    assert!(covered.err.contains("a.toml: `many_flags`: no test makes it fire"), "{}", covered.err);
    let first = json_lines(&test(&["--coverage", "--json"]).out).swap_remove(0);
    assert_eq!(first, json!({ "rule": "many_flags", "file": "a.toml", "never": "true" }));
    let turned = test(&["--mutate"]);
    assert_eq!(turned.code, Some(4));
    assert!(turned.err.contains("no test notices `<=` in flags() > 5"), "{}", turned.err);
    assert!(turned.err.contains("2 comparisons inverted, 2 unnoticed"), "{}", turned.err);

    std::fs::write(&file, format!("{policy}{rule}{case}")).unwrap();
    let covered = test(&["--coverage", "--mutate"]);
    assert_eq!(covered.code, Some(0), "{}", covered.err);
    // What is never false is told, and is no reason to refuse.
    assert!(covered.err.contains("never false: flags() > 5"), "{}", covered.err);
    std::fs::write(&file, format!("{policy}{rule}{}", case.replace("flags = 6", "flags = 4")))
        .unwrap();
    assert_eq!(test(&["--mutate"]).code, Some(4), "a case that fails is enough");
}
