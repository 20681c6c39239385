//! The subject matter of an entry, kept beside it: event, facts and decision under a salted
//! commitment.

use sha2::{Digest, Sha256};

/// Random bytes that keep a commitment from being guessed; erased with the payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Salt(pub [u8; 16]);

/// The payload of an entry, each part as the bytes that were judged or produced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    /// The random salt.
    pub salt: Salt,
    /// The event as received, JSON.
    pub event: Vec<u8>,
    /// The facts before it, JSON; empty if there were none.
    pub facts: Vec<u8>,
    /// The decision on it, JSON; empty if there was none.
    pub decision: Vec<u8>,
}

impl Payload {
    /// SHA-256 over salt and parts, each part preceded by its length.
    #[must_use]
    pub fn commitment(&self) -> [u8; 32] {
        let mut hasher = Sha256::new();
        hasher.update(self.salt.0);
        for part in [&self.event, &self.facts, &self.decision] {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        hasher.finalize().into()
    }
}
