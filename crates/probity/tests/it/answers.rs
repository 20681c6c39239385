//! What is said to authorities, to those who give notice and to those who complain: only what is
//! so.

use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::casework::{act, signed, staff};
use crate::filings::{CONFIG, authority, close, notice, party, removal, send, step};
use crate::server::{PATIENCE, Server, harmless};

/// A receiver that takes messages only once it is told to; what it took comes out of the channel.
async fn platform() -> (String, tokio::sync::watch::Sender<bool>, mpsc::UnboundedReceiver<Value>) {
    let (open, is_open) = tokio::sync::watch::channel(false);
    let (to, taken) = mpsc::unbounded_channel();
    let take = move |body: axum::body::Bytes| {
        let (is_open, to) = (*is_open.borrow(), to.clone());
        async move {
            if !is_open {
                return axum::http::StatusCode::BAD_REQUEST;
            }
            to.send(serde_json::from_slice(&body).unwrap()).unwrap();
            axum::http::StatusCode::NO_CONTENT
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = axum::Router::new().fallback(take);
    tokio::spawn(async move { axum::serve(listener, service).await });
    let config = format!(
        "[[receiver]]\nname = \"platform\"\nurl = \"http://{address}/\"\nsecret_env = \"HOOK\"\n\
         allow_private = true\nfrom_start = true\nretries = [\"1ms\"]\n{CONFIG}"
    );
    (config, open, taken)
}

fn start(folder: &std::path::Path, config: &str) -> Server {
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqr";
    Server::start_with(folder, config, &[("HOOK", secret)])
}

/// The order once `is_so` holds of it.
async fn awaited(server: &Server, id: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let asked = async {
        loop {
            let order = server.get(&format!("/v1/orders/{id}")).await;
            if is_so(&order) {
                return order;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, asked).await.expect("it never came so far")
}

#[tokio::test]
async fn an_answer_says_removed_only_when_the_platform_has_removed() {
    let folder = tempfile::tempdir().unwrap();
    let (config, open, mut taken) = platform().await;
    let server = start(folder.path(), &config);
    let scopes = ["orders:write", "orders:read"];
    let key = party(&server, "ro-police", authority("ro-police", true), &scopes).await;
    server.events(&harmless("v-1")).await;
    let order = removal("ro-police", "RO-1", "https://video.example/v/v-1");
    let (_, done) = send(&server, Some(&key), "/v1/orders", &order).await;
    let id = done["id"].as_str().unwrap();
    let down = awaited(&server, id, |order| order["state"] == "unconfirmed").await;
    assert_eq!(down["answer"], Value::Null, "its receiver is down: {down}");
    assert_eq!(down["clocks"][0]["met_at"], Value::Null, "{down}");
    let dead = async {
        while server.get("/v1/deliveries").await["receivers"][0]["dead"] != 1 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, dead).await.expect("it was never refused for good");
    assert_eq!(server.get(&format!("/v1/orders/{id}")).await["state"], "unconfirmed");
    open.send(true).unwrap();
    let resend = server.ask(Method::POST, "/v1/deliveries/platform/resend").send().await.unwrap();
    assert!(resend.status().is_success(), "{}", resend.text().await.unwrap());
    let told = tokio::time::timeout(PATIENCE, taken.recv()).await.expect("no message").unwrap();
    assert_eq!(told["data"]["subject"], "content/v-1", "{told}");
    let done = awaited(&server, id, |order| order["state"] == "executed").await;
    assert_eq!(done["answer"]["annex"], "II", "{done}");
    assert_eq!(done["confirmed"]["by"], "platform");
    let (decided, confirmed) = (&done["outcome"]["decided_at"], &done["confirmed"]["at"]);
    assert_eq!(&done["answer"]["B"]["at"], confirmed, "{done}");
    assert!(decided.as_str() < confirmed.as_str(), "the time of the measure, not of the verdict");
    assert_eq!(done["clocks"][0]["met_at"], *confirmed);
}

#[tokio::test]
async fn a_removal_order_is_not_closed_by_less_than_it_demands() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), CONFIG);
    staff(&server, "lea", &["legal"]).await;
    server.events(&harmless("v-1")).await;
    let scopes = ["orders:write", "orders:read"];
    let key = party(&server, "ro-police", authority("ro-police", false), &scopes).await;
    let order = removal("ro-police", "RO-1", "https://video.example/v/v-1");
    let (_, taken) = send(&server, Some(&key), "/v1/orders", &order).await;
    let id = taken["id"].as_str().unwrap();
    let case = server.get(&format!("/v1/orders/{id}")).await["case"].clone();
    let case = case.as_str().unwrap();
    signed(&server, "lea", case, json!({"do": "claim"})).await;
    let verdict = |effects: Value| {
        json!({"do": "close", "verdict": {"finding": "violation", "policy": "order",
            "effects": effects}})
    };
    for less in [json!(["disable:FR"]), json!(["limit"]), json!(["preserve"])] {
        let (status, told) = signed(&server, "lea", case, verdict(less)).await;
        assert_eq!(status, 400, "{told}");
        assert!(told["detail"].as_str().unwrap().contains("all member states"), "{told}");
    }
    let nothing = json!({"do": "close", "verdict": {"finding": "no_violation"}});
    let (status, told) = signed(&server, "lea", case, nothing).await;
    assert_eq!(status, 400, "an order is not closed in silence: {told}");
    let everywhere = legal::measure::MEMBER_STATES.join(",");
    let everywhere = verdict(json!([format!("disable:{everywhere}")]));
    assert_eq!(signed(&server, "lea", case, everywhere).await.0, 200);
    let (_, done) = step(&server, "lea", id, json!({"do": "done", "note": "seen"})).await;
    let measure = &done["answer"]["B"]["measure"];
    assert_eq!(measure, "access_disabled_in_all_member_states", "{done}");
}

#[tokio::test]
async fn an_order_about_nothing_here_or_by_nobody_is_never_executed() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), CONFIG);
    staff(&server, "lea", &["legal"]).await;
    let scopes = ["orders:write", "orders:read"];
    let key = party(&server, "ro-police", authority("ro-police", true), &scopes).await;
    // An address that never existed: nobody carries it out unseen.
    let order = removal("ro-police", "RO-1", "https://video.example/v/never-there");
    let (_, taken) = send(&server, Some(&key), "/v1/orders", &order).await;
    assert_eq!((&taken["state"], &taken["answer"]), (&json!("open"), &Value::Null), "{taken}");
    assert_eq!(taken["unseen"], json!(["https://video.example/v/never-there"]));
    let impossible = json!({"do": "impossible", "ground": "insufficient_information",
        "reasons": "there is no such video", "clarification": "send its address"});
    let id = taken["id"].as_str().unwrap();
    let (_, answered) = step(&server, "lea", id, impossible).await;
    assert_eq!(answered["answer"]["annex"], "III", "{answered}");
    // No authority, no address.
    let bare = json!({"annex": "I"});
    let (_, bare) = send(&server, Some(&server.key), "/v1/orders", &bare).await;
    assert_eq!(bare["state"], "open", "{bare}");
    let case = bare["case"].as_str().unwrap();
    signed(&server, "lea", case, json!({"do": "claim"})).await;
    let verdict = json!({"do": "close", "verdict": {"finding": "violation", "policy": "order",
        "effects": ["remove"]}});
    let (status, told) = signed(&server, "lea", case, verdict).await;
    assert_eq!(status, 400, "{told}");
    assert!(told["detail"].as_str().unwrap().contains("names no authority"), "{told}");
}

