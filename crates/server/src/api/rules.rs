//! `/v1/rules`: the rules in force, how far each has come and how often it spoke; and the ladder
//! from draft to live.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use types::Effect;
use utoipa::ToSchema;

use crate::api::proposals::{ProposalItem, Stated};
use crate::app::{App, Core};
use crate::body;
use crate::difference::policy;
use crate::extract::Named;
use crate::idempotency::{self, Asked};
use crate::permission::{PoliciesRead, RulesApprove, RulesPropose};
use crate::principal::By;
use crate::problem::{Details, Problem};
use crate::proposal;

/// A rule in force.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct RuleItem {
    /// Its id.
    pub(crate) id: String,
    /// The policy that it enforces.
    pub(crate) policy: String,
    /// How far it has come: `draft`, `shadow`, `1%`, `10%`, `50%`, `live`.
    pub(crate) stage: &'static str,
    /// The file it stands in.
    pub(crate) file: String,
    /// Its condition.
    pub(crate) condition: String,
    /// What it asks for.
    pub(crate) then: Vec<Effect>,
    /// What it asks for when it cannot be judged; nothing means: ignore.
    pub(crate) if_unknown: Vec<Effect>,
    /// Its static cost, in units of one comparison.
    pub(crate) cost: u32,
    /// How often it was met with effect.
    pub(crate) hits: u64,
    /// How often it was met in shadow.
    pub(crate) shadow_hits: u64,
    /// Why it has no effect now, if it is paused.
    pub(crate) paused: Option<PausedItem>,
}

/// Why a rule has no effect.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PausedItem {
    /// Since when.
    pub(crate) since: Timestamp,
    /// What tripped its circuit breaker.
    pub(crate) why: String,
}

/// The rules in force, in the order of files.
pub(crate) async fn all(core: &Core) -> Result<Vec<RuleItem>, Problem> {
    let (_, rules) = core.policies.current();
    let hits = core.store.tally("rule").await?;
    let shadow = core.store.tally("shadow").await?;
    let count = |counts: &BTreeMap<String, u64>, id: &str| counts.get(id).copied().unwrap_or(0);
    let mut paused: BTreeMap<String, PausedItem> = BTreeMap::new();
    for one in core.pipeline.paused() {
        let since = Timestamp::from_millisecond(one.since_ms).unwrap_or_default();
        paused.insert(one.rule, PausedItem { since, why: one.why });
    }
    let item = |rule: &decide::Rule| RuleItem {
        id: rule.id.clone(),
        policy: policy(&rules, rule).to_owned(),
        stage: rule.stage.name(),
        file: rule.file.clone(),
        condition: rule.text.clone(),
        then: rule.then.clone(),
        if_unknown: rule.if_unknown.clone(),
        cost: rule.cost,
        hits: count(&hits, &rule.id),
        shadow_hits: count(&shadow, &rule.id),
        paused: paused.get(&rule.id).cloned(),
    };
    Ok(rules.program.rules.iter().map(item).collect())
}

/// Lists the rules in force, with how far each has come and how often it spoke.
#[utoipa::path(
    get, path = "/v1/rules", tag = "rules", security(("key" = ["policies:read"])),
    responses((status = 200, body = Vec<RuleItem>))
)]
pub(crate) async fn list(
    State(app): State<App>,
    _: By<PoliciesRead>,
) -> Result<Json<Vec<RuleItem>>, Problem> {
    all(app.core()?).await.map(Json)
}

/// Where a rule is to go.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Restage {
    /// `draft`, `shadow`, `1%`, `10%`, `50%` or `live`.
    stage: String,
    /// Why.
    reason: String,
}

/// Takes a rule up or down the ladder. Up goes one step at a time, by a proposal that a second
/// person approves; down goes any number of steps, and is in force when the answer comes.
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
) -> Result<Response, Problem> {
    let sent = body::read(&app, &headers, body).await?;
    let asked: Restage = body::json(&sent)?;
    let action = format!("stage {id}");
    let request = Asked { headers: &headers, caller: &caller, action: &action, body: &sent.bytes };
    let who = caller.sender();
    let work = async {
        let done = proposal::restage(&app, &id, &asked.stage, &who, &asked.reason).await?;
        Ok::<_, Problem>(ProposalItem::new(&done))
    };
    idempotency::once(&app, request, work).await
}

/// A rule that has effect again.
#[derive(Serialize, ToSchema)]
pub(crate) struct Resumed {
    /// The rule.
    rule: String,
}

/// Lets a rule have effect again whose circuit breaker tripped.
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
) -> Result<Response, Problem> {
    let sent = body::read(&app, &headers, body).await?;
    let Stated { reason } = body::json(&sent)?;
    let action = format!("resume {id}");
    let request = Asked { headers: &headers, caller: &caller, action: &action, body: &sent.bytes };
    let who = caller.sender();
    let work = async {
        again(&app, &id, who, &reason).await?;
        Ok::<_, Problem>(Resumed { rule: id.clone() })
    };
    idempotency::once(&app, request, work).await
}

/// Has the paused rule called `id` have effect again, on the word of `who`.
pub(crate) async fn again(app: &App, id: &str, who: String, reason: &str) -> Result<(), Problem> {
    let reason = proposal::stated(reason)?;
    let core = app.core()?;
    if !core.pipeline.paused().iter().any(|paused| paused.rule == id) {
        return Err(Problem::NotFound("paused rule"));
    }
    core.pipeline.resume(id, who, reason).await?;
    tracing::info!(rule = id, "rule resumed");
    Ok(())
}
