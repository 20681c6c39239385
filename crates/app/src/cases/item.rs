//! Cases as they are shown in lists.

use jiff::Timestamp;
use review::{Case, Finding, Kind, Lane, State};
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
    /// The kind of work; a blind review is shown as `review` until it is closed.
    pub kind: Kind,
    /// `waiting`, `held` or `closed`.
    pub state: &'static str,
    /// Its lane, which decides what comes first.
    pub lane: Lane,
    /// The name of its queue.
    pub queue: String,
    /// The subject: `content/v-1`.
    pub subject: String,
    /// The id of the account concerned; `null` if unknown.
    pub account: Option<String>,
    /// Number of subjects that a verdict covers: the first and its near-duplicates.
    pub members: usize,
    /// The id of the policy that it was opened for.
    pub policy: String,
    /// The severity of that policy, from 1 to 10.
    pub severity: u8,
    /// The language, ISO 639-1; `null` if unknown.
    pub language: Option<String>,
    /// The country, ISO 3166-1 alpha-2; `null` if unknown.
    pub country: Option<String>,
    /// The medium: `video`, `photo`, …; empty if unknown.
    pub medium: String,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// Its deadline; `null` if no clock runs.
    pub due_at: Option<Timestamp>,
    /// Whether its deadline was missed.
    pub is_missed: bool,
    /// The reviewer who holds or closed it, or for whom it is reserved; `null` for nobody.
    pub by: Option<String>,
    /// When it was closed; `null` while it is open.
    pub closed_at: Option<Timestamp>,
    /// When the holder's lease ends; `null` if nobody holds it.
    pub lease_until: Option<Timestamp>,
    /// Number of flags by users.
    pub flags: u32,
    /// Number of notices that wait for its verdict.
    pub notices: usize,
    /// Number of views so far.
    pub views: u64,
    /// Whether it is for specialists.
    pub is_escalated: bool,
    /// Receivers that have not yet accepted the message about the escalation.
    pub unsent: Vec<Delivery>,
    /// Whether only cleared reviewers may see it.
    pub is_restricted: bool,
    /// What the verdict found; `null` until there is a verdict.
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
            // A blind review looks like any other case until it is closed.
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

/// The kind shown to reviewers.
const fn shown(kind: Kind) -> Kind {
    if kind.is_measure() { Kind::Review } else { kind }
}
