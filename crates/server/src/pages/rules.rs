//! `/rules`: policies and rules in force, how far each rule has come and how often it spoke.

use std::collections::BTreeMap;

use axum::Form;
use axum::extract::State;
use axum::response::Redirect;
use decide::Stage;
use maud::Markup;
use serde::Deserialize;

use crate::api::rules::{RuleItem, again, all};
use crate::app::App;
use crate::console::layout::{encoded, grouped};
use crate::console::rules::{Policy, Rule, View, page};
use crate::difference::BreakerBrief;
use crate::extract::Named;
use crate::ladder;
use crate::pages::signed::{Away, Signed};
use crate::permission::{Permit as _, PoliciesRead, RulesApprove, RulesPropose};
use crate::problem::Problem;
use crate::proposal;

/// Versions shown.
const VERSIONS_MAX: u32 = 20;

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
    let core = app.core()?;
    let (pack, rules) = core.policies.current();
    let decisions = core.store.tally("policy").await?;
    let enforced = core.store.enforced(VERSIONS_MAX).await?;
    let since = enforced.first().map(|now| format!("entry {}", grouped(now.seq)));
    let mut of_policy: BTreeMap<String, Vec<Rule>> = BTreeMap::new();
    for item in all(core).await? {
        let line = line(pack.text(&item.file), &item.id);
        let known = rules.program.rules.iter().find(|rule| rule.id == item.id);
        let breaker = known.map(|rule| BreakerBrief::from(rule.breaker)).unwrap_or_default();
        of_policy.entry(item.policy.clone()).or_default().push(rule(item, line, breaker));
    }
    let policies = rules.program.policies.iter().map(|policy| Policy {
        id: policy.id.clone(),
        title: policy.title.clone(),
        severity: policy.severity,
        category: policy.dsa.category.clone(),
        decisions: decisions.get(&policy.id).copied().unwrap_or(0),
        rules: of_policy.remove(&policy.id).unwrap_or_default(),
    });
    Ok(View {
        version: pack.version().0,
        since: since.unwrap_or_default(),
        detectors: signal::VERSION,
        policies: policies.collect(),
        versions: enforced.into_iter().map(|one| (one.seq, one.version, one.detectors)).collect(),
        open: core.store.open_proposals().await?,
        can_propose: false,
        can_resume: false,
    })
}

/// The line of a file in which the rule called `id` begins, as far as that is plain.
fn line(text: &str, id: &str) -> usize {
    let quoted = ['"', '\''].map(|quote| format!("{quote}{id}{quote}"));
    let names_it = |line: &str| {
        line.trim_start().starts_with("id") && quoted.iter().any(|quoted| line.contains(quoted))
    };
    text.lines().position(names_it).map_or(1, |line| line + 1)
}

fn rule(item: RuleItem, line: usize, breaker: BreakerBrief) -> Rule {
    let stage = Stage::from_name(item.stage).unwrap_or(Stage::Live);
    Rule {
        then: item.then,
        if_unknown: item.if_unknown,
        breaker,
        above: ladder::above(stage).map(Stage::name),
        below: ladder::below(stage).into_iter().map(Stage::name).collect(),
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

/// The form as it is sent.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Restaged {
    csrf: String,
    stage: String,
    reason: String,
}

/// Takes a rule up or down the ladder, and shows the proposal that says so.
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

/// The form as it is sent.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Resumed {
    csrf: String,
    reason: String,
}

/// Lets a paused rule have effect again.
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
