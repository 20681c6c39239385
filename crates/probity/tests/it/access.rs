//! Who may do what, on every route.

use std::collections::BTreeSet;

use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::server::{PATIENCE, Server, code};
use crate::{run, text};

/// Every operation of the document: method, path with its parameters filled in, scope.
async fn operations(server: &Server) -> Vec<(Method, String, Option<String>)> {
    let url = server.url("/openapi.json");
    let document: Value = server.http.get(url).send().await.unwrap().json().await.unwrap();
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let method: Method = method.to_uppercase().parse().unwrap();
            let scope = operation["security"][0]["key"][0].as_str().map(str::to_owned);
            let path = path.replace("{kind}", "content").replace(['{', '}'], "");
            operations.push((method, path, scope));
        }
    }
    operations
}

async fn status(server: &Server, method: &Method, path: &str, key: Option<&str>) -> StatusCode {
    let mut request = server.http.request(method.clone(), server.url(path));
    if let Some(key) = key {
        request = request.bearer_auth(key);
    }
    request.send().await.unwrap().status()
}

#[tokio::test]
async fn every_route_of_the_api_asks_for_its_scope() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), "");
    let operations = operations(&server).await;
    assert!(operations.len() >= 19, "{}", operations.len());
    let scopes: BTreeSet<String> =
        operations.iter().filter_map(|(.., scope)| scope.clone()).collect();
    let public: Vec<&str> = operations
        .iter()
        .filter(|(.., scope)| scope.is_none())
        .map(|(_, path, _)| path.as_str())
        .collect();
    // A notice needs no account (Art. 16(1) DSA); what became of it is told to who knows its id.
    assert_eq!(public, ["/health", "/ready", "/v1/notices", "/v1/notices/id"]);
    let last = if server.key.ends_with('0') { '1' } else { '0' };
    let wrong = format!("{}{last}", &server.key[..server.key.len() - 1]);
    for scope in &scopes {
        let others: Vec<&str> =
            scopes.iter().filter(|other| *other != scope).map(String::as_str).collect();
        let (only, others) = (server.make_key(scope), server.make_key(&others.join(" ")));
        let named = operations.iter().filter(|(.., asked)| asked.as_ref() == Some(scope));
        for (method, path, _) in named {
            let at = format!("{method} {path}");
            assert_eq!(status(&server, method, path, None).await, 401, "{at}");
            for bad in [wrong.as_str(), "prb_x_y", "nonsense", "prb__", ""] {
                assert_eq!(status(&server, method, path, Some(bad)).await, 401, "{at} {bad}");
            }
            assert_eq!(status(&server, method, path, Some(&others)).await, 403, "{at}");
            let allowed = status(&server, method, path, Some(&only)).await;
            assert!(
                allowed != 401 && allowed != 403 && !allowed.is_server_error(),
                "{at} {allowed}"
            );
        }
    }
}

/// The pages of the console, and the scope that each asks for.
const PAGES: &[&str] = &[
    "/",
    "/live",
    "/live/decisions",
    "/decisions",
    "/decisions/abcdef",
    "/subjects/account/a-1",
    "/find?q=x",
    "/rules",
    "/rules/edit",
    "/proposals",
    "/backtests",
    "/rejudge",
    "/history",
    "/lists",
    "/lists/ro_voting",
    "/refused",
    "/deliveries",
    "/system",
    "/audit",
];

/// What changes something, as forms do.
const FORMS: &[&str] = &[
    "/lists/ro_voting",
    "/deliveries/r/resend",
    "/deliveries/r/1/resend",
    "/rules/x/stage",
    "/rules/x/resume",
    "/proposals",
    "/proposals/1/decide",
    "/backtests",
    "/backtests/1/cancel",
    "/rejudge",
];

/// Signs in; returns the cookie of the session.
pub(crate) async fn sign_in(server: &Server, name: &str, password: &str) -> Option<String> {
    let form = server.http.get(server.url("/sign-in")).send().await.unwrap();
    let cookie =
        form.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let csrf = cookie.split_once('=').unwrap().1.to_owned();
    let body = format!("name={name}&password={password}&csrf={csrf}&next=%2Frules");
    let request = server.http.post(server.url("/sign-in")).header("cookie", &cookie).body(body);
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let response = request.send().await.unwrap();
    if response.status() != 303 {
        assert_eq!(response.status(), 401);
        return None;
    }
    assert_eq!(response.headers()["location"], "/rules");
    let cookie = response.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    Some(cookie.split(';').next().unwrap().to_owned())
}

#[tokio::test]
async fn every_page_asks_who_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), "");
    for page in PAGES {
        let response = server.http.get(server.url(page)).send().await.unwrap();
        assert_eq!(response.status(), 303, "{page}");
        assert!(response.headers()["location"].to_str().unwrap().starts_with("/sign-in?next=/"));
        // A key is for programs, not for pages.
        let response = server.ask(Method::GET, page).send().await.unwrap();
        assert_eq!(response.status(), 303, "{page}");
    }
    for form in FORMS {
        let request = server.http.post(server.url(form)).body("csrf=x&text=x");
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        assert_eq!(request.send().await.unwrap().status(), 303, "{form}");
    }
}

