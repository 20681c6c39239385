//! `GET /v1/decisions/{id}`: one decision with its trace, its deliveries and its proof.

use axum::Json;
use axum::extract::State;
use decide::explain::Explanation;
use ledger::Inclusion;
use serde::Serialize;
use types::Decision;
use utoipa::ToSchema;

use crate::app::App;
use crate::extract::Named;
use crate::permission::DecisionsRead;
use crate::principal::By;
use crate::problem::{Details, Problem};
use crate::{detail, restricted};

/// Everything about one decision.
#[derive(Serialize, ToSchema)]
pub(crate) struct Whole {
    /// The place of its entry in the ledger.
    seq: u64,
    /// The decision; nothing after an erasure.
    decision: Option<Decision>,
    /// Whether event, facts, trace and evidence are withheld: it is restricted material, and the
    /// caller is not cleared for that. Looks of those who are cleared are entries in the ledger.
    is_withheld: bool,
    /// The event as it was sent.
    #[schema(value_type = Option<Object>)]
    event: Option<serde_json::Value>,
    /// What was known before the event.
    #[schema(value_type = Option<Object>)]
    facts: Option<serde_json::Value>,
    /// For each rule that took part: its parts with their values, and what would have to differ.
    #[schema(value_type = Vec<Object>)]
    trace: Vec<Explanation>,
    /// How its message is doing at each receiver.
    deliveries: Vec<Delivery>,
    /// That its entry stands in the ledger, and what the entry commits to.
    #[schema(value_type = Option<Object>)]
    proof: Option<Inclusion>,
    /// The salt of the commitment, hex.
    salt: Option<String>,
    /// The key that signs the ledger, hex.
    key: String,
}

/// How a message is doing at one receiver.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Delivery {
    /// The receiver.
    pub(crate) receiver: String,
    /// `delivered`, `waiting`, `retrying`, `dead`, `not_subscribed`.
    pub(crate) state: &'static str,
    /// Attempts in vain.
    pub(crate) attempts: u32,
    /// What the last one met.
    pub(crate) error: Option<String>,
}

impl From<detail::Delivery> for Delivery {
    fn from(delivery: detail::Delivery) -> Self {
        let detail::Delivery { receiver, state, attempts, error, .. } = delivery;
        Self { receiver, state, attempts, error }
    }
}

/// Shows one decision. The beginning of an id is enough, from six characters on.
#[utoipa::path(
    get, path = "/v1/decisions/{id}", tag = "out", security(("key" = ["decisions:read"])),
    params(("id" = String, Path, description = "The id, or its beginning", min_length = 6)),
    responses(
        (status = 200, body = Whole),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get(
    State(app): State<App>,
    By(caller, _): By<DecisionsRead>,
    Named(id): Named<String>,
) -> Result<Json<Whole>, Problem> {
    let core = app.core()?;
    let row = detail::find(core, &id).await?;
    let detail = restricted::look(&app, &caller, row).await?;
    let key = core.key.hex();
    let (seq, proof) = (detail.row.seq, detail.proof);
    let deliveries = detail.deliveries.into_iter().map(Delivery::from).collect();
    let mut whole = Whole {
        seq,
        decision: None,
        is_withheld: detail.is_withheld,
        event: None,
        facts: None,
        trace: Vec::new(),
        deliveries,
        proof,
        salt: None,
        key,
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
    Ok(Json(whole))
}
