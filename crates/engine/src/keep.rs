//! Writes batches to a store for the command line, which waits for its own batches instead of
//! serving many callers.

use std::collections::VecDeque;

use store::Store;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use types::Incoming;

use crate::error::Error;
use crate::opening::Past;
use crate::pipeline::{Clock, EventResult, Intake, Pipeline, Receipt, Threads};

/// The most batches under way; more would only wait.
const BATCHES_UNDER_WAY_MAX: usize = 3;

/// A running loop for the command line.
pub struct Keep {
    runtime: Runtime,
    store: Store,
    running: Option<(Pipeline, Threads)>,
    under_way: VecDeque<oneshot::Receiver<Receipt>>,
    done: VecDeque<Vec<EventResult>>,
}

impl Keep {
    /// Starts the loop on `store`, which `runtime` opened; it needs a worker thread.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if no thread can be started.
    pub fn start(runtime: Runtime, store: Store, past: Past, clock: Clock) -> Result<Self, Error> {
        let running = Pipeline::start(&store, past, clock, runtime.handle())?;
        let (under_way, done) = (VecDeque::new(), VecDeque::new());
        Ok(Self { runtime, store, running: Some(running), under_way, done })
    }

    /// Submits a batch; waits only if several are under way already.
    ///
    /// # Errors
    ///
    /// [`Error::Loop`] if the store fails; batches that were submitted and are not finished are
    /// lost. [`Error::WriterGone`] if the loop has ended.
    pub fn take(&mut self, events: Vec<Incoming>) -> Result<(), Error> {
        if self.under_way.len() >= BATCHES_UNDER_WAY_MAX {
            self.wait()?;
        }
        let (pipeline, _) = self.running.as_ref().ok_or(Error::WriterGone)?;
        let intake = Intake { events, ..Intake::default() };
        self.under_way.push_back(self.runtime.block_on(pipeline.take(intake))?);
        Ok(())
    }

    /// The next batch that is on disk; `None` if there is none or, with `wait`, if none is under
    /// way.
    ///
    /// # Errors
    ///
    /// [`Error::Loop`] if the store fails; [`Error::WriterGone`] if the loop has ended.
    pub fn finished(&mut self, wait: bool) -> Result<Option<Vec<EventResult>>, Error> {
        if self.done.is_empty() && wait && !self.under_way.is_empty() {
            self.wait()?;
        }
        if self.done.is_empty()
            && let Some(receipt) = self.under_way.front_mut()
            && let Ok(receipt) = receipt.try_recv()
        {
            self.under_way.pop_front();
            self.receive(receipt)?;
        }
        Ok(self.done.pop_front())
    }

    /// The numbers of counter keys dropped, and of other things forgotten, for lack of room.
    #[must_use]
    pub fn lost(&self) -> (u64, u64) {
        let status = self.running.as_ref().map(|(pipeline, _)| pipeline.status());
        let count =
            |of: &std::sync::atomic::AtomicU64| of.load(std::sync::atomic::Ordering::Relaxed);
        status.map_or((0, 0), |status| (count(&status.evicted), count(&status.forgotten)))
    }

    fn wait(&mut self) -> Result<(), Error> {
        let Some(receipt) = self.under_way.pop_front() else { return Ok(()) };
        let receipt = self.runtime.block_on(receipt).map_err(|_| Error::WriterGone)?;
        self.receive(receipt)
    }

    fn receive(&mut self, receipt: Receipt) -> Result<(), Error> {
        if receipt.is_err() {
            // Later batches wait for the one that failed, so nothing here may wait for them.
            self.under_way.clear();
        }
        self.done.push_back(receipt?);
        Ok(())
    }
}

impl Drop for Keep {
    fn drop(&mut self) {
        if let Some((pipeline, threads)) = self.running.take() {
            drop(pipeline);
            threads.join();
        }
        self.runtime.block_on(self.store.close());
    }
}
