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
    /// The decision; `null` after an erasure.
    pub decision: Option<Decision>,
    /// Whether event, facts, trace and evidence are withheld, because the material is restricted
    /// and the caller is not cleared. Views by cleared people are entered in the ledger.
    pub is_withheld: bool,
    /// The event as it was sent; `null` after an erasure, or if it is withheld.
    #[schema(value_type = Option<Object>)]
    pub event: Option<serde_json::Value>,
    /// The facts known before the event; `null` after an erasure, or if they are withheld.
    #[schema(value_type = Option<Object>)]
    pub facts: Option<serde_json::Value>,
    /// For each rule that took part: the parts of its condition with their values, and those that
    /// would have to differ.
    #[schema(value_type = Vec<Object>)]
    pub trace: Vec<Explanation>,
    /// The state of its message, by receiver.
    pub deliveries: Vec<Delivery>,
    /// The proof that its entry is in the ledger, with the entry itself.
    #[schema(value_type = Option<Object>)]
    pub proof: Option<Inclusion>,
    /// The salt of the commitment, hex; `null` after an erasure, or if it is withheld.
    pub salt: Option<String>,
    /// The public key that verifies the signatures of the ledger, hex.
    pub key: String,
}

/// The state of a message at one receiver.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Delivery {
    /// The name of the receiver.
    pub receiver: String,
    /// `delivered`, `waiting`, `retrying`, `dead` (no longer tried), or `not_subscribed` (older
    /// than the receiver).
    pub state: &'static str,
    /// Number of failed attempts.
    pub attempts: u32,
    /// The error of the last attempt; `null` if none failed.
    pub error: Option<String>,
}

impl From<detail::Delivery> for Delivery {
    fn from(delivery: detail::Delivery) -> Self {
        let detail::Delivery { receiver, state, attempts, error, .. } = delivery;
        Self { receiver, state, attempts, error }
    }
}

/// The decision whose id is `id` or begins with it. A view of restricted material is entered in the
/// ledger.
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
