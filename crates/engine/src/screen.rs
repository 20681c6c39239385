//! Screens events in batches: without a store, or keeping everything in one.
//!
//! With a store two threads work: this one judges the next batch while the writer seals and commits
//! the one before. A batch comes back from [`Screen::finished`] only when it is on the disk.

use std::collections::{HashSet, VecDeque};
use std::sync::mpsc::{Receiver, Sender, SyncSender, TryRecvError, channel, sync_channel};
use std::thread::JoinHandle;

use jiff::Timestamp;
use store::{Batch, Store};
use types::{Decision, EventKey, Incoming};

use crate::error::Error;
use crate::judge::Judge;
use crate::recorder::{Done, Recorder};

/// Batches judged but not yet committed; more would only wait.
const BATCHES_WAITING_MAX: usize = 2;

/// A clock; given by the binary.
pub type Clock = Box<dyn Fn() -> Timestamp + Send>;

/// A batch that is done, and durable if there is a store.
#[derive(Debug, Default)]
pub struct Finished {
    /// How many events were judged.
    pub judged: u64,
    /// The decisions, in the order of their events.
    pub decisions: Vec<Decision>,
}

/// What became of a batch handed in.
#[derive(Debug, Default)]
pub struct Taken {
    /// Places of events that had been taken before.
    pub duplicates: Vec<u64>,
}

/// See the module.
pub struct Screen {
    judge: Judge,
    keeping: Keeping,
    done: VecDeque<Finished>,
}

enum Keeping {
    Nothing(HashSet<EventKey>),
    Everything(Box<Writer>),
}

struct Writer {
    reads: Store,
    runtime: tokio::runtime::Runtime,
    /// Keys of the batches under way, which the store does not know yet.
    under_way: VecDeque<HashSet<EventKey>>,
    to: Option<SyncSender<Vec<Done>>>,
    from: Receiver<Result<Finished, Error>>,
    thread: Option<JoinHandle<()>>,
}

impl Screen {
    /// Screens without keeping anything.
    #[must_use]
    pub const fn new(judge: Judge, seen: HashSet<EventKey>) -> Self {
        Self { judge, keeping: Keeping::Nothing(seen), done: VecDeque::new() }
    }

    /// Screens and keeps everything in `store`, whose end is `recorder`.
    ///
    /// # Errors
    ///
    /// If no thread can be started.
    pub fn keeping(
        judge: Judge,
        store: Store,
        recorder: Recorder,
        clock: Clock,
    ) -> Result<Self, Error> {
        let unavailable = |error: std::io::Error| store::Error::Unavailable(error.to_string());
        let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build();
        let (to, batches) = sync_channel(BATCHES_WAITING_MAX);
        // Not bounded: a caller that takes many batches before it looks must not wait for itself.
        let (answers, from) = channel();
        let (writes, writing) = (store.clone(), runtime().map_err(unavailable)?);
        let thread = std::thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || writing.block_on(write(&writes, recorder, &clock, (&batches, &answers))))
            .map_err(unavailable)?;
        let writer = Writer {
            reads: store,
            runtime: runtime().map_err(unavailable)?,
            under_way: VecDeque::new(),
            to: Some(to),
            from,
            thread: Some(thread),
        };
        Ok(Self { judge, keeping: Keeping::Everything(Box::new(writer)), done: VecDeque::new() })
    }

    /// The judge.
    #[must_use]
    pub const fn judge(&self) -> &Judge {
        &self.judge
    }

    /// Judges a batch. With a store, waits only if the writer is two batches behind.
    ///
    /// # Errors
    ///
    /// If the store fails; what was handed in and not finished is not kept.
    pub fn take(&mut self, batch: Vec<Incoming>) -> Result<Taken, Error> {
        let keys: Vec<EventKey> = batch.iter().map(|incoming| incoming.event.key()).collect();
        let is_known = self.known(&keys)?;
        let mut taken = Taken::default();
        let mut done = Vec::with_capacity(batch.len());
        for (incoming, is_known) in batch.into_iter().zip(is_known) {
            if is_known {
                taken.duplicates.push(incoming.place);
                continue;
            }
            let judged = self.judge.judge(&incoming.event);
            done.push(Done { incoming, judged });
        }
        match &mut self.keeping {
            Keeping::Nothing(_) => self.done.push_back(finished(&done)),
            Keeping::Everything(writer) => writer.send(done)?,
        }
        Ok(taken)
    }

    /// For each key whether it was taken before, also within the batch.
    fn known(&mut self, keys: &[EventKey]) -> Result<Vec<bool>, Error> {
        match &mut self.keeping {
            Keeping::Nothing(seen) => Ok(keys.iter().map(|key| !seen.insert(*key)).collect()),
            Keeping::Everything(writer) => writer.known(keys),
        }
    }

    /// The next batch that is done; nothing if none is, or with `wait`, if none is under way.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub fn finished(&mut self, wait: bool) -> Result<Option<Finished>, Error> {
        match &mut self.keeping {
            Keeping::Nothing(_) => Ok(self.done.pop_front()),
            Keeping::Everything(writer) => writer.finished(wait),
        }
    }
}

