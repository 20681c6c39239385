//! Notices, orders and appeals, from outside: taken, dealt with, answered.

use reqwest::Method;
use serde_json::{Value, json};

use crate::casework::{act, doubtful, signed, staff};
use crate::run;
use crate::server::{PATIENCE, Server, code, decided, harmless};

pub(crate) const CONFIG: &str = r#"
[casework]
content_urls = ["https://video.example/v/{id}"]
account_urls = ["https://video.example/@{id}"]
[casework.provider]
name = "Example Video Ltd"
member_state = "IE"
contact_email = "contact@video.example"
authorised_person = "A. Person"
"#;

/// Registers a party and makes it a key with those scopes.
pub(crate) async fn party(server: &Server, id: &str, party: Value, scopes: &[&str]) -> String {
    let request = server.by("admin", Method::PUT, &format!("/v1/parties/{id}")).await;
    let response = request.json(&party).send().await.unwrap();
    assert_eq!(response.status(), 204, "{}", response.text().await.unwrap());
    let store = server.folder.join("p.db");
    let mut args = vec!["key", "add", store.to_str().unwrap(), "--name", id, "--party", id];
    args.extend(scopes.iter().flat_map(|scope| ["--scope", scope]));
    run(&args).out.trim().to_owned()
}

/// Sends something with a key; the status and the answer.
pub(crate) async fn send(
    server: &Server,
    key: Option<&str>,
    path: &str,
    body: &Value,
) -> (u16, Value) {
    let mut request = server.http.post(server.url(path)).json(body);
    if let Some(key) = key {
        request = request.bearer_auth(key);
    }
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

pub(crate) fn notice(url: &str, email: &str) -> Value {
    json!({
        "explanation": "this video sells forged tickets, see the second minute",
        "urls": [url], "name": "A. Person", "email": email, "good_faith": true,
        "category": "SCAMS_AND_FRAUD",
    })
}

pub(crate) fn close(finding: &str, effects: &[&str]) -> Value {
    json!({"do": "close", "verdict": {
        "finding": finding, "policy": "spam.content", "effects": effects,
        "note": "for colleagues only", "reasons": "we looked at it",
    }})
}

#[tokio::test]
async fn notices_on_one_thing_are_one_case_and_everybody_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), CONFIG);
    staff(&server, "ana", &["moderator"]).await;
    let flagger = json!({"kind": "trusted_flagger", "name": "Sample Flagger"});
    let scopes = ["notices:write", "notices:read"];
    let key = party(&server, "flagger", flagger, &scopes).await;
    let rapid = json!({"kind": "rapid_response", "name": "Sample Check", "role": "fact_checker"});
    let other = party(&server, "check", rapid, &scopes).await;
    server.events(&harmless("v-1")).await;
    let url = "https://video.example/v/v-1";
    let (status, anybody) = send(&server, None, "/v1/notices", &notice(url, "a@p.example")).await;
    assert_eq!((status, &anybody["state"]), (201, &json!("open")), "{anybody}");
    let (_, flagged) = send(&server, Some(&key), "/v1/notices", &notice(url, "b@p.example")).await;
    let (status, lacking) = send(&server, None, "/v1/notices", &json!({"urls": ["here"]})).await;
    assert_eq!((status, &lacking["state"]), (201, &json!("insufficient")));
    assert!(lacking["missing"].as_array().unwrap().len() >= 3, "{lacking}");
    let elsewhere = notice("https://other.example/v/1", "a@p.example");
    let (_, unknown) = send(&server, None, "/v1/notices", &elsewhere).await;
    assert_eq!(unknown["unknown"], json!(["https://other.example/v/1"]));
    assert_eq!(unknown["state"], "unknown", "answered, and not queued: {unknown}");
    // One case, before all others, since a trusted flagger speaks.
    let (status, case) = act(&server, "ana", "next", json!({})).await;
    assert_eq!((status, &case["case"]["lane"]), (200, &json!("priority")), "{case}");
    assert_eq!(case["case"]["notices"], 2);
    let id = case["case"]["id"].as_str().unwrap();
    let path = |receipt: &Value| format!("/v1/notices/{}", receipt["ids"][0].as_str().unwrap());
    assert_eq!(server.get(&path(&anybody)).await["state"], "open");
    assert_eq!(act(&server, "ana", id, close("violation", &["remove"])).await.0, 200);
    for receipt in [&anybody, &flagged] {
        let answer = server.get(&path(receipt)).await;
        assert_eq!(answer["state"], "answered", "{answer}");
        assert_eq!(answer["outcome"]["effects"], json!(["remove"]));
        assert_eq!(answer["outcome"]["automated"], false);
        assert!(answer["redress"].as_str().unwrap().contains("six months"));
    }
    // A partner sees what is theirs, and may not know of the rest.
    let own = async |key: &str, path: &str| {
        server.http.get(server.url(path)).bearer_auth(key).send().await.unwrap()
    };
    let page: Value = own(&key, "/v1/notices").await.json().await.unwrap();
    assert_eq!(page["items"].as_array().unwrap().len(), 1);
    assert_eq!((&page["founded"], &page["items"][0]["case"]), (&json!(1), &Value::Null));
    assert_eq!(own(&key, &path(&flagged)).await.status(), 200);
    assert_eq!(code(own(&other, &path(&flagged)).await).await, (404, "not_found".to_owned()));
    let wrong = send(&server, Some("prb_x_y"), "/v1/notices", &notice(url, "b@p.example")).await;
    assert_eq!(wrong.0, 401, "a wrong key is not taken for nobody");
}

