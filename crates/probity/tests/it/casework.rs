//! Work for people, from outside: cases are opened, claimed by one, judged, taken back, and nothing
//! is lost.

use std::collections::HashSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::access::sign_in;
use crate::server::{PATIENCE, Server, code, decided};
use crate::{probity, run, text};

/// An event after which a person has to look at `content`.
pub(crate) fn doubtful(id: &str, content: &str) -> String {
    json!({
        "specversion": "1.0", "id": id, "source": "/test", "type": "claim.rated",
        "time": "2024-11-20T08:05:00Z",
        "data": {
            "account": {"id": format!("a-{content}")},
            "content": {"id": content, "kind": "video", "lang": "ro", "text": "the moon may be cheese"},
            "claim": {"id": "c1", "rating": "false", "similarity": 0.91, "partner": "sample-check"},
        },
    })
    .to_string()
}

/// Makes an account of the staff with those roles, who reads Romanian.
pub(crate) async fn staff(server: &Server, name: &str, roles: &[&str]) {
    hire(server, name, roles, &[]);
}

/// The same, with more of the command line.
pub(crate) fn hire(server: &Server, name: &str, roles: &[&str], more: &[&str]) {
    let store = server.folder.join("p.db");
    let mut args = vec!["staff", "add", text(&store), name, "--languages", "ro"];
    args.extend(roles.iter().flat_map(|role| ["--role", role]));
    args.extend(more);
    let mut command = probity(&args);
    command.env("PROBITY_STAFF_PASSWORD", format!("the password of {name}"));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The same as [`act`], by somebody who is signed in.
pub(crate) async fn signed(server: &Server, who: &str, case: &str, command: Value) -> (u16, Value) {
    let request = server.by(who, Method::POST, &format!("/v1/cases/{case}")).await;
    let response = request.json(&command).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

/// What `who` is answered who does `command` with a case, or asks for the next one, through a tool
/// of the platform's own.
pub(crate) async fn act(server: &Server, who: &str, case: &str, command: Value) -> (u16, Value) {
    let request = server.ask(Method::POST, &format!("/v1/cases/{case}"));
    let request = request.header("probity-reviewer", who).json(&command);
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

fn remove() -> Value {
    json!({"do": "close", "verdict": {
        "finding": "violation", "policy": "civic.voting", "effects": ["remove"], "note": "plain",
    }})
}

#[tokio::test]
async fn a_case_is_opened_claimed_judged_and_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), "");
    staff(&server, "ana", &["moderator"]).await;
    staff(&server, "ben", &["moderator"]).await;
    server.events(&[doubtful("e-1", "v-1"), doubtful("e-2", "v-1")].join("\n")).await;
    let (status, case) = act(&server, "ana", "next", json!({})).await;
    assert_eq!((status, &case["case"]["subject"]), (200, &json!("content/v-1")), "{case}");
    let id = case["case"]["id"].as_str().unwrap().to_owned();
    assert_eq!(case["members"][0]["decisions"].as_array().unwrap().len(), 2, "both are one case");
    let (status, again) = act(&server, "ana", "next", json!({})).await;
    assert_eq!((status, &again["case"]["id"]), (200, &json!(id)), "her own comes first");
    let (status, other) = act(&server, "ben", &id, json!({"do": "claim"})).await;
    assert_eq!((status, &other["code"]), (409, &json!("held_by_another")));
    let (status, other) = act(&server, "ben", &id, remove()).await;
    assert_eq!((status, &other["code"]), (409, &json!("held_by_another")));
    let (status, none) = act(&server, "ben", "next", json!({})).await;
    assert_eq!((status, &none["code"]), (404, &json!("nothing_waits")));
    // What would be told, before it is decided.
    let preview = server.ask(Method::POST, &format!("/v1/cases/{id}/preview"));
    let preview = preview.json(&remove()["verdict"]).send().await.unwrap();
    let preview: Value = preview.json().await.unwrap();
    assert!(preview["statement"].as_str().unwrap().contains("removed"), "{preview}");
    let wrong = json!({"do": "close", "verdict": {"finding": "violation", "policy": "no.such",
        "effects": ["remove"]}});
    assert_eq!(act(&server, "ana", &id, wrong).await.0, 400);
    let (status, closed) = act(&server, "ana", &id, remove()).await;
    assert_eq!((status, &closed["case"]["state"]), (200, &json!("closed")), "{closed}");
    let verdict = closed["members"][0]["verdict"].as_str().unwrap();
    let decision = server.get(&format!("/v1/decisions/{verdict}")).await["decision"].clone();
    assert_eq!(decision["effects"], json!([{"effect": "remove"}, {"effect": "notify"}]));
    assert_eq!(decision["supersedes"].as_array().unwrap().len(), 2);
    assert_eq!(decision["policy"], "civic.voting");
    assert_eq!(decision["automation"], "not_automated");
    // Ben cannot take it back; Ana can, and judge anew.
    assert_eq!(act(&server, "ben", &id, json!({"do": "undo"})).await.0, 403);
    let (status, undone) = act(&server, "ana", &id, json!({"do": "undo"})).await;
    assert_eq!((status, &undone["case"]["state"]), (200, &json!("held")), "{undone}");
    let last = undone["members"][0]["decisions"][0].as_str().unwrap();
    let back = server.get(&format!("/v1/decisions/{last}")).await["decision"].clone();
    assert_eq!(back["supersedes"], json!([verdict]));
    assert_eq!(back["effects"], json!([{"effect": "notify"}]), "nothing was restricted before");
    let nothing = json!({"do": "close", "verdict": {"finding": "no_violation"}});
    assert_eq!(act(&server, "ana", &id, nothing).await.0, 200);
    let trail = server.get("/v1/audit").await;
    let whats: Vec<&str> =
        trail["items"].as_array().unwrap().iter().map(|i| i["what"].as_str().unwrap()).collect();
    assert_eq!(whats[..4], ["closed", "undone", "closed", "claimed"]);
    // All of it is in the ledger, and judging it again gives the same.
    let store = folder.path().join("p.db");
    server.stop();
    let verified = run(&["ledger", "verify", store.to_str().unwrap()]);
    assert_eq!(verified.code, Some(0), "{}{}", verified.out, verified.err);
}