#[tokio::test]
async fn without_the_providers_particulars_nobody_is_said_to_be_told() {
    let folder = tempfile::tempdir().unwrap();
    let config = "[casework]\ncontent_urls = [\"https://video.example/v/{id}\"]\n";
    let server = Server::start(folder.path(), config);
    staff(&server, "lea", &["legal"]).await;
    server.events(&harmless("v-1")).await;
    let scopes = ["orders:write", "orders:read"];
    let key = party(&server, "ro-police", authority("ro-police", true), &scopes).await;
    let order = removal("ro-police", "RO-1", "https://video.example/v/v-1");
    let (_, taken) = send(&server, Some(&key), "/v1/orders", &order).await;
    let id = taken["id"].as_str().unwrap();
    let (_, done) = step(&server, "lea", id, json!({"do": "done", "note": "seen"})).await;
    assert_eq!((&done["state"], &done["answer"]), (&json!("executed"), &Value::Null), "{done}");
    assert!(done["answer_missing"].as_str().unwrap().contains("configuration"), "{done}");
    let feedback = &done["clocks"][1];
    assert_eq!((&feedback["clock"], &feedback["met_at"]), (&json!("feedback"), &Value::Null));
    let elsewhere = removal("ro-police", "RO-2", "https://other.example/v/1");
    let (_, elsewhere) = send(&server, Some(&key), "/v1/orders", &elsewhere).await;
    assert_eq!(
        elsewhere["state"], "open",
        "nobody can be answered, so a person looks: {elsewhere}"
    );
}

