//! A server that is killed, and a disk that is full for a while: nothing acknowledged is lost.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use crate::server::{PATIENCE, Server, decided, harmless};
use crate::{run, text};

/// Kills in the test; a thousand and more are done outside, with the same test.
fn kills() -> usize {
    std::env::var("PROBITY_KILLS").ok().and_then(|count| count.parse().ok()).unwrap_or(20)
}

#[tokio::test]
async fn killed_under_load_it_keeps_what_it_acknowledged_and_decides_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = BTreeSet::new();
    let mut sent = 0;
    for kill in 0..kills() {
        let server = Server::start(folder.path(), "");
        let batch = |first: usize| -> String {
            (first..first + 20).map(|n| decided(&format!("v-{n}")) + "\n").collect()
        };
        // Some answers are waited for, and more requests are under way when the power goes.
        for _ in 0..1 + kill % 4 {
            let body = batch(sent);
            let answer: Value = server.events(&body).await.json().await.unwrap();
            assert_eq!(
                answer["accepted"].as_u64().unwrap() + answer["duplicates"].as_u64().unwrap(),
                20
            );
            acknowledged.extend((sent..sent + 20).map(|n| format!("content/v-{n}")));
            sent += 20;
        }
        let under_way: Vec<_> = (0..3)
            .map(|n| {
                let request =
                    server.ask(reqwest::Method::POST, "/v1/events").body(batch(sent + n * 20));
                tokio::spawn(request.send())
            })
            .collect();
        if kill % 2 == 0 {
            tokio::task::yield_now().await;
        }
        server.kill();
        for (number, request) in (0..).zip(under_way) {
            // Answered in time or not: only an answer is a promise.
            if let Ok(Ok(response)) = request.await
                && response.status() == 200
                && response.bytes().await.is_ok()
            {
                let first = sent + number * 20;
                acknowledged.extend((first..first + 20).map(|n| format!("content/v-{n}")));
            }
        }
    }
    let server = Server::start(folder.path(), "");
    let response = server.ask(reqwest::Method::GET, "/v1/decisions?format=ndjson").send().await;
    let text = response.unwrap().text().await.unwrap();
    let subjects: Vec<String> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|item| item["decision"]["subject"].as_str().unwrap().to_owned())
        .collect();
    let distinct: BTreeSet<&String> = subjects.iter().collect();
    assert_eq!(distinct.len(), subjects.len(), "something was decided twice");
    for subject in &acknowledged {
        assert!(distinct.contains(subject), "{subject} was acknowledged, and is lost");
    }
    server.stop();
    let store = folder.path().join("p.db");
    let verified = run(&["ledger", "verify", crate::text(&store), "--quiet"]);
    assert_eq!(verified.code, Some(0), "{}", verified.err);
}

/// Lets the files of a process grow to `bytes` only, as a full disk does.
fn limit_files(server: &Server, bytes: &str) {
    let (pid, size) =
        (format!("--pid={}", server.child.id()), format!("--fsize={bytes}:unlimited"));
    assert!(Command::new("prlimit").args([&pid, &size]).status().unwrap().success());
}

#[tokio::test]
async fn a_disk_that_takes_no_more_acknowledges_nothing_and_goes_on_when_it_does() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), "[limits]\nanswer_within = \"60s\"\n");
    let size = std::fs::metadata(folder.path().join("p.db-wal")).unwrap().len();
    limit_files(&server, &size.to_string());
    let first = server.events(&decided("v-1")).await;
    assert_eq!(first.status(), 503);
    assert!(first.headers().contains_key("retry-after"));
    let ready = server.http.get(server.url("/ready")).send().await.unwrap();
    assert_eq!(crate::server::code(ready).await, (503, "disk_fails".to_owned()));
    let second = server.events(&decided("v-2")).await;
    assert_eq!(second.status(), 503, "while it is full nothing more is taken");
    limit_files(&server, "unlimited");
    let wait = async {
        while server.events(&decided("v-3")).await.status() != 200 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.expect("it did not go on");
    let page = server.get("/v1/decisions").await;
    let subject = |item: &Value| item["decision"]["subject"].as_str().map(str::to_owned);
    let kept: Vec<_> = page["items"].as_array().unwrap().iter().filter_map(subject).collect();
    assert_eq!(kept, ["content/v-3"], "what was refused is not there later");
    // Sent again, everything is there once.
    let lines = [decided("v-1"), decided("v-2"), harmless("v-4")].join("\n");
    let answer: Value = server.events(&lines).await.json().await.unwrap();
    assert_eq!(answer["refused"], 0, "{answer}");
    let page = server.get("/v1/decisions").await;
    assert_eq!(page["items"].as_array().unwrap().len(), 3, "{page}");
    server.stop();
    let verified = run(&["ledger", "verify", text(&folder.path().join("p.db")), "--quiet"]);
    assert_eq!(verified.code, Some(0), "{}", verified.err);
}

#[test]
fn the_demo_runs_to_its_end_and_tells_how_well_rules_did() {
    let ran = run(&["demo", "--headless", "--events", "20000", "--json", "--quiet"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let summary: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(summary["events"], 40_000);
    assert!(summary["removals"]["total"].as_u64().unwrap() > 0, "{summary}");
    assert!(summary["policies"]["influence.covert"]["recall"].as_f64().unwrap() > 0.9, "{summary}");
}

#[tokio::test]
async fn connections_are_encrypted_if_a_certificate_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (cert, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]);
    openssl.args(["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]);
    openssl.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
    openssl.args(["-keyout", text(&key), "-out", text(&cert)]);
    assert!(openssl.output().unwrap().status.success());
    let config = format!("[tls]\ncert = {cert:?}\nkey = {key:?}\n");
    let server = Server::start(folder.path(), &config);
    assert!(server.base.starts_with("https://"), "{}", server.base);
    let known = reqwest::Certificate::from_pem(&std::fs::read(&cert).unwrap()).unwrap();
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([known]).build().unwrap();
    let form = client.get(server.url("/sign-in")).send().await.unwrap();
    assert!(form.headers()["set-cookie"].to_str().unwrap().contains("; Secure"));
    assert_eq!(form.headers()["strict-transport-security"], "max-age=31536000");
    // Who does not know the certificate does not talk.
    assert!(server.http.get(server.url("/health")).send().await.is_err());
    let plain = server.base.replace("https://", "http://");
    assert!(server.http.get(format!("{plain}/health")).send().await.is_err());
}
