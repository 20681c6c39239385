//! Statements of reasons, sent to a database that behaves as the real one does, and worse.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use reqwest::Method;
use serde_json::{Value, json};

use crate::casework::{act, staff};
use crate::filings::{CONFIG, authority, close, notice, party, removal, send};
use crate::jobs::awaited;
use crate::server::{Server, decided, harmless};
use crate::{run, text};

const TOKEN: &str = "a-token-of-the-platform";

/// How the database behaves.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Mood {
    Well,
    /// It answers 500 and keeps nothing.
    Broken,
    /// It keeps everything, and answers as a gateway does that lost it.
    Lost,
    /// It refuses one statement by its place.
    RefusesOne(String),
    /// It refuses batches with that statement, without saying which it is.
    Vague(String),
}

#[derive(Default)]
struct Kept {
    mood: Option<Mood>,
    statements: BTreeMap<String, Value>,
    /// How often each was kept.
    times: BTreeMap<String, u32>,
    asked: u32,
    largest: usize,
}

#[derive(Clone, Default)]
struct Database(Arc<Mutex<Kept>>);

impl Database {
    fn with<T>(&self, change: impl FnOnce(&mut Kept) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn mood(&self, mood: Mood) {
        self.with(|kept| kept.mood = Some(mood));
    }

    async fn serve(&self) -> SocketAddr {
        let service = Router::new()
            .route("/api/v1/statements", post(take))
            .route("/api/v1/statement/existing-puid/{puid}", get(existing))
            .with_state(self.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, service).await });
        address
    }
}

fn is_known(headers: &HeaderMap) -> bool {
    headers.get("authorization").is_some_and(|told| told == &format!("Bearer {TOKEN}"))
        && headers.get("accept").is_some_and(|told| told == "application/json")
}

