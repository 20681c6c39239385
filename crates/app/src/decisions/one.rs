//! One decision with its trace, its deliveries and its proof.

use decide::explain::Explanation;
use ledger::Inclusion;
use serde::Serialize;
use types::Decision;
use utoipa::ToSchema;

use crate::access::caller::Caller;
use crate::cases::restricted;
use crate::decisions::detail;
use crate::service::problem::Problem;
use crate::service::state::App;

/// Everything about one decision.
#[derive(Serialize, ToSchema)]
pub struct Whole {
    /// The place of its entry in the ledger.
    pub seq: u64,
    /// The decision; nothing after an erasure.
    pub decision: Option<Decision>,
    /// Whether event, facts, trace and evidence are withheld: it is restricted material, and the
    /// caller is not cleared for that. Looks of those who are cleared are entries in the ledger.
    pub is_withheld: bool,
    /// The event as it was sent.
    #[schema(value_type = Option<Object>)]
    pub event: Option<serde_json::Value>,
    /// What was known before the event.
    #[schema(value_type = Option<Object>)]
    pub facts: Option<serde_json::Value>,
    /// For each rule that took part: its parts with their values, and what would have to differ.
    #[schema(value_type = Vec<Object>)]
    pub trace: Vec<Explanation>,
    /// How its message is doing at each receiver.
    pub deliveries: Vec<Delivery>,
    /// That its entry stands in the ledger, and what the entry commits to.
    #[schema(value_type = Option<Object>)]
    pub proof: Option<Inclusion>,
    /// The salt of the commitment, hex.
    pub salt: Option<String>,
    /// The key that signs the ledger, hex.
    pub key: String,
}

/// How a message is doing at one receiver.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Delivery {
    /// The receiver.
    pub receiver: String,
    /// `delivered`, `waiting`, `retrying`, `dead`, `not_subscribed`.
    pub state: &'static str,
    /// Attempts in vain.
    pub attempts: u32,
    /// What the last one met.
    pub error: Option<String>,
}

impl From<detail::Delivery> for Delivery {
    fn from(delivery: detail::Delivery) -> Self {
        let detail::Delivery { receiver, state, attempts, error, .. } = delivery;
        Self { receiver, state, attempts, error }
    }
}

/// The decision called `id`, or whose id begins so. A look at restricted material is entered.
pub async fn show(app: &App, caller: &Caller, id: &str) -> Result<Whole, Problem> {
    let core = app.core()?;
    let row = detail::find(core, id).await?;
    let detail = restricted::look(app, caller, row).await?;
    let mut whole = Whole {
        seq: detail.row.seq,
        decision: None,
        is_withheld: detail.is_withheld,
        event: None,
        facts: None,
        trace: Vec::new(),
        deliveries: detail.deliveries.into_iter().map(Delivery::from).collect(),
        proof: detail.proof,
        salt: None,
        key: core.key.hex(),
    };
    if let Some(withheld) = detail.row.decision.filter(|_| whole.is_withheld) {
        whole.decision = serde_json::from_slice(&withheld).ok();
    }
    if let Some(kept) = detail.kept {
        whole.event = serde_json::from_slice(&kept.bytes.0).ok();
        whole.facts = serde_json::from_slice(&kept.bytes.1).ok();
        whole.trace = kept.explanations;
        whole.salt = Some(hex::encode(kept.salt.0));
        whole.decision = Some(kept.decision);
    }
    Ok(whole)
}
