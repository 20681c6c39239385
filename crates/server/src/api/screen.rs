//! `POST /v1/screen`: a platform asks before it publishes.

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;
use types::{Decision, Incoming};
use utoipa::ToSchema;

use crate::api::decisions::DecisionItem;
use crate::api::events::hand_in;
use crate::app::App;
use crate::body::{self, Bounds};
use crate::idempotency::{self, Asked};
use crate::media::{self, Form};
use crate::permission::ScreenWrite;
use crate::principal::{By, Caller};
use crate::problem::{Details, Problem};

/// The answer, recorded as it is given.
#[derive(Serialize, ToSchema)]
pub(crate) struct Screened {
    /// `accepted`, or `duplicate` if the event had been taken before; the decision is that of then.
    status: &'static str,
    /// The place of its entry in the ledger.
    seq: u64,
    /// Whether evidence is left out of the decision of then, since it is restricted material.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_withheld: bool,
    /// What was decided; nothing if no rule had anything to say.
    decision: Option<Decision>,
    /// What was left out of the event, since it cannot be read: `account.followers`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left_out: Vec<String>,
}

/// Judges one event and answers when the decision is on the disk.
#[utoipa::path(
    post, path = "/v1/screen", tag = "in", security(("key" = ["screen:write"])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Answers are kept for a day")),
    request_body(content = crate::api::events::Event, content_type = "application/cloudevents+json"),
    responses(
        (status = 200, body = Screened, description = "The decision is on the disk"),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 413, body = Details, content_type = "application/problem+json"),
        (status = 415, body = Details, content_type = "application/problem+json"),
        (status = 429, body = Details, content_type = "application/problem+json"),
        (status = 503, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post(
    State(app): State<App>,
    By(caller, _): By<ScreenWrite>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    if headers.get("content-encoding").is_some_and(|told| told != "identity") {
        return Err(Problem::Encoding("a single event is sent unpacked".to_owned()));
    }
    let form = Form::of(&headers)?;
    let sent = body::read(&app, &headers, body).await?;
    let refused = |reject: types::Reject| Problem::Refused(reject.code(), reject.to_string());
    let json = match &form {
        Form::Binary(attributes) => media::joined(attributes, &sent.bytes).map_err(refused)?,
        Form::Batch => {
            return Err(Problem::Wrong("send one event; batches go to /v1/events".into()));
        }
        _ => sent.bytes.to_vec(),
    };
    let asked = Asked { headers: &headers, caller: &caller, action: "screen", body: &json };
    idempotency::once(&app, asked, screen(&app, &caller, json.clone())).await
}

async fn screen(app: &App, caller: &Caller, json: Vec<u8>) -> Result<Screened, Problem> {
    let limits = Bounds::of(app).limits;
    if json.len() > limits.record_bytes_max {
        let most = limits.record_bytes_max;
        return Err(Problem::TooLarge(format!("an event has at most {most} bytes")));
    }
    let refused = |reject: types::Reject| Problem::Refused(reject.code(), reject.to_string());
    let (incoming, left_out) = Incoming::read(json, 1).map_err(refused)?;
    let event = &incoming.event;
    if let Some(reject) = event.reserved() {
        return Err(refused(reject));
    }
    if limits.latest.is_some_and(|latest| event.time > latest) {
        return Err(refused(types::Reject::Future(event.time.to_string())));
    }
    app.limits.events(&caller.id(), 1)?;
    let missing = || Problem::Internal("an event was handed in, and nothing came back".to_owned());
    let taken = hand_in(app, vec![incoming], &[]).await?.pop().ok_or_else(missing)?;
    if let Some(seq) = taken.seq {
        return Ok(Screened {
            status: "accepted",
            seq,
            is_withheld: false,
            decision: taken.decision,
            left_out,
        });
    }
    let store = &app.core()?.store;
    let seq = store.taken(taken.key).await?.ok_or_else(missing)?;
    let rows = store.records(seq, seq + 1).await?;
    // Anybody may send the source and id of another's event.
    let item = DecisionItem::all(app, rows).await?.pop();
    let is_withheld = item.as_ref().is_some_and(|item| item.is_withheld);
    let decision = item.and_then(|item| item.decision);
    let decision = decision.map(|json| serde_json::from_str(json.get())).transpose();
    let decision = decision.map_err(|error| Problem::Internal(error.to_string()))?;
    Ok(Screened { status: "duplicate", seq, is_withheld, decision, left_out })
}
