//! Verifies a store: computes every hash again, checks every signature, makes every decision again
//! from what was recorded, and checks that everything else can be read.
//!
//! Changes are reported by table and place. A store that was cut back to an earlier state of itself
//! is consistent in itself; a comparison with a head kept elsewhere detects that
//! ([`Report::head`]).

mod counted;
mod derived;
mod finish;
mod found;
mod judged;
mod tables;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::iter::Peekable;
use std::sync::Arc;

use ledger::entry::{GENESIS, chain_hash};
use ledger::{Entry, Frontier, Hash, Node, Payload, PublicKey, Sealed, TreeHead};
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
use store::{Activated, ChangeRow, KeySums, LogRow, OutboxRow, RecordRow, Store};

use self::counted::Counted;
use self::derived::Derived;
use self::found::Named;
use self::judged::{Judged, JudgedRange};
use crate::Rules;
use crate::error::Error;
use crate::images::Images;
use crate::replay::{CHUNK, Library};

/// The most findings kept; more are only counted.
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

/// The result of a verification.
#[derive(Debug, Default, serde::Serialize)]
pub struct Report {
    /// Number of entries read.
    pub entries: u64,
    /// Number of events judged again with the same result.
    pub rejudged: u64,
    /// Number of rows that changes wrote or removed.
    pub changes: u64,
    /// Number of rows in tables that agree with their last change.
    pub rows: u64,
    /// Number of events judged by detectors of another version: their bytes are verified, not their
    /// decisions.
    pub other_build: u64,
    /// Number of entries whose payloads were erased according to the ledger.
    pub erased: u64,
    /// Number of tree heads with a valid signature and root hash.
    pub heads: u64,
    /// Whether the index of days and the counts were left out, since the store was written
    /// meanwhile.
    pub days_left: bool,
    /// The latest head.
    pub head: Option<TreeHead>,
    /// The public key that verifies the signatures, hex.
    pub key: Option<String>,
    /// The first hundred findings.
    pub findings: Vec<Finding>,
    /// Number of all findings.
    pub damaged: u64,
}

