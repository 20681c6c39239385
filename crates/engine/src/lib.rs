//! The loop: an event arrives, facts are fetched, signals found, rules evaluated, the state
//! updated, and everything is entered in the ledger, with one commit per batch.
//!
//! [`Judge`] does the first half, without I/O; [`Pipeline`] runs it with a store, [`Screen`]
//! without one. Deciding is left to `decide`, detecting to `signal`.

mod answers;
pub mod attributes;
pub mod backtest;
mod bench;
mod breaker;
pub mod cases;
mod clusters;
pub mod counters;
mod daily_count;
mod decision;
mod deed;
mod distinct;
pub mod door;
pub mod erase;
mod error;
mod forgetting;
mod human;
mod images;
mod judge;
mod judge_loop;
mod keep;
pub mod machine;
mod names;
mod opening;
pub mod origin;
mod partition;
mod pipeline;
pub mod prove;
pub mod rebuild;
mod recent;
mod recorder;
pub mod rejudging;
pub mod replay;
pub mod reporters;
mod restore;
pub mod roll;
mod rules;
mod screen;
mod shards;
mod snapshot;
pub mod state;
mod status;
mod steps;
pub mod verify;
mod work;
mod writer;

pub use deed::Deed;
pub use door::Door;
pub use error::Error;
pub use human::VERDICT;
pub use judge::{Before, Judge, Judged, StatePart, explain, rejudge, value};
pub use keep::Keep;
pub use opening::{Opening, Past, open};
pub use pipeline::{Clock, EventResult, Intake, Pipeline, Receipt, Refusal, Threads};
pub use recorder::{Change, Random, Recorded, Recorder};
pub use rules::Rules;
pub use screen::{Screen, Screened};
pub use state::{Paused, Size, State, SubjectState};
pub use status::{Status, Trouble};
pub use work::{Lodged, Rows, preview, reasons};
