//! What reviewers do, as state machines. A case is opened, claimed, judged and closed; queues say
//! who may judge it, priorities say what comes first.
//!
//! [`ReviewQueue`] holds all open cases and is all that callers change; [`command::apply`] defines
//! what may happen to one case. Nothing here uses a clock, a store or a network: times are
//! arguments, and changes are returned to be stored.

pub mod act;
pub mod agreement;
pub mod case;
mod claim;
pub mod command;
mod opened;
pub mod outcomes;
pub mod priority;
pub mod queue;
mod repeats;
mod rescore;
mod review_queue;
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
pub use opened::{EventInContext, Filing};
pub use queue::Queue;
pub use review_queue::{Count, ReviewQueue, Settings};
pub use reviewer::{Reviewer, Skills, Work};
pub use telling::{SubjectVerdict, Telling};
pub use tick::Alarm;
