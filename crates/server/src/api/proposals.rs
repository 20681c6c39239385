//! `/v1/proposals`: changes of rules that wait for a second person, and what became of them.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use engine::Rules;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{Outcome, Proposal};
use utoipa::{IntoParams, ToSchema};

use crate::app::{App, Core};
use crate::body;
use crate::difference::Difference;
use crate::extract::{Asked, Named};
use crate::idempotency;
use crate::overlay;
use crate::permission::{PoliciesRead, RulesApprove, RulesPropose};
use crate::principal::{By, Caller};
use crate::problem::{Details, Problem};
use crate::proposal;
use crate::trial::{self, Checkup, Tested, Trial};

/// Proposals of a page.
pub(crate) const LIMIT: u32 = 100;

/// A proposal in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ProposalItem {
    /// Its number.
    pub(crate) id: u64,
    /// `open`, `approved`, `rejected`, `withdrawn` or `stale`.
    pub(crate) state: &'static str,
    /// What it changes, in one line.
    pub(crate) summary: String,
    /// Who proposes it.
    pub(crate) author: String,
    /// When it was made.
    pub(crate) at: Timestamp,
    /// Why.
    pub(crate) reason: String,
    /// The version of the policy set that it was made against.
    pub(crate) base: String,
    /// How it was decided; nothing while it is open.
    pub(crate) decided: Option<DecidedItem>,
}

/// How a proposal was decided.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct DecidedItem {
    /// By whom.
    pub(crate) by: String,
    /// When.
    pub(crate) at: Timestamp,
    /// Why.
    pub(crate) reason: String,
    /// The version of the policy set that came into force.
    pub(crate) version: Option<String>,
}

/// Everything about a proposal.
#[derive(Serialize, ToSchema)]
pub(crate) struct WholeProposal {
    /// As it stands in the list.
    pub(crate) proposal: ProposalItem,
    /// The files that it changes, with their new texts; null for a file removed.
    pub(crate) files: BTreeMap<String, Option<String>>,
    /// What it changes: in the rules in force while it is open, else in those it was made against.
    pub(crate) difference: Difference,
    /// What is wrong with the rules that it would make.
    pub(crate) checkup: Checkup,
    /// What the cases find with them.
    pub(crate) tested: Tested,
}

/// A page of proposals, the newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProposalPage {
    /// The proposals.
    pub(crate) items: Vec<ProposalItem>,
    /// The number to go on before; nothing if there is no more.
    pub(crate) next: Option<u64>,
}

/// Which proposals.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// `open`, `approved`, `rejected`, `withdrawn` or `stale`; nothing for all.
    pub(crate) state: String,
    /// Only those before this number.
    pub(crate) before: Option<u64>,
}

/// A change to propose.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewProposal {
    /// Names and new texts: `civic.toml`, `lists/ro_voting.txt`; null removes a file.
    files: BTreeMap<String, Option<String>>,
    /// Why, in 1 to 2000 characters.
    reason: String,
}

/// Why something is done.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stated {
    /// Why, in 1 to 2000 characters.
    pub(crate) reason: String,
}

impl ProposalItem {
    /// The item of `proposal`.
    pub(crate) fn new(proposal: &Proposal) -> Self {
        let time = |ms| Timestamp::from_millisecond(ms).unwrap_or_default();
        let proposed = &proposal.proposed;
        let decided = proposal.decided.as_ref().map(|decided| DecidedItem {
            by: decided.by.clone(),
            at: time(decided.at_ms),
            reason: decided.reason.clone(),
            version: decided.version.clone(),
        });
        Self {
            id: proposal.id,
            state: proposal.state(),
            summary: proposed.summary.clone(),
            author: proposed.author.clone(),
            at: time(proposed.made_ms),
            reason: proposed.reason.clone(),
            base: proposed.base.clone(),
            decided,
        }
    }
}

