//! Everything about one decision: event, facts, rules with their values, deliveries, proof.

use std::collections::BTreeMap;

use engine::replay::event_and_facts;
use ledger::{Inclusion, Salt};
use store::{Listed, LogRow};
use types::{Decision, Event, Facts};

use crate::service::problem::Problem;
use crate::service::state::Core;

pub use decide::explain::{ConditionPart, Explanation};

/// The shortest prefix of an id that is accepted; shorter ones are too often ambiguous.
const ID_CHARS_MIN: usize = 6;

/// Everything about one decision.
pub struct Detail {
    /// The row of the decision.
    pub row: Listed,
    /// The payload; `None` after an erasure, or if it is withheld.
    pub kept: Option<DecisionPayload>,
    /// Whether it is restricted, and the caller is not cleared.
    pub is_withheld: bool,
    /// The state of its message, by receiver.
    pub deliveries: Vec<Delivery>,
    /// The proof that its entry is in the ledger.
    pub proof: Option<Inclusion>,
}

/// The payload of a decision, which an erasure removes.
pub struct DecisionPayload {
    /// The decision.
    pub decision: Decision,
    /// The event that it is about.
    pub event: Event,
    /// The facts known before the event.
    pub facts: Facts,
    /// The salt of the commitment.
    pub salt: Salt,
    /// The bytes of event and facts to which the entry commits.
    pub bytes: (Vec<u8>, Vec<u8>),
    /// The rules that took part, with the values of their parts.
    pub explanations: Vec<Explanation>,
    /// The conditions of those rules, by rule.
    pub conditions: BTreeMap<String, String>,
}

/// The state of the message about a decision at one receiver.
pub struct Delivery {
    /// The name of the receiver.
    pub receiver: String,
    /// `delivered`, `waiting`, `retrying`, `dead`, `not_subscribed`.
    pub state: &'static str,
    /// Number of failed attempts.
    pub attempts: u32,
    /// The error of the last attempt.
    pub error: Option<String>,
    /// When it is tried next, in milliseconds since 1970; `None` if it is not retried.
    pub due_ms: Option<i64>,
}

/// The decision whose id is `id` or begins with it.
pub async fn find(core: &Core, id: &str) -> Result<Listed, Problem> {
    if id.len() < ID_CHARS_MIN {
        return Err(Problem::NotFound("decision"));
    }
    let mut found = core.store.decision(id).await?;
    if found.len() > 1 {
        return Err(Problem::Wrong(format!("more than one decision begins with `{id}`")));
    }
    found.pop().ok_or(Problem::NotFound("decision"))
}

/// Everything about the decision of `row`.
pub async fn of(core: &Core, row: Listed) -> Result<Detail, Problem> {
    let log = core.store.log(row.seq, row.seq + 1).await?.pop();
    let kept = match (log, &row.decision) {
        (Some(log), Some(bytes)) => keep(core, log, bytes).await?,
        _ => None,
    };
    let deliveries = deliveries(core, &row).await?;
    let proof = engine::prove::inclusion(&core.store, row.seq).await?;
    Ok(Detail { row, kept, is_withheld: false, deliveries, proof })
}

async fn keep(core: &Core, log: LogRow, bytes: &[u8]) -> Result<Option<DecisionPayload>, Problem> {
    let read = event_and_facts(log.event.as_deref(), log.facts.as_deref())?;
    let (Some(salt), Some((event, facts))) = (log.salt, read) else { return Ok(None) };
    let decision: Decision = serde_json::from_slice(bytes)
        .map_err(|error| Problem::Internal(format!("entry {}: {error}", log.seq)))?;
    let version = decision.policies.0.clone();
    let current = core.policies.current().1;
    let rules = if current.program.version == decision.policies {
        current
    } else {
        core.library.lock().await.rules(&core.store, &version).await?
    };
    let program = &rules.program;
    let took_part =
        |reason: &types::Reason| program.rules.iter().position(|rule| rule.id == reason.rule);
    let wanted: Vec<usize> = decision.reasons.iter().filter_map(took_part).collect();
    let conditions = wanted.iter().map(|rule| &program.rules[*rule]);
    let conditions = conditions.map(|rule| (rule.id.clone(), rule.text.clone())).collect();
    let explanations = engine::explain(&rules, &event, &facts, &wanted);
    let bytes = (log.event.unwrap_or_default(), log.facts.unwrap_or_default());
    Ok(Some(DecisionPayload { decision, event, facts, salt, bytes, explanations, conditions }))
}

/// The receivers that have not yet accepted the message about the decision `id`.
pub async fn unsent(core: &Core, id: &str) -> Result<Vec<Delivery>, Problem> {
    let Some(row) = core.store.decision(id).await?.pop() else { return Ok(Vec::new()) };
    let mut deliveries = deliveries(core, &row).await?;
    deliveries.retain(|delivery| !["delivered", "not_subscribed"].contains(&delivery.state));
    Ok(deliveries)
}

/// The state of the message about the decision of `row`, by receiver.
pub async fn deliveries(core: &Core, row: &Listed) -> Result<Vec<Delivery>, Problem> {
    if row.effects.is_empty() {
        return Ok(Vec::new());
    }
    let left = core.store.left_behind(row.seq).await?;
    let kept = core.store.receivers().await?;
    let delivery = |receiver: &store::Receiver| {
        let behind = left.iter().find(|left| left.receiver == receiver.name);
        let state = match behind {
            Some(left) if left.is_dead => "dead",
            Some(_) => "retrying",
            None if row.seq < receiver.start => "not_subscribed",
            None if row.seq < receiver.cursor => "delivered",
            None => "waiting",
        };
        Delivery {
            receiver: receiver.name.clone(),
            state,
            attempts: behind.map_or(0, |left| left.attempts),
            error: behind.map(|left| left.error.clone()),
            due_ms: behind.filter(|left| !left.is_dead).map(|left| left.due_ms),
        }
    };
    Ok(kept.iter().map(delivery).collect())
}