#[tokio::test]
async fn a_sender_of_manifestly_unfounded_notices_is_warned_and_then_suspended() {
    let folder = tempfile::tempdir().unwrap();
    let limits = format!("[limits]\nrequests_per_second = 0\n{CONFIG}");
    let server = Server::start(folder.path(), &limits);
    staff(&server, "ana", &["moderator"]).await;
    let lines: Vec<String> = (0..100).map(|number| harmless(&format!("v-{number}"))).collect();
    server.events(&lines.join("\n")).await;
    let mut seen = Vec::new();
    for number in 0..40 {
        let url = format!("https://video.example/v/v-{number}");
        let (status, told) = send(&server, None, "/v1/notices", &notice(&url, "x@p.example")).await;
        seen.push((status, told["warning"].is_string()));
        if status == 403 {
            assert!(told["detail"].as_str().unwrap().contains("not processed"), "{told}");
            break;
        }
        let (_, case) = act(&server, "ana", "next", json!({})).await;
        let id = case["case"]["id"].as_str().unwrap();
        let verdict = json!({"do": "close", "verdict":
            {"finding": "no_violation", "manifestly_unfounded": true}});
        assert_eq!(act(&server, "ana", id, verdict).await.0, 200);
    }
    assert_eq!(seen.first(), Some(&(201, false)));
    assert!(seen.contains(&(201, true)), "first a warning: {seen:?}");
    assert_eq!(seen.last(), Some(&(403, false)), "{seen:?}");
    let url = "https://video.example/v/v-99";
    let (status, _) = send(&server, None, "/v1/notices", &notice(url, "other@p.example")).await;
    assert_eq!(status, 201, "others are not suspended");
}

pub(crate) fn authority(id: &str, is_automatic: bool) -> Value {
    json!({"kind": "authority", "authority": {
        "id": id, "name": format!("Sample Authority {id}"), "member_state": "RO",
        "kind": "law_enforcement", "verified": true, "auto_execute": is_automatic,
        "first_contact_at": "2020-01-01T00:00:00Z",
    }})
}

pub(crate) fn removal(id: &str, reference: &str, url: &str) -> Value {
    json!({
        "annex": "I", "reference": reference, "issued_at": "2026-08-01T09:58:00Z",
        "issuing_member_state": "RO",
        "A": {"addressee": "Example Video Ltd", "contact_point": "tco@video.example",
            "member_state_main_establishment": "IE"},
        "B": {"urls": [url], "material": ["d"], "additional": "it explains how to build a bomb"},
        "C": {"refrain_from_informing": false},
        "D": {"other_member_state": true, "copy_sent": true},
        "E": {"authority_type": "law_enforcement", "name": format!("Sample Authority {id}"),
            "file_no": "42", "email": "x@authority.example", "date": "2026-08-01",
            "authenticated_channel": true},
        "F": {"feedback_contact": "x@authority.example",
            "host_authority_contact": "y@authority.example"},
        "G": {"court": "a court", "deadline": "2 months",
            "national_law_url": "https://law.example/"},
    })
}

/// A step of somebody who is signed in with an order.
pub(crate) async fn step(server: &Server, who: &str, order: &str, step: Value) -> (u16, Value) {
    let request = server.by(who, Method::POST, &format!("/v1/orders/{order}")).await;
    let response = request.json(&step).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test]
