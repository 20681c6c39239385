//! Filings: notices, orders and appeals. Each is recorded as an event of our own, together with its
//! stored form, and is answered by the case that deals with it.

pub mod appeals;
pub mod notices;
pub mod notifiers;
pub mod overdue;
pub mod parties;

use std::collections::HashSet;

use engine::{Intake, Lodged};
use jiff::Timestamp;
use review::{Case, Finding, Kind, Member};
use serde::Serialize;
use store::{FilingRow, RowChange};
use types::event::OURSELVES;
use types::{Axis, Data, Decision, Effect, Event, EventType, Incoming, Subject, data};
use utoipa::ToSchema;

use crate::access::account;
use crate::access::caller::{Caller, person};
use crate::cases::review_queue;
use crate::service::problem::Problem;
use crate::service::state::{App, Core};

/// The most decisions searched for the owner of content.
const TRACED_MAX: u32 = 20;

/// The most decisions searched for those that restrict a subject; the newest are used.
const RESTRICTING_MAX: u32 = 200;

/// A new id that cannot be guessed: anyone with the id may see the outcome.
pub fn new_id(app: &App, letter: char) -> String {
    format!("{letter}-{}", hex::encode(app.bytes::<16>()))
}

/// A filing, with the event that reports it.
pub struct Filed {
    event: Event,
    lodged: Lodged,
}

/// The event about a filing; `id` distinguishes it from others of its kind.
pub async fn event(
    app: &App,
    (kind, id, subject): (EventType, &str, &Subject),
    mut data: Data,
    lodged: Lodged,
) -> Result<Filed, Problem> {
    let core = app.core()?;
    if subject.kind() == "content" {
        // The content determines who reviews it, and the language of letters about it.
        let known = core.pipeline.known(subject.clone()).await;
        let known = known.ok_or(Problem::NotReady("stopping"))?;
        data.content = Some(data::Content {
            id: subject.id().to_owned(),
            lang: known.lang.map(|lang| lang.as_str().into()),
            kind: known.medium.map(str::to_owned),
            ..Default::default()
        });
    }
    let mut accounts = lodged.filing.members.iter().filter_map(|member| member.account.clone());
    let account = Some(subject.id().to_owned()).filter(|_| subject.kind() == "account");
    let own = lodged.filing.members.iter().find(|member| member.subject == *subject);
    let account = account.or_else(|| own.and_then(|member| member.account.clone()));
    data.account =
        account.or_else(|| accounts.next()).map(|id| data::Account { id, ..Default::default() });
    let event = Event {
        id: format!("{}/{id}", lodged.row.kind),
        source: OURSELVES.to_owned(),
        kind,
        time: app.now(),
        subject: Some(subject.clone()),
        data,
    };
    Ok(Filed { event, lodged })
}

/// Submits the filings of one command, all in one commit. They are on disk when this returns.
pub async fn lodge(app: &App, filed: Vec<Filed>) -> Result<(), Problem> {
    let core = app.core()?;
    let mut intake = Intake::default();
    for (place, Filed { event, lodged }) in (0..).zip(filed) {
        let json = serde_json::to_vec(&event).map_err(|e| Problem::Internal(e.to_string()))?;
        intake.events.push(Incoming { place, event, json });
        intake.lodged.push((place, lodged));
    }
    let receipt = core.pipeline.take(intake).await?;
    receipt.await.map_err(|_| Problem::NotReady("stopping"))??;
    Ok(())
}

/// The outcome of a filing.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = FilingOutcome)]
pub struct FilingOutcome {
    /// What the verdict found.
    pub finding: Finding,
    /// For an appeal `upheld`, `partly_reversed` or `reversed`; absent for other filings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub appeal: Option<&'static str>,
    /// The effects, one word each.
    pub effects: Vec<String>,
    /// The decision in one sentence, for the person affected. Empty for partners, authorities and
    /// the public.
    pub statement: String,
    /// When it was decided.
    pub decided_at: Timestamp,
    /// Whether it was decided without a human.
    pub automated: bool,
}

