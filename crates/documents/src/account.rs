//! Accounts beside the harmonised report: enforcement by quarter, terrorist content, hate speech,
//! demands of authorities, the Code of Conduct on Disinformation.
//!
//! What happened comes in as [`Fact`]s; a [`Measure`] says which of them it counts, a [`Layout`]
//! puts measures into a table, a [`Regime`] is who is owed which tables and when. [`MEASURES`],
//! [`LAYOUTS`] and [`REGIMES`] are lists: a new row touches nothing else.

mod counts;
mod fact;
mod layout;
mod layouts;
mod measure;
mod measures;
mod regime;

pub use counts::{Counts, Spot};
pub use fact::{Challenge, Demand, DemandKind, Fact, Kind, Outcome, Refusal, Restriction};
pub use layout::{By, Layout, Rows};
pub use layouts::{LAYOUTS, layouts};
pub use measure::{Amount, How, Measure};
pub use measures::MEASURES;
pub use regime::{Due, REGIMES, Regime, Rhythm, dues};
