//! Counts stored with every commit, which the overview shows without counting again.
//!
//! Days are those of event time. A removal counts once for each content. It is *before any view* if
//! the platform had reported no view, *before any flag* if nobody had complained, and *within a
//! day* if it came within 24 hours of publication: the three rates of proactive moderation that
//! large platforms publish (TikTok, Community Guidelines Enforcement Report).

use store::{DailyCounts, RefusedRow};
use types::{Decision, Effect, Event, Facts};

use crate::judge::Before;
use crate::recorder::country;

const DAY_MS: i64 = 86_400_000;

/// Counts that do not follow from the events and decisions that are kept: removals are counted once
/// for each content, and refused records are kept for a while only.
pub(crate) const NOT_DERIVED: [&str; 2] = ["removed", "refused"];

/// Adds one event, with the decision on it, to `daily_counts`.
pub(crate) fn count(
    (event, facts, before): (&Event, &Facts, Before),
    decision: Option<&Decision>,
    daily_counts: &mut DailyCounts,
) {
    derive(event, decision, daily_counts);
    let removes = |decision: &Decision| decision.effects.contains(&Effect::Remove);
    if decision.is_some_and(removes) && !before.is_removed {
        for key in removal((event, facts), before) {
            *daily_counts.entry(("removed", key.to_owned(), day(event))).or_default() += 1;
        }
    }
}

/// The day of an event.
fn day(event: &Event) -> i64 {
    event.time.as_millisecond().div_euclid(DAY_MS)
}

/// Adds what follows from one event and the decision on it, whatever was before.
pub(crate) fn derive(event: &Event, decision: Option<&Decision>, daily_counts: &mut DailyCounts) {
    let day = day(event);
    let mut add = |name: &'static str, key: &str| {
        *daily_counts.entry((name, key.to_owned(), day)).or_default() += 1;
    };
    if event.data.rejudge.is_none() {
        add("events", event.kind.name());
    }
    let Some(decision) = decision else { return };
    add("policy", &decision.policy);
    add("type", event.kind.name());
    let country = country(event);
    if !country.is_empty() {
        add("country", country);
    }
    for effect in &decision.effects {
        add("effect", effect.name());
    }
    for reason in &decision.reasons {
        let name = match (reason.shadow, reason.unknown) {
            (true, _) => "shadow",
            (false, true) => "unknown",
            (false, false) => "rule",
        };
        add(name, &reason.rule);
    }
}

/// Adds refused records, by reason and day of refusal.
pub(crate) fn refused(rows: &[RefusedRow], daily_counts: &mut DailyCounts) {
    for row in rows {
        let key = ("refused", row.reason.clone(), row.at_ms.div_euclid(DAY_MS));
        *daily_counts.entry(key).or_default() += 1;
    }
}

/// The counts to which a removal is added.
fn removal((event, facts): (&Event, &Facts), before: Before) -> impl Iterator<Item = &'static str> {
    let age = before.published_ms.map(|published| event.time.as_millisecond() - published);
    let parts = [
        ("total", true),
        ("before_view", facts.views == 0 && event.data.views.is_none()),
        ("before_flag", facts.flags == 0 && event.data.flag.is_none()),
        ("within_day", age.is_some_and(|age| age <= DAY_MS)),
    ];
    parts.into_iter().filter(|(_, holds)| *holds).map(|(key, _)| key)
}
