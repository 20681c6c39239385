//! `GET /v1/quality`: how well reviewers agree with each other and with golden cases.

use app::access::permission::CasesLead;
use app::cases::quality::{self, Quality, Span};
use app::{App, Details};
use axum::Json;
use axum::extract::State;
use web::Error;
use web::extract::QueryParameters;
use web::principal::By;

/// Shows the agreement of reviewers by policy, language and person.
#[utoipa::path(
    get, path = "/v1/quality", tag = "cases", security(("key" = ["cases:lead"])),
    params(Span),
    responses(
        (status = 200, body = Quality),
        (status = 400, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get(
    State(app): State<App>,
    _: By<CasesLead>,
    QueryParameters(span): QueryParameters<Span>,
) -> Result<Json<Quality>, Error> {
    Ok(Json(quality::quality(&app, &span).await?))
}
