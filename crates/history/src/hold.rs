//! Holds: what must be kept although its time is over, because a court, an authority or an
//! investigation asks for it.

use std::fmt;

use serde::{Deserialize, Serialize};
use types::{Described, Event, Subject};

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Its name: a file number, for example.
    pub name: String,
    /// What is kept.
    #[serde(flatten)]
    pub scope: Scope,
    /// Since when, in milliseconds since 1970.
    pub since_ms: i64,
    /// Why, without names.
    pub reason: String,
}

impl Hold {
    /// Whether `event` must be kept for it.
    #[must_use]
    pub fn keeps(&self, event: &Event) -> bool {
        match &self.scope {
            Scope::Subject(subject) => event.concerns(subject),
            Scope::Described(described) => described.fits(event),
        }
    }
}

/// What a hold keeps, as it stands in the manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scope {
    /// Everything about whom or what.
    #[serde(rename = "subject")]
    Subject(Subject),
    /// What is described.
    #[serde(rename = "scope")]
    Described(Described),
}

impl From<Described> for Scope {
    fn from(described: Described) -> Self {
        let subject = described.subject().cloned();
        subject.map_or(Self::Described(described), Self::Subject)
    }
}

/// In words.
impl fmt::Display for Scope {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Subject(subject) => out.write_str(&subject.0),
            Self::Described(described) => described.fmt(out),
        }
    }
}
