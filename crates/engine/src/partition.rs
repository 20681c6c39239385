//! One part of the state: the accounts, content and counter keys whose digest falls into it.
//!
//! There are always 256 parts, however many threads share them, so that what is forgotten for lack
//! of room does not depend on the machine.

use std::collections::BTreeMap;
use std::sync::Arc;

use decide::{Need, Program};
use hashbrown::HashMap;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use types::{
    Approved, Decision, Effect, Event, EventType, Facts, Standing, Subject, Trait, Velocity,
};

use crate::counters::{Counts, Digest, KeptCounts, Meter, Spec};
use crate::recent::Recent;

/// Number of parts of the state.
pub(crate) const PARTS: usize = 256;

/// The least number of contents that all parts remember; the most is twice as many, about 150 MB.
const CONTENTS_MAX: usize = 512 * 1024;

/// The least number of accounts whose flags are remembered.
const FLAGGED_ACCOUNTS_MAX: usize = 512 * 1024;

/// The most different reasons remembered for the flags on one subject; the rest counts only in the
/// sum.
const FLAG_REASONS_MAX: usize = 32;

/// The most different account classes remembered.
const CLASSES_MAX: u16 = 1000;

/// The part for a digest.
#[expect(clippy::cast_possible_truncation, reason = "the remainder is small")]
pub(crate) const fn part_of(digest: Digest) -> usize {
    // These are not the bits by which tables are searched.
    ((digest >> 64) % PARTS as u128) as usize
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Account {
    registered_ms: Option<i64>,
    class: Option<u16>,
    strikes: u32,
}

/// Kinds of content that letters have words for.
const MEDIA: [&str; 8] = ["video", "photo", "live", "comment", "message", "post", "profile", "ad"];

/// What is remembered of one content.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct SeenContent {
    pub(crate) views: u64,
    /// When it was published, in milliseconds since 1970.
    pub(crate) published_ms: Option<i64>,
    pub(crate) is_removed: bool,
    /// The account that posted it, once an event named it.
    pub(crate) owner: Option<Box<str>>,
    /// The code of its language; zeros if unknown.
    lang: [u8; 3],
    /// Its medium: one more than the place in [`MEDIA`], or 0.
    medium: u8,
    pub(crate) flags: Option<Box<Flags>>,
    pub(crate) velocity: Option<Box<Velocity>>,
    /// Views when a human found nothing wrong, and the policies of that time; without policies the
    /// approval is outdated.
    approved: Option<Box<(u64, Option<u64>)>>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Flags {
    pub(crate) total: u32,
    by_reason: Vec<(Box<str>, u32)>,
}

/// One part of the state.
#[derive(Debug)]
pub(crate) struct Partition {
    accounts: HashMap<Box<str>, Account>,
    classes: Vec<Box<str>>,
    pub(crate) contents: Recent<SeenContent>,
    account_flags: Recent<Flags>,
    /// By the numbers of the program in force.
    counters: Vec<Counts>,
    /// Counters that were stored under policies that are not in force yet.
    waiting: Vec<(Spec, KeptCounts)>,
}

/// The stored form of a part.
#[derive(Deserialize)]
pub(crate) struct KeptPartition {
    accounts: Vec<(Box<str>, Account)>,
    classes: Vec<Box<str>>,
    contents: Recent<SeenContent>,
    account_flags: Recent<Flags>,
    counters: Vec<(Spec, KeptCounts)>,
}

impl Default for Partition {
    fn default() -> Self {
        Self {
            accounts: HashMap::new(),
            classes: Vec::new(),
            contents: Recent::new(CONTENTS_MAX / PARTS),
            account_flags: Recent::new(FLAGGED_ACCOUNTS_MAX / PARTS),
            counters: Vec::new(),
            waiting: Vec::new(),
        }
    }
}

impl Partition {
    /// Orders the counters like `meters`, by the numbers of the program in force. Counters that it
    /// declares differently start anew.
    pub(crate) fn activate(&mut self, meters: &[Arc<Meter>]) {
        let mut known = std::mem::take(&mut self.counters);
        let line_up = |meter: &Arc<Meter>| {
            if let Some(at) = known.iter().position(|other| *other.spec() == meter.spec) {
                return known.swap_remove(at);
            }
            let mut counts = Counts::new(Arc::clone(meter));
            let waiting = self.waiting.iter().position(|(other, _)| *other == meter.spec);
            if let Some(at) = waiting {
                counts.restore(self.waiting.swap_remove(at).1);
            }
            counts
        };
        self.counters = meters.iter().map(line_up).collect();
    }

    /// The standing of the account called `id`.
    pub(crate) fn standing(&self, id: &str) -> Option<Standing> {
        let account = self.accounts.get(id)?;
        let class = account.class.and_then(|class| self.classes.get(usize::from(class)));
        Some(Standing {
            registered_at: account
                .registered_ms
                .and_then(|ms| Timestamp::from_millisecond(ms).ok()),
            class: class.map(ToString::to_string),
            strikes: account.strikes,
        })
    }

    /// Flags on the account itself.
    pub(crate) fn account_flags(&self, id: &str) -> Option<&Flags> {
        self.account_flags.get(id)
    }

    /// Updates the account of an event with what the event reports.
    pub(crate) fn observe_account(&mut self, event: &Event, facts: &Facts) {
        let Some(told) = &event.data.account else { return };
        if told.registered_at.is_some() || told.class.is_some() {
            let class = told.class.as_deref().and_then(|class| self.class(class));
            let registered = told.registered_at.map(Timestamp::as_millisecond);
            let account = self.accounts.entry_ref(told.id.as_str()).or_default();
            account.registered_ms = registered.or(account.registered_ms);
            account.class = class.or(account.class);
        }
        if event.content_id().is_none()
            && let Some(flag) = event.data.flag.as_ref().filter(|_| !facts.is_flag_ignored)
        {
            self.account_flags.entry(&told.id).add(&flag.reason);
        }
    }

    /// Counts the effect of `decision` on `event` for the account called `id`: a strike, or one
    /// less if the decision replaces one.
    pub(crate) fn strike(&mut self, id: &str, event: &Event, decision: &Decision) {
        let case = event.data.case.as_ref();
        let was_strike = case.and_then(|case| case.struck) == Some(true);
        let is_strike = decision.effects.iter().any(Effect::is_strike);
        if was_strike == is_strike {
            return;
        }
        let account = self.accounts.entry_ref(id).or_default();
        let change = if is_strike { 1 } else { -1 };
        account.strikes = account.strikes.saturating_add_signed(change);
    }

    /// Fetches the facts about the content of an event, and updates the content with what the event
    /// reports. Returns when the content was published, if that was known before.
    pub(crate) fn content(
        &mut self,
        event: &Event,
        (program, wants): (&Program, Wants),
        facts: &mut Facts,
    ) -> Option<i64> {
        let content = event.content_id()?;
        if !moves_content(event.kind) {
            let seen = self.contents.get(content)?;
            seen.facts((program, wants), facts);
            return seen.published_ms;
        }
        let seen = self.contents.entry(content);
        seen.facts((program, wants), facts);
        let published = seen.published_ms;
        seen.observe(event, facts, (program, wants));
        published
    }

    /// Updates the content of an event with what the event reports.
    pub(crate) fn observe_content(
        &mut self,
        event: &Event,
        facts: &Facts,
        (program, wants): (&Program, Wants),
    ) {
        if let Some(content) = event.content_id().filter(|_| moves_content(event.kind)) {
            self.contents.entry(content).observe(event, facts, (program, wants));
        }
    }

    /// Records whether content is removed, if it is remembered.
    pub(crate) fn remove(&mut self, content: &str, is_removed: bool) {
        if let Some(seen) = self.contents.get_mut(content) {
            seen.is_removed = is_removed;
        }
    }

    /// Forgets `subject`, if this part contains it.
    pub(crate) fn forget(&mut self, subject: &Subject) {
        match subject.kind() {
            "account" => {
                self.accounts.remove(subject.id());
                self.account_flags.remove(subject.id());
            }
            "content" => self.contents.remove(subject.id()),
            _ => {}
        }
    }

    /// Number of strikes against the account called `id`.
    pub(crate) fn strikes(&self, id: &str) -> u32 {
        self.accounts.get(id).map_or(0, |account| account.strikes)
    }

    /// The counter of that number, for counting.
    pub(crate) fn counter(&mut self, counter: usize) -> &mut Counts {
        &mut self.counters[counter]
    }

    /// Number of accounts with something recorded.
    pub(crate) fn accounts(&self) -> usize {
        self.accounts.len()
    }

    /// For each counter, the number of keys remembered, and of those dropped for lack of room.
    pub(crate) fn keys(&self) -> impl Iterator<Item = (usize, u64)> {
        self.counters.iter().map(|counts| (counts.len(), counts.evicted()))
    }

    /// Number of contents and flagged accounts forgotten for lack of room.
    pub(crate) const fn forgotten(&self) -> u64 {
        self.contents.forgotten() + self.account_flags.forgotten()
    }

    /// The number of a class; `None` if there are absurdly many.
    fn class(&mut self, name: &str) -> Option<u16> {
        let known = self.classes.iter().position(|class| **class == *name);
        let number = u16::try_from(known.unwrap_or(self.classes.len())).ok();
        let number = number.filter(|number| *number < CLASSES_MAX)?;
        if known.is_none() {
            self.classes.push(name.into());
        }
        Some(number)
    }

    /// The stored form.
    pub(crate) fn kept(&self) -> impl Serialize + use<'_> {
        let accounts: Vec<_> = self.accounts.iter().collect();
        let counters: Vec<_> =
            self.counters.iter().map(|counts| (counts.spec(), counts.kept())).collect();
        (accounts, &self.classes, &self.contents, &self.account_flags, counters)
    }

    /// Restores the stored form, with `meters` for the counters.
    pub(crate) fn restored(kept: KeptPartition, meters: &[Arc<Meter>]) -> Self {
        let mut part = Self {
            accounts: kept.accounts.into_iter().collect(),
            classes: kept.classes,
            contents: kept.contents,
            account_flags: kept.account_flags,
            counters: Vec::new(),
            waiting: kept.counters,
        };
        part.activate(meters);
        part
    }
}

