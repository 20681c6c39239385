//! The log rolled into Parquet, by event type and hour, in a folder or object storage.
//!
//! A [`History`] is files and one manifest. Files are written before the manifest names them, so
//! that a named file is complete; each has its digest. Columns are those that rules read, so that a
//! query of the past reads only what it needs. The payloads as they were kept are in further
//! columns.
//!
//! Not here: judgement, the store, clocks.

mod columns;
mod error;
mod hold;
mod manifest;
mod place;
mod read;
mod retain;
mod row;
mod share;
mod verify;
mod write;

pub use columns::Frame;
pub use error::Error;
pub use hold::{Hold, Scope};
pub use manifest::{Dropped, File, Manifest};
pub use place::{History, Location};
pub use retain::{Retained, Retention};
pub use row::{HistoryRow, Payload};
pub use share::{Handout, InOrder, Segment};
pub use verify::{Finding, Verified};
pub use write::{Rolled, Writer};