#[tokio::test]
async fn two_hundred_reviewers_at_once_never_get_one_case_twice() {
    let folder = tempfile::tempdir().unwrap();
    let limits = "[limits]\nrequests_per_second = 0\n";
    let server = Server::start(folder.path(), limits);
    staff(&server, "one", &["moderator"]).await;
    // One password is slow on purpose; the others take over its hash.
    let store = store::Store::look(&folder.path().join("p.db")).await.unwrap();
    let one = store.staff_called("one").await.unwrap().unwrap();
    let mut hired = engine::Rows::default();
    for number in 0..200 {
        let staff = store::Staff { name: format!("r-{number}"), ..one.clone() };
        hired.put([&staff]);
        let (staff, hash) = (staff.name, staff.password);
        hired.asides.push(store::Aside::Password { staff, hash });
    }
    engine::Door::beside(&store).write(hired).await.unwrap();
    let events: Vec<String> =
        (0..300).map(|n| doubtful(&format!("e-{n}"), &format!("v-{n}"))).collect();
    server.events(&events.join("\n")).await;
    let claims = (0..200).map(|number| {
        let server = &server;
        async move { act(server, &format!("r-{number}"), "next", json!({})).await }
    });
    let answers = futures_util::future::join_all(claims).await;
    let mut seen = HashSet::new();
    for (status, case) in &answers {
        assert_eq!(*status, 200, "{case}");
        assert!(seen.insert(case["case"]["id"].as_str().unwrap().to_owned()), "{case}");
    }
    assert_eq!(seen.len(), 200);
    let queues = server.get("/v1/queues").await;
    assert_eq!(queues["held"], 200);
    let waiting: u64 =
        queues["queues"].as_array().unwrap().iter().map(|q| q["waiting"].as_u64().unwrap()).sum();
    assert_eq!(waiting, 100);
    store.close().await;
}

