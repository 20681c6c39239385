//! What a decision goes back to: the notice, if there was one, and who found what was decided on.

use documents::statement::Source;
use engine::{Error, VERDICT};
use legal::notice::NoticeChannel;
use review::{Case, CaseId, Kind};
use store::Store;
use types::{Automation, Decision, Event};

use super::reading::before;
use crate::filings::notices;

/// A complaint about a decision on a complaint …: followed so far and no further.
const EARLIER_MAX: usize = 8;

/// The case that `event` closed.
pub(super) async fn case(store: &Store, event: &Event) -> Result<Option<Case>, Error> {
    let id = event.data.case.as_ref().and_then(|case| case.id.parse::<CaseId>().ok());
    let Some(id) = id else { return Ok(None) };
    let body = store.case(id.0).await?;
    Ok(body.map(|json| serde_json::from_str(&json)).transpose()?)
}

/// What a decision goes back to. A decision on a complaint goes back to what the one before did.
pub(super) async fn of(
    store: &Store,
    (event, own): (&Event, Option<&Case>),
    superseded: &[(Decision, Event)],
) -> Result<Source, Error> {
    if let Some(notice) = &event.data.notice {
        return Ok(of_channel(notice.channel.as_deref()));
    }
    let mut cases: Vec<u64> = own.map(|case| case.id).into_iter().collect();
    let mut earlier = superseded.to_vec();
    for _ in 0..EARLIER_MAX {
        let Some((decision, event)) = earlier.pop() else { break };
        if let Some(notice) = &event.data.notice {
            return Ok(of_channel(notice.channel.as_deref()));
        }
        cases.extend(case(store, &event).await?.map(|case| case.id));
        earlier.extend(before(store, &decision).await?);
    }
    let mut source = Source::Voluntary;
    for case in cases {
        for row in store.filings_of_case(case).await? {
            if row.kind == "notice" {
                source = stronger(source, notices::channel_of(&row));
            }
        }
    }
    Ok(source)
}

/// Whether a rule found it, before a notice did.
pub(super) fn is_found_by_machine(
    decision: &Decision,
    event: Option<&Event>,
    case: Option<&Case>,
    superseded: &[(Decision, Event)],
) -> bool {
    if !decision.reasons.iter().any(|reason| reason.rule == VERDICT) {
        return event.is_none_or(|event| event.data.notice.is_none());
    }
    // Rules may look at notices as well: what they then find, the notifier found before.
    let by_rule = case.is_some_and(|case| case.kind != Kind::Notice && !case.rules.is_empty());
    let by_machine = |(one, event): &(Decision, Event)| {
        one.automation != Automation::NotAutomated && event.data.notice.is_none()
    };
    by_rule || superseded.iter().any(by_machine)
}

fn of_channel(channel: Option<&str>) -> Source {
    match channel {
        Some("trusted_flagger") => Source::TrustedFlagger,
        Some("rapid_response") => Source::Other,
        _ => Source::Notice,
    }
}

/// Of several notices, that of a trusted flagger counts before that of anybody, and that before
/// other notifications.
fn stronger(source: Source, channel: NoticeChannel) -> Source {
    match (source, channel) {
        (Source::TrustedFlagger, _) | (_, NoticeChannel::TrustedFlagger) => Source::TrustedFlagger,
        (Source::Notice, _) | (_, NoticeChannel::User) => Source::Notice,
        (_, NoticeChannel::RapidResponse) => Source::Other,
    }
}
