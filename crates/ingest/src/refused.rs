//! Refused records, in the form of the reject list.

use serde::Serialize;
use types::Reject;

/// The most bytes of a refused record that are kept as an excerpt.
const EXCERPT_BYTES_MAX: usize = 512;

/// A line of the reject list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// The file, or `-` for standard input.
    pub input: String,
    /// Its line, row or element, counted from 1.
    pub place: u64,
    /// The name of the reason.
    pub reason: &'static str,
    /// The reason in words, with what to do.
    pub message: String,
    /// The beginning of the record.
    pub excerpt: String,
}

impl Refused {
    /// The refusal of `bytes` at `place` of `input`.
    #[must_use]
    pub fn new(input: &str, place: u64, reject: &Reject, bytes: &[u8]) -> Self {
        let excerpt = &bytes[..bytes.len().min(EXCERPT_BYTES_MAX)];
        Self {
            input: input.to_owned(),
            place,
            reason: reject.code(),
            message: reject.to_string(),
            excerpt: String::from_utf8_lossy(excerpt).trim_end().to_owned(),
        }
    }
}
