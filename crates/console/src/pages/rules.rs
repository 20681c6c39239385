//! `/rules`: the policies and rules in force, with the stage of each rule and how often it fired.

use app::access::permission::{Permit as _, PoliciesRead, RulesApprove, RulesPropose};
use app::rules::{Board, BoardRule, DETECTORS, again, board, proposal};
use app::{App, Problem};
use axum::Form;
use axum::extract::State;
use axum::response::Redirect;
use maud::Markup;
use serde::Deserialize;
use web::extract::Named;

use crate::pages::signed::{Away, Signed};
use crate::view::layout::{encoded, grouped};
use crate::view::rules::{Policy, Rule, View, page};

/// Limit of the versions shown.
const VERSIONS_MAX: usize = 20;

/// Shows the rules.
pub(crate) async fn show(
    State(app): State<App>,
    signed: Signed<PoliciesRead>,
) -> Result<Markup, Away> {
    let mut view = view(&app).await.map_err(|problem| signed.oops(problem))?;
    view.can_propose = signed.may(RulesPropose::NAME);
    view.can_resume = signed.may(RulesApprove::NAME);
    Ok(page(&signed.frame("/rules", "Rules"), &view))
}

async fn view(app: &App) -> Result<View, Problem> {
    let Board { version, policies, versions, open } = board(app).await?;
    let since = versions.first().map(|now| format!("entry {}", grouped(now.seq)));
    let policies = policies.into_iter().map(|one| Policy {
        id: one.policy.id,
        title: one.policy.title,
        severity: one.policy.severity,
        category: one.policy.dsa.category,
        decisions: one.decisions,
        rules: one.rules.into_iter().map(rule).collect(),
    });
    Ok(View {
        version,
        since: since.unwrap_or_default(),
        detectors: DETECTORS,
        policies: policies.collect(),
        versions: versions
            .into_iter()
            .take(VERSIONS_MAX)
            .map(|one| (one.seq, one.version, one.detectors))
            .collect(),
        open,
        can_propose: false,
        can_resume: false,
    })
}

fn rule(BoardRule { item, line, breaker, above, below }: BoardRule) -> Rule {
    Rule {
        then: item.then,
        if_unknown: item.if_unknown,
        breaker,
        above,
        below,
        paused: item.paused.map(|paused| (paused.since.to_string(), paused.why)),
        id: item.id,
        stage: item.stage,
        condition: item.condition,
        hits: item.hits,
        shadow_hits: item.shadow_hits,
        cost: item.cost,
        file: item.file,
        line,
    }
}

/// The form as sent.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Restaged {
    csrf: String,
    stage: String,
    reason: String,
}

/// Moves a rule up or down a stage, and shows the proposal of that change.
pub(crate) async fn stage(
    State(app): State<App>,
    signed: Signed<RulesPropose>,
    Named(id): Named<String>,
    Form(sent): Form<Restaged>,
) -> Result<Redirect, Away> {
    signed.check(&sent.csrf)?;
    let who = signed.sender();
    let done = proposal::restage(&app, &id, &sent.stage, &who, &sent.reason).await;
    let proposal = done.map_err(|problem| signed.oops(problem))?;
    Ok(Redirect::to(&format!("/proposals/{}", proposal.id)))
}

/// The form as sent.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Resumed {
    csrf: String,
    reason: String,
}

/// Resumes a paused rule.
pub(crate) async fn resume(
    State(app): State<App>,
    signed: Signed<RulesApprove>,
    Named(id): Named<String>,
    Form(sent): Form<Resumed>,
) -> Result<Redirect, Away> {
    signed.check(&sent.csrf)?;
    let done = again(&app, &id, signed.sender(), &sent.reason).await;
    done.map_err(|problem| signed.oops(problem))?;
    Ok(Redirect::to(&format!("/rules#rule-{}", encoded(&id))))
}
