//! Labels: which past events or subjects were in breach, according to humans.

use std::collections::HashMap;

use serde::Deserialize;
use types::Event;

/// A line of a file of labels.
#[derive(Deserialize)]
struct Line {
    event: Option<String>,
    subject: Option<String>,
    violation: Option<bool>,
}

/// Known breaches, by event or subject.
#[derive(Clone, Debug, Default)]
pub struct Labels {
    known: HashMap<String, bool>,
    /// Whether everything not named is not in breach: the file names only breaches.
    is_complete: bool,
    /// The digest of the text.
    digest: String,
}

impl Labels {
    /// Reads JSON lines: `{"event": ID, "violation": true}` or `{"subject": "content/ID", …}`.
    /// Without `violation` in any line, the file names all breaches, and everything else is not in
    /// breach (the ground truth of a simulation).
    ///
    /// # Errors
    ///
    /// The number of the first line that is not a label, and the reason.
    pub fn read(text: &str) -> Result<Self, (usize, String)> {
        let digest = format!("{:032x}", crate::counters::digest(text.as_bytes()));
        let mut labels = Self { known: HashMap::new(), is_complete: true, digest };
        for (number, line) in (1..).zip(text.lines()) {
            if line.trim().is_empty() {
                continue;
            }
            let line: Line =
                serde_json::from_str(line).map_err(|error| (number, error.to_string()))?;
            let Some(name) = line.event.or(line.subject) else {
                return Err((number, "it names neither `event` nor `subject`".to_owned()));
            };
            labels.is_complete &= line.violation.is_none();
            labels.known.insert(name, line.violation.unwrap_or(true));
        }
        Ok(labels)
    }

    /// The digest of the text that they were read from.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Whether `event` was in breach; `None` if unknown.
    #[must_use]
    pub fn of(&self, event: &Event) -> Option<bool> {
        let known = self.known.get(&event.id);
        let known = known.or_else(|| self.known.get(&event.about().0));
        known.copied().or_else(|| self.is_complete.then_some(false))
    }
}
