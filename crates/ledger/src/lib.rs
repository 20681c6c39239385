//! A provable record of what happened: entries in a hash chain under a Merkle tree with signed
//! heads.
//!
//! Entries contain commitments, not personal data. The payloads are stored beside them under random
//! salts, so that they can be erased without breaking the chain. There is no I/O here.

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
