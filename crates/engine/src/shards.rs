//! Threads that share the parts of the state: all of them work on each step of a batch at once,
//! each on its own parts, without locks.
//!
//! Small batches are done by the caller alone; the result is the same.

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use signal::near::{self, Sketch};
use types::{Counted, Event, Facts};

use crate::Rules;
use crate::bench::{Bench, Input};
use crate::counters::digest;
use crate::judge::Draft;
use crate::partition::{PARTS, Partition, Wants, part_of, published_now};
use crate::state::{Touch, brings_text};

/// Smaller batches are not worth waking other threads for.
const SHARED_MIN: usize = 64;

/// The threads, with their working memory.
pub(crate) struct Shards {
    /// `None`: the caller does everything.
    pool: Option<ThreadPool>,
    benches: Vec<Bench>,
}

/// The events of one shard, with their facts.
type ShardEvents<'a> = Vec<(usize, &'a Event, Draft)>;

impl Shards {
    pub(crate) fn new(threads: usize) -> Self {
        let threads = threads.clamp(1, PARTS);
        let name = |number| format!("shard {number}");
        let build = || ThreadPoolBuilder::new().num_threads(threads).thread_name(name).build();
        // If no threads can be started, the caller does everything.
        let pool = (threads > 1).then(build).and_then(Result::ok);
        let threads = if pool.is_some() { threads } else { 1 };
        Self { pool, benches: (0..threads).map(|_| Bench::default()).collect() }
    }

    /// Number of threads.
    pub(crate) const fn threads(&self) -> usize {
        self.benches.len()
    }

    /// The working memory of the caller.
    pub(crate) fn bench(&mut self) -> &mut Bench {
        &mut self.benches[0]
    }

    /// Clears what belongs to the earlier rules.
    pub(crate) fn forget(&mut self) {
        self.benches.iter_mut().for_each(|bench| *bench = Bench::default());
    }

    /// The threads, if a batch of that size is shared among them.
    fn pool(&self, events: usize) -> Option<&ThreadPool> {
        self.pool.as_ref().filter(|_| events >= SHARED_MIN)
    }

    /// Number of parts that one thread owns.
    fn share(&self) -> usize {
        PARTS.div_ceil(self.benches.len())
    }

    /// Fetches the facts about the account of each event.
    pub(crate) fn accounts(
        &self,
        parts: &mut [Partition],
        events: &[&Event],
        drafts: &mut [Draft],
    ) {
        let know = |part: &mut Partition, event: &Event, facts: &mut Facts| {
            let Some(id) = event.account_id() else { return };
            facts.account = part.standing(id);
            if event.content_id().is_none()
                && let Some(flags) = part.account_flags(id)
            {
                flags.facts(facts);
            }
            part.observe_account(event, facts);
        };
        let act = |part: &mut Partition, event: &Event, draft: &mut Draft| {
            know(part, event, &mut draft.facts);
        };
        self.step(parts, events, drafts, (|draft| draft.account, &act));
    }

    /// Fetches the facts about the content of each event.
    pub(crate) fn contents(
        &self,
        parts: &mut [Partition],
        (events, program, wants): (&[&Event], &decide::Program, Wants),
        drafts: &mut [Draft],
    ) {
        let act = |part: &mut Partition, event: &Event, draft: &mut Draft| {
            let published = part.content(event, (program, wants), &mut draft.facts);
            draft.published_ms = published.or_else(|| published_now(event));
        };
        self.step(parts, events, drafts, (|draft| draft.content, &act));
    }

    /// Calls `act` for each event with the part that `of` names, in order.
    fn step(
        &self,
        parts: &mut [Partition],
        events: &[&Event],
        drafts: &mut [Draft],
        (of, act): (
            fn(&Draft) -> Option<u16>,
            &(impl Fn(&mut Partition, &Event, &mut Draft) + Sync),
        ),
    ) {
        let Some(pool) = self.pool(events.len()) else {
            for (event, draft) in events.iter().zip(drafts) {
                if let Some(part) = of(draft) {
                    act(&mut parts[usize::from(part)], event, draft);
                }
            }
            return;
        };
        let share = self.share();
        let mut taken = self.take(events, drafts, |draft, _| of(draft).map(usize::from));
        let each = |(parts, taken): (&mut [Partition], &mut ShardEvents<'_>)| {
            for (_, event, draft) in taken {
                let part = of(draft).map_or(0, usize::from) % share;
                act(&mut parts[part], event, draft);
            }
        };
        pool.install(|| parts.par_chunks_mut(share).zip(&mut taken).for_each(each));
        give_back(taken, drafts);
    }

