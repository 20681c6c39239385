//! Events come in, and are acknowledged when they are on the disk.

use std::collections::HashMap;

use engine::{Intake, Taken};
use ingest::Refused;
use serde::Serialize;
use store::RefusedRow;
use types::{Effect, Incoming};
use utoipa::ToSchema;

use crate::access::caller::Caller;
use crate::service::problem::Problem;
use crate::service::room::Hold;
use crate::service::state::App;

/// Events that were sent together, as they were read.
#[derive(Default)]
pub struct Batch {
    /// What can be judged.
    pub events: Vec<Incoming>,
    /// What cannot, with the reason.
    pub refused: Vec<Refused>,
    /// What was left out of events, by name, with their places.
    pub left_out: Vec<(u64, Vec<String>)>,
    /// Lines that hold no event.
    pub passed_over: u64,
    /// The memory that it takes.
    pub hold: Hold,
}

/// What became of each event.
#[derive(Serialize, ToSchema)]
pub struct Accepted {
    /// Events taken now, and on the disk.
    pub accepted: usize,
    /// Events that had been taken before.
    pub duplicates: usize,
    /// Records refused; the others are taken all the same.
    pub refused: usize,
    /// Decisions made.
    pub decisions: usize,
    /// Events of which something was left out, since it cannot be read; the rest was taken.
    pub left_out: usize,
    /// Each record, in the order in which it was sent.
    pub items: Vec<Outcome>,
}

/// What became of one record.
#[derive(Serialize, ToSchema)]
pub struct Outcome {
    /// Line or element, counted from 1.
    pub place: u64,
    /// `accepted`, `duplicate`, `refused`.
    pub status: &'static str,
    /// The place of its entry in the ledger.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// What was decided on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<Brief>,
    /// What was left out of the event, since it cannot be read: `account.followers`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
    /// The name of the reason for a refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// The reason in words, with what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// A decision in brief.
#[derive(Serialize, ToSchema)]
pub struct Brief {
    /// Its id.
    pub id: String,
    /// What is done.
    pub effects: Vec<Effect>,
}

/// Hands events to the loop and waits until they are on the disk.
pub async fn hand_in(
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

/// Takes events; those that are refused are kept with their reason.
pub async fn take(app: &App, caller: &Caller, batch: Batch) -> Result<Accepted, Problem> {
    let Batch { events, refused, left_out, passed_over, hold } = batch;
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
