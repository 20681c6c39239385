//! What comes in: media types, single events, languages, what is left out, and the order of time.

use reqwest::Method;
use serde_json::{Value, json};

use crate::casework::{act, doubtful};
use crate::server::{Server, code, decided, harmless};
use crate::{run, run_with, text};

/// Answers `path` with status and body.
async fn post(server: &Server, path: &str, headers: &[(&str, &str)], body: &str) -> (u16, Value) {
    let mut request = server.ask(Method::POST, path).body(body.to_owned());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

/// The attributes of an event as headers, and its data.
fn binary(json: &str) -> (Vec<(String, String)>, String) {
    let mut event: serde_json::Map<String, Value> = serde_json::from_str(json).unwrap();
    let data = event.remove("data").unwrap().to_string();
    let header =
        |(name, value): (String, Value)| (format!("ce-{name}"), value.as_str().unwrap().to_owned());
    (event.into_iter().map(header).collect(), data)
}

#[tokio::test]
async fn a_single_event_that_is_refused_is_not_answered_200() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), "");
    let wrong = decided("v-1").replace("content.published", "content.planned");
    let value: Value = serde_json::from_str(&wrong).unwrap();
    let pretty = serde_json::to_string_pretty(&value).unwrap();
    let structured = ("content-type", "application/cloudevents+json; charset=utf-8");
    let plain = ("content-type", "application/json");
    for path in ["/v1/events", "/v1/screen"] {
        for (headers, body) in [(structured, &wrong), (structured, &pretty), (plain, &pretty)] {
            let (status, answer) = post(&server, path, &[headers], body).await;
            let found = (status, answer["code"].as_str().unwrap());
            assert_eq!(found, (400, "unknown_type"), "{path}: {answer}");
        }
        let (headers, data) = binary(&wrong);
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let (status, answer) = post(&server, path, &headers, &data).await;
        assert_eq!((status, answer["code"].as_str().unwrap()), (400, "unknown_type"), "{path}");
        let (status, answer) = post(&server, path, &[structured], "").await;
        assert_eq!((status, answer["code"].as_str().unwrap()), (400, "malformed_json"), "{path}");
        let (status, answer) = post(&server, path, &headers, "{\"account\":").await;
        assert_eq!((status, answer["code"].as_str().unwrap()), (400, "malformed_json"), "{path}");
    }
    let refused = server.get("/v1/refused").await;
    assert_eq!(refused["items"].as_array().unwrap().len(), 6, "{refused}");
    // Alone in its request it is refused in every form; among others it costs itself only.
    let lines = ("content-type", "application/x-ndjson");
    let batch = ("content-type", "application/cloudevents-batch+json");
    for (headers, body) in [(lines, wrong.clone()), (batch, format!("[{wrong}]"))] {
        let (status, answer) = post(&server, "/v1/events", &[headers], &body).await;
        assert_eq!(
            (status, answer["code"].as_str().unwrap()),
            (400, "unknown_type"),
            "{headers:?}"
        );
    }
    let lines = format!("{wrong}\n{}", decided("v-2"));
    let answer: Value = server.events(&lines).await.json().await.unwrap();
    assert_eq!((&answer["refused"], &answer["accepted"]), (&json!(1), &json!(1)));
}

#[tokio::test]
async fn one_event_is_the_same_in_every_form() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), "");
    let event = decided("v-ä").replace("\"v-ä\",\"kind\"", "\"v-1\",\"kind\"");
    let value: Value = serde_json::from_str(&event).unwrap();
    let pretty = serde_json::to_string_pretty(&value).unwrap();
    let (headers, data) = binary(&event.replace('ä', "%C3%A4"));
    let mut headers: Vec<(&str, &str)> =
        headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    headers.push(("content-type", "application/json"));
    let (status, answer) = post(&server, "/v1/events", &headers, &data).await;
    assert_eq!((status, &answer["accepted"], &answer["decisions"]), (200, &json!(1), &json!(1)));
    let mut base64 = value.clone();
    let data = base64.as_object_mut().unwrap().remove("data").unwrap().to_string();
    // A URL-safe alphabet is not needed for this text.
    base64["data_base64"] = encode(data.as_bytes()).into();
    for (kind, body) in [
        ("application/cloudevents+json", pretty.clone()),
        ("application/cloudevents+json", base64.to_string()),
        ("application/json", pretty.clone()),
        ("application/json", event.clone()),
        ("application/cloudevents-batch+json", format!("[{pretty}]")),
        ("application/json", format!("[{event}]")),
        ("application/x-ndjson", event.clone()),
        ("application/x-www-form-urlencoded", event.clone()),
    ] {
        let (status, answer) = post(&server, "/v1/events", &[("content-type", kind)], &body).await;
        assert_eq!((status, &answer["duplicates"]), (200, &json!(1)), "{kind}: {answer}");
    }
    let (status, answer) = post(&server, "/v1/events", &[], &event).await;
    assert_eq!((status, &answer["duplicates"]), (200, &json!(1)), "no media type is lines");
}

