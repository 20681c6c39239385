//! What is written in one commit.

use crate::Error;
use std::collections::BTreeMap;

use ledger::{Node, Salt, Sealed, TreeHead};
use types::{Decision, EventKey};

/// An event as it was taken, beside its ledger entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRow {
    /// The place of its entry.
    pub seq: u64,
    /// What makes it the same event.
    pub key: EventKey,
    /// The salt of the commitment; nothing after an erasure.
    pub salt: Option<Salt>,
    /// The event, JSON; nothing after an erasure.
    pub event: Option<Vec<u8>>,
    /// The facts before it, JSON, empty if there were none; nothing after an erasure.
    pub facts: Option<Vec<u8>>,
}

/// A decision, with what it is looked up by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordRow {
    /// The place of its entry.
    pub seq: u64,
    /// The decision's id.
    pub id: String,
    /// Whom or what it is about; nothing after an erasure.
    pub subject: Option<String>,
    /// The account concerned, if there is one; nothing after an erasure.
    pub account: Option<String>,
    /// The policy it is named after.
    pub policy: String,
    /// The type of the event.
    pub r#type: String,
    /// Where it happened, ISO 3166-1 alpha-2; empty if that is not known.
    pub country: String,
    /// The names of its effects, separated by spaces.
    pub effects: String,
    /// When the event happened, in milliseconds since 1970.
    pub time_ms: i64,
    /// The decision, JSON; nothing after an erasure.
    pub decision: Option<Vec<u8>>,
}

impl RecordRow {
    /// The row for `decision`, whose JSON is `bytes`, at `seq`, on an event in `country`.
    #[must_use]
    pub fn new(seq: u64, decision: &Decision, country: &str, bytes: Vec<u8>) -> Self {
        let effects: Vec<&str> = decision.effects.iter().map(types::Effect::name).collect();
        Self {
            seq,
            id: decision.id.0.clone(),
            subject: Some(decision.subject.0.clone()),
            account: decision.account.clone(),
            policy: decision.policy.clone(),
            r#type: decision.r#type.clone(),
            country: country.to_owned(),
            effects: effects.join(" "),
            time_ms: decision.time.as_millisecond(),
            decision: Some(bytes),
        }
    }
}

/// What is to be told to the platform about a decision with effects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxRow {
    /// The place of the decision's entry.
    pub seq: u64,
    /// Whom or what it is about: messages about one subject keep their order.
    pub subject: Option<String>,
    /// The message, JSON; nothing after an erasure.
    pub message: Option<Vec<u8>>,
}

impl OutboxRow {
    /// The message for `decision` at `seq`; nothing if it has no effect.
    #[must_use]
    pub fn new(seq: u64, decision: &Decision) -> Option<Self> {
        if !decision.has_effect() {
            return None;
        }
        let message = serde_json::json!({
            "decision": decision.id,
            "subject": decision.subject,
            "effects": decision.effects,
            "statement": decision.statement,
        });
        let message = Some(message.to_string().into_bytes());
        Some(Self { seq, subject: Some(decision.subject.0.clone()), message })
    }
}

/// How hard policy sets are packed.
const ZSTD_LEVEL: i32 = 3;

/// A policy set as it is kept: all its files, packed before the commit, so that lists of a million
/// terms hold up nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicySet {
    /// Its version.
    pub version: String,
    /// Names and texts of its files: JSON, zstd.
    pub(crate) packed: Vec<u8>,
}

impl PolicySet {
    /// The set of `files`, names and texts.
    ///
    /// # Errors
    ///
    /// If they cannot be packed.
    pub fn new(version: String, files: &[(&str, &str)]) -> Result<Self, Error> {
        let packed = serde_json::to_vec(files)
            .map_err(std::io::Error::other)
            .and_then(|json| zstd::encode_all(json.as_slice(), ZSTD_LEVEL))
            .map_err(|error| Error::Unavailable(error.to_string()))?;
        Ok(Self { version, packed })
    }

    /// Names and texts of its files.
    ///
    /// # Errors
    ///
    /// If it is damaged.
    pub fn files(&self) -> Result<Vec<(String, String)>, Error> {
        zstd::decode_all(self.packed.as_slice())
            .and_then(|json| serde_json::from_slice(&json).map_err(std::io::Error::other))
            .map_err(|error| Error::Damaged(format!("policy set {}: {error}", self.version)))
    }
}

/// A policy set in force from a place of the ledger on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enforced {
    /// The place of the entry.
    pub seq: u64,
    /// The version of the set.
    pub version: String,
    /// The version of the detectors.
    pub detectors: u32,
}

/// Counts of one name, by key and day of event time.
pub type Tallies = BTreeMap<(&'static str, String, i64), u64>;

/// A record that was refused, with who sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedRow {
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// The key or file that it came from.
    pub sender: String,
    /// Line or element, counted from 1.
    pub place: u64,
    /// The name of the reason.
    pub reason: String,
    /// The reason in words.
    pub message: String,
    /// The beginning of the record.
    pub excerpt: String,
}

/// One commit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    /// New entries, in order.
    pub entries: Vec<Sealed>,
    /// New inner hashes of the tree.
    pub nodes: Vec<Node>,
    /// The head over all entries, these included.
    pub head: Option<TreeHead>,
    /// New events.
    pub log: Vec<LogRow>,
    /// New decisions.
    pub records: Vec<RecordRow>,
    /// New messages.
    pub outbox: Vec<OutboxRow>,
    /// A policy set that comes into force.
    pub policy_set: Option<PolicySet>,
    /// Where and how it comes into force.
    pub enforced: Option<Enforced>,
    /// Entries whose payloads are erased.
    pub erased: Vec<u64>,
    /// What is added to the counts.
    pub tallies: Tallies,
    /// Records that were refused.
    pub refused: Vec<RefusedRow>,
}
