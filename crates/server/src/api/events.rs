//! `POST /v1/events`: events come in, and are acknowledged when they are on the disk.

use std::collections::HashMap;

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use engine::{Intake, Taken};
use ingest::Refused;
use serde::Serialize;
use store::RefusedRow;
use types::{Data, Effect};
use utoipa::ToSchema;

use crate::app::App;
use crate::body::{self, Bounds, Events, Sent};
use crate::idempotency::{self, Asked};
use crate::media::Form;
use crate::permission::EventsWrite;
use crate::principal::{By, Caller};
use crate::problem::{Details, Problem};

/// An event: a CloudEvents 1.0 envelope.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `types::Event::parse` reads")]
pub(crate) struct Event {
    /// `1.0`
    #[schema(pattern = "^1\\.0$")]
    specversion: String,
    /// Unique within the source.
    #[schema(min_length = 1, max_length = 512)]
    id: String,
    /// Who tells, a URI reference.
    #[schema(min_length = 1, max_length = 512)]
    source: String,
    /// What happened, such as `content.published`.
    r#type: String,
    /// When it happened.
    #[schema(format = DateTime)]
    time: String,
    /// Whom or what it is about, kind/id, where that is not plain from the data.
    subject: Option<String>,
    /// What it carries, in groups; which, depends on the type.
    data: Data,
}

/// What became of each event.
#[derive(Serialize, ToSchema)]
pub(crate) struct Accepted {
    /// Events taken now, and on the disk.
    accepted: usize,
    /// Events that had been taken before.
    duplicates: usize,
    /// Records refused; the others are taken all the same.
    refused: usize,
    /// Decisions made.
    decisions: usize,
    /// Events of which something was left out, since it cannot be read; the rest was taken.
    left_out: usize,
    /// Each record, in the order in which it was sent.
    items: Vec<Outcome>,
}

/// What became of one record.
#[derive(Serialize, ToSchema)]
pub(crate) struct Outcome {
    /// Line or element, counted from 1.
    place: u64,
    /// `accepted`, `duplicate`, `refused`.
    status: &'static str,
    /// The place of its entry in the ledger.
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
    /// What was decided on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<Brief>,
    /// What was left out of the event, since it cannot be read: `account.followers`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left_out: Vec<String>,
    /// The name of the reason for a refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    /// The reason in words, with what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

/// A decision in brief.
#[derive(Serialize, ToSchema)]
pub(crate) struct Brief {
    /// Its id.
    id: String,
    /// What is done.
    effects: Vec<Effect>,
}

/// Takes events: lines or an array of CloudEvents, or one, plain or packed with gzip or zstd.
///
/// One event may come in CloudEvents' binary mode, with its attributes in headers `ce-…`. A single
/// event that is refused is a refused request; records among others are refused by themselves.
#[utoipa::path(
    post, path = "/v1/events", tag = "in", security(("key" = ["events:write"])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Answers are kept for a day")),
    request_body(content(
        (Vec<Event> = "application/cloudevents-batch+json"),
        (String = "application/x-ndjson"),
        (Event = "application/cloudevents+json"),
    )),
    responses(
        (status = 200, body = Accepted, description = "Everything accepted is on the disk"),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 413, body = Details, content_type = "application/problem+json"),
        (status = 415, body = Details, content_type = "application/problem+json"),
        (status = 429, body = Details, content_type = "application/problem+json"),
        (status = 503, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post(
    State(app): State<App>,
    By(caller, _): By<EventsWrite>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    app.core()?;
    body::check_encoding(&headers)?;
    let form = Form::of(&headers)?;
    let sent = body::read(&app, &headers, body).await?;
    let asked = [form.told().as_slice(), &sent.bytes].concat();
    let asked = Asked { headers: &headers, caller: &caller, action: "events", body: &asked };
    idempotency::once(&app, asked, take(&app, &caller, sent, form)).await
}

async fn take(app: &App, caller: &Caller, sent: Sent, form: Form) -> Result<Accepted, Problem> {
    let (sender, bounds) = (caller.sender(), Bounds::of(app));
    let read = tokio::task::spawn_blocking(move || body::events(sent, &form, &sender, bounds));
    let Events { events, refused, left_out, passed_over, hold } =
        read.await.map_err(|error| Problem::Internal(error.to_string()))??;
    app.limits.events(&caller.id(), events.len() + refused.len())?;
    let taken = hand_in(app, events, &refused).await?;
    drop(hold);
    match refused.as_slice() {
        // A sender of one event looks at the status alone, and would count it as delivered.
        [one] if taken.is_empty() && passed_over == 0 => {
            Err(Problem::Refused(one.reason, one.message.clone()))
        }
        _ => Ok(accepted(taken, refused, left_out)),
    }
}

/// Hands events to the loop and waits until they are on the disk.
pub(crate) async fn hand_in(
    app: &App,
    events: Vec<types::Incoming>,
    refused: &[Refused],
) -> Result<Vec<Taken>, Problem> {
    if events.is_empty() && refused.is_empty() {
        return Ok(Vec::new());
    }
    let at_ms = app.now().as_millisecond();
    let refused = refused.iter().map(|refused| row(refused, at_ms)).collect();
    let receipt = app.core()?.pipeline.offer(Intake { events, refused, lodged: Vec::new() })?;
    let receipt = tokio::time::timeout(app.settings.answer_within, receipt).await;
    let receipt = receipt.map_err(|_| Problem::TimedOut)?;
    Ok(receipt.map_err(|_| Problem::NotReady("stopping"))??)
}

fn row(refused: &Refused, at_ms: i64) -> RefusedRow {
    RefusedRow {
        at_ms,
        sender: refused.input.clone(),
        place: refused.place,
        reason: refused.reason.to_owned(),
        message: refused.message.clone(),
        excerpt: refused.excerpt.clone(),
    }
}

fn accepted(
    taken: Vec<Taken>,
    refused: Vec<Refused>,
    left_out: Vec<(u64, Vec<String>)>,
) -> Accepted {
    let is_new = |taken: &&Taken| taken.seq.is_some();
    let mut answer = Accepted {
        accepted: taken.iter().filter(is_new).count(),
        duplicates: taken.iter().filter(|taken| !is_new(taken)).count(),
        refused: refused.len(),
        decisions: taken.iter().filter(|taken| taken.decision.is_some()).count(),
        left_out: left_out.len(),
        items: Vec::with_capacity(taken.len() + refused.len()),
    };
    let mut left_out: HashMap<u64, Vec<String>> = left_out.into_iter().collect();
    answer.items.extend(taken.into_iter().map(|taken| Outcome {
        place: taken.place,
        status: if taken.seq.is_some() { "accepted" } else { "duplicate" },
        seq: taken.seq,
        decision: taken.decision.map(|made| Brief { id: made.id.0, effects: made.effects }),
        left_out: left_out.remove(&taken.place).unwrap_or_default(),
        reason: None,
        message: None,
    }));
    answer.items.extend(refused.into_iter().map(|refused| Outcome {
        place: refused.place,
        status: "refused",
        seq: None,
        decision: None,
        left_out: Vec::new(),
        reason: Some(refused.reason),
        message: Some(refused.message),
    }));
    answer.items.sort_by_key(|item| item.place);
    answer
}
