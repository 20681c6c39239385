//! Decides on an event before the platform publishes its content.

use serde::Serialize;
use types::{Decision, Incoming};
use utoipa::ToSchema;

use crate::access::caller::Caller;
use crate::decisions::DecisionItem;
use crate::service::events::hand_in;
use crate::service::problem::Problem;
use crate::service::state::App;

/// The decision on an event before publication.
#[derive(Serialize, ToSchema)]
pub struct Screened {
    /// `accepted`, or `duplicate` if the event was accepted earlier; the decision is then the
    /// earlier one.
    pub status: &'static str,
    /// The place of its entry in the ledger.
    pub seq: u64,
    /// Whether evidence is left out of the earlier decision because the material is restricted;
    /// absent if it is not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_withheld: bool,
    /// The decision; `null` if there is none.
    pub decision: Option<Decision>,
    /// Fields that could not be read and were left out of the event: `account.followers`; absent if
    /// there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
}

/// Decides on one event before it is published.
pub async fn screen(app: &App, caller: &Caller, json: Vec<u8>) -> Result<Screened, Problem> {
    let limits = app.record_limits();
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
    // Anybody may send source and id of an event that is not theirs.
    let item = DecisionItem::all(app, rows).await?.pop();
    let is_withheld = item.as_ref().is_some_and(|item| item.is_withheld);
    let decision = item.and_then(|item| item.decision);
    let decision = decision.map(|json| serde_json::from_str(json.get())).transpose();
    let decision = decision.map_err(|error| Problem::Internal(error.to_string()))?;
    Ok(Screened { status: "duplicate", seq, is_withheld, decision, left_out })
}
