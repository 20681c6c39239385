//! Webhooks, with receivers that behave and receivers that do not.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::mpsc;

use crate::casework::{act, doubtful, staff};
use crate::server::{PATIENCE, Server, decided};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqr";

/// What a receiver answers: to the message about which subject, with which id, on which attempt.
type Manners = dyn Fn(&str, &str, u32) -> Response + Send + Sync;

/// A message as it arrived.
#[derive(Debug)]
struct Arrived {
    id: String,
    subject: String,
    attempt: u32,
}

struct Receiver {
    manners: Arc<Manners>,
    attempts: Mutex<BTreeMap<String, u32>>,
    to: mpsc::UnboundedSender<Arrived>,
}

/// A receiver that answers with `manners`; messages come out of the channel.
async fn receiver(
    manners: impl Fn(&str, &str, u32) -> Response + Send + Sync + 'static,
) -> (SocketAddr, mpsc::UnboundedReceiver<Arrived>) {
    let (to, arrived) = mpsc::unbounded_channel();
    let state = Receiver { manners: Arc::new(manners), attempts: Mutex::default(), to };
    let service = Router::new().fallback(post(take)).with_state(Arc::new(state));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, service).await });
    (address, arrived)
}

async fn take(State(receiver): State<Arc<Receiver>>, headers: HeaderMap, body: Bytes) -> Response {
    // Verified by the library of Standard Webhooks, not by our own code.
    let webhook = standardwebhooks::Webhook::new(SECRET).unwrap();
    webhook.verify(&body, &headers).unwrap();
    let message: Value = serde_json::from_slice(&body).unwrap();
    let id = headers["webhook-id"].to_str().unwrap().to_owned();
    assert_eq!(message["data"]["decision"], id.as_str());
    let subject = message["data"]["subject"].as_str().unwrap().to_owned();
    let attempt = {
        let mut attempts = receiver.attempts.lock().unwrap();
        let count = attempts.entry(id.clone()).or_default();
        *count += 1;
        *count
    };
    let response = (receiver.manners)(&subject, &id, attempt);
    receiver.to.send(Arrived { id, subject, attempt }).unwrap();
    response
}

fn config(address: SocketAddr, more: &str) -> String {
    format!(
        "[[receiver]]\nname = \"platform\"\nurl = \"http://{address}/hook\"\nsecret_env = \"HOOK\"\n\
         allow_private = true\nfrom_start = true\nretries = [\"1ms\", \"2ms\", \"4ms\"]\n{more}"
    )
}

fn start(folder: &std::path::Path, config: &str) -> Server {
    Server::start_with(folder, config, &[("HOOK", SECRET)])
}

async fn next(arrived: &mut mpsc::UnboundedReceiver<Arrived>) -> Arrived {
    tokio::time::timeout(PATIENCE, arrived.recv()).await.expect("no message came").unwrap()
}

