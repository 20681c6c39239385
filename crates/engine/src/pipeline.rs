//! The running loop: one thread judges in one order, another seals and commits what was judged.
//!
//! Whoever hands in events gets a receipt when they are on the disk, and not before. Jobs that wait
//! are committed together, so that many small ones cost one write. When the disk is full, nothing is
//! acknowledged and nothing is forgotten: the batch in hand is written as soon as there is room.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver as Works, SyncSender, sync_channel};
use std::thread::JoinHandle;

use decide::Pack;
use jiff::Timestamp;
use store::{RefusedRow, Store};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot, watch};
use types::{Decision, EventKey, Incoming, Subject};

use crate::Rules;
use crate::error::Error;
use crate::judge::Judge;
use crate::recorder::{Done, Recorder};
use crate::state::Known;
use crate::writer::{Work, Writer};

/// A clock; given by the binary.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Jobs that wait to be judged.
const JOBS_WAITING_MAX: usize = 256;

/// Jobs judged that wait to be written.
const WORKS_WAITING_MAX: usize = 64;

/// Events handed in together, with what was refused beside them.
#[derive(Debug, Default)]
pub struct Intake {
    /// The events.
    pub events: Vec<Incoming>,
    /// What was refused; kept to be looked at.
    pub refused: Vec<RefusedRow>,
}

/// What became of an event.
#[derive(Clone, Debug, PartialEq)]
pub struct Taken {
    /// Its place in what was handed in.
    pub place: u64,
    /// What makes it the same event.
    pub key: EventKey,
    /// The place of its entry; nothing if it had been taken before.
    pub seq: Option<u64>,
    /// What was decided on it now.
    pub decision: Option<Decision>,
}

/// A receipt: everything in it is on the disk.
pub type Receipt = Result<Vec<Taken>, Arc<Error>>;

/// Something to do, in order.
enum Job {
    Take(Intake, oneshot::Sender<Receipt>),
    Enforce(Box<Pack>, Arc<Rules>, oneshot::Sender<Receipt>),
    Known(Subject, oneshot::Sender<Known>),
}

/// Why a job was not taken on.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Too much waits already.
    #[error("too much waits to be judged")]
    Busy,
    /// The store has no room.
    #[error("the store has no room")]
    Full,
    /// The loop has ended.
    #[error("the loop has ended")]
    Over,
}

/// What goes on, for those who watch.
#[derive(Debug, Default)]
pub struct Status {
    /// Events judged since the start.
    pub judged: AtomicU64,
    /// Events that had been taken before.
    pub duplicates: AtomicU64,
    /// Records refused.
    pub refused: AtomicU64,
    /// Decisions made.
    pub decisions: AtomicU64,
    /// Commits.
    pub commits: AtomicU64,
    /// Time spent in commits, in microseconds.
    pub commit_us: AtomicU64,
    /// Jobs under way.
    pub jobs: AtomicU64,
    /// Whether the store has no room.
    pub is_full: AtomicBool,
    /// Accounts remembered.
    pub accounts: AtomicU64,
    /// Things forgotten for want of room: counter keys, contents, flagged accounts.
    pub forgotten: AtomicU64,
    /// Works committed, by number.
    pub(crate) written: AtomicU64,
}

/// A handle on the running loop; the loop ends when the last one is gone.
#[derive(Clone)]
pub struct Pipeline {
    jobs: mpsc::Sender<Job>,
    status: Arc<Status>,
    size: watch::Receiver<u64>,
    failure: Arc<std::sync::OnceLock<Arc<Error>>>,
}

/// The threads of the loop.
pub struct Threads(Vec<JoinHandle<()>>);

impl Threads {
    /// Waits until everything handed in is done; drop the handles before.
    pub fn join(self) {
        for thread in self.0 {
            // A panic has been told to those who wait.
            let _ = thread.join();
        }
    }
}

impl Pipeline {
    /// Starts the loop on `store`, where `judge` and `recorder` are, within the runtime of `handle`.
    ///
    /// # Errors
    ///
    /// If no thread can be started.
    pub fn start(
        store: &Store,
        (judge, recorder): (Judge, Recorder),
        clock: Clock,
        handle: &Handle,
    ) -> Result<(Self, Threads), Error> {
        let status = Arc::new(Status::default());
        let (jobs, waiting) = mpsc::channel(JOBS_WAITING_MAX);
        let (to, works) = sync_channel(WORKS_WAITING_MAX);
        let (told, size) = watch::channel(recorder.size());
        let failure = Arc::new(std::sync::OnceLock::new());
        let writer = Writer {
            store: store.clone(),
            recorder,
            clock,
            handle: handle.clone(),
            status: Arc::clone(&status),
            size: told,
            failure: Arc::clone(&failure),
        };
        let bench = Bench {
            judge,
            store: store.clone(),
            handle: handle.clone(),
            status: Arc::clone(&status),
            under_way: VecDeque::new(),
            number: 0,
        };
        let threads = vec![
            thread("judge", move || bench.run(waiting, &to))?,
            thread("writer", move || writer.run(&works))?,
        ];
        Ok((Self { jobs, status, size, failure }, Threads(threads)))
    }

