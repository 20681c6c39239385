//! The running loop: one thread judges in one order, another seals and commits the results.
//!
//! Events are acknowledged when they are on disk, and not before. Jobs that wait are committed
//! together, so that many small ones cost one write. What cannot be written, for example to a full
//! disk, is refused and dropped, with everything judged after it; the loop then starts again from
//! what the store has, as after a crash, and takes more once something can be written.

use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver as Works, sync_channel};
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;

use jiff::Timestamp;
use review::{Case, Refused, Request, ReviewQueue, Telling};
use store::{PolicySetRow, RefusedRow, Store};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot, watch};
use types::{Decision, EventKey, EventType, Incoming, Subject, data};

use crate::deed::{Asking, Deed};
use crate::error::Error;
use crate::forgetting::Erasing;
use crate::judge_loop::JudgeLoop;
use crate::opening::Past;
use crate::recorder::Change;
use crate::state::{Paused, SubjectState};
use crate::status::{Status, Trouble};
use crate::work::{Lodged, Rows};
use crate::writer::{Work, Writer, keep_snapshots};
use crate::{Rules, breaker};

/// A clock, provided by the binary.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The most jobs that wait to be judged.
const JOBS_WAITING_MAX: usize = 256;

/// The most judged jobs that wait to be written.
const WORKS_WAITING_MAX: usize = 64;

/// The most parts of the state that wait to be written to their files.
const SNAPSHOTS_WAITING_MAX: usize = 8;

/// Events submitted together, with the records refused among them.
#[derive(Debug, Default)]
pub struct Intake {
    /// The events.
    pub events: Vec<Incoming>,
    /// Refused records, stored for inspection.
    pub refused: Vec<RefusedRow>,
    /// Notices, orders and appeals that come with events, by the place of the event.
    pub lodged: Vec<(u64, Lodged)>,
}

/// The result for an event.
#[derive(Clone, Debug, PartialEq)]
pub struct EventResult {
    /// Its place in the submission.
    pub place: u64,
    /// The identity of the event.
    pub key: EventKey,
    /// The place of its entry; `None` if it was accepted earlier.
    pub seq: Option<u64>,
    /// The decision made on it now.
    pub decision: Option<Decision>,
}

/// A receipt: everything in it is on disk.
pub type Receipt = Result<Vec<EventResult>, Arc<Error>>;

/// A job; jobs are done in order.
pub(crate) enum Job {
    Take(Intake, oneshot::Sender<Receipt>),
    Activate(Box<(PolicySetRow, Change, Rows)>, Arc<Rules>, oneshot::Sender<Receipt>),
    Known(Subject, oneshot::Sender<SubjectState>),
    /// A command: its steps are one commit.
    Do(Vec<Deed>, Asking),
    /// An erasure.
    Erase(Box<Erasing>),
    /// Time passes.
    Tick(i64),
    /// A look at the review queue.
    Look(Box<dyn FnOnce(&ReviewQueue) + Send>),
}

impl Job {
    /// The job; `None` if it writes and nothing can be written now. Its caller is notified, and it
    /// is not done later.
    pub(crate) fn unless_full(self, status: &Status) -> Option<Self> {
        match status.room() {
            Ok(()) => Some(self),
            Err(error) => self.refuse(status, error),
        }
    }

    /// The job, if it writes nothing; otherwise its caller gets `error`.
    pub(crate) fn refuse(self, status: &Status, error: Error) -> Option<Self> {
        let reply = match self {
            Self::Take(_, reply) | Self::Activate(_, _, reply) => reply,
            Self::Do(_, asking) => asking.reply,
            Self::Erase(erasing) => erasing.reply,
            job @ (Self::Known(..) | Self::Tick(_) | Self::Look(_)) => return Some(job),
        };
        status.jobs.fetch_sub(1, Ordering::Relaxed);
        let _ = reply.send(Err(Arc::new(error)));
        None
    }
}

