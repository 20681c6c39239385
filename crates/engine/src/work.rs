//! Casework as the loop sees it: which events open cases, and how actions of humans come back as
//! events like any other.

use jiff::Timestamp;
use legal::letter::{Ground, Letter, Source, Thing};
use review::{Case, CaseId, EventInContext, Filing, Request, ReviewQueue, State, Telling, Verdict};
use store::{Aside, AuditRow, CaseRow, FilingRow, RowChange};
use types::event::OURSELVES;
use types::{Decision, Effect, Event, EventKey, EventType, Facts, data};

use crate::Rules;
use crate::error::Error;
use crate::human;
use crate::judge::{Judged, rejudge};

/// Rows that are written in the same commit as events, or by themselves.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// The rows, in order.
    pub changes: Vec<RowChange>,
    /// Values written with them that no proof covers.
    pub asides: Vec<Aside>,
}

impl Rows {
    /// These rows, and nothing else.
    pub fn of(rows: impl IntoIterator<Item = RowChange>) -> Self {
        Self { changes: rows.into_iter().collect(), asides: Vec::new() }
    }

    /// Adds rows.
    pub fn put<'a, T: 'a>(&mut self, rows: impl IntoIterator<Item = &'a T>)
    where
        RowChange: From<&'a T>,
    {
        self.changes.extend(rows.into_iter().map(RowChange::from));
    }
}

/// A notice, an order or an appeal that comes with its event.
#[derive(Clone, Debug, Default)]
pub struct Lodged {
    /// The filing for the review queue.
    pub filing: Filing,
    /// The stored form.
    pub row: FilingRow,
    /// Rows written with it: holds, entries of the audit trail.
    pub beside: Vec<RowChange>,
    /// Requests carried out at once on the case that it opens, in the same commit.
    pub then: Vec<Request>,
}

/// Passes an event to the review queue; returns the case that it touches.
pub(crate) fn see(
    review_queue: &mut ReviewQueue,
    rules: &Rules,
    (event, judged): (&Event, &Judged),
    (filing, now_ms): (Option<&Filing>, i64),
) -> Option<u64> {
    let Facts { views, flags, published_ms, cluster, .. } = &judged.facts;
    let decision = judged.decision.as_ref();
    let policy = filing.and_then(|filing| filing.policy.as_ref());
    let policy = policy.or_else(|| decision.map(|decision| &decision.policy));
    let severity = policy.map_or(5, |id| {
        let known = rules.program.policies.iter().find(|policy| policy.id == *id);
        known.map_or(5, |policy| policy.severity)
    });
    review_queue.see(&EventInContext {
        event,
        decision,
        views: *views,
        flags: *flags,
        published_ms: published_ms.or(judged.before.published_ms),
        cluster: cluster.as_ref().map(|cluster| cluster.id.as_str()),
        severity,
        filing,
        now_ms,
    })
}

/// The stored form of a case.
pub(crate) fn row(case: &Case) -> Result<CaseRow, Error> {
    let (holder, closed_ms) = match &case.state {
        State::Waiting => (String::new(), None),
        State::Held { by, .. } => (by.clone(), None),
        State::Closed { by, at_ms, .. } => (by.clone(), Some(*at_ms)),
    };
    let first = case.members.first();
    Ok(CaseRow {
        id: case.id,
        kind: case.kind.name(),
        state: case.state.name(),
        queue: case.queue.clone(),
        policy: case.policy.clone(),
        language: case.language_code(),
        holder,
        subject: first.map(|member| member.subject.0.clone()).unwrap_or_default(),
        account: first.and_then(|member| member.account.clone()),
        opened_ms: case.opened_ms,
        due_ms: case.due_ms,
        closed_ms,
        of: case.of,
        body: serde_json::to_string(case)?,
    })
}

/// The entry of the audit trail for what happened to a case; a step that concerns many subjects is
/// one entry.
pub(crate) fn audits(tellings: &[Telling]) -> Vec<AuditRow> {
    let first = tellings.first();
    let row = first.map(|telling| AuditRow {
        at_ms: telling.step.at_ms,
        by: telling.step.by.clone(),
        what: telling.step.what.clone(),
        about: match &telling.seen {
            Some(decision) => format!("decision {decision}"),
            None => format!("case {}", CaseId(telling.case)),
        },
        event: event_id(telling),
        ..AuditRow::default()
    });
    row.into_iter().collect()
}

/// The letter owed to the person affected, JSON; `None` if none is owed.
pub(crate) fn letter(rules: &Rules, event: &Event, judged: &Judged) -> Option<serde_json::Value> {
    letter_of(rules, event, judged.decision.as_ref()?)
}

/// The letter about `decision` on `event`, JSON; `None` if none is owed.
pub(crate) fn letter_of(
    rules: &Rules,
    event: &Event,
    decision: &Decision,
) -> Option<serde_json::Value> {
    if !decision.effects.contains(&Effect::Notify) && decision.supersedes.is_empty() {
        return None;
    }
    serde_json::to_value(reasons(rules, event, decision, None)?).ok()
}

/// The statement of reasons for `decision` on `event` (Art. 17 DSA), in `language`, else in that of
/// the content.
#[must_use]
pub fn reasons(
    rules: &Rules,
    event: &Event,
    decision: &Decision,
    language: Option<&str>,
) -> Option<Letter> {
    let policy = human::policy_of(&rules.program, Some(&decision.policy));
    let content = event.data.content.as_ref();
    let told = event.data.case.as_ref();
    // Events of earlier builds do not state it: what they supersede counts as a restriction.
    let lifts = told.and_then(|case| case.lifts) != Some(false);
    let case = told.and_then(|case| case.kind.as_deref());
    let source = match (event.kind, case) {
        (EventType::NoticeReceived, _) | (_, Some("notice")) => Source::Notice,
        (EventType::OrderReceived, _) | (_, Some("order")) => Source::Order,
        (EventType::AppealReceived, _) | (_, Some("appeal")) => Source::Appeal,
        _ => Source::OwnInitiative,
    };
    let told = content.and_then(|content| content.lang.as_ref()?.code());
    let language = language.or(told).or(decision.language.as_deref()).unwrap_or("en");
    let kind = content.and_then(|content| content.kind.as_deref());
    let ground = Ground {
        decision,
        policy_title: &policy.title,
        policy_text: &policy.text,
        thing: Thing::of(decision.subject.kind(), kind),
        title: content.and_then(|content| content.title.as_deref()),
        source,
        lifts: lifts && !decision.supersedes.is_empty(),
    };
    legal::letter::letter(&ground, language)
}

/// The decision that a verdict on a case would become, on its first subject.
#[must_use]
pub fn preview(rules: &Rules, case: &Case, verdict: &Verdict) -> Option<Decision> {
    let telling = case.preview(verdict)?;
    rejudge(rules, &event(&telling), &Facts::default())
}

fn event_id(telling: &Telling) -> String {
    match &telling.seen {
        Some(decision) => format!("seen/{decision}/{}", telling.number),
        None => step_id(telling.case, telling.number),
    }
}

fn step_id(case: u64, number: u64) -> String {
    format!("case/{case}/{number}")
}

/// The key of the event about the step of that number of a case.
pub(crate) fn step_key((case, number): (u64, u64)) -> EventKey {
    EventKey::new(OURSELVES, &step_id(case, number))
}

/// The event about a step of a case, or about a view of a decision.
pub(crate) fn event(telling: &Telling) -> Event {
    let Telling { case, step, seconds, subject, account, said, escalated, .. } = telling;
    let told = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let mut about = data::Case {
        id: telling.seen.clone().unwrap_or_else(|| CaseId(*case).to_string()),
        kind: Some(telling.kind.name().to_owned()),
        step: Some(step.what.clone()),
        by: told(&step.by),
        to: told(&step.to),
        note: told(&step.note),
        seconds: *seconds,
        ..data::Case::default()
    };
    if let Some(said) = said {
        about.policy = Some(said.policy.clone());
        about.verdict = Some(said.word.to_owned());
        about.effects = Some(said.effects.clone());
        about.supersedes = Some(said.supersedes.clone()).filter(|all| !all.is_empty());
        about.silent = Some(true).filter(|_| said.is_silent);
        about.struck = Some(true).filter(|_| said.struck);
        about.lifts = Some(said.lifts).filter(|_| !said.supersedes.is_empty());
    }
    if let Some(policy) = escalated {
        about.policy = Some(policy.clone());
        about.effects = Some(vec![Effect::Escalate.to_string()]);
    }
    let content = (subject.kind() == "content").then(|| data::Content {
        id: subject.id().to_owned(),
        lang: telling.language.clone().map(Into::into),
        kind: told(&telling.medium),
        ..data::Content::default()
    });
    let account = account
        .clone()
        .or_else(|| Some(subject.id().to_owned()).filter(|_| subject.kind() == "account"));
    let account = account.map(|id| data::Account { id, ..data::Account::default() });
    Event {
        id: event_id(telling),
        source: OURSELVES.to_owned(),
        kind: if said.is_some() { EventType::CaseClosed } else { EventType::CaseChanged },
        time: Timestamp::from_millisecond(step.at_ms).unwrap_or_default(),
        subject: Some(subject.clone()),
        data: types::Data {
            case: Some(Box::new(about)),
            content,
            account,
            ..types::Data::default()
        },
    }
}
