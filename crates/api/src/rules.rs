//! `/v1/rules`: the rules in force with their stages and counts, and the rollout from draft to
//! live.

use app::access::permission::{PoliciesRead, RulesApprove, RulesPropose};
use app::rules::proposals::{ProposalItem, Stated};
use app::rules::{self, Restage, Resumed, RuleItem, proposal};
use app::{App, Details, Problem};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use web::extract::Named;
use web::idempotency::{self, KeyedRequest};
use web::principal::By;
use web::{Error, body};

/// Lists the rules in force, with the stage of each and how often it took part in decisions.
#[utoipa::path(
    get, path = "/v1/rules", tag = "rules", security(("key" = ["policies:read"])),
    responses((status = 200, body = Vec<RuleItem>))
)]
pub(crate) async fn list(
    State(app): State<App>,
    _: By<PoliciesRead>,
) -> Result<Json<Vec<RuleItem>>, Error> {
    Ok(Json(rules::all(&app).await?))
}

/// Moves a rule up or down the stages from draft to live.
///
/// A rule moves up one stage at a time, by a proposal that a second person approves. It moves down
/// any number of stages, and the change is in force when the answer arrives.
#[utoipa::path(
    post, path = "/v1/rules/{id}/stage", tag = "rules", security(("key" = ["rules:propose"])),
    params(("id" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = Restage,
    responses(
        (status = 200, body = ProposalItem),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
        (status = 409, body = Details, content_type = "application/problem+json"),
        (status = 422, body = Details, content_type = "application/problem+json"),
        (status = 429, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn stage(
    State(app): State<App>,
    By(caller, _): By<RulesPropose>,
    Named(id): Named<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Error> {
    let sent = body::read(&app, &headers, body).await?;
    let asked: Restage = body::json(&sent)?;
    let action = format!("stage {id}");
    let request =
        KeyedRequest { headers: &headers, caller: &caller, action: &action, body: &sent.bytes };
    let who = caller.sender();
    let work = async {
        let done = proposal::restage(&app, &id, &asked.stage, &who, &asked.reason).await?;
        Ok::<_, Problem>(ProposalItem::new(&done))
    };
    idempotency::once(&app, request, work).await
}

/// Resumes a rule whose circuit breaker tripped.
#[utoipa::path(
    post, path = "/v1/rules/{id}/resume", tag = "rules", security(("key" = ["rules:approve"])),
    params(("id" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = Stated,
    responses(
        (status = 200, body = Resumed),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
        (status = 429, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn resume(
    State(app): State<App>,
    By(caller, _): By<RulesApprove>,
    Named(id): Named<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Error> {
    let sent = body::read(&app, &headers, body).await?;
    let Stated { reason } = body::json(&sent)?;
    let action = format!("resume {id}");
    let request =
        KeyedRequest { headers: &headers, caller: &caller, action: &action, body: &sent.bytes };
    let who = caller.sender();
    let work = async {
        rules::again(&app, &id, who, &reason).await?;
        Ok::<_, Problem>(Resumed { rule: id.clone() })
    };
    idempotency::once(&app, request, work).await
}
