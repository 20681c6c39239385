//! The HTTP layer that API and console share: callers, bodies within limits, problem details,
//! streams.

pub mod body;
pub mod connection;
pub mod error;
pub mod extract;
pub mod idempotency;
pub mod media;
pub mod prefer;
pub mod principal;
pub mod proxies;
pub mod stream;

pub use error::{Error, status};
