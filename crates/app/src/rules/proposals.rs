//! Changes of rules that wait for a second person, and what became of them.

use std::collections::BTreeMap;

use engine::Rules;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{Outcome, Proposal};
use utoipa::{IntoParams, ToSchema};

use crate::rules::difference::Difference;
use crate::rules::trial::{self, Checkup, Tested, Trial};
use crate::rules::{overlay, proposal};
use crate::service::problem::Problem;
use crate::service::state::{App, Core};

/// Proposals of a page.
pub const LIMIT: u32 = 100;

/// A proposal in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProposalItem {
    /// Its number.
    pub id: u64,
    /// `open`, `approved`, `rejected`, `withdrawn` or `stale`.
    pub state: &'static str,
    /// What it changes, in one line.
    pub summary: String,
    /// Who proposes it.
    pub author: String,
    /// When it was made.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
    /// The version of the policy set that it was made against.
    pub base: String,
    /// How it was decided; nothing while it is open.
    pub decided: Option<DecidedItem>,
}

/// How a proposal was decided.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DecidedItem {
    /// By whom.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
    /// The version of the policy set that came into force.
    pub version: Option<String>,
}

/// Everything about a proposal.
#[derive(Serialize, ToSchema)]
pub struct WholeProposal {
    /// As it stands in the list.
    pub proposal: ProposalItem,
    /// The files that it changes, with their new texts; null for a file removed.
    pub files: BTreeMap<String, Option<String>>,
    /// What it changes: in the rules in force while it is open, else in those it was made against.
    pub difference: Difference,
    /// What is wrong with the rules that it would make.
    pub checkup: Checkup,
    /// What the cases find with them.
    pub tested: Tested,
}

/// A page of proposals, the newest first.
#[derive(Serialize, ToSchema)]
pub struct ProposalPage {
    /// The proposals.
    pub items: Vec<ProposalItem>,
    /// The number to go on before; nothing if there is no more.
    pub next: Option<u64>,
}

/// Which proposals.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// `open`, `approved`, `rejected`, `withdrawn` or `stale`; nothing for all.
    pub state: String,
    /// Only those before this number.
    pub before: Option<u64>,
}

/// A change to propose.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProposal {
    /// Names and new texts: `civic.toml`, `lists/ro_voting.txt`; null removes a file.
    pub files: BTreeMap<String, Option<String>>,
    /// Why, in 1 to 2000 characters.
    pub reason: String,
}

/// Why something is done.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Stated {
    /// Why, in 1 to 2000 characters.
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

/// The page of proposals that is asked for.
pub async fn page(app: &App, which: &Which) -> Result<ProposalPage, Problem> {
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

/// Everything about the proposal with that number.
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

/// How somebody decides on a proposal.
#[derive(Clone, Copy)]
pub enum Verdict {
    /// It comes into force.
    Approve,
    /// It does not.
    Reject,
    /// Its author takes it back.
    Withdraw,
}

impl Verdict {
    /// Decides the proposal with that number.
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

/// How many proposals wait to be decided.
pub async fn open(app: &App) -> Result<u64, Problem> {
    Ok(app.core()?.store.open_proposals().await?)
}
