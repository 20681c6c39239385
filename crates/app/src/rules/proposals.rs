//! Proposals: changes of rules that wait for a second person, and their outcomes.

use std::collections::BTreeMap;

use engine::Rules;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{Proposal, ProposalOutcome};
use utoipa::{IntoParams, ToSchema};

use crate::rules::difference::Difference;
use crate::rules::trial::{self, Checkup, Tested, Trial};
use crate::rules::{overlay, proposal};
use crate::service::problem::Problem;
use crate::service::state::{App, Core};

/// Proposals per page.
pub const LIMIT: u32 = 100;

/// A proposal in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProposalItem {
    /// Its number.
    pub id: u64,
    /// `open`, `approved`, `rejected`, `withdrawn` or `stale`.
    pub state: &'static str,
    /// The change in one line.
    pub summary: String,
    /// The name of the person who proposes it.
    pub author: String,
    /// When it was made.
    pub at: Timestamp,
    /// The reason for the change.
    pub reason: String,
    /// The version of the policy set that it was made against.
    pub base: String,
    /// The decision on it; `null` while it is open.
    pub decided: Option<DecidedItem>,
}

/// The decision on a proposal.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DecidedItem {
    /// The name of the person who decided.
    pub by: String,
    /// When it was decided.
    pub at: Timestamp,
    /// The reason for the decision.
    pub reason: String,
    /// The version of the policy set that came into force; `null` if none did.
    pub version: Option<String>,
}

/// A proposal with its files, and the results of trying it.
#[derive(Serialize, ToSchema)]
pub struct WholeProposal {
    /// The fields shown in lists.
    pub proposal: ProposalItem,
    /// The changed files: names and new texts; `null` for a removed file.
    pub files: BTreeMap<String, Option<String>>,
    /// The difference from the rules in force while it is open, otherwise from those it was made
    /// against.
    pub difference: Difference,
    /// What is wrong with the resulting rules.
    pub checkup: Checkup,
    /// The results of the tests with the resulting rules.
    pub tested: Tested,
}

/// A page of proposals, newest first.
#[derive(Serialize, ToSchema)]
pub struct ProposalPage {
    /// The proposals.
    pub items: Vec<ProposalItem>,
    /// The value of `before` for the next page; `null` if there are no more proposals.
    pub next: Option<u64>,
}

/// Filters for proposals; every filter that is set must match.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ProposalQuery {
    /// `open`, `approved`, `rejected`, `withdrawn` or `stale`. Empty: all.
    pub state: String,
    /// Only proposals with a number below this; for the next page, `next` of the last one.
    pub before: Option<u64>,
}

/// A change to propose.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProposal {
    /// The changed files: names (`civic.toml`, `lists/ro_voting.txt`) and new texts; `null` removes
    /// a file.
    pub files: BTreeMap<String, Option<String>>,
    /// The reason, in 1 to 2000 characters.
    pub reason: String,
}

/// The reason for an action.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Stated {
    /// The reason, in 1 to 2000 characters.
    pub reason: String,
}

impl ProposalItem {
    /// The item of `proposal`.
    pub fn new(proposal: &Proposal) -> Self {
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

/// The page of proposals that match `which`.
pub async fn page(app: &App, which: &ProposalQuery) -> Result<ProposalPage, Problem> {
    let state = Some(which.state.as_str()).filter(|state| !state.is_empty());
    let is_known = |state: &str| {
        state == "open" || ProposalOutcome::ALL.iter().any(|outcome| outcome.name() == state)
    };
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

/// The proposal with that number, with its files and the results of trying it.
pub async fn whole(app: &App, id: u64) -> Result<WholeProposal, Problem> {
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

/// The results of trying a proposal: on the rules in force while it is open, otherwise on those it
/// was made against.
async fn tried(app: &App, core: &Core, proposal: &Proposal) -> Result<Trial, Problem> {
    let files = overlay::read(&proposal.proposed.files)?;
    if proposal.decided.is_none() {
        return trial::run(app, files).await;
    }
    let base = proposal::policy_set(core, &proposal.proposed.base).await?;
    trial::aside(app, move |_, _| {
        let rules = Rules::load(&base).ok();
        trial::whole((&base, rules.as_ref()), &overlay::over(&base, &files))
    })
    .await
}

/// A decision on a proposal.
#[derive(Clone, Copy)]
pub enum Verdict {
    /// It is activated.
    Approve,
    /// It is rejected.
    Reject,
    /// Its author withdraws it.
    Withdraw,
}

impl Verdict {
    /// Makes this decision on the proposal with that number.
    pub async fn give(
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

    /// Its name in addresses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::Withdraw => "withdraw",
        }
    }
}

/// Number of proposals that are not decided yet.
pub async fn open(app: &App) -> Result<u64, Problem> {
    Ok(app.core()?.store.open_proposals().await?)
}
