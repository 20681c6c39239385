//! `/v1/cases`: work for humans, claimed, judged and closed.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use casework::{Case, CaseId, Command, Step, Verdict};
use serde::{Deserialize, Serialize};
use store::CaseFilter;
use utoipa::{IntoParams, ToSchema};

use crate::api::case_item::CaseItem;
use crate::app::{App, Core};
use crate::extract::{Asked, Named};
use crate::permission::{CasesLead, CasesRead, CasesReview};
use crate::principal::{By, Caller};
use crate::problem::{Details, Problem};
use crate::{body, desk, idempotency, restricted};

/// Cases of a page.
pub(crate) const LIMIT: u32 = 100;

/// A page of cases, the newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct CasePage {
    /// The cases.
    pub(crate) items: Vec<CaseItem>,
    /// The number to go on before; nothing if there is no more.
    pub(crate) next: Option<u64>,
}

/// Everything about a case.
#[derive(Serialize, ToSchema)]
pub(crate) struct WholeCase {
    /// As it stands in the list.
    pub(crate) case: CaseItem,
    /// All that it is about, with the decisions that a verdict takes the place of.
    pub(crate) members: Vec<MemberItem>,
    /// The rules that asked for a human.
    pub(crate) rules: Vec<String>,
    /// A question to a colleague.
    pub(crate) asked: Option<casework::case::Asked>,
    /// What was decided.
    pub(crate) verdict: Option<Verdict>,
    /// What happened to it.
    pub(crate) steps: Vec<Step>,
    /// Who must not judge it.
    pub(crate) not_by: Vec<String>,
    /// The case that it measures, adjudicates or appeals; not told of a blind review before it is
    /// closed.
    pub(crate) of: Option<String>,
    /// What its place in the order is made of, while it is open.
    pub(crate) order: Option<Order>,
    /// Whether the verdict can still be taken back.
    pub(crate) can_undo: bool,
    /// Whether reviewers are measured by it.
    pub(crate) is_golden: bool,
}

/// One of the subjects of a case.
#[derive(Serialize, ToSchema)]
pub(crate) struct MemberItem {
    /// Whom or what.
    pub(crate) subject: String,
    /// The account concerned.
    pub(crate) account: Option<String>,
    /// Decisions that a verdict takes the place of.
    pub(crate) decisions: Vec<String>,
    /// The decision that the verdict became.
    pub(crate) verdict: Option<String>,
}

/// What the place of a case in the order is made of.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = CaseOrder)]
pub(crate) struct Order {
    /// Harm prevented for each second of looking.
    pub(crate) priority: f64,
    /// How likely it is a violation, by what became of cases of the same rules: 0 to 1.
    pub(crate) chance: f64,
    /// The severity of the policy, 1 to 10.
    pub(crate) severity: f64,
    /// Views to be expected from now on.
    pub(crate) remaining_views: f64,
    /// How long such a case takes.
    pub(crate) seconds: f64,
}

/// Which cases.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// `waiting`, `held` or `closed`; nothing for all.
    pub(crate) state: String,
    /// The name of a kind.
    pub(crate) kind: String,
    /// The name of a queue.
    pub(crate) queue: String,
    /// Who holds it, or closed it.
    pub(crate) by: String,
    /// What it is about: `content/v-1`.
    pub(crate) subject: String,
    /// The account concerned.
    pub(crate) account: String,
    /// Only those before this number.
    pub(crate) before: Option<u64>,
}

/// What a verdict would tell the person affected.
#[derive(Serialize, ToSchema)]
pub(crate) struct Preview {
    /// The sentence.
    pub(crate) statement: String,
    /// What is done, merged.
    #[schema(value_type = Vec<Object>)]
    pub(crate) effects: Vec<types::Effect>,
    /// Its place in the law.
    pub(crate) category: String,
}

/// Whether reviewers are measured by a case.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Golden {
    /// Whether its verdict is known to be right.
    golden: bool,
}