#[tokio::test]
async fn cases_and_leases_outlive_a_crash() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), "");
    staff(&server, "ana", &["moderator"]).await;
    staff(&server, "ben", &["moderator"]).await;
    server.events(&[doubtful("e-1", "v-1"), doubtful("e-2", "v-2")].join("\n")).await;
    let (_, held) = act(&server, "ana", "next", json!({})).await;
    let other = if held["case"]["subject"] == "content/v-1" { "v-2" } else { "v-1" };
    let seen = json!({
        "specversion": "1.0", "id": "seen", "source": "/test", "type": "content.viewed",
        "time": "2024-11-20T08:06:00Z",
        "data": {"content": {"id": other}, "views": {"total": 777, "added": 777}},
    });
    server.events(&seen.to_string()).await;
    let store = store::Store::look(&folder.path().join("p.db")).await.unwrap();
    let kept = async {
        let filter = store::CaseFilter {
            subject: Some(format!("content/{other}")),
            ..store::CaseFilter::default()
        };
        while !store.cases(&filter, 1).await.unwrap()[0].1.contains("777") {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, kept).await.expect("views were never kept");
    store.close().await;
    server.kill();
    let server = Server::start(folder.path(), "");
    let id = held["case"]["id"].as_str().unwrap();
    let mine = server.ask(Method::GET, "/v1/work").header("probity-reviewer", "ana");
    let mine: Value = mine.send().await.unwrap().json().await.unwrap();
    assert_eq!(mine["cases"][0]["id"], id);
    assert_eq!(mine["cases"][0]["lease_until"], held["case"]["lease_until"]);
    let (_, other) = act(&server, "ben", "next", json!({})).await;
    assert_ne!(other["case"]["id"], id);
    assert_eq!(other["case"]["views"], 777);
    let (status, closed) = act(&server, "ana", id, remove()).await;
    assert_eq!((status, &closed["case"]["state"]), (200, &json!("closed")));
}

#[tokio::test]
async fn what_is_restricted_is_for_those_who_are_cleared_and_every_look_is_an_entry() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), "[casework]\nrestricted = [\"casework\"]\n");
    for name in ["ana", "cleo"] {
        staff(&server, name, &["moderator"]).await;
    }
    let skills = json!({"languages": ["ro"], "is_cleared": true});
    let path = "/v1/staff/cleo/skills";
    let by_key = server.ask(Method::PUT, path).json(&skills).send().await.unwrap();
    assert_eq!(code(by_key).await, (403, "wrong_person".to_owned()), "a key clears nobody");
    let cleared = server.by("admin", Method::PUT, path).await.json(&skills);
    assert_eq!(cleared.send().await.unwrap().status(), 204);
    server.events(&doubtful("e-1", "v-1")).await;
    assert_eq!(act(&server, "ana", "next", json!({})).await.0, 404);
    assert_eq!(act(&server, "cleo", "next", json!({})).await.0, 404, "a key is not she");
    let look =
        async |who: &str| server.by(who, Method::GET, "/v1/cases/c-1").await.send().await.unwrap();
    assert_eq!(code(look("ana").await).await, (404, "not_found".to_owned()));
    assert_eq!(server.get("/v1/cases").await["items"], json!([]), "nor in lists");
    let size = server.get("/v1/ledger/head").await["size"].as_u64().unwrap();
    assert_eq!(look("cleo").await.status(), 200);
    assert_eq!(server.get("/v1/ledger/head").await["size"], size + 2, "a look, its line");
    let trail = server.get("/v1/audit?by=cleo").await;
    assert_eq!(trail["items"][0]["what"], "viewed");
    assert_eq!(signed(&server, "cleo", "next", json!({})).await.0, 200);
    // Nor does anybody get it by being asked, or passed it on to.
    for word in ["consult", "transfer"] {
        let (status, told) = signed(
            &server,
            "cleo",
            "c-1",
            json!({"do": word, "to": "ana",
            "note": "please look"}),
        )
        .await;
        assert_eq!(status, 400, "{told}");
    }
}