async fn a_removal_order_is_carried_out_answered_held_and_annulled() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), CONFIG);
    staff(&server, "lea", &["legal"]).await;
    let scopes = ["orders:write", "orders:read"];
    let key = party(&server, "ro-police", authority("ro-police", true), &scopes).await;
    let url = "https://video.example/v/v-1";
    server.events(&harmless("v-1")).await;
    let order = removal("ro-police", "RO-1", url);
    let (status, done) = send(&server, Some(&key), "/v1/orders", &order).await;
    assert_eq!((status, &done["state"]), (200, &json!("unconfirmed")), "{done}");
    assert_eq!(done["trust"]["trust"], "verified");
    assert_eq!(done["outcome"]["automated"], true);
    let id = done["id"].as_str().unwrap().to_owned();
    // Decided is not done: until the platform confirms it there is no answer, and the clock runs.
    assert_eq!((&done["answer"], &done["clocks"][0]["state"]), (&Value::Null, &json!("running")));
    let early = json!({"do": "done", "at": "2020-01-01T00:00:00Z", "note": "so they say"});
    assert_eq!(step(&server, "lea", &id, early).await.0, 400, "not before it was decided");
    let (status, done) = step(&server, "lea", &id, json!({"do": "done", "note": "looked"})).await;
    assert_eq!((status, &done["state"]), (200, &json!("executed")), "{done}");
    assert_eq!(done["answer"]["annex"], "II", "{done}");
    assert_eq!(done["answer"]["B"]["at"], done["confirmed"]["at"], "{done}");
    assert_eq!(done["clocks"][0]["state"], "met", "{done}");
    assert_eq!(done["clocks"][1]["state"], "met", "the authority's own channel has it: {done}");
    // The same again is recognised, and starts no second clock.
    let (_, again) = send(&server, Some(&key), "/v1/orders", &order).await;
    assert_eq!((&again["state"], &again["duplicate_of"]), (&json!("duplicate"), &json!(id)));
    // An authority sees its own only.
    let other = party(&server, "fr-court", authority("fr-court", false), &scopes).await;
    let look = server.http.get(server.url(&format!("/v1/orders/{id}"))).bearer_auth(&other);
    assert_eq!(look.send().await.unwrap().status(), 404);
    // And nothing else, whatever its key says.
    let wide = party(&server, "fr-court", authority("fr-court", false), &["all"]).await;
    let look = server.http.get(server.url("/v1/cases")).bearer_auth(&wide);
    assert_eq!(look.send().await.unwrap().status(), 403);
    // Annulled: what it took away is given back, once, however many ask at the same time.
    let annul = |who: &'static str| {
        step(&server, who, &id, json!({"do": "annul", "note": "the host authority found so"}))
    };
    staff(&server, "ana", &["moderator"]).await;
    assert_eq!(annul("ana").await.0, 403, "that is for legal");
    let all = futures_util::future::join_all((0..8).map(|_| annul("lea"))).await;
    let mut statuses: Vec<u16> = all.iter().map(|(status, _)| *status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409, 409, 409, 409, 409, 409]);
    let annulled = server.get(&format!("/v1/orders/{id}")).await;
    assert_eq!(annulled["state"], "annulled", "{annulled}");
    let history = server.get("/v1/subjects/content/v-1").await["history"].clone();
    assert_eq!(history[0]["decision"]["effects"], json!([{"effect": "notify"}]), "{history}");
    assert_eq!(history[1]["decision"]["policy"], "order", "{history}");
    assert_eq!(history[1]["decision"]["account"], "a-v-1", "its owner: {history}");
    assert_eq!(history[0]["decision"]["supersedes"], json!([history[1]["id"]]));
    // What is held cannot be erased by anything.
    let store = folder.path().join("p.db");
    server.stop();
    let erased = run(&["erase", "content/v-1", "--store", store.to_str().unwrap()]);
    assert!(erased.code != Some(0) && erased.err.contains("under the hold"), "{}", erased.err);
    let verified = run(&["ledger", "verify", store.to_str().unwrap()]);
    assert_eq!(verified.code, Some(0), "{}{}", verified.out, verified.err);
}

