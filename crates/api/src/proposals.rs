//! `/v1/proposals`: changes of rules that need a second person, and their outcomes.

use app::access::caller::Caller;
use app::access::permission::{PoliciesRead, RulesApprove, RulesPropose};
use app::rules::proposal;
use app::rules::proposals::{
    self, NewProposal, ProposalItem, ProposalPage, ProposalQuery, Stated, Verdict, WholeProposal,
};
use app::{App, Details, Problem};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use web::extract::{Named, QueryParameters};
use web::principal::By;
use web::{Error, body, idempotency};

/// Lists proposals, newest first, at most 100.
#[utoipa::path(
    get, path = "/v1/proposals", tag = "rules", security(("key" = ["policies:read"])),
    params(ProposalQuery),
    responses(
        (status = 200, body = ProposalPage),
        (status = 400, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    _: By<PoliciesRead>,
    QueryParameters(which): QueryParameters<ProposalQuery>,
) -> Result<Json<ProposalPage>, Error> {
    Ok(Json(proposals::page(&app, &which).await?))
}

/// Shows a proposal: its changes, the findings of its check and the results of its cases.
#[utoipa::path(
    get, path = "/v1/proposals/{id}", tag = "rules", security(("key" = ["policies:read"])),
    params(("id" = u64, Path)),
    responses(
        (status = 200, body = WholeProposal),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get(
    State(app): State<App>,
    _: By<PoliciesRead>,
    Named(id): Named<u64>,
) -> Result<Json<WholeProposal>, Error> {
    Ok(Json(proposals::whole(&app, id).await?))
}

/// Proposes a change of rules.
///
/// The change is checked, and its cases are run. It is activated when somebody else approves it.
#[utoipa::path(
    post, path = "/v1/proposals", tag = "rules", security(("key" = ["rules:propose"])),
    params(("Idempotency-Key" = Option<String>, Header)),
    request_body = NewProposal,
    responses(
        (status = 200, body = ProposalItem),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 413, body = Details, content_type = "application/problem+json"),
        (status = 422, body = Details, content_type = "application/problem+json"),
        (status = 429, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post(
    State(app): State<App>,
    By(caller, _): By<RulesPropose>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Error> {
    let sent = body::read(&app, &headers, body).await?;
    let new: NewProposal = body::json(&sent)?;
    let (headers, body) = (&headers, &sent.bytes);
    let asked = idempotency::KeyedRequest { headers, caller: &caller, action: "proposals", body };
    let who = caller.sender();
    let work = async {
        let made = proposal::make(&app, &who, &new.reason, new.files).await?;
        Ok::<_, Problem>(ProposalItem::new(&made))
    };
    idempotency::once(&app, asked, work).await
}

async fn decide(
    app: &App,
    caller: &Caller,
    (id, verdict): (u64, Verdict),
    (headers, body): (&HeaderMap, Body),
) -> Result<Response, Error> {
    let sent = body::read(app, headers, body).await?;
    let Stated { reason } = body::json(&sent)?;
    let action = format!("{} {id}", verdict.name());
    let asked = idempotency::KeyedRequest { headers, caller, action: &action, body: &sent.bytes };
    let who = caller.sender();
    idempotency::once(app, asked, verdict.give(app, id, &who, &reason)).await
}

/// Approves a proposal of somebody else.
///
/// The change is in force when the answer arrives. If a file that it changes was changed since, the
/// proposal is stale and must be made again.
#[utoipa::path(
    post, path = "/v1/proposals/{id}/approve", tag = "rules", security(("key" = ["rules:approve"])),
    params(("id" = u64, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = Stated,
    responses(
        (status = 200, body = ProposalItem),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 403, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
        (status = 409, body = Details, content_type = "application/problem+json"),
        (status = 422, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn approve(
    State(app): State<App>,
    By(caller, _): By<RulesApprove>,
    Named(id): Named<u64>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Error> {
    decide(&app, &caller, (id, Verdict::Approve), (&headers, body)).await
}

/// Rejects a proposal of somebody else.
#[utoipa::path(
    post, path = "/v1/proposals/{id}/reject", tag = "rules", security(("key" = ["rules:approve"])),
    params(("id" = u64, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = Stated,
    responses(
        (status = 200, body = ProposalItem),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 403, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
        (status = 409, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn reject(
    State(app): State<App>,
    By(caller, _): By<RulesApprove>,
    Named(id): Named<u64>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Error> {
    decide(&app, &caller, (id, Verdict::Reject), (&headers, body)).await
}

/// Withdraws a proposal of the caller.
#[utoipa::path(
    post, path = "/v1/proposals/{id}/withdraw", tag = "rules",
    security(("key" = ["rules:propose"])),
    params(("id" = u64, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = Stated,
    responses(
        (status = 200, body = ProposalItem),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 403, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
        (status = 409, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn withdraw(
    State(app): State<App>,
    By(caller, _): By<RulesPropose>,
    Named(id): Named<u64>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Error> {
    decide(&app, &caller, (id, Verdict::Withdraw), (&headers, body)).await
}
