//! Entries: the records of the ledger, each sealed with the hash of the one before.

use serde::{Deserialize, Serialize};
use tlog_tiles::{Hash, record_hash};

/// A record of the ledger. It names no user: what it is about is in its payload. Staff who activate
/// policies are named by the name they sign in with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Entry {
    /// The ledger begins, with the key that signs its heads.
    Opened {
        /// Ed25519 public key, hex.
        key: String,
    },
    /// A policy set becomes active.
    Policies {
        /// Its version.
        version: String,
        /// The version of the detectors that answer its questions.
        detectors: u32,
        /// The author of the change.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        author: String,
        /// The second person, who approved it.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        approver: String,
        /// The reason.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reason: String,
    },
    /// An event was judged.
    Judged {
        /// The commitment to event, facts and decision, hex.
        payload: String,
        /// The place of the active [`Entry::Policies`].
        policies: u64,
        /// The names of the effects; empty if nothing was decided.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        effects: Vec<String>,
        /// The rules that took part.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        rules: Vec<String>,
        /// The commitment to the message to the platform, hex; `None` if there is none. Messages of
        /// earlier builds have none either.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
    /// Rows were written or removed: people's work, and configuration.
    Changed {
        /// The commitment to the changes, hex.
        payload: String,
    },
    /// Payloads were erased on request.
    Erased {
        /// The places of the entries whose payloads are gone.
        entries: Vec<u64>,
        /// The reason, without personal data.
        reason: String,
    },
}

impl Entry {
    /// Its name.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Opened { .. } => "opened",
            Self::Policies { .. } => "policies",
            Self::Judged { .. } => "judged",
            Self::Changed { .. } => "changed",
            Self::Erased { .. } => "erased",
        }
    }
}

/// An entry at its place: its bytes, and the hash that binds them to all entries before.
#[derive(Clone, Debug, PartialEq)]
pub struct Sealed {
    /// Its place, counted from 0.
    pub seq: u64,
    /// The entry as JSON.
    pub body: Vec<u8>,
    /// The leaf hash over the previous entry's hash and the body.
    pub hash: Hash,
}

/// The hash that the first entry is chained to.
pub const GENESIS: Hash = Hash([0; 32]);

/// The leaf hash of RFC 6962 over the hash of the entry before and `body`.
#[must_use]
pub fn chain_hash(previous: Hash, body: &[u8]) -> Hash {
    let mut bytes = Vec::with_capacity(32 + body.len());
    bytes.extend_from_slice(&previous.0);
    bytes.extend_from_slice(body);
    record_hash(&bytes)
}
