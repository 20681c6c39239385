//! `/v1/cases`: cases for humans, which are claimed, judged and closed.

use app::access::permission::{CasesLead, CasesRead, CasesReview};
use app::cases::{self, CasePage, CaseQuery, Command, Golden, Preview, Verdict, WholeCase};
use app::{App, Details};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use web::extract::{Named, QueryParameters};
use web::principal::By;
use web::{Error, body, idempotency};

/// Lists cases, newest first, at most 100.
#[utoipa::path(
    get, path = "/v1/cases", tag = "cases", security(("key" = ["cases:read"])),
    params(CaseQuery),
    responses(
        (status = 200, body = CasePage),
        (status = 400, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    By(caller, _): By<CasesRead>,
    QueryParameters(which): QueryParameters<CaseQuery>,
) -> Result<Json<CasePage>, Error> {
    Ok(Json(cases::page(&app, &caller, &which).await?))
}

/// Shows a case.
///
/// Every look at a restricted case is an entry in the ledger.
#[utoipa::path(
    get, path = "/v1/cases/{id}", tag = "cases", security(("key" = ["cases:read"])),
    params(("id" = String, Path, description = "c-1, c-2, …")),
    responses(
        (status = 200, body = WholeCase),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get(
    State(app): State<App>,
    By(caller, _): By<CasesRead>,
    Named(id): Named<String>,
) -> Result<Json<WholeCase>, Error> {
    Ok(Json(cases::show(&app, &caller, &id).await?))
}

/// Claims the next case.
///
/// This is a case that the caller holds already, or else one that was passed to them. Otherwise, it
/// is the case that prevents most harm among those that they can judge.
#[utoipa::path(
    post, path = "/v1/cases/next", tag = "cases", security(("key" = ["cases:review"])),
    responses(
        (status = 200, body = WholeCase),
        (status = 403, body = Details, content_type = "application/problem+json"),
        (status = 404, description = "No case waits", body = Details,
            content_type = "application/problem+json"),
        (status = 409, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn next(
    State(app): State<App>,
    By(caller, _): By<CasesReview>,
) -> Result<Json<WholeCase>, Error> {
    Ok(Json(cases::claim_next(&app, &caller).await?))
}

/// Performs a command on a case.
///
/// The commands are claim, renew, skip, consult, answer, transfer, escalate, close and undo. When
/// the answer arrives, the command is in the ledger.
#[utoipa::path(
    post, path = "/v1/cases/{id}", tag = "cases", security(("key" = ["cases:review"])),
    params(
        ("id" = String, Path, description = "c-1, c-2, …"),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    request_body = Command,
    responses(
        (status = 200, body = WholeCase),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 403, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
        (status = 409, body = Details, content_type = "application/problem+json"),
        (status = 413, body = Details, content_type = "application/problem+json"),
        (status = 422, body = Details, content_type = "application/problem+json"),
        (status = 429, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post(
    State(app): State<App>,
    By(caller, _): By<CasesReview>,
    Named(id): Named<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Error> {
    let sent = body::read(&app, &headers, body).await?;
    let command: Command = body::json(&sent)?;
    let action = format!("case {id}");
    let (headers, body) = (&headers, &sent.bytes);
    let asked = idempotency::KeyedRequest { headers, caller: &caller, action: &action, body };
    idempotency::once(&app, asked, cases::act(&app, &caller, &id, command)).await
}

/// Previews the statement that a verdict would send to the person affected.
///
/// Nothing is decided.
#[utoipa::path(
    post, path = "/v1/cases/{id}/preview", tag = "cases", security(("key" = ["cases:read"])),
    params(("id" = String, Path, description = "c-1, c-2, …")),
    request_body = Verdict,
    responses(
        (status = 200, body = Preview),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
        (status = 413, body = Details, content_type = "application/problem+json"),
        (status = 429, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn preview(
    State(app): State<App>,
    By(caller, _): By<CasesRead>,
    Named(id): Named<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Preview>, Error> {
    let sent = body::read(&app, &headers, body).await?;
    let verdict: Verdict = body::json(&sent)?;
    Ok(Json(cases::preview(&app, &caller, &id, &verdict).await?))
}

/// Adds a closed case to the golden cases, or removes it from them.
///
/// Reviewers are measured by golden cases.
#[utoipa::path(
    put, path = "/v1/cases/{id}/golden", tag = "cases", security(("key" = ["cases:lead"])),
    params(("id" = String, Path, description = "c-1, c-2, …")),
    request_body = Golden,
    responses(
        (status = 200, body = WholeCase),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
        (status = 409, body = Details, content_type = "application/problem+json"),
        (status = 413, body = Details, content_type = "application/problem+json"),
        (status = 429, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn golden(
    State(app): State<App>,
    By(caller, _): By<CasesLead>,
    Named(id): Named<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<WholeCase>, Error> {
    let sent = body::read(&app, &headers, body).await?;
    let Golden { golden } = body::json(&sent)?;
    Ok(Json(cases::set_golden(&app, &caller, &id, golden).await?))
}