/// The case that deals with a filing, and its outcome once the case is closed.
pub async fn outcome(
    core: &Core,
    row: &FilingRow,
) -> Result<(Option<Case>, Option<FilingOutcome>), Problem> {
    let Some(number) = row.case else { return Ok((None, None)) };
    let Ok(case) = review_queue::find(core, review::CaseId(number)).await else {
        return Ok((None, None));
    };
    let (Some(verdict), Some(at_ms)) = (&case.verdict, closed_ms(&case)) else {
        return Ok((Some(case), None));
    };
    let member = case.members.iter().find(|member| Some(&member.subject.0) == row.subject.as_ref());
    let member = member.or_else(|| case.members.first());
    let id = member.and_then(|member| member.verdict.as_deref());
    let decision = match id {
        Some(id) => core.store.decision(id).await?.pop().and_then(|row| row.decision),
        None => None,
    };
    let decision: Option<types::Decision> =
        decision.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let outcome = FilingOutcome {
        finding: verdict.finding,
        appeal: (case.kind == Kind::Appeal).then(|| appeal(&case)),
        effects: verdict.effects.clone(),
        statement: decision.map(|decision| decision.statement).unwrap_or_default(),
        decided_at: time(at_ms),
        automated: case.judge() == Some(review::AUTOMATIC),
    };
    Ok((Some(case), Some(outcome)))
}

/// The result of an appeal. If nothing was restricted, the complaint was that nothing was done, and
/// a measure taken now reverses that decision.
pub(crate) fn appeal(case: &Case) -> &'static str {
    let was_restricted = case.members.iter().any(|member| !member.standing.is_empty());
    match &case.verdict {
        _ if case.is_upheld() => "upheld",
        Some(verdict) if verdict.finding == Finding::NoViolation || !was_restricted => "reversed",
        _ => "partly_reversed",
    }
}

/// When a case was closed, in milliseconds since 1970; `None` while it is open.
pub fn closed_ms(case: &Case) -> Option<i64> {
    match case.state {
        review::State::Closed { at_ms, .. } => Some(at_ms),
        _ => None,
    }
}

/// The time `ms` milliseconds after 1970, or the nearest one that can be represented.
pub fn time(ms: i64) -> Timestamp {
    let end = if ms < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_millisecond(ms).unwrap_or(end)
}

/// The means of redress against a decision (Arts 16(5), 17(3)(f), 20 and 21 DSA).
pub const REDRESS: &str = "You can complain to us free of charge within six months; people \
    decide on it. You can also go to a certified out-of-court dispute settlement body, or to court.";

/// The means of redress against the answer to a complaint, which is given once.
pub const REDRESS_OF_ANSWER: &str = "This answers the complaint for good. You can go to a \
    certified out-of-court dispute settlement body, or to court.";

/// The subject at an address of the platform, or one written as `kind/id`.
pub fn subject(app: &App, url: &str) -> Option<Subject> {
    let settings = &app.settings.casework;
    if let Some(id) = legal::notice::content_id(url, &settings.content_urls) {
        return Some(Subject::new("content", &id));
    }
    if let Some(id) = legal::notice::content_id(url, &settings.account_urls) {
        return Some(Subject::new("account", &id));
    }
    let written = url.split_once('/').filter(|(kind, id)| {
        ["content", "account"].contains(kind) && !id.is_empty() && id.len() <= 400
    });
    written.map(|(kind, id)| Subject::new(kind, id))
}

/// What is remembered of the subject of a filing.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// Whether an event about it was ever seen, or may have been seen and forgotten.
    pub is_seen: bool,
    /// The account that it belongs to, if known.
    pub owner: Option<String>,
}

