//! Opens a store for screening: remembers the past, resumes the ledger, puts the policies in force.

use std::sync::Arc;

use casework::Desk;
use decide::Pack;
use jiff::Timestamp;
use ledger::Key;
use store::{Batch, Store};

use crate::error::Error;
use crate::recorder::{Change, Random, Recorder};
use crate::replay::{Replay, kept};
use crate::{Judge, Rules, door, restore};

/// With what a store goes on.
pub struct Opening<'a> {
    /// The policies to put in force, if they are not.
    pub pack: &'a Pack,
    /// The same, compiled.
    pub rules: Arc<Rules>,
    /// The key that signs the ledger.
    pub key: Key,
    /// Randomness for salts.
    pub random: Random,
    /// Threads that judge.
    pub threads: usize,
    /// How the desk works.
    pub casework: casework::Settings,
}

/// What a store goes on with.
pub struct Past {
    /// Judges, and remembers what was judged.
    pub judge: Judge,
    /// The end of the ledger.
    pub recorder: Recorder,
    /// Open cases.
    pub desk: Desk,
    /// Whether the state is not in the snapshots as it is: they are written when the loop ends.
    pub is_rebuilt: bool,
    /// What of the cases cannot be read, and was left aside.
    pub damage: Vec<String>,
}

/// Judge, recorder and desk with which `store` goes on.
///
/// # Errors
///
/// If the store fails, is damaged, or is signed by another key.
pub async fn open(
    store: &Store,
    opening: Opening<'_>,
    at: Timestamp,
    progress: &mut dyn FnMut(u64),
) -> Result<Past, Error> {
    let Opening { pack, rules, key, random, threads, casework } = opening;
    let mut recorder = Recorder::resume(store, key, random).await?;
    let mut replay = Replay::begin(store, &rules, threads).await?;
    replay.run(store, progress).await?;
    let is_rebuilt = !replay.is_kept(recorder.size());
    let (mut judge, tallies) = replay.end();
    if let Some(tallies) = tallies {
        // Kept by a version that did not count.
        store.commit(&Batch { tallies, ..Batch::default() }).await?;
    }
    door::prepare(store, &mut recorder, at).await?;
    door::answer_for_the_last(store).await?;
    let version = pack.version().0;
    match store.enforced(1).await?.pop() {
        Some(now) if now.version == version && now.detectors == signal::VERSION => {
            recorder.set_policies(now.seq);
        }
        before => {
            let mut batch = Batch::default();
            let reason = match before {
                None => "the first policies",
                Some(before) if before.version == version => "other detectors",
                Some(_) => "opened with other policies",
            };
            let change = Change { reason: reason.to_owned(), ..Change::default() };
            recorder.enforce(kept(pack)?, change, &mut batch)?;
            recorder.sign(at, &mut batch);
            store.commit(&batch).await?;
        }
    }
    judge.enforce(rules);
    let (desk, damage) = restore::desk(store, casework, at.as_millisecond()).await?;
    Ok(Past { judge, recorder, desk, is_rebuilt, damage })
}
