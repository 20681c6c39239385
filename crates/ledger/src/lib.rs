//! What happened, provably: entries in a hash chain under a Merkle tree with signed heads.
//!
//! Entries hold commitments, not personal data; the payloads lie beside them in the store under
//! random salts, so that they can be erased without breaking the chain. There is no I/O here.

pub mod entry;
pub mod head;
pub mod payload;
pub mod proof;
pub mod tree;

pub use entry::{Entry, Sealed};
pub use head::{Key, PublicKey, TreeHead};
pub use payload::{Payload, Salt};
pub use proof::{Consistency, Inclusion};
pub use tree::{Frontier, Hash, Node};
