//! `/rules`: policies and rules in force, with how often they spoke.

use std::collections::BTreeMap;

use axum::extract::State;
use decide::Program;
use maud::Markup;
use types::Effect;

use crate::app::App;
use crate::console::rules::{Policy, Rule, View, page};
use crate::pages::signed::{Away, Signed};
use crate::permission::PoliciesRead;
use crate::problem::Problem;

/// Versions shown.
const VERSIONS_MAX: u32 = 20;

/// Shows the rules.
pub(crate) async fn show(
    State(app): State<App>,
    signed: Signed<PoliciesRead>,
) -> Result<Markup, Away> {
    let view = view(&app).await.map_err(|problem| signed.oops(problem))?;
    Ok(page(&signed.frame("/rules", "Rules"), &view))
}

async fn view(app: &App) -> Result<View, Problem> {
    let core = app.core()?;
    let (pack, rules) = core.policies.current();
    let store = &core.store;
    let counts = Counts {
        policies: store.tally("policy").await?,
        hits: store.tally("rule").await?,
        shadow: store.tally("shadow").await?,
    };
    let enforced = store.enforced(VERSIONS_MAX).await?;
    let since = enforced.first().map_or_else(String::new, |now| format!("entry {}", now.seq));
    let program = &rules.program;
    let policies = program.policies.iter().enumerate().map(|(number, policy)| Policy {
        id: policy.id.clone(),
        title: policy.title.clone(),
        severity: policy.severity,
        category: policy.dsa.category.clone(),
        decisions: count(&counts.policies, &policy.id),
        rules: of_policy(program, number, &counts),
    });
    Ok(View {
        version: pack.version().0,
        since,
        detectors: signal::VERSION,
        policies: policies.collect(),
        versions: enforced.into_iter().map(|one| (one.seq, one.version, one.detectors)).collect(),
    })
}

/// How often policies and rules spoke.
struct Counts {
    policies: BTreeMap<String, u64>,
    hits: BTreeMap<String, u64>,
    shadow: BTreeMap<String, u64>,
}

fn count(counts: &BTreeMap<String, u64>, key: &str) -> u64 {
    counts.get(key).copied().unwrap_or(0)
}

fn of_policy(program: &Program, policy: usize, counts: &Counts) -> Vec<Rule> {
    let names = |effects: &[Effect]| effects.iter().map(|one| one.name().to_owned()).collect();
    let rules = program.rules.iter().filter(|rule| rule.policy == policy).map(|rule| Rule {
        id: rule.id.clone(),
        stage: rule.stage.name().to_owned(),
        condition: rule.text.clone(),
        then: names(&rule.then),
        if_unknown: names(&rule.if_unknown),
        hits: count(&counts.hits, &rule.id),
        shadow_hits: count(&counts.shadow, &rule.id),
        cost: rule.cost,
        file: rule.file.clone(),
    });
    rules.collect()
}
