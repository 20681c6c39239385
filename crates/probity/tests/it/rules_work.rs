//! The work of rule authors through the API: proposals, stages, pauses.

use ledger::{Inclusion, PublicKey};
use reqwest::Method;
use serde_json::{Value, json};
use types::EventKey;

use crate::server::{Server, decided, harmless};
use crate::{run, text};

/// A file with one rule. It speaks on every `harmless` event, and may act five times in a minute.
pub(crate) const TESTED: &str = r#"[[policy]]
id = "test.words"
title = "Words that are tested"
severity = 3
text = "We do not allow the word that is tested."
dsa = { category = "SCAMS_AND_FRAUD" }

[[rule]]
id = "tested_word"
policy = "test.words"
when = '''event.type == "content.published" && content.text.contains("curcubeu")'''
then = ["limit"]
breaker = { actions_per_minute = 5 }

[[test]]
name = "the word"
event = { type = "content.published", account = { id = "a1" }, content = { id = "v1", text = "un curcubeu" } }
fires = ["tested_word"]
effects = ["limit"]
"#;

/// Who writes rules, and decides on those of others.
const APPROVER: &str = "approver";

pub(crate) fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// Somebody who is signed in.
pub(crate) struct Person<'a> {
    server: &'a Server,
    who: String,
}

impl<'a> Person<'a> {
    pub(crate) fn new(server: &'a Server, who: &str, role: &str) -> Self {
        crate::casework::hire(server, who, &[role], &[]);
        Self { server, who: who.to_owned() }
    }

    /// Somebody who was hired before the server started again.
    pub(crate) fn again(server: &'a Server, who: &str) -> Self {
        Self { server, who: who.to_owned() }
    }

    /// The name under which is kept what this person does.
    pub(crate) fn name(&self) -> String {
        format!("staff {}", self.who)
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let request = self.server.by(&self.who, Method::POST, path).await;
        let response = request.json(body).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    async fn propose(&self, file: &str, text: &str) -> (u16, Value) {
        let body = json!({ "files": { file: text }, "reason": "the word spreads" });
        self.post("/v1/proposals", &body).await
    }

    /// Proposes something sound; returns its number.
    async fn proposed(&self, file: &str, text: &str) -> u64 {
        let (status, answer) = self.propose(file, text).await;
        assert_eq!(status, 200, "{answer}");
        answer["id"].as_u64().unwrap()
    }

    /// Decides a proposal; returns the status, and what became of it or the code of the problem.
    async fn decide(&self, verdict: &str, id: u64) -> (u16, String) {
        let path = format!("/v1/proposals/{id}/{verdict}");
        let (status, answer) = self.post(&path, &json!({ "reason": "read it twice" })).await;
        let name = if status == 200 { &answer["state"] } else { &answer["code"] };
        (status, name.as_str().unwrap().to_owned())
    }

    async fn stage(&self, rule: &str, stage: &str) -> (u16, Value) {
        let body = json!({ "stage": stage, "reason": "too many honest people" });
        self.post(&format!("/v1/rules/{rule}/stage"), &body).await
    }
}

fn problem(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

pub(crate) async fn version(server: &Server) -> Value {
    server.get("/v1/policies").await["version"].clone()
}

/// The text of a file in force.
pub(crate) async fn file(server: &Server, name: &str) -> String {
    server.get("/v1/policies").await["files"][name].as_str().unwrap().to_owned()
}

async fn rule(server: &Server, id: &str) -> Value {
    let rules = server.get("/v1/rules").await;
    rules.as_array().unwrap().iter().find(|rule| rule["id"] == id).unwrap().clone()
}

/// What is decided on a new `harmless` event.
pub(crate) async fn screened(server: &Server, id: &str) -> Value {
    let request = server.ask(Method::POST, "/v1/screen").body(harmless(id));
    let answer: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["status"], "accepted", "{answer}");
    answer["decision"].clone()
}

/// Puts `TESTED` in force beside the other files.
async fn activate(server: &Server) {
    let mut files = server.get("/v1/policies").await["files"].clone();
    files["tested.toml"] = json!(TESTED);
    let body = json!({ "files": files }).to_string();
    let response = server.ask(Method::PUT, "/v1/policies").body(body).send().await.unwrap();
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn a_change_of_rules_needs_a_second_person() {
    let folder = folder();
    let server = Server::start(folder.path(), "");
    let ana = Person::new(&server, "ana", APPROVER);
    let ben = Person::new(&server, "ben", APPROVER);
    let author_only = Person::new(&server, "author", "author");
    let id = ana.proposed("tested.toml", TESTED).await;
    let whole = server.get(&format!("/v1/proposals/{id}")).await;
    assert_eq!(whole["difference"]["added"][0]["id"], "tested_word");
    assert_eq!(
        (&whole["checkup"]["errors"], &whole["tested"]["failures"]),
        (&json!(0), &json!([]))
    );
    assert_eq!(server.get("/v1/proposals?state=open").await["items"][0]["author"], ana.name());
    assert_eq!(screened(&server, "w-1").await, Value::Null, "it only waits");

    assert_eq!(ana.decide("approve", id).await, problem(403, "wrong_person"));
    assert_eq!(author_only.decide("approve", id).await, problem(403, "forbidden"));
    assert_eq!(ben.decide("approve", id).await, (200, "approved".to_owned()));
    let decided = screened(&server, "w-2").await;
    assert_eq!(decided["effects"][0]["effect"], "limit", "in force as soon as the answer came");
    let policies = server.get("/v1/policies").await;
    let told = server.get(&format!("/v1/proposals/{id}")).await["proposal"]["decided"].clone();
    assert_eq!((&told["version"], &told["by"]), (&policies["version"], &json!(ben.name())));
    assert_eq!(policies["history"][0]["version"], policies["version"]);
    assert_eq!(ben.decide("approve", id).await, problem(409, "decided"));

    // Who and why stand in the ledger, and can be proven.
    let seq = policies["history"][0]["seq"].to_string();
    let store = folder.path().join("p.db");
    let shown =
        run(&["ledger", "show", text(&store), "--json", "--from", &seq, "--limit", "1"]).out;
    let shown: Value = serde_json::from_str(&shown).unwrap();
    let entry = &shown["entry"];
    assert_eq!((&entry["kind"], &entry["version"]), (&json!("policies"), &policies["version"]));
    assert_eq!(entry["reason"], "the word spreads");
    assert_eq!((&entry["author"], &entry["approver"]), (&json!(ana.name()), &json!(ben.name())));
    let head = server.get("/v1/ledger/head").await;
    let proof = server.get(&format!("/v1/ledger/proof?seq={seq}")).await;
    let proof: Inclusion = serde_json::from_value(proof).unwrap();
    proof.check(&PublicKey::from_hex(head["key"].as_str().unwrap()).unwrap()).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&proof.entry).unwrap(), *entry);
}

