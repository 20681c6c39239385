//! The judging thread: takes jobs in order, watches the circuit breakers, and takes snapshots of
//! the state, part by part.

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, PoisonError};

use review::{Acted, CaseId, Request, ReviewQueue, Telling};
use store::{AuditRow, CaseRow, FilingRow, RowChange, Store};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use types::{Event, EventKey, EventType, Incoming};

use crate::breaker::{Breakers, Trip, paused};
use crate::deed::{Deed, Piece};
use crate::error::Error;
use crate::judge::{Judge, Judged};
use crate::pipeline::{Clock, EventResult, Intake, Job, Receipt};
use crate::recorder::Recorded;
use crate::status::Status;
use crate::work::Rows;
use crate::writer::Work;
use crate::{opening, snapshot, work};

/// The number of events after which the next part of the state is taken: all parts in about
/// 1,300,000 events.
const SNAPSHOT_EVENTS: u64 = 5_000;

/// Cases re-scored at each tick: a million in about three minutes.
const RESCORED_A_TICK: usize = 5_000;

/// Leases and clocks processed at one tick; the others follow at the next.
const RUNG_A_TICK: usize = 1_000;

/// Cases whose views were counted and that are stored again at one tick.
const MOVED_A_TICK: usize = 200;

/// The number of events after which the size of the state is counted again, between two ticks.
const TELL_EVENTS: u64 = 10_000;

pub(crate) struct JudgeLoop {
    pub(crate) judge: Judge,
    pub(crate) review_queue: ReviewQueue,
    clock: Clock,
    store: Store,
    handle: Handle,
    status: Arc<Status>,
    breakers: Breakers,
    /// Keys judged but not yet written, which the store does not know; by the number of their work.
    under_way: VecDeque<(u64, HashSet<EventKey>)>,
    pub(crate) number: u64,
    /// Whether the state contains a part of a command that broke off.
    pub(crate) is_torn: bool,
    /// How often judged work had been dropped when the state was last read from the store.
    dropped: u64,
    since_tell: u64,
    since_snapshot: u64,
    /// The next part of the state to take.
    next_part: usize,
    /// Whether something was judged, or replayed from the log, since all parts were taken.
    pub(crate) is_changed: bool,
}

impl JudgeLoop {
    pub(crate) fn new(
        (judge, review_queue, is_changed): (Judge, ReviewQueue, bool),
        (store, handle): (&Store, &Handle),
        status: Arc<Status>,
        clock: &Clock,
    ) -> Self {
        let judge_loop = Self {
            judge,
            review_queue,
            clock: Arc::clone(clock),
            store: store.clone(),
            handle: handle.clone(),
            status,
            breakers: Breakers::default(),
            under_way: VecDeque::new(),
            number: 0,
            is_torn: false,
            dropped: 0,
            since_tell: 0,
            since_snapshot: 0,
            next_part: 0,
            is_changed,
        };
        judge_loop.tell();
        judge_loop.tell_paused();
        judge_loop.tell_cases();
        judge_loop
    }

    pub(crate) fn run(mut self, mut jobs: mpsc::Receiver<Job>, to: &SyncSender<Work>) {
        while let Some(job) = jobs.blocking_recv() {
            let job = match self.mend(to) {
                Ok(()) => job.unless_full(&self.status),
                Err(error) => job.refuse(&self.status, error),
            };
            let is_going_on = job.is_none_or(|job| self.job(job, to));
            if !is_going_on {
                return;
            }
            // So that nobody sees what a command left that broke off; the next job tries again.
            let _ = self.mend(to);
        }
        if self.is_changed && !self.is_behind() && !self.is_torn {
            // This makes the next start fast.
            let _ = (0..snapshot::COUNT).all(|number| self.snapshot(number, to));
        }
    }

    /// Whether the state contains what was dropped, since it could not be written.
    fn is_behind(&self) -> bool {
        self.dropped < self.status.dropped.load(Ordering::Acquire)
    }