/// Lists proposals, the newest first, a hundred at most.
#[utoipa::path(
    get, path = "/v1/proposals", tag = "rules", security(("key" = ["policies:read"])),
    params(Which),
    responses(
        (status = 200, body = ProposalPage),
        (status = 400, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    _: By<PoliciesRead>,
    Asked(which): Asked<Which>,
) -> Result<Json<ProposalPage>, Problem> {
    page(&app, &which).await.map(Json)
}

/// The page of proposals that is asked for.
pub(crate) async fn page(app: &App, which: &Which) -> Result<ProposalPage, Problem> {
    let state = Some(which.state.as_str()).filter(|state| !state.is_empty());
    let is_known =
        |state: &str| state == "open" || Outcome::ALL.iter().any(|outcome| outcome.name() == state);
    match state {
        Some(state) if !is_known(state) => {
            return Err(Problem::Wrong(format!("no proposal is ever `{state}`")));
        }
        _ => {}
    }
    let found = app.core()?.store.proposals(state, which.before, LIMIT).await?;
    let is_full = found.len() >= LIMIT as usize;
    let next = found.last().map(|last| last.id).filter(|_| is_full);
    Ok(ProposalPage { items: found.iter().map(ProposalItem::new).collect(), next })
}

/// Shows a proposal: what it changes, what is wrong with it, what its cases find.
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
) -> Result<Json<WholeProposal>, Problem> {
    whole(&app, id).await.map(Json)
}

/// Everything about the proposal with that number.
pub(crate) async fn whole(app: &App, id: u64) -> Result<WholeProposal, Problem> {
    let core = app.core()?;
    let proposal = proposal::find(core, id).await?;
    let files = overlay::read(&proposal.proposed.files)?;
    let trial = tried(app, core, &proposal).await?;
    Ok(WholeProposal {
        proposal: ProposalItem::new(&proposal),
        files,
        difference: trial.difference,
        checkup: trial.checkup,
        tested: trial.tested,
    })
}

/// What a proposal would do: to the rules in force while it is open, else to those of then.
async fn tried(app: &App, core: &Core, proposal: &Proposal) -> Result<Trial, Problem> {
    let files = overlay::read(&proposal.proposed.files)?;
    if proposal.decided.is_none() {
        return trial::run(app, files).await;
    }
    let base = proposal::pack(core, &proposal.proposed.base).await?;
    trial::aside(app, move |_, _| {
        let rules = Rules::load(&base).ok();
        trial::whole((&base, rules.as_ref()), &overlay::over(&base, &files))
    })
    .await
}

/// Proposes a change of rules. It is checked and its cases are run; it is in force once somebody
/// else approves it.
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
) -> Result<Response, Problem> {
    let sent = body::read(&app, &headers, body).await?;
    let new: NewProposal = body::json(&sent)?;
    let (headers, body) = (&headers, &sent.bytes);
    let asked = idempotency::Asked { headers, caller: &caller, action: "proposals", body };
    let who = caller.sender();
    let work = async {
        let made = proposal::make(&app, &who, &new.reason, new.files).await?;
        Ok::<_, Problem>(ProposalItem::new(&made))
    };
    idempotency::once(&app, asked, work).await
}

/// How somebody decides on a proposal.
#[derive(Clone, Copy)]
pub(crate) enum Verdict {
    /// It comes into force.
    Approve,
    /// It does not.
    Reject,
    /// Its author takes it back.
    Withdraw,
}

impl Verdict {
    /// Decides the proposal with that number.
    pub(crate) async fn give(
        self,
        app: &App,
        id: u64,
        who: &str,
        reason: &str,
    ) -> Result<ProposalItem, Problem> {
        let done = match self {
            Self::Approve => proposal::approve(app, id, who, reason).await?,
            Self::Reject => proposal::reject(app, id, who, reason).await?,
            Self::Withdraw => proposal::withdraw(app, id, who, reason).await?,
        };
        Ok(ProposalItem::new(&done))
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::Withdraw => "withdraw",
        }
    }
}

async fn decide(
    app: &App,
    caller: &Caller,
    (id, verdict): (u64, Verdict),
    (headers, body): (&HeaderMap, Body),
) -> Result<Response, Problem> {
    let sent = body::read(app, headers, body).await?;
    let Stated { reason } = body::json(&sent)?;
    let action = format!("{} {id}", verdict.name());
    let asked = idempotency::Asked { headers, caller, action: &action, body: &sent.bytes };
    let who = caller.sender();
    idempotency::once(app, asked, verdict.give(app, id, &who, &reason)).await
}

/// Approves what somebody else proposed; it is in force when the answer comes. If a file that it
/// changes was changed since, it is stale, and has to be proposed again.
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
) -> Result<Response, Problem> {
    decide(&app, &caller, (id, Verdict::Approve), (&headers, body)).await
}

/// Says no to what somebody else proposed.
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
) -> Result<Response, Problem> {
    decide(&app, &caller, (id, Verdict::Reject), (&headers, body)).await
}

/// Takes back one's own proposal.
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
) -> Result<Response, Problem> {
    decide(&app, &caller, (id, Verdict::Withdraw), (&headers, body)).await
}