#[tokio::test]
async fn restricted_material_is_withheld_wherever_else_it_could_be_seen() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), "[casework]\nrestricted = [\"casework\"]\n");
    hire(&server, "ana", &["moderator"], &[]);
    hire(&server, "cleo", &["moderator"], &["--cleared"]);
    // The first decision is under a policy that is not restricted, about what becomes so.
    server.events(&[decided("v-1"), doubtful("e-2", "v-1"), decided("v-2")].join("\n")).await;
    let look = async |who: &str, path: &str| {
        let request = server.by(who, Method::GET, path).await;
        request.send().await.unwrap().text().await.unwrap()
    };
    let of = async |subject: &str| {
        let path = format!("/v1/decisions?type=content.published&subject=content/{subject}");
        let found = server.get(&path).await["items"][0].clone();
        (format!("/v1/decisions/{}", found["id"].as_str().unwrap()), found)
    };
    let ((closed, withheld), (open, shown)) = (of("v-1").await, of("v-2").await);
    let has_evidence = |item: &Value| item["decision"]["reasons"][0]["evidence"].is_array();
    assert!(has_evidence(&shown) && shown["is_withheld"].is_null(), "{shown}");
    assert!(!has_evidence(&withheld) && withheld["is_withheld"] == true, "{withheld}");
    for path in ["/v1/decisions?format=ndjson", "/v1/subjects/content/v-1"] {
        let all = look("cleo", path).await;
        let lines = all.lines().filter(|line| line.contains("content/v-1"));
        assert_eq!(lines.filter(|line| line.contains("votul")).count(), 0, "{path}: {all}");
    }
    // Nor does it get out by sending the event again.
    for (event, is_shown) in [(decided("v-1"), false), (decided("v-2"), true)] {
        let again = server.ask(Method::POST, "/v1/screen").body(event).send().await.unwrap();
        let again: Value = again.json().await.unwrap();
        assert_eq!(again["status"], "duplicate", "{again}");
        assert_eq!(has_evidence(&again), is_shown, "{again}");
        assert_eq!(again["is_withheld"] == true, !is_shown, "{again}");
    }
    let size = async || server.get("/v1/ledger/head").await["size"].as_u64().unwrap();
    let before = size().await;
    for who in ["ana", "cleo"] {
        assert!(look(who, &open).await.contains("votul"));
    }
    let nothing = look("ana", &closed).await;
    assert!(!nothing.contains("votul") && nothing.contains("\"is_withheld\":true"), "{nothing}");
    assert_eq!(size().await, before, "nobody saw anything restricted");
    assert!(look("cleo", &closed).await.contains("votul"));
    assert_eq!(size().await, before + 2, "the look, and its line of the audit trail");
    let trail = &server.get("/v1/audit?by=cleo").await["items"][0];
    let about = closed.trim_start_matches("/v1/decisions/");
    let expected = (&json!("viewed"), &json!(format!("decision {about}")));
    assert_eq!((&trail["what"], &trail["about"]), expected, "{trail}");
    // A page is no way around it.
    let cookie = sign_in(&server, "ana", "the+password+of+ana").await.unwrap();
    let page = server.http.get(server.url(&closed.replace("/v1", ""))).header("cookie", &cookie);
    let page = page.send().await.unwrap().text().await.unwrap();
    assert!(page.contains("Restricted material") && !page.contains("votul"), "{page}");
    let store = folder.path().join("p.db");
    server.stop();
    let verified = run(&["ledger", "verify", store.to_str().unwrap()]);
    assert_eq!(verified.code, Some(0), "{}{}", verified.out, verified.err);
}

#[tokio::test]
async fn an_erased_subject_is_gone_from_cases_and_filings_and_nothing_else_is() {
    let folder = tempfile::tempdir().unwrap();
    let config = "[casework]\ncontent_urls = [\"https://video.example/v/{id}\"]\n";
    let server = Server::start(folder.path(), config);
    staff(&server, "ana", &["moderator"]).await;
    server.events(&[doubtful("e-1", "vanishing"), doubtful("e-2", "staying")].join("\n")).await;
    let notice = json!({"explanation": "this video sells forged tickets",
        "urls": ["https://video.example/v/vanishing"], "name": "A. Person",
        "email": "gone@person.example", "good_faith": true});
    let sent = server.http.post(server.url("/v1/notices")).json(&notice).send().await.unwrap();
    assert_eq!(sent.status(), 201);
    let store = folder.path().join("p.db");
    server.stop();
    let erased = run(&["erase", "content/vanishing", "--store", store.to_str().unwrap()]);
    assert_eq!(erased.code, Some(0), "{}", erased.err);
    let bytes = std::fs::read(&store).unwrap();
    let holds = |word: &str| bytes.windows(word.len()).any(|window| window == word.as_bytes());
    assert!(!holds("vanishing") && !holds("gone@person.example"));
    assert!(holds("staying"));
    let verified = run(&["ledger", "verify", store.to_str().unwrap()]);
    assert_eq!(verified.code, Some(0), "{}{}", verified.out, verified.err);
    let server = Server::start(folder.path(), config);
    let (status, case) = act(&server, "ana", "next", json!({})).await;
    assert_eq!((status, &case["case"]["subject"]), (200, &json!("content/staying")));
}