    /// Starts again from what the store has, if something could not be written, or a command broke
    /// off; in that case everything before it is written first.
    fn mend(&mut self, to: &SyncSender<Work>) -> Result<(), Error> {
        let gone = |_| Error::WriterGone;
        if self.is_torn {
            let (done, written) = sync_channel(1);
            to.send(Work::Written(done)).map_err(gone)?;
            written.recv().map_err(|_| Error::WriterGone)?;
        } else if !self.is_behind() {
            return Ok(());
        }
        // Something may have been dropped while it waited: the writer then waits for this.
        match self.start_again()? {
            true => to.send(Work::Again).map_err(gone),
            false => Ok(()),
        }
    }

    /// Replaces the state by what the store has; returns whether something was dropped since the
    /// last time. If the store cannot be read, the next job tries again, and nothing is judged
    /// until then.
    pub(crate) fn start_again(&mut self) -> Result<bool, Error> {
        let dropped = self.status.dropped.load(Ordering::Acquire);
        let (rules, threads) = (Arc::clone(self.judge.rules()), self.judge.threads());
        let (settings, at_ms) =
            (self.review_queue.settings().clone(), (self.clock)().as_millisecond());
        // Room for the new state.
        self.judge = Judge::new(Arc::clone(&rules));
        let read = opening::again(&self.store, (&rules, threads), (settings, at_ms));
        (self.judge, self.review_queue) = self.handle.block_on(read)?;
        self.breakers.reset();
        self.under_way.clear();
        let was_behind = self.dropped < dropped;
        (self.dropped, self.is_changed, self.is_torn) = (dropped, true, false);
        self.tell();
        self.tell_paused();
        self.tell_cases();
        Ok(was_behind)
    }

    /// Carries out one job; false if nobody receives the result.
    pub(crate) fn job(&mut self, job: Job, to: &SyncSender<Work>) -> bool {
        self.number += 1;
        match job {
            Job::Take(intake, reply) => self.take(intake, reply, to),
            Job::Activate(what, rules, reply) => {
                let before = self.judge.activate(rules);
                // Dropping lists of a million terms takes time.
                std::thread::spawn(move || drop(before));
                self.is_changed = true;
                self.breakers.reset();
                let (set, change, kept) = *what;
                let (set, number) = (Box::new(set), self.number);
                to.send(Work::Activate { set, change, kept, reply, number }).is_ok()
            }
            Job::Known(subject, reply) => {
                // The caller may have gone.
                let _ = reply.send(self.judge.state().known(&subject));
                true
            }
            Job::Tick(now_ms) => self.tick(now_ms, to),
            Job::Do(deeds, asking) => match self.carry(deeds, asking) {
                Some(work) => to.send(work).is_ok(),
                None => true,
            },
            Job::Erase(erasing) => self.erase(erasing, to),
            Job::Look(look) => {
                look(&self.review_queue);
                true
            }
        }
    }

    /// Judges what was submitted and passes it on; false if nobody receives it.
    fn take(
        &mut self,
        intake: Intake,
        reply: oneshot::Sender<Receipt>,
        to: &SyncSender<Work>,
    ) -> bool {
        let keys: Vec<EventKey> = intake.events.iter().map(|event| event.event.key()).collect();
        let is_known = match self.known(&keys) {
            Ok(is_known) => is_known,
            Err(error) => return self.give_up(error, reply),
        };
        let events = intake.events.iter().zip(&is_known);
        let new: Vec<_> = events.filter(|(_, known)| !**known).map(|(one, _)| &one.event).collect();
        let count = new.len() as u64;
        let judged = self.judge.judge_all(&new);
        let trips = self.watch(&new, &judged);
        let is_about_rules = new.iter().any(|event| event.data.rule.is_some());
        let (mut kept, then) = match self.see(&intake, &is_known, &judged) {
            Ok(kept) => kept,
            Err(error) => return self.give_up(error, reply),
        };
        let mut piece = Piece::default();
        for request in then {
            // What the review queue refuses waits for a human.
            let _ = self.deed(Deed::Act(Box::new(request)), &mut piece);
        }
        let rules = self.judge.rules();
        let mut judged = judged.into_iter();
        let events = intake.events.into_iter().zip(keys).zip(is_known);
        let judged = events.map(|((incoming, key), is_known)| {
            let place = incoming.place;
            let next = if is_known { None } else { judged.next() };
            let done = next.map(|judged| {
                let letter = work::letter(rules, &incoming.event, &judged);
                Recorded { incoming, judged, letter }
            });
            let decision = done.as_ref().and_then(|done| done.judged.decision.clone());
            (EventResult { place, key, seq: None, decision }, done)
        });
        let mut judged: Vec<(EventResult, Option<Recorded>)> = judged.collect();
        judged.append(&mut piece.judged);
        kept.changes.append(&mut piece.kept.changes);
        let (refused, number) = (intake.refused, self.number);
        self.is_changed |= count > 0;
        if is_about_rules {
            self.tell_paused();
        }
        to.send(Work::Judged { judged, refused, kept, reply, number }).is_ok()
            && trips.into_iter().all(|event| self.pause(event, to))
            && self.keep_up(count, to)
    }

