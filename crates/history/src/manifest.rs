//! The manifest: the contents of a history, what it dropped, and what must not be dropped.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{Error, Hold};

/// The form of manifests and files that this build reads and writes.
pub(crate) const FORM: u32 = 1;

/// The name of the manifest.
pub(crate) const NAME: &str = "manifest.json";

/// The list of a history's files, with its ledger, holds and dropped events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The form of manifest and files.
    pub form: u32,
    /// The ledger that it was rolled from: the hash of its first entry, hex.
    pub ledger: String,
    /// The place up to which entries are in it.
    pub rolled: u64,
    /// The hash of the last of them, hex, which reveals another ledger with the same beginning.
    pub last: String,
    /// The place up to which recorded erasures are carried out in it.
    pub erased: u64,
    /// The files, in the order in which they were rolled.
    pub files: Vec<File>,
    /// Holds on events that must not be dropped.
    #[serde(default)]
    pub holds: Vec<Hold>,
    /// Events that were dropped after their retention period.
    #[serde(default)]
    pub dropped: Vec<Dropped>,
}

/// A file: events of one type and one hour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Its path below the history.
    pub path: String,
    /// The type of its events.
    pub r#type: String,
    /// The hour of its events, `2024-11-20T13`, in UTC.
    pub hour: String,
    /// The number of events in it.
    pub rows: u64,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its SHA-256, hex.
    pub sha256: String,
    /// The places in the ledger of its first and last event.
    pub seqs: (u64, u64),
    /// The times of its earliest and latest event, in milliseconds since 1970.
    pub times_ms: (i64, i64),
    /// Events that were erased or dropped from it since it was rolled.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub gone: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Events that were dropped after their retention period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// The file that contained them.
    pub path: String,
    /// The number of events.
    pub rows: u64,
    /// When they were dropped, in milliseconds since 1970.
    pub at_ms: i64,
}

impl Manifest {
    /// The manifest of an empty history, for the ledger that begins with that hash.
    #[must_use]
    pub const fn new(ledger: String) -> Self {
        Self {
            form: FORM,
            ledger,
            rolled: 0,
            last: String::new(),
            erased: 0,
            files: Vec::new(),
            holds: Vec::new(),
            dropped: Vec::new(),
        }
    }

    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let manifest: Self = serde_json::from_slice(bytes)
            .map_err(|error| Error::Damaged(NAME.to_owned(), error.to_string()))?;
        if manifest.form == FORM { Ok(manifest) } else { Err(Error::Form(manifest.form, FORM)) }
    }

    /// The number of events.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.files.iter().fold(0, |sum, file| sum.saturating_add(file.rows))
    }

    /// The digest of its present contents: of all names and digests of its files.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut hasher = Sha256::new();
        for file in &self.files {
            hasher.update(file.path.as_bytes());
            hasher.update(file.sha256.as_bytes());
        }
        hex::encode(hasher.finalize())
    }

    /// The size of its files together, in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.iter().fold(0, |sum, file| sum.saturating_add(file.bytes))
    }

    /// The times of the earliest and latest event, in milliseconds since 1970.
    #[must_use]
    pub fn times_ms(&self) -> Option<(i64, i64)> {
        let first = self.files.iter().map(|file| file.times_ms.0).min()?;
        let last = self.files.iter().map(|file| file.times_ms.1).max()?;
        Some((first, last))
    }
}
