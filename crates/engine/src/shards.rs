//! Threads that share the parts of the state: each step of a batch is done by all of them at once,
//! each on parts of its own, without locks.
//!
//! Small batches are done by the caller alone; the answer is the same.

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use signal::near::{self, Sketch};
use types::{Counted, Event};

use crate::Rules;
use crate::bench::{Bench, Input};
use crate::counters::digest;
use crate::judge::{Draft, content_facts};
use crate::partition::{PARTS, Partition, Wants, is_strike, part_of, published_now};
use crate::state::{Touch, brings_text};

/// Smaller batches are not worth waking other threads for.
const SHARED_MIN: usize = 64;

/// See the module.
pub(crate) struct Shards {
    /// Nothing means that the caller does everything.
    pool: Option<ThreadPool>,
    benches: Vec<Bench>,
}

/// Events with their numbers, sorted by the shard that owns them.
type Owned<'a> = Vec<Vec<(u32, &'a Event)>>;

/// The events of one shard, with their facts.
type Taken<'a> = Vec<(usize, &'a Event, Draft)>;

impl Shards {
    pub(crate) fn new(threads: usize) -> Self {
        let threads = threads.clamp(1, PARTS);
        let name = |number| format!("shard {number}");
        let build = || ThreadPoolBuilder::new().num_threads(threads).thread_name(name).build();
        // Without threads there is still the caller.
        let pool = (threads > 1).then(build).and_then(Result::ok);
        let threads = if pool.is_some() { threads } else { 1 };
        Self { pool, benches: (0..threads).map(|_| Bench::default()).collect() }
    }

    /// How many threads there are.
    pub(crate) const fn threads(&self) -> usize {
        self.benches.len()
    }

    /// Working memory of the caller.
    pub(crate) fn bench(&mut self) -> &mut Bench {
        &mut self.benches[0]
    }

    /// Forgets what belongs to the rules before.
    pub(crate) fn forget(&mut self) {
        self.benches.iter_mut().for_each(|bench| *bench = Bench::default());
    }

    /// Whether a batch of that size is shared.
    fn pool(&self, events: usize) -> Option<&ThreadPool> {
        self.pool.as_ref().filter(|_| events >= SHARED_MIN)
    }

    /// Parts that one thread owns.
    fn share(&self) -> usize {
        PARTS.div_ceil(self.benches.len())
    }

