//! A case as it stands in lists.

use casework::{Case, Finding, Kind, Lane, State};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::decision::Delivery;
use crate::app::Core;
use crate::detail;
use crate::filing::time;
use crate::problem::Problem;

/// A case in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct CaseItem {
    /// Its number: `c-17`.
    pub(crate) id: String,
    /// What kind of work.
    pub(crate) kind: Kind,
    /// `waiting`, `held` or `closed`.
    pub(crate) state: &'static str,
    /// What comes before what.
    pub(crate) lane: Lane,
    /// The queue.
    pub(crate) queue: String,
    /// Whom or what it is about.
    pub(crate) subject: String,
    /// The account concerned.
    pub(crate) account: Option<String>,
    /// How many subjects a verdict covers: near-duplicates of the first.
    pub(crate) members: usize,
    /// The policy that it is here for.
    pub(crate) policy: String,
    /// The severity of that policy, 1 to 10.
    pub(crate) severity: u8,
    /// ISO 639-1.
    pub(crate) language: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub(crate) country: Option<String>,
    /// `video`, `photo`, …
    pub(crate) medium: String,
    /// When it was opened.
    pub(crate) opened_at: Timestamp,
    /// Until when it must be done, if a clock runs.
    pub(crate) due_at: Option<Timestamp>,
    /// Whether its clock ran out.
    pub(crate) is_missed: bool,
    /// Who holds it, or closed it.
    pub(crate) by: Option<String>,
    /// When it was closed.
    pub(crate) closed_at: Option<Timestamp>,
    /// When the lease of who holds it ends.
    pub(crate) lease_until: Option<Timestamp>,
    /// Flags of users.
    pub(crate) flags: u32,
    /// Notices that wait for its verdict.
    pub(crate) notices: usize,
    /// Views so far.
    pub(crate) views: u64,
    /// Whether specialists are asked for.
    pub(crate) is_escalated: bool,
    /// Receivers that were not told of that yet.
    pub(crate) unsent: Vec<Delivery>,
    /// Whether only those see it who are cleared.
    pub(crate) is_restricted: bool,
    /// What was found.
    pub(crate) finding: Option<Finding>,
}

impl CaseItem {
    /// The items of `cases`.
    pub(crate) async fn all(core: &Core, cases: &[Case]) -> Result<Vec<Self>, Problem> {
        let mut items = Vec::with_capacity(cases.len());
        for case in cases {
            items.push(Self::of(core, case).await?);
        }
        Ok(items)
    }

    /// The item of `case`.
    pub(crate) async fn of(core: &Core, case: &Case) -> Result<Self, Problem> {
        let mut item = Self::new(case);
        if let Some(id) = &case.escalation {
            let unsent = detail::unsent(core, id).await?;
            item.unsent = unsent.into_iter().map(Delivery::from).collect();
        }
        Ok(item)
    }

    fn new(case: &Case) -> Self {
        let first = case.members.first();
        let (by, closed_ms, until_ms) = match &case.state {
            State::Waiting => (case.reserved_for.clone(), None, None),
            State::Held { by, until_ms, .. } => (Some(by.clone()), None, Some(*until_ms)),
            State::Closed { by, at_ms, .. } => (Some(by.clone()), Some(*at_ms), None),
        };
        Self {
            id: case.name().to_string(),
            // A blind review is not told apart from others until it is closed.
            kind: if case.is_closed() { case.kind } else { shown(case.kind) },
            state: case.state.name(),
            lane: case.lane,
            queue: case.queue.clone(),
            subject: first.map(|member| member.subject.0.clone()).unwrap_or_default(),
            account: first.and_then(|member| member.account.clone()),
            members: case.members.len(),
            policy: case.policy.clone(),
            severity: case.severity,
            language: case.language.clone(),
            country: case.country.clone(),
            medium: case.medium.clone(),
            opened_at: time(case.opened_ms),
            due_at: case.due_ms.map(time),
            is_missed: case.alarms >= 4,
            by,
            closed_at: closed_ms.map(time),
            lease_until: until_ms.map(time),
            flags: case.flags,
            notices: case.notices.len(),
            views: case.views,
            is_escalated: case.is_escalated,
            unsent: Vec::new(),
            is_restricted: case.is_restricted,
            finding: case.verdict.as_ref().map(|verdict| verdict.finding),
        }
    }
}

/// The kind that the reviewer sees.
const fn shown(kind: Kind) -> Kind {
    if kind.is_measure() { Kind::Review } else { kind }
}
