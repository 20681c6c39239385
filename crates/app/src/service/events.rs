//! Accepts events, and acknowledges them once they are on disk.

use std::collections::HashMap;

use engine::{EventResult, Intake};
use ingest::Refused;
use serde::Serialize;
use store::RefusedRow;
use types::{Effect, Incoming};
use utoipa::ToSchema;

use crate::access::caller::Caller;
use crate::service::memory::Hold;
use crate::service::problem::Problem;
use crate::service::state::App;

/// Events that were sent together, as they were read.
#[derive(Default)]
pub struct Batch {
    /// Events that can be judged.
    pub events: Vec<Incoming>,
    /// Records that cannot be judged, with the reason.
    pub refused: Vec<Refused>,
    /// Names of the fields that were left out of events, with the places of the events.
    pub left_out: Vec<(u64, Vec<String>)>,
    /// Number of lines that contain no event.
    pub passed_over: u64,
    /// The memory that it takes.
    pub hold: Hold,
}

/// The results of sending events.
#[derive(Serialize, ToSchema)]
pub struct Accepted {
    /// Number of events accepted now; they are on disk.
    pub accepted: usize,
    /// Number of events that were accepted earlier.
    pub duplicates: usize,
    /// Number of records refused; the others are accepted all the same.
    pub refused: usize,
    /// Number of decisions made.
    pub decisions: usize,
    /// Number of events with a field that could not be read and was left out; the rest was
    /// accepted.
    pub left_out: usize,
    /// The result of each record, in the order sent.
    pub items: Vec<RecordOutcome>,
}

/// The result of one record.
#[derive(Serialize, ToSchema)]
pub struct RecordOutcome {
    /// The line or element of the record, counted from 1.
    pub place: u64,
    /// `accepted`, `duplicate`, `refused`.
    pub status: &'static str,
    /// The place of its entry in the ledger; absent unless it was accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// The decision on it; absent if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<Brief>,
    /// Fields that could not be read and were left out of the event: `account.followers`; absent if
    /// there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
    /// A stable name of the reason for a refusal; absent unless it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// The reason in words, and what to do; absent unless it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// A decision in brief.
#[derive(Serialize, ToSchema)]
pub struct Brief {
    /// Its id.
    pub id: String,
    /// The effects.
    pub effects: Vec<Effect>,
}

/// Passes events to the loop and waits until they are on disk.
pub async fn hand_in(
    app: &App,
    events: Vec<types::Incoming>,
    refused: &[Refused],
) -> Result<Vec<EventResult>, Problem> {
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
    taken: Vec<EventResult>,
    refused: Vec<Refused>,
    left_out: Vec<(u64, Vec<String>)>,
) -> Accepted {
    let is_new = |taken: &&EventResult| taken.seq.is_some();
    let mut answer = Accepted {
        accepted: taken.iter().filter(is_new).count(),
        duplicates: taken.iter().filter(|taken| !is_new(taken)).count(),
        refused: refused.len(),
        decisions: taken.iter().filter(|taken| taken.decision.is_some()).count(),
        left_out: left_out.len(),
        items: Vec::with_capacity(taken.len() + refused.len()),
    };
    let mut left_out: HashMap<u64, Vec<String>> = left_out.into_iter().collect();
    answer.items.extend(taken.into_iter().map(|taken| RecordOutcome {
        place: taken.place,
        status: if taken.seq.is_some() { "accepted" } else { "duplicate" },
        seq: taken.seq,
        decision: taken.decision.map(|made| Brief { id: made.id.0, effects: made.effects }),
        left_out: left_out.remove(&taken.place).unwrap_or_default(),
        reason: None,
        message: None,
    }));
    answer.items.extend(refused.into_iter().map(|refused| RecordOutcome {
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

/// Accepts events; refused records are stored with their reason.
pub async fn take(app: &App, caller: &Caller, batch: Batch) -> Result<Accepted, Problem> {
    let Batch { events, refused, left_out, passed_over, hold } = batch;
    app.limits.events(&caller.id(), events.len() + refused.len())?;
    let taken = hand_in(app, events, &refused).await?;
    drop(hold);
    match refused.as_slice() {
        // A sender of one event may check the status alone, and would count it as delivered.
        [one] if taken.is_empty() && passed_over == 0 => {
            Err(Problem::Refused(one.reason, one.message.clone()))
        }
        _ => Ok(accepted(taken, refused, left_out)),
    }
}
