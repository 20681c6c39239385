//! Several things about one content: orders, verdicts, complaints. None undoes what another
//! demands.

use reqwest::Method;
use serde_json::{Value, json};

use crate::casework::{act, doubtful, signed, staff};
use crate::filings::{CONFIG, authority, close, notice, party, removal, send, step};
use crate::server::{Server, harmless};

const URL: &str = "https://video.example/v/v-1";

/// A server with legal and moderators, an authority whose orders are carried out at once, and
/// `v-1`.
async fn house(folder: &std::path::Path) -> (Server, String) {
    let server = Server::start(folder, CONFIG);
    staff(&server, "lea", &["legal"]).await;
    for name in ["ana", "ben"] {
        staff(&server, name, &["moderator"]).await;
    }
    let scopes = ["orders:write", "orders:read"];
    let key = party(&server, "ro-police", authority("ro-police", true), &scopes).await;
    server.events(&harmless("v-1")).await;
    (server, key)
}

async fn ordered(server: &Server, key: &str, reference: &str) -> Value {
    let order = removal("ro-police", reference, URL);
    let (_, taken) = send(server, Some(key), "/v1/orders", &order).await;
    assert_eq!(taken["state"], "unconfirmed", "{taken}");
    taken
}

async fn is_removed(server: &Server) -> bool {
    server.get("/v1/subjects/content/v-1").await["known"]["is_removed"] == true
}

fn id(value: &Value) -> &str {
    value["id"].as_str().unwrap()
}

async fn annul(server: &Server, order: &Value) {
    let (status, told) =
        step(server, "lea", id(order), json!({"do": "annul", "note": "the host found so"})).await;
    assert_eq!((status, &told["state"]), (200, &json!("annulled")), "{told}");
}

#[tokio::test]
async fn an_annulled_order_leaves_what_another_order_took_away() {
    let folder = tempfile::tempdir().unwrap();
    let (server, key) = house(folder.path()).await;
    let (first, second) = (ordered(&server, &key, "A").await, ordered(&server, &key, "B").await);
    annul(&server, &first).await;
    assert!(is_removed(&server).await, "the second order still demands it");
    let second_now = server.get(&format!("/v1/orders/{}", id(&second))).await;
    assert_eq!(second_now["state"], "unconfirmed", "{second_now}");
    annul(&server, &second).await;
    assert!(!is_removed(&server).await, "nothing demands it any more");
}

#[tokio::test]
async fn an_annulled_order_leaves_what_was_removed_before() {
    let folder = tempfile::tempdir().unwrap();
    let (server, key) = house(folder.path()).await;
    server.events(&doubtful("e-1", "v-1")).await;
    let (_, next) = act(&server, "ana", "next", json!({})).await;
    let case = next["case"]["id"].as_str().unwrap();
    assert_eq!(act(&server, "ana", case, close("violation", &["remove"])).await.0, 200);
    let order = ordered(&server, &key, "A").await;
    annul(&server, &order).await;
    assert!(is_removed(&server).await, "it was removed for spam before");
}

#[tokio::test]
async fn a_notifier_is_not_told_that_a_machine_decided_because_an_order_came_later() {
    let folder = tempfile::tempdir().unwrap();
    let (server, key) = house(folder.path()).await;
    let (_, receipt) = send(&server, None, "/v1/notices", &notice(URL, "a@p.example")).await;
    let (_, next) = act(&server, "ana", "next", json!({})).await;
    let case = next["case"]["id"].as_str().unwrap();
    assert_eq!(act(&server, "ana", case, close("violation", &["limit"])).await.0, 200);
    ordered(&server, &key, "A").await;
    assert!(is_removed(&server).await, "the order was carried out at once, by nobody");
    let path = format!("/v1/notices/{}", receipt["ids"][0].as_str().unwrap());
    let answer = server.get(&path).await;
    let text = answer["answer"]["text"].as_str().unwrap();
    assert!(text.contains("taken by a person"), "{text}");
    assert_eq!(answer["outcome"]["effects"], json!(["limit"]), "{answer}");
    assert_eq!(answer["outcome"]["automated"], false, "{answer}");
}

