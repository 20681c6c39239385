//! The HTTP API from outside: what goes in, what comes out, what is refused.

use std::io::Write as _;

use futures_util::StreamExt as _;
use ledger::{Consistency, Inclusion, PublicKey};
use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{PATIENCE, Server, code, decided, harmless};

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[tokio::test]
async fn events_are_answered_one_by_one_and_taken_once() {
    let folder = folder();
    let server = Server::start(folder.path(), "");
    let lines = [decided("v-1"), "{}".to_owned(), harmless("v-2"), decided("v-1")].join("\n");
    let answer: Value = server.events(&lines).await.json().await.unwrap();
    let counts = ["accepted", "duplicates", "refused", "decisions"].map(|key| &answer[key]);
    assert_eq!(counts, [2, 1, 1, 1], "{answer}");
    let statuses: Vec<&str> = answer["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["status"].as_str().unwrap())
        .collect();
    assert_eq!(statuses, ["accepted", "refused", "accepted", "duplicate"]);
    assert_eq!(answer["items"][1]["reason"], "missing_field");
    assert_eq!(answer["items"][0]["decision"]["effects"][0]["effect"], "label");
    // Again, as an array, packed in both ways.
    let array = format!("[{}]", [decided("v-1"), harmless("v-2")].join(","));
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(array.as_bytes()).unwrap();
    let zstd = zstd::encode_all(array.as_bytes(), 1).unwrap();
    for (encoding, body) in [("gzip", gzip.finish().unwrap()), ("zstd", zstd)] {
        let request = server.ask(Method::POST, "/v1/events").header("content-encoding", encoding);
        let kind = ("content-type", "application/cloudevents-batch+json");
        let answer = request.header(kind.0, kind.1).body(body).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(
            (&answer["duplicates"], &answer["accepted"]),
            (&json!(2), &json!(0)),
            "{encoding}"
        );
    }
    let refused = server.get("/v1/refused").await;
    assert_eq!(refused["items"][0]["excerpt"], "{}");
    assert_eq!(server.get("/v1/overview").await["refused"], 1);
}

#[tokio::test]
async fn an_answer_before_publication_is_recorded_and_given_again() {
    let folder = folder();
    let server = Server::start(folder.path(), "");
    let screen = async |event: String| {
        let request = server.ask(Method::POST, "/v1/screen").body(event);
        request.send().await.unwrap().json::<Value>().await.unwrap()
    };
    let first = screen(decided("v-1")).await;
    let again = screen(decided("v-1")).await;
    assert_eq!((&first["status"], &again["status"]), (&json!("accepted"), &json!("duplicate")));
    assert_eq!((&first["seq"], &first["decision"]), (&again["seq"], &again["decision"]));
    assert_eq!(first["decision"]["subject"], "content/v-1");
    assert_eq!(screen(harmless("v-2")).await["decision"], Value::Null);
    // The same event by the other door is the same event.
    let answer: Value = server.events(&decided("v-1")).await.json().await.unwrap();
    assert_eq!(answer["duplicates"], 1);
    let request = server.ask(Method::POST, "/v1/screen").body("{\"specversion\":\"1.0\"}");
    assert_eq!(code(request.send().await.unwrap()).await, (400, "missing_field".to_owned()));
}

#[tokio::test]
async fn a_request_sent_again_gets_the_answer_that_was_given() {
    let folder = folder();
    let server = Server::start(folder.path(), "");
    let send = async |body: String| {
        let request = server.ask(Method::POST, "/v1/events").header("idempotency-key", "k-1");
        request.body(body).send().await.unwrap()
    };
    let first = send(decided("v-1")).await.text().await.unwrap();
    let again = send(decided("v-1")).await;
    assert_eq!(again.headers()["idempotency-replayed"], "true");
    assert_eq!(again.text().await.unwrap(), first);
    let other = send(decided("v-2")).await;
    assert_eq!(code(other).await, (422, "idempotency_key_reused".to_owned()));
    assert_eq!(server.get("/v1/overview").await["events"], 1);
    let long = server.ask(Method::POST, "/v1/events").header("idempotency-key", "k".repeat(256));
    let long = long.body(decided("v-3")).send().await.unwrap();
    assert_eq!(code(long).await, (400, "wrong_request".to_owned()));
}

#[tokio::test]
async fn decisions_are_found_paged_exported_explained_and_proven() {
    let folder = folder();
    let server = Server::start(folder.path(), "");
    let lines: Vec<String> = (0..30).map(|n| decided(&format!("v-{n}"))).collect();
    server.events(&lines.join("\n")).await;
    let page = server.get("/v1/decisions?limit=12&policy=civic.voting&effect=label").await;
    assert_eq!(page["items"].as_array().unwrap().len(), 12);
    let rest = server.get(&format!("/v1/decisions?after={}", page["next"])).await;
    assert_eq!(rest["items"].as_array().unwrap().len(), 18);
    let newest =
        server.get("/v1/decisions?order=newest&limit=1&from=2024-11-20&until=2024-11-20").await;
    assert_eq!(newest["items"][0]["decision"]["subject"], "content/v-29");
    let none = server.get("/v1/decisions?from=2024-11-21").await;
    assert_eq!(none["items"], json!([]));
    let csv = server.ask(Method::GET, "/v1/decisions?format=csv").send().await.unwrap();
    assert_eq!(csv.text().await.unwrap().lines().count(), 31);
    let ndjson =
        server.ask(Method::GET, "/v1/decisions?format=ndjson&limit=7").send().await.unwrap();
    assert_eq!(ndjson.text().await.unwrap().lines().count(), 7);

    let id = newest["items"][0]["id"].as_str().unwrap();
    let whole = server.get(&format!("/v1/decisions/{}", &id[..10])).await;
    assert_eq!(whole["decision"]["id"], id);
    assert_eq!(whole["trace"][0]["value"], "true");
    let key = PublicKey::from_hex(whole["key"].as_str().unwrap()).unwrap();
    let proof: Inclusion = serde_json::from_value(whole["proof"].clone()).unwrap();
    proof.check(&key).unwrap();
    let head = server.get("/v1/ledger/head").await;
    let proof = server.get(&format!("/v1/ledger/proof?seq={}", whole["seq"])).await;
    serde_json::from_value::<Inclusion>(proof).unwrap().check(&key).unwrap();
    server.events(&harmless("later")).await;
    let grown = server.get(&format!("/v1/ledger/proof?from_size={}", head["size"])).await;
    serde_json::from_value::<Consistency>(grown).unwrap().check(&key).unwrap();
    let subject = server.get("/v1/subjects/content/v-3").await;
    assert_eq!(subject["history"].as_array().unwrap().len(), 1);
    assert_eq!(subject["known"]["views"], 0);
    for (path, status) in [
        ("/v1/decisions/ffffffffffff", 404),
        ("/v1/decisions/x", 404),
        ("/v1/ledger/proof?seq=99999", 404),
        ("/v1/ledger/proof", 400),
        ("/v1/decisions?limit=0", 400),
        ("/v1/decisions?order=sideways", 400),
        ("/v1/decisions?after=minus", 400),
        ("/v1/nothing", 404),
    ] {
        let response = server.ask(Method::GET, path).send().await.unwrap();
        assert_eq!(code(response).await.0, status, "{path}");
    }
    let response = server.ask(Method::DELETE, "/v1/decisions").send().await.unwrap();
    assert_eq!(code(response).await, (405, "method".to_owned()));
}

#[tokio::test]
async fn decisions_arrive_as_they_are_made_and_go_on_after_a_break() {
    let folder = folder();
    let server = Server::start(folder.path(), "");
    let follow = async |last: Option<String>| {
        let mut request =
            server.ask(Method::GET, "/v1/decisions").header("accept", "text/event-stream");
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        request.send().await.unwrap().bytes_stream()
    };
    let mut stream = follow(None).await;
    server.events(&[harmless("v-0"), decided("v-1"), decided("v-2")].join("\n")).await;
    let mut text = String::new();
    while text.matches("event: decision").count() < 2 || !text.ends_with("\n\n") {
        let chunk = tokio::time::timeout(PATIENCE, stream.next()).await.unwrap().unwrap().unwrap();
        text.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    assert!(text.contains("content/v-1") && text.contains("content/v-2"), "{text}");
    let id = text.lines().find_map(|line| line.strip_prefix("id: ")).unwrap().to_owned();
    drop(stream);
    let mut stream = follow(Some(id)).await;
    let mut text = String::new();
    while !text.contains("content/v-2") {
        let chunk = tokio::time::timeout(PATIENCE, stream.next()).await.unwrap().unwrap().unwrap();
        text.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    assert!(!text.contains("content/v-1"), "the first was seen already: {text}");
}

#[tokio::test]
async fn policies_and_lists_change_while_it_runs_and_are_checked_first() {
    let folder = folder();
    let server = Server::start(folder.path(), "");
    let text =
        server.ask(Method::GET, "/v1/lists/ro_voting").send().await.unwrap().text().await.unwrap();
    let put = async |path: &str, body: String| {
        server.ask(Method::PUT, path).body(body).send().await.unwrap()
    };
    let before: Value = server.events(&harmless("v-1")).await.json().await.unwrap();
    assert_eq!(before["decisions"], 0);
    let changed = put("/v1/lists/ro_voting", format!("{text}\nun curcubeu după ploaie\n")).await;
    let changed: Value = changed.json().await.unwrap();
    assert_eq!(changed["is_new"], true, "{changed}");
    let after: Value = server.events(&harmless("v-2")).await.json().await.unwrap();
    assert_eq!(after["decisions"], 1, "in force as soon as the answer came");
    let policies = server.get("/v1/policies").await;
    assert_eq!(policies["version"], changed["version"]);
    assert_eq!(policies["history"].as_array().unwrap().len(), 2);
    // What does not compile changes nothing.
    let mut files = policies["files"].clone();
    let broken = files["civic.toml"].as_str().unwrap().replace("mentions(", "mention(");
    files["civic.toml"] = json!(broken);
    let refused = put("/v1/policies", json!({ "files": files }).to_string()).await;
    assert_eq!(refused.status(), 422);
    let refused: Value = refused.json().await.unwrap();
    assert_eq!(refused["code"], "policies");
    assert!(refused["diagnostics"][0]["code"].as_str().unwrap().starts_with('E'), "{refused}");
    assert_eq!(server.get("/v1/policies").await["version"], changed["version"]);
    assert_eq!(code(put("/v1/lists/..%2Fx", text).await).await.0, 400);
    let empty = put("/v1/policies", json!({ "files": {} }).to_string()).await;
    assert_eq!(code(empty).await, (422, "policies".to_owned()));
    let wrong = put("/v1/policies", "[]".to_owned()).await;
    assert_eq!(code(wrong).await, (400, "wrong_request".to_owned()));
    // And it is still in force after a restart, and every decision can be made again.
    let path = server.folder.clone();
    server.stop();
    let server = Server::start(&path, "");
    assert_eq!(server.get("/v1/policies").await["version"], changed["version"]);
    let verified = crate::run(&["ledger", "verify", crate::text(&path.join("p.db")), "--quiet"]);
    assert_eq!(verified.code, Some(0), "{}", verified.err);
}

#[tokio::test]
async fn what_is_too_much_is_refused_by_name() {
    let folder = folder();
    let limits = "[limits]\nbody_bytes_max = 20000\nunpacked_bytes_max = 100000\nevents_max = 50\n\
                  memory_bytes_max = 1000000\nrecord_bytes_max = 5000\nevents_per_second = 100\n";
    let server = Server::start(folder.path(), limits);
    let bomb = zstd::encode_all(vec![b' '; 5_000_000].as_slice(), 1).unwrap();
    let post = async |body: Vec<u8>| {
        let response = server.ask(Method::POST, "/v1/events").body(body).send().await.unwrap();
        code(response).await
    };
    let too_large = (413, "too_large".to_owned());
    assert_eq!(post(bomb).await, too_large, "a small body that unpacks to a huge one");
    assert_eq!(post(vec![b'x'; 20_001]).await, too_large);
    let short = "{}\n".repeat(51);
    assert_eq!(post(short.into_bytes()).await, too_large);
    let broken = [&[0x1F, 0x8B][..], &[7; 40]].concat();
    assert_eq!(post(broken).await, (400, "wrong_request".to_owned()));
    let request = server.ask(Method::POST, "/v1/events").header("content-encoding", "br");
    let response = request.body("x").send().await.unwrap();
    assert_eq!(code(response).await, (415, "encoding".to_owned()));
    // A long record costs itself only.
    let long = harmless("v-1").replace("curcubeu", &"u".repeat(6000));
    let answer: Value =
        server.events(&format!("{long}\n{}", harmless("v-2"))).await.json().await.unwrap();
    assert_eq!((&answer["refused"], &answer["accepted"]), (&json!(1), &json!(1)), "{answer}");
    // More events than this key may send: told when to come back.
    let mut status = 200;
    for batch in 0..20 {
        let lines: Vec<String> = (0..30).map(|n| harmless(&format!("r-{batch}-{n}"))).collect();
        let response = server.events(&lines.join("\n")).await;
        status = response.status().as_u16();
        if status == 429 {
            let wait: u64 = response.headers()["retry-after"].to_str().unwrap().parse().unwrap();
            assert!((1..=2).contains(&wait));
            assert_eq!(code(response).await, (429, "rate_limited".to_owned()));
            break;
        }
    }
    assert_eq!(status, 429);
}

#[tokio::test]
async fn without_memory_for_a_request_its_sender_is_told_when_to_come_back() {
    let folder = folder();
    let limits = "[limits]\nbody_bytes_max = 20000\nmemory_bytes_max = 40000\n";
    let server = Server::start(folder.path(), limits);
    let lines: Vec<String> = (0..40).map(|n| harmless(&format!("v-{n}"))).collect();
    let response = server.events(&lines.join("\n")).await;
    assert_eq!(response.headers()["retry-after"], "1");
    assert_eq!(code(response).await, (429, "busy".to_owned()));
    // The room comes back with the end of the request, and nothing of it was kept.
    let answer: Value = server.events(&lines[..10].join("\n")).await.json().await.unwrap();
    assert_eq!(answer["accepted"], 10, "{answer}");
}

#[tokio::test]
async fn one_connection_too_many_takes_the_place_of_the_oldest_that_showed_nothing() {
    use tokio::io::AsyncReadExt as _;
    let folder = folder();
    let server = Server::start(folder.path(), "[limits]\nconnections_max = 3\n");
    let address = server.base.trim_start_matches("http://").to_owned();
    let mut open = Vec::new();
    for _ in 0..3 {
        open.push(tokio::net::TcpStream::connect(&address).await.unwrap());
    }
    let mut byte = [0];
    let read = tokio::time::timeout(PATIENCE, open[0].read(&mut byte)).await;
    let read = read.expect("it keeps its place");
    assert!(matches!(read, Ok(0) | Err(_)), "{read:?}");
    let health = server.http.get(server.url("/health")).send().await.unwrap();
    assert_eq!(health.status(), 200);
}

#[tokio::test]
async fn the_document_is_the_one_that_is_kept() {
    let folder = folder();
    let server = Server::start(folder.path(), "");
    let served: Value =
        server.http.get(server.url("/openapi.json")).send().await.unwrap().json().await.unwrap();
    let path = crate::root().join("docs/openapi.json");
    let written = serde_json::to_string_pretty(&served).unwrap() + "\n";
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &written).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == written, "docs/openapi.json is out of date; run with UPDATE_GOLDEN=1");
    assert!(served["openapi"].as_str().unwrap().starts_with("3.1"));
}

#[tokio::test]
async fn no_line_of_the_log_names_a_person() {
    let folder = folder();
    let server = Server::start(folder.path(), "log_level = \"debug\"\n");
    let event = decided("video-of-somebody").replace("a-video-of-somebody", "account-of-somebody");
    server.events(&event).await;
    server.events("{\"broken\":\"text of somebody\"").await;
    server.get("/v1/subjects/account/account-of-somebody").await;
    server.get("/v1/decisions?account=account-of-somebody").await;
    let key = server.key.clone();
    let log = server.stop();
    assert!(log.contains("/v1/subjects/{kind}/{id}"), "{log}");
    for secret in ["of-somebody", "of somebody", "votul", &key[20..]] {
        assert!(!log.contains(secret), "`{secret}` stands in the log:\n{log}");
    }
}
