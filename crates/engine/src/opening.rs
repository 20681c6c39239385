//! Opens a store for judging: restores the state, resumes the ledger, activates the policies.

use std::sync::Arc;

use decide::PolicySet;
use jiff::Timestamp;
use ledger::Key;
use review::ReviewQueue;
use store::{Batch, Store};

use crate::error::Error;
use crate::recorder::{Change, Random, Recorder};
use crate::replay::{self, Library, Replay};
use crate::{Judge, Rules, door, restore};

/// What is needed to open a store.
pub struct Opening<'a> {
    /// The policies to activate, if they are not active.
    pub policy_set: &'a PolicySet,
    /// The same policies, compiled.
    pub rules: Arc<Rules>,
    /// The key that signs the ledger.
    pub key: Key,
    /// Randomness for salts.
    pub random: Random,
    /// The number of threads that judge.
    pub threads: usize,
    /// The settings of the review queue.
    pub casework: review::Settings,
}

/// The state from which a store continues.
pub struct Past {
    /// The judge, with its state.
    pub judge: Judge,
    /// The end of the ledger.
    pub recorder: Recorder,
    /// The review queue, with its open cases.
    pub review_queue: ReviewQueue,
    /// Whether the snapshots lack a part of the state; they are then written when the loop ends.
    pub is_rebuilt: bool,
    /// Descriptions of the cases that could not be read and were left aside.
    pub damage: Vec<String>,
}

/// Judge and review queue as the commits in `store` leave them, after something judged could not be
/// written.
///
/// # Errors
///
/// As [`open`].
pub(crate) async fn again(
    store: &Store,
    (before, threads): (&Arc<Rules>, usize),
    (casework, at_ms): (review::Settings, i64),
) -> Result<(Judge, ReviewQueue), Error> {
    let rules = match store.activated(1).await?.pop() {
        Some(now) if now.version != before.program.version.0 => {
            Library::default().rules(store, &now.version).await?
        }
        _ => Arc::clone(before),
    };
    let mut replay = Replay::begin(store, &rules, threads).await?;
    replay.run(store, &mut |_| {}).await?;
    let (mut judge, _) = replay.end();
    judge.activate(rules);
    let (review_queue, _) = restore::review_queue(store, casework, at_ms).await?;
    Ok((judge, review_queue))
}

/// Judge, recorder and review queue with which `store` continues.
///
/// # Errors
///
/// [`Error::Store`] if the store fails; [`Error::Damaged`] if it is damaged; [`Error::OtherKey`] if
/// its ledger is signed with another key.
pub async fn open(
    store: &Store,
    opening: Opening<'_>,
    at: Timestamp,
    progress: &mut dyn FnMut(u64),
) -> Result<Past, Error> {
    let Opening { policy_set, rules, key, random, threads, casework } = opening;
    let mut recorder = Recorder::resume(store, key, random).await?;
    let mut replay = Replay::begin(store, &rules, threads).await?;
    replay.run(store, progress).await?;
    let is_rebuilt = !replay.is_kept(recorder.size());
    let (mut judge, daily_counts) = replay.end();
    if let Some(daily_counts) = daily_counts {
        // Written by a version that stored no counts.
        store.commit(&Batch { daily_counts, ..Batch::default() }).await?;
    }
    door::prepare(store, &mut recorder, at).await?;
    door::answer_for_the_last(store).await?;
    let version = policy_set.version().0;
    match store.activated(1).await?.pop() {
        Some(now) if now.version == version && now.detectors == signal::VERSION => {}
        before => {
            let mut batch = Batch::default();
            let reason = match before {
                None => "the first policies",
                Some(before) if before.version == version => "other detectors",
                Some(_) => "opened with other policies",
            };
            let change = Change { reason: reason.to_owned(), ..Change::default() };
            recorder.activate(replay::stored(policy_set)?, change, &mut batch)?;
            recorder.sign(at, &mut batch);
            store.commit(&batch).await?;
        }
    }
    judge.activate(rules);
    let (review_queue, damage) =
        restore::review_queue(store, casework, at.as_millisecond()).await?;
    Ok(Past { judge, recorder, review_queue, is_rebuilt, damage })
}
