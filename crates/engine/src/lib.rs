//! The loop: an event comes, facts are fetched, signals found, rules judged, state moved on, and all
//! of it entered in the ledger with one commit a batch.
//!
//! [`Judge`] does the first half for one event at a time, without I/O; [`Screen`] joins it with a
//! store. Nothing is decided here: that is `decide`'s; nothing is looked for: that is `signal`'s.

mod answers;
pub mod cases;
pub mod counters;
mod decision;
pub mod erase;
mod error;
mod judge;
mod opening;
pub mod prove;
mod recorder;
pub mod replay;
mod rules;
mod screen;
pub mod state;
pub mod verify;

pub use error::Error;
pub use judge::{Judge, Judged, explain, rejudge};
pub use opening::open;
pub use recorder::{Done, Random, Recorder};
pub use rules::Rules;
pub use screen::{Clock, Finished, Screen, Taken};
pub use state::State;
