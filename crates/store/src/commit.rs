//! Writes a batch: all of it, or nothing.

use std::collections::{BTreeMap, HashSet};

use sqlx::SqliteConnection;

use crate::batch::{Batch, PolicySet, RecordRow, Tallies};
use crate::lookup::{self, Pair};
use crate::rows::{Table, place, seq};
use crate::{Error, Store};

const ENTRY: Table = Table { name: "entry", columns: &["seq", "body", "hash"] };
const NODE: Table = Table { name: "node", columns: &["number", "hash"] };
const LOG: Table = Table { name: "log", columns: &["seq", "event_key", "salt", "event", "facts"] };
const RECORD: Table = Table {
    name: "record",
    columns: &[
        "seq", "id", "subject", "account", "policy", "type", "country", "effects", "time_ms",
        "decision",
    ],
};
const EFFECT: Table = Table { name: "record_effect", columns: &["effect", "seq"] };
const REFUSED: Table = Table {
    name: "refused",
    columns: &["at_ms", "sender", "place", "reason", "message", "excerpt"],
};
const OUTBOX: Table = Table { name: "outbox", columns: &["seq", "subject", "message"] };

/// Refusals that are kept; older ones go.
const REFUSED_MAX: i64 = 10_000;

const DAY_MS: i64 = 86_400_000;

/// How hard policy sets are packed.
const ZSTD_LEVEL: i32 = 3;

impl Store {
    /// Whether no event of `batch` was taken lately, nor stands in it twice. Who writes asks
    /// [`Store::known`] before; this catches a mistake.
    fn are_new(&self, batch: &Batch) -> bool {
        let keys: Vec<u128> = batch.log.iter().map(|row| lookup::event(row.key)).collect();
        let distinct: HashSet<u128> = keys.iter().copied().collect();
        distinct.len() == keys.len() && !self.lookup.which_wait(&keys).contains(&true)
    }

    /// Writes `batch` and returns when it is on the disk.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] if the ledger is not as long as the batch expects; [`Error::Full`] if
    /// there is no room. Nothing of the batch is kept then. [`Error::Lingering`] if the batch was
    /// written but erased bytes may still lie in the write-ahead log.
    pub async fn commit(&self, batch: &Batch) -> Result<(), Error> {
        if self.lock.is_none() || !self.are_new(batch) {
            return Err(Error::Conflict);
        }
        let mut transaction = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        let size = check_place(&mut transaction, batch).await?;
        insert_all(&mut transaction, batch).await?;
        let forgotten = erase(&mut transaction, &batch.erased).await?;
        let merge = self.lookup.merge(&mut transaction, size, false).await?;
        transaction.commit().await?;
        if let Some(merge) = merge {
            self.lookup.merged(&merge);
        }
        self.lookup.committed(batch);
        self.lookup.forget(&forgotten);
        if !batch.erased.is_empty() {
            // Erased bytes also lie in the write-ahead log.
            let text = "PRAGMA wal_checkpoint(TRUNCATE)";
            let (busy, ..): (i64, i64, i64) = sqlx::query_as(text).fetch_one(&self.writer).await?;
            if busy != 0 {
                return Err(Error::Lingering);
            }
        }
        Ok(())
    }
}

/// How long the ledger is; the batch must go on there.
async fn check_place(connection: &mut SqliteConnection, batch: &Batch) -> Result<u64, Error> {
    let size: i64 = sqlx::query_scalar("SELECT coalesce(max(seq) + 1, 0) FROM entry")
        .fetch_one(connection)
        .await?;
    match batch.entries.first() {
        Some(first) if place(first.seq) != size => Err(Error::Conflict),
        _ => Ok(seq(size)),
    }
}