/// Verifies all of `store`; `key` is the key that must have signed it, if known from elsewhere.
///
/// # Errors
///
/// [`Error::Store`] if the store cannot be read at all.
pub async fn verify(
    store: &Store,
    key: Option<PublicKey>,
    progress: &mut dyn FnMut(u64),
) -> Result<Report, Error> {
    // Entries written meanwhile are beyond this size, and are left to the next verification.
    let size = store.size().await?;
    let known = tlog_tiles::stored_hash_count(size);
    let nodes = store.nodes().await?.into_iter().filter(|node| node.index < known);
    let nodes: BTreeMap<u64, Hash> = nodes.map(|node| (node.index, node.hash)).collect();
    let mut check = Check { store, key, nodes, ..Check::new(store) };
    let activated = check.readable("enforced", 0, store.activated(u32::MAX).await)?;
    let activated = activated.into_iter().filter(|row| row.seq < size);
    check.activated = activated.map(|row| (row.seq, row)).collect();
    check.keys = Some(store.key_sums().await?);
    let stretches = check.readable("named", 0, store.stretches().await)?;
    check.named.begin(stretches, size);
    let read = |from: u64| {
        let (store, until) = (store.clone(), (from + u64::from(CHUNK)).min(size));
        tokio::spawn(async move { Chunk::read(&store, from, until).await })
    };
    // While one chunk is checked, the next is read.
    let mut reading = (size > 0).then(|| read(0));
    while let Some(read_now) = reading.take() {
        let chunk = read_now.await;
        let chunk = chunk.map_err(|error| store::Error::Unavailable(error.to_string()))?;
        let until = chunk.until;
        reading = (until < size).then(|| read(until));
        check.chunk(chunk).await?;
        progress(until);
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
    /// Rows of the table of active policies for which no entry was seen yet.
    activated: BTreeMap<u64, Activated>,
    /// Whether the detectors of this build are those that were used then.
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
    /// The rows that the changes so far leave in the tables.
    images: Images,
    /// The data by which decisions must be found.
    derived: Derived,
    /// The names that must be listed.
    named: Named,
    /// The keys that must lead to the entries.
    keys: Option<KeySums>,
    /// The counts that follow from the entries.
    counted: Counted,
    /// Events of the chunk, checked when all of it was read.
    waiting: Vec<Judged>,
    report: Report,
}

/// A part of the log with all its rows, as far as they can be read.
struct Chunk {
    from: u64,
    until: u64,
    entries: Result<Vec<Sealed>, store::Error>,
    log: Result<Vec<LogRow>, store::Error>,
    records: Result<Vec<RecordRow>, store::Error>,
    outbox: Result<Vec<OutboxRow>, store::Error>,
    heads: Result<Vec<TreeHead>, store::Error>,
    changes: Result<Vec<ChangeRow>, store::Error>,
}

impl Chunk {
    async fn read(store: &Store, from: u64, until: u64) -> Self {
        let limit = u32::try_from(until - from).unwrap_or(CHUNK);
        Self {
            from,
            until,
            entries: store.entries(from, limit).await,
            log: store.log(from, until).await,
            records: store.records(from, until).await,
            outbox: store.outbox(from, until).await,
            heads: store.heads(from, until).await,
            changes: store.changes(from, until).await,
        }
    }
}

/// The rows of a chunk that belong to its entries.
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
            activated: BTreeMap::new(),
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
            named: Named::default(),
            keys: None,
            counted: Counted::default(),
            waiting: Vec::new(),
            report: Report::default(),
        }
    }

    fn find(&mut self, table: &'static str, seq: u64, what: impl Into<String>) {
        self.report.damaged += 1;
        if self.report.findings.len() < FINDINGS_MAX {
            self.report.findings.push(Finding { table, seq, what: what.into() });
        }
    }

    /// The rows read; none, and a finding, if they are too damaged to be read.
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

    async fn chunk(&mut self, chunk: Chunk) -> Result<(), Error> {
        let from = chunk.from;
        let entries = self.readable("entry", from, chunk.entries)?;
        let log = self.readable("log", from, chunk.log)?;
        let records = self.readable("record", from, chunk.records)?;
        let outbox = self.readable("outbox", from, chunk.outbox)?;
        let heads = self.readable("head", from, chunk.heads)?;
        let changes = self.readable("change", from, chunk.changes)?;
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
        self.judge_again();
        self.named(chunk.until).await
    }

    /// Checks the events of the chunk on all threads, and adds up the results in order.
    fn judge_again(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        let seen = waiting.into_par_iter().fold(JudgedRange::default, |seen, one| one.check(seen));
        for seen in seen.collect::<Vec<JudgedRange>>() {
            self.report.rejudged += seen.rejudged;
            self.report.other_build += seen.other_build;
            self.named.add(seen.names);
            self.counted.add(seen.daily_counts);
            for finding in seen.findings {
                self.find(finding.table, finding.seq, finding.what);
            }
        }
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
        // Continues from the stored hash, so that one change is one finding.
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
                let row = self.activated.remove(&seq);
                if row
                    .is_none_or(|row| (row.version, row.detectors) != (version.clone(), detectors))
                {
                    self.find("enforced", seq, "the version in force is not that of the entry");
                }
                self.policies(seq, version).await?;
            }
            Entry::Erased { entries, .. } => self.erased.extend(entries),
            Entry::Changed { payload } => self.changed(seq, &payload, beside)?,
            Entry::Judged { .. } => self.judged(seq, entry, beside),
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

    fn judged(&mut self, seq: u64, entry: Entry, beside: &mut Beside) {
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
        if let Some(keys) = &mut self.keys {
            keys.add(&log, record.as_ref());
        }
        let record_is_empty = record.as_ref().is_none_or(|record| record.decision.is_none());
        if log.salt.is_none() && log.event.is_none() && log.facts.is_none() && record_is_empty {
            self.empty.insert(seq);
            return self.check_empty(seq, record.as_ref(), message.as_ref());
        }
        let (key, attributes) = (log.key, log.attributes.clone());
        let Some(payload) = payload(log, record.as_ref()) else {
            return self.find("log", seq, "a part of the payload is missing");
        };
        let (rules, is_same_build) = (self.rules.clone(), self.is_same_build);
        self.waiting.push(Judged {
            seq,
            entry,
            key,
            attributes,
            payload,
            record,
            message,
            rules,
            is_same_build,
        });
    }

    /// Checks that after an erasure nothing personal is left in the rows of an entry.
    fn check_empty(&mut self, seq: u64, record: Option<&RecordRow>, message: Option<&OutboxRow>) {
        if record.is_some_and(|record| record.subject.is_some() || record.account.is_some()) {
            self.find("record", seq, "an erased decision still names somebody");
        }
        if message.is_some_and(|row| row.subject.is_some() || row.message.is_some()) {
            self.find("outbox", seq, "an erased message is still there");
        }
    }

    /// Checks everything that is in no entry: pages, indexes, stored JSON, cases.
    async fn beside(&mut self, size: u64) -> Result<(), Error> {
        for damage in self.store.examine().await? {
            self.find(damage.table, damage.place, damage.what);
        }
        self.tables(size).await?;
        self.derived(size).await?;
        self.listed();
        self.misled(size).await?;
        self.counted().await
    }
}

/// The payload in `log` and `record`; `None` if a part is missing.
fn payload(log: LogRow, record: Option<&RecordRow>) -> Option<Payload> {
    Some(Payload {
        salt: log.salt?,
        event: log.event?,
        facts: log.facts?,
        decision: match record {
            Some(record) => record.decision.clone()?,
            None => Vec::new(),
        },
    })
}