    /// Counts a job as done.
    pub(crate) fn over(&self) {
        self.status.jobs.fetch_sub(1, Ordering::Relaxed);
    }

    /// Nothing was stored; the caller, who waits on `reply`, may send it again.
    pub(crate) fn give_up(&self, error: Error, reply: oneshot::Sender<Receipt>) -> bool {
        self.over();
        let _ = reply.send(Err(Arc::new(error)));
        true
    }

    /// Passes new events to the review queue. Returns the rows to write, and the requests to carry
    /// out at once on the cases that they open.
    fn see(
        &mut self,
        intake: &Intake,
        is_known: &[bool],
        judged: &[Judged],
    ) -> Result<(Rows, Vec<Request>), Error> {
        let now_ms = (self.clock)().as_millisecond();
        let (mut kept, mut touched) = (Rows::default(), BTreeSet::new());
        let mut then = Vec::new();
        let new = intake.events.iter().zip(is_known).filter(|(_, known)| !**known);
        for ((incoming, _), judged) in new.zip(judged) {
            let mut lodged = intake.lodged.iter().filter(|(place, _)| *place == incoming.place);
            let lodged = lodged.next().map(|(_, lodged)| lodged);
            let filing = lodged.map(|lodged| &lodged.filing);
            let about = (&incoming.event, judged);
            let case =
                work::see(&mut self.review_queue, self.judge.rules(), about, (filing, now_ms));
            touched.extend(case);
            if let Some(lodged) = lodged {
                kept.put([&FilingRow { case, ..lodged.row.clone() }]);
                kept.changes.extend(lodged.beside.iter().cloned());
                let of = |request: &Request| Request { case: case.map(CaseId), ..request.clone() };
                then.extend(lodged.then.iter().filter(|_| case.is_some()).map(of));
            }
        }
        kept.put(&self.rows(touched)?);
        self.tell_cases();
        Ok((kept, then))
    }

    /// The stored form of the cases with those numbers.
    fn rows(&self, cases: impl IntoIterator<Item = u64>) -> Result<Vec<CaseRow>, Error> {
        cases.into_iter().filter_map(|id| self.review_queue.case(id)).map(work::row).collect()
    }

    /// The rows to write after an action in the review queue.
    pub(crate) fn kept(&self, request: &Request, acted: &Acted) -> Result<Rows, Error> {
        let name = &request.reviewer.name;
        let exposure = self.review_queue.exposure(name).map(serde_json::to_string).transpose()?;
        let touched: BTreeSet<u64> = acted.others.iter().copied().chain([acted.case]).collect();
        let mut kept = Rows::of(exposure.map(|body| RowChange::exposure(name, &body)));
        kept.put(&self.rows(touched)?);
        kept.put(&work::audits(&acted.tellings));
        Ok(kept)
    }