/// Base64 of bytes.
fn encode(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * place) & 63) as usize];
            out.push(if place > chunk.len() { '=' } else { letter as char });
        }
    }
    out
}

#[tokio::test]
async fn an_unknown_media_type_is_refused_as_such() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), "");
    for path in ["/v1/events", "/v1/screen"] {
        for kind in ["text/plain", "application/xml", "application/avro", "nonsense"] {
            let request = server.ask(Method::POST, path).header("content-type", kind);
            let response = request.body(decided("v-1")).send().await.unwrap();
            assert_eq!(code(response).await, (415, "media_type".to_owned()), "{path} {kind}");
        }
        let request = server.ask(Method::POST, path).header("ce-specversion", "1.0");
        let request = request.header("content-type", "application/avro");
        let response = request.body("x").send().await.unwrap();
        assert_eq!(code(response).await, (415, "media_type".to_owned()), "{path}");
    }
    assert_eq!(server.get("/v1/overview").await["events"], 0);
}

#[tokio::test]
async fn two_events_in_binary_mode_with_one_key_are_two_requests() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), "");
    let send = async |id: &str| {
        let (headers, data) = binary(&harmless("v-1").replacen("v-1", id, 1));
        let request = server.ask(Method::POST, "/v1/events").header("idempotency-key", "k");
        let request =
            headers.iter().fold(request, |request, (name, value)| request.header(name, value));
        request.body(data).send().await.unwrap()
    };
    assert_eq!(send("e-1").await.status(), 200);
    assert_eq!(code(send("e-2").await).await, (422, "idempotency_key_reused".to_owned()));
}

#[tokio::test]
async fn what_was_left_out_is_told_and_the_rest_is_decided() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), "");
    let deep = format!("\"x\":{}1{},\"kind\"", "[".repeat(200), "]".repeat(200));
    let odd = decided("v-1").replace("\"kind\"", &deep);
    let (status, answer) = post(&server, "/v1/screen", &[], &odd).await;
    assert_eq!((status, &answer["left_out"]), (200, &json!(["content.x"])), "{answer}");
    assert_eq!(answer["decision"]["subject"], "content/v-1");
    let followers =
        decided("v-2").replace("\"registered_at\"", "\"followers\":-1,\"registered_at\"");
    let answer: Value = server.events(&followers).await.json().await.unwrap();
    assert_eq!((&answer["left_out"], &answer["decisions"]), (&json!(1), &json!(1)), "{answer}");
    assert_eq!(answer["items"][0]["left_out"], json!(["account.followers"]));
    // What is kept can be read, shown and verified.
    let decision = server.get("/v1/decisions").await["items"][0]["decision"]["id"].clone();
    let shown = server.get(&format!("/v1/decisions/{}", decision.as_str().unwrap())).await;
    assert_eq!(shown["event"]["data"]["content"]["text"], "votul prin SMS", "{shown}");
    server.stop();
    let store = folder.path().join("p.db");
    assert_eq!(run(&["ledger", "verify", "--quiet", text(&store)]).code, Some(0));
}

