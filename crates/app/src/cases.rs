//! Cases: work for humans, claimed, judged and closed.

pub mod dossier;
pub mod item;
pub mod quality;
pub mod queues;
pub mod restricted;
pub mod review_queue;
pub mod staffing;
pub mod work;

use review::{Case, CaseId, Step};
use serde::{Deserialize, Serialize};
use store::CaseFilter;
use utoipa::{IntoParams, ToSchema};

use crate::access::caller::Caller;
use crate::cases::item::CaseItem;
use crate::service::problem::Problem;
use crate::service::state::{App, Core};

pub use review::{Command, Verdict};

/// Cases per page.
pub const LIMIT: u32 = 100;

/// A page of cases, newest first.
#[derive(Serialize, ToSchema)]
pub struct CasePage {
    /// The cases.
    pub items: Vec<CaseItem>,
    /// The value of `before` for the next page; `null` if there are no more cases.
    pub next: Option<u64>,
}

/// A case with its subjects, its history and the components of its priority.
#[derive(Serialize, ToSchema)]
pub struct WholeCase {
    /// The fields shown in lists.
    pub case: CaseItem,
    /// Its subjects, with the decisions that a verdict replaces.
    pub members: Vec<MemberItem>,
    /// The ids of the rules that asked for a human.
    pub rules: Vec<String>,
    /// The question to a colleague; `null` if there is none.
    pub asked: Option<review::case::Question>,
    /// The verdict; `null` until there is one.
    pub verdict: Option<Verdict>,
    /// Its history, oldest first.
    pub steps: Vec<Step>,
    /// The names of reviewers who must not judge it. Empty in a blind review until it is closed.
    pub not_by: Vec<String>,
    /// The id of the case that it measures, adjudicates or appeals. `null` if there is none, and in
    /// a blind review until it is closed.
    pub of: Option<String>,
    /// The components of its priority; `null` once it is closed.
    pub order: Option<Order>,
    /// Whether the verdict can still be undone.
    pub can_undo: bool,
    /// Whether it is used to measure reviewers.
    pub is_golden: bool,
}

/// A subject of a case.
#[derive(Serialize, ToSchema)]
pub struct MemberItem {
    /// The subject: `content/v-1`.
    pub subject: String,
    /// The id of the account concerned; `null` if unknown.
    pub account: Option<String>,
    /// The ids of the decisions that a verdict replaces. Empty in a blind review until it is
    /// closed.
    pub decisions: Vec<String>,
    /// The id of the decision made from the verdict; `null` until there is one.
    pub verdict: Option<String>,
}

/// The components of the priority of a case.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = CaseOrder)]
pub struct Order {
    /// The priority: harm prevented per second of review.
    pub priority: f64,
    /// The probability of a violation, from 0 to 1, by the outcomes of cases of the same rules.
    pub chance: f64,
    /// The severity of the policy, from 1 to 10.
    pub severity: f64,
    /// The number of views expected from now on.
    pub remaining_views: f64,
    /// The expected handling time, in seconds.
    pub seconds: f64,
}

/// Filters for cases; every filter that is set must match.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CaseQuery {
    /// `waiting`, `held` or `closed`. Empty: all.
    pub state: String,
    /// The kind: `review`, `notice`, `order`, `appeal`, `second_review`, `golden` or
    /// `adjudication`. Empty: all.
    pub kind: String,
    /// The name of a queue. Empty: all.
    pub queue: String,
    /// The name of the reviewer who holds or closed the case. Empty: any.
    pub by: String,
    /// The subject: `content/v-1`. Empty: any.
    pub subject: String,
    /// The id of the account concerned. Empty: any.
    pub account: String,
    /// Only cases with a number below this; for the next page, `next` of the last one.
    pub before: Option<u64>,
}

/// The decision that a verdict would make. Nothing is decided.
#[derive(Serialize, ToSchema)]
pub struct Preview {
    /// The decision in one sentence, for the person affected.
    pub statement: String,
    /// The effects, merged.
    #[schema(value_type = Vec<Object>)]
    pub effects: Vec<types::Effect>,
    /// The category of the DSA Transparency Database, without prefix.
    pub category: String,
}

/// Whether a case is used to measure reviewers.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Golden {
    /// Whether its verdict is known to be right, so that it measures reviewers.
    pub golden: bool,
}

/// Whether `caller` may know of `case`. Restricted cases are only for cleared colleagues.
pub fn may_see(caller: &Caller, case: &Case) -> bool {
    caller.party().is_none() && (!case.is_restricted || caller.is_cleared())
}

