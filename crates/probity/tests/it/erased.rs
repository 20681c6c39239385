//! Erasing while everything runs: afterwards no file holds a word or an id of the person.

use std::path::{Path, PathBuf};

use reqwest::Method;
use serde_json::{Value, json};

use crate::casework::{act, staff};
use crate::filings::{CONFIG, notice, send};
use crate::rules_work::TESTED;
use crate::server::{Server, harmless};
use crate::{run, text};

const ACCOUNT: &str = "a\"7\\ñ'ș";
const WORDS: &str = "words of a person that nobody else says";

/// An event on which a human is asked.
fn post(id: &str, account: &str, content: &str, said: &str) -> String {
    json!({"specversion": "1.0", "id": id, "source": "/t", "type": "claim.rated",
    "time": "2026-08-01T12:00:00Z", "data": {
        "account": {"id": account, "name": said},
        "content": {"id": content, "kind": "video", "lang": "ro", "text": said},
        "claim": {"id": "c1", "rating": "false", "similarity": 0.91, "partner": "sample-check"},
    }})
    .to_string()
}

/// The files in `folder`, and those in folders in it, that hold `needle`.
fn places(folder: &Path, needle: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(places(&path, needle));
            continue;
        }
        // What goes away while this looks holds nothing.
        let bytes = std::fs::read(&path).unwrap_or_default();
        if bytes.windows(needle.len()).any(|window| window == needle.as_bytes()) {
            found.push(path);
        }
    }
    found
}

/// An id as it is, as JSON writes it, and as a text in JSON holds that.
fn forms(id: &str) -> Vec<String> {
    let escape = |text: &str| {
        let json = Value::from(text).to_string();
        json[1..json.len() - 1].to_owned()
    };
    vec![id.to_owned(), escape(id), escape(&escape(id))]
}

fn erase(server: &Server, subject: &str) -> String {
    let store = server.folder.join("p.db");
    let ran = run(&["erase", subject, "--store", text(&store), "--quiet"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    ran.err
}

fn assert_gone(server: &Server, needles: &[String]) {
    for needle in needles {
        assert_eq!(places(&server.folder, needle), Vec::<PathBuf>::new(), "{needle}");
    }
}

#[tokio::test]
async fn an_account_is_erased_while_the_server_runs_and_does_not_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), CONFIG);
    staff(&server, "ana", &["moderator"]).await;
    let events = [
        post("e-1", ACCOUNT, "v-1", WORDS),
        post("e-2", "other", "v-2", "of another"),
        post("e-3", "other", "v-3", "of another"),
    ];
    server.events(&events.join("\n")).await;
    let flag = json!({"specversion": "1.0", "id": "e-4", "source": "/t", "type": "flag.raised",
        "time": "2026-08-01T12:00:01Z", "data": {"content": {"id": "v-2"},
        "flag": {"reason": "spam", "by": ACCOUNT}}});
    server.events(&flag.to_string()).await;
    let (_, mine) = act(&server, "ana", "next", json!({})).await;
    let case = mine["case"]["id"].as_str().unwrap().to_owned();
    let note = format!("compare with account/{ACCOUNT}");
    let pass = json!({"do": "skip", "note": note});
    let (status, skipped) = act(&server, "ana", &case, pass).await;
    assert!(status == 200 || status == 400, "{skipped}");
    let needles = [forms(ACCOUNT), forms(WORDS), vec!["v-1\"".to_owned()]].concat();
    assert!(!places(folder.path(), WORDS).is_empty());
    let asked = |dry_run: bool| {
        let subject = format!("account/{ACCOUNT}");
        let body = json!({"subject": subject, "reason": "asked for it", "dry_run": dry_run});
        let request = server.ask(Method::POST, "/v1/erasures").json(&body);
        async move { request.send().await.unwrap().json::<Value>().await.unwrap() }
    };
    let would = asked(true).await;
    assert!(!places(folder.path(), WORDS).is_empty(), "only counted: {would}");
    let erased = asked(false).await;
    assert_eq!((&erased["entries"], &erased["rows"]), (&would["entries"], &would["rows"]));
    assert!(erased["entries"].as_u64() > Some(1), "{erased}");
    let line = &server.get("/v1/audit").await["items"][0];
    assert_eq!((&line["what"], &line["about"]), (&json!("erased"), &json!("asked for it")));
    assert_gone(&server, &needles);
    let known = server.get("/v1/subjects/content/v-2").await;
    assert!(!known.to_string().contains("\\\\ñ"), "{known}");
    // What goes on writes nothing of it again: cases, counters, snapshots.
    server.events(&harmless("v-9")).await;
    let (_, next) = act(&server, "ana", "next", json!({})).await;
    assert!(!next.to_string().contains(WORDS), "{next}");
    let store = server.folder.join("p.db");
    let again = erase(&server, &format!("account/{ACCOUNT}"));
    assert!(again.contains("nothing is stored"), "{again}");
    server.stop();
    let verified = run(&["ledger", "verify", text(&store), "--quiet"]);
    assert_eq!(verified.code, Some(0), "{}", verified.err);
    for needle in &needles {
        assert_eq!(places(folder.path(), needle), Vec::<PathBuf>::new(), "{needle}");
    }
    assert!(!places(folder.path(), "of another").is_empty(), "what is of others stays");
}

