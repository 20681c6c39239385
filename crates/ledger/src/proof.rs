//! Proofs that anyone can check without the ledger: an entry is in a tree, a tree grew from
//! another.

use serde::{Deserialize, Serialize};
use tlog_tiles::{Hash, HashReader, check_record, check_tree, prove_record, prove_tree};

use crate::entry::chain_hash;
use crate::{PublicKey, TreeHead};

/// Why a proof is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// A part is not hex of the right length.
    #[error("the proof is damaged")]
    Damaged,
    /// The signature of the head is not by the key.
    #[error("the tree head is not signed by this key")]
    Signature,
    /// The path does not lead to the root.
    #[error("the path does not lead to the root of the signed tree head")]
    Path,
}

/// Proof that an entry is in a signed tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inclusion {
    /// The entry's place.
    pub seq: u64,
    /// The hash of the entry before, hex.
    pub previous: String,
    /// The entry's bytes.
    pub entry: String,
    /// The audit path of RFC 6962, hex.
    pub path: Vec<String>,
    /// The signed head.
    pub head: TreeHead,
}

/// Proof that a tree grew from an earlier one without changing it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consistency {
    /// The earlier head.
    pub old: TreeHead,
    /// The later head.
    pub new: TreeHead,
    /// The consistency path of RFC 6962, hex.
    pub path: Vec<String>,
}

fn hashes(path: &[String]) -> Result<Vec<Hash>, Broken> {
    path.iter().map(|text| hash(text)).collect()
}

fn hash(text: &str) -> Result<Hash, Broken> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).map_err(|_| Broken::Damaged)?;
    Ok(Hash(bytes))
}

fn hex(path: &[Hash]) -> Vec<String> {
    path.iter().map(|hash| hex::encode(hash.0)).collect()
}

impl Inclusion {
    /// The audit path of entry `seq` in a tree of `size` entries, from the hashes that `reader`
    /// supplies.
    ///
    /// # Errors
    ///
    /// The error of the reader.
    pub fn path(
        size: u64,
        seq: u64,
        reader: &impl HashReader,
    ) -> Result<Vec<String>, tlog_tiles::Error> {
        prove_record(size, seq, reader).map(|path| hex(&path))
    }

    /// Checks the proof against the key of the ledger.
    ///
    /// # Errors
    ///
    /// The reason why it is invalid.
    pub fn check(&self, key: &PublicKey) -> Result<(), Broken> {
        if !self.head.is_signed_by(key) {
            return Err(Broken::Signature);
        }
        let leaf = chain_hash(hash(&self.previous)?, self.entry.as_bytes());
        let root = Hash(self.head.root_bytes().ok_or(Broken::Damaged)?);
        check_record(&hashes(&self.path)?, self.head.size, root, self.seq, leaf)
            .map_err(|_| Broken::Path)
    }
}

impl Consistency {
    /// The path from the tree of `old` entries to that of `new`, from the hashes that `reader`
    /// supplies.
    ///
    /// # Errors
    ///
    /// The error of the reader.
    pub fn path(
        new: u64,
        old: u64,
        reader: &impl HashReader,
    ) -> Result<Vec<String>, tlog_tiles::Error> {
        prove_tree(new, old, reader).map(|path| hex(&path))
    }

    /// Checks the proof against the key of the ledger.
    ///
    /// # Errors
    ///
    /// The reason why it is invalid.
    pub fn check(&self, key: &PublicKey) -> Result<(), Broken> {
        if !self.old.is_signed_by(key) || !self.new.is_signed_by(key) {
            return Err(Broken::Signature);
        }
        let root = |head: &TreeHead| head.root_bytes().map(Hash).ok_or(Broken::Damaged);
        let (old, new) = (root(&self.old)?, root(&self.new)?);
        let path = hashes(&self.path)?;
        check_tree(&path, self.new.size, new, self.old.size, old).map_err(|_| Broken::Path)
    }
}
