//! The receivers of decisions, and the messages that they did not accept.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::service::overview::{ReceiverView, receivers};
use crate::service::problem::Problem;
use crate::service::state::App;

/// The most dead letters returned for each receiver.
pub const DEAD_MAX: u32 = 200;

/// The receivers of decisions, and their dead letters.
#[derive(Serialize, ToSchema)]
pub struct Deliveries {
    /// The configured receivers.
    pub receivers: Vec<ReceiverView>,
    /// Dead letters: messages that are no longer tried, at most 200 of each receiver.
    pub dead: Vec<DeadLetter>,
}

/// A message that is no longer tried.
#[derive(Serialize, ToSchema)]
pub struct DeadLetter {
    /// The name of the receiver.
    pub receiver: String,
    /// The place of its decision in the ledger.
    pub seq: u64,
    /// The subject: `content/v-1`; empty after an erasure.
    pub subject: String,
    /// Number of attempts.
    pub attempts: u32,
    /// The error of the last attempt.
    pub error: String,
    /// When it was tried first, in milliseconds since 1970.
    pub since_ms: i64,
}

/// The dead letters to send again.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DeadLetters {
    /// The place of one message in the ledger; by default all messages are sent again.
    pub seq: Option<u64>,
}

/// The number of messages that are sent again.
#[derive(Serialize, ToSchema)]
pub struct Resent {
    /// Number of messages.
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

/// Sends dead letters of `receiver` again: the one at `seq`, or all.
pub async fn resend(app: &App, receiver: &str, seq: Option<u64>) -> Result<Resent, Problem> {
    let core = app.core()?;
    let told = core.receivers.iter().find(|told| told.name == receiver);
    let told = told.ok_or(Problem::NotFound("receiver"))?;
    let count = core.store.resend(receiver, seq, app.now().as_millisecond()).await?;
    told.poke.notify_one();
    Ok(Resent { count })
}

/// The receivers of decisions, and their dead letters.
pub async fn all(app: &App) -> Result<Deliveries, Problem> {
    Ok(Deliveries { receivers: receivers(app.core()?).await?, dead: dead(app).await? })
}

/// The id of the decision that `letter` is about; empty if it no longer exists.
pub async fn decision_of(app: &App, letter: &DeadLetter) -> Result<String, Problem> {
    let row = app.core()?.store.records(letter.seq, letter.seq + 1).await?.pop();
    Ok(row.map_or_else(String::new, |row| row.id))
}
