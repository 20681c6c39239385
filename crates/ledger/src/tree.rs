//! The Merkle tree of RFC 6962 over the entries, by the crate `tlog_tiles`.
//!
//! Every hash of the tree has a number (level and place, see `tlog_tiles::stored_hash_index`). Leaf
//! hashes are stored with the entries. Of the inner ones only those from [`STORED_LEVEL`] up are
//! stored, one per 256 entries; the others are computed from the leaves when a proof needs them.

use tlog_tiles::{
    HashReader, node_hash, split_stored_hash_index, stored_hash_index, sub_tree_index,
};

pub use tlog_tiles::Hash;

/// The lowest level whose hashes are stored.
pub const STORED_LEVEL: u8 = 8;

/// An inner hash to be stored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Node {
    /// Its number in the tree.
    pub index: u64,
    /// The hash.
    pub hash: Hash,
}

/// The right edge of the tree: all that is needed to append and to compute the root.
#[derive(Clone, Debug, Default)]
pub struct Frontier {
    size: u64,
    /// Numbers and hashes of the complete subtrees, left to right.
    edge: Vec<(u64, Hash)>,
}

struct Edge<'a>(&'a [(u64, Hash)]);

impl HashReader for Edge<'_> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog_tiles::Error> {
        let find = |index: &u64| {
            let found = self.0.iter().find(|(known, _)| known == index);
            found
                .map(|(_, hash)| *hash)
                .ok_or(tlog_tiles::Error::InvalidInput("hash missing".into()))
        };
        indexes.iter().map(find).collect()
    }
}

impl Frontier {
    /// The numbers of the hashes that make up the edge of a tree of `size` entries.
    #[must_use]
    pub fn needed(size: u64) -> Vec<u64> {
        if size == 0 { Vec::new() } else { sub_tree_index(0, size, Vec::new()) }
    }

    /// The edge of a tree of `size` entries from its hashes, in the order of [`Frontier::needed`].
    #[must_use]
    pub fn from_hashes(size: u64, hashes: &[Hash]) -> Self {
        Self { size, edge: Self::needed(size).into_iter().zip(hashes.iter().copied()).collect() }
    }

    /// The number of entries.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Appends the entry with that leaf hash; inner hashes to be stored are added to `nodes`.
    pub fn append(&mut self, leaf: Hash, nodes: &mut Vec<Node>) {
        let place = self.size;
        let mut hash = leaf;
        let mut level = 0;
        // Each trailing one bit of the place completes a subtree with its left neighbour.
        while place >> level & 1 == 1 {
            let Some((_, left)) = self.edge.pop() else { break };
            hash = node_hash(left, hash);
            level += 1;
            if level >= STORED_LEVEL {
                nodes.push(Node { index: stored_hash_index(level, place >> level), hash });
            }
        }
        self.edge.push((stored_hash_index(level, place >> level), hash));
        self.size += 1;
    }

    /// The root hash.
    #[must_use]
    pub fn root(&self) -> Hash {
        tlog_tiles::tree_hash(self.size, &Edge(&self.edge)).unwrap_or(tlog_tiles::EMPTY_HASH)
    }
}

/// The data needed for the hash of that number: a stored node, or a range of leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A stored inner hash.
    Node(u64),
    /// The first leaf, and the number of leaves.
    Leaves(u64, u64),
}

/// The origin of the hash numbered `index`.
#[must_use]
pub fn origin(index: u64) -> Origin {
    let (level, place) = split_stored_hash_index(index);
    if level >= STORED_LEVEL {
        Origin::Node(index)
    } else {
        Origin::Leaves(place << level, 1 << level)
    }
}

/// The root of a complete subtree from its leaves.
#[must_use]
pub fn subtree(leaves: &[Hash]) -> Hash {
    let mut frontier = Frontier::default();
    let mut nodes = Vec::new();
    for leaf in leaves {
        frontier.append(*leaf, &mut nodes);
    }
    frontier.root()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edge_gives_the_roots_of_the_library() {
        let mut stored: Vec<Hash> = Vec::new();
        struct All<'a>(&'a [Hash]);
        impl HashReader for All<'_> {
            fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog_tiles::Error> {
                Ok(indexes.iter().map(|index| self.0[*index as usize]).collect())
            }
        }
        let (mut frontier, mut nodes) = (Frontier::default(), Vec::new());
        for n in 0..700_u64 {
            let leaf = tlog_tiles::record_hash(&n.to_le_bytes());
            let new = tlog_tiles::stored_hashes_for_record_hash(n, leaf, &All(&stored)).unwrap();
            stored.extend(new);
            frontier.append(leaf, &mut nodes);
            assert_eq!(frontier.root(), tlog_tiles::tree_hash(n + 1, &All(&stored)).unwrap());
        }
        for node in nodes {
            assert_eq!(stored[node.index as usize], node.hash);
        }
        let edge: Vec<Hash> = Frontier::needed(700).iter().map(|at| stored[*at as usize]).collect();
        assert_eq!(Frontier::from_hashes(700, &edge).root(), frontier.root());
    }
}
