//! What is remembered from event to event: standing, flags, views, counters.
//!
//! Derived: replaying the log through [`State::observe`] gives the same state.

use std::collections::BTreeMap;

use decide::Program;
use hashbrown::HashMap;
use jiff::Timestamp;
use types::{
    Decision, Effect, Event, EventKey, EventType, FIELDS, Facts, Standing, Subject, Value,
};

use crate::counters::Counts;
use crate::recent::Recent;

/// Contents remembered, at least; twice as many at most, some 150 MB.
const CONTENTS_MAX: usize = 500_000;

/// Accounts whose flags are remembered, at least.
const FLAGGED_ACCOUNTS_MAX: usize = 500_000;

/// Different reasons remembered of the flags on one subject; the rest counts in the sum only.
const FLAG_REASONS_MAX: usize = 32;

/// Longer counter keys are digested.
const KEY_BYTES_MAX: usize = 40;

#[derive(Debug, Default)]
struct Account {
    registered_at: Option<Timestamp>,
    class: Option<u16>,
    strikes: u32,
}

/// What is remembered of content.
#[derive(Debug, Default)]
struct Seen {
    views: u64,
    /// When it was published, in milliseconds since 1970.
    published_ms: Option<i64>,
    is_removed: bool,
    flags: Option<Box<Flags>>,
}

#[derive(Debug, Default)]
struct Flags {
    total: u32,
    by_reason: Vec<(Box<str>, u32)>,
}

/// See the module.
#[derive(Debug)]
pub struct State {
    accounts: HashMap<Box<str>, Account>,
    classes: Vec<Box<str>>,
    contents: Recent<Seen>,
    account_flags: Recent<Flags>,
    /// By name, so that a counter survives a change of policies.
    counters: HashMap<Box<str>, (i64, Counts)>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            accounts: HashMap::new(),
            classes: Vec::new(),
            contents: Recent::new(CONTENTS_MAX),
            account_flags: Recent::new(FLAGGED_ACCOUNTS_MAX),
            counters: HashMap::new(),
        }
    }
}

/// What an account or content was up to, for those who look at it.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Known {
    /// An account's standing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standing: Option<Standing>,
    /// Flags raised.
    pub flags: u32,
    /// The same by reason.
    pub flags_for: BTreeMap<String, u32>,
    /// Views of content.
    pub views: u64,
    /// When content was published, in milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published_ms: Option<i64>,
    /// Whether content was removed.
    pub is_removed: bool,
}

impl State {
    /// What is known before `event`; the counters that rules read on it go to `counters`, by number.
    pub fn facts(
        &self,
        event: &Event,
        program: &Program,
        counters: &mut Vec<Option<u32>>,
    ) -> Facts {
        let seen = event.content_id().and_then(|id| self.contents.get(id));
        let flags = self.flags_on(event);
        let mut facts = Facts {
            account: event.account_id().and_then(|id| self.standing(id)),
            flags: flags.map_or(0, |flags| flags.total),
            flags_for: flags.map(Flags::by_reason).unwrap_or_default(),
            views: seen.map_or(0, |seen| seen.views),
            counters: BTreeMap::new(),
        };
        counters.clear();
        for counter in &program.counters {
            let count = counter.is_read_on(event.kind).then(|| {
                let key = key(counter.by, event, &facts)?;
                let known = self.counters.get(counter.name.as_str());
                Some(known.map_or(0, |(_, counts)| counts.read(&key, event.time.as_millisecond())))
            });
            counters.push(count.flatten());
        }
        for (counter, count) in program.counters.iter().zip(counters.iter()) {
            if let Some(count @ 1..) = *count {
                facts.counters.insert(counter.name.clone(), count);
            }
        }
        facts
    }

    /// Moves on past `event`, on which `decision` was made and which `counted` counters count.
    pub fn observe(
        &mut self,
        (event, facts): (&Event, &Facts),
        decision: Option<&Decision>,
        program: &Program,
        counted: &[u32],
    ) {
        self.observe_account(event, decision);
        if event.data.flag.is_some() {
            self.observe_flag(event);
        }
        self.observe_content(event, decision);
        for number in counted {
            let counter = &program.counters[*number as usize];
            let Some(key) = key(counter.by, event, facts) else { continue };
            let fresh = || (counter.last_ms, Counts::new(counter.last_ms));
            let known = self.counters.entry_ref(counter.name.as_str()).or_insert_with(fresh);
            if known.0 != counter.last_ms {
                *known = fresh();
            }
            known.1.add(&key, event.time.as_millisecond());
        }
    }

    /// Accounts with something known of them.
    #[must_use]
    pub fn accounts(&self) -> usize {
        self.accounts.len()
    }

    /// Counter keys dropped for want of room, over all counters.
    #[must_use]
    pub fn evicted(&self) -> u64 {
        self.counters.values().map(|(_, counts)| counts.evicted()).sum()
    }

    /// Contents and flagged accounts forgotten for want of room.
    #[must_use]
    pub const fn forgotten(&self) -> u64 {
        self.contents.forgotten() + self.account_flags.forgotten()
    }

