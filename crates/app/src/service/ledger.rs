//! Signed heads and proofs that anyone can check.

use engine::prove;
use jiff::Timestamp;
use ledger::{Consistency, Inclusion, TreeHead};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::service::problem::Problem;
use crate::service::state::App;

/// A signed tree head.
#[derive(Serialize, ToSchema)]
pub struct Head {
    /// Number of entries.
    pub size: u64,
    /// The root hash (RFC 6962), hex.
    pub root: String,
    /// When it was signed.
    pub at: Timestamp,
    /// The Ed25519 signature over `probity ledger v1`, size, root and time, each on a line; hex.
    pub signature: String,
    /// The public key that verifies the signature, hex.
    pub key: String,
}

/// The proof to return; exactly one of the parameters must be given.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ProofQuery {
    /// The place of an entry: proves that it is in the ledger.
    pub seq: Option<u64>,
    /// The size of an earlier head: proves that the ledger grew from it.
    pub from_size: Option<u64>,
}

/// A proof that an entry is in the ledger, or that the ledger grew from an earlier head.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Proof {
    /// An entry is in the ledger.
    Inclusion(Box<Inclusion>),
    /// The ledger grew from an earlier head.
    Consistency(Box<Consistency>),
}

/// The latest tree head.
pub async fn head(app: &App) -> Result<Head, Problem> {
    let core = app.core()?;
    let head = core.store.head().await?.ok_or(Problem::NotFound("tree head"))?;
    let TreeHead { size, root, at, signature } = head;
    Ok(Head { size, root, at, signature, key: core.key.hex() })
}

/// The proof that `which` names.
pub async fn proof(app: &App, which: &ProofQuery) -> Result<Proof, Problem> {
    let store = &app.core()?.store;
    match (which.seq, which.from_size) {
        (Some(seq), None) => {
            let proof = prove::inclusion(store, seq).await?.ok_or(Problem::NotFound("entry"))?;
            Ok(Proof::Inclusion(Box::new(proof)))
        }
        (None, Some(size)) => {
            let old = store.heads(size.saturating_sub(1), size).await?.pop();
            let old = old.filter(|old| old.size == size).ok_or(Problem::NotFound("tree head"))?;
            let proof = prove::consistency(store, old).await?;
            Ok(Proof::Consistency(Box::new(proof.ok_or(Problem::NotFound("tree head"))?)))
        }
        _ => Err(Problem::Wrong("give `seq` or `from_size`, one of them".to_owned())),
    }
}

/// The public key that verifies the ledger, hex.
pub fn key(app: &App) -> Result<String, Problem> {
    Ok(app.core()?.key.hex())
}