/// What is remembered of `subject`: in the state, else in decisions about it.
pub async fn trace(core: &Core, subject: &Subject) -> Result<Trace, Problem> {
    if subject.kind() == "account" {
        return Ok(Trace { is_seen: true, owner: Some(subject.id().to_owned()) });
    }
    let known = core.pipeline.known(subject.clone()).await;
    let known = known.ok_or(Problem::NotReady("stopping"))?;
    if known.owner.is_some() {
        return Ok(Trace { is_seen: true, owner: known.owner });
    }
    let filter = store::Filter {
        subject: Some(subject.0.clone()),
        limit: TRACED_MAX,
        ..store::Filter::default()
    };
    let rows = core.store.decisions(&filter).await?.rows;
    let is_seen = known.is_seen || known.may_be_forgotten || !rows.is_empty();
    Ok(Trace { is_seen, owner: rows.into_iter().find_map(|row| row.account) })
}

/// The members of a case about `subjects`, each with the account that a verdict affects.
pub async fn members(core: &Core, subjects: &[Subject]) -> Result<Vec<Member>, Problem> {
    let mut members = Vec::with_capacity(subjects.len());
    for subject in subjects {
        members.push(Member {
            account: trace(core, subject).await?.owner,
            subject: subject.clone(),
            decisions: Vec::new(),
            standing: Vec::new(),
            verdict: None,
        });
    }
    Ok(members)
}

/// The decisions that restrict the visibility of `subject` now: those that no later one superseded.
pub async fn restricting(core: &Core, subject: &Subject) -> Result<Vec<Decision>, Problem> {
    let filter = store::Filter {
        subject: Some(subject.0.clone()),
        is_newest_first: true,
        limit: RESTRICTING_MAX,
        ..store::Filter::default()
    };
    let rows = core.store.decisions(&filter).await?.rows.into_iter();
    let read = |row: store::Listed| serde_json::from_slice(&row.decision?).ok();
    let decisions: Vec<Decision> = rows.filter_map(read).collect();
    let replaced: HashSet<String> =
        decisions.iter().flat_map(|decision| &decision.supersedes).map(|id| id.0.clone()).collect();
    let restricts = |decision: &Decision| {
        let is_visible = |effect: &Effect| effect.axis() == Axis::Visibility;
        !replaced.contains(&decision.id.0) && decision.effects.iter().any(is_visible)
    };
    Ok(decisions.into_iter().filter(restricts).collect())
}

/// `members` with the decisions that restrict them now, which an order replaces. Their restrictions
/// stay in place when the order is annulled.
pub async fn over(core: &Core, mut members: Vec<Member>) -> Result<Vec<Member>, Problem> {
    for member in &mut members {
        for decision in restricting(core, &member.subject).await? {
            let effects = decision.effects.iter().filter(|effect| effect.restricts());
            member.standing.extend(effects.map(ToString::to_string));
            member.decisions.push(decision.id.0);
        }
        member.standing.sort_unstable();
        member.standing.dedup();
    }
    Ok(members)
}

/// An entry of the audit trail: who did what to a filing.
pub fn line(app: &App, by: &Caller, what: &str, about: String) -> RowChange {
    account::line((person(&by.sender()), app.now().as_millisecond()), what, about)
}

/// Refuses access to a filing of another party, without revealing that it exists.
pub fn own(caller: Option<&Caller>, row: &FilingRow) -> Result<(), Problem> {
    match caller.and_then(Caller::party) {
        Some(party) if party != row.party => Err(Problem::NotFound("filing")),
        _ => Ok(()),
    }
}

/// Runs `work` while no other filing is processed, and to its end even if the caller goes away.
pub async fn alone<T: Send + 'static>(
    app: &App,
    work: impl Future<Output = Result<T, Problem>> + Send + 'static,
) -> Result<T, Problem> {
    let app = app.clone();
    let done = tokio::spawn(async move {
        let _turn = app.filing.lock().await;
        work.await
    });
    done.await.map_err(|error| Problem::Internal(error.to_string()))?
}
