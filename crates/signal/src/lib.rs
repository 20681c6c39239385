//! Event and facts in, signals out. One detector per file; [`Signals`] calls each at most once.
//!
//! Nothing here uses a clock, randomness or I/O: the same event, facts and lists give the same
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

/// The version of judgement: of everything that can change a byte of a decision. It is increased
/// with every change that gives some event other signals, effects or sentences, so that a new build
/// is not tested against old decisions. `engine/tests/golden/corpus.txt` says when.
pub const VERSION: u32 = 4;

pub use lists::Lists;
pub use signals::{Memory, Signals};