async fn take(State(database): State<Database>, headers: HeaderMap, body: Bytes) -> Response {
    if !is_known(&headers) {
        let body = json!({"message": "Unauthenticated."});
        return (StatusCode::UNAUTHORIZED, Json(body)).into_response();
    }
    let body: Value = serde_json::from_slice(&body).unwrap();
    let sent = body["statements"].as_array().unwrap();
    let puid = |statement: &Value| statement["puid"].as_str().unwrap().to_owned();
    database.with(|kept| {
        kept.largest = kept.largest.max(sent.len());
        let refused = |errors: Value| {
            let body = json!({"errors": errors});
            (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response()
        };
        if !(1..=100).contains(&sent.len()) {
            return refused(json!({"statements": ["between 1 and 100"]}));
        }
        let existing: Vec<String> =
            sent.iter().map(puid).filter(|puid| kept.statements.contains_key(puid)).collect();
        if !existing.is_empty() {
            return refused(json!({"puid": ["not unique"], "existing_puids": existing}));
        }
        match kept.mood.clone().unwrap_or(Mood::Well) {
            Mood::Broken => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            Mood::RefusesOne(bad) => {
                if let Some(at) = sent.iter().position(|statement| puid(statement) == bad) {
                    let errors = json!({"content_date": ["The content date is invalid."]});
                    return refused(json!({ format!("statement_{at}"): errors }));
                }
            }
            Mood::Vague(bad) if sent.iter().any(|statement| puid(statement) == bad) => {
                return (StatusCode::BAD_REQUEST, "nonsense").into_response();
            }
            _ => {}
        }
        let mut made = Vec::new();
        for statement in sent {
            kept.statements.insert(puid(statement), statement.clone());
            *kept.times.entry(puid(statement)).or_default() += 1;
            made.push(json!({"uuid": format!("uuid-{}", puid(statement))}));
        }
        match &kept.mood {
            Some(Mood::Lost) => StatusCode::BAD_GATEWAY.into_response(),
            _ => (StatusCode::CREATED, Json(json!({"statements": made}))).into_response(),
        }
    })
}

async fn existing(State(database): State<Database>, Path(puid): Path<String>) -> Response {
    database.with(|kept| {
        kept.asked += 1;
        match kept.statements.contains_key(&puid) {
            true => (StatusCode::FOUND, [(header::LOCATION, "/nowhere")]).into_response(),
            false => StatusCode::NOT_FOUND.into_response(),
        }
    })
}

fn config(address: SocketAddr) -> String {
    format!(
        "[statements]\nurl = \"http://{address}/api/v1\"\ntoken_env = \"TOKEN\"\n\
         allow_private = true\ninformative = [\"civic.information\"]\n{CONFIG}"
    )
}

fn start(folder: &std::path::Path, address: SocketAddr) -> Server {
    Server::start_with(folder, &config(address), &[("TOKEN", TOKEN)])
}

/// Sums of all days.
fn count(summary: &Value, state: &str) -> u64 {
    let days = summary["days"].as_array().unwrap();
    days.iter().map(|day| day[state].as_u64().unwrap()).sum()
}

async fn settled(server: &Server, sent: u64) -> Value {
    let is_so = |summary: &Value| {
        summary["behind"] == 0 && count(summary, "waiting") == 0 && count(summary, "sent") == sent
    };
    awaited(server, "/v1/statements/summary", is_so).await
}

async fn events(server: &Server, count: u64) {
    let lines: Vec<String> = (0..count).map(|n| decided(&format!("v-{n}"))).collect();
    assert_eq!(server.events(&lines.join("\n")).await.status(), 200);
}

/// The ids of all statements, as the API lists them.
async fn puids(server: &Server, state: &str) -> Vec<String> {
    let page = server.get(&format!("/v1/statements?state={state}")).await;
    let items = page["items"].as_array().unwrap();
    items.iter().map(|item| item["puid"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn each_statement_arrives_once_although_answers_are_lost_and_the_server_is_killed() {
    let (folder, database) = (tempfile::tempdir().unwrap(), Database::default());
    let address = database.serve().await;
    database.mood(Mood::Lost);
    let server = start(folder.path(), address);
    events(&server, 130).await;
    let is_troubled = |summary: &Value| summary["trouble"] != Value::Null;
    let summary = awaited(&server, "/v1/statements/summary", is_troubled).await;
    assert_eq!(summary["trouble"], "status 502", "{summary}");
    server.kill();
    database.mood(Mood::Well);
    let server = start(folder.path(), address);
    let summary = settled(&server, 130).await;
    assert_eq!(summary["trouble"], Value::Null, "{summary}");
    let (times, largest) = database.with(|kept| (kept.times.clone(), kept.largest));
    assert_eq!((times.len(), largest), (130, 100));
    assert!(times.values().all(|times| *times == 1), "{times:?}");
    let ids: BTreeSet<String> = puids(&server, "sent").await.into_iter().collect();
    assert_eq!(ids.len(), 130);
    let one = server.get(&format!("/v1/statements/{}", ids.first().unwrap())).await;
    assert_eq!(one["statement"]["source_type"], "SOURCE_VOLUNTARY", "{one}");
}

#[tokio::test]
async fn after_a_lost_answer_it_asks_before_it_sends_again() {
    let (folder, database) = (tempfile::tempdir().unwrap(), Database::default());
    let address = database.serve().await;
    database.mood(Mood::Lost);
    let server = start(folder.path(), address);
    events(&server, 3).await;
    settled(&server, 3).await;
    let (times, asked) = database.with(|kept| (kept.times.clone(), kept.asked));
    assert!(times.len() == 3 && times.values().all(|times| *times == 1), "{times:?}");
    assert!(asked >= 1);
}

#[tokio::test]
async fn a_refused_statement_stands_alone_and_is_sent_again_when_somebody_says_so() {
    for vague in [false, true] {
        let (folder, database) = (tempfile::tempdir().unwrap(), Database::default());
        let address = database.serve().await;
        database.mood(Mood::Broken);
        let server = start(folder.path(), address);
        events(&server, 12).await;
        let all_wait =
            |summary: &Value| count(summary, "waiting") == 12 && summary["trouble"] != Value::Null;
        awaited(&server, "/v1/statements/summary", all_wait).await;
        let bad = puids(&server, "waiting").await[5].clone();
        database.mood(match vague {
            false => Mood::RefusesOne(bad.clone()),
            true => Mood::Vague(bad.clone()),
        });
        let summary = settled(&server, 11).await;
        assert_eq!(count(&summary, "refused"), 1, "{summary}");
        let refused = server.get(&format!("/v1/statements/{bad}")).await;
        let words = match vague {
            false => "content_date: The content date is invalid.",
            true => "status 400",
        };
        assert_eq!((&refused["state"], &refused["error"]), (&json!("refused"), &json!(words)));
        let page = server.by("admin", Method::GET, "/statements?state=refused").await;
        let html = page.send().await.unwrap().text().await.unwrap();
        assert!(html.contains(words) && html.contains("Send again"), "{html}");
        database.mood(Mood::Well);
        let again = server.ask(Method::POST, "/v1/statements/resend").send().await.unwrap();
        assert_eq!(again.json::<Value>().await.unwrap(), json!({"count": 1}));
        settled(&server, 12).await;
    }
}

#[tokio::test]
async fn a_token_that_is_not_accepted_is_said_and_nothing_is_lost() {
    let (folder, database) = (tempfile::tempdir().unwrap(), Database::default());
    let address = database.serve().await;
    let server = Server::start_with(folder.path(), &config(address), &[("TOKEN", "an-old-one")]);
    events(&server, 2).await;
    let is_troubled = |summary: &Value| summary["trouble"] != Value::Null;
    let summary = awaited(&server, "/v1/statements/summary", is_troubled).await;
    let words = "the database does not accept the token (status 401: Unauthenticated.)";
    assert_eq!((&summary["trouble"], count(&summary, "waiting")), (&json!(words), 2));
    server.stop();
    let server = start(folder.path(), address);
    settled(&server, 2).await;
}

#[tokio::test]
async fn a_notice_is_named_as_source_and_an_order_owes_no_statement() {
    let (folder, database) = (tempfile::tempdir().unwrap(), Database::default());
    let address = database.serve().await;
    let server = start(folder.path(), address);
    staff(&server, "ana", &["moderator"]).await;
    let flagger = json!({"kind": "trusted_flagger", "name": "Sample Flagger"});
    let key = party(&server, "flagger", flagger, &["notices:write"]).await;
    let police = party(&server, "ro-police", authority("ro-police", true), &["orders:write"]).await;
    server.events(&[harmless("v-1"), harmless("v-2"), harmless("v-3")].join("\n")).await;
    let url = |id: &str| format!("https://video.example/v/{id}");
    // Notices of anybody and of a trusted flagger, and an order that is carried out at once.
    for (id, key) in [("v-1", None), ("v-2", Some(key.as_str()))] {
        let (status, _) = send(&server, key, "/v1/notices", &notice(&url(id), "a@p.example")).await;
        assert_eq!(status, 201);
        let (_, case) = act(&server, "ana", "next", json!({})).await;
        let case = case["case"]["id"].as_str().unwrap().to_owned();
        let verdict = close("violation", &["remove", "suspend_account:7"]);
        assert_eq!(act(&server, "ana", &case, verdict).await.0, 200);
    }
    let order = removal("ro-police", "A", &url("v-3"));
    let (_, taken) = send(&server, Some(&police), "/v1/orders", &order).await;
    assert_eq!(taken["state"], "unconfirmed", "{taken}");
    settled(&server, 2).await;
    let sent: Vec<Value> = database.with(|kept| kept.statements.values().cloned().collect());
    let of = |source: &str| {
        sent.iter().find(|one| one["source_type"] == source).unwrap_or_else(|| panic!("{sent:?}"))
    };
    for statement in [of("SOURCE_ARTICLE_16"), of("SOURCE_TRUSTED_FLAGGER")] {
        assert_eq!(statement["automated_detection"], "No", "{statement}");
        assert_eq!(statement["automated_decision"], "AUTOMATED_DECISION_NOT_AUTOMATED");
        assert_eq!(
            statement["decision_visibility"],
            json!(["DECISION_VISIBILITY_CONTENT_REMOVED"])
        );
        assert_eq!(statement["decision_account"], "DECISION_ACCOUNT_SUSPENDED");
        assert_eq!(statement["content_date"], "2024-11-20", "that of the content: {statement}");
        assert_eq!(statement["content_type"], json!(["CONTENT_TYPE_VIDEO"]));
        let whole = statement.to_string();
        for word in ["a@p.example", "flagger\"", "forged tickets", "colleagues", "v-1", "v-2"] {
            assert!(!whole.contains(word), "{word} in {whole}");
        }
    }
}

#[tokio::test]
async fn an_export_has_the_columns_of_the_daily_files_and_passes_the_check() {
    let (folder, database) = (tempfile::tempdir().unwrap(), Database::default());
    let address = database.serve().await;
    let server = start(folder.path(), address);
    events(&server, 4).await;
    settled(&server, 4).await;
    server.stop();
    let store = folder.path().join("p.db");
    let table = run(&["statements", "export", text(&store), "--platform", "Example Video"]);
    assert_eq!(table.code, Some(0), "{}", table.err);
    assert!(table.err.contains("4 statements of reasons"), "{}", table.err);
    let lines: Vec<&str> = table.out.lines().collect();
    assert_eq!((lines.len(), lines[0].split(',').count()), (5, 38));
    assert!(lines[1].contains("Example Video") && lines[1].starts_with("uuid-"), "{}", lines[1]);
    let light = run(&["statements", "export", text(&store), "--light", "--until", "2024-11-19"]);
    assert_eq!((light.out.lines().count(), light.out.split(',').count()), (1, 34));
    let json = folder.path().join("s.ndjson");
    let args = ["statements", "export", text(&store), "--json", "--out", text(&json)];
    assert_eq!(run(&args).code, Some(0));
    let checked = run(&["statements", "check", text(&json)]);
    assert_eq!((checked.code, checked.out.as_str()), (Some(0), ""), "{}", checked.err);
    let broken = std::fs::read_to_string(&json).unwrap().replace("\"Yes\"", "true");
    std::fs::write(&json, broken).unwrap();
    let checked = run(&["statements", "check", text(&json), "--json"]);
    assert_eq!(checked.code, Some(4), "{}", checked.err);
    assert!(checked.out.contains("\"code\":\"not_a_text\""), "{}", checked.out);
}