/// Why a job was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Too many jobs wait already.
    #[error("too much waits to be judged")]
    Busy,
    /// The store has no room.
    #[error("the store has no room")]
    Full,
    /// Another program keeps the store's file locked.
    #[error("another program keeps the store's file locked")]
    Locked,
    /// The disk fails.
    #[error("the disk cannot be written")]
    Disk,
    /// The loop has ended.
    #[error("the loop has ended")]
    Over,
}

/// A handle to the running loop. The loop ends when the last handle is dropped.
#[derive(Clone)]
pub struct Pipeline {
    jobs: mpsc::Sender<Job>,
    status: Arc<Status>,
    size: watch::Receiver<u64>,
    clock: Clock,
    failure: Arc<std::sync::OnceLock<Arc<Error>>>,
}

/// The threads of the loop.
pub struct Threads(Vec<JoinHandle<()>>);

impl Threads {
    /// Waits until everything submitted is done. The handles must be dropped before.
    pub fn join(self) {
        for thread in self.0 {
            // The callers that wait are notified of a panic.
            let _ = thread.join();
        }
    }
}

impl Pipeline {
    /// Starts the loop on `store`, which continues from `past`, in the runtime of `handle`.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if no thread can be started.
    pub fn start(
        store: &Store,
        past: Past,
        clock: Clock,
        handle: &Handle,
    ) -> Result<(Self, Threads), Error> {
        let Past { judge, recorder, review_queue, is_rebuilt, damage } = past;
        let status = Arc::new(Status { damage, ..Status::default() });
        let (jobs, waiting) = mpsc::channel(JOBS_WAITING_MAX);
        let (to, works) = sync_channel(WORKS_WAITING_MAX);
        let (told, size) = watch::channel(recorder.size());
        let failure = Arc::new(std::sync::OnceLock::new());
        let (snapshots, parts) = sync_channel(SNAPSHOTS_WAITING_MAX);
        let writer = Writer {
            store: store.clone(),
            recorder,
            clock: Arc::clone(&clock),
            handle: handle.clone(),
            status: Arc::clone(&status),
            size: told,
            failure: Arc::clone(&failure),
            snapshots,
        };
        let about = (judge, review_queue, is_rebuilt);
        let judge_loop = JudgeLoop::new(about, (store, handle), Arc::clone(&status), &clock);
        let keeper = store.clone();
        let threads = vec![
            thread("judge", move || judge_loop.run(waiting, &to))?,
            thread("writer", move || writer.run(&works))?,
            thread("snapshots", move || keep_snapshots(&keeper, &parts))?,
        ];
        Ok((Self { jobs, status, size, clock, failure }, Threads(threads)))
    }

