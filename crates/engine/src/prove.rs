//! Makes proofs from a store, for others to check.

use std::collections::HashMap;

use ledger::entry::GENESIS;
use ledger::{Consistency, Hash, Inclusion, TreeHead};
use store::Store;
use tlog_tiles::HashReader;

use crate::error::Error;

/// Collects the hashes that a proof needs, then serves them.
#[derive(Default)]
struct Fetched {
    hashes: HashMap<u64, Hash>,
    wanted: std::cell::RefCell<Vec<u64>>,
}

impl HashReader for Fetched {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog_tiles::Error> {
        let missing = indexes.iter().filter(|index| !self.hashes.contains_key(index));
        self.wanted.borrow_mut().extend(missing);
        if self.wanted.borrow().is_empty() {
            Ok(indexes.iter().map(|index| self.hashes[index]).collect())
        } else {
            Err(tlog_tiles::Error::InvalidInput("to be fetched".into()))
        }
    }
}

/// Runs `prove` until the hashes that it reads are there.
async fn with_hashes(
    store: &Store,
    prove: impl Fn(&Fetched) -> Result<Vec<String>, tlog_tiles::Error>,
) -> Result<Vec<String>, Error> {
    let mut fetched = Fetched::default();
    loop {
        match prove(&fetched) {
            Ok(path) => return Ok(path),
            Err(error) => {
                let wanted = fetched.wanted.take();
                if wanted.is_empty() {
                    return Err(Error::Damaged(error.to_string()));
                }
                for index in wanted {
                    fetched.hashes.insert(index, store.tree_hash(index).await?);
                }
            }
        }
    }
}

async fn head(store: &Store) -> Result<TreeHead, Error> {
    store.head().await?.ok_or_else(|| Error::Damaged("there is no tree head".to_owned()))
}

/// The proof that entry `seq` is in the ledger; `None` if there is no such entry.
///
/// # Errors
///
/// [`Error::Store`] if the store cannot be read; [`Error::Damaged`] if something that the proof
/// needs is missing.
pub async fn inclusion(store: &Store, seq: u64) -> Result<Option<Inclusion>, Error> {
    let head = head(store).await?;
    if seq >= head.size {
        return Ok(None);
    }
    let entries = store.entries(seq.saturating_sub(1), 2).await?;
    let entry = entries.iter().find(|entry| entry.seq == seq);
    let entry = entry.ok_or_else(|| Error::Damaged(format!("entry {seq} is missing")))?;
    let previous = match seq {
        0 => GENESIS,
        _ => entries.first().map_or(GENESIS, |entry| entry.hash),
    };
    let size = head.size;
    let path = with_hashes(store, |reader| Inclusion::path(size, seq, reader)).await?;
    Ok(Some(Inclusion {
        seq,
        previous: hex::encode(previous.0),
        entry: String::from_utf8_lossy(&entry.body).into_owned(),
        path,
        head,
    }))
}

/// The proof that the ledger grew from `old`; `None` if `old` is empty or larger than the ledger.
///
/// # Errors
///
/// [`Error::Store`] if the store cannot be read; [`Error::Damaged`] if something that the proof
/// needs is missing.
pub async fn consistency(store: &Store, old: TreeHead) -> Result<Option<Consistency>, Error> {
    let new = head(store).await?;
    if old.size == 0 || old.size > new.size {
        return Ok(None);
    }
    let sizes = (new.size, old.size);
    let path = with_hashes(store, |reader| Consistency::path(sizes.0, sizes.1, reader)).await?;
    Ok(Some(Consistency { old, new, path }))
}
