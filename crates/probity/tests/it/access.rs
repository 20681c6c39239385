//! Who may do what, on every route.

use std::collections::BTreeSet;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

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
            // What a person answers for by name, no key may do.
            let is_personal = *method != Method::GET
                && app::access::permission::PERSONAL.contains(&scope.as_str());
            assert_eq!(allowed == 403, is_personal, "{at} {allowed}");
            assert!(allowed != 401 && !allowed.is_server_error(), "{at} {allowed}");
        }
    }
}

/// Every role at every endpoint: a caller with the permission is let in, nobody else is.
#[tokio::test]
async fn every_role_may_do_what_the_table_says_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), "[limits]\nrequests_per_second = 0\n");
    let flagger = json!({"kind": "trusted_flagger", "name": "Sample Flagger"});
    let authority = json!({"kind": "authority", "authority": {"id": "police", "name": "Police",
        "member_state": "RO", "kind": "law_enforcement"}});
    for (id, party) in [("flagger", flagger), ("police", authority)] {
        let put = server.by("admin", Method::PUT, &format!("/v1/parties/{id}")).await;
        assert_eq!(put.json(&party).send().await.unwrap().status(), 204);
    }
    let operations = operations(&server).await;
    for (role, _) in app::access::permission::ROLES {
        let party = match *role {
            "partner" => Some("flagger"),
            "authority" => Some("police"),
            _ => None,
        };
        let account = json!({"roles": [role], "password": "long enough to be one",
            "party": party});
        let made = server.by("admin", Method::PUT, &format!("/v1/staff/x-{role}")).await;
        assert_eq!(made.json(&account).send().await.unwrap().status(), 204, "{role}");
        let name = format!("x-{role}");
        let cookie = sign_in(&server, &name, "long+enough+to+be+one").await.unwrap();
        let open = async |path: &str| {
            let request = server.http.get(server.url(path)).header("cookie", &cookie);
            request.send().await.unwrap()
        };
        // The first page that the role may see.
        let first = open("/").await;
        let first = match first.headers().get("location") {
            Some(to) => open(to.to_str().unwrap()).await,
            None => first,
        };
        let html = first.text().await.unwrap();
        let (_, rest) =
            html.split_once("name=\"csrf\" value=\"").unwrap_or_else(|| panic!("{role}"));
        let csrf = rest.split('"').next().unwrap().to_owned();
        for (method, path, scope) in &operations {
            let Some(scope) = scope else { continue };
            let request = server.http.request(method.clone(), server.url(path));
            let request = request.header("cookie", &cookie).header("x-csrf-token", &csrf);
            let response = request.body("{}").send().await.unwrap();
            let status = response.status().as_u16();
            let body = if status == 200 { String::new() } else { response.text().await.unwrap() };
            let is_refused = status == 403 && body.contains(&format!("the scope `{scope}`"));
            let expected = !app::access::permission::allows(role, scope);
            assert_eq!(is_refused, expected, "{role} {method} {path}: {status} {body}");
            assert!(status < 500 && status != 401, "{role} {method} {path}: {status} {body}");
        }
    }
}

#[tokio::test]
async fn a_second_factor_is_asked_for_and_no_code_is_taken_twice() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), "");
    let store = folder.path().join("p.db");
    let added = run(&["staff", "totp", text(&store), "admin"]);
    assert_eq!(added.code, Some(0), "{}", added.err);
    let (_, secret) = added.out.split_once("secret=").unwrap();
    let secret = secret.split('&').next().unwrap();
    let password = server.password.clone().unwrap();
    assert_eq!(sign_in(&server, "admin", &password).await, None, "without a code");
    assert_eq!(sign_in(&server, "admin", &format!("{password}&code=000000")).await, None);
    let bytes = totp_rs::Secret::Encoded(secret.to_owned()).to_bytes().unwrap();
    let totp = totp_rs::TOTP::new(totp_rs::Algorithm::SHA1, 6, 0, 30, bytes).unwrap();
    // The clock of the system, as files are dated by it.
    let dated = folder.path().join("now");
    std::fs::write(&dated, "").unwrap();
    let now = std::fs::metadata(&dated).unwrap().modified().unwrap();
    let now = now.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let told = format!("{password}&code={}", totp.generate(now));
    let session = sign_in(&server, "admin", &told).await;
    assert!(session.is_some(), "with its code");
    assert_eq!(sign_in(&server, "admin", &told).await, None, "the code was used");
    assert_eq!(run(&["staff", "totp", text(&store), "admin", "--off"]).code, Some(0));
    assert!(sign_in(&server, "admin", &password).await.is_some());
}

