//! What goes on in the loop, for those who watch.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use crate::error::Error;
use crate::state::Paused;

/// What goes on, for those who watch.
#[derive(Debug, Default)]
pub struct Status {
    /// Events judged since the start.
    pub judged: AtomicU64,
    /// Events that had been taken before.
    pub duplicates: AtomicU64,
    /// Records refused.
    pub refused: AtomicU64,
    /// Decisions made.
    pub decisions: AtomicU64,
    /// Commits.
    pub commits: AtomicU64,
    /// Time spent in commits, in microseconds.
    pub commit_us: AtomicU64,
    /// Jobs under way.
    pub jobs: AtomicU64,
    /// Why nothing can be written now: a [`Trouble`], or 0.
    pub(crate) trouble: AtomicU8,
    /// Accounts remembered.
    pub accounts: AtomicU64,
    /// Counter keys remembered.
    pub keys: AtomicU64,
    /// Counter keys dropped for want of room although their window had not run out.
    pub evicted: AtomicU64,
    /// Contents, flagged accounts and clusters forgotten for want of room.
    pub forgotten: AtomicU64,
    /// Cases that are open.
    pub cases: AtomicU64,
    /// What of the cases could not be read at the start.
    pub damage: Vec<String>,
    /// Rules whose circuit breaker tripped since the start.
    pub tripped: AtomicU64,
    /// Times that leases and clocks were not looked at, since the store could not be read.
    pub missed_ticks: AtomicU64,
    /// Rules that are paused now.
    pub(crate) paused: Mutex<Vec<Paused>>,
    /// Works committed, by number.
    pub(crate) written: AtomicU64,
}

impl Status {
    /// Whether something can be written; an error while the writer waits for room.
    pub(crate) fn room(&self) -> Result<(), Error> {
        match self.trouble() {
            None => Ok(()),
            Some(Trouble::Full) => Err(store::Error::Full.into()),
            Some(Trouble::Locked) => Err(store::Error::Locked.into()),
            Some(Trouble::Disk) => Err(store::Error::Disk("an I/O error".to_owned()).into()),
        }
    }

    /// Why nothing can be written now.
    #[must_use]
    pub fn trouble(&self) -> Option<Trouble> {
        let number = self.trouble.load(Ordering::Relaxed);
        [Trouble::Full, Trouble::Locked, Trouble::Disk]
            .into_iter()
            .find(|trouble| *trouble as u8 == number)
    }

    pub(crate) fn set_trouble(&self, trouble: Option<Trouble>) {
        self.trouble.store(trouble.map_or(0, |trouble| trouble as u8), Ordering::Relaxed);
    }
}

/// Why nothing can be written; the writer tries again until it can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The disk is full.
    Full = 1,
    /// Another program keeps the store's file locked.
    Locked = 2,
    /// The disk fails.
    Disk = 3,
}

impl Trouble {
    /// What an error of the store means for what is to be written, if it may pass.
    pub(crate) const fn of(error: &store::Error) -> Option<Self> {
        match error {
            store::Error::Full => Some(Self::Full),
            store::Error::Locked => Some(Self::Locked),
            store::Error::Disk(_) => Some(Self::Disk),
            _ => None,
        }
    }
}
