//! Every verb of the product, once: permission, checks, consequences, one command, one view.
//!
//! [`App`] is the shared state: settings and, once the store is open, [`Core`] with its running
//! loop. HTTP, console, command line and jobs call the modules here; none of them knows storage,
//! law or policy. The clock and randomness are arguments.

pub mod access;
pub mod cases;
pub mod decisions;
pub mod filings;
pub mod orders;
pub mod reports;
pub mod rules;
pub mod service;
pub mod statements;

pub use service::problem::{Details, Problem};
pub use service::routines::Routine;
pub use service::settings::{Casework, Settings};
pub use service::state::{App, Core, Random, ReceiverStatus};
