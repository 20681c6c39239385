//! Everything durable; the only SQL of Probity.
//!
//! [`Store`] keeps log, records, ledger and outbox in one SQLite file. A [`Batch`] is one commit:
//! all of it is there afterwards, or nothing. One writer at a time; a second is told so.
//!
//! `tests/it/contract.rs` is what any backend has to pass.

mod batch;
mod commit;
mod error;
mod open;
mod read;
mod rows;

pub use batch::{Batch, LogRow, OutboxRow, PolicySet, RecordRow};
pub use error::Error;
pub use open::Store;
pub use read::{Filter, Listed};
