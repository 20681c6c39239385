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

/// The version of judgement: of everything that can change a byte of a decision. It goes up with every
/// change after which some event has other signals, effects or sentences, so that old decisions are not
/// held against a new build. `engine/tests/golden/corpus.txt` says when.
pub const VERSION: u32 = 4;

pub use lists::Lists;
pub use signals::{Memory, Signals};