    /// Lets time pass in the review queue.
    fn tick(&mut self, now_ms: i64, to: &SyncSender<Work>) -> bool {
        if std::mem::take(&mut self.since_tell) > 0 {
            self.tell();
        }
        let foretold = self.review_queue.foretold(now_ms, RUNG_A_TICK);
        let keys: Vec<EventKey> = foretold.into_iter().map(work::step_key).collect();
        // What cannot be entered yet is processed at the next tick.
        let Ok(stored) = self.status.room().and_then(|()| self.stored(&keys)) else {
            self.status.missed_ticks.fetch_add(1, Ordering::Relaxed);
            return true;
        };
        self.review_queue.rescore(RESCORED_A_TICK);
        let rung = self.review_queue.tick(now_ms, RUNG_A_TICK);
        let moved = self.review_queue.moved(MOVED_A_TICK);
        if rung.is_empty() && moved.is_empty() {
            return true;
        }
        let told = rung.iter().filter_map(|(id, _)| self.review_queue.case(*id)?.last_telling());
        let told: Vec<Telling> = told.collect();
        let audits: Vec<AuditRow> = told.chunks(1).flat_map(work::audits).collect();
        let done = self.judge_ours(told.iter().map(work::event).collect(), &stored);
        let touched: BTreeSet<u64> = rung.iter().map(|(id, _)| *id).chain(moved).collect();
        let Ok(cases) = self.rows(touched) else { return true };
        // Nobody waits for it.
        let (reply, _) = oneshot::channel();
        self.status.jobs.fetch_add(1, Ordering::Relaxed);
        self.tell_cases();
        let (refused, number) = (vec![], self.number);
        let mut kept = Rows::of(cases.iter().map(RowChange::from));
        kept.put(&audits);
        to.send(Work::Judged { judged: done, refused, kept, reply, number }).is_ok()
    }

    /// Judges events of Probity itself, except those that are `stored`: they are in the log
    /// already.
    pub(crate) fn judge_ours(
        &mut self,
        events: Vec<Event>,
        stored: &HashSet<EventKey>,
    ) -> Vec<(EventResult, Option<Recorded>)> {
        let keys: Vec<EventKey> = events.iter().map(Event::key).collect();
        let is_known = self.mark(&keys, stored);
        let events = events.into_iter().zip(is_known).filter(|(_, is_known)| !is_known);
        let events: Vec<Event> = events.map(|(event, _)| event).collect();
        self.is_changed |= !events.is_empty();
        let judged = self.judge.judge_all(&events.iter().collect::<Vec<_>>());
        let events = events.into_iter().zip(judged).filter_map(|(event, judged)| {
            // An event made here can be written as JSON.
            let json = serde_json::to_vec(&event).ok()?;
            let (key, decision) = (event.key(), judged.decision.clone());
            let letter = work::letter(self.judge.rules(), &event, &judged);
            let done = Recorded { incoming: Incoming { place: 0, event, json }, judged, letter };
            Some((EventResult { place: 0, key, seq: None, decision }, Some(done)))
        });
        events.collect()
    }

    /// Watches the circuit breakers; returns the events that pause rules.
    fn watch(&mut self, events: &[&types::Event], judged: &[Judged]) -> Vec<types::Event> {
        let program = &self.judge.rules().program;
        let mut trips: Vec<(Trip, &types::Event)> = Vec::new();
        for (event, judged) in events.iter().zip(judged) {
            if event.kind == EventType::RuleResumed {
                self.breakers.reset();
            }
            for trip in self.breakers.watch(program, event, judged.decision.as_ref()) {
                if !trips.iter().any(|(known, _)| known.rule == trip.rule) {
                    trips.push((trip, event));
                }
            }
        }
        trips.into_iter().map(|(trip, cause)| paused(trip, cause)).collect()
    }

    /// Pauses a rule, by an event like any other.
    fn pause(&mut self, event: types::Event, to: &SyncSender<Work>) -> bool {
        // A commit of its own: the batch that tripped it may be on disk before this event.
        self.number += 1;
        // If the store cannot be read, the next event that the rule acts on trips it again.
        let Ok(stored) = self.stored(&[event.key()]) else { return true };
        // A log that is judged again contains its own pauses.
        let judged = self.judge_ours(vec![event], &stored);
        if judged.is_empty() {
            return true;
        }
        // Nobody waits for it.
        let (reply, _) = oneshot::channel();
        self.status.jobs.fetch_add(1, Ordering::Relaxed);
        self.status.tripped.fetch_add(1, Ordering::Relaxed);
        self.tell_paused();
        let (refused, kept, number) = (vec![], Rows::default(), self.number);
        to.send(Work::Judged { judged, refused, kept, reply, number }).is_ok()
    }

