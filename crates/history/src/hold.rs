//! Holds: what must be kept although its time is over, because a court, an authority or an
//! investigation asks for it.

use serde::{Deserialize, Serialize};
use types::{Event, Subject};

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Its name: a file number, for example.
    pub name: String,
    /// Whom or what it is about.
    pub subject: Subject,
    /// Since when, in milliseconds since 1970.
    pub since_ms: i64,
    /// Why, without names.
    pub reason: String,
}

impl Hold {
    /// Whether `event` must be kept for it.
    #[must_use]
    pub fn keeps(&self, event: &Event) -> bool {
        event.concerns(&self.subject)
    }
}
