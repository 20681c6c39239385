//! What happened in a period, from the store alone, in the form in which accounts count it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use documents::account::{
    Challenge, Demand, DemandKind, Fact, Kind, Outcome, Refusal, Restriction,
};
use documents::statement::Terms;
use documents::tables::Entry;
use engine::Error;
use jiff::Timestamp;
use legal::clock::Ground;
use legal::notice::NoticeChannel;
use legal::order::OrderKind;
use review::{Case, Finding};
use serde::Deserialize;
use store::{FilingFilter, FilingRow, RecordRow, Store};
use types::{Decision, Effect, EventType, Trait};

use crate::filings::notices;
use crate::orders::taking::StoredOrder;
use crate::reports::{Counting, all_filings, case, closed_ms, filed, filings as received};
use crate::statements::mapper::{Depth, Mapper, Stated, happened_in};

/// Entries read at a time.
const CHUNK: u64 = 4000;

/// How often the ledger is read: what was posted, where content came from, what was decided.
pub(super) const PASSES: u64 = 3;

/// Passes everything that happened in the period to `see`; `progress` gets the number of entries
/// read, of [`PASSES`] times the number that there are.
pub(super) async fn each(
    store: &Store,
    counting: &Counting,
    see: &mut (dyn FnMut(&Fact<'_>) + Send),
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<(), Error> {
    uploads(store, counting, see, progress).await?;
    decisions(store, counting, see, progress).await?;
    for row in received(store, counting, "notice").await? {
        notice(store, counting, &row, see).await?;
    }
    for row in received(store, counting, "order").await? {
        demand(store, counting, &row, see).await?;
    }
    annulled(store, counting, see).await?;
    complaints(store, counting, see).await
}

/// The code of a country in reports.
fn country(code: &str) -> &str {
    if code == "EL" { "GR" } else { code }
}

/// What is read of an event to count what was posted.
#[derive(Deserialize)]
struct Posted<'a> {
    #[serde(borrow)]
    r#type: Cow<'a, str>,
    time: Timestamp,
    #[serde(borrow, default)]
    data: PostedData<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PostedData<'a> {
    #[serde(borrow)]
    content: Placed<'a>,
    #[serde(borrow)]
    account: Placed<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Placed<'a> {
    #[serde(borrow)]
    country: Option<Cow<'a, str>>,
}

/// Counts what was posted, by country, from the events themselves: most have no decision.
async fn uploads(
    store: &Store,
    counting: &Counting,
    see: &mut (dyn FnMut(&Fact<'_>) + Send),
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<(), Error> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let mut from = 0;
    while from < counting.size {
        let next = (from + CHUNK).min(counting.size);
        for json in store.events(from, next).await? {
            let event: Posted<'_> = serde_json::from_slice(&json)?;
            let is_posting =
                EventType::from_name(&event.r#type).is_some_and(|kind| kind.is(Trait::Begins));
            if is_posting && counting.period.contains(event.time) {
                let place = event.data.content.country.or(event.data.account.country);
                let place = place.filter(|place| place.len() == 2);
                *counts
                    .entry(country(place.as_deref().unwrap_or_default()).to_owned())
                    .or_default() += 1;
            }
        }
        progress(next);
        from = next;
    }
    for (place, count) in counts {
        see(&Fact {
            entry: Entry::Uploads,
            policy: "",
            category: "",
            keywords: &[],
            country: &place,
            kind: Kind::Uploads(count),
        });
    }
    Ok(())
}

async fn decisions(
    store: &Store,
    counting: &Counting,
    see: &mut (dyn FnMut(&Fact<'_>) + Send),
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<(), Error> {
    let terms = Terms { is_for_figures: true, ..counting.terms.clone() };
    let mut mapper = Mapper::of_all(store.clone(), terms.clone(), Depth::Whole);
    let mut second = |at| progress(counting.size + at);
    mapper.find_origins((counting.size, CHUNK), &mut second).await?;
    let mut from = 0;
    while from < counting.size {
        let until = (from + CHUNK).min(counting.size);
        for one in mapper.read(from, until).await? {
            let is_counted = counting.period.contains(one.decision.time)
                && one.decision.policy != types::ORDERED
                && terms.exempt(&one.decision.policy).is_none()
                && !one.told.imposed.is_empty();
            if is_counted {
                see(&restriction(&one));
            }
        }
        progress(2 * counting.size + until);
        from = until;
    }
    Ok(())
}

fn restriction(one: &Stated) -> Fact<'_> {
    let (decision, told) = (&one.decision, &one.told);
    let after = told.posted_at.map(|posted| decision.time.duration_since(posted));
    let after_ms = after.and_then(|after| i64::try_from(after.as_millis()).ok());
    // That no view was told does not mean that there was none.
    let views = if told.is_at_posting { Some(0) } else { Some(told.views).filter(|one| *one > 0) };
    let is_of_content = decision.subject.kind() == "content";
    Fact {
        entry: Entry::Decision(decision.id.0.clone()),
        policy: &decision.policy,
        category: &decision.dsa.category,
        keywords: &decision.dsa.keywords,
        country: country(&told.country),
        kind: Kind::Restriction(Restriction {
            effects: &told.imposed,
            is_of_content,
            automation: decision.automation,
            source: told.source,
            after_ms: after_ms.filter(|_| is_of_content).map(|after| after.max(0)),
            views: views.filter(|_| is_of_content),
            is_synthetic: told.is_synthetic,
        }),
    }
}

async fn notice(
    store: &Store,
    counting: &Counting,
    row: &FilingRow,
    see: &mut (dyn FnMut(&Fact<'_>) + Send),
) -> Result<(), Error> {
    if row.state == "insufficient" {
        return Ok(());
    }
    let case = case(store, row.case).await?;
    let at_once = filed::at_once(store, row).await?;
    let by_people = case.as_ref().and_then(|case| filed::action(case, counting));
    let action = at_once.or(by_people);
    let assessed = action.as_ref().map(|(_, at_ms)| *at_ms);
    let closed = case.as_ref().and_then(|case| closed_ms(case, counting.known_at));
    let assessed_ms = assessed.or(closed).map(|at_ms| (at_ms - row.received_ms).max(0));
    let verdict = case.as_ref().and_then(|case| case.verdict.as_ref());
    let applied = action.as_ref().map(|(policy, _)| policy.as_str());
    let policy = applied.or_else(|| verdict.map(|one| one.policy.as_str())).unwrap_or_default();
    let category = notices::category_of(row).unwrap_or_default();
    see(&Fact {
        entry: Entry::Notice(row.id.clone()),
        policy,
        category: &category,
        keywords: &[],
        country: "",
        kind: Kind::Notice {
            channel: match notices::channel_of(row) {
                NoticeChannel::User => "user",
                NoticeChannel::TrustedFlagger => "trusted_flagger",
                NoticeChannel::RapidResponse => "rapid_response",
            },
            assessed_ms,
            is_acted_on: action.is_some(),
        },
    });
    Ok(())
}

async fn demand(
    store: &Store,
    counting: &Counting,
    row: &FilingRow,
    see: &mut (dyn FnMut(&Fact<'_>) + Send),
) -> Result<(), Error> {
    let Some(kept) = counted(row) else { return Ok(()) };
    let done_ms = filed::carried_out_ms(store, counting, (row, &kept)).await?;
    let case = case(store, row.case).await?;
    let is_closed = case.as_ref().is_some_and(|case| closed_ms(case, counting.known_at).is_some());
    let verdict = case.as_ref().and_then(|case| case.verdict.as_ref());
    let is_unfounded = is_closed && verdict.is_some_and(|one| one.finding == Finding::NoViolation);
    let hindrance = kept.hindrances.iter().rfind(|one| one.at <= counting.known_at);
    let hindrance = hindrance.filter(|one| one.resumed_at.is_none());
    let refusal = match hindrance.map(|one| one.ground) {
        _ if done_ms.is_some() => None,
        Some(Ground::ForceMajeure) => Some(Refusal::Impossible),
        Some(Ground::ManifestErrors) => Some(Refusal::Errors),
        Some(Ground::InsufficientInformation) => Some(Refusal::Insufficient),
        None => is_unfounded.then_some(Refusal::Unfounded),
    };
    let order = &kept.order;
    let is_annulled = kept.annulled_at.is_some_and(|at| at <= counting.known_at);
    see(&Fact {
        entry: Entry::Order(row.id.clone()),
        country: country(&order.issuing_member_state),
        kind: Kind::Demand(Demand {
            kind: kind(order.kind),
            items: named(&kept),
            found: found(&kept),
            done_ms: done_ms.map(|at_ms| (at_ms - row.received_ms).max(0)),
            refusal,
            is_annulled,
        }),
        ..nothing()
    });
    Ok(())
}

/// The order in `row`, if it is counted: it is no duplicate, not forged, and not erased.
fn counted(row: &FilingRow) -> Option<StoredOrder> {
    let is_counted = !matches!(row.state.as_str(), "duplicate" | "forged");
    StoredOrder::read(row).ok().filter(|_| is_counted)
}

const fn kind(kind: OrderKind) -> DemandKind {
    match kind {
        OrderKind::Removal => DemandKind::Removal,
        OrderKind::Act => DemandKind::Act,
        OrderKind::Inform => DemandKind::Inform,
        OrderKind::Retention => DemandKind::Retention,
    }
}

/// Number of things that an order names.
const fn named(kept: &StoredOrder) -> u64 {
    (kept.order.urls.len() + kept.order.recipients.len()) as u64
}

/// How many of them are known here.
const fn found(kept: &StoredOrder) -> u64 {
    named(kept).saturating_sub((kept.unknown.len() + kept.unseen.len()) as u64)
}

/// A fact of which nothing is known yet.
const fn nothing() -> Fact<'static> {
    Fact {
        entry: Entry::Uploads,
        policy: "",
        category: "",
        keywords: &[],
        country: "",
        kind: Kind::Uploads(0),
    }
}

/// Removal orders that were annulled in the period, whenever they were received: what they took
/// away is reinstated.
async fn annulled(
    store: &Store,
    counting: &Counting,
    see: &mut (dyn FnMut(&Fact<'_>) + Send),
) -> Result<(), Error> {
    let filter = FilingFilter { kind: "order".to_owned(), ..FilingFilter::default() };
    for row in all_filings(store, filter).await? {
        let Some(kept) = counted(&row) else { continue };
        let is_then = kept
            .annulled_at
            .is_some_and(|at| counting.period.contains(at) && at <= counting.known_at);
        if !is_then || filed::carried_out_ms(store, counting, (&row, &kept)).await?.is_none() {
            continue;
        }
        let order = &kept.order;
        see(&Fact {
            entry: Entry::Order(row.id.clone()),
            country: country(&order.issuing_member_state),
            kind: Kind::Annulled { kind: kind(order.kind), items: found(&kept) },
            ..nothing()
        });
    }
    Ok(())
}

/// Complaints: those received in the period with what came of them, and those decided in it,
/// whenever they were received.
async fn complaints(
    store: &Store,
    counting: &Counting,
    see: &mut (dyn FnMut(&Fact<'_>) + Send),
) -> Result<(), Error> {
    let filter = FilingFilter { kind: "appeal".to_owned(), ..FilingFilter::default() };
    for row in all_filings(store, filter).await? {
        let case = case(store, row.case).await?;
        complaint(store, counting, (&row, case.as_ref()), see).await?;
    }
    Ok(())
}

fn is_within(counting: &Counting, ms: i64) -> bool {
    (counting.period.first_ms()..counting.period.end_ms()).contains(&ms)
}

async fn complaint(
    store: &Store,
    counting: &Counting,
    (row, case): (&FilingRow, Option<&Case>),
    see: &mut (dyn FnMut(&Fact<'_>) + Send),
) -> Result<(), Error> {
    let closed_ms = case.and_then(|case| closed_ms(case, counting.known_at));
    let is_received = is_within(counting, row.received_ms);
    let is_decided = closed_ms.is_some_and(|ms| is_within(counting, ms));
    if !is_received && !is_decided {
        return Ok(());
    }
    let Some(record) = store.decision(&row.reference).await?.into_iter().next() else {
        return Ok(());
    };
    let decision: Option<Decision> =
        record.decision.as_deref().and_then(|json| serde_json::from_slice(json).ok());
    // The names of its effects stay if the decision was erased.
    let named: Vec<Effect> = record.effects.split(' ').filter_map(Effect::named).collect();
    let closed = case.filter(|_| closed_ms.is_some());
    let outcome = closed.map(|case| outcome(case, &named));
    let place = place(store, &record, counting.size).await?;
    let dsa = decision.as_ref().map(|decision| &decision.dsa);
    let fact = |kind| Fact {
        entry: Entry::Complaint(row.id.clone()),
        policy: &record.policy,
        category: dsa.map_or("", |dsa| dsa.category.as_str()),
        keywords: dsa.map_or(&[], |dsa| dsa.keywords.as_slice()),
        country: country(&place),
        kind,
    };
    if is_received {
        see(&fact(Kind::Complaint(Challenge { effects: &named, outcome })));
    }
    if is_decided {
        see(&fact(Kind::Settled(Challenge { effects: &named, outcome })));
    }
    Ok(())
}

/// What came of a complaint: by what stands now of the severest that was complained about.
fn outcome(case: &Case, before: &[Effect]) -> Outcome {
    let removes = |effect: &Effect| matches!(effect, Effect::Remove | Effect::Disable { .. });
    let verdict = case.verdict.as_ref().filter(|one| one.finding == Finding::Violation);
    let effects = verdict.map(|one| one.effects.as_slice()).unwrap_or_default();
    let now: Vec<Effect> = effects.iter().filter_map(|text| text.parse().ok()).collect();
    if case.is_upheld() || (before.iter().any(removes) && now.iter().any(removes)) {
        return Outcome::Upheld;
    }
    if now.iter().any(Effect::restricts) { Outcome::Changed } else { Outcome::Reversed }
}

/// Where a decision happened: as it says, else where its content was posted.
async fn place(store: &Store, record: &RecordRow, size: u64) -> Result<String, Error> {
    let subject = record.subject.as_deref().and_then(|subject| subject.strip_prefix("content/"));
    let Some(id) = subject.filter(|_| record.country.is_empty()) else {
        return Ok(record.country.clone());
    };
    let found = engine::origin::origins(store, &BTreeSet::from([id.to_owned()]), size).await?;
    Ok(found.get(id).map(happened_in).unwrap_or_default().to_owned())
}