/// A session that somebody else chose beforehand is worth nothing after signing in.
#[tokio::test]
async fn a_session_cannot_be_fixed_beforehand() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), "");
    let chosen = format!("probity={}", "0".repeat(64));
    let form = server.http.get(server.url("/sign-in")).header("cookie", &chosen);
    let form = form.send().await.unwrap();
    let bound =
        form.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let csrf = bound.split_once('=').unwrap().1.to_owned();
    let password = server.password.as_ref().unwrap();
    let body = format!("name=admin&password={password}&csrf={csrf}&next=%2F");
    let request = server.http.post(server.url("/sign-in")).body(body);
    let request = request.header("cookie", format!("{chosen}; {bound}"));
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let response = request.send().await.unwrap();
    let given = response.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(!given.starts_with(&chosen), "{given}");
    let page = server.http.get(server.url("/rules")).header("cookie", &chosen);
    assert_eq!(page.send().await.unwrap().status(), 303, "the chosen one opens nothing");
}

/// What the API refuses, the command line refuses as well, and both leave a line in the audit
/// trail.
#[tokio::test]
async fn staff_is_checked_and_entered_alike_by_every_way() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), "");
    let store = folder.path().join("p.db");
    let flagger = json!({"kind": "trusted_flagger", "name": "Sample Flagger"});
    let put = server.by("admin", Method::PUT, "/v1/parties/f1").await.json(&flagger);
    assert_eq!(put.send().await.unwrap().status(), 204);
    let by_api = async |name: &str, roles: &[&str], party: Option<&str>| {
        let account = json!({"roles": roles, "password": "long enough to be one", "party": party});
        let path = format!("/v1/staff/{}", name.replace(' ', "%20"));
        let request = server.by("admin", Method::PUT, &path).await.json(&account);
        request.send().await.unwrap().status().as_u16()
    };
    let by_command = |name: &str, roles: &[&str], party: Option<&str>| {
        let mut args = vec!["staff", "add", text(&store), name];
        args.extend(roles.iter().flat_map(|role| ["--role", role]));
        args.extend(party.iter().flat_map(|party| ["--party", party]));
        run(&args)
    };
    for (name, roles, party) in [
        ("p1", &["partner"][..], None),
        ("l1", &["lead"], Some("f1")),
        ("pl", &["partner", "lead"], Some("f1")),
        ("au", &["authority"], Some("f1")),
        ("no", &["partner"], Some("nobody")),
        (" admin", &["analyst"], None),
        ("a..b", &["analyst"], None),
        ("ad\u{202e}min", &["analyst"], None),
        ("аdmin", &["analyst"], None),
        ("Admin", &["analyst"], None),
    ] {
        assert_eq!(by_api(name, roles, party).await, 400, "{name:?} {roles:?}");
        let ran = by_command(name, roles, party);
        assert_eq!(ran.code, Some(1), "{name:?} {roles:?}: {}", ran.out);
    }
    assert_eq!(by_api("ana", &["moderator"], None).await, 204);
    assert_eq!(by_command("ben", &["moderator"], None).code, Some(0));
    assert_eq!(run(&["staff", "remove", text(&store), "ben"]).code, Some(0));
    let trail = server.get("/v1/audit").await;
    let lines: Vec<(&str, &str)> = trail["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (item["by"].as_str().unwrap(), item["about"].as_str().unwrap()))
        .collect();
    assert!(lines.contains(&("admin", "staff ana")), "{lines:?}");
    assert!(lines.contains(&("command line", "staff ben")), "{lines:?}");
}