async fn insert_all(connection: &mut SqliteConnection, batch: &Batch) -> Result<(), Error> {
    let insert = ENTRY.insert(connection, &batch.entries, |query, entry| {
        query.bind(place(entry.seq)).bind(entry.body.as_slice()).bind(entry.hash.0.as_slice())
    });
    insert.await?;
    let insert = NODE.insert(connection, &batch.nodes, |query, node| {
        query.bind(place(node.index)).bind(node.hash.0.as_slice())
    });
    insert.await?;
    let insert = LOG.insert(connection, &batch.log, |query, row| {
        let query = query.bind(place(row.seq)).bind(row.key.0.as_slice());
        let query = query.bind(row.salt.as_ref().map(|salt| salt.0.as_slice()));
        query.bind(row.event.as_deref()).bind(row.facts.as_deref())
    });
    insert.await?;
    let insert = RECORD.insert(connection, &batch.records, |query, row| {
        let query = query.bind(place(row.seq)).bind(&row.id).bind(&row.subject).bind(&row.account);
        let query = query.bind(&row.policy).bind(&row.r#type).bind(&row.country);
        let query = query.bind(&row.effects).bind(row.time_ms);
        query.bind(row.decision.as_deref())
    });
    insert.await?;
    let effects: Vec<(&str, u64)> = batch.records.iter().flat_map(effects).collect();
    let insert = EFFECT
        .insert(connection, &effects, |query, (effect, seq)| query.bind(*effect).bind(place(*seq)));
    insert.await?;
    let insert = OUTBOX.insert(connection, &batch.outbox, |query, row| {
        query.bind(place(row.seq)).bind(&row.subject).bind(row.message.as_deref())
    });
    insert.await?;
    if let Some(head) = &batch.head {
        sqlx::query("INSERT INTO head (size, root, signed_at, signature) VALUES ($1, $2, $3, $4)")
            .bind(place(head.size))
            .bind(&head.root)
            .bind(head.at.to_string())
            .bind(&head.signature)
            .execute(&mut *connection)
            .await?;
    }
    if let Some(set) = &batch.policy_set {
        insert_policy_set(connection, set).await?;
    }
    insert_beside(connection, batch).await
}

/// What is derived from the ledger, or beside it: where days lie, counts, refusals.
async fn insert_beside(connection: &mut SqliteConnection, batch: &Batch) -> Result<(), Error> {
    if let Some(enforced) = &batch.enforced {
        sqlx::query("INSERT INTO enforced (seq, version, detectors) VALUES ($1, $2, $3)")
            .bind(place(enforced.seq))
            .bind(&enforced.version)
            .bind(enforced.detectors)
            .execute(&mut *connection)
            .await?;
    }
    for (day, (first, last)) in days(&batch.records) {
        sqlx::query(
            "INSERT INTO day (day, first, last) VALUES ($1, $2, $3)
             ON CONFLICT (day) DO UPDATE SET first = min(first, $2), last = max(last, $3)",
        )
        .bind(day)
        .bind(place(first))
        .bind(place(last))
        .execute(&mut *connection)
        .await?;
    }
    count(connection, &batch.tallies).await?;
    if batch.refused.is_empty() {
        return Ok(());
    }
    let insert = REFUSED.insert(connection, &batch.refused, |query, row| {
        let query = query.bind(row.at_ms).bind(&row.sender).bind(place(row.place));
        query.bind(&row.reason).bind(&row.message).bind(&row.excerpt)
    });
    insert.await?;
    sqlx::query("DELETE FROM refused WHERE id <= (SELECT max(id) FROM refused) - $1")
        .bind(REFUSED_MAX)
        .execute(connection)
        .await?;
    Ok(())
}

/// Adds to the counts.
async fn count(connection: &mut SqliteConnection, tallies: &Tallies) -> Result<(), Error> {
    for ((name, key, day), count) in tallies {
        sqlx::query(
            "INSERT INTO tally (name, key, day, count) VALUES ($1, $2, $3, $4)
             ON CONFLICT (name, key, day) DO UPDATE SET count = count + $4",
        )
        .bind(name)
        .bind(key)
        .bind(day)
        .bind(place(*count))
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// For each day of event time the first and the last place of its decisions.
fn days(records: &[RecordRow]) -> BTreeMap<i64, (u64, u64)> {
    let mut days: BTreeMap<i64, (u64, u64)> = BTreeMap::new();
    for row in records {
        let span = days.entry(row.time_ms.div_euclid(DAY_MS)).or_insert((row.seq, row.seq));
        *span = (span.0.min(row.seq), span.1.max(row.seq));
    }
    days
}

fn effects(row: &RecordRow) -> Vec<(&str, u64)> {
    let mut names: Vec<&str> = row.effects.split_whitespace().collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(|name| (name, row.seq)).collect()
}

async fn insert_policy_set(
    connection: &mut SqliteConnection,
    set: &PolicySet,
) -> Result<(), Error> {
    let packed = serde_json::to_vec(&set.files)
        .map_err(std::io::Error::other)
        .and_then(|json| zstd::encode_all(json.as_slice(), ZSTD_LEVEL))
        .map_err(|error| Error::Unavailable(error.to_string()))?;
    sqlx::query(
        "INSERT INTO policy_set (version, files) VALUES ($1, $2) ON CONFLICT (version) DO NOTHING",
    )
    .bind(&set.version)
    .bind(packed)
    .execute(connection)
    .await?;
    Ok(())
}

/// Empties payloads; returns the keys under which their persons are no longer found.
async fn erase(connection: &mut SqliteConnection, erased: &[u64]) -> Result<Vec<Pair>, Error> {
    let mut forgotten = Vec::new();
    for seq in erased {
        let text = "SELECT subject, account FROM record WHERE seq = $1";
        let found: Option<(Option<String>, Option<String>)> =
            sqlx::query_as(text).bind(place(*seq)).fetch_optional(&mut *connection).await?;
        if let Some((subject, account)) = found {
            let pairs = lookup::personal_pairs(*seq, subject.as_deref(), account.as_deref());
            for (key, seq) in &pairs {
                sqlx::query("DELETE FROM lookup WHERE key = $1 AND seq = $2")
                    .bind(key.to_be_bytes().to_vec())
                    .bind(place(*seq))
                    .execute(&mut *connection)
                    .await?;
            }
            forgotten.extend(pairs);
        }
        for text in [
            "UPDATE log SET salt = NULL, event = NULL, facts = NULL WHERE seq = $1",
            "UPDATE record SET subject = NULL, account = NULL, decision = NULL WHERE seq = $1",
            "UPDATE outbox SET subject = NULL, message = NULL WHERE seq = $1",
            "UPDATE undelivered SET subject = '' WHERE seq = $1",
        ] {
            sqlx::query(text).bind(place(*seq)).execute(&mut *connection).await?;
        }
    }
    Ok(forgotten)
}
