//! `GET /v1/rules/vocabulary`: the names that rules can use, for editors of rules.

use app::App;
use app::access::permission::PoliciesRead;
use app::rules::vocabulary::{self, Vocabulary};
use axum::Json;
use axum::extract::State;
use web::Error;
use web::principal::By;

/// Lists the names that rules can use: fields, functions, counters, lists, policies, effects.
#[utoipa::path(
    get, path = "/v1/rules/vocabulary", tag = "rules", security(("key" = ["policies:read"])),
    responses((status = 200, body = Vocabulary))
)]
pub(crate) async fn get(
    State(app): State<App>,
    _: By<PoliciesRead>,
) -> Result<Json<Vocabulary>, Error> {
    Ok(Json(vocabulary::now(&app)?))
}