#[tokio::test]
async fn cases_in_brazilian_portuguese_are_handed_out_and_counted_once() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), "");
    let tags = ["pt-BR", "PT", "pt_BR"];
    let lines: Vec<String> = tags
        .iter()
        .enumerate()
        .map(|(n, tag)| {
            doubtful(&format!("e-{n}"), &format!("v-{n}")).replace("\"ro\"", &format!("\"{tag}\""))
        })
        .collect();
    server.events(&lines.join("\n")).await;
    let queues = server.get("/v1/queues").await;
    let text = queues.to_string();
    assert!(text.contains(r#"{"language":"pt","waiting":3}"#), "{text}");
    let account = |languages: &str| {
        json!({"roles": ["moderator"], "password": "the password of somebody",
            "skills": {"languages": [languages]}})
    };
    for (n, known) in ["pt", "PT-pt", "pt_BR"].into_iter().enumerate() {
        let who = format!("rui-{n}");
        let put = server.by("admin", Method::PUT, &format!("/v1/staff/{who}")).await;
        let put = put.json(&account(known));
        assert_eq!(put.send().await.unwrap().status(), 204);
        assert_eq!(act(&server, &who, "next", json!({})).await.0, 200, "{known}");
    }
    let put = server.by("admin", Method::PUT, "/v1/staff/x").await.json(&account("portuguese"));
    let refused: Value = put.send().await.unwrap().json().await.unwrap();
    assert!(refused["detail"].as_str().unwrap().contains("`portuguese` is no language"));
}

#[test]
fn staff_by_command_line_need_a_language_too() {
    let ran =
        run(&["staff", "add", "x.db", "ana", "--role", "moderator", "--languages", "ro,romanian"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("`romanian` is no language"), "{}", ran.err);
}

/// Posts of one account, a minute apart, the latest first.
fn backwards() -> String {
    let post = |n: u32| {
        let (hour, minute) = (8 + n / 60, n % 60);
        format!(
            r#"{{"specversion":"1.0","id":"e-{n}","source":"/t","type":"content.published","time":"2024-11-20T{hour:02}:{minute:02}:00Z","data":{{"account":{{"id":"a","registered_at":"2024-11-19T00:00:00Z"}},"content":{{"id":"v-{n}","kind":"post","text":"number {n}"}}}}}}"#
        )
    };
    (0..40).rev().map(post).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_file_in_reverse_order_of_time_is_told_and_can_be_sorted() {
    let input = backwards();
    let summary = |args: &[&str]| {
        let ran = run_with(&[&["screen", "--quiet", "--json"], args].concat(), &input);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        serde_json::from_str::<Value>(ran.err.trim()).unwrap()
    };
    let as_it_is = summary(&[]);
    assert_eq!((&as_it_is["late"], &as_it_is["late_seconds_max"]), (&json!(39), &json!(39 * 60)));
    let sorted = summary(&["--sort", "--batch", "7"]);
    assert_eq!((&sorted["late"], &sorted["events"]), (&json!(0), &json!(40)));
    let in_order: String = input.lines().rev().collect::<Vec<_>>().join("\n");
    let straight = run_with(&["screen", "--quiet"], &in_order);
    let again = run_with(&["screen", "--quiet", "--sort"], &input);
    assert_eq!(straight.out, again.out, "the order of the file does not matter");
    assert!(straight.out.contains("post_burst_of_new_account"));
    let told = run_with(&["screen", "--quiet"], &input).err;
    assert!(told.contains("39 events came late, by up to 39m: counters are not"), "{told}");
    assert!(!straight.err.contains("late"), "{}", straight.err);
}

#[test]
fn duplicates_of_a_sorted_file_are_named_by_the_place_where_they_stood() {
    let folder = tempfile::tempdir().unwrap();
    let rejects = folder.path().join("r.ndjson");
    let input = format!("{}\n{}", backwards(), backwards().lines().next().unwrap());
    let ran = run_with(&["screen", "--quiet", "--sort", "--rejects", text(&rejects)], &input);
    assert_eq!(ran.code, Some(3), "{}", ran.err);
    let refused: Value = serde_json::from_str(&std::fs::read_to_string(&rejects).unwrap()).unwrap();
    assert_eq!((&refused["place"], &refused["reason"]), (&json!(41), &json!("duplicate")));
}

#[test]
fn what_is_left_out_of_a_file_is_counted_by_name() {
    let post = decided("v-1").replace("\"registered_at\"", "\"followers\":-1,\"registered_at\"");
    let ran = run_with(&["screen", "--quiet", "--json"], &post);
    let summary: Value = serde_json::from_str(ran.err.trim()).unwrap();
    assert_eq!((&summary["events"], &summary["decisions"]), (&json!(1), &json!(1)), "{summary}");
    assert_eq!(summary["left_out"]["account.followers"], 1);
    assert_eq!(summary["counts_lost"], 0);
}
