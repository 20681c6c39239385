//! The state of the service: counts and current values.

use std::sync::atomic::{AtomicU64, Ordering};

use ledger::TreeHead;

use crate::service::meter::memory_bytes;
use crate::service::problem::Problem;
use crate::service::state::App;

/// Counts since the start, and current values.
#[derive(Clone, Debug)]
pub struct Figures {
    /// Events judged since the start.
    pub judged: u64,
    /// Events since the start that had been accepted earlier.
    pub duplicates: u64,
    /// Records refused since the start.
    pub refused: u64,
    /// Requests waiting for the judging thread.
    pub waiting: u64,
    /// Commits since the start.
    pub commits: u64,
    /// The mean duration of a commit, in microseconds.
    pub commit_mean_us: u64,
    /// Entries in the ledger.
    pub entries: u64,
    /// Accounts remembered.
    pub accounts: u64,
    /// Things forgotten for lack of room.
    pub forgotten: u64,
    /// Counter keys remembered.
    pub counter_keys: u64,
    /// Counter keys dropped before their time.
    pub counter_keys_dropped: u64,
    /// Rules paused now.
    pub rules_paused: u64,
    /// How often a rule was paused since the start.
    pub rules_tripped: u64,
    /// Keys of events that wait to be written in order.
    pub keys_waiting: u64,
    /// Memory of the process; `None` where the system does not report it.
    pub memory_bytes: Option<u64>,
    /// Memory that is free for requests.
    pub memory_free_bytes: u64,
}

/// The current figures.
pub fn figures(app: &App) -> Result<Figures, Problem> {
    let core = app.core()?;
    let status = core.pipeline.status();
    let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let commits = read(&status.commits);
    Ok(Figures {
        judged: read(&status.judged),
        duplicates: read(&status.duplicates),
        refused: read(&status.refused),
        waiting: read(&status.jobs),
        commits,
        commit_mean_us: read(&status.commit_us).checked_div(commits).unwrap_or(0),
        entries: *core.pipeline.size().borrow(),
        accounts: read(&status.accounts),
        forgotten: read(&status.forgotten),
        counter_keys: read(&status.keys),
        counter_keys_dropped: read(&status.evicted),
        rules_paused: core.pipeline.paused().len() as u64,
        rules_tripped: read(&status.tripped),
        keys_waiting: core.store.keys_waiting() as u64,
        memory_bytes: memory_bytes(),
        memory_free_bytes: app.memory.free() as u64,
    })
}

/// The latest signed head of the ledger; `None` before the first.
pub async fn head(app: &App) -> Result<Option<TreeHead>, Problem> {
    Ok(app.core()?.store.head().await?)
}

/// Whether requests can be accepted: the store is open, the loop runs, there is room.
pub fn ready(app: &App) -> Result<(), Problem> {
    let core = app.core()?;
    if core.pipeline.failure().is_some() {
        return Err(Problem::NotReady("the loop has ended"));
    }
    match core.pipeline.status().trouble() {
        Some(trouble) => Err(trouble.into()),
        None => Ok(()),
    }
}
