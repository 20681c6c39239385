//! The nouns of Probity: events and their data, facts, effects, decisions, reasons for rejection.
//!
//! There is no I/O here, no clock and no randomness. All other crates use these types.

pub mod data;
pub mod decision;
pub mod described;
pub mod effect;
pub mod event;
pub mod event_type;
pub mod facts;
pub mod field;
pub mod group;
pub mod id;
pub mod incoming;
pub mod language;
pub mod lenient;
pub mod list;
pub mod merge;
pub mod policy;
pub mod reject;
pub mod value;

pub use data::Data;
pub use decision::{Automation, Decision, Evidence, Reason};
pub use described::EventSelector;
pub use effect::{Axis, Effect};
pub use event::Event;
pub use event_type::{EventType, Trait};
pub use facts::{Approved, Cluster, Counted, Counters, Facts, Standing, Velocity};
pub use field::{FIELDS, Field};
pub use group::Group;
pub use id::{DecisionId, EventKey, PolicyVersion, Seq, Subject};
pub use incoming::Incoming;
pub use language::Language;
pub use list::{List, ListKind};
pub use policy::{Dsa, ORDERED, Policy};
pub use reject::Reject;
pub use value::{Kind, Value};