#[tokio::test]
async fn an_order_that_cannot_be_carried_out_or_is_not_real_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), CONFIG);
    let scopes = ["orders:write", "orders:read"];
    let key = party(&server, "ro-police", authority("ro-police", true), &scopes).await;
    // Not here: Annex III, not silence.
    let elsewhere = removal("ro-police", "RO-2", "https://other.example/v/1");
    let (_, answer) = send(&server, Some(&key), "/v1/orders", &elsewhere).await;
    assert_eq!(
        (&answer["state"], &answer["answer"]["annex"]),
        (&json!("impossible"), &json!("III"))
    );
    // Somebody speaks in another's name.
    let forged = removal("other", "RO-3", "https://video.example/v/v-3");
    let (status, refused) = send(&server, Some(&key), "/v1/orders", &forged).await;
    assert_eq!((status, &refused["code"]), (403, &json!("not_yours")), "{refused}");
    // A language that was not declared is told; people look at the order all the same.
    let mut foreign = removal("ro-police", "RO-4", "https://video.example/v/v-4");
    foreign["language"] = json!("ro");
    let (_, foreign) = send(&server, Some(&key), "/v1/orders", &foreign).await;
    let fields: Vec<&Value> =
        foreign["missing"].as_array().unwrap().iter().map(|one| &one["field"]).collect();
    assert!(fields.contains(&&json!("language")), "{foreign}");
}

#[tokio::test]
async fn legal_carries_out_what_was_typed_in_within_its_territory() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), CONFIG);
    staff(&server, "lea", &["legal"]).await;
    staff(&server, "ana", &["moderator"]).await;
    party(&server, "ro-court", authority("ro-court", true), &["orders:read"]).await;
    let order = json!({
        "kind": "act", "reference": "A-1", "issued_at": "2026-08-01T09:58:00Z",
        "issuing_member_state": "RO", "language": "en", "legal_basis": "a law",
        "authority": {"name": "Sample Authority ro-court", "email": "x@court.example"},
        "urls": ["https://video.example/v/v-1"], "reasons": "it breaks that law",
        "territory": ["RO"],
    });
    let path = "/v1/orders?authority=ro-court&confirmed=called_back";
    let by_key = server.ask(Method::POST, path).json(&order).send().await.unwrap();
    assert_eq!(code(by_key).await, (403, "wrong_person".to_owned()), "a key called nobody back");
    let taken = server.by("lea", Method::POST, path).await.json(&order).send().await.unwrap();
    let taken: Value = taken.json().await.unwrap();
    assert_eq!(taken["state"], "open", "{taken}");
    let case = taken["case"].as_str().unwrap();
    assert_eq!(act(&server, "ana", case, json!({"do": "claim"})).await.0, 403, "not hers");
    assert_eq!(act(&server, "lea", "next", json!({})).await.0, 404, "nor of a key in her name");
    let (_, next) = signed(&server, "lea", "next", json!({})).await;
    assert_eq!((&next["case"]["id"], &next["case"]["lane"]), (&json!(case), &json!("order")));
    let verdict = json!({"do": "close", "verdict": {"finding": "violation", "policy": "order",
        "effects": ["disable:RO", "preserve"]}});
    let (status, closed) = signed(&server, "lea", case, verdict).await;
    assert_eq!(status, 200, "{closed}");
    let id = closed["members"][0]["verdict"].as_str().unwrap();
    let decision = server.get(&format!("/v1/decisions/{id}")).await["decision"].clone();
    assert_eq!(decision["territory"], json!(["RO"]), "{decision}");
}

