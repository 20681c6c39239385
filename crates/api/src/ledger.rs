//! `GET /v1/ledger/…`: signed heads and proofs that anyone can check.

use app::access::permission::LedgerRead;
use app::service::ledger::{self, Head, Proof, ProofQuery};
use app::{App, Details};
use axum::Json;
use axum::extract::State;
use web::Error;
use web::extract::QueryParameters;
use web::principal::By;

/// Returns the latest signed tree head.
#[utoipa::path(
    get, path = "/v1/ledger/head", tag = "ledger", security(("key" = ["ledger:read"])),
    responses((status = 200, body = Head))
)]
pub(crate) async fn head(State(app): State<App>, _: By<LedgerRead>) -> Result<Json<Head>, Error> {
    Ok(Json(ledger::head(&app).await?))
}

/// Proves that an entry is in the ledger, or that the ledger grew from an earlier head.
#[utoipa::path(
    get, path = "/v1/ledger/proof", tag = "ledger", security(("key" = ["ledger:read"])),
    params(ProofQuery),
    responses(
        (status = 200, body = Object, description = "A proof of inclusion or of consistency"),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn proof(
    State(app): State<App>,
    _: By<LedgerRead>,
    QueryParameters(which): QueryParameters<ProofQuery>,
) -> Result<Json<Proof>, Error> {
    Ok(Json(ledger::proof(&app, &which).await?))
}
