//! The loop: an event comes, facts are fetched, signals found, rules judged, state moved on.
//!
//! [`Judge`] does that for one event at a time, without I/O.

mod answers;
pub mod cases;
pub mod counters;
mod decision;
mod judge;
pub mod rules;
pub mod state;

pub use judge::{Judge, Judged, explain, rejudge};
pub use rules::Rules;
pub use state::State;