#[tokio::test]
async fn what_an_authority_ordered_is_not_undone_by_a_moderator() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), CONFIG);
    staff(&server, "lea", &["legal"]).await;
    staff(&server, "ana", &["moderator", "specialist"]).await;
    server.events(&harmless("v-1")).await;
    let scopes = ["orders:write", "orders:read"];
    let key = party(&server, "ro-police", authority("ro-police", true), &scopes).await;
    let order = removal("ro-police", "RO-1", "https://video.example/v/v-1");
    let (_, taken) = send(&server, Some(&key), "/v1/orders", &order).await;
    let id = taken["id"].as_str().unwrap();
    step(&server, "lea", id, json!({"do": "done", "note": "seen"})).await;
    let history = server.get("/v1/subjects/content/v-1").await["history"].clone();
    let decision = history[0]["id"].as_str().unwrap();
    let appeal = json!({"decision": decision, "explanation": "it is art"});
    let (status, appeal) = send(&server, Some(&server.key), "/v1/appeals", &appeal).await;
    assert_eq!(status, 200, "{appeal}");
    let case = appeal["case"].as_str().unwrap();
    assert_eq!(signed(&server, "ana", "next", json!({})).await.0, 404);
    assert_eq!(signed(&server, "ana", case, json!({"do": "claim"})).await.0, 403);
    let (status, claimed) = signed(&server, "lea", case, json!({"do": "claim"})).await;
    assert_eq!(status, 200, "legal may: {claimed}");
    let (status, closed) = signed(&server, "lea", case, close("no_violation", &[])).await;
    assert_eq!(status, 200, "{closed}");
    let order = server.get(&format!("/v1/orders/{id}")).await;
    assert_eq!(order["state"], "reversed", "it is not executed any more: {order}");
}

#[tokio::test]
async fn a_silent_order_tells_the_platform_to_be_silent() {
    let folder = tempfile::tempdir().unwrap();
    let (config, open, mut taken) = platform().await;
    open.send(true).unwrap();
    let server = start(folder.path(), &config);
    let scopes = ["orders:write", "orders:read"];
    let key = party(&server, "ro-police", authority("ro-police", true), &scopes).await;
    server.events(&harmless("v-1")).await;
    let mut order = removal("ro-police", "RO-1", "https://video.example/v/v-1");
    order["C"] = json!({"refrain_from_informing": true, "until": "2999-01-01"});
    send(&server, Some(&key), "/v1/orders", &order).await;
    let told = tokio::time::timeout(PATIENCE, taken.recv()).await.expect("no message").unwrap();
    let message = &told["data"];
    assert_eq!(message["silent"], true, "{message}");
    assert_eq!((&message["statement"], &message["letter"]), (&json!(""), &Value::Null));
    let history = server.get("/v1/subjects/content/v-1").await["history"].clone();
    let decision = &history[0]["decision"];
    assert_eq!((&decision["policy"], &decision["silent"]), (&json!("order"), &json!(true)));
    assert!(!decision.to_string().contains("Decisions made by people"), "{decision}");
}

#[tokio::test]
async fn times_that_no_hold_can_be_set_by_are_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), "");
    let order = |until: &str| {
        json!({"kind": "retention", "reference": until, "issuing_member_state": "RO",
            "authority": {"name": "Office of Example Matters"}, "legal_basis": "an example act",
            "keep_until": until, "scope": {"accounts": ["a-1"]}})
    };
    for (until, word) in [("2001-01-01", "is over"), ("some day", "is no date")] {
        let (status, told) = send(&server, Some(&server.key), "/v1/orders", &order(until)).await;
        assert_eq!(status, 400, "{told}");
        assert!(told["detail"].as_str().unwrap().contains(word), "{told}");
    }
    for until in ["9999-12-31", "9999-12-31T23:59:59Z", "2999-06-30"] {
        let (status, told) = send(&server, Some(&server.key), "/v1/orders", &order(until)).await;
        assert_eq!(status, 200, "{told}");
        let end = told["holds"][0]["until"].as_str().unwrap();
        assert!(end.starts_with("9999") || end.starts_with("2999"), "it has an end: {told}");
    }
}

