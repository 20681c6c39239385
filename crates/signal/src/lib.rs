//! Event and facts in, signals out. One detector a file; [`Signals`] asks them, each at most once.
//!
//! Nothing here has a clock, randomness or I/O: the same event, facts and lists give the same
//! signals, for ever.

mod cut;
pub mod flags;
pub mod fold;
pub mod language;
pub mod links;
pub mod lists;
pub mod names;
pub mod near;
mod signals;
pub mod standing;
pub mod synthetic;
pub mod table;
pub mod terms;
pub mod text;
mod tokens;
pub mod velocity;
pub mod views;

/// The version of what the detectors answer. It goes up with every change after which some event has
/// other signals, so that old decisions are not held against new detectors.
pub const VERSION: u32 = 4;

pub use lists::Lists;
pub use signals::{Memory, Signals};