    fn owned<'a>(&self, events: &[&'a Event], id: impl Fn(&Event) -> Option<&str>) -> Owned<'a> {
        let mut owned: Owned<'a> = vec![Vec::new(); self.benches.len()];
        for (number, event) in (0..).zip(events) {
            if let Some(id) = id(event) {
                owned[part_of(digest(id.as_bytes())) / self.share()].push((number, event));
            }
        }
        owned
    }

    /// What is known of the account of each event.
    pub(crate) fn accounts(
        &self,
        parts: &mut [Partition],
        events: &[&Event],
        drafts: &mut [Draft],
    ) {
        let know = |part: &mut Partition, event: &Event, id: &str| {
            let standing = part.standing(id);
            let flags = part.account_flags(id).filter(|_| event.content_id().is_none());
            let flags = flags.map(|flags| (flags.total, flags.by_reason()));
            part.observe_account(event);
            (standing, flags)
        };
        let put = |draft: &mut Draft, (standing, flags)| {
            draft.facts.account = standing;
            if let Some((total, by_reason)) = flags {
                (draft.facts.flags, draft.facts.flags_for) = (total, by_reason);
            }
        };
        self.step(parts, events, (&Event::account_id, &know), &mut |number, known| {
            put(&mut drafts[number], known);
        });
    }

    /// What is known of the content of each event.
    pub(crate) fn contents(
        &self,
        parts: &mut [Partition],
        (events, program, wants): (&[&Event], &decide::Program, Wants),
        drafts: &mut [Draft],
    ) {
        let know = |part: &mut Partition, event: &Event, _: &str| {
            let mut facts = types::Facts::default();
            content_facts(part, event, (program, wants), &mut facts);
            let seen = event.content_id().and_then(|id| part.contents.get(id));
            let published = seen.and_then(|seen| seen.published_ms);
            part.observe_content(event, program, wants);
            (facts, published.or_else(|| published_now(event)))
        };
        self.step(parts, events, (&Event::content_id, &know), &mut |number, (known, published)| {
            drafts[number].published_ms = published;
            let facts = &mut drafts[number].facts;
            let account = facts.account.take();
            let (flags, flags_for) = (facts.flags, std::mem::take(&mut facts.flags_for));
            *facts = types::Facts { account, ..known };
            if facts.flags == 0 {
                (facts.flags, facts.flags_for) = (flags, flags_for);
            }
        });
    }

    /// Does `act` for each event on the part that owns its id, in order, and hands what comes of it
    /// to `put`.
    fn step<T: Send>(
        &self,
        parts: &mut [Partition],
        events: &[&Event],
        (id, act): (
            &(impl Fn(&Event) -> Option<&str> + Sync),
            &(impl Fn(&mut Partition, &Event, &str) -> T + Sync),
        ),
        put: &mut dyn FnMut(usize, T),
    ) {
        let Some(pool) = self.pool(events.len()) else {
            for (number, event) in events.iter().enumerate() {
                if let Some(id) = id(event) {
                    put(number, act(&mut parts[part_of(digest(id.as_bytes()))], event, id));
                }
            }
            return;
        };
        let (owned, share) = (self.owned(events, id), self.share());
        let shards = parts.par_chunks_mut(share).zip(owned);
        let done: Vec<Vec<(u32, T)>> = pool.install(|| {
            let shard = |(parts, owned): (&mut [Partition], Vec<(u32, &Event)>)| {
                let each = owned.into_iter().filter_map(|(number, event)| {
                    let id = id(event)?;
                    let part = &mut parts[part_of(digest(id.as_bytes())) % share];
                    Some((number, act(part, event, id)))
                });
                each.collect()
            };
            shards.map(shard).collect()
        });
        for (number, what) in done.into_iter().flatten() {
            put(number as usize, what);
        }
    }

    /// The sketch of the text that each event brings.
    pub(crate) fn sketches(&self, events: &[&Event]) -> Vec<Option<Sketch>> {
        let sketch = |event: &&Event| brings_text(event).then(|| near::sketch(event)).flatten();
        match self.pool(events.len()) {
            Some(pool) => pool.install(|| events.par_iter().map(sketch).collect()),
            None => events.iter().map(sketch).collect(),
        }
    }

    /// Which counters count each event.
    pub(crate) fn counted(&mut self, rules: &Rules, events: &[&Event], drafts: &mut [Draft]) {
        let find = |bench: &mut Bench, event: &Event, draft: &mut Draft| {
            draft.counted.extend_from_slice(bench.counted(rules, event, &draft.facts));
        };
        let chunk = events.len().div_ceil(self.benches.len()).max(1);
        if let Some(pool) = self.pool.as_ref().filter(|_| events.len() >= SHARED_MIN) {
            let shares = drafts.par_chunks_mut(chunk).zip(events.par_chunks(chunk));
            let shares = shares.zip(&mut self.benches);
            let each = |((drafts, events), bench): ((&mut [Draft], &[&Event]), &mut Bench)| {
                events.iter().zip(drafts).for_each(|(event, draft)| find(bench, event, draft));
            };
            pool.install(|| shares.for_each(each));
            return;
        }
        for (event, draft) in events.iter().zip(drafts) {
            find(&mut self.benches[0], event, draft);
        }
    }

    /// What the counters hold before each touch; then they count it.
    pub(crate) fn touch(
        &self,
        parts: &mut [Partition],
        events: &[&Event],
        touches: &[Touch],
    ) -> Vec<Option<Counted>> {
        let time = |touch: &Touch| events[touch.event as usize].time.as_millisecond();
        let apply = |part: &mut Partition, touch: &Touch| {
            let counter = part.counter(usize::from(touch.counter));
            counter.touch(touch.key, time(touch), (touch.reads, touch.adds))
        };
        let Some(pool) = self.pool(events.len()) else {
            return touches
                .iter()
                .map(|touch| apply(&mut parts[part_of(touch.key)], touch))
                .collect();
        };
        let share = self.share();
        let mut owned: Vec<Vec<u32>> = vec![Vec::new(); self.benches.len()];
        for (number, touch) in (0..).zip(touches) {
            owned[part_of(touch.key) / share].push(number);
        }
        let shards = parts.par_chunks_mut(share).zip(owned);
        let done: Vec<Vec<(u32, Option<Counted>)>> = pool.install(|| {
            let shard = |(parts, owned): (&mut [Partition], Vec<u32>)| {
                let each = owned.into_iter().map(|number| {
                    let touch = &touches[number as usize];
                    (number, apply(&mut parts[part_of(touch.key) % share], touch))
                });
                each.collect()
            };
            shards.map(shard).collect()
        });
        let mut held = vec![None; touches.len()];
        for (number, what) in done.into_iter().flatten() {
            held[number as usize] = what;
        }
        held
    }

    /// What the rules say of each event, of those that can be true on it if that is known; strikes
    /// count for the events after.
    pub(crate) fn decide(
        &mut self,
        (rules, among): (&Rules, Option<&[&[u32]]>),
        parts: &mut [Partition],
        events: &[&Event],
        drafts: &mut [Draft],
    ) {
        let share = self.share();
        if let Some(pool) = self.pool.as_ref().filter(|_| events.len() >= SHARED_MIN) {
            // Events without an account follow nobody's strikes: any thread may have them.
            let owned = self.owned(events, actor);
            let mut taken: Vec<Taken<'_>> = owned
                .into_iter()
                .map(|owned| {
                    let take = |(number, event): (u32, _)| {
                        let number = number as usize;
                        (number, event, std::mem::take(&mut drafts[number]))
                    };
                    owned.into_iter().map(take).collect()
                })
                .collect();
            let shards = parts.par_chunks_mut(share).zip(&mut taken).zip(&mut self.benches);
            let each =
                |((parts, taken), bench): ((&mut [Partition], &mut Taken<'_>), &mut Bench)| {
                    for (number, event, draft) in taken {
                        let among = among.map(|among| among[*number]);
                        decide_one((bench, rules, among), parts, share, (event, draft));
                    }
                };
            pool.install(|| shards.for_each(each));
            for (number, _, draft) in taken.into_iter().flatten() {
                drafts[number] = draft;
            }
            return;
        }
        for (number, (event, draft)) in events.iter().zip(drafts).enumerate() {
            let among = among.map(|among| among[number]);
            decide_one((&mut self.benches[0], rules, among), parts, PARTS, (event, draft));
        }
    }
}

/// By whom events are shared out: those without an account by their own id.
fn actor(event: &Event) -> Option<&str> {
    event.account_id().or(Some(event.id.as_str()))
}

fn decide_one(
    (bench, rules, among): (&mut Bench, &Rules, Option<&[u32]>),
    parts: &mut [Partition],
    share: usize,
    (event, draft): (&Event, &mut Draft),
) {
    let account = event.account_id();
    let part = account.map(|id| part_of(digest(id.as_bytes())) % share);
    if let (Some(account), Some(part)) = (account, part) {
        let strikes = parts[part].strikes(account);
        if strikes > 0 {
            draft.facts.account.get_or_insert_default().strikes = strikes;
        }
    }
    let input = Input { event, facts: &draft.facts, counters: &draft.counters };
    draft.decision = match among {
        Some(among) => bench.decide_among((rules, among), input),
        None => bench.decide(rules, input),
    };
    if let (Some(account), Some(part)) = (account, part)
        && draft.decision.as_ref().is_some_and(is_strike)
    {
        parts[part].strike(account);
    }
}