impl Writer {
    fn known(&mut self, keys: &[EventKey]) -> Result<Vec<bool>, Error> {
        let stored = self.runtime.block_on(self.reads.known(keys))?;
        let mut new = HashSet::with_capacity(keys.len());
        let mut is_known = |key: &EventKey| {
            let is_under_way = self.under_way.iter().any(|batch| batch.contains(key));
            stored.contains(key) || is_under_way || !new.insert(*key)
        };
        let known = keys.iter().map(&mut is_known).collect();
        self.under_way.push_back(new);
        Ok(known)
    }

    fn send(&mut self, done: Vec<Done>) -> Result<(), Error> {
        let to = self.to.as_ref().ok_or(Error::WriterGone)?;
        if to.send(done).is_ok() {
            return Ok(());
        }
        // The writer stopped: its last answer says why.
        while let Ok(answer) = self.from.recv() {
            answer?;
        }
        Err(Error::WriterGone)
    }

    fn finished(&mut self, wait: bool) -> Result<Option<Finished>, Error> {
        if self.under_way.is_empty() {
            return Ok(None);
        }
        let answer = if wait {
            self.from.recv().map_err(|_| Error::WriterGone)?
        } else {
            match self.from.try_recv() {
                Ok(answer) => answer,
                Err(TryRecvError::Empty) => return Ok(None),
                Err(TryRecvError::Disconnected) => return Err(Error::WriterGone),
            }
        };
        // The store knows these keys now.
        self.under_way.pop_front();
        answer.map(Some)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.to = None;
        while self.from.recv().is_ok() {}
        if let Some(thread) = self.thread.take() {
            // A panic of the writer has already been told as `WriterGone`.
            let _ = thread.join();
        }
        self.runtime.block_on(self.reads.close());
    }
}

async fn write(
    store: &Store,
    mut recorder: Recorder,
    clock: &Clock,
    (batches, answers): (&Receiver<Vec<Done>>, &Sender<Result<Finished, Error>>),
) {
    while let Ok(done) = batches.recv() {
        let answer = write_one(store, &mut recorder, clock, done).await;
        let is_over = answer.is_err();
        if answers.send(answer).is_err() || is_over {
            return;
        }
    }
}

async fn write_one(
    store: &Store,
    recorder: &mut Recorder,
    clock: &Clock,
    done: Vec<Done>,
) -> Result<Finished, Error> {
    let finished = finished(&done);
    if !done.is_empty() {
        let mut batch = Batch::default();
        recorder.judged(done, &mut batch)?;
        recorder.sign(clock(), &mut batch);
        store.commit(&batch).await?;
    }
    Ok(finished)
}

fn finished(done: &[Done]) -> Finished {
    let decisions = done.iter().filter_map(|done| done.judged.decision.clone());
    Finished { judged: done.len() as u64, decisions: decisions.collect() }
}