#[tokio::test]
async fn an_appeal_is_judged_by_somebody_else_and_undoes_everything() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), CONFIG);
    for name in ["ana", "ben"] {
        staff(&server, name, &["moderator"]).await;
    }
    server.events(&doubtful("e-1", "v-1")).await;
    let (_, case) = act(&server, "ana", "next", json!({})).await;
    let id = case["case"]["id"].as_str().unwrap();
    let (_, closed) = act(&server, "ana", id, close("violation", &["remove"])).await;
    let decision = closed["members"][0]["verdict"].as_str().unwrap();
    let known = server.get("/v1/subjects/account/a-v-1").await["known"].clone();
    assert_eq!(known["standing"]["strikes"], 1, "{known}");
    let appeal = json!({"decision": decision, "explanation": "it is satire", "language": "ro"});
    let (status, taken) = send(&server, Some(&server.key), "/v1/appeals", &appeal).await;
    assert_eq!((status, &taken["state"]), (200, &json!("open")), "{taken}");
    let (status, twice) = send(&server, Some(&server.key), "/v1/appeals", &appeal).await;
    assert_eq!((status, &twice["code"]), (409, &json!("decided")));
    let late = json!({"decision": decision, "informed_at": "2020-01-01T00:00:00Z"});
    let (status, late) = send(&server, Some(&server.key), "/v1/appeals", &late).await;
    assert_eq!((status, &late["code"]), (409, &json!("too_late")));
    assert_eq!(signed(&server, "ana", "next", json!({})).await.0, 404, "she decided before");
    assert_eq!(act(&server, "ben", "next", json!({})).await.0, 404, "a key could name anybody");
    let (_, next) = signed(&server, "ben", "next", json!({})).await;
    assert_eq!(next["case"]["id"], taken["case"], "{next}");
    let case = taken["case"].as_str().unwrap();
    let bare = json!({"do": "close", "verdict": {"finding": "no_violation"}});
    assert_eq!(signed(&server, "ben", case, bare).await.0, 400, "an answer has reasons");
    assert_eq!(signed(&server, "ben", case, close("no_violation", &[])).await.0, 200);
    let path = format!("/v1/appeals/{}", taken["id"].as_str().unwrap());
    let answered = server.get(&path).await;
    assert_eq!(answered["state"], "reversed", "{answered}");
    assert_eq!(answered["answer"]["language"], "ro");
    let text = answered["answer"]["text"].as_str().unwrap();
    assert!(text.contains("we looked at it") && !text.contains("colleagues"), "{text}");
    let history = server.get("/v1/subjects/content/v-1").await["history"].clone();
    assert_eq!(history[0]["decision"]["supersedes"], json!([decision]));
    let known = server.get("/v1/subjects/account/a-v-1").await["known"].clone();
    assert_eq!(known["standing"]["strikes"].as_u64().unwrap_or(0), 0, "no strike is left: {known}");
    // A certified body takes it up.
    let dispute = format!("{path}/dispute");
    let open = json!({"do": "open", "body": "Sample Body", "received_at": "2026-06-01T00:00:00Z"});
    let (_, open) = send(&server, Some(&server.key), &dispute, &open).await;
    assert_eq!(open["dispute"]["due"], "2026-08-30T00:00:00Z", "ninety days: {open}");
    let decide = json!({"do": "decide", "outcome": "for the provider"});
    assert_eq!(send(&server, Some(&server.key), &dispute, &decide).await.0, 200);
    assert_eq!(send(&server, Some(&server.key), &dispute, &decide).await.0, 409);
    assert_eq!(entered(&server, "missed").await, 1, "once, also when it is decided too late");
}

/// How often the audit trail says so.
async fn entered(server: &Server, what: &str) -> usize {
    let trail = server.get("/v1/audit").await;
    let items = trail["items"].as_array().unwrap();
    items.iter().filter(|item| item["what"] == what).count()
}

#[tokio::test]
async fn the_end_of_silence_is_entered() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), CONFIG);
    let scopes = ["orders:write", "orders:read"];
    let key = party(&server, "ro-police", authority("ro-police", true), &scopes).await;
    server.events(&[harmless("v-1"), harmless("v-2")].join("\n")).await;
    let silent = |number: u32, until: &str| {
        let url = format!("https://video.example/v/v-{number}");
        let mut order = removal("ro-police", &format!("RO-{number}"), &url);
        order["C"] = json!({"refrain_from_informing": true, "until": until});
        order
    };
    send(&server, Some(&key), "/v1/orders", &silent(1, "2999-01-01")).await;
    assert_eq!(entered(&server, "over").await, 0, "six weeks have not passed");
    let (status, done) = send(&server, Some(&key), "/v1/orders", &silent(2, "2026-08-10")).await;
    assert_eq!(status, 200, "{done}");
    assert_eq!(entered(&server, "over").await, 1, "{done}");
    let told = async |server: &Server, number: u32| {
        let path = format!("/v1/decisions?type=case.closed&subject=content/v-{number}");
        let decisions = server.get(&path).await;
        let last = decisions["items"].as_array().unwrap().last().unwrap().clone();
        last["decision"]["effects"].as_array().unwrap().contains(&json!({"effect": "notify"}))
    };
    assert!(!told(&server, 1).await, "an authority ordered silence");
    assert!(told(&server, 2).await, "it was over when the order was carried out");
    // As if the time had come while the service was down.
    let id = done_of(&server, "RO-1").await;
    server.stop();
    let store = store::Store::open(&folder.path().join("p.db")).await.unwrap();
    let mut row = store.filing(&id).await.unwrap().unwrap();
    row.body = row.body.map(|body| body.replace("2999-01-01", "2026-08-10"));
    let batch = store::Batch { rows: vec![(&row).into()], ..store::Batch::default() };
    store.commit(&batch).await.unwrap();
    store.close().await;
    drop(store);
    let server = Server::start(folder.path(), CONFIG);
    let informed = async {
        while entered(&server, "person affected told").await == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, informed).await.expect("nobody was told");
    assert!(told(&server, 1).await);
    assert_eq!(entered(&server, "over").await, 2);
}

