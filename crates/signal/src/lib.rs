//! Event and facts in, signals out. One detector a file; [`Signals`] asks them, each at most once.
//!
//! Nothing here has a clock, randomness or I/O: the same event, facts and lists give the same
//! signals, for ever.

pub mod flags;
pub mod fold;
pub mod language;
pub mod links;
pub mod lists;
pub mod names;
mod signals;
pub mod standing;
pub mod synthetic;
pub mod table;
pub mod terms;
pub mod text;
mod tokens;
pub mod views;

pub use lists::Lists;
pub use signals::{Memory, Signals};
