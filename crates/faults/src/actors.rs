//! The actors: a platform, reviewers, authorities, notifiers, and people who ask to be erased.

use engine::{Deed, Lodged, Rows};
use jiff::Timestamp;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use review::{CaseId, Command, Filing, Finding, Member, Request, Reviewer, Verdict, Work};
use store::{FilingRow, RowChange, Staff};
use types::{Event, Incoming, Subject};

/// Number of accounts and, below, of contents: few, so that events meet.
pub(crate) const ACCOUNTS: u64 = 6;
const CONTENTS: u32 = 12;

/// The names of the reviewers.
const REVIEWERS: [&str; 3] = ["ana", "ben", "cleo"];

/// The name of the account with that number, which is recognised wherever it is written.
pub(crate) fn account(number: u64) -> String {
    format!("acc-{number}-x\"y")
}

fn time(now_ms: i64) -> String {
    Timestamp::from_millisecond(now_ms).unwrap_or_default().to_string()
}

fn incoming(place: u64, json: &serde_json::Value) -> Option<Incoming> {
    let json = json.to_string().into_bytes();
    let event = Event::parse(&json).ok()?;
    Some(Incoming { place, event, json })
}

/// An event of the platform: a post, a flag, views, a profile.
pub(crate) fn event(
    random: &mut ChaCha8Rng,
    (place, id): (u64, u64),
    (who, now_ms): (&str, i64),
) -> Option<Incoming> {
    let content = format!("c-{}", random.random_range(0..CONTENTS));
    let (kind, data) = match random.random_range(0..5) {
        0 => (
            "flag.raised",
            serde_json::json!({"content": {"id": content}, "flag": {"reason": "spam", "by": who}}),
        ),
        1 => (
            "content.viewed",
            serde_json::json!({"content": {"id": content},
                "views": {"total": random.random_range(1..1000)}}),
        ),
        2 => ("account.updated", serde_json::json!({"account": {"id": who, "name": who}})),
        _ => (
            "content.published",
            serde_json::json!({"account": {"id": who},
                "content": {"id": content, "lang": "ro", "text": format!("words {id}")}}),
        ),
    };
    let json = serde_json::json!({"specversion": "1.0", "id": format!("e-{id}"), "source": "/faults",
        "type": kind, "time": time(now_ms), "data": data});
    incoming(place, &json)
}

/// An order about some content, which is carried out at once or waits for legal.
pub(crate) fn order(random: &mut ChaCha8Rng, id: u64, now_ms: i64) -> Option<(Incoming, Lodged)> {
    let content = format!("c-{}", random.random_range(0..CONTENTS));
    let json = serde_json::json!({"specversion": "1.0", "id": format!("order/o-{id}"),
        "source": types::event::OURSELVES, "type": "order.received", "time": time(now_ms),
        "subject": format!("content/{content}"),
        "data": {"content": {"id": content},
            "order": {"id": format!("o-{id}"), "kind": "removal"}}});
    let subject = Subject::new("content", &content);
    let then = match random.random_bool(0.5) {
        true => carried_out(now_ms),
        false => Vec::new(),
    };
    let row = FilingRow {
        id: format!("o-{id}"),
        kind: "order".to_owned(),
        fingerprint: format!("f-{id}"),
        subject: Some(subject.0.clone()),
        received_ms: now_ms,
        due_ms: Some(now_ms + 3_600_000),
        state: "open".to_owned(),
        body: Some(format!("{{\"reference\":\"R-{id}\"}}")),
        ..FilingRow::default()
    };
    let filing = Filing {
        id: row.id.clone(),
        due_ms: row.due_ms,
        members: vec![member(subject)],
        policy: Some("order".to_owned()),
        ..Filing::default()
    };
    Some((incoming(0, &json)?, Lodged { filing, row, beside: Vec::new(), then }))
}

fn member(subject: Subject) -> Member {
    let (account, verdict) = (None, None);
    Member { subject, account, decisions: Vec::new(), standing: Vec::new(), verdict }
}

/// The requests that carry an order out without a human.
fn carried_out(now_ms: i64) -> Vec<Request> {
    let reviewer = Reviewer {
        name: review::AUTOMATIC.to_owned(),
        works: vec![Work::Legal],
        is_lead: true,
        ..Reviewer::default()
    };
    let verdict = Verdict {
        finding: Finding::Violation,
        policy: "order".to_owned(),
        effects: vec!["remove".to_owned(), "preserve".to_owned()],
        ..Verdict::default()
    };
    let request = |command| Request { case: None, reviewer: reviewer.clone(), command, now_ms };
    [Command::Claim, Command::Close { verdict }].map(request).into()
}

/// The next action of a reviewer: on a case that they name, or on the next one.
pub(crate) fn act(random: &mut ChaCha8Rng, cases: &[u64], now_ms: i64) -> (bool, Vec<Deed>) {
    let reviewer = Reviewer {
        name: REVIEWERS[random.random_range(0..REVIEWERS.len())].to_owned(),
        works: vec![Work::Moderate, Work::Legal],
        ..Reviewer::default()
    };
    let case = (!cases.is_empty() && random.random_bool(0.6))
        .then(|| CaseId(cases[random.random_range(0..cases.len())]));
    let command = match (case, random.random_range(0..6)) {
        (None, _) | (_, 0) => Command::Claim,
        (_, 1) => Command::Skip { note: "not mine".to_owned() },
        (_, 2) => Command::Undo,
        _ => Command::Close { verdict: verdict(random) },
    };
    let is_claim = command == Command::Claim;
    let request = Request { case, reviewer: reviewer.clone(), command, now_ms };
    let mut deeds = vec![Deed::Act(Box::new(request))];
    if random.random_bool(0.15) {
        // A second step, which is often refused: then nothing of the first is kept.
        let case = (!cases.is_empty()).then(|| CaseId(cases[random.random_range(0..cases.len())]));
        let request = Request { case, reviewer: reviewer.clone(), command: Command::Undo, now_ms };
        deeds.push(Deed::Act(Box::new(request)));
    }
    if random.random_bool(0.2) {
        let row = Staff {
            name: reviewer.name,
            role: "moderator".to_owned(),
            made_ms: now_ms,
            ..Staff::default()
        };
        deeds.push(Deed::Keep(Rows::of([RowChange::from(&row)])));
    }
    (is_claim, deeds)
}

fn verdict(random: &mut ChaCha8Rng) -> Verdict {
    match random.random_bool(0.5) {
        true => Verdict {
            finding: Finding::Violation,
            policy: "p".to_owned(),
            effects: vec!["remove".to_owned()],
            ..Verdict::default()
        },
        false => Verdict { finding: Finding::NoViolation, ..Verdict::default() },
    }
}
