//! Input: formats of the field become events, and what cannot is refused by name.
//!
//! One adapter per file. Each makes CloudEvents in JSON, and [`types::Event::parse`] reads them
//! all, so that an event is the same whatever it came from. A bad record affects no other.

pub mod bytes;
mod cloudevents;
mod csv;
mod jetstream;
mod lines;
pub mod mapping;
mod reader;
mod refused;

pub use bytes::{Unreadable, open};
pub use mapping::Mapping;
pub use reader::{Format, Limits, ReadError, Reader, Record};
pub use refused::Refused;
