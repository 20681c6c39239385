//! Reads the store by place: for verification, replay and proofs.

use std::collections::BTreeMap;

use ledger::tree::{Origin, origin, subtree};
use ledger::{Hash, Node, Salt, Sealed, TreeHead};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use types::EventKey;

use crate::batch::{Activated, LogRow, OutboxRow, PolicySetRow, RecordRow};
use crate::lookup;
use crate::rows::{place, seq};
use crate::{Error, Store};

impl Store {
    /// The number of entries in the ledger.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn size(&self) -> Result<u64, Error> {
        let size: i64 = sqlx::query_scalar("SELECT coalesce(max(seq) + 1, 0) FROM entry")
            .fetch_one(&self.reader)
            .await?;
        Ok(seq(size))
    }

    /// The number of rows of a table at places below `until`, or beyond the end of the ledger.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn count(&self, table: &'static str, until: u64) -> Result<u64, Error> {
        // One statement reads one snapshot of the store, whatever is written meanwhile.
        let text = format!(
            "SELECT count(*) FROM {table}
             WHERE seq < $1 OR seq > (SELECT coalesce(max(seq), -1) FROM entry)"
        );
        let query = sqlx::query_scalar(sqlx::AssertSqlSafe(text)).bind(place(until));
        let count: i64 = query.fetch_one(&self.reader).await?;
        Ok(seq(count))
    }

    /// Entries from place `from` on, at most `limit`.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn entries(&self, from: u64, limit: u32) -> Result<Vec<Sealed>, Error> {
        let rows =
            sqlx::query("SELECT seq, body, hash FROM entry WHERE seq >= $1 ORDER BY seq LIMIT $2")
                .bind(place(from))
                .bind(limit)
                .fetch_all(&self.reader)
                .await?;
        let entry = |row: &SqliteRow| {
            Ok(Sealed { seq: seq(row.try_get(0)?), body: row.try_get(1)?, hash: hash(row, 2)? })
        };
        rows.iter().map(entry).collect()
    }

    /// Events in places `from..until`.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn log(&self, from: u64, until: u64) -> Result<Vec<LogRow>, Error> {
        let rows = sqlx::query(
            "SELECT seq, event_key, salt, event, facts, ties FROM log WHERE seq >= $1 AND seq < $2 ORDER BY seq",
        )
        .bind(place(from))
        .bind(place(until))
        .fetch_all(&self.reader)
        .await?;
        rows.iter().map(log_row).collect()
    }

    /// The places of the decisions on events of each day: the first and the last.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn days(&self) -> Result<BTreeMap<i64, (u64, u64)>, Error> {
        let rows: Vec<(i64, i64, i64)> =
            sqlx::query_as("SELECT day, first, last FROM day").fetch_all(&self.reader).await?;
        Ok(rows.into_iter().map(|(day, first, last)| (day, (seq(first), seq(last)))).collect())
    }

    /// Passes every effect to `see` with the place of a decision that has it, from the index.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn each_effect(&self, mut see: impl FnMut(&str, u64)) -> Result<(), Error> {
        let mut after = (String::new(), -1);
        loop {
            let text = "SELECT effect, seq FROM record_effect WHERE (effect, seq) > ($1, $2)
                        ORDER BY effect, seq LIMIT 10000";
            let rows: Vec<(String, i64)> =
                sqlx::query_as(text).bind(&after.0).bind(after.1).fetch_all(&self.reader).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = last.clone();
            rows.iter().for_each(|(effect, place)| see(effect, seq(*place)));
        }
    }

    /// The number of erased decisions below place `until` on events from the first to before the
    /// second of `between_ms`, in milliseconds since 1970.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn erased_decisions(&self, between_ms: (i64, i64), until: u64) -> Result<u64, Error> {
        let text = "SELECT count(*) FROM record
                    WHERE decision IS NULL AND time_ms >= $1 AND time_ms < $2 AND seq < $3";
        let query = sqlx::query_scalar(text).bind(between_ms.0).bind(between_ms.1);
        Ok(seq(query.bind(place(until)).fetch_one(&self.reader).await?))
    }

    /// The events alone in places `from..until`, JSON; those that were erased are left out.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn events(&self, from: u64, until: u64) -> Result<Vec<Vec<u8>>, Error> {
        let text = "SELECT event FROM log WHERE seq >= $1 AND seq < $2 AND event IS NOT NULL
                    ORDER BY seq";
        let query = sqlx::query_scalar(text).bind(place(from)).bind(place(until));
        Ok(query.fetch_all(&self.reader).await?)
    }

    /// Decisions in places `from..until`.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn records(&self, from: u64, until: u64) -> Result<Vec<RecordRow>, Error> {
        let rows = sqlx::query("SELECT * FROM record WHERE seq >= $1 AND seq < $2 ORDER BY seq")
            .bind(place(from))
            .bind(place(until))
            .fetch_all(&self.reader)
            .await?;
        rows.iter().map(record_row).collect()
    }

    /// Messages in places `from..until`.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn outbox(&self, from: u64, until: u64) -> Result<Vec<OutboxRow>, Error> {
        let text =
            "SELECT seq, subject, message FROM outbox WHERE seq >= $1 AND seq < $2 ORDER BY seq";
        let rows =
            sqlx::query(text).bind(place(from)).bind(place(until)).fetch_all(&self.reader).await?;
        rows.iter().map(outbox_row).collect()
    }

    /// The latest tree head.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn head(&self) -> Result<Option<TreeHead>, Error> {
        let text = "SELECT size, root, signed_at, signature FROM head ORDER BY size DESC LIMIT 1";
        let row = sqlx::query(text).fetch_optional(&self.reader).await?;
        row.as_ref().map(head_row).transpose()
    }

    /// All tree heads of sizes `above..=until`, in the order of their sizes.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn heads(&self, above: u64, until: u64) -> Result<Vec<TreeHead>, Error> {
        let text = "SELECT size, root, signed_at, signature FROM head WHERE size > $1 AND size <= $2 ORDER BY size";
        let rows =
            sqlx::query(text).bind(place(above)).bind(place(until)).fetch_all(&self.reader).await?;
        rows.iter().map(head_row).collect()
    }

    /// All stored inner hashes of the tree.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn nodes(&self) -> Result<Vec<Node>, Error> {
        let rows = sqlx::query("SELECT number, hash FROM node ORDER BY number")
            .fetch_all(&self.reader)
            .await?;
        rows.iter()
            .map(|row| Ok(Node { index: seq(row.try_get(0)?), hash: hash(row, 1)? }))
            .collect()
    }

    /// The hash of the tree with that number, stored or computed from its leaves.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] if a hash is missing; [`Error::Disk`] or [`Error::Unavailable`] if a read
    /// fails.
    pub async fn tree_hash(&self, index: u64) -> Result<Hash, Error> {
        let missing = || Error::Damaged(format!("the tree lacks hash {index}"));
        match origin(index) {
            Origin::Node(index) => {
                let row = sqlx::query("SELECT hash FROM node WHERE number = $1")
                    .bind(place(index))
                    .fetch_optional(&self.reader)
                    .await?;
                hash(&row.ok_or_else(missing)?, 0)
            }
            Origin::Leaves(from, count) => {
                let rows =
                    sqlx::query("SELECT hash FROM entry WHERE seq >= $1 AND seq < $2 ORDER BY seq")
                        .bind(place(from))
                        .bind(place(from + count))
                        .fetch_all(&self.reader)
                        .await?;
                let leaves: Vec<Hash> =
                    rows.iter().map(|row| hash(row, 0)).collect::<Result<_, Error>>()?;
                if leaves.len() as u64 == count { Ok(subtree(&leaves)) } else { Err(missing()) }
            }
        }
    }

    /// The policy set of that version.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn policy_set(&self, version: &str) -> Result<Option<PolicySetRow>, Error> {
        let row = sqlx::query("SELECT files FROM policy_set WHERE version = $1")
            .bind(version)
            .fetch_optional(&self.reader)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let packed: Vec<u8> = row.try_get(0)?;
        Ok(Some(PolicySetRow { version: version.to_owned(), packed }))
    }

    /// The policy sets that became active, the latest first, at most `limit`.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn activated(&self, limit: u32) -> Result<Vec<Activated>, Error> {
        let text = "SELECT seq, version, detectors FROM enforced ORDER BY seq DESC LIMIT $1";
        let rows = sqlx::query(text).bind(limit).fetch_all(&self.reader).await?;
        let activated = |row: &SqliteRow| {
            Ok(Activated {
                seq: seq(row.try_get(0)?),
                version: row.try_get(1)?,
                detectors: row.try_get(2)?,
            })
        };
        rows.iter().map(activated).collect()
    }

    /// The versions of all policy sets kept.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn policy_versions(&self) -> Result<Vec<String>, Error> {
        let text = "SELECT version FROM policy_set ORDER BY version";
        Ok(sqlx::query_scalar(text).fetch_all(&self.reader).await?)
    }
}