/// What the command line does with keys and accounts, the API does alike.
#[tokio::test]
async fn keys_and_second_factors_are_made_and_taken_away_by_a_person() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), "");
    crate::casework::hire(&server, "ana", &["moderator"], &[]);
    crate::casework::hire(&server, "ben", &["moderator"], &[]);
    let ask = async |method: Method, path: &str, body: Option<Value>| {
        let request = server.by("admin", method, path).await;
        body.into_iter().fold(request, |request, body| request.json(&body)).send().await.unwrap()
    };
    let new = json!({"name": "a tool", "scopes": ["overview:read", "overview:read"]});
    let by_key = server.ask(Method::POST, "/v1/keys").json(&new).send().await.unwrap();
    assert_eq!(code(by_key).await, (403, "wrong_person".to_owned()));
    for wrong in [
        json!({"name": "x", "scopes": ["overview:reed"]}),
        json!({"name": "", "scopes": ["all"]}),
        json!({"name": "x", "scopes": []}),
        json!({"name": "x", "scopes": ["all"], "party": "nobody"}),
    ] {
        let refused = ask(Method::POST, "/v1/keys", Some(wrong)).await;
        assert_eq!(code(refused).await, (400, "wrong_request".to_owned()));
    }
    let made = ask(Method::POST, "/v1/keys", Some(new)).await;
    assert_eq!(made.status(), 201);
    let made: Value = made.json().await.unwrap();
    let key = made["key"].as_str().unwrap();
    assert_eq!(status(&server, &Method::GET, "/v1/overview", Some(key)).await, 200);
    assert_eq!(status(&server, &Method::GET, "/v1/cases", Some(key)).await, 403);
    let path = format!("/v1/keys/{}", made["id"].as_str().unwrap());
    assert_eq!(ask(Method::DELETE, &path, None).await.status(), 204);
    assert_eq!(ask(Method::DELETE, &path, None).await.status(), 404, "it is revoked");
    let listed: Value = ask(Method::GET, "/v1/keys", None).await.json().await.unwrap();
    let listed = listed.as_array().unwrap().iter().find(|one| one["id"] == made["id"]).unwrap();
    assert_eq!(listed["scopes"], json!(["overview:read"]));
    assert!(listed["revoked_at"].is_string() && listed.get("hash").is_none(), "{listed}");

    let factor = "/v1/staff/ana/second-factor";
    let made: Value = ask(Method::POST, factor, None).await.json().await.unwrap();
    assert!(made["address"].as_str().unwrap().starts_with("otpauth://totp/Probity:ana?secret="));
    assert!(sign_in(&server, "ana", "the+password+of+ana").await.is_none());
    assert_eq!(ask(Method::DELETE, factor, None).await.status(), 204);
    assert!(sign_in(&server, "ana", "the+password+of+ana").await.is_some());
    assert_eq!(ask(Method::POST, "/v1/staff/eve/second-factor", None).await.status(), 404);

    let at = json!({"issuer": "https://id.example", "sub": "17"});
    let bound = ask(Method::PUT, "/v1/staff/ana/identity", Some(at.clone())).await;
    assert_eq!(bound.status(), 204);
    let twice = ask(Method::PUT, "/v1/staff/ben/identity", Some(at.clone())).await;
    assert_eq!(code(twice).await, (400, "wrong_request".to_owned()), "it is the identity of ana");
    assert_eq!(ask(Method::DELETE, "/v1/staff/ana/identity", None).await.status(), 204);
    assert_eq!(ask(Method::PUT, "/v1/staff/ben/identity", Some(at)).await.status(), 204);
}

