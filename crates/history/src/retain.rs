//! Retention: how long each kind of data is kept, and what must be kept all the same.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{Dropped, Error, History};

const DAY_MS: i64 = 86_400_000;

/// How many days events are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// By event type.
    pub days: BTreeMap<String, u32>,
    /// For all others; nothing means for ever.
    pub default_days: Option<u32>,
}

impl Retention {
    /// Events of a type are kept from so many milliseconds since 1970 on; nothing means all of them.
    fn kept_from_ms(&self, kind: &str, now: Timestamp) -> Option<i64> {
        let days = self.days.get(kind).copied().or(self.default_days)?;
        Some(now.as_millisecond().saturating_sub(i64::from(days).saturating_mul(DAY_MS)))
    }
}

/// What came of dropping what is too old.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retained {
    /// Events dropped.
    pub dropped: u64,
    /// Events that are too old and were kept for a hold.
    pub held: u64,
}

impl History {
    /// Drops the files whose events are all too old; of events under a hold nothing is dropped.
    ///
    /// # Errors
    ///
    /// If files cannot be read or written.
    pub async fn retain(&mut self, by: &Retention, now: Timestamp) -> Result<Retained, Error> {
        let mut retained = Retained::default();
        for at in 0..self.manifest.files.len() {
            let file = &self.manifest.files[at];
            let is_over =
                by.kept_from_ms(&file.r#type, now).is_some_and(|from| file.times_ms.1 < from);
            if !is_over {
                continue;
            }
            let (path, rows) = (file.path.clone(), file.rows);
            let holds = self.manifest.holds.clone();
            let is_held = move |row: &crate::Row| holds.iter().any(|hold| hold.keeps(&row.event));
            let gone = self.keep_only(at, &is_held).await?;
            retained.dropped += gone;
            retained.held += rows.saturating_sub(gone);
            if gone > 0 {
                let at_ms = now.as_millisecond();
                self.manifest.dropped.push(Dropped { path, rows: gone, at_ms });
            }
        }
        self.manifest.files.retain(|file| file.rows > 0);
        self.save().await?;
        Ok(retained)
    }

    /// Holds what is about a subject, from now on.
    ///
    /// # Errors
    ///
    /// If the manifest cannot be written.
    pub async fn hold(&mut self, hold: crate::Hold) -> Result<(), Error> {
        self.manifest.holds.retain(|known| known.name != hold.name);
        self.manifest.holds.push(hold);
        self.save().await
    }

    /// Releases the hold called `name`; whether there was one.
    ///
    /// # Errors
    ///
    /// If the manifest cannot be written.
    pub async fn release(&mut self, name: &str) -> Result<bool, Error> {
        let before = self.manifest.holds.len();
        self.manifest.holds.retain(|hold| hold.name != name);
        // What was erased while it was held goes with the next roll.
        self.manifest.erased = 0;
        self.save().await?;
        Ok(self.manifest.holds.len() < before)
    }
}
