//! Verifies a store: every hash again, every signature, every decision from what was recorded, and
//! that all that lies beside can be read.
//!
//! What was changed is named by table and place. A store cut back to an earlier state of itself is
//! sound in itself; compare with a head kept elsewhere to find that ([`Report::head`]).

mod derived;
mod finish;
mod tables;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::iter::Peekable;
use std::sync::Arc;

use ledger::entry::{GENESIS, chain_hash};
use ledger::{Entry, Frontier, Hash, Node, Payload, PublicKey, Sealed, TreeHead};
use store::{ChangeRow, Enforced, LogRow, OutboxRow, RecordRow, Store};
use types::{Decision, Event};

use self::derived::Derived;
use crate::Rules;
use crate::error::Error;
use crate::images::Images;
use crate::judge::rejudge;
use crate::recorder::{country, decision_json, judged_entry, told};
use crate::replay::{CHUNK, Library, event_and_facts};
use crate::work;

/// More findings are counted, not kept.
const FINDINGS_MAX: usize = 100;

/// Something that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// The table.
    pub table: &'static str,
    /// The place of the row.
    pub seq: u64,
    /// What is wrong with it.
    pub what: String,
}

/// What a verification saw.
#[derive(Debug, Default, serde::Serialize)]
pub struct Report {
    /// Entries read.
    pub entries: u64,
    /// Events judged again with the same answer.
    pub rejudged: u64,
    /// Rows that changes wrote or removed.
    pub changes: u64,
    /// Rows in tables that are as the last change of each says.
    pub rows: u64,
    /// Events judged by detectors of another version: their bytes are verified, not their decisions.
    pub other_build: u64,
    /// Entries whose payloads were erased, as the ledger says.
    pub erased: u64,
    /// Tree heads whose signature and root hold.
    pub heads: u64,
    /// The latest head.
    pub head: Option<TreeHead>,
    /// The key that signed.
    pub key: Option<String>,
    /// What is not as it was written, the first hundred.
    pub findings: Vec<Finding>,
    /// How many such things there are.
    pub damaged: u64,
}

/// Verifies all of `store`; `key` is the key that must have signed, if it is known from elsewhere.
///
/// # Errors
///
/// If the store cannot be read at all.
pub async fn verify(
    store: &Store,
    key: Option<PublicKey>,
    progress: &mut dyn FnMut(u64),
) -> Result<Report, Error> {
    // What is written while this looks lies beyond this size, and is left for the next look.
    let size = store.size().await?;
    let known = tlog_tiles::stored_hash_count(size);
    let nodes = store.nodes().await?.into_iter().filter(|node| node.index < known);
    let nodes: BTreeMap<u64, Hash> = nodes.map(|node| (node.index, node.hash)).collect();
    let mut check = Check { store, key, nodes, ..Check::new(store) };
    let enforced = check.readable("enforced", 0, store.enforced(u32::MAX).await)?;
    let enforced = enforced.into_iter().filter(|row| row.seq < size);
    check.enforced = enforced.map(|row| (row.seq, row)).collect();
    let mut from = 0;
    while from < size {
        let until = (from + u64::from(CHUNK)).min(size);
        check.chunk(from, until).await?;
        from = until;
        progress(from);
    }
    check.beside(size).await?;
    check.finish(size).await
}

struct Check<'a> {
    store: &'a Store,
    key: Option<PublicKey>,
    library: Library,
    rules: Option<(u64, Arc<Rules>)>,
    versions: HashSet<String>,
    /// What came into force by its table, as far as no entry was seen for it.
    enforced: BTreeMap<u64, Enforced>,
    /// Whether the detectors of this build are those that were asked then.
    is_same_build: bool,
    frontier: Frontier,
    last: Hash,
    nodes: BTreeMap<u64, Hash>,
    new_nodes: Vec<Node>,
    /// Entries without payload, and those that the ledger says were erased.
    empty: BTreeSet<u64>,
    erased: BTreeSet<u64>,
    /// Changes without payload.
    empty_changes: u64,
    rows: [u64; 4],
    /// What the changes so far leave in the tables beside the log.
    images: Images,
    /// What decisions must be found by.
    derived: Derived,
    report: Report,
}

