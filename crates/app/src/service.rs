//! The service itself: its state, settings and problems; what it receives, sends and stores.

pub mod aside;
pub mod deliveries;
pub mod erasures;
pub mod events;
pub mod history;
pub mod idempotency;
pub mod jobs;
pub mod ledger;
pub mod memory;
pub mod meter;
pub mod overview;
pub mod problem;
pub mod refused;
pub mod routines;
pub mod running;
pub mod screen;
pub mod settings;
pub mod state;
pub mod system;