/// Whether events of `kind` update what is remembered of their content.
const fn moves_content(kind: EventType) -> bool {
    !kind.is(Trait::Passing) && !kind.is(Trait::Ends)
}

impl SeenContent {
    /// Fetches the facts about it.
    fn facts(&self, (program, wants): (&Program, Wants), facts: &mut Facts) {
        facts.views = self.views;
        if let Some(flags) = self.flags.as_deref() {
            flags.facts(facts);
        }
        if wants.published {
            facts.published_ms = self.published_ms;
        }
        if wants.velocity {
            facts.velocity = self.velocity.as_deref().copied();
        }
        if wants.approved {
            facts.approved = self.approved(program);
        }
    }

    /// Updates it with what an event reports.
    fn observe(&mut self, event: &Event, facts: &Facts, (program, wants): (&Program, Wants)) {
        let data = &event.data;
        self.published_ms = self.published_ms.or_else(|| published_now(event));
        if is_by_its_author(event.kind) {
            self.observe_author(event);
        }
        if let Some(flag) = data.flag.as_ref().filter(|_| !facts.is_flag_ignored) {
            self.flags.get_or_insert_default().add(&flag.reason);
        }
        if wants.approved {
            self.observe_verdict(event, program);
        }
        if let Some(views) = &data.views {
            if wants.velocity {
                let before = Facts {
                    views: self.views,
                    velocity: self.velocity.as_deref().copied(),
                    ..Facts::default()
                };
                self.velocity = Some(Box::new(signal::velocity::after(event, &before)));
            }
            self.views = views.total.max(self.views);
        }
    }

