//! Holds: data that must be kept after its retention period, because a court, an authority or an
//! investigation requires it.

use std::fmt;

use serde::{Deserialize, Serialize};
use types::{Event, EventSelector, Subject};

/// A hold on events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Its name: a file number, for example.
    pub name: String,
    /// The events that it covers.
    #[serde(flatten)]
    pub scope: Scope,
    /// Its start, in milliseconds since 1970.
    pub since_ms: i64,
    /// The reason, without names.
    pub reason: String,
}

impl Hold {
    /// Whether `event` must be kept because of it.
    #[must_use]
    pub fn keeps(&self, event: &Event) -> bool {
        match &self.scope {
            Scope::Subject(subject) => event.concerns(subject),
            Scope::Described(described) => described.fits(event),
        }
    }
}

/// The scope of a hold, as in the manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scope {
    /// Everything about the subject.
    #[serde(rename = "subject")]
    Subject(Subject),
    /// The events described.
    #[serde(rename = "scope")]
    Described(EventSelector),
}

impl From<EventSelector> for Scope {
    fn from(described: EventSelector) -> Self {
        let subject = described.subject().cloned();
        subject.map_or(Self::Described(described), Self::Subject)
    }
}

/// Writes the scope in words.
impl fmt::Display for Scope {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Subject(subject) => out.write_str(&subject.0),
            Self::Described(described) => described.fmt(out),
        }
    }
}