    /// What is known of `subject`.
    #[must_use]
    pub fn known(&self, subject: &Subject) -> Known {
        let Some((kind, id)) = subject.0.split_once('/') else { return Known::default() };
        let mut known = Known::default();
        let flags = match kind {
            "account" => {
                known.standing = self.standing(id);
                self.account_flags.get(id)
            }
            "content" => {
                let Some(seen) = self.contents.get(id) else { return known };
                known.views = seen.views;
                known.published_ms = seen.published_ms;
                known.is_removed = seen.is_removed;
                seen.flags.as_deref()
            }
            _ => None,
        };
        if let Some(flags) = flags {
            known.flags = flags.total;
            known.flags_for = flags.by_reason();
        }
        known
    }

    /// When the content of `event` was published, as far as is known, and whether it was removed.
    #[must_use]
    pub fn content_before(&self, event: &Event) -> (Option<i64>, bool) {
        let seen = event.content_id().and_then(|id| self.contents.get(id));
        let published = seen.and_then(|seen| seen.published_ms);
        let published = published.or_else(|| published_now(event));
        (published, seen.is_some_and(|seen| seen.is_removed))
    }

    fn observe_content(&mut self, event: &Event, decision: Option<&Decision>) {
        let Some(content) = event.content_id() else { return };
        let is_removed =
            decision.is_some_and(|decision| decision.effects.contains(&Effect::Remove));
        let published = published_now(event);
        if published.is_none() && event.data.views.is_none() && !is_removed {
            return;
        }
        let seen = self.contents.entry(content);
        seen.views = event.data.views.as_ref().map_or(0, |views| views.total).max(seen.views);
        seen.published_ms = seen.published_ms.or(published);
        seen.is_removed |= is_removed;
    }

    fn standing(&self, id: &str) -> Option<Standing> {
        let account = self.accounts.get(id)?;
        let class = account.class.and_then(|class| self.classes.get(usize::from(class)));
        Some(Standing {
            registered_at: account.registered_at,
            class: class.map(ToString::to_string),
            strikes: account.strikes,
        })
    }

    fn flags_on(&self, event: &Event) -> Option<&Flags> {
        match event.content_id() {
            Some(content) => self.contents.get(content)?.flags.as_deref(),
            None => self.account_flags.get(event.account_id()?),
        }
    }

    fn observe_account(&mut self, event: &Event, decision: Option<&Decision>) {
        let Some(told) = &event.data.account else { return };
        let is_strike =
            decision.is_some_and(|decision| decision.effects.iter().any(types::Effect::is_strike));
        if told.registered_at.is_none() && told.class.is_none() && !is_strike {
            return;
        }
        let class = told.class.as_deref().map(|class| self.class(class));
        let account = self.accounts.entry_ref(told.id.as_str()).or_default();
        account.registered_at = told.registered_at.or(account.registered_at);
        account.class = class.flatten().or(account.class);
        account.strikes = account.strikes.saturating_add(u32::from(is_strike));
    }

    /// The number of a class; nothing once there are absurdly many.
    fn class(&mut self, name: &str) -> Option<u16> {
        let known = self.classes.iter().position(|class| **class == *name);
        let number = known.unwrap_or(self.classes.len());
        if known.is_none() && number < 1000 {
            self.classes.push(name.into());
        }
        u16::try_from(number).ok().filter(|number| *number < 1000)
    }

    fn observe_flag(&mut self, event: &Event) {
        let Some(flag) = &event.data.flag else { return };
        let flags = match (event.content_id(), event.account_id()) {
            (Some(content), _) => &mut **self.contents.entry(content).flags.get_or_insert_default(),
            (None, Some(account)) => self.account_flags.entry(account),
            (None, None) => return,
        };
        flags.total = flags.total.saturating_add(1);
        let has_room = flags.by_reason.len() < FLAG_REASONS_MAX;
        match flags.by_reason.iter_mut().find(|(reason, _)| **reason == *flag.reason) {
            Some((_, count)) => *count = count.saturating_add(1),
            None if has_room => {
                flags.by_reason.push((flag.reason.as_str().into(), 1));
            }
            None => {}
        }
    }
}

impl Flags {
    fn by_reason(&self) -> BTreeMap<String, u32> {
        self.by_reason.iter().map(|(reason, count)| (reason.to_string(), *count)).collect()
    }
}

/// The time of `event`, if it publishes its content.
fn published_now(event: &Event) -> Option<i64> {
    let is_new = matches!(
        event.kind,
        EventType::ContentPublished
            | EventType::LiveStarted
            | EventType::MessageSent
            | EventType::AdSubmitted
    );
    is_new.then(|| event.time.as_millisecond())
}

/// The value of a field as a counter's key; nothing where it is unknown.
fn key<'a>(field: usize, event: &'a Event, facts: &'a Facts) -> Option<std::borrow::Cow<'a, str>> {
    match (FIELDS[field].load)(event, facts) {
        Value::Unknown => None,
        // Long keys (texts, links) are remembered by their digest.
        Value::Str(text) if text.len() > KEY_BYTES_MAX => {
            Some(EventKey::new("", text).hex().into())
        }
        Value::Str(text) => Some(text.into()),
        other => Some(other.to_string().into()),
    }
}

/// The counters of `facts` by number, as they were when the facts were fetched.
#[must_use]
pub fn recorded_counters(event: &Event, facts: &Facts, program: &Program) -> Vec<Option<u32>> {
    let recorded = |counter: &decide::Counter| {
        let is_known = counter.is_read_on(event.kind) && key(counter.by, event, facts).is_some();
        is_known.then(|| facts.counters.get(&counter.name).copied().unwrap_or(0))
    };
    program.counters.iter().map(recorded).collect()
}