    /// Submits events. The receipt comes when they are on disk.
    ///
    /// # Errors
    ///
    /// [`Refusal::Busy`] if too many jobs wait; [`Refusal::Full`], [`Refusal::Locked`] or
    /// [`Refusal::Disk`] if nothing can be written; [`Refusal::Over`] if the loop has ended.
    pub fn offer(&self, intake: Intake) -> Result<oneshot::Receiver<Receipt>, Refusal> {
        match self.status.trouble() {
            None => {}
            Some(Trouble::Locked) => return Err(Refusal::Locked),
            Some(Trouble::Full) => return Err(Refusal::Full),
            Some(Trouble::Disk) => return Err(Refusal::Disk),
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

    /// Submits a job of a caller who waits, as soon as there is a place for it.
    async fn send(&self, job: Job) -> Result<(), Error> {
        let place = self.jobs.reserve().await.map_err(|_| Error::WriterGone)?;
        self.status.jobs.fetch_add(1, Ordering::Relaxed);
        place.send(job);
        Ok(())
    }

    /// Submits a job that must not be carried out later, when nobody waits for it any longer. It is
    /// refused while nothing can be written.
    async fn command(&self, job: Job) -> Result<(), Error> {
        self.status.room()?;
        self.send(job).await
    }

    /// Submits events, waiting for a place among the jobs.
    ///
    /// # Errors
    ///
    /// [`Error::WriterGone`] if the loop has ended.
    pub async fn take(&self, intake: Intake) -> Result<oneshot::Receiver<Receipt>, Error> {
        let (reply, receipt) = oneshot::channel();
        self.send(Job::Take(intake, reply)).await?;
        Ok(receipt)
    }

    /// Activates `rules`, compiled from `set`, and writes the rows that belong to the change. The
    /// rules are in force when this returns.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the store fails; [`Error::WriterGone`] if the loop has ended.
    pub async fn activate(
        &self,
        (set, rules): (PolicySetRow, Arc<Rules>),
        change: Change,
        kept: Rows,
    ) -> Receipt {
        let (reply, receipt) = oneshot::channel();
        self.send(Job::Activate(Box::new((set, change, kept)), rules, reply)).await?;
        receipt.await.unwrap_or_else(|_| Err(Arc::new(Error::WriterGone)))
    }

    /// The rules that are paused now.
    #[must_use]
    pub fn paused(&self) -> Vec<Paused> {
        self.status.paused.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Resumes a paused rule; the event about it is on disk when this returns.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the store fails; [`Error::WriterGone`] if the loop has ended.
    pub async fn resume(&self, rule: &str, by: String, reason: String) -> Receipt {
        self.tell_of(EventType::RuleResumed, rule, (by, reason)).await
    }

    /// Pauses a rule: it is judged as if it were in shadow.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the store fails; [`Error::WriterGone`] if the loop has ended.
    pub async fn pause(&self, rule: &str, by: String, reason: String) -> Receipt {
        self.tell_of(EventType::RulePaused, rule, (by, reason)).await
    }

    async fn tell_of(
        &self,
        kind: EventType,
        rule: &str,
        (by, reason): (String, String),
    ) -> Receipt {
        let rule = data::Rule { id: rule.to_owned(), reason: Some(reason), by: Some(by) };
        let event = breaker::about_rule(kind, rule, (self.clock)());
        let json = serde_json::to_vec(&event).map_err(|error| Arc::new(Error::from(error)))?;
        let incoming = Incoming { place: 0, event, json };
        let receipt = self.take(Intake { events: vec![incoming], ..Intake::default() }).await?;
        receipt.await.unwrap_or_else(|_| Err(Arc::new(Error::WriterGone)))
    }

    /// What is recorded about `subject` now; `None` if the loop has ended.
    pub async fn known(&self, subject: Subject) -> Option<SubjectState> {
        let (reply, known) = oneshot::channel();
        self.jobs.send(Job::Known(subject, reply)).await.ok()?;
        known.await.ok()
    }

    /// Carries out a request to the review queue; it is on disk when this returns.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the store fails; [`Error::WriterGone`] if the loop has ended. The inner
    /// error is the refusal of the review queue.
    pub async fn act(&self, request: Request) -> Result<Result<Case, Refused>, Arc<Error>> {
        match self.carry(vec![Deed::Act(Box::new(request))]).await? {
            Ok(Some(case)) => Ok(Ok(case)),
            Ok(None) => Err(Arc::new(Error::WriterGone)),
            Err(refused) => Ok(Err(refused)),
        }
    }

    /// Carries out the steps of a command as one commit; they are on disk when this returns.
    /// Returns the last case that was acted on.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the store fails; [`Error::WriterGone`] if the loop has ended. The inner
    /// error is the refusal of a step; nothing of the command is done then.
    pub async fn carry(
        &self,
        deeds: Vec<Deed>,
    ) -> Result<Result<Option<Case>, Refused>, Arc<Error>> {
        Ok(self.entered(deeds).await?.map(|(case, _)| case))
    }

    /// The same, with the events that were entered in the log.
    async fn entered(
        &self,
        deeds: Vec<Deed>,
    ) -> Result<Result<(Option<Case>, Vec<EventResult>), Refused>, Arc<Error>> {
        let (told, answer) = oneshot::channel();
        let (reply, receipt) = oneshot::channel();
        self.command(Job::Do(deeds, Asking { told, reply })).await?;
        let gone = || Arc::new(Error::WriterGone);
        let case = match answer.await {
            Ok(Ok(case)) => Ok(case),
            Ok(Err(refused)) => return Ok(Err(refused)),
            // The receipt contains the reason.
            Err(_) => Err(gone()),
        };
        let taken = receipt.await.unwrap_or_else(|_| Err(gone()))?;
        case.map(|case| Ok((case, taken)))
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    pub(crate) async fn forget(&self, erasing: Box<Erasing>) -> Result<(), Error> {
        self.command(Job::Erase(erasing)).await
    }

    /// Lets time pass in the review queue: leases run out, clocks warn.
    ///
    /// # Errors
    ///
    /// [`Error::WriterGone`] if the loop has ended.
    pub async fn tick(&self) -> Result<(), Error> {
        let now_ms = (self.clock)().as_millisecond();
        self.jobs.send(Job::Tick(now_ms)).await.map_err(|_| Error::WriterGone)
    }

    /// Runs `look` over the review queue; `None` if the loop has ended.
    pub async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&ReviewQueue) -> T + Send + 'static,
    ) -> Option<T> {
        let (reply, seen) = oneshot::channel();
        let look = Box::new(move |review_queue: &ReviewQueue| {
            // The caller may have gone.
            let _ = reply.send(look(review_queue));
        });
        self.jobs.send(Job::Look(look)).await.ok()?;
        seen.await.ok()
    }

    /// Enters something about a case that does not change it; it is on disk when this returns.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the store fails; [`Error::WriterGone`] if the loop has ended.
    pub async fn tell(&self, tellings: Vec<Telling>) -> Receipt {
        let entered = self.entered(vec![Deed::Tell(tellings)]).await?;
        Ok(entered.map_or_else(|_| Vec::new(), |(_, taken)| taken))
    }

    /// Writes rows that need no judging; they are on disk when this returns.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the store fails; [`Error::WriterGone`] if the loop has ended.
    pub async fn keep(&self, kept: Rows) -> Result<(), Arc<Error>> {
        self.carry(vec![Deed::Keep(kept)]).await.map(drop)
    }

    /// The state of the loop, for monitoring.
    #[must_use]
    pub fn status(&self) -> &Status {
        &self.status
    }

    /// The length of the ledger, which changes with every commit.
    #[must_use]
    pub fn size(&self) -> watch::Receiver<u64> {
        self.size.clone()
    }

    /// Why the loop ended, if it failed.
    #[must_use]
    pub fn failure(&self) -> Option<Arc<Error>> {
        self.failure.get().cloned()
    }
}

fn thread(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, Error> {
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(run);
    thread.map_err(|error| store::Error::Unavailable(error.to_string()).into())
}

/// The receiver of the writing thread.
pub(crate) type Hand = Works<Work>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_not_carried_out_later_when_the_disk_was_full() {
        let status = Status::default();
        status.jobs.store(2, Ordering::Relaxed);
        let (reply, mut receipt) = oneshot::channel();
        let (told, _answer) = oneshot::channel();
        let job = Job::Do(Vec::new(), Asking { told, reply }).unless_full(&status);
        assert!(job.is_some() && receipt.try_recv().is_err(), "there is room");
        status.set_trouble(Some(Trouble::Full));
        assert!(job.unwrap().unless_full(&status).is_none());
        let told = receipt.try_recv().unwrap().unwrap_err();
        assert!(matches!(*told, Error::Store(store::Error::Full)));
        assert_eq!(status.jobs.load(Ordering::Relaxed), 1);
        assert!(Job::Tick(0).unless_full(&status).is_some());
    }
}