#[tokio::test]
async fn what_a_notifier_reads_is_theirs_and_as_it_is_now() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), CONFIG);
    for name in ["ana", "ben", "eve"] {
        staff(&server, name, &["moderator"]).await;
    }
    server.events(&harmless("v-1")).await;
    let mut sent = notice("https://video.example/v/v-1", "a@p.example");
    sent["language"] = json!("de");
    let (_, receipt) = send(&server, None, "/v1/notices", &sent).await;
    let id = receipt["ids"][0].as_str().unwrap();
    let letter = receipt["letter"]["text"].as_str().unwrap();
    assert!(letter.contains(id), "{receipt}");
    // The same sender again is one voice.
    let (_, again) = send(&server, None, "/v1/notices", &sent).await;
    assert_eq!(again["ids"], receipt["ids"], "{again}");
    let (_, next) = act(&server, "ana", "next", json!({})).await;
    let case = next["case"]["id"].as_str().unwrap();
    assert_eq!(next["case"]["notices"], 1);
    let close = close("violation", &["remove", "suspend_account:7"]);
    let (_, closed) = act(&server, "ana", case, close).await;
    // Its owner is known although no notice can name them.
    let verdict = closed["members"][0]["verdict"].as_str().unwrap();
    let decision = server.get(&format!("/v1/decisions/{verdict}")).await["decision"].clone();
    assert_eq!(decision["account"], "a-v-1", "{decision}");
    let known = server.get("/v1/subjects/account/a-v-1").await["known"].clone();
    assert_eq!(known["standing"]["strikes"], 1, "{known}");
    let read = async || {
        let request = server.http.get(server.url(&format!("/v1/notices/{id}")));
        request.send().await.unwrap().json::<Value>().await.unwrap()
    };
    let answer = read().await;
    let text = answer["answer"]["text"].as_str().unwrap();
    assert_eq!(answer["answer"]["language"], "de");
    assert!(text.contains("Der von Ihnen gemeldete Inhalt wurde entfernt."), "{text}");
    assert!(!answer.to_string().contains("suspend"), "that is not theirs to know: {answer}");
    assert!(!answer.to_string().contains("your"), "nothing of it is about them: {answer}");
    assert!(!answer.to_string().contains("colleagues"), "{answer}");
    // After a reversal they read what is so now.
    let appeal = json!({"decision": verdict, "explanation": "it is satire"});
    let (_, appeal) = send(&server, Some(&server.key), "/v1/appeals", &appeal).await;
    let case = appeal["case"].as_str().unwrap();
    signed(&server, "ben", case, json!({"do": "claim"})).await;
    let reversed = json!({"do": "close", "verdict": {"finding": "no_violation",
        "reasons": "you are right"}});
    assert_eq!(signed(&server, "ben", case, reversed).await.0, 200);
    let now = read().await;
    assert_eq!(now["outcome"]["finding"], "no_violation", "{now}");
    let text = now["answer"]["text"].as_str().unwrap();
    assert!(text.contains("verstößt nach") || text.contains("verstößt"), "{text}");
}

#[tokio::test]
async fn a_notifiers_complaint_is_not_partly_reversed_and_a_complaint_is_answered_once() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), CONFIG);
    for name in ["ana", "ben", "eve"] {
        staff(&server, name, &["moderator"]).await;
    }
    server.events(&[harmless("v-1"), harmless("v-2")].join("\n")).await;
    let judged = async |number: u32| {
        let url = format!("https://video.example/v/v-{number}");
        let address = format!("a{number}@p.example");
        send(&server, None, "/v1/notices", &notice(&url, &address)).await;
        let (_, next) = act(&server, "ana", "next", json!({})).await;
        let case = next["case"]["id"].as_str().unwrap().to_owned();
        let nothing = json!({"do": "close", "verdict": {"finding": "no_violation"}});
        let (_, closed) = act(&server, "ana", &case, nothing).await;
        closed["members"][0]["verdict"].as_str().unwrap().to_owned()
    };
    let complain = async |decision: &str, who: &str, verdict: Value| {
        let appeal = json!({"decision": decision, "explanation": "look again"});
        let (status, taken) = send(&server, Some(&server.key), "/v1/appeals", &appeal).await;
        assert_eq!(status, 200, "{taken}");
        let case = taken["case"].as_str().unwrap();
        signed(&server, who, case, json!({"do": "claim"})).await;
        let (status, closed) = signed(&server, who, case, verdict).await;
        assert_eq!(status, 200, "{closed}");
        let id = taken["id"].as_str().unwrap();
        let answered = server.get(&format!("/v1/appeals/{id}")).await;
        (answered, closed["members"][0]["verdict"].as_str().unwrap_or_default().to_owned())
    };
    // Nothing was done; somebody complains, and it is removed: that is no partial reversal.
    let first = judged(1).await;
    let (answered, _) = complain(&first, "ben", close("violation", &["remove"])).await;
    assert_eq!(answered["state"], "reversed", "{answered}");
    // Nothing was done, and that stays so.
    let second = judged(2).await;
    let upheld = json!({"do": "close", "verdict": {"finding": "no_violation", "reasons": "still"}});
    let (answered, verdict) = complain(&second, "ben", upheld).await;
    assert_eq!(answered["state"], "upheld", "{answered}");
    for decision in [&second, &verdict] {
        let again = json!({"decision": decision, "explanation": "and again"});
        let (status, told) = send(&server, Some(&server.key), "/v1/appeals", &again).await;
        assert_eq!((status, &told["code"]), (409, &json!("decided")), "{told}");
    }
}

