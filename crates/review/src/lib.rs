//! What reviewers do, as state machines. A case is opened, claimed, judged and closed; queues say who
//! may judge it, priorities say what comes first.
//!
//! [`Desk`] holds all open cases and is all that callers change; [`command::apply`] defines what
//! may happen to one case. Nothing here uses a clock, a store or a network: times are arguments,
//! and changes are returned to be stored.

pub mod act;
pub mod agreement;
pub mod case;
mod claim;
pub mod command;
mod desk;
mod opened;
pub mod outcomes;
pub mod priority;
pub mod queue;
mod repeats;
mod rescore;
mod reviewer;
pub mod sampling;
mod seen;
pub mod staffing;
mod telling;
mod tick;
pub mod wellbeing;

pub use act::{AUTOMATIC, Acted, Considered, Request};
pub use case::{Case, CaseId, Finding, Kind, Lane, Member, State, Step, Verdict};
pub use claim::May;
pub use command::{Command, Refused};
pub use desk::{Count, Desk, Settings};
pub use opened::{Filing, Told};
pub use queue::Queue;
pub use reviewer::{Reviewer, Skills, Work};
pub use telling::{Said, Telling};
pub use tick::Alarm;