#[tokio::test]
async fn an_analyst_sees_everything_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), "");
    let store = folder.path().join("p.db");
    let added = run(&["staff", "add", text(&store), "ana", "--role", "analyst"]);
    assert_eq!(added.code, Some(0), "{}", added.err);
    let ana = sign_in(&server, "ana", added.out.trim()).await.unwrap();
    let admin = sign_in(&server, "admin", server.password.as_ref().unwrap()).await.unwrap();
    let page = async |path: &str, cookie: &str| {
        server.http.get(server.url(path)).header("cookie", cookie).send().await.unwrap()
    };
    for path in PAGES.iter().filter(|path| !path.starts_with("/live") && !path.starts_with("/find"))
    {
        let status = page(path, &ana).await.status();
        let expected = if *path == "/decisions/abcdef" { 404 } else { 200 };
        assert_eq!(status, expected, "{path}");
    }
    let post = async |path: &str, cookie: &str, csrf: &str| {
        let request = server.http.post(server.url(path)).header("cookie", cookie);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        request.body(format!("csrf={csrf}&text=x")).send().await.unwrap().status()
    };
    let html = page("/lists/ro_voting", &ana).await.text().await.unwrap();
    let token = |html: &str| {
        let (_, rest) = html.split_once("name=\"csrf\" value=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let own = token(&html);
    for form in FORMS {
        assert_eq!(post(form, &ana, &own).await, 403, "{form}");
        assert_eq!(post(form, &admin, &own).await, 403, "the token of another session: {form}");
    }
    // A script of the console needs the token as well, and reading needs none.
    let put = async |csrf: Option<&str>| {
        let request = server.http.put(server.url("/v1/lists/ro_voting")).header("cookie", &admin);
        let request = match csrf {
            Some(csrf) => request.header("x-csrf-token", csrf),
            None => request,
        };
        request.body("# kind: terms\nx\n").send().await.unwrap()
    };
    assert_eq!(code(put(None).await).await, (403, "forged".to_owned()));
    let html = page("/lists/ro_voting", &admin).await.text().await.unwrap();
    assert_eq!(put(Some(&token(&html))).await.status(), 200);
    assert_eq!(page("/v1/decisions", &ana).await.status(), 200);
    assert_eq!(page("/metrics", &ana).await.status(), 403);
    assert_eq!(sign_in(&server, "ana", "not the password").await, None);
    assert_eq!(sign_in(&server, "nobody", "not the password").await, None);
    // A new password ends the sessions of the old one.
    assert_eq!(run(&["staff", "add", text(&store), "ana", "--role", "analyst"]).code, Some(0));
    assert_eq!(page("/rules", &ana).await.status(), 303);
}

#[tokio::test]
async fn passwords_cannot_be_guessed_fast() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), "");
    let mut last = 401;
    for _ in 0..15 {
        let form = server.http.get(server.url("/sign-in")).send().await.unwrap();
        let cookie =
            form.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        let csrf = cookie.split_once('=').unwrap().1.to_owned();
        let request = server.http.post(server.url("/sign-in")).header("cookie", cookie);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let body = format!("name=admin&password=guess&csrf={csrf}");
        last = request.body(body).send().await.unwrap().status().as_u16();
    }
    assert_eq!(last, 429);
}

#[tokio::test]
async fn a_second_server_on_one_store_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), "");
    let store = folder.path().join("p.db");
    for args in [
        vec!["serve", "--listen", "127.0.0.1:0", "--store", text(&store)],
        vec!["screen", "--quiet", "--store", text(&store), "examples/events.ndjson"],
    ] {
        let ran = run(&args);
        assert_eq!(ran.code, Some(1), "{args:?}");
        assert!(ran.err.contains("another process writes to this store"), "{}", ran.err);
    }
    // Looking is allowed.
    assert_eq!(run(&["ledger", "verify", text(&store), "--quiet"]).code, Some(0));
    server.stop();
    assert_eq!(
        run(&["screen", "--quiet", "--store", text(&store), "examples/events.ndjson"]).code,
        Some(0)
    );
}

#[tokio::test]
async fn a_stream_ends_with_the_key_that_opened_it() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), "");
    let key = server.make_key("decisions:read");
    let request = server.http.get(server.url("/v1/decisions")).bearer_auth(&key);
    let stream = request.header("accept", "text/event-stream").send().await.unwrap();
    assert_eq!(stream.status(), 200);
    let id = key.split('_').nth(1).unwrap();
    let store = folder.path().join("p.db");
    assert_eq!(run(&["key", "revoke", text(&store), id]).code, Some(0));
    let end = tokio::time::timeout(PATIENCE, stream.text()).await.expect("it never ended");
    assert!(!end.unwrap().contains("event:"));
    let response = server.http.get(server.url("/v1/decisions")).bearer_auth(&key).send().await;
    assert_eq!(code(response.unwrap()).await, (401, "unauthenticated".to_owned()));
}
