//! Shares the reading of a history: it is split into segments, and each worker takes one after the
//! other.
//!
//! [`Handout`] is the interface: in one process it is a queue; among machines it is a consumer
//! group that leases segments. Data that must be read in order (counters) uses [`InOrder`], which
//! gives all segments to one worker.

use std::sync::Mutex;
use std::sync::PoisonError;

use crate::{File, Manifest};

/// Files that were rolled together; no other segment has events between theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Its number, from the beginning of the history.
    pub number: usize,
    /// Its files.
    pub files: Vec<File>,
}

impl Segment {
    /// The number of events in it.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.files.iter().fold(0, |sum, file| sum.saturating_add(file.rows))
    }

    /// The place in the ledger of its last event.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.files.iter().map(|file| file.seqs.1).max().unwrap_or(0)
    }
}

impl Manifest {
    /// The files, split into segments, in the order of the ledger.
    #[must_use]
    pub fn segments(&self) -> Vec<Segment> {
        let mut files: Vec<&File> = self.files.iter().collect();
        files.sort_by_key(|file| file.seqs);
        let mut segments: Vec<Segment> = Vec::new();
        for file in files {
            match segments.last_mut() {
                Some(segment) if file.seqs.0 <= segment.last() => segment.files.push(file.clone()),
                _ => {
                    let number = segments.len();
                    segments.push(Segment { number, files: vec![file.clone()] });
                }
            }
        }
        segments
    }
}

/// Distributes segments to those who share the reading.
pub trait Handout: Send + Sync {
    /// The next segment for the caller; `None` once all are taken.
    fn next(&self) -> Option<Segment>;

    /// Reports that a segment is done, so that nobody else needs to take it.
    fn done(&self, segment: &Segment);
}

/// One segment after the other, in order.
#[derive(Debug)]
pub struct InOrder(Mutex<std::vec::IntoIter<Segment>>);

impl InOrder {
    /// Distributes `segments`.
    #[must_use]
    pub fn new(segments: Vec<Segment>) -> Self {
        Self(Mutex::new(segments.into_iter()))
    }
}

impl Handout for InOrder {
    fn next(&self) -> Option<Segment> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).next()
    }

    fn done(&self, _: &Segment) {}
}