/// The page of cases that match `which`.
pub async fn page(app: &App, caller: &Caller, which: &CaseQuery) -> Result<CasePage, Problem> {
    let told = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    if !["", "waiting", "held", "closed"].contains(&which.state.as_str()) {
        return Err(Problem::Wrong(format!("no case is ever `{}`", which.state)));
    }
    let filter = CaseFilter {
        state: told(&which.state),
        kind: told(&which.kind),
        queue: told(&which.queue),
        holder: told(&which.by),
        subject: told(&which.subject),
        account: told(&which.account),
        of: None,
        before: which.before,
    };
    let found = app.core()?.store.cases(&filter, LIMIT).await?;
    let next = found.last().map(|(id, _)| *id).filter(|_| found.len() >= LIMIT as usize);
    let cases = found.iter().map(|(_, body)| review_queue::read(body));
    let mut cases = cases.collect::<Result<Vec<_>, _>>()?;
    let asks_for = ["second_review", "golden"].contains(&which.kind.as_str());
    let is_blind = |case: &Case| asks_for && case.kind.is_measure() && !case.is_closed();
    cases.retain(|case| may_see(caller, case) && !is_blind(case));
    Ok(CasePage { items: CaseItem::all(app.core()?, &cases).await?, next })
}

/// The case called `id`, if `caller` may see it. If it is restricted, the view is entered in the
/// ledger.
pub async fn seen(app: &App, caller: &Caller, id: &str) -> Result<Case, Problem> {
    let core = app.core()?;
    let case = review_queue::find(core, named(id)?).await?;
    if !may_see(caller, &case) {
        return Err(Problem::NotFound("case"));
    }
    if case.is_restricted {
        let telling = case.telling(Step::default());
        let telling = telling.ok_or(Problem::NotFound("case"))?;
        restricted::enter(app, core, caller, telling).await?;
    }
    Ok(case)
}

fn named(id: &str) -> Result<CaseId, Problem> {
    id.parse().map_err(Problem::Wrong)
}

/// The full view of `case`.
pub async fn whole(app: &App, case: &Case) -> Result<WholeCase, Problem> {
    let is_closed = case.is_closed();
    let order = match is_closed {
        true => None,
        false => Some(order(app.core()?, case.clone()).await?),
    };
    let is_blind = case.kind.is_measure() && !is_closed;
    let member = |member: &review::Member| MemberItem {
        subject: member.subject.0.clone(),
        account: member.account.clone(),
        // The last decision of a blind review is the verdict that it is compared with.
        decisions: if is_blind { Vec::new() } else { member.decisions.clone() },
        verdict: member.verdict.clone(),
    };
    Ok(WholeCase {
        case: CaseItem::of(app.core()?, case).await?,
        members: case.members.iter().map(member).collect(),
        rules: case.rules.clone(),
        asked: case.asked.clone(),
        verdict: case.verdict.clone(),
        steps: case.steps.clone(),
        not_by: if is_blind { Vec::new() } else { case.not_by.clone() },
        of: case.of.filter(|_| !is_blind).map(|of| CaseId(of).to_string()),
        order,
        can_undo: review::ReviewQueue::can_undo(case, app.now().as_millisecond()),
        is_golden: case.is_golden,
    })
}

async fn order(core: &Core, case: Case) -> Result<Order, Problem> {
    let weights = review_queue::look(core, move |review_queue| review_queue.weights(&case)).await?;
    Ok(Order {
        priority: weights.priority(),
        chance: weights.chance,
        severity: weights.severity,
        remaining_views: weights.remaining,
        seconds: weights.seconds,
    })
}

/// The decision that `verdict` on the case called `id` would make. Nothing is decided.
pub async fn preview(
    app: &App,
    caller: &Caller,
    id: &str,
    verdict: &Verdict,
) -> Result<Preview, Problem> {
    let core = app.core()?;
    let case = review_queue::find(core, named(id)?).await?;
    if !may_see(caller, &case) {
        return Err(Problem::NotFound("case"));
    }
    let effects = verdict.effects.iter().map(|text| text.parse::<types::Effect>());
    if let Some(wrong) = effects.filter_map(Result::err).next() {
        return Err(Problem::Wrong(wrong));
    }
    let (_, rules) = core.policies.current();
    let decision = engine::preview(&rules, &case, verdict);
    let decision = decision.ok_or_else(|| Problem::Wrong("the case has no subject".to_owned()))?;
    Ok(Preview {
        statement: decision.statement,
        effects: decision.effects,
        category: decision.dsa.category,
    })
}

/// Claims the next case: the one that the caller already holds, else one that was passed to them,
/// else the one that prevents most harm among those they can judge.
pub async fn claim_next(app: &App, caller: &Caller) -> Result<WholeCase, Problem> {
    let case = review_queue::act(app, caller, None, Command::Claim).await?;
    whole(app, &case).await
}

/// Carries out `command` on the case called `id`.
pub async fn act(
    app: &App,
    caller: &Caller,
    id: &str,
    command: Command,
) -> Result<WholeCase, Problem> {
    let case = review_queue::act(app, caller, Some(named(id)?), command).await?;
    whole(app, &case).await
}

/// The full view of the case called `id`. The view of a restricted case is entered in the ledger.
pub async fn show(app: &App, caller: &Caller, id: &str) -> Result<WholeCase, Problem> {
    let case = seen(app, caller, id).await?;
    whole(app, &case).await
}

/// Adds a closed case to those that measure reviewers, or removes it from them.
pub async fn set_golden(
    app: &App,
    caller: &Caller,
    id: &str,
    is_golden: bool,
) -> Result<WholeCase, Problem> {
    let case = review_queue::set_golden(app, caller, named(id)?, is_golden).await?;
    whole(app, &case).await
}
