//! The people of the demo and some of what they do: staff, partners and authorities for the
//! Romanian presidential election of 2024. All names are made up. The numbers of reviewers are
//! those that a large video platform published: 99 Romanian-speaking moderators, and 120 experts
//! added for the election.

use std::time::Duration;

use app::Casework;
use engine::{Door, Rows};
use reqwest::Method;
use review::{Queue, Skills};
use serde_json::{Value, json};
use store::{Aside, PartyRow, RowChange, Staff};

use crate::client::Client;

const MODERATORS: usize = 99;

const EXPERTS: usize = 120;

/// The roles of the person who views the demo: all roles of staff.
const ADMIN_ROLES: &str = "admin lead legal specialist author approver";

/// How long a reviewer of the demo takes for a case.
const PACE: Duration = Duration::from_millis(700);

/// The address pattern of content on the simulated platform.
const CONTENT: &str = "https://video.example/v/{id}";

/// The configuration of casework: queues, addresses and the provider's particulars.
pub(crate) fn casework() -> Casework {
    let queue = |name: &str, title: &str, policies: &[&str], languages: &[&str]| Queue {
        name: name.to_owned(),
        title: title.to_owned(),
        policies: policies.iter().map(|policy| (*policy).to_owned()).collect(),
        languages: languages.iter().map(|language| (*language).to_owned()).collect(),
        escalated: Some(false),
        kinds: vec![review::Kind::Review, review::Kind::Notice],
        ..Queue::default()
    };
    let queues = [
        Queue {
            is_task_force: true,
            mission: Some("romania-2024".to_owned()),
            target_seconds: Some(14_400),
            ..queue("civic-ro", "Romanian presidential election", &["civic"], &["ro", "hu"])
        },
        Queue {
            expertise: Some("elections".to_owned()),
            mission: Some("france-2024".to_owned()),
            ..queue("civic-fr", "French legislative election", &["civic"], &["fr"])
        },
        queue("minors", "Safety of minors", &["minors"], &[]),
    ];
    let mut settings = Casework::default();
    // The names and codes above are valid.
    settings.review_queue.queues = Queue::all(&queues).unwrap_or_else(|_| Queue::defaults());
    settings.review_queue.second_reviews.default = 0.2;
    settings.content_urls = vec![CONTENT.to_owned()];
    settings.account_urls = vec!["https://video.example/@{id}".to_owned()];
    settings.languages = vec!["en".to_owned(), "ro".to_owned(), "fr".to_owned()];
    settings.provider.name = "Example Video Ltd".to_owned();
    settings.provider.member_state = "IE".to_owned();
    settings.provider.contact_email = "contact@video.example".to_owned();
    settings.provider.authorised_person = "A. Person".to_owned();
    settings
}

/// Creates the staff accounts, and registers partners and authorities. The accounts are for the
/// simulation, not for signing in.
pub(crate) async fn hire(door: &Door) -> anyhow::Result<()> {
    register(door).await?;
    let Some(admin) = door.store().staff_called("admin").await? else { return Ok(()) };
    let skills = |languages: &[&str], expertise: &[&str], queues: &[&str]| Skills {
        languages: languages.iter().map(|one| (*one).to_owned()).collect(),
        expertise: expertise.iter().map(|one| (*one).to_owned()).collect(),
        queues: queues.iter().map(|one| (*one).to_owned()).collect(),
        ..Skills::default()
    };
    let everything = skills(&["ro", "fr", "en", "hu", "de"], &["elections"], &["civic-ro"]);
    let everything = Skills { is_cleared: true, ..everything };
    put(door, &Staff { role: ADMIN_ROLES.to_owned(), ..admin.clone() }, &everything).await?;
    for number in 0..MODERATORS {
        let name = format!("moderator-ro-{:02}", number + 1);
        let role = "moderator".to_owned();
        let languages = if number % 3 == 0 { &["ro", "hu"] } else { &["ro", "en"] };
        let staff = Staff { name, role, ..admin.clone() };
        put(door, &staff, &skills(languages, &[], &["civic-ro"])).await?;
    }
    for number in 0..EXPERTS {
        let (role, languages): (_, &[&str]) = match number % 4 {
            0 => ("specialist", &["ro", "fr", "en"]),
            1 => ("specialist", &["fr", "en"]),
            2 => ("moderator", &["ro", "en"]),
            _ => ("moderator legal", &["en", "de"]),
        };
        let name = format!("expert-{:03}", number + 1);
        let staff = Staff { name, role: role.to_owned(), ..admin.clone() };
        put(door, &staff, &skills(languages, &["elections"], &["civic-ro"])).await?;
    }
    Ok(())
}