    /// Takes the drafts whose part is known, for the threads that own the parts.
    fn take<'a>(
        &self,
        events: &[&'a Event],
        drafts: &mut [Draft],
        part: impl Fn(&Draft, &Event) -> Option<usize>,
    ) -> Vec<ShardEvents<'a>> {
        let mut taken: Vec<ShardEvents<'a>> = self.benches.iter().map(|_| Vec::new()).collect();
        for (number, (event, draft)) in events.iter().zip(drafts).enumerate() {
            if let Some(part) = part(draft, event) {
                taken[part / self.share()].push((number, event, std::mem::take(draft)));
            }
        }
        taken
    }

    /// The sketch of the text in each event, if there is one.
    pub(crate) fn sketches(&self, events: &[&Event]) -> Vec<Option<Sketch>> {
        let sketch = |event: &&Event| brings_text(event).then(|| near::sketch(event)).flatten();
        match self.pool(events.len()) {
            Some(pool) => pool.install(|| events.par_iter().map(sketch).collect()),
            None => events.iter().map(sketch).collect(),
        }
    }

    /// Finds the counters that count each event.
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

    /// The values of the counters before each touch; the touch is then counted.
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

    /// Decides on each event by the rules, or by those of `among` if given: the rules that can be
    /// true on it. Strikes count for the events after.
    pub(crate) fn decide(
        &mut self,
        (rules, among): (&Rules, Option<&[&[u32]]>),
        parts: &mut [Partition],
        events: &[&Event],
        drafts: &mut [Draft],
    ) {
        let share = self.share();
        if let Some(pool) = self.pool.as_ref().filter(|_| events.len() >= SHARED_MIN) {
            // Events without an account do not depend on strikes: any thread may take them.
            let part = |draft: &Draft, event: &Event| {
                let account = draft.account.map(usize::from);
                Some(account.unwrap_or_else(|| part_of(digest(event.id.as_bytes()))))
            };
            let mut taken = self.take(events, drafts, part);
            let shards = parts.par_chunks_mut(share).zip(&mut taken).zip(&mut self.benches);
            let each = |((parts, taken), bench): (
                (&mut [Partition], &mut ShardEvents<'_>),
                &mut Bench,
            )| {
                for (number, event, draft) in taken {
                    let among = among.map(|among| among[*number]);
                    decide_one((bench, rules, among), parts, share, (event, draft));
                }
            };
            pool.install(|| shards.for_each(each));
            give_back(taken, drafts);
            return;
        }
        for (number, (event, draft)) in events.iter().zip(drafts).enumerate() {
            let among = among.map(|among| among[number]);
            decide_one((&mut self.benches[0], rules, among), parts, PARTS, (event, draft));
        }
    }
}

/// Puts drafts back where they were taken from.
fn give_back(taken: Vec<ShardEvents<'_>>, drafts: &mut [Draft]) {
    for (number, _, draft) in taken.into_iter().flatten() {
        drafts[number] = draft;
    }
}

fn decide_one(
    (bench, rules, among): (&mut Bench, &Rules, Option<&[u32]>),
    parts: &mut [Partition],
    share: usize,
    (event, draft): (&Event, &mut Draft),
) {
    let account = event.account_id();
    let part = draft.account.map(|part| usize::from(part) % share);
    if let (Some(account), Some(part)) = (account, part) {
        let strikes = parts[part].strikes(account);
        if strikes > 0 {
            draft.facts.account.get_or_insert_default().strikes = strikes;
        }
    }
    let input = Input { event, facts: &draft.facts, counters: &draft.counters };
    let decision = match among {
        Some(among) => bench.decide_among((rules, among), input),
        None => bench.decide(rules, input),
    };
    draft.decision = decision.map(Box::new);
    if let (Some(account), Some(part), Some(decision)) = (account, part, &draft.decision) {
        parts[part].strike(account, event, decision);
    }
}
