//! The loop without threads: its caller determines what happens next, and when it is written.
//! Simulations use it; a server has one thread for judging and one for writing.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, OnceLock};

use review::{Case, Refused, ReviewQueue};
use store::{PolicySetRow, Store};
use tokio::runtime::Handle;
use tokio::sync::{oneshot, watch};

use crate::deed::{Asking, Deed};
use crate::erase::{ErasureRequest, ErasureScope};
use crate::error::Error;
use crate::forgetting::Erasing;
use crate::judge_loop::JudgeLoop;
use crate::opening::Past;
use crate::pipeline::{Clock, Intake, Job, Receipt};
use crate::recorder::Change;
use crate::status::Status;
use crate::work::Rows;
use crate::writer::{Group, Snapshot, Work, Writer};
use crate::{Rules, snapshot};

/// The most work that is done and not written yet; there is never more.
const WORKS_MAX: usize = 1024;

/// The most parts of the state that wait to be written.
const PARTS_MAX: usize = 4096;

/// The review queue's answer, which comes at once, and the receipt, which comes when the command is
/// on disk.
pub type AwaitedAnswers =
    (oneshot::Receiver<Result<Option<Case>, Refused>>, oneshot::Receiver<Receipt>);

/// The loop, one step at a time.
pub struct Machine {
    judge_loop: JudgeLoop,
    writer: Writer,
    to: SyncSender<Work>,
    works: Receiver<Work>,
    parts: Receiver<Snapshot>,
    /// The work that must be written by itself, behind what was written last.
    next: Option<Work>,
    waiting: usize,
    /// Why a command that broke off could not be undone.
    broken: Option<Error>,
    status: Arc<Status>,
}

impl Machine {
    /// The loop on `store`, which continues from `past`.
    #[must_use]
    pub fn new(store: &Store, past: Past, clock: &Clock, handle: &Handle) -> Self {
        let Past { judge, recorder, review_queue, is_rebuilt, damage } = past;
        let status = Arc::new(Status { damage, ..Status::default() });
        let (to, works) = sync_channel(WORKS_MAX);
        let (snapshots, parts) = sync_channel(PARTS_MAX);
        let (size, _) = watch::channel(recorder.size());
        let writer = Writer {
            store: store.clone(),
            recorder,
            clock: Arc::clone(clock),
            handle: handle.clone(),
            status: Arc::clone(&status),
            size,
            failure: Arc::new(OnceLock::new()),
            snapshots,
        };
        let about = (judge, review_queue, is_rebuilt);
        let judge_loop = JudgeLoop::new(about, (store, handle), Arc::clone(&status), clock);
        let (next, waiting, broken) = (None, 0, None);
        Self { judge_loop, writer, to, works, parts, next, waiting, broken, status }
    }

    fn job(&mut self, job: Job) {
        self.status.jobs.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        if let Some(job) = job.unless_full(&self.status) {
            self.judge_loop.job(job, &self.to);
            self.waiting += 1;
        }
        if self.judge_loop.is_torn {
            // What a thread does as well: everything before is written, and then read again.
            self.broken = self.mend().err();
        }
    }

    fn mend(&mut self) -> Result<(), Error> {
        while self.waiting > 0 {
            self.write(usize::MAX)?;
        }
        self.judge_loop.start_again().map(drop)
    }

    /// Submits events.
    pub fn take(&mut self, intake: Intake) -> oneshot::Receiver<Receipt> {
        let (reply, receipt) = oneshot::channel();
        self.job(Job::Take(intake, reply));
        receipt
    }

    /// Carries out the steps of a command.
    pub fn carry(&mut self, deeds: Vec<Deed>) -> AwaitedAnswers {
        let (told, answer) = oneshot::channel();
        let (reply, receipt) = oneshot::channel();
        self.job(Job::Do(deeds, Asking { told, reply }));
        (answer, receipt)
    }

