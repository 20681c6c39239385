//! The rules in force, with their stages and how often they matched; and the rollout from draft to
//! live.

pub mod activate;
pub mod backtest;
pub mod backtests;
pub mod candidate;
pub mod difference;
pub mod lists;
pub mod overlay;
pub mod policies;
pub mod proposal;
pub mod proposals;
pub mod rejudging;
pub mod rollout;
pub mod trial;
pub mod vocabulary;

use std::collections::BTreeMap;

use decide::Stage;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use types::{Effect, Policy};
use utoipa::ToSchema;

use crate::rules::difference::{BreakerBrief, policy};
use crate::rules::policies::Version;
use crate::service::problem::Problem;
use crate::service::state::App;

/// The version of the detectors.
pub const DETECTORS: u32 = signal::VERSION;

/// A rule in force.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RuleItem {
    /// Its id.
    pub id: String,
    /// The id of the policy that it enforces.
    pub policy: String,
    /// Its stage: `draft`, `shadow`, `1%`, `10%`, `50%` or `live`.
    pub stage: &'static str,
    /// The file that contains it.
    pub file: String,
    /// Its condition.
    pub condition: String,
    /// The effects that it asks for.
    pub then: Vec<Effect>,
    /// The effects that it asks for if it cannot be evaluated. Empty: it is ignored.
    pub if_unknown: Vec<Effect>,
    /// Its static cost, in units of one comparison.
    pub cost: u32,
    /// How often it matched with effect.
    pub hits: u64,
    /// How often it matched in shadow.
    pub shadow_hits: u64,
    /// The pause, if it has no effect now; `null` otherwise.
    pub paused: Option<PausedItem>,
}

/// The pause of a rule, during which it has no effect.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PausedItem {
    /// When it was paused.
    pub since: Timestamp,
    /// What tripped its circuit breaker.
    pub why: String,
}

/// The rules in force, in the order of files.
pub async fn all(app: &App) -> Result<Vec<RuleItem>, Problem> {
    let core = app.core()?;
    let (_, rules) = core.policies.current();
    let hits = core.store.daily_count("rule").await?;
    let shadow = core.store.daily_count("shadow").await?;
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

/// A new stage for a rule.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Restage {
    /// `draft`, `shadow`, `1%`, `10%`, `50%` or `live`.
    pub stage: String,
    /// The reason, in 1 to 2000 characters.
    pub reason: String,
}

/// A rule that was resumed.
#[derive(Serialize, ToSchema)]
pub struct Resumed {
    /// The id of the rule.
    pub rule: String,
}

/// Resumes the paused rule called `id`, in the name of `who`.
pub async fn again(app: &App, id: &str, who: String, reason: &str) -> Result<(), Problem> {
    let reason = proposal::stated(reason)?;
    let core = app.core()?;
    if !core.pipeline.paused().iter().any(|paused| paused.rule == id) {
        return Err(Problem::NotFound("paused rule"));
    }
    core.pipeline.resume(id, who, reason).await?;
    tracing::info!(rule = id, "rule resumed");
    Ok(())
}

/// A rule on the board, with its place in its file, its limits and its possible stages.
pub struct BoardRule {
    /// The rule.
    pub item: RuleItem,
    /// The line of its file on which it begins.
    pub line: usize,
    /// The limits above which it is paused.
    pub breaker: BreakerBrief,
    /// The stage above its own, if there is one.
    pub above: Option<&'static str>,
    /// The stages below its own.
    pub below: Vec<&'static str>,
}

/// A policy on the board, with the rules that enforce it.
pub struct BoardPolicy {
    /// The policy.
    pub policy: Policy,
    /// Number of decisions made under it.
    pub decisions: u64,
    /// Its rules.
    pub rules: Vec<BoardRule>,
}

/// All policies and rules in force.
pub struct Board {
    /// The version of the set.
    pub version: String,
    /// The policies.
    pub policies: Vec<BoardPolicy>,
    /// Policy sets that came into force, the latest first.
    pub versions: Vec<Version>,
    /// Number of proposals that are not decided yet.
    pub open: u64,
}

/// All policies and rules in force, with their counts.
pub async fn board(app: &App) -> Result<Board, Problem> {
    let core = app.core()?;
    let (policy_set, rules) = core.policies.current();
    let decisions = core.store.daily_count("policy").await?;
    let mut of_policy: BTreeMap<String, Vec<BoardRule>> = BTreeMap::new();
    for item in all(app).await? {
        let known = rules.program.rules.iter().find(|rule| rule.id == item.id);
        let stage = Stage::from_name(item.stage).unwrap_or(Stage::Live);
        of_policy.entry(item.policy.clone()).or_default().push(BoardRule {
            line: line(policy_set.text(&item.file), &item.id),
            breaker: known.map(|rule| BreakerBrief::from(rule.breaker)).unwrap_or_default(),
            above: rollout::above(stage).map(Stage::name),
            below: rollout::below(stage).into_iter().map(Stage::name).collect(),
            item,
        });
    }
    let policies = rules.program.policies.iter().map(|policy| BoardPolicy {
        decisions: decisions.get(&policy.id).copied().unwrap_or(0),
        rules: of_policy.remove(&policy.id).unwrap_or_default(),
        policy: policy.clone(),
    });
    Ok(Board {
        version: policy_set.version().0,
        policies: policies.collect(),
        versions: policies::versions(app).await?,
        open: core.store.open_proposals().await?,
    })
}

/// The line of a file on which the rule called `id` begins; 1 if that cannot be determined.
fn line(text: &str, id: &str) -> usize {
    let quoted = ['"', '\''].map(|quote| format!("{quote}{id}{quote}"));
    let names_it = |line: &str| {
        line.trim_start().starts_with("id") && quoted.iter().any(|quoted| line.contains(quoted))
    };
    text.lines().position(names_it).map_or(1, |line| line + 1)
}
