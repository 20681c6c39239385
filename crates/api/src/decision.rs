//! `GET /v1/decisions/{id}`: one decision with its trace, its deliveries and its proof.

use app::access::permission::DecisionsRead;
use app::decisions::one::{self, Whole};
use app::{App, Details};
use axum::Json;
use axum::extract::State;
use web::Error;
use web::extract::Named;
use web::principal::By;

/// Shows one decision.
///
/// The beginning of an id is enough, from six characters on.
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
) -> Result<Json<Whole>, Error> {
    Ok(Json(one::show(&app, &caller, &id).await?))
}
