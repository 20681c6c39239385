//! The rows written in one commit.

use crate::Error;
use std::collections::BTreeMap;

use crate::erased::Erasure;
use crate::proven::{Aside, RowChange};
use ledger::{Node, Salt, Sealed, TreeHead};
use types::{Decision, EventKey, EventSelector};

/// An accepted event, with its ledger entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRow {
    /// The place of its entry.
    pub seq: u64,
    /// The identity of the event.
    pub key: EventKey,
    /// The salt of the commitment; `None` after an erasure.
    pub salt: Option<Salt>,
    /// The event, JSON; `None` after an erasure.
    pub event: Option<Vec<u8>>,
    /// The facts before it, JSON, empty if there were none; `None` after an erasure.
    pub facts: Option<Vec<u8>>,
    /// Keys of attributes that it may share with other events; empty after an erasure.
    pub attributes: Vec<EventKey>,
}

/// A decision, with the columns that it is searched by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordRow {
    /// The place of its entry.
    pub seq: u64,
    /// The decision's id.
    pub id: String,
    /// The subject; `None` after an erasure.
    pub subject: Option<String>,
    /// The account concerned, if there is one; `None` after an erasure.
    pub account: Option<String>,
    /// The policy that the decision names.
    pub policy: String,
    /// The type of the event.
    pub r#type: String,
    /// Where it happened, ISO 3166-1 alpha-2; empty if unknown.
    pub country: String,
    /// The names of its effects, separated by spaces.
    pub effects: String,
    /// When the event happened, in milliseconds since 1970.
    pub time_ms: i64,
    /// The decision, JSON; `None` after an erasure.
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

/// A message to the platform about a decision with effects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxRow {
    /// The place of the decision's entry.
    pub seq: u64,
    /// The subject; messages about one subject keep their order.
    pub subject: Option<String>,
    /// The message, JSON; `None` after an erasure.
    pub message: Option<Vec<u8>>,
}

impl OutboxRow {
    /// The message for `decision` at `seq`, with the letter to the person affected, JSON, if one is
    /// owed; `None` if the decision has no effect.
    #[must_use]
    pub fn new(seq: u64, decision: &Decision, letter: Option<serde_json::Value>) -> Option<Self> {
        if !decision.has_effect() {
            return None;
        }
        let mut message = serde_json::json!({
            "decision": decision.id,
            "subject": decision.subject,
            "effects": decision.effects,
            "statement": decision.statement,
        });
        if decision.silent {
            message["silent"] = true.into();
        }
        if !decision.supersedes.is_empty() {
            message["supersedes"] = serde_json::json!(decision.supersedes);
        }
        if let Some(letter) = letter {
            message["letter"] = letter;
        }
        let message = Some(message.to_string().into_bytes());
        Some(Self { seq, subject: Some(decision.subject.0.clone()), message })
    }
}

/// The compression level of policy sets.
const ZSTD_LEVEL: i32 = 3;

/// A policy set as it is kept: all its files, compressed before the commit, so that lists of a
/// million terms do not hold up the writer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicySetRow {
    /// Its version.
    pub version: String,
    /// Names and texts of its files: JSON, zstd.
    pub(crate) packed: Vec<u8>,
}

impl PolicySetRow {
    /// The policy set of `files`, given as names and texts.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if they cannot be compressed.
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
    /// [`Error::Damaged`] if they cannot be decompressed or read.
    pub fn files(&self) -> Result<Vec<(String, String)>, Error> {
        zstd::decode_all(self.packed.as_slice())
            .and_then(|json| serde_json::from_slice(&json).map_err(std::io::Error::other))
            .map_err(|error| Error::Damaged(format!("policy set {}: {error}", self.version)))
    }
}

/// A policy set that is active from a place of the ledger on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activated {
    /// The place of the entry.
    pub seq: u64,
    /// The version of the set.
    pub version: String,
    /// The version of the detectors.
    pub detectors: u32,
}

/// Counts by name, key and day of event time.
pub type DailyCounts = BTreeMap<(&'static str, String, i64), u64>;

/// A refused record, with its sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedRow {
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// The key or file that it came from.
    pub sender: String,
    /// Its line or element, counted from 1.
    pub place: u64,
    /// The name of the reason.
    pub reason: String,
    /// The reason in words.
    pub message: String,
    /// The beginning of the record.
    pub excerpt: String,
}