/// The order with that reference.
async fn done_of(server: &Server, reference: &str) -> String {
    let orders = server.get("/v1/orders").await;
    let mut all = orders["items"].as_array().unwrap().iter();
    let one = all.find(|one| one["order"]["reference"] == reference).unwrap();
    one["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_retention_order_holds_what_it_describes_and_nothing_deletes_that() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("p.db");
    let server = Server::start(folder.path(), "");
    server.events(&[decided("v-1"), harmless("v-2"), harmless("v-3")].join("\n")).await;
    let order = |scope: Value| {
        json!({"kind": "retention", "reference": scope.to_string(), "issuing_member_state": "RO",
            "authority": {"name": "Office of Example Matters"}, "legal_basis": "an example act",
            "language": "en", "keep_until": "2999-12-31", "scope": scope})
    };
    let wrong = order(json!({"types": ["content.imagined"]}));
    assert_eq!(send(&server, Some(&server.key), "/v1/orders", &wrong).await.0, 400);
    let scope = json!({"words": ["VOTUL prin"], "countries": ["RO"], "from": "2024-11-01"});
    let (status, described) = send(&server, Some(&server.key), "/v1/orders", &order(scope)).await;
    assert_eq!(status, 200, "{described}");
    // Nobody knows this authority, and what names no account may be nearly everything.
    assert_eq!(described["holds"], json!([]), "{described}");
    // Words alone hold nothing, and that is told, until somebody says what they mean.
    let words = order(json!({"description": "what was said of rainbows"}));
    let (_, told) = send(&server, Some(&server.key), "/v1/orders", &words).await;
    assert_eq!(told["holds"], json!([]), "{told}");
    staff(&server, "lea", &["legal"]).await;
    let hold = async |order: &Value, scope: Value| {
        let path = format!("/v1/orders/{}", order["id"].as_str().unwrap());
        let request = server.by("lea", Method::POST, &path).await;
        let answer = request.json(&json!({"do": "hold", "scope": scope})).send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    let (status, described) = hold(&described, described["order"]["scope"].clone()).await;
    let held = &described["holds"][0];
    assert_eq!((status, &held["scope"]["words"]), (200, &json!(["VOTUL prin"])), "{described}");
    assert_eq!(held["until"], "3000-01-01T00:00:00Z");
    let named = order(json!({"accounts": ["a-v-4"], "description": "also of v-3, say others"}));
    let (_, named) = send(&server, Some(&server.key), "/v1/orders", &named).await;
    assert_eq!(named["holds"][0]["what"], "account/a-v-4", "what is named is held at once");
    assert_eq!(hold(&told, json!({"description": "still words"})).await.0, 400);
    let (status, told) = hold(&told, json!({"contents": ["v-2"]})).await;
    assert_eq!((status, &told["holds"][0]["what"]), (200, &json!("content/v-2")), "{told}");
    let hold = told["holds"][0]["id"].as_str().unwrap().to_owned();
    server.stop();
    let erase = |what: &str| run(&["erase", what, "--store", store.to_str().unwrap()]);
    for subject in ["content/v-1", "account/a-v-1", "content/v-2", "account/a-v-2"] {
        let refused = erase(subject);
        assert!(refused.code != Some(0) && refused.err.contains("under the hold"), "{subject}");
    }
    assert_eq!(erase("content/v-3").code, Some(0), "what is not described can go");
    let server = Server::start(folder.path(), "");
    let kept = server.get(&format!("/v1/orders/{}", named["id"].as_str().unwrap())).await;
    assert_eq!(kept["holds"][0]["what"], "account/a-v-4", "nor does an order that holds others");
    let release = server.by("lea", Method::DELETE, &format!("/v1/holds/{hold}")).await;
    let release = release.send().await.unwrap();
    assert_eq!(release.status(), 204);
    server.stop();
    assert_eq!(erase("content/v-2").code, Some(0), "nor what is released");
    let bytes = std::fs::read(&store).unwrap();
    let holds = |id: &[u8]| bytes.windows(id.len()).any(|window| window == id);
    assert!(!holds(b"v-2"), "not even in holds that are over");
    assert!(holds(b"a-v-4") && holds(b"VOTUL prin"), "and what holds others still stays");
}