    /// Updates it with what its author said about it.
    fn observe_author(&mut self, event: &Event) {
        if self.owner.is_none() {
            self.owner = event.account_id().map(Into::into);
        }
        let Some(content) = &event.data.content else { return };
        if let Some(code) = content.lang.as_ref().and_then(types::Language::code) {
            self.lang = [0; 3];
            for (at, byte) in self.lang.iter_mut().zip(code.bytes()) {
                *at = byte;
            }
        }
        let medium = MEDIA.iter().position(|known| content.kind.as_deref() == Some(known));
        self.medium = medium.and_then(|at| u8::try_from(at + 1).ok()).unwrap_or(self.medium);
    }

    /// Its language; `None` if unknown.
    pub(crate) fn lang(&self) -> Option<String> {
        let code: Vec<u8> = self.lang.into_iter().filter(|byte| *byte > 0).collect();
        String::from_utf8(code).ok().filter(|code| !code.is_empty())
    }

    /// Its medium: `video`, `photo`, …; `None` if unknown.
    pub(crate) fn medium(&self) -> Option<&'static str> {
        usize::from(self.medium).checked_sub(1).and_then(|at| MEDIA.get(at)).copied()
    }

    fn observe_verdict(&mut self, event: &Event, program: &Program) {
        let verdict = event.data.case.as_ref().and_then(|case| case.verdict.as_deref());
        let is_news = event.kind.is(Trait::News);
        match verdict {
            Some("no_violation") => {
                self.approved = Some(Box::new((self.views, Some(short(program)))));
            }
            Some(_) => self.approved = None,
            None if is_news => outdate(self),
            None => {}
        }
    }

    /// The approval by a human who found nothing wrong, compared with the policies of `program`.
    fn approved(&self, program: &Program) -> Option<Approved> {
        let (views, policies) = **self.approved.as_ref()?;
        Some(Approved { views, is_outdated: policies != Some(short(program)) })
    }
}

