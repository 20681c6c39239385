//! The thread that judges: takes jobs in order, watches the circuit breakers, and takes snapshots of
//! the state, part by part.

use std::collections::{HashSet, VecDeque};
use std::sync::atomic::Ordering;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, PoisonError};

use store::Store;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use types::{EventKey, EventType, Incoming};

use crate::breaker::{Breakers, Trip, paused};
use crate::error::Error;
use crate::judge::{Judge, Judged};
use crate::pipeline::{Intake, Job, Receipt, Status, Taken};
use crate::recorder::Done;
use crate::snapshot;
use crate::writer::Work;

/// Events after which another part of the state is taken: all of them in some 1,300,000 events.
const SNAPSHOT_EVENTS: u64 = 5_000;

/// Events after which what is remembered is counted again.
const TELL_EVENTS: u64 = 10_000;

/// See the module.
pub(crate) struct Seat {
    judge: Judge,
    store: Store,
    handle: Handle,
    status: Arc<Status>,
    breakers: Breakers,
    /// Keys judged but not yet written, which the store does not know; by the number of their work.
    under_way: VecDeque<(u64, HashSet<EventKey>)>,
    number: u64,
    since_tell: u64,
    since_snapshot: u64,
    /// The part of the state to be taken next.
    next_part: usize,
    /// Whether something was judged since all parts were taken.
    is_changed: bool,
}

impl Seat {
    pub(crate) fn new(
        judge: Judge,
        (store, handle): (&Store, &Handle),
        status: Arc<Status>,
    ) -> Self {
        let seat = Self {
            judge,
            store: store.clone(),
            handle: handle.clone(),
            status,
            breakers: Breakers::default(),
            under_way: VecDeque::new(),
            number: 0,
            since_tell: 0,
            since_snapshot: 0,
            next_part: 0,
            is_changed: false,
        };
        seat.tell();
        seat.tell_paused();
        seat
    }

    pub(crate) fn run(mut self, mut jobs: mpsc::Receiver<Job>, to: &SyncSender<Work>) {
        while let Some(job) = jobs.blocking_recv() {
            self.number += 1;
            let is_going_on = match job {
                Job::Take(intake, reply) => self.take(intake, reply, to),
                Job::Enforce(what, rules, reply) => {
                    let before = self.judge.enforce(rules);
                    // Lists of a million terms take their time to go.
                    std::thread::spawn(move || drop(before));
                    self.is_changed = true;
                    self.breakers.reset();
                    let (set, change) = *what;
                    let (set, number) = (Box::new(set), self.number);
                    to.send(Work::Enforce { set, change, reply, number }).is_ok()
                }
                Job::Known(subject, reply) => {
                    // Whoever asked may have gone.
                    let _ = reply.send(self.judge.state().known(&subject));
                    true
                }
            };
            if !is_going_on {
                return;
            }
        }
        if self.is_changed {
            // The next start is to be quick.
            let _ = (0..snapshot::COUNT).all(|number| self.snapshot(number, to));
        }
    }

    /// Judges what was handed in and passes it on; whether somebody takes it.
    fn take(
        &mut self,
        intake: Intake,
        reply: oneshot::Sender<Receipt>,
        to: &SyncSender<Work>,
    ) -> bool {
        let keys: Vec<EventKey> = intake.events.iter().map(|event| event.event.key()).collect();
        let is_known = match self.known(&keys) {
            Ok(is_known) => is_known,
            Err(error) => {
                self.status.jobs.fetch_sub(1, Ordering::Relaxed);
                // Nothing of it was judged: whoever waits may send it again.
                let _ = reply.send(Err(Arc::new(error)));
                return true;
            }
        };
        let events = intake.events.iter().zip(&is_known);
        let new: Vec<_> = events.filter(|(_, known)| !**known).map(|(one, _)| &one.event).collect();
        let count = new.len() as u64;
        let judged = self.judge.judge_all(&new);
        let trips = self.watch(&new, &judged);
        let is_about_rules = new.iter().any(|event| event.data.rule.is_some());
        let mut judged = judged.into_iter();
        let events = intake.events.into_iter().zip(keys).zip(is_known);
        let judged = events.map(|((incoming, key), is_known)| {
            let place = incoming.place;
            let next = if is_known { None } else { judged.next() };
            let done = next.map(|judged| Done { incoming, judged });
            let decision = done.as_ref().and_then(|done| done.judged.decision.clone());
            (Taken { place, key, seq: None, decision }, done)
        });
        let (judged, refused, number) = (judged.collect(), intake.refused, self.number);
        self.is_changed |= count > 0;
        if is_about_rules {
            self.tell_paused();
        }
        to.send(Work::Judged { judged, refused, reply, number }).is_ok()
            && trips.into_iter().all(|event| self.pause(event, to))
            && self.keep_up(count, to)
    }

    /// Watches the circuit breakers.
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
        let Ok(json) = serde_json::to_vec(&event) else { return true };
        // A log that is screened again brings its own pauses.
        if !matches!(self.known(&[event.key()]).as_deref(), Ok([false])) {
            return true;
        }
        let judged = self.judge.judge(&event);
        let (key, decision) = (event.key(), judged.decision.clone());
        let done = Done { incoming: Incoming { place: 0, event, json }, judged };
        let taken = Taken { place: 0, key, seq: None, decision };
        // Nobody waits for it.
        let (reply, _) = oneshot::channel();
        self.status.jobs.fetch_add(1, Ordering::Relaxed);
        self.status.tripped.fetch_add(1, Ordering::Relaxed);
        self.tell_paused();
        let (judged, refused, number) = (vec![(taken, Some(done))], vec![], self.number);
        to.send(Work::Judged { judged, refused, reply, number }).is_ok()
    }

    /// Counts what is remembered and takes another part of the state, from time to time.
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

    /// Takes a part of the state and passes it on; whether somebody takes it.
    fn snapshot(&self, part: usize, to: &SyncSender<Work>) -> bool {
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

    fn tell_paused(&self) {
        let paused = self.judge.state().paused();
        *self.status.paused.lock().unwrap_or_else(PoisonError::into_inner) = paused;
    }

    /// For each key whether it was taken before, also within what is handed in.
    fn known(&mut self, keys: &[EventKey]) -> Result<Vec<bool>, Error> {
        let written = self.status.written.load(Ordering::Acquire);
        while self.under_way.front().is_some_and(|(number, _)| *number <= written) {
            self.under_way.pop_front();
        }
        let stored = self.handle.block_on(self.store.known(keys))?;
        let mut new = HashSet::with_capacity(keys.len());
        let mut is_known = |key: &EventKey| {
            let is_under_way = self.under_way.iter().any(|(_, keys)| keys.contains(key));
            stored.contains(key) || is_under_way || !new.insert(*key)
        };
        let known = keys.iter().map(&mut is_known).collect();
        self.under_way.push_back((self.number, new));
        Ok(known)
    }
}
