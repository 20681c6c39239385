//! Crowds at the door: connections that hold places, guesses at passwords, streams of one caller.
//! The others get in.

use std::net::SocketAddr;

use reqwest::Method;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::access::sign_in;
use crate::server::{PATIENCE, Server, code};
use crate::{run, text};

const DOCUMENT: &str = "GET /openapi.json HTTP/1.1\r\nhost: p\r\n";

/// A connection from an address of this machine, which takes little at a time.
async fn connect(server: &Server, from: u8) -> std::io::Result<TcpStream> {
    let to: SocketAddr = server.base.strip_prefix("http://").unwrap().parse().unwrap();
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(4096)?;
    socket.bind(SocketAddr::from(([127, 0, 0, from], 0)))?;
    socket.connect(to).await
}

/// Asks for a lot, sees that it is served, and reads no more.
async fn hold(server: &Server, from: u8) -> TcpStream {
    hold_as(server, from, "").await
}

/// The same, with a header that says who asks.
async fn hold_as(server: &Server, from: u8, header: &str) -> TcpStream {
    let mut stream = connect(server, from).await.unwrap();
    let request = format!("{DOCUMENT}{header}\r\n");
    stream.write_all(request.repeat(100).as_bytes()).await.unwrap();
    let mut first = [0; 12];
    stream.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    stream
}

/// The answer to a request, and the end of the connection; empty if there was none.
async fn ask(server: &Server, from: u8, request: &str) -> String {
    let all = async {
        let mut stream = connect(server, from).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        // Whoever is refused before it is read sees a reset.
        let _ = stream.read_to_end(&mut answer).await;
        std::io::Result::Ok(String::from_utf8_lossy(&answer).into_owned())
    };
    let answer = tokio::time::timeout(PATIENCE, all).await.expect("the connection stays open");
    answer.unwrap_or_default()
}

fn get(path: &str, cookie: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: p\r\ncookie: {cookie}\r\nconnection: close\r\n\r\n")
}

#[tokio::test]
async fn connections_that_never_read_lose_their_places_and_keep_nobody_else_out() {
    let folder = tempfile::tempdir().unwrap();
    let config = "[limits]\nconnections_max = 40\nconnections_per_address_max = 8\n\
                  read_within = \"300ms\"\n";
    let server = Server::launch(folder.path(), config, &[]);
    let mut held = Vec::new();
    for _ in 0..8 {
        held.push(hold(&server, 2).await);
    }
    assert_eq!(ask(&server, 2, &get("/health", "")).await, "", "an address has so many places");
    assert!(ask(&server, 3, &get("/health", "")).await.starts_with("HTTP/1.1 200"));
    let again = async {
        while !ask(&server, 2, &get("/health", "")).await.starts_with("HTTP/1.1 200") {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, again).await.expect("they keep their places");
}

#[tokio::test]
async fn a_form_that_comes_slowly_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::launch(folder.path(), "[limits]\nform_within = \"300ms\"\n", &[]);
    for path in ["/sign-in", "/sign-out", "/notice", "/v1/notices"] {
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: p\r\ncontent-length: 100\r\n\
             content-type: application/x-www-form-urlencoded\r\n\r\nx"
        );
        let answer = ask(&server, 2, &head).await;
        assert!(answer.starts_with("HTTP/1.1 503"), "{path}: {answer}");
    }
}

