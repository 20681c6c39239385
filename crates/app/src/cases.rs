//! Work for humans, claimed, judged and closed.

pub mod desk;
pub mod dossier;
pub mod item;
pub mod quality;
pub mod queues;
pub mod restricted;
pub mod staffing;
pub mod work;

use casework::{Case, CaseId, Step};
use serde::{Deserialize, Serialize};
use store::CaseFilter;
use utoipa::{IntoParams, ToSchema};

use crate::access::caller::Caller;
use crate::cases::item::CaseItem;
use crate::service::problem::Problem;
use crate::service::state::{App, Core};

pub use casework::{Command, Verdict};

/// Cases of a page.
pub const LIMIT: u32 = 100;

/// A page of cases, the newest first.
#[derive(Serialize, ToSchema)]
pub struct CasePage {
    /// The cases.
    pub items: Vec<CaseItem>,
    /// The number to go on before; nothing if there is no more.
    pub next: Option<u64>,
}

/// Everything about a case.
#[derive(Serialize, ToSchema)]
pub struct WholeCase {
    /// As it stands in the list.
    pub case: CaseItem,
    /// All that it is about, with the decisions that a verdict takes the place of.
    pub members: Vec<MemberItem>,
    /// The rules that asked for a human.
    pub rules: Vec<String>,
    /// A question to a colleague.
    pub asked: Option<casework::case::Asked>,
    /// What was decided.
    pub verdict: Option<Verdict>,
    /// What happened to it.
    pub steps: Vec<Step>,
    /// Who must not judge it.
    pub not_by: Vec<String>,
    /// The case that it measures, adjudicates or appeals; not told of a blind review before it is
    /// closed.
    pub of: Option<String>,
    /// What its place in the order is made of, while it is open.
    pub order: Option<Order>,
    /// Whether the verdict can still be taken back.
    pub can_undo: bool,
    /// Whether reviewers are measured by it.
    pub is_golden: bool,
}

/// One of the subjects of a case.
#[derive(Serialize, ToSchema)]
pub struct MemberItem {
    /// Whom or what.
    pub subject: String,
    /// The account concerned.
    pub account: Option<String>,
    /// Decisions that a verdict takes the place of.
    pub decisions: Vec<String>,
    /// The decision that the verdict became.
    pub verdict: Option<String>,
}

/// What the place of a case in the order is made of.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = CaseOrder)]
pub struct Order {
    /// Harm prevented for each second of looking.
    pub priority: f64,
    /// How likely it is a violation, by what became of cases of the same rules: 0 to 1.
    pub chance: f64,
    /// The severity of the policy, 1 to 10.
    pub severity: f64,
    /// Views to be expected from now on.
    pub remaining_views: f64,
    /// How long such a case takes.
    pub seconds: f64,
}

/// Which cases.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// `waiting`, `held` or `closed`; nothing for all.
    pub state: String,
    /// The name of a kind.
    pub kind: String,
    /// The name of a queue.
    pub queue: String,
    /// Who holds it, or closed it.
    pub by: String,
    /// What it is about: `content/v-1`.
    pub subject: String,
    /// The account concerned.
    pub account: String,
    /// Only those before this number.
    pub before: Option<u64>,
}

/// What a verdict would tell the person affected.
#[derive(Serialize, ToSchema)]
pub struct Preview {
    /// The sentence.
    pub statement: String,
    /// What is done, merged.
    #[schema(value_type = Vec<Object>)]
    pub effects: Vec<types::Effect>,
    /// Its place in the law.
    pub category: String,
}

/// Whether reviewers are measured by a case.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Golden {
    /// Whether its verdict is known to be right.
    pub golden: bool,
}

/// Whether `caller` may know of `case`: what is restricted is for those who are cleared.
pub fn may_see(caller: &Caller, case: &Case) -> bool {
    caller.party().is_none() && (!case.is_restricted || caller.is_cleared())
}

/// The page of cases that is asked for.
pub async fn page(app: &App, caller: &Caller, which: &Which) -> Result<CasePage, Problem> {
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
    let cases = found.iter().map(|(_, body)| desk::read(body));
    let mut cases = cases.collect::<Result<Vec<_>, _>>()?;
    let asks_for = ["second_review", "golden"].contains(&which.kind.as_str());
    let is_blind = |case: &Case| asks_for && case.kind.is_measure() && !case.is_closed();
    cases.retain(|case| may_see(caller, case) && !is_blind(case));
    Ok(CasePage { items: CaseItem::all(app.core()?, &cases).await?, next })
}

/// The case called `id`, if `caller` may see it; that they do is entered, if it is restricted.
pub async fn seen(app: &App, caller: &Caller, id: &str) -> Result<Case, Problem> {
    let core = app.core()?;
    let case = desk::find(core, named(id)?).await?;
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

/// Everything about `case`.
pub async fn whole(app: &App, case: &Case) -> Result<WholeCase, Problem> {
    let is_closed = case.is_closed();
    let order = match is_closed {
        true => None,
        false => Some(order(app.core()?, case.clone()).await?),
    };
    let is_blind = case.kind.is_measure() && !is_closed;
    let member = |member: &casework::Member| MemberItem {
        subject: member.subject.0.clone(),
        account: member.account.clone(),
        // The last of a blind one is the verdict that it is compared with.
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
        can_undo: casework::Desk::can_undo(case, app.now().as_millisecond()),
        is_golden: case.is_golden,
    })
}

async fn order(core: &Core, case: Case) -> Result<Order, Problem> {
    let weights = desk::look(core, move |desk| desk.weights(&case)).await?;
    Ok(Order {
        priority: weights.priority(),
        chance: weights.chance,
        severity: weights.severity,
        remaining_views: weights.remaining,
        seconds: weights.seconds,
    })
}

/// What `verdict` on the case called `id` would tell the person affected; nothing is decided.
pub async fn preview(
    app: &App,
    caller: &Caller,
    id: &str,
    verdict: &Verdict,
) -> Result<Preview, Problem> {
    let core = app.core()?;
    let case = desk::find(core, named(id)?).await?;
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

/// Claims the next case: what the caller holds already, what was passed to them, else what prevents
/// most harm among what they can judge.
pub async fn claim_next(app: &App, caller: &Caller) -> Result<WholeCase, Problem> {
    let case = desk::act(app, caller, None, Command::Claim).await?;
    whole(app, &case).await
}

/// Does something with the case called `id`.
pub async fn act(
    app: &App,
    caller: &Caller,
    id: &str,
    command: Command,
) -> Result<WholeCase, Problem> {
    let case = desk::act(app, caller, Some(named(id)?), command).await?;
    whole(app, &case).await
}

/// Everything about the case called `id`; a look at a restricted one is entered.
pub async fn show(app: &App, caller: &Caller, id: &str) -> Result<WholeCase, Problem> {
    let case = seen(app, caller, id).await?;
    whole(app, &case).await
}

/// Takes a closed case into, or out of, those by which reviewers are measured.
pub async fn set_golden(
    app: &App,
    caller: &Caller,
    id: &str,
    is_golden: bool,
) -> Result<WholeCase, Problem> {
    let case = desk::set_golden(app, caller, named(id)?, is_golden).await?;
    whole(app, &case).await
}
