//! A case as it stands in lists.

use casework::{Case, Finding, Kind, Lane, State};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::decisions::detail;
use crate::decisions::one::Delivery;
use crate::filings::time;
use crate::service::problem::Problem;
use crate::service::state::Core;

/// A case in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CaseItem {
    /// Its number: `c-17`.
    pub id: String,
    /// What kind of work.
    pub kind: Kind,
    /// `waiting`, `held` or `closed`.
    pub state: &'static str,
    /// What comes before what.
    pub lane: Lane,
    /// The queue.
    pub queue: String,
    /// Whom or what it is about.
    pub subject: String,
    /// The account concerned.
    pub account: Option<String>,
    /// How many subjects a verdict covers: near-duplicates of the first.
    pub members: usize,
    /// The policy that it is here for.
    pub policy: String,
    /// The severity of that policy, 1 to 10.
    pub severity: u8,
    /// ISO 639-1.
    pub language: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// `video`, `photo`, …
    pub medium: String,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// Until when it must be done, if a clock runs.
    pub due_at: Option<Timestamp>,
    /// Whether its clock ran out.
    pub is_missed: bool,
    /// Who holds it, or closed it.
    pub by: Option<String>,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// When the lease of who holds it ends.
    pub lease_until: Option<Timestamp>,
    /// Flags of users.
    pub flags: u32,
    /// Notices that wait for its verdict.
    pub notices: usize,
    /// Views so far.
    pub views: u64,
    /// Whether specialists are asked for.
    pub is_escalated: bool,
    /// Receivers that were not told of that yet.
    pub unsent: Vec<Delivery>,
    /// Whether only those see it who are cleared.
    pub is_restricted: bool,
    /// What was found.
    pub finding: Option<Finding>,
}

impl CaseItem {
    /// The items of `cases`.
    pub async fn all(core: &Core, cases: &[Case]) -> Result<Vec<Self>, Problem> {
        let mut items = Vec::with_capacity(cases.len());
        for case in cases {
            items.push(Self::of(core, case).await?);
        }
        Ok(items)
    }

    /// The item of `case`.
    pub async fn of(core: &Core, case: &Case) -> Result<Self, Problem> {
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