/// The rows of a chunk that lie beside entries.
struct Beside {
    log: Peekable<std::vec::IntoIter<LogRow>>,
    records: Peekable<std::vec::IntoIter<RecordRow>>,
    outbox: Peekable<std::vec::IntoIter<OutboxRow>>,
    heads: Peekable<std::vec::IntoIter<TreeHead>>,
    changes: Peekable<std::vec::IntoIter<ChangeRow>>,
}

impl<'a> Check<'a> {
    fn new(store: &'a Store) -> Self {
        Self {
            store,
            key: None,
            library: Library::default(),
            rules: None,
            versions: HashSet::new(),
            enforced: BTreeMap::new(),
            is_same_build: true,
            frontier: Frontier::default(),
            last: GENESIS,
            nodes: BTreeMap::new(),
            new_nodes: Vec::new(),
            empty: BTreeSet::new(),
            erased: BTreeSet::new(),
            empty_changes: 0,
            rows: [0; 4],
            images: Images::default(),
            derived: Derived::default(),
            report: Report::default(),
        }
    }

    fn find(&mut self, table: &'static str, seq: u64, what: impl Into<String>) {
        self.report.damaged += 1;
        if self.report.findings.len() < FINDINGS_MAX {
            self.report.findings.push(Finding { table, seq, what: what.into() });
        }
    }

