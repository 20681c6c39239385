//! Writes a batch: all of it, or nothing.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::sync::atomic::Ordering;

use sqlx::{Row as _, SqliteConnection};

use crate::batch::{Batch, RecordRow};
use crate::lookup::{self, Merge, Pair};
use crate::open::{VERSION, beside};
use crate::rows::{Script, Table, place};
use crate::{Error, Store, proven};

const ENTRY: Table<'static> = Table { name: "entry", columns: &["seq", "body", "hash"], then: "" };
const NODE: Table<'static> = Table { name: "node", columns: &["number", "hash"], then: "" };
const LOG: Table<'static> = Table {
    name: "log",
    columns: &["seq", "event_key", "salt", "event", "facts", "ties"],
    then: "",
};
const RECORD: Table<'static> = Table {
    name: "record",
    columns: &[
        "seq", "id", "subject", "account", "policy", "type", "country", "effects", "time_ms",
        "decision",
    ],
    then: "",
};
const EFFECT: Table<'static> =
    Table { name: "record_effect", columns: &["effect", "seq"], then: "" };
const OUTBOX: Table<'static> =
    Table { name: "outbox", columns: &["seq", "subject", "message"], then: "" };
const HEAD: Table<'static> =
    Table { name: "head", columns: &["size", "root", "signed_at", "signature"], then: "" };
const DAY: Table<'static> = Table {
    name: "day",
    columns: &["day", "first", "last"],
    then: " ON CONFLICT (day) DO UPDATE
        SET first = min(first, excluded.first), last = max(last, excluded.last)",
};
const TALLY: Table<'static> = Table {
    name: "tally",
    columns: &["name", "key", "day", "count"],
    then: " ON CONFLICT (name, key, day) DO UPDATE SET count = count + excluded.count",
};
const REFUSED: Table<'static> = Table {
    name: "refused",
    columns: &["at_ms", "sender", "place", "reason", "message", "excerpt"],
    then: "",
};

const NAMED: Table<'static> = Table {
    name: "named",
    columns: &["first", "until", "prints"],
    then: " ON CONFLICT (first) DO UPDATE SET until = excluded.until, prints = excluded.prints",
};
const CHANGE: Table<'static> =
    Table { name: "change", columns: &["seq", "salt", "rows"], then: "" };

/// The most refusals kept; older ones are deleted.
const REFUSED_MAX: i64 = 10_000;

const DAY_MS: i64 = 86_400_000;

impl Store {
    /// Whether no event of `batch` was accepted lately or is in it twice. The caller asks
    /// [`Store::known`] first; this catches a mistake.
    fn are_new(&self, batch: &Batch) -> bool {
        let keys: Vec<u128> = batch.log.iter().map(|row| lookup::event(row.key)).collect();
        let distinct: HashSet<u128> = keys.iter().copied().collect();
        distinct.len() == keys.len() && !self.lookup.which_wait(&keys).contains(&true)
    }

    async fn write(
        &self,
        connection: &mut SqliteConnection,
        batch: &Batch,
        size: u64,
    ) -> Result<(Vec<Pair>, Option<Merge>), Error> {
        insert_all(connection, batch).await?;
        // Before erasing, since that also removes what is written here of the persons erased.
        let merge = self.lookup.merge(connection, size, false).await?;
        let Some(erasure) = &batch.erasure else { return Ok((Vec::new(), merge)) };
        if !erasure.subjects.is_empty() {
            crate::erased::beside(connection, erasure).await?;
        }
        Ok((erase(connection, &erasure.entries).await?, merge))
    }

    /// Writes `batch` and returns when it is on the disk.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] if the ledger is not as long as the batch expects; [`Error::Full`] if
    /// there is no room. Nothing of the batch is kept then. After an erasure, old bytes stay in the
    /// write-ahead log and in gaps of pages until [`Store::scrub`].
    pub async fn commit(&self, batch: &Batch) -> Result<(), Error> {
        let Some(lock) = self.lock.as_ref().filter(|_| self.are_new(batch)) else {
            return Err(Error::Conflict);
        };
        if !lock.holds() {
            return Err(Error::Unavailable(
                "its file was moved, removed or replaced while it was open; nothing more is written"
                    .to_owned(),
            ));
        }
        let size = self.size.load(Ordering::Acquire);
        if batch.entries.first().is_some_and(|first| first.seq != size) {
            return Err(Error::Conflict);
        }
        let mut connection = self.begin().await?;
        let written = self.write(&mut connection, batch, size).await;
        let (forgotten, merge) = self.end(connection, written).await?;
        self.size.store(size + batch.entries.len() as u64, Ordering::Release);
        if let Some(merge) = merge {
            self.lookup.merged(&merge);
        }
        self.lookup.committed(batch);
        self.lookup.forget(&forgotten);
        Ok(())
    }
}

