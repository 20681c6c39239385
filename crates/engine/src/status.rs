//! The state of the loop, for monitoring.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use crate::error::Error;
use crate::state::Paused;

/// The state of the loop, for monitoring.
#[derive(Debug, Default)]
pub struct Status {
    /// Events judged since the start.
    pub judged: AtomicU64,
    /// Events since the start that had been accepted earlier.
    pub duplicates: AtomicU64,
    /// Records refused since the start.
    pub refused: AtomicU64,
    /// Decisions made since the start.
    pub decisions: AtomicU64,
    /// Number of commits since the start.
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
    /// Counter keys dropped for lack of room although their window had not run out.
    pub evicted: AtomicU64,
    /// Contents, flagged accounts and clusters forgotten for lack of room.
    pub forgotten: AtomicU64,
    /// Number of open cases.
    pub cases: AtomicU64,
    /// Descriptions of the cases that could not be read at the start.
    pub damage: Vec<String>,
    /// How often a circuit breaker tripped since the start.
    pub tripped: AtomicU64,
    /// Ticks at which leases and clocks were not processed, because the store could not be read.
    pub missed_ticks: AtomicU64,
    /// Rules that are paused now.
    pub(crate) paused: Mutex<Vec<Paused>>,
    /// The number of the last work that was committed.
    pub(crate) written: AtomicU64,
    /// How often judged work could not be written and was dropped.
    pub(crate) dropped: AtomicU64,
}

impl Status {
    /// An error while nothing can be written.
    pub(crate) fn room(&self) -> Result<(), Error> {
        match self.trouble() {
            None => Ok(()),
            Some(Trouble::Full) => Err(store::Error::Full.into()),
            Some(Trouble::Locked) => Err(store::Error::Locked.into()),
            Some(Trouble::Disk) => Err(store::Error::Disk("an I/O error".to_owned()).into()),
        }
    }

    /// Why nothing can be written now; `None` if writes succeed.
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

/// Why nothing can be written. Everything is refused until it can.
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
    /// What an error of the store means for pending writes; `None` if it does not pass by itself.
    pub(crate) const fn of(error: &store::Error) -> Option<Self> {
        match error {
            store::Error::Full => Some(Self::Full),
            store::Error::Locked => Some(Self::Locked),
            store::Error::Disk(_) => Some(Self::Disk),
            _ => None,
        }
    }
}
