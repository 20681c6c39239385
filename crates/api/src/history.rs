//! `GET /v1/history`: the contents of the history, by event type.

use app::access::permission::OverviewRead;
use app::service::history::{self, HistoryView};
use app::{App, Details, Problem};
use axum::Json;
use axum::extract::State;
use web::Error;
use web::principal::By;

/// Shows the contents of the history.
///
/// 404 if the server keeps no history.
#[utoipa::path(
    get, path = "/v1/history", tag = "service", security(("key" = ["overview:read"])),
    responses(
        (status = 200, body = HistoryView),
        (status = 404, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get(
    State(app): State<App>,
    _: By<OverviewRead>,
) -> Result<Json<HistoryView>, Error> {
    Ok(Json(history::view(&app).await?.ok_or(Problem::NotFound("history"))?))
}
