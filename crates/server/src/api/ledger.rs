//! `GET /v1/ledger/…`: signed heads and proofs that anyone can check.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use ledger::TreeHead;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::extract::Asked;
use crate::permission::LedgerRead;
use crate::principal::By;
use crate::problem::{Details, Problem};

/// A signed tree head.
#[derive(Serialize, ToSchema)]
pub(crate) struct Head {
    /// How many entries.
    size: u64,
    /// The root hash (RFC 6962), hex.
    root: String,
    /// When it was signed.
    at: Timestamp,
    /// Ed25519 over `probity ledger v1`, size, root and time, a line each; hex.
    signature: String,
    /// The key that signs, hex.
    key: String,
}

/// Which proof is wanted.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// The place of an entry: that it stands in the ledger.
    seq: Option<u64>,
    /// The size of an earlier head: that the ledger grew from it.
    from_size: Option<u64>,
}

/// The latest tree head.
#[utoipa::path(
    get, path = "/v1/ledger/head", tag = "ledger", security(("key" = ["ledger:read"])),
    responses((status = 200, body = Head))
)]
pub(crate) async fn head(State(app): State<App>, _: By<LedgerRead>) -> Result<Json<Head>, Problem> {
    let core = app.core()?;
    let TreeHead { size, root, at, signature } =
        core.store.head().await?.ok_or(Problem::NotFound("tree head"))?;
    Ok(Json(Head { size, root, at, signature, key: core.key.hex() }))
}

/// A proof that an entry stands in the ledger, or that the ledger grew from an earlier head.
#[utoipa::path(
    get, path = "/v1/ledger/proof", tag = "ledger", security(("key" = ["ledger:read"])),
    params(Which),
    responses(
        (status = 200, body = Object, description = "A proof of inclusion or of consistency"),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn proof(
    State(app): State<App>,
    _: By<LedgerRead>,
    Asked(which): Asked<Which>,
) -> Result<Response, Problem> {
    let store = &app.core()?.store;
    match (which.seq, which.from_size) {
        (Some(seq), None) => {
            let proof = engine::prove::inclusion(store, seq).await?;
            Ok(Json(proof.ok_or(Problem::NotFound("entry"))?).into_response())
        }
        (None, Some(size)) => {
            let old = store.heads(size.saturating_sub(1), size).await?.pop();
            let old = old.filter(|old| old.size == size).ok_or(Problem::NotFound("tree head"))?;
            let proof = engine::prove::consistency(store, old).await?;
            Ok(Json(proof.ok_or(Problem::NotFound("tree head"))?).into_response())
        }
        _ => Err(Problem::Wrong("give `seq` or `from_size`, one of them".to_owned())),
    }
}