#[tokio::test]
async fn programs_judge_nothing_by_themselves() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), "");
    server.events(&doubtful("e-1", "v-1")).await;
    let next = server.ask(Method::POST, "/v1/cases/next").send().await.unwrap();
    assert_eq!(code(next).await, (400, "wrong_request".to_owned()));
    assert_eq!(act(&server, "nobody", "next", json!({})).await.0, 400);
    for (case, status) in [("c-99", 404), ("99", 400), ("c--1", 400)] {
        staff(&server, "ana", &["moderator"]).await;
        assert_eq!(act(&server, "ana", case, json!({"do": "claim"})).await.0, status, "{case}");
    }
    assert_eq!(act(&server, "ana", "c-1", json!({"do": "explode"})).await.0, 400);
}

#[tokio::test]
async fn a_case_shows_who_shares_a_device_or_an_address_with_its_account() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), "");
    let post = |id: &str, device: &str, link: &str| {
        let mut event: Value = serde_json::from_str(&doubtful(id, id)).unwrap();
        event["data"]["account"]["device"] = json!(device);
        event["data"]["content"]["text"] = json!(format!("the moon may be cheese, see {link}"));
        event.to_string()
    };
    let found = json!({
        "specversion": "1.0", "id": "n", "source": "/test", "type": "network.found",
        "time": "2024-11-20T09:00:00Z",
        "data": {"network": {"id": "n-1", "accounts": 2, "score": 91, "finding": "coordinated",
            "members": ["a-v-1", "a-v-2"]}},
    });
    let mut lines = vec![
        post("v-1", "phone-1", "https://www.moon.example/cheese?from=1"),
        post("v-2", "phone-1", "moon.example/cheese/"),
        post("v-3", "phone-2", "http://moon.example/cheese#top"),
        post("v-4", "phone-3", "https://other.example"),
        found.to_string(),
    ];
    // What everybody shares makes no neighbours.
    lines.extend((0..60).map(|n| post(&format!("w-{n}"), "kiosk", "https://other.example")));
    server.events(&lines.join("\n")).await;
    let around = async |server: &Server, account: &str| {
        server.get(&format!("/v1/accounts/{account}/network")).await
    };
    let check = async |server: &Server| {
        let network = around(server, "a-v-1").await;
        assert_eq!(network["found"][0]["network"], "n-1", "{network}");
        let neighbours = network["neighbours"].as_array().unwrap();
        let names: Vec<&str> = neighbours.iter().map(|n| n["account"].as_str().unwrap()).collect();
        assert_eq!(names, ["a-v-2", "a-v-3"], "{network}");
        assert_eq!(neighbours[0]["shares"], json!({"device": 1, "domain": 1, "link": 1}));
        assert_eq!(neighbours[1]["shares"], json!({"domain": 1, "link": 1}));
        let weights: Vec<f64> = neighbours.iter().map(|n| n["weight"].as_f64().unwrap()).collect();
        // 1/ln 2 for the phone of two, 1/ln 3 for address and domain of three.
        let (two, three) = (1.0 / 2_f64.ln(), 1.0 / 3_f64.ln());
        assert!((weights[0] - two - 2.0 * three).abs() < 1e-9, "{weights:?}");
        assert!((weights[1] - 2.0 * three).abs() < 1e-9, "{weights:?}");
    };
    check(&server).await;
    let common = around(&server, "a-v-4").await;
    assert_eq!((&common["count"], &common["shared"][0]["is_common"]), (&json!(0), &json!(true)));
    staff(&server, "ana", &["moderator"]).await;
    let cookie = sign_in(&server, "ana", "the+password+of+ana").await.unwrap();
    let page = server.http.get(server.url("/cases/c-1")).header("cookie", &cookie);
    let page = page.send().await.unwrap().text().await.unwrap();
    assert!(page.contains("Network") && page.contains("phone-1"), "{page}");
    // It is known after a crash as well, and gone with an erasure.
    server.kill();
    let server = Server::start(folder.path(), "");
    check(&server).await;
    server.stop();
    let store = folder.path().join("p.db");
    assert_eq!(run(&["erase", "account/a-v-2", "--store", store.to_str().unwrap()]).code, Some(0));
    let server = Server::start(folder.path(), "");
    let network = around(&server, "a-v-1").await;
    assert_eq!(network["found"], json!([]), "who else was named there is erased with it");
    let left = network["neighbours"].clone();
    assert_eq!((left.as_array().unwrap().len(), &left[0]["account"]), (1, &json!("a-v-3")));
}
