//! An event on its way in, with the bytes that will be kept of it.

use crate::Event;

/// An event as an adapter hands it on.
#[derive(Clone, Debug, PartialEq)]
pub struct Incoming {
    /// The event.
    pub event: Event,
    /// The CloudEvent as JSON: what is kept, and what a later look at it reads again.
    pub json: Vec<u8>,
    /// Where it stood: line, row or element, counted from 1.
    pub place: u64,
}