/// Nobody gives themselves more, and a key gives nobody anything.
#[tokio::test]
async fn nobody_clears_themselves_and_no_account_reaches_beyond_its_party() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), "");
    let store = folder.path().join("p.db");
    crate::casework::hire(&server, "ana", &["moderator"], &[]);
    let cleared = json!({"roles": ["admin"], "password": "long enough to be one",
        "skills": {"is_cleared": true}});
    let own = server.by("admin", Method::PUT, "/v1/staff/admin").await.json(&cleared);
    assert_eq!(code(own.send().await.unwrap()).await, (403, "wrong_person".to_owned()));
    let legal = json!({"roles": ["admin", "legal"], "password": "long enough to be one"});
    let own = server.by("admin", Method::PUT, "/v1/staff/admin").await.json(&legal);
    assert_eq!(code(own.send().await.unwrap()).await, (403, "wrong_person".to_owned()));
    let by_key = server.ask(Method::PUT, "/v1/staff/eve").json(&legal);
    assert_eq!(code(by_key.send().await.unwrap()).await, (403, "wrong_person".to_owned()));
    // What an earlier build let in does not reach further than its party.
    let kept = store::Store::look(&store).await.unwrap();
    let ana = kept.staff_called("ana").await.unwrap().unwrap();
    let role = "lead partner".to_owned();
    let odd = store::Staff { name: "odd".into(), role, party: Some("f1".into()), ..ana.clone() };
    let loose = store::Staff { name: "loose".into(), role: "partner".into(), ..ana };
    let mut rows = engine::Rows::default();
    for staff in [&odd, &loose] {
        rows.put([staff]);
        let (staff, hash) = (staff.name.clone(), staff.password.clone());
        rows.asides.push(store::Aside::Password { staff, hash });
    }
    engine::Door::beside(&kept).write(rows).await.unwrap();
    kept.close().await;
    let odd = sign_in(&server, "odd", "the+password+of+ana").await.unwrap();
    let loose = sign_in(&server, "loose", "the+password+of+ana").await.unwrap();
    // Their passwords are hers.
    for (cookie, path) in [(&odd, "/v1/cases"), (&odd, "/cases"), (&loose, "/v1/notices")] {
        let request = server.http.get(server.url(path)).header("cookie", cookie);
        assert_eq!(request.send().await.unwrap().status(), 403, "{path}");
    }
}

/// One holder of keys and names cannot pass for two people.
#[tokio::test]
async fn a_key_is_no_second_person_whomever_it_names() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), "");
    for name in ["ana", "ben"] {
        crate::casework::hire(&server, name, &["approver", "moderator"], &[]);
    }
    let files = json!({"files": {"x.toml": "# nothing"}, "reason": "to see"});
    let named = server.ask(Method::POST, "/v1/proposals").header("probity-reviewer", "ana");
    let named = named.json(&files).send().await.unwrap();
    assert_eq!(code(named).await, (403, "wrong_person".to_owned()), "nobody proposes as ana");
    let proposed = server.ask(Method::POST, "/v1/proposals").json(&files).send().await.unwrap();
    assert_eq!(proposed.status(), 200, "a program may propose");
    let (path, reason) = ("/v1/proposals/1/approve", json!({"reason": "fine"}));
    for who in [None, Some("ana"), Some("ben")] {
        let request = server.ask(Method::POST, path).json(&reason);
        let request = match who {
            Some(who) => request.header("probity-reviewer", who),
            None => request,
        };
        let answer = code(request.send().await.unwrap()).await;
        assert_eq!(answer, (403, "wrong_person".to_owned()), "{who:?}");
    }
    let approved = server.by("ben", Method::POST, path).await.json(&reason).send().await.unwrap();
    assert_eq!(approved.status(), 200, "{}", approved.text().await.unwrap());
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
    "/jobs",
    "/history",
    "/lists",
    "/lists/ro_voting",
    "/refused",
    "/deliveries",
    "/system",
    "/audit",
    "/statements",
    "/reports",
];

/// Pages of those who judge, and of those who lead them.
const CASEWORK: &[&str] = &[
    "/quality",
    "/staffing",
    "/people",
    "/queues",
    "/cases",
    "/cases/c-1",
    "/orders",
    "/orders/x",
    "/notices",
    "/appeals",
    "/parties",
    "/holds",
    "/work",
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
    "/jobs/1",
    "/rejudge",
    "/cases/c-1",
    "/work/next",
    "/orders",
    "/orders/x",
    "/holds/x/release",
    "/notices",
    "/parties",
    "/people",
    "/people/x/skills",
    "/people/x/remove",
    "/statements/resend",
    "/reports",
    "/reports/1",
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
    for page in PAGES.iter().chain(CASEWORK) {
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
    for path in CASEWORK {
        assert_eq!(page(path, &ana).await.status(), 403, "{path}");
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
