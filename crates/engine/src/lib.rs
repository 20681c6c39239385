//! The loop: an event comes, facts are fetched, signals found, rules judged, state moved on, and all
//! of it entered in the ledger with one commit a batch.
//!
//! [`Judge`] does the first half for one event at a time, without I/O; [`Pipeline`] runs it with a
//! store, [`Screen`] without one. Nothing is decided here: that is `decide`'s; nothing is looked for: that is `signal`'s.

mod answers;
pub mod cases;
pub mod counters;
mod decision;
pub mod erase;
mod error;
mod judge;
mod keep;
mod opening;
mod pipeline;
pub mod prove;
mod recent;
mod recorder;
pub mod replay;
mod rules;
mod screen;
pub mod state;
mod tally;
pub mod verify;
mod writer;

pub use error::Error;
pub use judge::{Before, Judge, Judged, explain, rejudge};
pub use keep::Keep;
pub use opening::open;
pub use pipeline::{Clock, Intake, Pipeline, Receipt, Refusal, Status, Taken, Threads};
pub use recorder::{Done, Random, Recorder};
pub use rules::Rules;
pub use screen::{Screen, Screened};
pub use state::State;
