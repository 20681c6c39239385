//! Erasing while everything runs: the thread that judges forgets, the one that writes erases.

use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use casework::Case;
use store::{Named, RowChange, Store};
use tokio::sync::oneshot;
use types::Subject;

use crate::erase::{self, Found};
use crate::error::Error;
use crate::pipeline::{Pipeline, Receipt};
use crate::seat::Seat;
use crate::work;
use crate::writer::{Group, Snapshot, Work, Writer};

/// What is to be erased, why, and who waits for it.
pub(crate) struct Erasing {
    pub(crate) found: Found,
    pub(crate) reason: String,
    pub(crate) reply: oneshot::Sender<Receipt>,
}

impl Pipeline {
    /// Erases what is kept of `subject` while everything runs; it is gone from every file when this
    /// returns. What was taken away, by what it is.
    ///
    /// # Errors
    ///
    /// [`Error::Held`] if something about it must be kept; [`store::Error::Lingering`] if a reader
    /// keeps old bytes in the write-ahead log; if the store fails or the loop has ended.
    pub async fn erase(
        &self,
        store: &Store,
        (subject, reason): (&Subject, String),
    ) -> Result<Found, Error> {
        let found = erase::find(store, (subject, self.now()), &mut |_| {}).await?;
        if found.is_empty() && found.changes.is_empty() {
            return Ok(found);
        }
        let (reply, receipt) = oneshot::channel();
        let erasing = Erasing { found: found.clone(), reason, reply };
        self.forget(Box::new(erasing)).await?;
        receipt.await.unwrap_or_else(|_| Err(Arc::new(Error::WriterGone)))?;
        Ok(found)
    }
}

impl Seat {
    /// Forgets what is remembered of somebody, and hands on what is to be erased.
    pub(crate) fn forget(&mut self, erasing: Box<Erasing>, to: &SyncSender<Work>) -> bool {
        if let Err(error) = self.forget_cases(&erasing.found) {
            return self.give_up(error, erasing.reply);
        }
        self.judge.state_mut().forget(&subjects(&erasing.found));
        // The next start is to be quick: the snapshots go.
        self.is_changed = true;
        self.tell_cases();
        to.send(Work::Erase(erasing, self.number)).is_ok()
    }

    fn forget_cases(&mut self, found: &Found) -> Result<(), Error> {
        let names = Named::new(&found.erasure.subjects)?;
        let mut left: Vec<Case> = Vec::new();
        let mut gone = Vec::new();
        for case in self.desk.cases().chain(self.desk.golden()) {
            let row = RowChange::from(&work::row(case)?);
            let Some(new) = names.without(&row, found.erasure.at_ms) else { continue };
            match new.row["body"].as_str() {
                Some(body) => left.push(serde_json::from_str(body)?),
                None => gone.push(case.id),
            }
        }
        left.into_iter().for_each(|case| self.desk.replace(case));
        self.desk.forget(&gone, &subjects(found));
        Ok(())
    }
}

fn subjects(found: &Found) -> Vec<Subject> {
    found.erasure.subjects.iter().cloned().map(Subject).collect()
}

impl Writer {
    /// Has all snapshots removed, also those that wait to be written: they hold what goes.
    pub(crate) fn clear_snapshots(&self) {
        let (done, cleared) = std::sync::mpsc::sync_channel(1);
        let _ = self.snapshots.send(Snapshot::Clear(done));
        let _ = cleared.recv();
    }

    /// Erases, with everything written that was handed over before, and the snapshots removed.
    pub(crate) fn erase(&mut self, erasing: Erasing, number: u64) -> Result<(), Error> {
        let Erasing { mut found, reason, reply } = erasing;
        let (store, handle) = (self.store.clone(), self.handle.clone());
        let prepared = handle.block_on(async {
            erase::catch_up(&store, &mut found).await?;
            erase::batch(&store, &mut self.recorder, (found, reason)).await
        });
        let mut group = Group::default();
        match prepared {
            Ok(batch) => group.batch = batch,
            // Nothing of it was entered.
            Err(error) => {
                self.over();
                let _ = reply.send(Err(Arc::new(error)));
                return Ok(());
            }
        }
        group.number = number;
        self.write(&mut group)?;
        let folded = handle.block_on(self.store.scrub());
        self.over();
        let _ = reply.send(folded.map(|()| Vec::new()).map_err(|error| Arc::new(error.into())));
        Ok(())
    }
}