async fn put(door: &Door, staff: &Staff, skills: &Skills) -> anyhow::Result<()> {
    // All accounts share the password hash of `admin`. Only `admin` is announced.
    let staff = Staff { skills: serde_json::to_string(skills)?, ..staff.clone() };
    let mut rows = Rows::of([RowChange::from(&staff)]);
    rows.asides = vec![Aside::Password { staff: staff.name, hash: staff.password }];
    Ok(door.write(rows).await?)
}

/// Lets partners, authorities and reviewers act, until the task is aborted.
pub(crate) async fn live(client: Client, authorities: Vec<(&'static str, Client)>) {
    let mut beat = tokio::time::interval(PACE);
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    for turn in 0_u64.. {
        beat.tick().await;
        // If one action fails, a later one does it.
        let _ = match turn % 24 {
            7 => notify(&client, turn).await,
            13 if turn < 240 => order(&client, &authorities, turn).await,
            19 => appeal(&client).await,
            _ => review(&client, turn).await,
        };
    }
}

/// The authorities of the demo. Each sends its orders with its own key.
pub(crate) const AUTHORITIES: [&str; 2] = ["sample-police", "sample-court"];

async fn register(door: &Door) -> anyhow::Result<()> {
    let parties = [
        (
            "sample-flagger",
            json!({"kind": "trusted_flagger", "name": "Sample Trusted Flagger",
            "member_state": "RO", "expertise": ["scams"]}),
        ),
        (
            "sample-check",
            json!({"kind": "rapid_response", "name": "Sample Fact Check",
            "role": "fact_checker", "missions": ["romania-2024"]}),
        ),
        (
            "sample-police",
            json!({"kind": "authority", "authority": {"id": "sample-police",
            "name": "Sample Police", "member_state": "RO", "kind": "law_enforcement",
            "verified": true, "auto_execute": true, "first_contact_at": "2024-11-01T00:00:00Z"}}),
        ),
        (
            "sample-court",
            json!({"kind": "authority", "authority": {"id": "sample-court",
            "name": "Sample Court", "member_state": "FR", "kind": "judge", "verified": true,
            "first_contact_at": "2024-06-01T00:00:00Z"}}),
        ),
    ];
    for (id, party) in parties {
        let (kind, body) = (party["kind"].as_str().unwrap_or_default(), party.to_string());
        let row = PartyRow { id: id.to_owned(), kind: kind.to_owned(), body };
        door.write(Rows::of([RowChange::from(&row)])).await?;
    }
    Ok(())
}

/// A reviewer claims the next case and judges it.
async fn review(client: &Client, turn: u64) -> anyhow::Result<()> {
    let who = match turn % 5 {
        0 | 1 => format!("expert-{:03}", turn * 7 % EXPERTS as u64 + 1),
        _ => format!("moderator-ro-{:02}", turn * 11 % MODERATORS as u64 + 1),
    };
    let who = Some(who.as_str());
    let case = client.call(Method::POST, "/v1/cases/next", who, &json!({})).await?;
    let item = &case["case"];
    let path = format!("/v1/cases/{}", item["id"].as_str().unwrap_or_default());
    let policy = item["policy"].as_str().unwrap_or_default();
    let command = match turn % 11 {
        3 => json!({"do": "escalate", "note": "somebody with more experience should look"}),
        6 => json!({"do": "skip", "note": "not my field"}),
        5 | 9 => json!({"do": "close", "verdict": {"finding": "no_violation",
            "note": "satire, and seen as such"}}),
        // Policies of casework say why people look, not what is forbidden: the reviewer chooses the
        // policy that was violated.
        _ => {
            let policy = if policy.starts_with("casework.") { "spam.content" } else { policy };
            json!({"do": "close", "verdict": {"finding": "violation", "policy": policy,
                "effects": effects(policy), "note": "plain"}})
        }
    };
    client.call(Method::POST, &path, who, &command).await.map(drop)
}

fn effects(policy: &str) -> Value {
    match policy {
        policy if policy.starts_with("civic") => json!(["label:check_official_source", "limit"]),
        _ => json!(["remove"]),
    }
}

/// A user submits a notice about the latest video.
async fn notify(client: &Client, turn: u64) -> anyhow::Result<()> {
    let category = ["SCAMS_AND_FRAUD", "ILLEGAL_OR_HARMFUL_SPEECH", "VIOLENCE"];
    let notice = json!({
        "urls": [latest(client).await?], "good_faith": true, "name": "A. Person",
        "email": format!("person-{turn}@mail.example"),
        "category": category[usize::try_from(turn / 24).unwrap_or(0) % category.len()],
        "explanation": "the video promises winnings that nobody gets, see the second minute",
    });
    client.call(Method::POST, "/v1/notices", None, &notice).await.map(drop)
}

/// An authority sends an order, with its own key.
async fn order(client: &Client, authorities: &[(&str, Client)], turn: u64) -> anyhow::Result<()> {
    let url = latest(client).await?;
    let (authority, body) = if turn % 48 == 13 {
        let body = json!({"annex": "I", "reference": format!("RO-2024-{turn:04}"),
            "issued_at": "2024-11-20T09:58:00Z", "issuing_member_state": "RO",
            "B": {"urls": [url], "material": ["a"], "additional": "it praises an attack that was made up for this demo"},
            "D": {"other_member_state": true, "copy_sent": true},
            "E": {"authority_type": "law_enforcement", "name": "Sample Police", "file_no": "42",
                "email": "x@police.example", "date": "2024-11-20", "signature": "A. Person"},
            "F": {"feedback_contact": "x@police.example"},
            "G": {"court": "a court", "deadline": "2 months"}});
        ("sample-police", body)
    } else {
        let body = json!({"kind": "act", "reference": format!("FR-2024-{turn:04}"),
            "issued_at": "2024-11-20T09:58:00Z", "issuing_member_state": "FR", "language": "fr",
            "legal_basis": "a law made up for this demo", "urls": [url], "territory": ["FR"],
            "authority": {"name": "Sample Court", "email": "x@court.example"},
            "reasons": "it defames somebody who was made up for this demo"});
        ("sample-court", body)
    };
    let Some((_, own)) = authorities.iter().find(|(id, _)| *id == authority) else { return Ok(()) };
    own.call(Method::POST, "/v1/orders", None, &body).await.map(drop)
}

/// The person affected by the latest removal appeals.
async fn appeal(client: &Client) -> anyhow::Result<()> {
    let found =
        client.get("/v1/decisions?order=newest&type=case.closed&effect=remove&limit=1").await?;
    let decision = &found["items"][0]["id"];
    let appeal = json!({"decision": decision, "explanation": "it is a joke among friends",
        "language": "ro"});
    client.call(Method::POST, "/v1/appeals", None, &appeal).await.map(drop)
}

/// The address of the video with the latest decision.
async fn latest(client: &Client) -> anyhow::Result<String> {
    let found = client.get("/v1/decisions?order=newest&type=content.published&limit=1").await?;
    let subject = found["items"][0]["decision"]["subject"].as_str().unwrap_or_default();
    let id = subject.strip_prefix("content/").unwrap_or("v-1");
    Ok(CONTENT.replace("{id}", id))
}