    /// Counts the size of the state and takes its next part, at intervals.
    fn keep_up(&mut self, events: u64, to: &SyncSender<Work>) -> bool {
        self.since_tell += events;
        self.since_snapshot += events;
        if self.since_tell >= TELL_EVENTS {
            self.since_tell = 0;
            self.tell();
        }
        if self.since_snapshot < SNAPSHOT_EVENTS {
            return true;
        }
        self.since_snapshot = 0;
        let part = self.next_part;
        self.next_part = (part + 1) % snapshot::COUNT;
        self.snapshot(part, to)
    }

    /// Takes a part of the state and passes it on; false if nobody receives it.
    pub(crate) fn snapshot(&self, part: usize, to: &SyncSender<Work>) -> bool {
        let Some(taken) = snapshot::take(self.judge.state(), part) else { return true };
        let policies = self.judge.rules().program.version.clone();
        to.send(Work::Snapshot { part, taken, policies }).is_ok()
    }

    fn tell(&self) {
        let size = self.judge.state().size();
        self.status.accounts.store(size.accounts, Ordering::Relaxed);
        self.status.keys.store(size.keys, Ordering::Relaxed);
        self.status.evicted.store(size.evicted, Ordering::Relaxed);
        self.status.forgotten.store(size.forgotten, Ordering::Relaxed);
    }

    pub(crate) fn tell_cases(&self) {
        self.status.cases.store(self.review_queue.open_count() as u64, Ordering::Relaxed);
    }

    fn tell_paused(&self) {
        let paused = self.judge.state().paused();
        *self.status.paused.lock().unwrap_or_else(PoisonError::into_inner) = paused;
    }

    /// For each key, whether it was accepted earlier, or occurs earlier in the same submission.
    fn known(&mut self, keys: &[EventKey]) -> Result<Vec<bool>, Error> {
        let stored = self.stored(keys)?;
        Ok(self.mark(keys, &stored))
    }

    /// The keys among `keys` that are in the store.
    pub(crate) fn stored(&self, keys: &[EventKey]) -> Result<HashSet<EventKey>, Error> {
        match keys {
            [] => Ok(HashSet::new()),
            keys => Ok(self.handle.block_on(self.store.known(keys))?),
        }
    }

    /// The stored keys among those of the steps `events` of a case; an error if one of the steps is
    /// stored already.
    pub(crate) fn new_steps(&self, events: &[Event]) -> Result<HashSet<EventKey>, Error> {
        let keys: Vec<EventKey> = events.iter().map(Event::key).collect();
        let stored = self.stored(&keys)?;
        match events.iter().find(|event| stored.contains(&event.key())) {
            None => Ok(stored),
            Some(event) => {
                Err(Error::Damaged(format!("the step `{}` is in the log already", event.id)))
            }
        }
    }

    /// For each key, whether it is `stored`, under way, or was submitted before; marks the others
    /// as under way.
    fn mark(&mut self, keys: &[EventKey], stored: &HashSet<EventKey>) -> Vec<bool> {
        let written = self.status.written.load(Ordering::Acquire);
        while self.under_way.front().is_some_and(|(number, _)| *number <= written) {
            self.under_way.pop_front();
        }
        let mut new = HashSet::with_capacity(keys.len());
        let mut is_known = |key: &EventKey| {
            let is_under_way = self.under_way.iter().any(|(_, keys)| keys.contains(key));
            stored.contains(key) || is_under_way || !new.insert(*key)
        };
        let known = keys.iter().map(&mut is_known).collect();
        self.under_way.push_back((self.number, new));
        known
    }
}

#[cfg(test)]
mod tests;
