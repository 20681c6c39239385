//! Turns judged events into one commit: sealed entries, their payloads, decisions and messages.

use jiff::Timestamp;
use ledger::entry::{GENESIS, chain_hash};
use ledger::{Entry, Frontier, Hash, Key, Payload, Salt, Sealed};
use store::{
    Activated, Batch, ChangeRow, Erasure, LogRow, OutboxRow, PolicySetRow, RecordRow, Store,
};
use types::{Decision, Event, EventKey, Facts, Incoming};

use crate::error::Error;
use crate::judge::Judged;
use crate::names::Growing;
use crate::work::Rows;
use crate::{attributes, daily_count};

/// Randomness for salts, provided by the binary.
pub type Random = Box<dyn FnMut(&mut [u8]) + Send>;

/// The end of the ledger, from which it grows.
pub struct Recorder {
    key: Key,
    random: Random,
    frontier: Frontier,
    last: Hash,
    /// The place of the entry that names the policies in force.
    policies: u64,
    /// The number of the next entry of the audit trail.
    next_audit: u64,
    /// The subjects named at the end of the log.
    names: Growing,
}

/// Who activates policies, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// The person who made the change.
    pub author: String,
    /// The second person, who approved it; `None` without one.
    pub approver: Option<String>,
    /// The reason.
    pub reason: String,
}

/// An event with its result.
pub struct Recorded {
    /// The event.
    pub incoming: Incoming,
    /// Its result.
    pub judged: Judged,
    /// The letter to the person affected, JSON, if they are owed reasons (Art. 17 DSA).
    pub letter: Option<serde_json::Value>,
}

impl Recorder {
    /// Continues where the ledger in `store` ends.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the store cannot be read; [`Error::OtherKey`] if its ledger is signed
    /// with another key.
    pub async fn resume(store: &Store, key: Key, random: Random) -> Result<Self, Error> {
        let (frontier, names) = (Frontier::default(), Growing::default());
        let mut recorder =
            Self { key, random, frontier, last: GENESIS, policies: 0, next_audit: 0, names };
        recorder.rewind(store).await?;
        Ok(recorder)
    }

    /// Continues where the ledger in `store` ends: what was appended and not written is dropped.
    pub(crate) async fn rewind(&mut self, store: &Store) -> Result<(), Error> {
        let size = store.size().await?;
        let mut hashes = Vec::new();
        for index in Frontier::needed(size) {
            hashes.push(store.tree_hash(index).await?);
        }
        self.last = match size.checked_sub(1) {
            Some(last) => store.entries(last, 1).await?.first().map_or(GENESIS, |entry| entry.hash),
            None => GENESIS,
        };
        self.frontier = Frontier::from_hashes(size, &hashes);
        if size > 0 {
            let head = store.head().await?.ok_or(Error::Damaged("there is no tree head".into()))?;
            if !head.is_signed_by(&self.key.public()) {
                return Err(Error::OtherKey);
            }
        }
        self.policies = store.activated(1).await?.pop().map_or(0, |activated| activated.seq);
        self.next_audit = store.next_audit().await?;
        self.names = Growing::resume(store).await?;
        Ok(())
    }

    /// Number of entries.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// The hash of the last entry.
    #[must_use]
    pub const fn last(&self) -> Hash {
        self.last
    }

    /// Appends the first entry of a ledger.
    ///
    /// # Errors
    ///
    /// [`Error::Json`] if the entry cannot be written as JSON.
    pub fn open(&mut self, batch: &mut Batch) -> Result<(), Error> {
        let key = self.key.public().hex();
        self.append(&Entry::Opened { key }, batch).map(drop)
    }

    /// Enters a policy set as active, with the detectors of this build.
    ///
    /// # Errors
    ///
    /// [`Error::Json`] if the entry cannot be written as JSON.
    pub fn activate(
        &mut self,
        set: PolicySetRow,
        change: Change,
        batch: &mut Batch,
    ) -> Result<(), Error> {
        let entry = Entry::Policies {
            version: set.version.clone(),
            detectors: signal::VERSION,
            author: change.author,
            approver: change.approver.unwrap_or_default(),
            reason: change.reason,
        };
        self.policies = self.append(&entry, batch)?;
        batch.activated = Some(Activated {
            seq: self.policies,
            version: set.version.clone(),
            detectors: signal::VERSION,
        });
        batch.policy_set = Some(set);
        Ok(())
    }

    /// Enters that the payloads of `erasure` are erased.
    ///
    /// # Errors
    ///
    /// [`Error::Json`] if the entry cannot be written as JSON.
    pub fn erase(
        &mut self,
        erasure: Erasure,
        reason: String,
        batch: &mut Batch,
    ) -> Result<(), Error> {
        self.names.forget(&erasure.entries);
        let entries = erasure.entries.clone();
        batch.erasure = Some(erasure);
        self.append(&Entry::Erased { entries, reason }, batch).map(drop)
    }