/// What must fit beside the store before more is taken, in bytes.
const ROOM: usize = 1 << 20;

impl Store {
    /// Tries whether something can be written: whether there is some room, and a commit succeeds.
    ///
    /// # Errors
    ///
    /// As [`Store::commit`].
    pub async fn try_writing(&self) -> Result<(), Error> {
        let path = beside(&self.path, ".room");
        let written = File::create(&path).and_then(|mut file| {
            file.write_all(&vec![0; ROOM])?;
            file.sync_all()
        });
        // A file that cannot be removed is overwritten the next time.
        let _ = std::fs::remove_file(&path);
        written.map_err(|error| match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Error::Full,
            _ => Error::Disk(error.to_string()),
        })?;
        let mut connection = self.begin().await?;
        // The version stays as it is; its page is written.
        let text = format!("PRAGMA user_version = {VERSION}");
        let tried = sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(&mut *connection).await;
        self.end(connection, tried.map(|_| ()).map_err(Error::from)).await
    }
}

/// Folds the write-ahead log in and empties it; false while somebody reads from it.
pub(crate) async fn fold(connection: &mut SqliteConnection) -> Result<bool, Error> {
    let text = "PRAGMA wal_checkpoint(TRUNCATE)";
    let (busy, ..): (i64, i64, i64) = sqlx::query_as(text).fetch_one(connection).await?;
    Ok(busy == 0)
}

async fn insert_all(connection: &mut SqliteConnection, batch: &Batch) -> Result<(), Error> {
    let script = &mut Script::default();
    insert_ledger(connection, script, batch).await?;
    insert_payloads(connection, script, batch).await?;
    insert_beside(connection, script, batch).await?;
    insert_changes(connection, script, batch).await?;
    script.run(connection).await
}

async fn insert_ledger(
    connection: &mut SqliteConnection,
    script: &mut Script,
    batch: &Batch,
) -> Result<(), Error> {
    let insert = ENTRY.insert(connection, script, &batch.entries, |values, entry| {
        values.put(place(entry.seq)).put(entry.body.as_slice()).put(entry.hash.0.as_slice());
    });
    insert.await?;
    let insert = NODE.insert(connection, script, &batch.nodes, |values, node| {
        values.put(place(node.index)).put(node.hash.0.as_slice());
    });
    insert.await?;
    let heads = batch.head.as_slice();
    let insert = HEAD.insert(connection, script, heads, |values, head| {
        values.put(place(head.size)).put(&head.root).put(head.at.to_string()).put(&head.signature);
    });
    insert.await
}

