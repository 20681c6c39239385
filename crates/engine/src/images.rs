//! The rows that the log's changes leave, as digests: what the tables beside it must hold.

use std::collections::HashMap;

use sha2::{Digest as _, Sha256};
use store::RowChange;

/// The last change of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Last {
    /// The place of its entry.
    seq: u64,
    /// A digest of the row.
    digest: u128,
}

/// Each row's last change, by a digest of table and key.
#[derive(Clone, Debug, Default)]
pub(crate) struct Images(HashMap<u128, Last>);

/// How a row in a table compares with the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compared {
    /// It is as the log says.
    Same,
    /// It differs from what the entry at that place says.
    Differs(u64),
    /// No entry says that it is there.
    TooMany,
}

impl Images {
    /// Goes by a change at place `seq`, the latest so far.
    pub(crate) fn apply(&mut self, seq: u64, change: &RowChange) {
        let key = key(change);
        if change.removed {
            self.0.remove(&key);
        } else {
            self.0.insert(key, Last { seq, digest: digest(change) });
        }
    }

    /// Compares `row` as a table has it; it is not looked for again.
    pub(crate) fn compare(&mut self, row: &RowChange) -> Compared {
        match self.0.remove(&key(row)) {
            None => Compared::TooMany,
            Some(last) if last.digest == digest(row) => Compared::Same,
            Some(last) => Compared::Differs(last.seq),
        }
    }

    /// The places of the changes whose rows no table had.
    pub(crate) fn missing(&self) -> Vec<u64> {
        let mut places: Vec<u64> = self.0.values().map(|last| last.seq).collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    /// How many rows no table had.
    pub(crate) fn count(&self) -> u64 {
        self.0.len() as u64
    }

    /// Whether the row of `change` was not compared.
    pub(crate) fn has(&self, change: &RowChange) -> bool {
        self.0.contains_key(&key(change))
    }
}

fn key(change: &RowChange) -> u128 {
    of(&[change.table.as_bytes(), change.key().as_bytes()])
}

fn digest(change: &RowChange) -> u128 {
    of(&[serde_json::to_string(&change.row).unwrap_or_default().as_bytes()])
}

/// The first half of SHA-256 over parts, each with its length before it.
fn of(parts: &[&[u8]]) -> u128 {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let hash: [u8; 32] = hasher.finalize().into();
    let mut half = [0; 16];
    half.copy_from_slice(&hash[..16]);
    u128::from_be_bytes(half)
}

/// The columns in which `row` differs from `change`.
pub(crate) fn columns(change: &RowChange, row: &RowChange) -> Vec<String> {
    let differs =
        |(name, value): &(&String, &serde_json::Value)| row.row.get(*name) != Some(*value);
    change.row.iter().filter(differs).map(|(name, _)| name.clone()).collect()
}