    /// Enters judged events.
    ///
    /// # Errors
    ///
    /// [`Error::Json`] if something cannot be written as JSON.
    pub fn judged(&mut self, done: Vec<Recorded>, batch: &mut Batch) -> Result<(), Error> {
        for Recorded { mut incoming, judged, letter } in done {
            let key = incoming.event.key();
            let json = std::mem::take(&mut incoming.json);
            let decision = judged.decision.as_ref();
            let payload = self.payload(json, &judged.facts, decision)?;
            let mut message = decision.and_then(|decision| OutboxRow::new(0, decision, letter));
            let committed = message.as_ref().and_then(|row| told(payload.salt, row));
            let entry = judged_entry(&payload, decision, (self.policies, committed));
            let seq = self.append(&entry, batch)?;
            self.names.add(seq, &incoming.event);
            daily_count::count(
                (&incoming.event, &judged.facts, judged.before),
                decision,
                &mut batch.daily_counts,
            );
            message.iter_mut().for_each(|row| row.seq = seq);
            let about = (decision, country(&incoming.event), message);
            let attributes = attributes::keys(&incoming.event, &judged.facts, decision);
            push_rows(seq, (key, payload, attributes), about, batch);
        }
        batch.stretches.append(&mut self.names.full());
        Ok(())
    }

    /// Enters rows that are written or removed, all of them as one entry; no entry if there are
    /// none.
    ///
    /// # Errors
    ///
    /// [`Error::Json`] if something cannot be written as JSON.
    pub fn changed(&mut self, kept: Rows, batch: &mut Batch) -> Result<(), Error> {
        let Rows { mut changes, asides } = kept;
        batch.asides.extend(asides);
        if changes.is_empty() {
            return Ok(());
        }
        for change in changes.iter_mut().filter(|change| change.is_new_audit()) {
            change.number(self.next_audit);
            self.next_audit += 1;
        }
        let rows = ChangeRow::write(&changes)?;
        let salt = self.salt();
        let payload = hex::encode(commitment(salt, rows.clone()));
        let seq = self.append(&Entry::Changed { payload }, batch)?;
        batch.changes.push(ChangeRow { seq, salt: Some(salt), rows: Some(rows) });
        batch.rows.extend(changes);
        Ok(())
    }

    fn salt(&mut self) -> Salt {
        let mut salt = Salt([0; 16]);
        (self.random)(&mut salt.0);
        salt
    }

    /// Signs the head over everything appended so far.
    pub fn sign(&self, at: Timestamp, batch: &mut Batch) {
        batch.head = Some(self.key.sign(self.frontier.size(), self.frontier.root().0, at));
    }

    fn payload(
        &mut self,
        event: Vec<u8>,
        facts: &Facts,
        decision: Option<&Decision>,
    ) -> Result<Payload, Error> {
        let salt = self.salt();
        Ok(Payload { salt, event, facts: facts_json(facts)?, decision: decision_json(decision)? })
    }

    fn append(&mut self, entry: &Entry, batch: &mut Batch) -> Result<u64, Error> {
        let seq = self.frontier.size();
        let body = serde_json::to_vec(entry)?;
        let hash = chain_hash(self.last, &body);
        self.last = hash;
        self.frontier.append(hash, &mut batch.nodes);
        batch.entries.push(Sealed { seq, body, hash });
        Ok(seq)
    }
}

/// The commitment of an entry to a message, hex; `None` once the message was erased.
pub(crate) fn told(salt: Salt, row: &OutboxRow) -> Option<String> {
    row.message.clone().map(|message| hex::encode(commitment(salt, message)))
}

/// The commitment of an entry to bytes that are stored with it.
pub(crate) fn commitment(salt: Salt, bytes: Vec<u8>) -> [u8; 32] {
    Payload { salt, event: bytes, facts: Vec::new(), decision: Vec::new() }.commitment()
}

/// Where `event` happened: where the content was posted, else the home country of the account.
/// Empty if unknown.
pub(crate) fn country(event: &Event) -> &str {
    let content = event.data.content.as_ref().and_then(|content| content.country.as_deref());
    let account = || event.data.account.as_ref().and_then(|account| account.country.as_deref());
    content.or_else(account).filter(|country| country.len() == 2).unwrap_or_default()
}

/// The entry for an event with that payload.
pub(crate) fn judged_entry(
    payload: &Payload,
    decision: Option<&Decision>,
    (policies, message): (u64, Option<String>),
) -> Entry {
    let effects = decision.map(|decision| decision.effects.iter().map(|e| e.name().to_owned()));
    let rules = decision.map(|decision| decision.reasons.iter().map(|reason| reason.rule.clone()));
    Entry::Judged {
        payload: hex::encode(payload.commitment()),
        policies,
        effects: effects.into_iter().flatten().collect(),
        rules: rules.into_iter().flatten().collect(),
        message,
    }
}

/// The stored form of facts: empty if nothing is known.
pub(crate) fn facts_json(facts: &Facts) -> Result<Vec<u8>, Error> {
    if *facts == Facts::default() { Ok(Vec::new()) } else { Ok(serde_json::to_vec(facts)?) }
}

/// The stored form of a decision: empty if there is none.
pub(crate) fn decision_json(decision: Option<&Decision>) -> Result<Vec<u8>, Error> {
    decision.map_or(Ok(Vec::new()), |decision| Ok(serde_json::to_vec(decision)?))
}

fn push_rows(
    seq: u64,
    (key, payload, attributes): (EventKey, Payload, Vec<EventKey>),
    (decision, country, message): (Option<&Decision>, &str, Option<OutboxRow>),
    batch: &mut Batch,
) {
    let Payload { salt, event, facts, decision: bytes } = payload;
    let (salt, event, facts) = (Some(salt), Some(event), Some(facts));
    batch.log.push(LogRow { seq, key, salt, event, facts, attributes });
    if let Some(decision) = decision {
        batch.outbox.extend(message);
        batch.records.push(RecordRow::new(seq, decision, country, bytes));
    }
}
