//! Digests of the rows that the changes in the log leave: what the tables must contain.

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

/// The last change of each row, by a digest of table and key.
#[derive(Clone, Debug, Default)]
pub(crate) struct Images(HashMap<u128, Last>);

/// How a row in a table compares with the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compared {
    /// It is as the log says.
    Same,
    /// It differs from the entry at that place.
    Differs(u64),
    /// No entry contains it.
    TooMany,
}

impl Images {
    /// Applies a change at place `seq`, the latest so far.
    pub(crate) fn apply(&mut self, seq: u64, change: &RowChange) {
        let key = key(change);
        if change.removed {
            self.0.remove(&key);
        } else {
            self.0.insert(key, Last { seq, digest: digest(change) });
        }
    }

    /// Compares `row` of a table with the log; each row is compared once.
    pub(crate) fn compare(&mut self, row: &RowChange) -> Compared {
        match self.0.remove(&key(row)) {
            None => Compared::TooMany,
            Some(last) if last.digest == digest(row) => Compared::Same,
            Some(last) => Compared::Differs(last.seq),
        }
    }

    /// The places of the changes whose rows are in no table.
    pub(crate) fn missing(&self) -> Vec<u64> {
        let mut places: Vec<u64> = self.0.values().map(|last| last.seq).collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    /// The number of rows that are in no table.
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

/// The first half of SHA-256 over the parts, each preceded by its length.
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