    /// Activates other policies.
    pub fn activate(
        &mut self,
        (set, rules): (PolicySetRow, Arc<Rules>),
        change: Change,
    ) -> oneshot::Receiver<Receipt> {
        let (reply, receipt) = oneshot::channel();
        self.job(Job::Activate(Box::new((set, change, Rows::default())), rules, reply));
        receipt
    }

    /// Erases what was found, once everything before it is written.
    pub fn erase(
        &mut self,
        found: ErasureScope,
        asked: ErasureRequest,
    ) -> oneshot::Receiver<Receipt> {
        let (reply, receipt) = oneshot::channel();
        self.status.jobs.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let job = Job::Erase(Box::new(Erasing { found, asked, reply }));
        if let Some(Job::Erase(erasing)) = job.unless_full(&self.status) {
            // Nobody waits here for the data to forget: it is forgotten when the erasure is
            // written.
            let (done, _) = sync_channel(1);
            let _ = self.to.send(Work::Erase(erasing, self.judge_loop.number, done));
            self.waiting += 1;
        }
        receipt
    }

    /// Lets time pass.
    pub fn tick(&mut self, now_ms: i64) {
        self.job(Job::Tick(now_ms));
    }

    /// The review queue, with its open cases.
    #[must_use]
    pub const fn review_queue(&self) -> &ReviewQueue {
        &self.judge_loop.review_queue
    }

    /// Number of jobs done since everything was written.
    #[must_use]
    pub const fn waiting(&self) -> usize {
        self.waiting
    }

    /// Takes the part of the state with that number, to be written as a snapshot.
    pub fn snapshot(&mut self, number: usize) {
        self.judge_loop.snapshot(number % snapshot::COUNT, &self.to);
    }

    /// Writes up to `works_max` of what waits, as one commit. If that is not possible, everything
    /// that waits is dropped, and the reason returned.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the store fails permanently.
    pub fn write(&mut self, works_max: usize) -> Result<Option<Error>, Error> {
        if let Some(broken) = self.broken.take() {
            return Err(broken);
        }
        if self.status.trouble().is_some() && !self.writer.is_writable()? {
            return Ok(self.status.room().err());
        }
        if let Some(mut group) = self.group(works_max)? {
            self.writer.write(&mut group)?;
        }
        let Err(why) = self.status.room() else { return Ok(None) };
        for work in self.next.take().into_iter().chain(self.works.try_iter()) {
            self.writer.refuse(work);
        }
        self.waiting = 0;
        self.judge_loop.start_again()?;
        Ok(Some(why))
    }

    /// The next group to write; `None` if nothing waits, or an erasure was done by itself.
    fn group(&mut self, works_max: usize) -> Result<Option<Group>, Error> {
        let first = match self.next.take().or_else(|| self.works.try_recv().ok()) {
            None => {
                self.waiting = 0;
                return Ok(None);
            }
            Some(Work::Erase(erasing, number, _)) => {
                self.write_parts(usize::MAX);
                self.writer.store.snapshots().clear()?;
                if let Some(forgotten) = self.writer.erase(*erasing, number)? {
                    self.judge_loop.forget(forgotten);
                }
                return Ok(None);
            }
            Some(first) => first,
        };
        let (mut group, mut left) = (Group::default(), works_max.max(1) - 1);
        let works = &self.works;
        let mut more = || {
            left = left.checked_sub(1)?;
            works.try_recv().ok()
        };
        self.next = self.writer.gather(first, &mut more, &mut group)?;
        Ok(Some(group))
    }

    /// Writes up to `parts_max` parts of the state that wait.
    pub fn write_parts(&self, parts_max: usize) {
        for _ in 0..parts_max {
            let Ok(Snapshot::Part(part, bytes)) = self.parts.try_recv() else { return };
            // If it cannot be written, an older one stays.
            let _ = self.writer.store.snapshots().write(&snapshot::name(part), &bytes);
        }
    }
}
