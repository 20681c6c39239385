//! Retention: how long each kind of data is kept, and what must be kept longer.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{Dropped, Error, History};

const DAY_MS: i64 = 86_400_000;

/// The number of days for which events are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// By event type.
    pub days: BTreeMap<String, u32>,
    /// For all others; `None`: for ever.
    pub default_days: Option<u32>,
}

impl Retention {
    /// The time from which on events of a type are kept, in milliseconds since 1970; `None`: all of
    /// them.
    fn kept_from_ms(&self, kind: &str, now: Timestamp) -> Option<i64> {
        let days = self.days.get(kind).copied().or(self.default_days)?;
        Some(now.as_millisecond().saturating_sub(i64::from(days).saturating_mul(DAY_MS)))
    }
}

/// The result of dropping old events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retained {
    /// Events dropped.
    pub dropped: u64,
    /// Events past their retention period that were kept because of a hold.
    pub held: u64,
}

impl History {
    /// Drops the files whose events are all past their retention period, except events under a
    /// hold.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] or [`Error::Damaged`] if files cannot be read or written.
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
            let is_held =
                move |row: &crate::HistoryRow| holds.iter().any(|hold| hold.keeps(&row.event));
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

    /// Adds a hold, which applies from now on.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if the manifest cannot be written.
    pub async fn hold(&mut self, hold: crate::Hold) -> Result<(), Error> {
        self.manifest.holds.retain(|known| known.name != hold.name);
        self.manifest.holds.push(hold);
        self.save().await
    }

    /// Releases the hold called `name`; false if there was none.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if the manifest cannot be written.
    pub async fn release(&mut self, name: &str) -> Result<bool, Error> {
        let before = self.manifest.holds.len();
        self.manifest.holds.retain(|hold| hold.name != name);
        // Events that were erased while they were held are removed by the next roll.
        self.manifest.erased = 0;
        self.save().await?;
        Ok(self.manifest.holds.len() < before)
    }
}
