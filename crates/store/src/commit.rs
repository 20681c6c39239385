//! Writes a batch: all of it, or nothing.

use sqlx::SqliteConnection;

use crate::batch::{Batch, PolicySet};
use crate::rows::{Table, place};
use crate::{Error, Store};

const ENTRY: Table = Table { name: "entry", columns: &["seq", "body", "hash"] };
const NODE: Table = Table { name: "node", columns: &["number", "hash"] };
const LOG: Table = Table { name: "log", columns: &["seq", "event_key", "salt", "event", "facts"] };
const RECORD: Table = Table {
    name: "record",
    columns: &["seq", "id", "subject", "account", "policy", "effects", "time_ms", "decision"],
};
const OUTBOX: Table = Table { name: "outbox", columns: &["seq", "subject", "message"] };

/// How hard policy sets are packed.
const ZSTD_LEVEL: i32 = 3;

impl Store {
    /// Writes `batch` and returns when it is on the disk.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] if the ledger is not as long as the batch expects; [`Error::Full`] if
    /// there is no room. Nothing of the batch is kept then. [`Error::Lingering`] if the batch was
    /// written but erased bytes may still lie in the write-ahead log.
    pub async fn commit(&self, batch: &Batch) -> Result<(), Error> {
        let mut transaction = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        check_place(&mut transaction, batch).await?;
        insert_all(&mut transaction, batch).await?;
        erase(&mut transaction, &batch.erased).await?;
        transaction.commit().await?;
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

async fn check_place(connection: &mut SqliteConnection, batch: &Batch) -> Result<(), Error> {
    let Some(first) = batch.entries.first() else { return Ok(()) };
    let size: i64 = sqlx::query_scalar("SELECT coalesce(max(seq) + 1, 0) FROM entry")
        .fetch_one(connection)
        .await?;
    if size == place(first.seq) { Ok(()) } else { Err(Error::Conflict) }
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
        let query = query.bind(&row.policy).bind(&row.effects).bind(row.time_ms);
        query.bind(row.decision.as_deref())
    });
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
    Ok(())
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

async fn erase(connection: &mut SqliteConnection, erased: &[u64]) -> Result<(), Error> {
    for seq in erased {
        for text in [
            "UPDATE log SET salt = NULL, event = NULL, facts = NULL WHERE seq = $1",
            "UPDATE record SET subject = NULL, account = NULL, decision = NULL WHERE seq = $1",
            "UPDATE outbox SET subject = NULL, message = NULL WHERE seq = $1",
        ] {
            sqlx::query(text).bind(place(*seq)).execute(&mut *connection).await?;
        }
    }
    Ok(())
}
