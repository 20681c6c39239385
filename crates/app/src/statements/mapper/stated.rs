//! A decision with what is said of it.

use std::sync::Arc;

use documents::statement::{Nothing, Source, Statement};
use jiff::Timestamp;
use types::{Decision, Effect};

/// A decision with its statement.
#[derive(Clone, Debug)]
pub struct Stated {
    /// The place of its entry.
    pub seq: u64,
    /// The decision.
    pub decision: Decision,
    /// Its statement, or why none is owed.
    pub statement: Result<Arc<Statement>, Nothing>,
    /// What it says of itself beside its statement.
    pub told: Told,
}

/// What accounts count of a decision and no statement says.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// The restrictions that it newly imposes, in whatever country.
    pub imposed: Vec<Effect>,
    /// What it goes back to.
    pub source: Source,
    /// Where its event happened, ISO 3166-1 alpha-2; empty if unknown.
    pub country: String,
    /// When the content was posted, as far as known.
    pub posted_at: Option<Timestamp>,
    /// Whether it was decided on the event that posted the content.
    pub is_at_posting: bool,
    /// Views of the content before, as far as they were counted.
    pub views: u64,
    /// Whether the content was declared or marked as made by AI.
    pub is_synthetic: bool,
    /// Whether people looked at what a rule had restricted.
    pub is_review: bool,
    /// The same for decisions that figures count alike; `None` if that is not known.
    pub alike: Option<u64>,
}