#[tokio::test]
async fn who_gave_notice_and_who_worked_here_are_erased_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), CONFIG);
    staff(&server, "ana", &["moderator"]).await;
    staff(&server, "zoe-q", &["moderator", "author"]).await;
    server.events(&[post("e-1", "one", "v-1", ""), harmless("v-2")].join("\n")).await;
    let mail = "nora.o'neil@mail.example";
    let mut told = notice("https://video.example/v/v-2", mail);
    told["name"] = "Nora O'Neil-Weber".into();
    told["explanation"] = format!("{WORDS}, see the second minute").into();
    let (status, receipt) = send(&server, None, "/v1/notices", &told).await;
    assert_eq!(status, 201, "{receipt}");
    let (_, next) = act(&server, "zoe-q", "next", json!({})).await;
    let case = next["case"]["id"].as_str().unwrap().to_owned();
    let close = json!({"do": "close", "verdict": {"finding": "no_violation"}});
    assert_eq!(act(&server, "zoe-q", &case, close).await.0, 200);
    let said = erase(&server, &format!("notifier/{mail}"));
    assert!(said.contains("filings: 1"), "{said}");
    let line = &server.get("/v1/audit").await["items"][0];
    assert_eq!((&line["by"], &line["what"]), (&json!("command line"), &json!("erased")));
    let needles: Vec<String> =
        [mail, "Nora O'Neil-Weber", WORDS].iter().flat_map(|text| forms(text)).collect();
    assert_gone(&server, &needles);
    let asked = json!({"files": {"t.toml": TESTED}, "title": "asked by zoe-q"});
    let request = server.by("zoe-q", Method::POST, "/v1/backtests").await.json(&asked);
    assert_eq!(request.send().await.unwrap().status(), 200);
    crate::jobs::awaited(&server, "/v1/jobs", |jobs| jobs[0]["state"] != "running").await;
    assert!(!places(folder.path(), "zoe-q").is_empty());
    let said = erase(&server, "staff/zoe-q");
    assert!(said.contains("verdicts that stay"), "who decided can still be asked: {said}");
    let trail = server.get("/v1/audit").await.to_string();
    assert!(!trail.contains("zoe-q") && trail.contains("former colleague"), "{trail}");
    let staff = server.by("admin", Method::GET, "/v1/staff").await.send().await.unwrap();
    assert!(!staff.text().await.unwrap().contains("zoe-q"));
    let jobs = server.get("/v1/jobs").await;
    assert_eq!(jobs[0]["what"], "asked by former colleague", "{jobs}");
    assert!(!jobs.to_string().contains("zoe-q"), "{jobs}");
    let store = server.folder.join("p.db");
    server.stop();
    let verified = run(&["ledger", "verify", text(&store), "--quiet"]);
    assert_eq!(verified.code, Some(0), "{}", verified.err);
}

#[tokio::test]
async fn what_is_held_is_said_and_not_erased() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), CONFIG);
    let scopes = ["orders:write", "orders:read"];
    let authority = crate::filings::authority("ro-police", true);
    let key = crate::filings::party(&server, "ro-police", authority, &scopes).await;
    server.events(&post("e-1", "one", "v-1", WORDS)).await;
    let order = crate::filings::removal("ro-police", "RO-1", "https://video.example/v/v-1");
    assert_eq!(send(&server, Some(&key), "/v1/orders", &order).await.0, 200);
    let store = server.folder.join("p.db");
    let ran = run(&["erase", "account/one", "--store", text(&store), "--quiet"]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(ran.err.contains("is under the hold"), "{}", ran.err);
    let body = json!({"subject": "account/one", "reason": "asked for it"});
    let held = server.ask(Method::POST, "/v1/erasures").json(&body).send().await.unwrap();
    assert_eq!(crate::server::code(held).await, (409, "held".to_owned()));
    let naming = json!({"subject": "content/v-9", "reason": "v-9 is hers"});
    let naming = server.ask(Method::POST, "/v1/erasures").json(&naming).send().await.unwrap();
    assert_eq!(crate::server::code(naming).await, (400, "wrong_request".to_owned()));
    let order = json!({"subject": "filing/o-1", "reason": "asked for it"});
    let order = server.ask(Method::POST, "/v1/erasures").json(&order).send().await.unwrap();
    assert_eq!(crate::server::code(order).await, (400, "wrong_request".to_owned()));
    assert!(!places(folder.path(), WORDS).is_empty());
}
