//! Who is told of decisions, and what they did not take.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::service::overview::{ReceiverView, receivers};
use crate::service::problem::Problem;
use crate::service::state::App;

/// Dead letters told of each receiver.
pub const DEAD_MAX: u32 = 200;

/// Who is told, and what they did not take.
#[derive(Serialize, ToSchema)]
pub struct Deliveries {
    /// The receivers that are configured.
    pub receivers: Vec<ReceiverView>,
    /// Messages that are not tried any more, two hundred of each receiver at most.
    pub dead: Vec<DeadLetter>,
}

/// A message that is not tried any more.
#[derive(Serialize, ToSchema)]
pub struct DeadLetter {
    /// The receiver.
    pub receiver: String,
    /// The place of its decision in the ledger.
    pub seq: u64,
    /// Whom or what it is about.
    pub subject: String,
    /// How often it was tried.
    pub attempts: u32,
    /// What the last attempt met.
    pub error: String,
    /// When it was tried first, in milliseconds since 1970.
    pub since_ms: i64,
}

/// Which dead letters are to be sent again.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// The place of one message; all, if nothing is given.
    pub seq: Option<u64>,
}

/// How many messages are sent again.
#[derive(Serialize, ToSchema)]
pub struct Resent {
    /// How many.
    pub count: u64,
}

/// The dead letters of all receivers.
pub async fn dead(app: &App) -> Result<Vec<DeadLetter>, Problem> {
    let core = app.core()?;
    let mut dead = Vec::new();
    for told in &core.receivers {
        let left = core.store.undelivered(&told.name, true, (0, DEAD_MAX)).await?;
        dead.extend(left.into_iter().map(|left| DeadLetter {
            receiver: left.receiver,
            seq: left.seq,
            subject: left.subject,
            attempts: left.attempts,
            error: left.error,
            since_ms: left.since_ms,
        }));
    }
    Ok(dead)
}

/// Has dead letters of `receiver` sent again: the one at `seq`, or all.
pub async fn resend(app: &App, receiver: &str, seq: Option<u64>) -> Result<Resent, Problem> {
    let core = app.core()?;
    let told = core.receivers.iter().find(|told| told.name == receiver);
    let told = told.ok_or(Problem::NotFound("receiver"))?;
    let count = core.store.resend(receiver, seq, app.now().as_millisecond()).await?;
    told.poke.notify_one();
    Ok(Resent { count })
}

/// Who is told, and what they did not take.
pub async fn all(app: &App) -> Result<Deliveries, Problem> {
    Ok(Deliveries { receivers: receivers(app.core()?).await?, dead: dead(app).await? })
}

/// The id of the decision that `letter` tells of; empty if it is gone.
pub async fn decision_of(app: &App, letter: &DeadLetter) -> Result<String, Problem> {
    let row = app.core()?.store.records(letter.seq, letter.seq + 1).await?.pop();
    Ok(row.map_or_else(String::new, |row| row.id))
}