#[tokio::test]
async fn a_moderator_lifts_nothing_that_an_order_removed_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let (server, key) = house(folder.path()).await;
    server.events(&doubtful("e-1", "v-1")).await;
    let (_, next) = act(&server, "ana", "next", json!({})).await;
    let case = next["case"]["id"].as_str().unwrap();
    let (_, closed) = act(&server, "ana", case, close("violation", &["remove"])).await;
    let decision = closed["members"][0]["verdict"].as_str().unwrap().to_owned();
    ordered(&server, &key, "A").await;
    // A complaint about the moderator's decision is one about what is in force: the order's.
    let appeal = json!({"decision": decision, "explanation": "it is art"});
    let (_, appeal) = send(&server, Some(&server.key), "/v1/appeals", &appeal).await;
    let case = appeal["case"].as_str().unwrap();
    assert_eq!(signed(&server, "ben", case, json!({"do": "claim"})).await.0, 403);
    // Nor does a case that comes later lift it.
    server.events(&doubtful("e-2", "v-1")).await;
    let (status, next) = act(&server, "ben", "next", json!({})).await;
    assert_eq!(status, 200, "{next}");
    let case = next["case"]["id"].as_str().unwrap();
    let nothing = json!({"do": "close", "verdict": {"finding": "no_violation"}});
    assert_eq!(act(&server, "ben", case, nothing).await.0, 200);
    assert!(is_removed(&server).await);
}

#[tokio::test]
async fn a_clarified_order_can_be_carried_out_and_answered() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), CONFIG);
    staff(&server, "lea", &["legal"]).await;
    let scopes = ["orders:write", "orders:read"];
    let key = party(&server, "ro-police", authority("ro-police", false), &scopes).await;
    server.events(&harmless("v-1")).await;
    let order = removal("ro-police", "A", URL);
    let (_, order) = send(&server, Some(&key), "/v1/orders", &order).await;
    let impossible = json!({"do": "impossible", "ground": "manifest_errors",
        "reasons": "no date", "clarification": "send the date"});
    let (_, answered) = step(&server, "lea", id(&order), impossible).await;
    let date = answered["answer"]["C"]["at"].clone();
    let page = server.by("lea", Method::GET, &format!("/orders/{}/annex", id(&order))).await;
    let page = page.send().await.unwrap().text().await.unwrap();
    for field in ["Annex III", "manifest errors", "no date", "send the date", "A. Person"] {
        assert!(page.contains(field), "the printed annex lacks {field}: {page}");
    }
    assert!(answered["answered_at"].is_string(), "by its own channel: {answered}");
    let again = server.get(&format!("/v1/orders/{}", id(&order))).await;
    assert_eq!(again["answer"]["C"]["at"], date, "it reads the same whenever it is read");
    let (_, open) = step(&server, "lea", id(&order), json!({"do": "clarified"})).await;
    assert_eq!(open["state"], "open", "{open}");
    let case = open["case"].as_str().unwrap();
    assert_eq!(signed(&server, "lea", case, json!({"do": "claim"})).await.0, 200);
    let page = server.by("lea", Method::GET, &format!("/cases/{case}")).await.send().await.unwrap();
    assert_eq!(page.status(), 200);
    assert!(page.text().await.unwrap().contains("it explains how to build a bomb"), "its reasons");
    let verdict = json!({"do": "close", "verdict": {"finding": "violation", "policy": "order",
        "effects": ["remove"]}});
    let (status, closed) = signed(&server, "lea", case, verdict).await;
    assert_eq!(status, 200, "{closed}");
    let (_, done) = step(&server, "lea", id(&order), json!({"do": "done", "note": "seen"})).await;
    assert_eq!((&done["state"], &done["answer"]["annex"]), (&json!("executed"), &json!("II")));
    // The authority has its answer: it is not taken back under its hands.
    let (status, told) = signed(&server, "lea", case, json!({"do": "undo"})).await;
    assert_eq!((status, &told["code"]), (409, &json!("answered")), "{told}");
}

