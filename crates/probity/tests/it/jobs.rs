//! Jobs outlive the server: what was begun is finished, or said to have failed.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::rules_work::{Person, TESTED, folder};
use crate::server::{PATIENCE, Server, harmless};

/// The answer at `path` once `is_so` holds of it.
pub(crate) async fn awaited(server: &Server, path: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let asked = async {
        loop {
            let answer = server.get(path).await;
            if is_so(&answer) {
                return answer;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, asked).await.expect("it never came so far")
}

/// Activates a rule that acts on every `harmless` event, without a breaker.
async fn activate(server: &Server) {
    let mut files = server.get("/v1/policies").await["files"].clone();
    files["tested.toml"] = json!(TESTED.replace("breaker = { actions_per_minute = 5 }\n", ""));
    let body = json!({ "files": files }).to_string();
    let response = server.ask(Method::PUT, "/v1/policies").body(body).send().await.unwrap();
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn judging_again_goes_on_after_the_server_was_killed() {
    let folder = folder();
    let server = Server::start(folder.path(), "");
    let lines: Vec<String> = (0..60).map(|n| harmless(&format!("h-{n}"))).collect();
    server.events(&lines.join("\n")).await;
    activate(&server).await;
    let ben = Person::new(&server, "ben", "approver");
    let asked = json!({ "reason": "a word was added", "per_second": 20 });
    let (status, job) = ben.post("/v1/rejudgement", &asked).await;
    assert_eq!((status, &job["state"]), (200, &json!("looking")), "{job}");
    let id = job["id"].as_u64().unwrap();
    let (status, second) = ben.post("/v1/rejudgement", &asked).await;
    assert_eq!((status, &second["code"]), (409, &json!("job_running")), "{second}");
    let text = second["detail"].as_str().unwrap();
    assert!(text.starts_with(&format!("judging live content again is under way as job {id};")));
    let is_begun = |job: &Value| job["handed_in"].as_u64().unwrap() >= 4;
    awaited(&server, "/v1/rejudgement", is_begun).await;
    server.kill();
    let server = Server::start(folder.path(), "");
    let job = awaited(&server, &format!("/v1/jobs/{id}"), |job| job["state"] != "running").await;
    assert_eq!((&job["state"], &job["attempts"]), (&json!("done"), &json!(2)), "{job}");
    let last = server.get("/v1/rejudgement").await;
    let affected = last["found"]["affected"].as_u64().unwrap();
    assert!(last["id"] == id && affected > 0 && affected <= 56, "{last}");
    // Nothing was done twice, and nothing was left out.
    let page = server.get("/v1/decisions?effect=limit&limit=200").await;
    let decisions = page["items"].as_array().unwrap();
    let subjects: BTreeSet<&str> =
        decisions.iter().map(|one| one["decision"]["subject"].as_str().unwrap()).collect();
    assert_eq!((decisions.len(), subjects.len()), (60, 60));
    server.stop();
    // It is remembered when nothing of it is in memory.
    let server = Server::start(folder.path(), "");
    assert_eq!(server.get("/v1/rejudgement").await, last);
    let jobs = server.get("/v1/jobs").await;
    let kinds: Vec<&str> =
        jobs.as_array().unwrap().iter().map(|job| job["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["rejudging", "policies"]);
}

#[tokio::test]
async fn a_back_test_that_the_server_broke_off_has_failed_and_can_be_begun_again() {
    let folder = folder();
    let server = Server::start(folder.path(), "");
    let ana = Person::new(&server, "ana", "author");
    let lines: Vec<String> = (0..9_000).map(|n| harmless(&format!("h-{n}"))).collect();
    server.events(&lines.join("\n")).await;
    let asked = json!({ "files": { "tested.toml": TESTED }, "title": "a word" });
    let (status, begun) = ana.post("/v1/backtests", &asked).await;
    assert_eq!(status, 200, "{begun}");
    let path = format!("/v1/jobs/{}", begun["id"]);
    server.kill();
    let server = Server::start(folder.path(), "");
    let job = awaited(&server, &path, |job| job["state"] != "running").await;
    assert_eq!((&job["state"], &job["kind"]), (&json!("failed"), &json!("backtest")), "{job}");
    assert_eq!(job["error"]["code"], "job_failed", "{job}");
    let ana = Person::again(&server, "ana");
    let (status, new) = ana.post(&format!("{path}/retry"), &json!({})).await;
    assert_eq!((status, &new["what"]), (200, &json!("a word")), "{new}");
    let path = format!("/v1/jobs/{}", new["id"]);
    let done = awaited(&server, &path, |job| job["state"] != "running").await;
    assert_eq!((&done["state"], &done["result"]), (&json!("done"), &Value::Null), "{done}");
    let (status, again) = ana.post(&format!("{path}/retry"), &json!({})).await;
    assert_eq!((status, &again["code"]), (409, &json!("decided")), "{again}");
}
