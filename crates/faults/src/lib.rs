//! Everything that can go wrong, from a seed: the loop with its store under a scheduler that
//! crashes it at any write, tears what was not synced, fills the disk, lets the clock jump, sends
//! requests twice and in another order, lets leases run out in the middle of a verdict, and erases
//! people meanwhile, while receivers of messages are picky, down or answer late. Invariants are
//! checked after each step; the same seed gives the same run.
//!
//! The machine is the real one (`engine::machine`), and so are the store and the deliveries
//! (`deliver::Deliveries`); only the network is not. A crash is a copy of its
//! files, with the write-ahead log cut anywhere after the last acknowledged commit, and garbage in
//! place of the rest.

mod actors;
mod disk;
mod model;
mod receivers;
mod service;
mod world;

pub use world::{RunOutcome, run};

/// An error as the message of a failed run.
fn told(error: impl std::fmt::Display) -> String {
    error.to_string()
}
