//! Erases while everything runs. The writing thread brings the search up to date and commits; the
//! judging thread waits for that, and then forgets the same data. So nothing is judged or stored
//! again by erased data; and if it cannot be erased, nothing is forgotten.

use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};

use review::Case;
use store::{Eraser, RowChange, Store};
use tokio::sync::oneshot;
use types::Subject;

use crate::erase::{self, ErasureRequest, ErasureScope};
use crate::error::Error;
use crate::judge_loop::JudgeLoop;
use crate::pipeline::{Pipeline, Receipt};
use crate::work;
use crate::writer::{Group, Snapshot, Work, Writer};

/// An erasure, with the caller who waits for it.
pub(crate) struct Erasing {
    pub(crate) found: ErasureScope,
    pub(crate) asked: ErasureRequest,
    pub(crate) reply: oneshot::Sender<Receipt>,
}

/// What was erased, for the judging thread to forget, with the caller who waits for that.
pub(crate) struct Forgotten {
    subjects: Vec<Subject>,
    eraser: Eraser,
    /// Cases that named the subject.
    cases: Vec<u64>,
    reply: oneshot::Sender<Receipt>,
}

impl Pipeline {
    /// Erases what is stored about `subject` while everything runs. It is gone from every file of
    /// the store when this returns. Returns what was erased.
    ///
    /// # Errors
    ///
    /// [`Error::Held`] if something about it must be kept; [`store::Error::Lingering`] if a reader
    /// keeps old bytes in the write-ahead log: erasing again continues there; [`Error::Store`] if
    /// the store fails; [`Error::WriterGone`] if the loop has ended.
    pub async fn erase(
        &self,
        store: &Store,
        (subject, asked): (&Subject, ErasureRequest),
    ) -> Result<ErasureScope, Error> {
        let found = erase::find(store, (subject, self.now()), &mut |_| {}).await?;
        erase::check_reason(store, &found, &asked).await?;
        if !found.is_empty() {
            let (reply, receipt) = oneshot::channel();
            let erasing = Erasing { found: found.clone(), asked, reply };
            self.forget(Box::new(erasing)).await?;
            receipt.await.unwrap_or_else(|_| Err(Arc::new(Error::WriterGone)))?;
        }
        store.scrub().await?;
        Ok(found)
    }
}

impl JudgeLoop {
    /// Passes on an erasure, and forgets the data once it is erased. Nothing is judged meanwhile,
    /// so that the state then contains only what was written before.
    pub(crate) fn erase(&mut self, erasing: Box<Erasing>, to: &SyncSender<Work>) -> bool {
        let (done, erased) = sync_channel(1);
        let is_taken = to.send(Work::Erase(erasing, self.number, done)).is_ok();
        if let Ok(forgotten) = erased.recv() {
            self.forget(forgotten);
        }
        is_taken
    }

    /// Forgets what is remembered about the subjects.
    pub(crate) fn forget(&mut self, Forgotten { subjects, eraser, cases, reply }: Forgotten) {
        let mut gone = Vec::new();
        for id in cases {
            match self.review_queue.known(id).map(|case| without(case, &eraser)) {
                Some(Some(left)) => self.review_queue.replace(left),
                Some(None) => gone.push(id),
                None => {}
            }
        }
        self.review_queue.forget(&gone, &subjects);
        self.judge.state_mut().forget(&subjects);
        // The snapshots were removed; new ones make the next start fast.
        self.is_changed = true;
        self.tell_cases();
        // The caller may have gone.
        let _ = reply.send(Ok(Vec::new()));
    }
}

/// What an erasure leaves of `case`; `None` if nothing is left.
fn without(case: &Case, eraser: &Eraser) -> Option<Case> {
    let row = eraser.after(RowChange::from(&work::row(case).ok()?));
    serde_json::from_str(row.row["body"].as_str()?).ok()
}

impl Writer {
    /// Has all snapshots removed, including those that wait to be written: they contain erased
    /// data.
    pub(crate) fn clear_snapshots(&self) {
        let (done, cleared) = sync_channel(1);
        let _ = self.snapshots.send(Snapshot::Clear(done));
        let _ = cleared.recv();
    }

    /// Erases, after everything passed on before is written, and with the snapshots removed.
    /// Returns what is to be forgotten, or `None` if nothing was erased and the caller got the
    /// reason.
    pub(crate) fn erase(
        &mut self,
        erasing: Erasing,
        number: u64,
    ) -> Result<Option<Forgotten>, Error> {
        let Erasing { mut found, asked, reply } = erasing;
        let (store, handle) = (self.store.clone(), self.handle.clone());
        let prepared = handle.block_on(async {
            let eraser = erase::catch_up(&store, &mut found).await?;
            let subjects = found.erasure.subjects.iter().cloned().map(Subject).collect();
            let cases = found.rows.iter().filter(|row| row.table == "cases");
            let cases = cases.filter_map(|row| row.row.get("id")?.as_u64()).collect();
            let batch = erase::batch(&store, &mut self.recorder, (found, asked)).await?;
            Ok((batch, subjects, eraser, cases))
        });
        self.over();
        let (batch, subjects, eraser, cases) = match prepared {
            Ok(prepared) => prepared,
            // Nothing of the erasure was entered.
            Err(error) => {
                let _ = reply.send(Err(Arc::new(error)));
                return Ok(None);
            }
        };
        let mut group = Group::default();
        (group.batch, group.number) = (batch, number);
        self.write(&mut group)?;
        if let Err(error) = self.status.room() {
            let _ = reply.send(Err(Arc::new(error)));
            return Ok(None);
        }
        Ok(Some(Forgotten { subjects, eraser, cases, reply }))
    }
}