    /// Hands in events. The receipt comes when they are on the disk.
    ///
    /// # Errors
    ///
    /// If too much waits, there is no room, or the loop has ended.
    pub fn offer(&self, intake: Intake) -> Result<oneshot::Receiver<Receipt>, Refusal> {
        if self.status.is_full.load(Ordering::Relaxed) {
            return Err(Refusal::Full);
        }
        let (reply, receipt) = oneshot::channel();
        let place = self.jobs.try_reserve().map_err(|error| match error {
            mpsc::error::TrySendError::Full(()) => Refusal::Busy,
            mpsc::error::TrySendError::Closed(()) => Refusal::Over,
        })?;
        self.status.jobs.fetch_add(1, Ordering::Relaxed);
        place.send(Job::Take(intake, reply));
        Ok(receipt)
    }

    /// Hands in a job that somebody waits for, when there is a place for it.
    async fn send(&self, job: Job) -> Result<(), Error> {
        let place = self.jobs.reserve().await.map_err(|_| Error::WriterGone)?;
        self.status.jobs.fetch_add(1, Ordering::Relaxed);
        place.send(job);
        Ok(())
    }

    /// Hands in events, waiting for room among the jobs.
    ///
    /// # Errors
    ///
    /// If the loop has ended.
    pub async fn take(&self, intake: Intake) -> Result<oneshot::Receiver<Receipt>, Error> {
        let (reply, receipt) = oneshot::channel();
        self.send(Job::Take(intake, reply)).await?;
        Ok(receipt)
    }

    /// Puts `rules`, compiled from `pack`, in force; they are when this returns.
    ///
    /// # Errors
    ///
    /// If the store fails or the loop has ended.
    pub async fn enforce(&self, pack: Pack, rules: Arc<Rules>) -> Receipt {
        let (reply, receipt) = oneshot::channel();
        self.send(Job::Enforce(Box::new(pack), rules, reply)).await?;
        receipt.await.unwrap_or_else(|_| Err(Arc::new(Error::WriterGone)))
    }

    /// What is known of `subject` now; nothing once the loop has ended.
    pub async fn known(&self, subject: Subject) -> Option<Known> {
        let (reply, known) = oneshot::channel();
        self.jobs.send(Job::Known(subject, reply)).await.ok()?;
        known.await.ok()
    }

    /// What goes on.
    #[must_use]
    pub fn status(&self) -> &Status {
        &self.status
    }

    /// How long the ledger is; changes with every commit.
    #[must_use]
    pub fn size(&self) -> watch::Receiver<u64> {
        self.size.clone()
    }

    /// Why the loop ended, if it ended badly.
    #[must_use]
    pub fn failure(&self) -> Option<Arc<Error>> {
        self.failure.get().cloned()
    }
}

fn thread(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, Error> {
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(run);
    thread.map_err(|error| store::Error::Unavailable(error.to_string()).into())
}

/// The thread that judges.
struct Bench {
    judge: Judge,
    store: Store,
    handle: Handle,
    status: Arc<Status>,
    /// Keys judged but not yet written, which the store does not know; by the number of their work.
    under_way: VecDeque<(u64, HashSet<EventKey>)>,
    number: u64,
}

impl Bench {
    fn run(mut self, mut jobs: mpsc::Receiver<Job>, to: &SyncSender<Work>) {
        while let Some(job) = jobs.blocking_recv() {
            self.number += 1;
            let work = match job {
                Job::Take(intake, reply) => self.take(intake, reply),
                Job::Enforce(pack, rules, reply) => {
                    self.judge.enforce(rules);
                    Some(Work::Enforce { pack, reply, number: self.number })
                }
                Job::Known(subject, reply) => {
                    // Whoever asked may have gone.
                    let _ = reply.send(self.judge.state().known(&subject));
                    None
                }
            };
            if let Some(work) = work
                && to.send(work).is_err()
            {
                return;
            }
        }
    }

    fn take(&mut self, intake: Intake, reply: oneshot::Sender<Receipt>) -> Option<Work> {
        let keys: Vec<EventKey> = intake.events.iter().map(|event| event.event.key()).collect();
        let is_known = match self.known(&keys) {
            Ok(is_known) => is_known,
            Err(error) => {
                self.status.jobs.fetch_sub(1, Ordering::Relaxed);
                // Nothing of it was judged: whoever waits may send it again.
                let _ = reply.send(Err(Arc::new(error)));
                return None;
            }
        };
        let judge = &mut self.judge;
        let events = intake.events.into_iter().zip(keys).zip(is_known);
        let judged = events.map(|((incoming, key), is_known)| {
            let place = incoming.place;
            let done = (!is_known).then(|| {
                let judged = judge.judge(&incoming.event);
                Done { incoming, judged }
            });
            let decision = done.as_ref().and_then(|done| done.judged.decision.clone());
            (Taken { place, key, seq: None, decision }, done)
        });
        let judged = judged.collect();
        self.tell();
        Some(Work::Judged { judged, refused: intake.refused, reply, number: self.number })
    }

    fn tell(&self) {
        let state = self.judge.state();
        self.status.accounts.store(state.accounts() as u64, Ordering::Relaxed);
        self.status.forgotten.store(state.evicted() + state.forgotten(), Ordering::Relaxed);
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

/// The thread that writes, as it is handed over.
pub(crate) type Hand = Works<Work>;
