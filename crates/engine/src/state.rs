//! What is remembered from event to event: standing, flags, views, counters.
//!
//! Derived: replaying the log through [`State::observe`] gives the same state.

use std::collections::BTreeMap;

use decide::Program;
use hashbrown::HashMap;
use jiff::Timestamp;
use types::{Decision, Event, EventKey, FIELDS, Facts, Standing, Value};

use crate::counters::Counts;

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

#[derive(Debug, Default)]
struct Flags {
    total: u32,
    by_reason: Vec<(Box<str>, u32)>,
}

/// See the module.
#[derive(Debug, Default)]
pub struct State {
    accounts: HashMap<Box<str>, Account>,
    classes: Vec<Box<str>>,
    content_flags: HashMap<Box<str>, Flags>,
    account_flags: HashMap<Box<str>, Flags>,
    views: HashMap<Box<str>, u64>,
    /// By name, so that a counter survives a change of policies.
    counters: HashMap<Box<str>, (i64, Counts)>,
}

impl State {
    /// What is known before `event`; the counters that rules read on it go to `counters`, by number.
    pub fn facts(
        &self,
        event: &Event,
        program: &Program,
        counters: &mut Vec<Option<u32>>,
    ) -> Facts {
        let flags = self.flags_on(event);
        let mut facts = Facts {
            account: event.account_id().and_then(|id| self.standing(id)),
            flags: flags.map_or(0, |flags| flags.total),
            flags_for: flags.map(Flags::by_reason).unwrap_or_default(),
            views: event.content_id().and_then(|id| self.views.get(id)).copied().unwrap_or(0),
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
        if let (Some(content), Some(views)) = (event.content_id(), &event.data.views) {
            let known = self.views.entry_ref(content).or_default();
            *known = views.total.max(*known);
        }
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
            Some(content) => self.content_flags.get(content),
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
            (Some(content), _) => self.content_flags.entry_ref(content).or_default(),
            (None, Some(account)) => self.account_flags.entry_ref(account).or_default(),
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