#[tokio::test]
async fn the_last_places_are_for_people_at_the_console() {
    let folder = tempfile::tempdir().unwrap();
    let config = "[limits]\nconnections_max = 12\nread_within = \"60s\"\n";
    let mut server = Server::launch(folder.path(), config, &[]);
    let password = server.password.take().unwrap();
    let cookie = sign_in(&server, "admin", &password).await.unwrap();
    let key = server.make_key("decisions:read");
    // Its connections are gone with it.
    server.http = reqwest::Client::new();
    let (mut held, header) = (Vec::new(), format!("authorization: Bearer {key}\r\n"));
    while held.len() < 9 {
        held.push(hold_as(&server, 2, &header).await);
    }
    let refused = ask(&server, 3, &get("/openapi.json", "")).await;
    assert!(
        refused.starts_with("HTTP/1.1 429") && refused.contains("connection: close"),
        "{refused}"
    );
    for path in ["/sign-in", "/health"] {
        assert!(ask(&server, 3, &get(path, "")).await.starts_with("HTTP/1.1 200"), "{path}");
    }
    assert!(ask(&server, 3, &get("/rules", &cookie)).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_few_addresses_that_send_slowly_do_not_shut_everybody_out() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::launch(folder.path(), "[limits]\nconnections_max = 16\n", &[]);
    let password = server.password.take().unwrap();
    let mut slow = Vec::new();
    for number in 0..64 {
        let Ok(mut stream) = connect(&server, 2 + number % 4).await else { continue };
        let unfinished = if number % 2 == 0 {
            "POST /sign-in HTTP/1.1\r\nhost: p\r\ncontent-length: 5000\r\n\r\nname=a"
        } else {
            "GET / HTTP/1.1\r\nhost: p\r\n"
        };
        let _ = stream.write_all(unfinished.as_bytes()).await;
        slow.push(stream);
    }
    assert!(ask(&server, 9, &get("/health", "")).await.starts_with("HTTP/1.1 200"));
    assert!(sign_in(&server, "admin", &password).await.is_some());
}

#[tokio::test]
async fn one_key_does_not_take_all_streams() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), "[limits]\nstreams_per_caller_max = 2\n");
    let follow = async |key: &str| {
        let request = server.http.get(server.url("/v1/decisions")).bearer_auth(key);
        request.header("accept", "text/event-stream").send().await.unwrap()
    };
    let (first, second) = (follow(&server.key).await, follow(&server.key).await);
    assert_eq!((first.status().as_u16(), second.status().as_u16()), (200, 200));
    assert_eq!(code(follow(&server.key).await).await, (429, "busy".to_owned()));
    let export = server.ask(Method::GET, "/v1/decisions?format=csv").send().await.unwrap();
    assert_eq!(export.status(), 429, "nor by exports");
    let other = server.make_key("decisions:read");
    assert_eq!(follow(&other).await.status(), 200);
    drop((first, second));
    let again = async {
        while follow(&server.key).await.status() != 200 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, again).await.expect("places do not come back");
}

/// Tries to sign in as if from `address`, behind a proxy; the answer, and the cookies it sets.
async fn attempt(
    server: &Server,
    (address, known): (&str, &str),
    password: &str,
) -> (u16, Vec<String>) {
    let cookies = |response: &reqwest::Response| -> Vec<String> {
        let lines = response.headers().get_all("set-cookie").iter();
        lines.map(|line| line.to_str().unwrap().split(';').next().unwrap().to_owned()).collect()
    };
    let form = server.http.get(server.url("/sign-in")).send().await.unwrap();
    let form = cookies(&form).remove(0);
    let csrf = form.split_once('=').unwrap().1;
    let body = format!("name=admin&password={password}&csrf={csrf}&next=/");
    let request = server.http.post(server.url("/sign-in")).body(body);
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let request = request.header("cookie", format!("{form}; {known}"));
    let response = request.header("x-forwarded-for", address).send().await.unwrap();
    (response.status().as_u16(), cookies(&response))
}

#[tokio::test]
async fn guesses_at_one_account_from_many_addresses_are_slowed_and_its_owner_gets_in() {
    let folder = tempfile::tempdir().unwrap();
    let config = "[proxies]\ntrusted = [\"127.0.0.0/8\"]\n";
    let server = Server::launch(folder.path(), config, &[]);
    let password = server.password.clone().unwrap();
    let (status, cookies) = attempt(&server, ("198.51.100.1", "x=y"), &password).await;
    assert_eq!(status, 303);
    let known = cookies.into_iter().find(|cookie| cookie.starts_with("probity-known=")).unwrap();
    let mut answers = Vec::new();
    for number in 0..40 {
        let address = format!("203.0.113.{number}");
        answers.push(attempt(&server, (&address, "x=y"), "a wrong password").await.0);
    }
    let slowed = answers.iter().filter(|status| **status == 429).count();
    assert!(slowed >= 10 && answers[..20].iter().all(|status| *status == 401), "{answers:?}");
    let (status, _) = attempt(&server, ("192.0.2.77", &known), &password).await;
    assert_eq!(status, 303, "who signed in from that browser before is not slowed");
}

#[tokio::test]
async fn behind_a_proxy_each_client_has_limits_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let config = "[proxies]\ntrusted = [\"127.0.0.0/8\"]\nheader = \"forwarded\"\n";
    let server = Server::launch(folder.path(), config, &[]);
    let notice = async |client: &str| {
        let request = server.http.post(server.url("/v1/notices")).json(&serde_json::json!({}));
        request.header("forwarded", format!("for={client}")).send().await.unwrap().status().as_u16()
    };
    let mut last = 0;
    for _ in 0..30 {
        last = notice("198.51.100.1").await;
    }
    assert_eq!(last, 429);
    assert_ne!(notice("198.51.100.2").await, 429, "another client is not limited by the first");
}