async fn insert_payloads(
    connection: &mut SqliteConnection,
    script: &mut Script,
    batch: &Batch,
) -> Result<(), Error> {
    let insert = LOG.insert(connection, script, &batch.log, |values, row| {
        values.put(place(row.seq)).put(row.key.0.as_slice());
        values.put(row.salt.as_ref().map(|salt| salt.0.as_slice()));
        values.put(row.event.as_deref()).put(row.facts.as_deref());
        let attributes: Vec<u8> = row.attributes.iter().flat_map(|attribute| attribute.0).collect();
        values.put(Some(attributes).filter(|attributes| !attributes.is_empty()));
    });
    insert.await?;
    let insert = RECORD.insert(connection, script, &batch.records, |values, row| {
        values.put(place(row.seq)).put(&row.id).put(&row.subject).put(&row.account);
        values.put(&row.policy).put(&row.r#type).put(&row.country);
        values.put(&row.effects).put(row.time_ms).put(row.decision.as_deref());
    });
    insert.await?;
    let effects: Vec<(&str, u64)> = batch.records.iter().flat_map(effects).collect();
    let insert = EFFECT.insert(connection, script, &effects, |values, (effect, seq)| {
        values.put(*effect).put(place(*seq));
    });
    insert.await?;
    let insert = OUTBOX.insert(connection, script, &batch.outbox, |values, row| {
        values.put(place(row.seq)).put(&row.subject).put(row.message.as_deref());
    });
    insert.await
}

/// Inserts rows derived from the ledger or kept beside it: policies, days, counts, refusals.
async fn insert_beside(
    connection: &mut SqliteConnection,
    script: &mut Script,
    batch: &Batch,
) -> Result<(), Error> {
    if let Some(set) = &batch.policy_set {
        let values = script
            .add("INSERT INTO policy_set (version, files) VALUES (?, ?) ON CONFLICT DO NOTHING");
        values.put(&set.version).put(&set.packed);
    }
    if let Some(activated) = &batch.activated {
        let values = script.add("INSERT INTO enforced (seq, version, detectors) VALUES (?, ?, ?)");
        values.put(place(activated.seq)).put(&activated.version).put(activated.detectors);
    }
    let days: Vec<(i64, (u64, u64))> = days(&batch.records).into_iter().collect();
    let insert = DAY.insert(connection, script, &days, |values, (day, (first, last))| {
        values.put(*day).put(place(*first)).put(place(*last));
    });
    insert.await?;
    let daily_counts: Vec<_> = batch.daily_counts.iter().collect();
    let insert =
        TALLY.insert(connection, script, &daily_counts, |values, ((name, key, day), count)| {
            values.put(*name).put(key).put(*day).put(place(**count));
        });
    insert.await?;
    let insert = REFUSED.insert(connection, script, &batch.refused, |values, row| {
        values.put(row.at_ms).put(&row.sender).put(place(row.place));
        values.put(&row.reason).put(&row.message).put(&row.excerpt);
    });
    insert.await?;
    if !batch.refused.is_empty() {
        let text = "DELETE FROM refused WHERE id <= (SELECT max(id) FROM refused) - ?";
        script.add(text).put(REFUSED_MAX);
    }
    Ok(())
}

/// Inserts what people did: the changes as recorded in the log, and the rows that they write.
async fn insert_changes(
    connection: &mut SqliteConnection,
    script: &mut Script,
    batch: &Batch,
) -> Result<(), Error> {
    let insert = CHANGE.insert(connection, script, &batch.changes, |values, row| {
        values.put(place(row.seq)).put(row.salt.as_ref().map(|salt| salt.0.as_slice()));
        values.put(row.rows.as_deref());
    });
    insert.await?;
    let insert = NAMED.insert(connection, script, &batch.stretches, |values, stretch| {
        let (first, until) = stretch.places();
        values.put(first).put(until).put(stretch.prints.as_slice());
    });
    insert.await?;
    proven::write(connection, script, (&batch.rows, &batch.asides)).await?;
    if batch.proves_all {
        script.add("DELETE FROM unproven");
    }
    Ok(())
}

/// The first and the last place of the decisions of each day of event time.
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

/// Empties payloads; returns the keys by which their persons are no longer found.
async fn erase(connection: &mut SqliteConnection, erased: &[u64]) -> Result<Vec<Pair>, Error> {
    let mut forgotten = Vec::new();
    for seq in erased {
        let text = "SELECT subject, account, ties FROM log LEFT JOIN record USING (seq)
                    WHERE seq = $1";
        let found = sqlx::query(text).bind(place(*seq)).fetch_optional(&mut *connection).await?;
        if let Some(row) = found {
            let attributes = lookup::attributes(row.try_get(2)?)?;
            let pairs =
                lookup::personal_pairs(*seq, (row.try_get(0)?, row.try_get(1)?), attributes);
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
            "UPDATE log SET salt = NULL, event = NULL, facts = NULL, ties = NULL WHERE seq = $1",
            "UPDATE record SET subject = NULL, account = NULL, decision = NULL WHERE seq = $1",
            "UPDATE outbox SET subject = NULL, message = NULL WHERE seq = $1",
            "UPDATE undelivered SET subject = '', error = '' WHERE seq = $1",
            "UPDATE change SET salt = NULL, rows = NULL WHERE seq = $1",
        ] {
            sqlx::query(text).bind(place(*seq)).execute(&mut *connection).await?;
        }
    }
    Ok(forgotten)
}
