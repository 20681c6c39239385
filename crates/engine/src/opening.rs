//! Opens a store for screening: remembers the past, resumes the ledger, puts the policies in force.

use std::sync::Arc;

use decide::Pack;
use jiff::Timestamp;
use ledger::Key;
use store::{Batch, Store};

use crate::error::Error;
use crate::recorder::{Random, Recorder};
use crate::replay::{kept, rebuild};
use crate::{Judge, Rules};

/// The judge and the recorder with which `store` goes on under `rules`, compiled from `pack`.
///
/// # Errors
///
/// If the store fails, is damaged, or is signed by another key.
pub async fn open(
    store: &Store,
    (pack, rules): (&Pack, Arc<Rules>),
    (key, random): (Key, Random),
    at: Timestamp,
    progress: &mut dyn FnMut(u64),
) -> Result<(Judge, Recorder), Error> {
    let mut recorder = Recorder::resume(store, key, random).await?;
    let past = rebuild(store, rules, progress).await?;
    if recorder.size() > 0 && store.has_no_tallies().await? {
        // Kept by a version that did not count.
        store.commit(&Batch { tallies: past.tallies, ..Batch::default() }).await?;
    }
    let version = pack.version().0;
    match store.enforced(1).await?.pop() {
        Some(now) if now.version == version && now.detectors == signal::VERSION => {
            recorder.set_policies(now.seq);
        }
        _ => {
            let mut batch = Batch::default();
            if recorder.size() == 0 {
                recorder.open(&mut batch)?;
            }
            recorder.enforce(kept(pack), &mut batch)?;
            recorder.sign(at, &mut batch);
            store.commit(&batch).await?;
        }
    }
    Ok((past.judge, recorder))
}