/// Looks at the job with that address until it has ended.
pub(crate) async fn ended(server: &Server, address: &str) -> Value {
    let looked = async {
        loop {
            let job = server.get(address).await;
            if job["state"] != "running" {
                return job;
            }
        }
    };
    tokio::time::timeout(PATIENCE, looked).await.unwrap()
}

#[tokio::test]
async fn a_change_that_takes_long_is_a_job_that_can_be_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), "[limits]\nchange_within = \"60s\"\n");
    let put = |text: &str| server.ask(Method::PUT, "/v1/lists/mine").body(text.to_owned());
    let answer: Value = put("# kind: terms\none\n").send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["is_new"], true, "what is quick is answered as ever: {answer}");
    let request = put("# kind: terms\ntwo\n").header("prefer", "respond-async");
    let later = request.send().await.unwrap();
    assert_eq!(later.status(), 202);
    let address = later.headers()["location"].to_str().unwrap().to_owned();
    let begun: Value = later.json().await.unwrap();
    assert_eq!(address, format!("/v1/jobs/{}", begun["id"]));
    let job = ended(&server, &address).await;
    assert_eq!((&job["state"], &job["progress"]), (&"done".into(), &1.0.into()), "{job}");
    assert_eq!(job["result"]["is_new"], true, "{job}");
    let request = put("# kind: nonsense\n").header("prefer", "respond-async");
    let address = request.send().await.unwrap().headers()["location"].to_str().unwrap().to_owned();
    let job = ended(&server, &address).await;
    assert_eq!((&job["state"], &job["error"]["code"]), (&"failed".into(), &"policies".into()));
    assert_eq!(server.ask(Method::GET, "/v1/jobs/999").send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn who_saw_a_job_end_can_start_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), "");
    for turn in 0..8 {
        let request = server.ask(Method::PUT, "/v1/lists/mine").header("prefer", "respond-async");
        let begun = request.body(format!("# kind: terms\nterm-{turn}\n")).send().await.unwrap();
        assert_eq!(begun.status(), 202, "in turn {turn}");
        let address = begun.headers()["location"].to_str().unwrap().to_owned();
        let job = ended(&server, &address).await;
        let seen = (&job["state"], &job["progress"], job["ended_at"] == Value::Null);
        assert_eq!(seen, (&"done".into(), &1.0.into(), false), "in turn {turn}: {job}");
    }
}

#[tokio::test]
async fn a_policy_file_whose_name_leads_elsewhere_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), "");
    for name in ["../../x.toml", "/x.toml", "lists/../../x.txt", "a b.toml"] {
        let files = serde_json::json!({"files": {name: "[[policy]]"}});
        let put = server.ask(Method::PUT, "/v1/policies").json(&files).send().await.unwrap();
        assert_eq!(code(put).await, (400, "wrong_request".to_owned()), "{name}");
        let files = serde_json::json!({"files": {name: "[[policy]]"}, "reason": "r"});
        for path in ["/v1/proposals", "/v1/backtests"] {
            let post = server.ask(Method::POST, path).json(&files).send().await.unwrap();
            assert_eq!(post.status(), 400, "{path}: {name}");
        }
    }
    let rules = folder.path().join("rules");
    std::fs::create_dir(&rules).unwrap();
    std::fs::write(rules.join("a b.toml"), "").unwrap();
    let ran = run(&["rules", "check", text(&rules)]);
    assert!(ran.code == Some(1) && ran.err.contains("cannot be a file of a policy set"), "{ran:?}");
}

#[cfg(unix)]
#[test]
fn a_ledger_is_verified_where_nothing_can_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("p.db");
    let screened = run(&["screen", "--quiet", "--store", text(&store), "examples/events.ndjson"]);
    assert_eq!(screened.code, Some(0), "{}", screened.err);
    // A name that cannot be opened, as on a read-only file system; that holds for root as well.
    std::os::unix::fs::symlink("nowhere", folder.path().join("p.db-shm")).unwrap();
    let verified = run(&["ledger", "verify", text(&store), "--quiet"]);
    assert_eq!(verified.code, Some(0), "{}", verified.err);
    let shown = run(&["ledger", "show", text(&store)]);
    assert_eq!(shown.code, Some(0), "{}", shown.err);
}
