//! The thread that seals and commits judged events.

use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use store::{Batch, PolicySetRow, RefusedRow, Store};
use tokio::runtime::Handle;
use tokio::sync::{oneshot, watch};
use types::PolicyVersion;

use crate::error::Error;
use crate::forgetting::{Erasing, Forgotten};
use crate::pipeline::{Clock, EventResult, Hand, Receipt};
use crate::recorder::{Change, Recorded, Recorder};
use crate::status::{Status, Trouble};
use crate::work::Rows;
use crate::{daily_count, snapshot};

/// The most events committed together, unless one job has more.
const EVENTS_MAX: usize = 8192;

/// How often to try whether something can be written again.
const RETRY: Duration = Duration::from_millis(500);

/// Writes parts of the state to their files, until all senders are gone.
pub(crate) fn keep_snapshots(store: &Store, parts: &Receiver<Snapshot>) {
    while let Ok(next) = parts.recv() {
        match next {
            // If it cannot be written, an older one stays; the log contains the rest.
            Snapshot::Part(part, bytes) => {
                let _ = store.snapshots().write(&snapshot::name(part), &bytes);
            }
            Snapshot::Clear(done) => {
                let _ = done.send(store.snapshots().clear());
            }
        }
    }
}

/// An operation on the files of the state.
pub(crate) enum Snapshot {
    /// A part is written.
    Part(usize, Vec<u8>),
    /// All of them are removed.
    Clear(SyncSender<Result<(), store::Error>>),
}

/// Something to be written.
pub(crate) enum Work {
    Judged {
        /// Each event, in order; with its result, unless it had been accepted earlier.
        judged: Vec<(EventResult, Option<Recorded>)>,
        refused: Vec<RefusedRow>,
        /// Cases and filings to be stored with it.
        kept: Rows,
        reply: oneshot::Sender<Receipt>,
        number: u64,
    },
    Activate {
        set: Box<PolicySetRow>,
        change: Change,
        kept: Rows,
        reply: oneshot::Sender<Receipt>,
        number: u64,
    },
    /// The judging thread has started again from what the store has.
    Again,
    /// Everything before is written when this is answered.
    Written(SyncSender<()>),
    /// An erasure; what is to be forgotten is sent back.
    Erase(Box<Erasing>, u64, SyncSender<Forgotten>),
    /// A part of the state after everything passed on before.
    Snapshot {
        /// Its number.
        part: usize,
        taken: Vec<u8>,
        policies: PolicyVersion,
    },
}

/// A caller who waits for a commit.
type Waiting = (oneshot::Sender<Receipt>, Vec<EventResult>);

/// Works that are committed together.
#[derive(Default)]
pub(crate) struct Group {
    pub(crate) batch: Batch,
    waiting: Vec<Waiting>,
    events: u64,
    pub(crate) number: u64,
    /// Parts of the state, written once the entries that they contain are.
    snapshots: Vec<(usize, Vec<u8>)>,
}

impl Group {
    /// Whether there is nothing to commit.
    const fn is_empty(&self) -> bool {
        let Batch { entries, refused, asides, .. } = &self.batch;
        entries.is_empty() && refused.is_empty() && asides.is_empty()
    }
}

/// The writing thread.
pub(crate) struct Writer {
    pub(crate) store: Store,
    pub(crate) recorder: Recorder,
    pub(crate) clock: Clock,
    pub(crate) handle: Handle,
    pub(crate) status: Arc<Status>,
    pub(crate) size: watch::Sender<u64>,
    pub(crate) failure: Arc<OnceLock<Arc<Error>>>,
    /// To the thread that writes snapshots.
    pub(crate) snapshots: SyncSender<Snapshot>,
}

/// Sends `forgotten` to the judging thread, which waits for it unless the loop ends.
fn hand(done: &SyncSender<Forgotten>, forgotten: Option<Forgotten>) {
    if let Some(forgotten) = forgotten {
        let _ = done.send(forgotten);
    }
}