/// A case as it is kept, with the columns that it is searched by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseRow {
    /// Its number.
    pub id: u64,
    /// The name of its kind.
    pub kind: &'static str,
    /// `waiting`, `held` or `closed`.
    pub state: &'static str,
    /// The queue.
    pub queue: String,
    /// The policy that it was opened for.
    pub policy: String,
    /// ISO 639-1; empty if unknown.
    pub language: String,
    /// The reviewer who holds or closed it; empty for nobody.
    pub holder: String,
    /// The subject.
    pub subject: String,
    /// The account concerned.
    pub account: Option<String>,
    /// When it was opened, in milliseconds since 1970.
    pub opened_ms: i64,
    /// Its deadline, in milliseconds since 1970.
    pub due_ms: Option<i64>,
    /// When it was closed, in milliseconds since 1970.
    pub closed_ms: Option<i64>,
    /// The case that it measures, adjudicates or appeals.
    pub of: Option<u64>,
    /// The whole case, JSON.
    pub body: String,
}

/// A notice, an order or an appeal as it was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilingRow {
    /// Its id, which cannot be guessed.
    pub id: String,
    /// `notice`, `order` or `appeal`.
    pub kind: String,
    /// The sender: a partner's or authority's id, else empty.
    pub party: String,
    /// The sender's reference.
    pub reference: String,
    /// A key that is equal for filings that are the same.
    pub fingerprint: String,
    /// The subject; `None` after an erasure.
    pub subject: Option<String>,
    /// The case that deals with it.
    pub case: Option<u64>,
    /// When it was received, in milliseconds since 1970.
    pub received_ms: i64,
    /// The deadline for dealing with it.
    pub due_ms: Option<i64>,
    /// `open`, `insufficient`, `duplicate`, `answered`.
    pub state: String,
    /// The whole filing, JSON; `None` after an erasure.
    pub body: Option<String>,
}

/// A hold: data that must not be deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HoldRow {
    /// Its id.
    pub id: String,
    /// The events that it covers.
    pub scope: EventSelector,
    /// Why.
    pub reason: String,
    /// The order behind it.
    pub filing: Option<String>,
    /// Its start, in milliseconds since 1970.
    pub from_ms: i64,
    /// Its end; `None`: until it is released.
    pub until_ms: Option<i64>,
    /// When it was released.
    pub released_ms: Option<i64>,
}

/// An entry of the audit trail: who did what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditRow {
    /// Its number, assigned by the store.
    pub id: u64,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// The person; empty for Probity itself.
    pub by: String,
    /// The action: `claimed`, `viewed`, `account changed`.
    pub what: String,
    /// The object: `case c-17`, `staff ana`.
    pub about: String,
    /// The id of its event in the log, if there is one: `case/17/40000`.
    pub event: String,
}

/// One commit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    /// New entries, in order.
    pub entries: Vec<Sealed>,
    /// New inner hashes of the tree.
    pub nodes: Vec<Node>,
    /// The head over all entries, including these.
    pub head: Option<TreeHead>,
    /// New events.
    pub log: Vec<LogRow>,
    /// New decisions.
    pub records: Vec<RecordRow>,
    /// New messages.
    pub outbox: Vec<OutboxRow>,
    /// A policy set that becomes active.
    pub policy_set: Option<PolicySetRow>,
    /// Where and how it becomes active.
    pub activated: Option<Activated>,
    /// What is erased: payloads of entries, and names of subjects everywhere else.
    pub erasure: Option<Erasure>,
    /// Increments of the counts.
    pub daily_counts: DailyCounts,
    /// Records that were refused.
    pub refused: Vec<RefusedRow>,
    /// What people did, as recorded in the log.
    pub changes: Vec<ChangeRow>,
    /// The rows that the batch writes or removes, in order.
    pub rows: Vec<RowChange>,
    /// Values written with them that no proof covers.
    pub asides: Vec<Aside>,
    /// Names in stretches of the log: new ones, and those from which somebody was erased.
    pub stretches: Vec<Stretch>,
    /// Whether all rows of a store of an earlier version are now entered in the log.
    pub proves_all: bool,
}

/// The names in a stretch of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The first place.
    pub first: u64,
    /// The place after the last.
    pub until: u64,
    /// Sorted: four bytes of a digest, two of a place in the stretch.
    pub prints: Vec<u8>,
}

/// The changes made by one command, with their ledger entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeRow {
    /// The place of its entry.
    pub seq: u64,
    /// The salt of the commitment; `None` after an erasure.
    pub salt: Option<Salt>,
    /// The changes, JSON; `None` after an erasure.
    pub rows: Option<Vec<u8>>,
}

impl ChangeRow {
    /// Writes changes in the form in which they are kept.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if they cannot be written as JSON.
    pub fn write(changes: &[RowChange]) -> Result<Vec<u8>, Error> {
        serde_json::to_vec(changes).map_err(|error| Error::Unavailable(error.to_string()))
    }

    /// Reads changes that were kept as `bytes`.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] if they cannot be read.
    pub fn read(bytes: &[u8]) -> Result<Vec<RowChange>, Error> {
        serde_json::from_slice(bytes).map_err(|error| Error::Damaged(format!("changes: {error}")))
    }
}