#[tokio::test]
async fn a_proposal_is_stale_once_its_file_changed_and_only_then() {
    let folder = folder();
    let server = Server::start(folder.path(), "");
    let ana = Person::new(&server, "ana", APPROVER);
    let ben = Person::new(&server, "ben", APPROVER);
    let (spam, civic) = (file(&server, "spam.toml").await, file(&server, "civic.toml").await);
    let first = ana.proposed("spam.toml", &format!("{spam}# Looked through.\n")).await;
    let second = ana.proposed("spam.toml", &format!("{spam}# Looked through again.\n")).await;
    let third = ana.proposed("civic.toml", &format!("{civic}# Looked through.\n")).await;
    assert_eq!(ben.decide("approve", second).await.0, 200);
    assert_eq!(ben.decide("approve", first).await, problem(409, "stale"));
    assert_eq!(ben.decide("approve", first).await, problem(409, "decided"));
    let stale = server.get("/v1/proposals?state=stale").await;
    assert_eq!((&stale["items"][0]["id"], &stale["items"][1]), (&json!(first), &Value::Null));
    let why = stale["items"][0]["decided"]["reason"].as_str().unwrap();
    assert!(why.contains("spam.toml") && why.contains("propose it again"), "{why}");
    // The third changes another file: what came between stays.
    assert_eq!(ben.decide("approve", third).await.0, 200);
    assert!(file(&server, "spam.toml").await.ends_with("# Looked through again.\n"));
    assert!(file(&server, "civic.toml").await.ends_with("# Looked through.\n"));
}

