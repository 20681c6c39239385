//! A synthetic platform with planted truth: the same events for the same seed, for ever.
//!
//! Accounts, posts in several languages, comments, livestreams, views with a heavy tail and a daily
//! rhythm, flags and searches; among them misinformation, spam, a coordinated network, unlabelled
//! synthetic media and an unsafe challenge. Some planted content is disguised or paraphrased so
//! that rules miss it, and some honest content quotes it, so that rules hit it wrongly.
//!
//! All names, texts and domains are made up. There is no clock and no I/O here.

mod cast;
mod clock;
mod plant;
pub mod queue;
pub mod scenario;
pub mod score;
mod stage;
mod words;

pub use scenario::Scenario;
pub use stage::{Simulated, Simulation, Truth};