/// Asks until `holds` says that the deliveries are as expected.
async fn wait_for(server: &Server, holds: impl Fn(&Value) -> bool) -> Value {
    let look = async {
        loop {
            let deliveries = server.get("/v1/deliveries").await;
            if holds(&deliveries) {
                return deliveries;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, look).await.expect("deliveries never came to that")
}

/// A second event about the same content.
fn again(content: &str) -> String {
    decided(content)
        .replace(
            &format!("\"id\":\"{content}\",\"source\""),
            &format!("\"id\":\"{content}-2\",\"source\""),
        )
        .replace("content.published", "content.updated")
}

#[tokio::test]
async fn messages_are_signed_and_come_in_order_for_each_subject() {
    let folder = tempfile::tempdir().unwrap();
    // The first attempt at every first message fails: what follows on the subject must wait for it.
    let (address, mut arrived) = receiver(|_, _, attempt| match attempt {
        1 => StatusCode::BAD_REQUEST.into_response(),
        _ => StatusCode::NO_CONTENT.into_response(),
    })
    .await;
    let server = start(folder.path(), &config(address, ""));
    let mut lines = Vec::new();
    for content in ["v-1", "v-2", "v-3"] {
        lines.extend([decided(content), again(content)]);
    }
    server.events(&lines.join("\n")).await;
    let mut taken: BTreeMap<String, Vec<String>> = BTreeMap::new();
    while taken.values().map(Vec::len).sum::<usize>() < 6 {
        let message = next(&mut arrived).await;
        if message.attempt == 2 {
            taken.entry(message.subject).or_default().push(message.id);
        }
    }
    let decisions = server.get("/v1/decisions").await;
    for (subject, ids) in taken {
        let made: Vec<&str> = decisions["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|item| item["decision"]["subject"] == subject.as_str())
            .map(|item| item["id"].as_str().unwrap())
            .collect();
        assert_eq!(ids, made, "{subject}");
    }
    let done = wait_for(&server, |all| all["receivers"][0]["delivered"] == 6).await;
    assert_eq!(done["receivers"][0]["retrying"], 0, "{done}");
}

#[tokio::test]
async fn a_message_that_is_refused_becomes_a_dead_letter_and_can_be_sent_again() {
    let folder = tempfile::tempdir().unwrap();
    let first = Mutex::new(None);
    let manners = move |subject: &str, id: &str, attempt: u32| {
        let is_first = subject == "content/v-bad"
            && first.lock().unwrap().get_or_insert_with(|| id.to_owned()) == id;
        match (is_first, attempt) {
            (true, 1..=4) => StatusCode::UNPROCESSABLE_ENTITY.into_response(),
            _ => StatusCode::OK.into_response(),
        }
    };
    let (address, mut arrived) = receiver(manners).await;
    let server = start(folder.path(), &config(address, ""));
    server.events(&[decided("v-bad"), decided("v-good"), again("v-bad")].join("\n")).await;
    let deliveries = wait_for(&server, |all| all["receivers"][0]["dead"] == 1).await;
    assert_eq!(deliveries["dead"][0]["subject"], "content/v-bad", "{deliveries}");
    assert_eq!(deliveries["dead"][0]["error"], "answered 422 Unprocessable Entity");
    let seq = deliveries["dead"][0]["seq"].as_u64().unwrap();
    // What came after it on the same subject went on.
    wait_for(&server, |all| all["receivers"][0]["delivered"] == 2).await;
    // It is still there after a restart, and is not tried by itself.
    server.stop();
    let server = start(folder.path(), &config(address, ""));
    let path = format!("/v1/deliveries/platform/resend?seq={seq}");
    let resent: Value = server.ask(Method::POST, &path).send().await.unwrap().json().await.unwrap();
    assert_eq!(resent["count"], 1);
    let done = wait_for(&server, |all| all["receivers"][0]["delivered"] == 3).await;
    assert_eq!(done["receivers"][0]["dead"], 0);
    let mut attempts = 0;
    while attempts < 5 {
        let message = next(&mut arrived).await;
        if message.subject == "content/v-bad" {
            attempts = attempts.max(message.attempt);
        }
    }
    let missing = server.ask(Method::POST, "/v1/deliveries/nobody/resend").send().await.unwrap();
    assert_eq!(missing.status(), 404);
}

#[tokio::test]
async fn a_receiver_that_is_down_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    // Nobody listens there yet.
    let place = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = place.local_addr().unwrap();
    drop(place);
    let server = start(folder.path(), &config(address, ""));
    let lines: Vec<String> = (0..40).map(|n| decided(&format!("v-{n}"))).collect();
    server.events(&lines.join("\n")).await;
    let down = wait_for(&server, |all| all["receivers"][0]["is_down"] == true).await;
    assert!(
        down["receivers"][0]["last_error"].as_str().unwrap().starts_with("no connection"),
        "{down}"
    );
    // Killed meanwhile, it goes on where it was.
    server.kill();
    let (to, mut arrived) = mpsc::unbounded_channel();
    let manners: Arc<Manners> = Arc::new(|_, _, _| StatusCode::OK.into_response());
    let state = Receiver { manners, attempts: Mutex::default(), to };
    let service = Router::new().fallback(post(take)).with_state(Arc::new(state));
    let listener = tokio::net::TcpListener::bind(address).await.unwrap();
    tokio::spawn(async move { axum::serve(listener, service).await });
    let server = start(folder.path(), &config(address, ""));
    let mut subjects = std::collections::BTreeSet::new();
    while subjects.len() < 40 {
        subjects.insert(next(&mut arrived).await.subject);
    }
    let done = wait_for(&server, |all| {
        all["receivers"][0]["waiting"] == 0 && all["receivers"][0]["retrying"] == 0
    });
    let done = done.await;
    assert_eq!(
        (&done["receivers"][0]["dead"], &done["receivers"][0]["is_down"]),
        (&0.into(), &false.into())
    );
}

#[tokio::test]
async fn garbage_silence_and_redirects_are_failures_and_harm_nobody() {
    let folder = tempfile::tempdir().unwrap();
    // One that answers garbage.
    let garbage = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let garbage_address = garbage.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = garbage.accept().await {
            let mut head = [0; 1024];
            let _ = socket.read(&mut head).await;
            let _ = socket.write_all(b"\x00\xFFthis is not HTTP\r\n\r\n").await;
        }
    });
    // One that says nothing at all.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent_address = silent.local_addr().unwrap();
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((socket, _)) = silent.accept().await {
            open.push(socket);
        }
    });
    // One that leads elsewhere, into a private network.
    let (hidden, mut reached) = receiver(|_, _, _| StatusCode::OK.into_response()).await;
    let (redirecting, mut redirected) = receiver(move |_, _, _| {
        let to = format!("http://{hidden}/inside");
        (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, to)]).into_response()
    })
    .await;
    let one = |name: &str, address: SocketAddr| {
        config(address, "timeout = \"200ms\"\n").replace("platform", name)
    };
    let config =
        [one("garbage", garbage_address), one("silent", silent_address), one("leads", redirecting)];
    let server = start(folder.path(), &config.concat());
    let lines: Vec<String> = (0..5).map(|n| decided(&format!("v-{n}"))).collect();
    server.events(&lines.join("\n")).await;
    next(&mut redirected).await;
    let seen = wait_for(&server, |all| {
        let (garbage, silent, leads) =
            (&all["receivers"][0], &all["receivers"][1], &all["receivers"][2]);
        garbage["is_down"] == true && silent["is_down"] == true && leads["dead"] == 5
    });
    let seen = seen.await;
    assert!(
        seen["receivers"][0]["last_error"].as_str().unwrap().starts_with("no proper answer"),
        "{seen}"
    );
    assert_eq!(seen["receivers"][1]["last_error"], "no answer in time");
    assert!(seen["dead"][0]["error"].as_str().unwrap().contains("redirects are not followed"));
    assert!(reached.try_recv().is_err(), "nobody followed the redirect");
    // The decision tells how its message is doing.
    let id =
        server.get("/v1/decisions?limit=1").await["items"][0]["id"].as_str().unwrap().to_owned();
    let whole = server.get(&format!("/v1/decisions/{id}")).await;
    assert_eq!(whole["deliveries"].as_array().unwrap().len(), 3, "{}", whole["deliveries"]);
    server.stop();
}

