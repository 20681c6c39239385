//! Cases: events with the expected results of the rules, declared next to the rules.

use std::ops::Range;

use serde::Deserialize;
use types::{Data, Effect, Event, EventType, Facts, Standing, Subject};

use crate::declared;
use crate::diagnostic::Diagnostic;

/// The time of cases that do not state one.
const TIME: &str = "2024-11-20T12:00:00Z";

/// A test case for rules.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its name, a sentence.
    pub name: String,
    /// The event.
    pub event: Event,
    /// The facts before the event.
    pub facts: Facts,
    /// The rules that must be true, sorted.
    pub fires: Vec<String>,
    /// The rules that must be unknown, sorted; `None` if that is not checked.
    pub unknown: Option<Vec<String>>,
    /// The effects of the decision, sorted; `None` if that is not checked.
    pub effects: Option<Vec<Effect>>,
    /// The file that declares it.
    pub file: String,
    /// Byte offsets of its name in the file.
    pub span: Range<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KnownFacts {
    #[serde(default)]
    account: Option<KnownAccount>,
    #[serde(default)]
    flags: Option<u32>,
    #[serde(default)]
    flags_for: std::collections::BTreeMap<String, u32>,
    #[serde(default)]
    views: u64,
    #[serde(default)]
    counters: types::Counters,
    #[serde(default)]
    published_at: Option<jiff::Timestamp>,
    #[serde(default)]
    velocity: Option<types::Velocity>,
    #[serde(default)]
    approved: Option<types::Approved>,
    #[serde(default)]
    cluster: Option<types::Cluster>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KnownAccount {
    age_days: Option<i64>,
    registered_at: Option<jiff::Timestamp>,
    class: Option<String>,
    #[serde(default)]
    strikes: u32,
}

/// Reads the case from `declared`.
pub(crate) fn read(
    file: &str,
    declared: declared::Case,
    number: usize,
) -> Result<Case, Box<Diagnostic>> {
    let wrong =
        |span: Range<usize>, message: String| Diagnostic::error("E016", file, span, message);
    let span = declared.event.span();
    let event = read_event(declared.event.get_ref(), file, number)
        .map_err(|message| wrong(span, message).hint("docs/events.md shows each type"))?;
    let facts = match &declared.known {
        Some(known) => {
            read_known(known.get_ref(), &event).map_err(|message| wrong(known.span(), message))?
        }
        None => Facts::default(),
    };
    let sorted = |names: &[toml::Spanned<String>]| {
        let mut names: Vec<String> = names.iter().map(|name| name.get_ref().clone()).collect();
        names.sort();
        names
    };
    let mut effects = None;
    for value in declared.effects.iter().flatten() {
        let effect = crate::effects::effect(value.get_ref())
            .map_err(|error| wrong(value.span(), error.message).hint(error.hint))?;
        effects.get_or_insert_with(Vec::new).push(effect);
    }
    if declared.effects.is_some() {
        effects.get_or_insert_with(Vec::new).sort();
    }
    Ok(Case {
        name: declared.name.get_ref().clone(),
        event,
        facts,
        fires: sorted(&declared.fires),
        unknown: declared.unknown.as_deref().map(sorted),
        effects,
        file: file.to_owned(),
        span: declared.name.span(),
    })
}

fn read_event(table: &toml::Table, file: &str, number: usize) -> Result<Event, String> {
    let text = |key: &str| {
        table.get(key).map(|value| match value {
            toml::Value::String(text) => text.clone(),
            other => other.to_string(),
        })
    };
    let name = text("type").ok_or("the event has no `type`")?;
    let kind = EventType::from_name(&name).ok_or(format!("there is no event type `{name}`"))?;
    let time = text("time").unwrap_or_else(|| TIME.to_owned());
    let time = time.parse().map_err(|_| format!("`{time}` is not a time"))?;
    let mut rest = table.clone();
    rest.retain(|key, _| !["type", "time", "id", "source", "subject"].contains(&key));
    let groups = types::Group::ALL;
    if let Some(unknown) = rest.keys().find(|key| !groups.iter().any(|group| group.name() == **key))
    {
        return Err(format!("events have no group `{unknown}`"));
    }
    let mut json = serde_json::to_value(&rest).map_err(|error| error.to_string())?;
    for (group, members) in json.as_object_mut().into_iter().flatten() {
        if let Some(members) = members.as_object_mut() {
            members.entry("id").or_insert_with(|| format!("{group}-1").into());
        }
    }
    let data: Data = serde_json::from_value(json).map_err(|error| error.to_string())?;
    if let Some(group) = kind.required().iter().find(|group| !group.is_in(&data)) {
        return Err(format!("`{name}` must carry `{}`", group.name()));
    }
    Ok(Event {
        id: text("id").unwrap_or_else(|| format!("{file}-{number}")),
        source: text("source").unwrap_or_else(|| "/case".to_owned()),
        kind,
        time,
        subject: text("subject").map(Subject),
        data,
    })
}

fn read_known(table: &toml::Table, event: &Event) -> Result<Facts, String> {
    let json = serde_json::to_value(table).map_err(|error| error.to_string())?;
    let known: KnownFacts = serde_json::from_value(json).map_err(|error| error.to_string())?;
    let account = known.account.map(|account| {
        let days = account.age_days.map(|days| jiff::SignedDuration::from_hours(days * 24));
        let by_age = days.and_then(|days| event.time.checked_sub(days).ok());
        Standing {
            registered_at: account.registered_at.or(by_age),
            class: account.class,
            strikes: account.strikes,
        }
    });
    let by_reason = known.flags_for.values().sum();
    Ok(Facts {
        account,
        flags: known.flags.unwrap_or(by_reason),
        flags_for: known.flags_for,
        is_flag_ignored: false,
        views: known.views,
        counters: known.counters,
        published_ms: known.published_at.map(jiff::Timestamp::as_millisecond),
        velocity: known.velocity,
        approved: known.approved,
        cluster: known.cluster,
        paused: vec![],
    })
}
