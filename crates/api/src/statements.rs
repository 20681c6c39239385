//! `/v1/statements`: statements of reasons for the DSA Transparency Database.

use app::access::permission::{ReportsRead, ReportsWrite};
use app::statements::{
    self, ResendQuery, StatementPage, StatementQuery, StatementSummary, StatementView,
    StatementsResent,
};
use app::{App, Details};
use axum::Json;
use axum::extract::State;
use web::Error;
use web::extract::{Named, QueryParameters};
use web::principal::By;

/// Lists statements of reasons, newest first, 200 at a time.
///
/// Each is the statement of one decision, as it is sent to the DSA Transparency Database, with what
/// became of it.
#[utoipa::path(
    get, path = "/v1/statements", tag = "owed", security(("key" = ["reports:read"])),
    params(StatementQuery),
    responses(
        (status = 200, body = StatementPage),
        (status = 400, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    _: By<ReportsRead>,
    QueryParameters(query): QueryParameters<StatementQuery>,
) -> Result<Json<StatementPage>, Error> {
    Ok(Json(statements::list(&app, &query).await?))
}

/// Counts statements of reasons by day and state.
#[utoipa::path(
    get, path = "/v1/statements/summary", tag = "owed", security(("key" = ["reports:read"])),
    responses((status = 200, body = StatementSummary))
)]
pub(crate) async fn summary(
    State(app): State<App>,
    _: By<ReportsRead>,
) -> Result<Json<StatementSummary>, Error> {
    Ok(Json(statements::summary(&app).await?))
}

/// Shows one statement of reasons.
#[utoipa::path(
    get, path = "/v1/statements/{puid}", tag = "owed", security(("key" = ["reports:read"])),
    params(("puid" = String, Path, description = "The id of the decision.")),
    responses(
        (status = 200, body = StatementView),
        (status = 404, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get(
    State(app): State<App>,
    _: By<ReportsRead>,
    Named(puid): Named<String>,
) -> Result<Json<StatementView>, Error> {
    Ok(Json(statements::one(&app, &puid).await?))
}

/// Puts statements that were refused back in line.
#[utoipa::path(
    post, path = "/v1/statements/resend", tag = "owed", security(("key" = ["reports:write"])),
    params(ResendQuery),
    responses(
        (status = 200, body = StatementsResent),
        (status = 400, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn resend(
    State(app): State<App>,
    _: By<ReportsWrite>,
    QueryParameters(query): QueryParameters<ResendQuery>,
) -> Result<Json<StatementsResent>, Error> {
    Ok(Json(statements::resend(&app, &query).await?))
}