#[test]
fn a_private_address_is_refused_before_anything_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.toml");
    let config = "[[receiver]]\nname = \"p\"\nurl = \"http://169.254.169.254/latest\"\nsecret_env = \"HOOK\"\n";
    std::fs::write(&path, config).unwrap();
    let args = ["serve", "--config", crate::text(&path), "--listen", "127.0.0.1:0"];
    let mut command = crate::probity(&args);
    command.args(["--store", crate::text(&folder.path().join("p.db"))]);
    let ran = crate::Ran::from(command.env("HOOK", SECRET).output().unwrap());
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("lies in a private network"), "{}", ran.err);
    let ran = crate::Ran::from(command.env_remove("HOOK").output().unwrap());
    assert!(ran.err.contains("environment variable `HOOK`"), "{}", ran.err);
}

#[tokio::test]
async fn an_escalation_that_did_not_leave_is_shown_until_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let is_up = Arc::new(AtomicBool::new(false));
    let answers = Arc::clone(&is_up);
    let (address, _arrived) = receiver(move |_, _, _| {
        let is_up = answers.load(Ordering::SeqCst);
        let status = if is_up { StatusCode::NO_CONTENT } else { StatusCode::SERVICE_UNAVAILABLE };
        status.into_response()
    })
    .await;
    let server = start(folder.path(), &config(address, ""));
    staff(&server, "ana", &["moderator"]).await;
    server.events(&doubtful("e-1", "v-1")).await;
    assert_eq!(act(&server, "ana", "c-1", json!({"do": "claim"})).await.0, 200);
    let escalate = json!({"do": "escalate", "note": "this needs a lawyer"});
    let (status, case) = act(&server, "ana", "c-1", escalate).await;
    assert_eq!(status, 200, "{case}");
    // What was done is in the ledger and the outbox, and it is plain that nobody outside knows.
    let decided = server.get("/v1/decisions?subject=content/v-1&effect=escalate").await;
    assert_eq!(decided["items"].as_array().unwrap().len(), 1, "{decided}");
    assert_eq!(decided["items"][0]["decision"]["policy"], case["case"]["policy"]);
    for unsent in [&case["case"]["unsent"], &server.get("/v1/cases").await["items"][0]["unsent"]] {
        assert_eq!(unsent[0]["receiver"], "platform", "{case}");
        assert!(
            ["waiting", "retrying"].contains(&unsent[0]["state"].as_str().unwrap()),
            "{unsent}"
        );
    }
    is_up.store(true, Ordering::SeqCst);
    let told = async {
        while server.get("/v1/cases/c-1").await["case"]["unsent"] != json!([]) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, told).await.expect("the escalation never left");
}
