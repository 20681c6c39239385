//! Everything that can go wrong, from a seed: the loop with its store under a scheduler that
//! crashes it at any write, tears what was not synced, fills the disk, lets the clock jump, sends
//! requests twice and in another order, lets leases run out in the middle of a verdict, and erases
//! people meanwhile. Invariants are checked after each step; the same seed gives the same run.
//!
//! The machine is the real one (`engine::machine`), and so is the store. A crash is a copy of its
//! files, with the write-ahead log cut anywhere after the last acknowledged commit, and garbage in
//! place of the rest. Deliveries to receivers are not simulated here.

mod actors;
mod disk;
mod model;
mod world;

pub use world::{Outcome, run};