#[tokio::test]
async fn what_cannot_be_done_does_not_happen_later() {
    let folder = tempfile::tempdir().unwrap();
    let (server, key) = house(folder.path()).await;
    let order = ordered(&server, &key, "A").await;
    let impossible = json!({"do": "impossible", "ground": "force_majeure",
        "reasons": "the platform is down", "clarification": "none"});
    let (_, answered) = step(&server, "lea", id(&order), impossible).await;
    assert_eq!(answered["answer"]["annex"], "III", "{answered}");
    assert!(!is_removed(&server).await, "what was decided is taken back");
}

#[tokio::test]
async fn an_answer_names_what_was_not_found_apart() {
    let folder = tempfile::tempdir().unwrap();
    let (server, key) = house(folder.path()).await;
    let mut order = removal("ro-police", "A", URL);
    order["B"]["urls"] = json!([URL, "https://other.example/x"]);
    let (_, order) = send(&server, Some(&key), "/v1/orders", &order).await;
    let case = server.get(&format!("/v1/orders/{}", id(&order))).await["case"].clone();
    let case = case.as_str().unwrap();
    signed(&server, "lea", case, json!({"do": "claim"})).await;
    let verdict = json!({"do": "close", "verdict": {"finding": "violation", "policy": "order",
        "effects": ["remove"]}});
    assert_eq!(signed(&server, "lea", case, verdict).await.0, 200);
    let (_, done) = step(&server, "lea", id(&order), json!({"do": "done", "note": "seen"})).await;
    let page = server.by("lea", Method::GET, &format!("/orders/{}/annex", id(&order))).await;
    let page = page.send().await.unwrap().text().await.unwrap();
    let confirmed = done["confirmed"]["at"].as_str().unwrap().replace('T', " ");
    for field in [
        "Annex II",
        "Example Video Ltd",
        "Sample Authority ro-police",
        "The content has been removed",
        URL,
        "https://other.example/x",
        "A. Person",
        "contact@video.example",
        &confirmed[..19],
    ] {
        assert!(page.contains(field), "the printed annex lacks {field}: {page}");
    }
    let measure = &done["answer"]["B"];
    assert_eq!(measure["urls"], json!([URL]), "{done}");
    assert_eq!(measure["not_found"], json!(["https://other.example/x"]), "{done}");
}

#[tokio::test]
async fn an_order_to_inform_is_answered_when_somebody_answered_it() {
    let folder = tempfile::tempdir().unwrap();
    let (server, _) = house(folder.path()).await;
    let order = json!({"kind": "inform", "reference": "I", "issuing_member_state": "RO",
        "authority": {"name": "Sample Authority ro-police"}, "legal_basis": "a law",
        "recipients": ["https://video.example/@a-v-1"], "reasons": "r",
        "scope": {"description": "name and address"}, "redress": {"court": "c"},
        "issued_at": "2026-08-01T09:58:00Z"});
    let path = "/v1/orders?authority=ro-police&confirmed=called_back";
    let taken = server.by("lea", Method::POST, path).await.json(&order).send().await.unwrap();
    let taken: Value = taken.json().await.unwrap();
    let case = taken["case"].as_str().unwrap();
    let (_, claimed) = signed(&server, "lea", case, json!({"do": "claim"})).await;
    assert_eq!(claimed["case"]["subject"], "account/a-v-1", "its address is understood");
    let verdict = json!({"do": "close", "verdict": {"finding": "violation", "policy": "order",
        "effects": ["preserve"]}});
    assert_eq!(signed(&server, "lea", case, verdict).await.0, 200);
    let view = server.get(&format!("/v1/orders/{}", id(&taken))).await;
    assert_eq!(view["clocks"][0]["met_at"], Value::Null, "nobody was told yet: {view}");
    let (_, told) =
        step(&server, "lea", id(&taken), json!({"do": "answered", "note": "by letter"})).await;
    assert!(told["clocks"][0]["met_at"].is_string(), "{told}");
}