fn hash(row: &SqliteRow, column: usize) -> Result<Hash, Error> {
    bytes(row, column).map(Hash)
}

fn bytes<const N: usize>(row: &SqliteRow, column: usize) -> Result<[u8; N], Error> {
    let bytes: &[u8] = row.try_get(column)?;
    bytes
        .try_into()
        .map_err(|_| Error::Damaged(format!("{} bytes where {N} should be", bytes.len())))
}

fn log_row(row: &SqliteRow) -> Result<LogRow, Error> {
    let salt: Option<&[u8]> = row.try_get(2)?;
    let salt = salt.map(|_| bytes(row, 2).map(Salt)).transpose()?;
    Ok(LogRow {
        seq: seq(row.try_get(0)?),
        key: EventKey(bytes(row, 1)?),
        salt,
        event: row.try_get(3)?,
        facts: row.try_get(4)?,
        attributes: lookup::attributes(row.try_get(5)?)?,
    })
}

pub(crate) fn outbox_row(row: &SqliteRow) -> Result<OutboxRow, Error> {
    Ok(OutboxRow { seq: seq(row.try_get(0)?), subject: row.try_get(1)?, message: row.try_get(2)? })
}

pub(crate) fn record_row(row: &SqliteRow) -> Result<RecordRow, Error> {
    Ok(RecordRow {
        seq: seq(row.try_get("seq")?),
        id: row.try_get("id")?,
        subject: row.try_get("subject")?,
        account: row.try_get("account")?,
        policy: row.try_get("policy")?,
        r#type: row.try_get("type")?,
        country: row.try_get("country")?,
        effects: row.try_get("effects")?,
        time_ms: row.try_get("time_ms")?,
        decision: row.try_get("decision")?,
    })
}

fn head_row(row: &SqliteRow) -> Result<TreeHead, Error> {
    let at: String = row.try_get(2)?;
    let at = at.parse().map_err(|_| Error::Damaged(format!("a tree head is signed at `{at}`")))?;
    Ok(TreeHead {
        size: seq(row.try_get(0)?),
        root: row.try_get(1)?,
        at,
        signature: row.try_get(3)?,
    })
}