    /// The rows read; none, and a finding, if they are damaged beyond reading.
    fn readable<T>(
        &mut self,
        table: &'static str,
        from: u64,
        rows: Result<Vec<T>, store::Error>,
    ) -> Result<Vec<T>, Error> {
        match rows {
            Ok(rows) => Ok(rows),
            Err(store::Error::Damaged(what)) => {
                self.find(table, from, format!("from here on rows cannot be read: {what}"));
                Ok(Vec::new())
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn chunk(&mut self, from: u64, until: u64) -> Result<(), Error> {
        let limit = u32::try_from(until - from).unwrap_or(CHUNK);
        let entries = self.readable("entry", from, self.store.entries(from, limit).await)?;
        let log = self.readable("log", from, self.store.log(from, until).await)?;
        let records = self.readable("record", from, self.store.records(from, until).await)?;
        let outbox = self.readable("outbox", from, self.store.outbox(from, until).await)?;
        let heads = self.readable("head", from, self.store.heads(from, until).await)?;
        let changes = self.readable("change", from, self.store.changes(from, until).await)?;
        let mut beside = Beside {
            changes: changes.into_iter().peekable(),
            log: log.into_iter().peekable(),
            records: records.into_iter().peekable(),
            outbox: outbox.into_iter().peekable(),
            heads: heads.into_iter().peekable(),
        };
        for sealed in entries {
            self.entry(&sealed, &mut beside).await?;
        }
        Ok(())
    }

    async fn entry(&mut self, sealed: &Sealed, beside: &mut Beside) -> Result<(), Error> {
        let seq = sealed.seq;
        if seq != self.report.entries {
            self.find("entry", self.report.entries, "the entry is missing");
        }
        self.report.entries = seq + 1;
        let hash = chain_hash(self.last, &sealed.body);
        if hash != sealed.hash {
            self.find("entry", seq, "the entry does not fit its hash and the entry before");
        }
        // Going on from what is stored, so that one change is one finding.
        self.last = sealed.hash;
        self.frontier.append(sealed.hash, &mut self.new_nodes);
        self.check_nodes(seq);
        match serde_json::from_slice(&sealed.body) {
            Ok(entry) => self.content(seq, entry, beside).await?,
            Err(error) => self.find("entry", seq, format!("the entry cannot be read: {error}")),
        }
        while let Some(head) = beside.heads.next_if(|head| head.size == seq + 1) {
            self.head(&head);
        }
        Ok(())
    }

    fn check_nodes(&mut self, seq: u64) {
        for node in std::mem::take(&mut self.new_nodes) {
            match self.nodes.remove(&node.index) {
                Some(stored) if stored == node.hash => {}
                Some(_) => {
                    self.find("node", node.index, "the inner hash is not that of its entries")
                }
                None => self.find(
                    "node",
                    node.index,
                    format!("the inner hash below entry {seq} is missing"),
                ),
            }
        }
    }

    async fn content(&mut self, seq: u64, entry: Entry, beside: &mut Beside) -> Result<(), Error> {
        match entry {
            Entry::Opened { key } => self.opened(seq, &key),
            Entry::Policies { version, detectors, .. } => {
                self.is_same_build = detectors == signal::VERSION;
                let row = self.enforced.remove(&seq);
                if row
                    .is_none_or(|row| (row.version, row.detectors) != (version.clone(), detectors))
                {
                    self.find("enforced", seq, "the version in force is not that of the entry");
                }
                self.policies(seq, version).await?;
            }
            Entry::Erased { entries, .. } => self.erased.extend(entries),
            Entry::Changed { payload } => self.changed(seq, &payload, beside)?,
            Entry::Judged { .. } => self.judged(seq, &entry, beside),
        }
        Ok(())
    }

    fn opened(&mut self, seq: u64, key: &str) {
        match (PublicKey::from_hex(key), self.key) {
            (Some(told), Some(known)) if told != known => {
                self.find(
                    "entry",
                    seq,
                    "the ledger was opened with another key than the one given",
                );
            }
            (Some(told), _) => self.key = Some(told),
            (None, _) => self.find("entry", seq, "the key of the ledger cannot be read"),
        }
        self.report.key = self.key.map(|key| key.hex());
    }

    async fn policies(&mut self, seq: u64, version: String) -> Result<(), Error> {
        match self.library.rules(self.store, &version).await {
            Ok(rules) => self.rules = Some((seq, rules)),
            Err(
                error @ (Error::Damaged(_)
                | Error::Policies(_)
                | Error::Store(store::Error::Damaged(_))),
            ) => {
                self.rules = None;
                self.find("policy_set", seq, error.to_string());
            }
            Err(error) => return Err(error),
        }
        self.versions.insert(version);
        Ok(())
    }

    fn head(&mut self, head: &TreeHead) {
        let is_signed = self.key.is_some_and(|key| head.is_signed_by(&key));
        if !is_signed {
            self.find("head", head.size, "the tree head is not signed by the key of the ledger");
        } else if head.root_bytes() != Some(self.frontier.root().0) {
            self.find("head", head.size, "the signed root is not that of the entries");
        } else {
            self.report.heads += 1;
        }
        self.report.head = Some(head.clone());
    }

    fn judged(&mut self, seq: u64, entry: &Entry, beside: &mut Beside) {
        let log = beside.log.next_if(|row| row.seq == seq);
        let record = beside.records.next_if(|row| row.seq == seq);
        let message = beside.outbox.next_if(|row| row.seq == seq);
        self.rows[0] += u64::from(log.is_some());
        self.rows[1] += u64::from(record.is_some());
        record.iter().for_each(|record| self.derived.add(record));
        self.rows[2] += u64::from(message.is_some());
        let Some(log) = log else {
            return self.find("log", seq, "the event is missing");
        };
        let record_is_empty = record.as_ref().is_none_or(|record| record.decision.is_none());
        if log.salt.is_none() && log.event.is_none() && log.facts.is_none() && record_is_empty {
            self.empty.insert(seq);
            return self.check_empty(seq, record.as_ref(), message.as_ref());
        }
        let Some(payload) = payload(&log, record.as_ref()) else {
            return self.find("log", seq, "a part of the payload is missing");
        };
        self.payload(seq, entry, (&log, payload), (record, message));
    }

    /// After an erasure nothing personal may be left beside the entry.
    fn check_empty(&mut self, seq: u64, record: Option<&RecordRow>, message: Option<&OutboxRow>) {
        if record.is_some_and(|record| record.subject.is_some() || record.account.is_some()) {
            self.find("record", seq, "an erased decision still names somebody");
        }
        if message.is_some_and(|row| row.subject.is_some() || row.message.is_some()) {
            self.find("outbox", seq, "an erased message is still there");
        }
    }

    fn payload(
        &mut self,
        seq: u64,
        entry: &Entry,
        (log, payload): (&LogRow, Payload),
        (record, message): (Option<RecordRow>, Option<OutboxRow>),
    ) {
        let Entry::Judged { payload: committed, policies, .. } = entry else { return };
        if hex::encode(payload.commitment()) != *committed {
            let what = "event, facts, salt or decision are not those that were committed to";
            return self.find("log", seq, what);
        }
        let Ok(Some((event, facts))) = event_and_facts(Some(&payload.event), Some(&payload.facts))
        else {
            return self.find("log", seq, "the event cannot be read");
        };
        if event.key() != log.key {
            self.find("log", seq, "the event's key is not that of its source and id");
        }
        self.filed(seq, (entry, &payload), &event, (record.as_ref(), message.as_ref()));
        if !self.is_same_build {
            self.report.other_build += 1;
            return;
        }
        let rules = match &self.rules {
            Some((at, rules)) if at == policies => Arc::clone(rules),
            _ => return self.find("entry", seq, "the policies in force are not known"),
        };
        let decision = rejudge(&rules, &event, &facts);
        let judged = decision.as_ref().map(|decision| work::letter_of(&rules, &event, decision));
        let decision = (decision.as_ref(), judged.flatten());
        self.compare(seq, (entry, &payload), decision, message);
    }

    /// Compares the columns stored with a decision to what the ledger commits to, whichever build made it.
    fn filed(
        &mut self,
        seq: u64,
        (entry, payload): (&Entry, &Payload),
        event: &Event,
        (record, message): (Option<&RecordRow>, Option<&OutboxRow>),
    ) {
        let Entry::Judged { message: committed, .. } = entry else { return };
        let decision: Option<Decision> = serde_json::from_slice(&payload.decision).ok();
        let bytes = payload.decision.clone();
        let expected = decision.as_ref().map(|of| RecordRow::new(seq, of, country(event), bytes));
        if record != expected.as_ref() {
            self.find("record", seq, "the decision is not filed as it was made");
        }
        let (sent, due) = (message.and_then(|row| told(payload.salt, row)), committed.as_ref());
        let subject = decision.map(|decision| decision.subject.0);
        let is_about = message.is_none_or(|row| row.subject == subject);
        if due.is_some() && (sent.as_ref() != due || !is_about) {
            self.find("outbox", seq, "the message is not that of the decision");
        }
    }

    /// Compares what was decided with what is decided now.
    fn compare(
        &mut self,
        seq: u64,
        (entry, payload): (&Entry, &Payload),
        (decision, letter): (Option<&Decision>, Option<serde_json::Value>),
        message: Option<OutboxRow>,
    ) {
        let Entry::Judged { policies, message: committed, .. } = entry else { return };
        let bytes = decision_json(decision).unwrap_or_default();
        if bytes != payload.decision {
            return self.find("record", seq, "the decision is not what the rules say of the event");
        }
        if judged_entry(payload, decision, (*policies, committed.clone())) != *entry {
            self.find("entry", seq, "the entry's effects and rules are not those of the decision");
        }
        let told = |letter| decision.and_then(|decision| OutboxRow::new(seq, decision, letter));
        // Before messages were committed to, they must be what this build says, with or without letter.
        if committed.is_none() && message != told(letter) && message != told(None) {
            self.find("outbox", seq, "the message is not that of the decision");
        }
        self.report.rejudged += 1;
    }

    /// Everything that stands in no entry: pages, indexes, kept JSON, cases.
    async fn beside(&mut self, size: u64) -> Result<(), Error> {
        for damage in self.store.examine().await? {
            self.find(damage.table, damage.place, damage.what);
        }
        self.tables(size).await?;
        self.derived(size).await
    }
}

/// The payload that `log` and `record` hold; nothing if a part is missing.
fn payload(log: &LogRow, record: Option<&RecordRow>) -> Option<Payload> {
    Some(Payload {
        salt: log.salt?,
        event: log.event.clone()?,
        facts: log.facts.clone()?,
        decision: match record {
            Some(record) => record.decision.clone()?,
            None => Vec::new(),
        },
    })
}
