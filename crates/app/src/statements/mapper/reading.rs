//! A decision as it is read, and what can be told of it at once.

use engine::Error;
use engine::replay::event_and_facts;
use store::{LogRow, RecordRow, Store};
use types::{Automation, Decision, Dsa, Effect, Event, Policy, Trait, data};

/// A decision with its event.
pub(super) struct Read {
    pub(super) seq: u64,
    pub(super) decision: Decision,
    pub(super) event: Option<Event>,
    pub(super) published_ms: Option<i64>,
    pub(super) views: u64,
    pub(super) country: String,
}

/// The decisions that `decision` supersedes, with their events; those that were erased are left
/// out.
pub(super) async fn before(
    store: &Store,
    decision: &Decision,
) -> Result<Vec<(Decision, Event)>, Error> {
    let mut before = Vec::new();
    for id in &decision.supersedes {
        let Some(record) = store.decision(&id.0).await?.into_iter().next() else { continue };
        for row in store.log(record.seq, record.seq + 1).await? {
            if let Some(Read { decision, event: Some(event), .. }) = read(&record, Some(&row))? {
                before.push((decision, event));
            }
        }
    }
    Ok(before)
}

/// The decision in `record` with its event, if its row is given; `None` if they were erased.
pub(super) fn read(record: &RecordRow, row: Option<&LogRow>) -> Result<Option<Read>, Error> {
    let Some(json) = &record.decision else { return Ok(None) };
    let (mut event, mut published_ms, mut views) = (None, None, 0);
    if let Some(row) = row {
        let pair = event_and_facts(row.event.as_deref(), row.facts.as_deref())?;
        let Some((told, facts)) = pair else { return Ok(None) };
        (event, published_ms, views) = (Some(told), facts.published_ms, facts.views);
    }
    let decision = serde_json::from_slice(json)?;
    let country = record.country.clone();
    Ok(Some(Read { seq: record.seq, decision, event, published_ms, views, country }))
}

/// Whether people decided on what a rule had restricted.
pub(super) fn is_review(decision: &Decision, superseded: &[(Decision, Event)]) -> bool {
    let by_rule = |(one, _): &(Decision, Event)| {
        one.automation != Automation::NotAutomated && restricts(&one.effects)
    };
    decision.automation == Automation::NotAutomated && superseded.iter().any(by_rule)
}

pub(super) fn restricts(effects: &[Effect]) -> bool {
    effects.iter().any(Effect::restricts)
}

/// Whether an event of that type is about a case.
pub(super) fn is_of_people(kind: &str) -> bool {
    kind.starts_with("case.")
}

/// Whether the event is that in which its content was posted.
pub(super) fn is_dated(event: &Event) -> bool {
    event.kind.is(Trait::Begins)
}

/// The content that a decision is about, if nothing that was read says when it was posted.
pub(super) fn undated(read: &Read) -> Option<&str> {
    let event = read.event.as_ref()?;
    let is_known = read.published_ms.is_some() || is_dated(event);
    event.content_id().filter(|_| !is_known && restricts(&read.decision.effects))
}

/// The content: as the event has it, with what only the event that brought it says.
pub(super) fn content(event: &Event, origin: Option<&Event>) -> Option<data::Content> {
    let own = event.data.content.clone()?;
    let Some(brought) = origin.and_then(|origin| origin.data.content.as_ref()) else {
        return Some(own);
    };
    Some(data::Content { kind: own.kind.or_else(|| brought.kind.clone()), ..brought.clone() })
}

/// The places in the law of the other policies among the reasons that had effect.
pub(super) fn further<'a>(decision: &Decision, policies: &'a [Policy]) -> Vec<&'a Dsa> {
    let has_part = |policy: &&Policy| {
        policy.id != decision.policy
            && decision.reasons.iter().any(|reason| {
                !reason.shadow && reason.policy == policy.id && restricts(&reason.effects)
            })
    };
    policies.iter().filter(has_part).map(|policy| &policy.dsa).collect()
}

/// Where an event happened: where its content was posted, else the home country of the account;
/// ISO 3166-1 alpha-2, empty if unknown.
#[must_use]
pub fn happened_in(event: &Event) -> &str {
    let content = event.data.content.as_ref().and_then(|content| content.country.as_deref());
    let account = || event.data.account.as_ref().and_then(|account| account.country.as_deref());
    content.or_else(account).filter(|country| country.len() == 2).unwrap_or_default()
}