#[tokio::test]
async fn anybodys_notices_open_no_lane_and_no_flood() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), CONFIG);
    staff(&server, "ana", &["moderator"]).await;
    let flagger = json!({"kind": "trusted_flagger", "name": "Sample Flagger"});
    let key = party(&server, "flagger", flagger, &["notices:write"]).await;
    server.events(&[harmless("v-1"), harmless("v-2")].join("\n")).await;
    let mut violence = notice("https://video.example/v/v-1", "a@p.example");
    violence["category"] = json!("VIOLENCE");
    send(&server, None, "/v1/notices", &violence).await;
    let trusted = notice("https://video.example/v/v-2", "b@p.example");
    send(&server, Some(&key), "/v1/notices", &trusted).await;
    let cases = server.get("/v1/cases?kind=notice").await;
    let lane = |subject: &str| {
        let mut items = cases["items"].as_array().unwrap().iter();
        items.find(|item| item["subject"] == subject).unwrap().clone()
    };
    assert_eq!(lane("content/v-1")["lane"], "general", "{cases}");
    assert_eq!(lane("content/v-1")["severity"], 8, "sooner, but not before those who are trusted");
    assert_eq!(lane("content/v-2")["lane"], "priority");
    // A hundred invented addresses are neither filed nor queued.
    let mut invented = notice("https://video.example/v/x", "c@p.example");
    let urls: Vec<String> = (0..100).map(|n| format!("https://video.example/v/no-{n}")).collect();
    invented["urls"] = json!(urls);
    let (status, told) = send(&server, None, "/v1/notices", &invented).await;
    assert_eq!(status, 413, "too many at once: {told}");
    invented["urls"] = json!(urls[..10]);
    let (status, told) = send(&server, None, "/v1/notices", &invented).await;
    assert_eq!((status, &told["state"], &told["ids"]), (201, &json!("unknown"), &json!([])));
    assert_eq!(server.get("/v1/notices").await["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn an_order_that_an_earlier_build_carried_out_is_not_said_to_be_missed() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), CONFIG);
    let scopes = ["orders:write", "orders:read"];
    let key = party(&server, "ro-police", authority("ro-police", true), &scopes).await;
    server.events(&harmless("v-1")).await;
    let order = removal("ro-police", "RO-1", "https://video.example/v/v-1");
    let (_, taken) = send(&server, Some(&key), "/v1/orders", &order).await;
    let id = taken["id"].as_str().unwrap().to_owned();
    server.stop();
    // As an earlier build kept it: neither channel nor confirmation.
    let store = store::Store::open(&folder.path().join("p.db")).await.unwrap();
    let mut row = store.filing(&id).await.unwrap().unwrap();
    let mut kept: Value = serde_json::from_str(row.body.as_deref().unwrap()).unwrap();
    for name in ["channel", "confirmed", "unseen", "answered_at"] {
        kept.as_object_mut().unwrap().remove(name);
    }
    row.body = Some(kept.to_string());
    let batch = store::Batch { rows: vec![(&row).into()], ..store::Batch::default() };
    store.commit(&batch).await.unwrap();
    store.close().await;
    drop(store);
    let server = Server::start(folder.path(), CONFIG);
    let order = server.get(&format!("/v1/orders/{id}")).await;
    assert_eq!((&order["state"], &order["answer"]["annex"]), (&json!("executed"), &json!("II")));
    assert_eq!(order["clocks"][0]["state"], "met", "{order}");
}

#[tokio::test]
async fn a_notice_on_german_content_is_read_and_answered_in_german() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), CONFIG);
    staff(&server, "ana", &["moderator"]).await;
    let german =
        harmless("v-1").replace("\"kind\":\"video\"", "\"kind\":\"video\",\"lang\":\"de-AT\"");
    server.events(&german).await;
    let (_, taken) =
        send(&server, None, "/v1/notices", &notice("https://video.example/v/v-1", "a@p.example"))
            .await;
    assert_eq!(taken["state"], "open", "{taken}");
    let cases = server.get("/v1/cases?kind=notice").await;
    let case = &cases["items"][0];
    assert_eq!((&case["language"], &case["medium"]), (&json!("de"), &json!("video")), "{cases}");
    assert_eq!(act(&server, "ana", "next", json!({})).await.0, 404, "she reads Romanian");
}