#[tokio::test]
async fn of_two_who_approve_at_once_one_does_it() {
    let folder = folder();
    let server = Server::start(folder.path(), "");
    let ana = Person::new(&server, "ana", APPROVER);
    let ben = Person::new(&server, "ben", APPROVER);
    let eve = Person::new(&server, "eve", APPROVER);
    let id = ana.proposed("tested.toml", TESTED).await;
    let (one, other) = tokio::join!(ben.decide("approve", id), eve.decide("approve", id));
    let mut answers = [one, other];
    answers.sort();
    assert_eq!(answers[0], (200, "approved".to_owned()));
    let others = [problem(409, "decided"), problem(409, "job_running")];
    assert!(others.contains(&answers[1]), "{answers:?}");
    assert_eq!(server.get("/v1/policies").await["history"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn its_author_withdraws_a_proposal_and_others_reject_it() {
    let folder = folder();
    let server = Server::start(folder.path(), "");
    let ana = Person::new(&server, "ana", APPROVER);
    let ben = Person::new(&server, "ben", APPROVER);
    let before = version(&server).await;
    let (first, second) =
        (ana.proposed("tested.toml", TESTED).await, ana.proposed("tested.toml", TESTED).await);
    assert_eq!(ben.decide("withdraw", first).await, problem(403, "wrong_person"));
    assert_eq!(ana.decide("reject", first).await, problem(403, "wrong_person"));
    assert_eq!(ana.decide("withdraw", first).await, (200, "withdrawn".to_owned()));
    assert_eq!(ben.decide("reject", second).await, (200, "rejected".to_owned()));
    for id in [first, second] {
        assert_eq!(ben.decide("approve", id).await, problem(409, "decided"));
        assert_eq!(ben.decide("reject", id).await, problem(409, "decided"));
        assert_eq!(ana.decide("withdraw", id).await, problem(409, "decided"));
    }
    assert_eq!(ben.decide("approve", 99).await, problem(404, "not_found"));
    assert_eq!(version(&server).await, before);
}

#[tokio::test]
async fn what_is_unsound_is_not_proposed() {
    let folder = folder();
    let server = Server::start(folder.path(), "");
    let ana = Person::new(&server, "ana", APPROVER);
    let broken = TESTED.replace("content.text.", "content.txt.");
    let (status, answer) = ana.propose("tested.toml", &broken).await;
    assert_eq!((status, &answer["code"]), (422, &json!("policies")), "{answer}");
    assert_eq!(answer["diagnostics"][0]["code"], "E004");
    let spam = file(&server, "spam.toml").await;
    let higher = spam.replace("posts_last_hour >= 60", "posts_last_hour >= 61");
    let (status, answer) = ana.propose("spam.toml", &higher).await;
    assert_eq!((status, &answer["code"]), (422, &json!("cases")), "{answer}");
    assert_eq!(answer["failures"][0]["name"], "an account after sixty posts in an hour");
    let (status, answer) = ana.propose("spam.toml", &spam).await;
    assert_eq!((status, &answer["code"]), (400, &json!("wrong_request")), "{answer}");
    for body in [
        json!({ "files": { "tested.toml": TESTED }, "reason": " " }),
        json!({ "files": { "tested.toml": TESTED } }),
        json!({ "files": { "tested.txt": TESTED }, "reason": "why" }),
    ] {
        let (status, answer) = ana.post("/v1/proposals", &body).await;
        assert_eq!((status, &answer["code"]), (400, &json!("wrong_request")), "{answer}");
    }
    assert_eq!(server.get("/v1/proposals").await["items"], json!([]));
}

#[tokio::test]
async fn a_rule_goes_down_at_once_and_up_step_by_step() {
    let folder = folder();
    let server = Server::start(folder.path(), "");
    let ana = Person::new(&server, "ana", APPROVER);
    let ben = Person::new(&server, "ben", APPROVER);
    let id = "ro_voting_method";
    let (status, down) = ana.stage(id, "shadow").await;
    assert_eq!((status, &down["state"]), (200, &json!("approved")), "{down}");
    assert_eq!(down["decided"]["version"], version(&server).await);
    assert_eq!(rule(&server, id).await["stage"], "shadow");
    let answer: Value = server.events(&decided("v-1")).await.json().await.unwrap();
    assert_eq!(answer["items"][0]["decision"]["effects"], json!([]), "{answer}");

    for wrong in ["10%", "live", "shadow", "half"] {
        let (status, answer) = ana.stage(id, wrong).await;
        assert_eq!((status, &answer["code"]), (400, &json!("wrong_request")), "{wrong}: {answer}");
    }
    assert_eq!(ana.stage("no_such_rule", "draft").await.0, 404);
    let (status, up) = ana.stage(id, "1%").await;
    assert_eq!((status, &up["state"]), (200, &json!("open")), "{up}");
    assert_eq!(up["summary"], "takes ro_voting_method from shadow to 1%");
    assert_eq!(rule(&server, id).await["stage"], "shadow", "it waits for a second person");
    let number = up["id"].as_u64().unwrap();
    assert_eq!(ana.decide("approve", number).await, problem(403, "wrong_person"));
    assert_eq!(ben.decide("approve", number).await.0, 200);
    assert_eq!(rule(&server, id).await["stage"], "1%");
    // Several steps down are one.
    assert_eq!(ben.stage(id, "draft").await.0, 200);
    assert_eq!(rule(&server, id).await["stage"], "draft");
    let states = server.get("/v1/proposals?state=approved").await;
    assert_eq!(states["items"].as_array().unwrap().len(), 3, "all of it can be looked up");
}

#[tokio::test]
async fn a_rule_that_does_too_much_is_paused_until_a_human_resumes_it() {
    let folder = folder();
    let server = Server::start(folder.path(), "");
    activate(&server).await;
    let lines: Vec<String> = (0..6).map(|n| harmless(&format!("w-{n}"))).collect();
    let answer: Value = server.events(&lines.join("\n")).await.json().await.unwrap();
    assert_eq!(answer["items"][5]["decision"]["effects"][0]["effect"], "limit", "{answer}");
    let shadow = screened(&server, "w-6").await;
    assert_eq!((&shadow["effects"], &shadow["reasons"][0]["shadow"]), (&json!([]), &json!(true)));
    let paused = rule(&server, "tested_word").await;
    assert_eq!(paused["paused"]["why"], "more than 5 actions in a minute", "{paused}");
    assert_eq!((&paused["hits"], &paused["shadow_hits"]), (&json!(6), &json!(1)));

    // A new start does not end it, nor does somebody who may not, nor a word about another rule.
    server.stop();
    let server = Server::start(folder.path(), "");
    assert_eq!(screened(&server, "w-7").await["effects"], json!([]));
    let (why, path) = (json!({ "reason": "looked at" }), "/v1/rules/tested_word/resume");
    let author_only = Person::new(&server, "author", "author");
    assert_eq!(author_only.post(path, &why).await.0, 403);
    let ben = Person::new(&server, "ben", APPROVER);
    assert_eq!(ben.post("/v1/rules/post_burst/resume", &why).await.0, 404);
    assert_eq!(ben.post(path, &json!({ "reason": "" })).await.0, 400);
    assert_eq!(ben.post(path, &why).await, (200, json!({ "rule": "tested_word" })));
    assert_eq!(rule(&server, "tested_word").await["paused"], Value::Null);
    let again = screened(&server, "w-8").await;
    assert_eq!(again["effects"][0]["effect"], "limit", "{again}");
    assert_eq!(ben.post(path, &why).await.0, 404, "it is paused no more");

    // Both are events like any other: recorded, and judged again by a verifier.
    let name = ben.name();
    server.stop();
    let (store, history) = (folder.path().join("p.db"), folder.path().join("history"));
    let rolled = run(&["history", "roll", text(&history), "--store", text(&store), "--quiet"]);
    assert_eq!(rolled.code, Some(0), "{}", rolled.err);
    let told = run(&[
        "history",
        "export",
        text(&history),
        "--type",
        "rule.paused",
        "--type",
        "rule.resumed",
    ]);
    let told: Vec<Value> =
        told.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<&str> = told.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["rule.paused", "rule.resumed"]);
    assert_eq!(told[0]["data"]["rule"]["reason"], "more than 5 actions in a minute");
    let resumed = json!({ "id": "tested_word", "reason": "looked at", "by": name });
    assert_eq!(told[1]["data"]["rule"], resumed);
    assert_eq!(run(&["ledger", "verify", text(&store), "--quiet"]).code, Some(0));
}

/// Events that only Probity itself may send: pauses, verdicts, what is filed elsewhere.
fn reserved() -> Vec<String> {
    let about = |kind: &str| {
        json!({ "specversion": "1.0", "id": kind, "source": "/probity", "type": kind,
            "time": "2024-11-20T08:05:00Z", "data": { "rule": { "id": "ro_voting_method" } } })
    };
    let mut again: Value = serde_json::from_str(&decided("v-1")).unwrap();
    again["data"]["rejudge"] = json!({ "of": "/test v-0", "reason": "other rules" });
    let forged = [
        (
            "case.closed",
            json!({"case": {"id": "c-1", "policy": "civic.voting",
            "verdict": "violation", "effects": ["terminate_account"], "by": "ana"}}),
        ),
        ("case.changed", json!({"case": {"id": "c-1", "step": "claimed"}})),
        ("notice.received", json!({"notice": {"id": "n", "channel": "trusted_flagger"}})),
        ("order.received", json!({"order": {"id": "o", "kind": "removal"}})),
        ("appeal.received", json!({"appeal": {"id": "a", "decision": "d"}})),
    ];
    let forged = forged.into_iter().map(|(kind, mut data)| {
        data["content"] = json!({"id": "v-1"});
        json!({ "specversion": "1.0", "id": kind, "source": "/test", "type": kind,
            "time": "2024-11-20T08:05:00Z", "data": data })
    });
    let own = [about("rule.paused"), about("rule.resumed"), again];
    own.into_iter().chain(forged).map(|event| event.to_string()).collect()
}

#[tokio::test]
async fn what_probity_tells_itself_nobody_else_may_send() {
    let folder = folder();
    let server = Server::start(folder.path(), "");
    let answer: Value = server.events(&reserved().join("\n")).await.json().await.unwrap();
    assert_eq!((&answer["accepted"], &answer["refused"]), (&json!(0), &json!(8)), "{answer}");
    for item in answer["items"].as_array().unwrap() {
        assert_eq!(item["reason"], "reserved");
    }
    let notice = answer["items"][5]["message"].as_str().unwrap();
    assert!(notice.contains("POST /v1/notices"), "says what to do instead: {notice}");
    assert_eq!(rule(&server, "ro_voting_method").await["paused"], Value::Null);
    assert_eq!(server.get("/v1/overview").await["refused"], 8);
    // Nor does a file bring it into a store, unless it is said to be the log of another.
    let store = folder.path().join("of-a-file.db");
    let args = ["screen", "--quiet", "--json", "--store", store.to_str().unwrap()];
    let ran = crate::run_with(&args, &reserved().join("\n"));
    assert!(
        ran.err.contains("\"reserved\": 8") || ran.err.contains("\"reserved\":8"),
        "{}",
        ran.err
    );
    let ran = crate::run_with(&[&args[..], &["--replay"]].concat(), &reserved().join("\n"));
    assert!(!ran.err.contains("reserved"), "{}", ran.err);
}

#[tokio::test]
async fn what_probity_tells_itself_nobody_else_may_ask_about_before_publication() {
    let folder = folder();
    let server = Server::start(folder.path(), "");
    for event in reserved() {
        let response = server.ask(Method::POST, "/v1/screen").body(event.clone()).send().await;
        let answer: Value = response.unwrap().json().await.unwrap();
        assert_eq!(answer["code"], "reserved", "{event}: {answer}");
    }
    assert_eq!(rule(&server, "ro_voting_method").await["paused"], Value::Null);
}

#[tokio::test]
async fn an_event_that_bears_the_name_of_a_pause_stops_neither_server_nor_pause() {
    let folder = folder();
    let server = Server::start(folder.path(), "");
    activate(&server).await;
    // What the event is called that will pause the rule because of `w-5`.
    let cause = EventKey::new("/test", "w-5").hex();
    let mut forged: Value = serde_json::from_str(&decided("x")).unwrap();
    forged["id"] = json!(format!("rule.paused-tested_word-1732089900000-{cause}"));
    forged["source"] = json!("/probity");
    let forged = forged.to_string();
    assert_eq!(server.events(&forged).await.status(), 400, "it is reserved");
    let lines: Vec<String> = (0..6).map(|n| harmless(&format!("w-{n}"))).collect();
    assert_eq!(server.events(&lines.join("\n")).await.status(), 200);
    assert_eq!(screened(&server, "w-6").await["reasons"][0]["shadow"], true);
}