/// Whether `caller` may know of `case`: what is restricted is for those who are cleared.
pub(crate) fn may_see(caller: &Caller, case: &Case) -> bool {
    caller.party().is_none() && (!case.is_restricted || caller.is_cleared())
}

/// Lists cases, the newest first, a hundred at most.
#[utoipa::path(
    get, path = "/v1/cases", tag = "cases", security(("key" = ["cases:read"])),
    params(Which),
    responses(
        (status = 200, body = CasePage),
        (status = 400, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    By(caller, _): By<CasesRead>,
    Asked(which): Asked<Which>,
) -> Result<Json<CasePage>, Problem> {
    page(&app, &caller, &which).await.map(Json)
}

/// The page of cases that is asked for.
pub(crate) async fn page(app: &App, caller: &Caller, which: &Which) -> Result<CasePage, Problem> {
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

/// Shows a case. A look at a restricted one is an entry in the ledger.
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
) -> Result<Json<WholeCase>, Problem> {
    let case = seen(&app, &caller, &id).await?;
    whole(&app, &case).await.map(Json)
}

/// The case called `id`, if `caller` may see it; that they do is entered, if it is restricted.
pub(crate) async fn seen(app: &App, caller: &Caller, id: &str) -> Result<Case, Problem> {
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
pub(crate) async fn whole(app: &App, case: &Case) -> Result<WholeCase, Problem> {
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

/// Claims the next case: what the caller holds already, what was passed to them, else what prevents
/// most harm among what they can judge.
#[utoipa::path(
    post, path = "/v1/cases/next", tag = "cases", security(("key" = ["cases:review"])),
    responses(
        (status = 200, body = WholeCase),
        (status = 403, body = Details, content_type = "application/problem+json"),
        (status = 404, description = "Nothing waits", body = Details,
            content_type = "application/problem+json"),
        (status = 409, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn next(
    State(app): State<App>,
    By(caller, _): By<CasesReview>,
) -> Result<Json<WholeCase>, Problem> {
    let case = desk::act(&app, &caller, None, Command::Claim).await?;
    whole(&app, &case).await.map(Json)
}

/// Does something with a case: claim, renew, skip, consult, answer, transfer, escalate, close, undo.
/// What was done is in the ledger when the answer comes.
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
) -> Result<Response, Problem> {
    let sent = body::read(&app, &headers, body).await?;
    let command: Command = body::json(&sent)?;
    let action = format!("case {id}");
    let (headers, body) = (&headers, &sent.bytes);
    let asked = idempotency::Asked { headers, caller: &caller, action: &action, body };
    let work = async {
        let case = desk::act(&app, &caller, Some(named(&id)?), command).await?;
        whole(&app, &case).await
    };
    idempotency::once(&app, asked, work).await
}

/// Shows what a verdict would tell the person affected; nothing is decided.
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
) -> Result<Json<Preview>, Problem> {
    let core = app.core()?;
    let sent = body::read(&app, &headers, body).await?;
    let verdict: Verdict = body::json(&sent)?;
    let case = desk::find(core, named(&id)?).await?;
    if !may_see(&caller, &case) {
        return Err(Problem::NotFound("case"));
    }
    if let Some(Err(wrong)) =
        verdict.effects.iter().map(|text| text.parse::<types::Effect>()).find(Result::is_err)
    {
        return Err(Problem::Wrong(wrong));
    }
    let (_, rules) = core.policies.current();
    let decision = engine::preview(&rules, &case, &verdict);
    let decision = decision.ok_or_else(|| Problem::Wrong("the case has no subject".to_owned()))?;
    Ok(Json(Preview {
        statement: decision.statement,
        effects: decision.effects,
        category: decision.dsa.category,
    }))
}

/// Takes a closed case into, or out of, those by which reviewers are measured.
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
) -> Result<Json<WholeCase>, Problem> {
    let sent = body::read(&app, &headers, body).await?;
    let Golden { golden } = body::json(&sent)?;
    let case = desk::set_golden(&app, &caller, named(&id)?, golden).await?;
    whole(&app, &case).await.map(Json)
}