fn outdate(seen: &mut SeenContent) {
    if let Some(approved) = &mut seen.approved {
        approved.1 = None;
    }
}

/// The first sixteen digits of the version of `program`.
fn short(program: &Program) -> u64 {
    let digits = program.version.0.get(..16);
    digits.and_then(|digits| u64::from_str_radix(digits, 16).ok()).unwrap_or(0)
}

/// Whether events of this type name the author of the content as their account.
const fn is_by_its_author(kind: EventType) -> bool {
    kind.is(Trait::Brings)
}

impl Flags {
    /// Fetches the facts about them.
    pub(crate) fn facts(&self, facts: &mut Facts) {
        facts.flags = self.total;
        facts.flags_for = self.by_reason();
    }

    fn add(&mut self, reason: &str) {
        self.total = self.total.saturating_add(1);
        let has_room = self.by_reason.len() < FLAG_REASONS_MAX;
        match self.by_reason.iter_mut().find(|(known, _)| **known == *reason) {
            Some((_, count)) => *count = count.saturating_add(1),
            None if has_room => self.by_reason.push((reason.into(), 1)),
            None => {}
        }
    }

    pub(crate) fn by_reason(&self) -> BTreeMap<String, u32> {
        self.by_reason.iter().map(|(reason, count)| (reason.to_string(), *count)).collect()
    }
}

/// What rules need beyond the common facts; the rest is not fetched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wants {
    pub(crate) velocity: bool,
    pub(crate) published: bool,
    pub(crate) approved: bool,
    pub(crate) cluster: bool,
}

/// The meters of the counters of `program`, by number.
pub(crate) fn meters(program: &Program) -> Vec<Arc<Meter>> {
    program.counters.iter().map(|counter| Arc::new(Meter::new(counter, PARTS))).collect()
}

impl Wants {
    pub(crate) fn of(program: &Program) -> Self {
        Self {
            velocity: program.needs(Need::Velocity),
            published: program.needs(Need::Published),
            approved: program.needs(Need::Approved),
            cluster: program.needs(Need::Cluster) || program.reads("content.cluster"),
        }
    }
}

/// The time of `event`, if it publishes its content.
pub(crate) fn published_now(event: &Event) -> Option<i64> {
    event.kind.is(Trait::Begins).then(|| event.time.as_millisecond())
}