impl Writer {
    pub(crate) fn run(mut self, works: &Hand) {
        let mut next = works.recv().ok();
        while let Some(first) = next.take() {
            let mut group = Group::default();
            let written = match first {
                Work::Erase(erasing, number, done) => {
                    self.clear_snapshots();
                    self.erase(*erasing, number).map(|forgotten| hand(&done, forgotten))
                }
                // The judging thread waits for it.
                Work::Written(done) => {
                    let _ = done.send(());
                    Ok(())
                }
                first => {
                    let more = &mut || works.try_recv().ok();
                    let gathered = self.gather(first, more, &mut group);
                    gathered.and_then(|behind| {
                        next = behind;
                        self.write(&mut group)
                    })
                }
            };
            let gone_on = written.and_then(|()| match self.status.trouble() {
                None => Ok(()),
                Some(_) => {
                    next.take().into_iter().for_each(|work| self.refuse(work));
                    self.wait(works)
                }
            });
            if let Err(error) = gone_on {
                self.fail(error, group);
                break;
            }
            next = next.or_else(|| works.recv().ok());
        }
    }

    /// Refuses everything until the judging thread has started again and something can be written.
    fn wait(&mut self, works: &Hand) -> Result<(), Error> {
        let mut is_again = false;
        loop {
            match works.recv_timeout(RETRY) {
                Ok(Work::Again) => is_again = true,
                Ok(work) => self.refuse(work),
                Err(RecvTimeoutError::Timeout) if is_again && self.is_writable()? => return Ok(()),
                Err(RecvTimeoutError::Timeout) => {}
                // Nobody submits anything any longer.
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
        }
    }

    /// Whether something can be written again; if so, more is taken, after what the store has.
    pub(crate) fn is_writable(&mut self) -> Result<bool, Error> {
        let (store, recorder) = (&self.store, &mut self.recorder);
        let tried = self.handle.block_on(async {
            store.try_writing().await?;
            recorder.rewind(store).await
        });
        match tried {
            Ok(()) => {
                self.status.set_trouble(None);
                Ok(true)
            }
            Err(Error::Store(error)) if Trouble::of(&error).is_some() => {
                self.status.set_trouble(Trouble::of(&error));
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Notifies the callers of a work that it is not written.
    pub(crate) fn refuse(&self, work: Work) {
        let reply = match work {
            Work::Judged { reply, .. } | Work::Activate { reply, .. } => reply,
            Work::Erase(erasing, ..) => erasing.reply,
            Work::Written(done) => {
                let _ = done.send(());
                return;
            }
            Work::Again | Work::Snapshot { .. } => return,
        };
        self.over();
        let why = self.status.room().err().unwrap_or(Error::WriterGone);
        // The caller may have gone.
        let _ = reply.send(Err(Arc::new(why)));
    }

    /// Adds `first`, and what `more` returns after it, to the group. Returns the work that must be
    /// written by itself.
    pub(crate) fn gather(
        &mut self,
        first: Work,
        more: &mut impl FnMut() -> Option<Work>,
        group: &mut Group,
    ) -> Result<Option<Work>, Error> {
        self.add(first, group)?;
        while group.events < EVENTS_MAX as u64 && group.batch.policy_set.is_none() {
            match more() {
                Some(alone @ (Work::Erase(..) | Work::Written(_))) => return Ok(Some(alone)),
                Some(work) => self.add(work, group)?,
                None => break,
            }
        }
        Ok(None)
    }

    pub(crate) fn add(&mut self, work: Work, group: &mut Group) -> Result<(), Error> {
        match work {
            Work::Judged { judged, refused, kept, reply, number } => {
                let (taken, done) = self.place(judged);
                group.events += done.len() as u64;
                group.number = number;
                group.waiting.push((reply, taken));
                daily_count::refused(&refused, &mut group.batch.daily_counts);
                group.batch.refused.extend(refused);
                self.recorder.judged(done, &mut group.batch)?;
                self.recorder.changed(kept, &mut group.batch)
            }
            Work::Activate { set, change, kept, reply, number } => {
                group.number = number;
                group.waiting.push((reply, Vec::new()));
                self.recorder.activate(*set, change, &mut group.batch)?;
                self.recorder.changed(kept, &mut group.batch)
            }
            Work::Erase(..) | Work::Again | Work::Written(_) => Ok(()),
            Work::Snapshot { part, taken, policies } => {
                let at = (self.recorder.size(), self.recorder.last());
                let marked = snapshot::marked((part, &taken), at, &policies);
                group.snapshots.extend(marked.map(|marked| (part, marked)));
                Ok(())
            }
        }
    }

    /// Assigns new events their places in the ledger.
    fn place(
        &self,
        judged: Vec<(EventResult, Option<Recorded>)>,
    ) -> (Vec<EventResult>, Vec<Recorded>) {
        let (mut all, mut new) = (Vec::with_capacity(judged.len()), Vec::new());
        for (mut taken, done) in judged {
            if let Some(done) = done {
                taken.seq = Some(self.recorder.size() + new.len() as u64);
                new.push(done);
            }
            all.push(taken);
        }
        (all, new)
    }

    /// Counts what was written.
    fn count(&self, taken: &[EventResult]) {
        let add = |counter: &std::sync::atomic::AtomicU64, count: usize| {
            counter.fetch_add(count as u64, Ordering::Relaxed);
        };
        let new = taken.iter().filter(|one| one.seq.is_some()).count();
        add(&self.status.judged, new);
        add(&self.status.duplicates, taken.len() - new);
        add(&self.status.decisions, taken.iter().filter(|one| one.decision.is_some()).count());
    }

    /// Counts a job as done.
    pub(crate) fn over(&self) {
        self.status.jobs.fetch_sub(1, Ordering::Relaxed);
    }

    /// Commits `group`, and notifies the callers that wait. If there is no room, or another program
    /// keeps the file locked, the group is dropped: nothing of it is written later. The reason is
    /// then in the status, and everything judged since must be dropped as well.
    pub(crate) fn write(&mut self, group: &mut Group) -> Result<(), Error> {
        if !group.batch.entries.is_empty() {
            self.recorder.sign((self.clock)(), &mut group.batch);
        }
        if !group.is_empty() {
            let started = tokio::time::Instant::now();
            if let Err(error) = self.handle.block_on(self.store.commit(&group.batch)) {
                return self.drop(error, group);
            }
            let took = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
            self.status.commit_us.fetch_add(took, Ordering::Relaxed);
            self.status.commits.fetch_add(1, Ordering::Relaxed);
        }
        self.finish(group);
        Ok(())
    }

    /// Drops `group`, which cannot be written for a reason that may pass.
    fn drop(&self, error: store::Error, group: &mut Group) -> Result<(), Error> {
        let Some(trouble) = Trouble::of(&error) else { return Err(error.into()) };
        self.status.set_trouble(Some(trouble));
        self.status.dropped.fetch_add(1, Ordering::Release);
        let why = Arc::new(Error::from(error));
        for (reply, _) in group.waiting.drain(..) {
            self.over();
            let _ = reply.send(Err(Arc::clone(&why)));
        }
        Ok(())
    }

    /// Notifies the callers that wait that `group` is written.
    fn finish(&mut self, group: &mut Group) {
        for (part, bytes) in group.snapshots.drain(..) {
            // Without a snapshot the next start only takes longer.
            let _ = self.snapshots.send(Snapshot::Part(part, bytes));
        }
        if group.number > 0 {
            self.status.written.store(group.number, Ordering::Release);
        }
        self.size.send_replace(self.recorder.size());
        self.status.refused.fetch_add(group.batch.refused.len() as u64, Ordering::Relaxed);
        for (reply, taken) in group.waiting.drain(..) {
            self.over();
            self.count(&taken);
            // The caller may have gone; what was submitted is stored all the same.
            let _ = reply.send(Ok(taken));
        }
    }

    fn fail(&self, error: Error, group: Group) {
        let error = Arc::new(error);
        for (reply, _) in group.waiting {
            self.status.jobs.fetch_sub(1, Ordering::Relaxed);
            let _ = reply.send(Err(Arc::clone(&error)));
        }
        // Only the first failure ends the loop.
        let _ = self.failure.set(error);
    }
}
