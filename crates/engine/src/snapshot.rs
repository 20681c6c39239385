//! The stored form of the state, part by part, so that a store opens without reading its whole log.
//!
//! Each part contains the length of the ledger at which it was taken, and the hash of the entry
//! before; it is the state after exactly those entries. Parts are taken one after the other while
//! the loop runs, so they differ in age. The log is read again from the oldest one on, and each
//! event goes only to parts that do not contain it yet. A part that does not fit this build, this
//! ledger or its own digest is left aside, and the log is read instead.

use ledger::Hash;
use serde::{Deserialize, Serialize};
use types::PolicyVersion;

use crate::State;
use crate::clusters::{Clusters, StoredClusters};
use crate::judge::StatePart;
use crate::partition::{KeptPartition, PARTS, Partition};

/// The version of the stored form, raised when that changes.
const FORM: u32 = 2;

/// Where in the ledger a part was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    form: u32,
    detectors: u32,
    /// The number of the part: a file with the name of another part is not used.
    part: usize,
    /// Number of entries that it contains.
    pub(crate) seq: u64,
    /// The hash of the last of them.
    pub(crate) last: [u8; 32],
    /// The policies in force.
    pub(crate) policies: PolicyVersion,
}

/// Number of parts, in the order in which they are taken.
pub(crate) const COUNT: usize = PARTS + 1;

/// The part of that number.
pub(crate) const fn part(number: usize) -> StatePart {
    if number < PARTS { StatePart::Keys(number) } else { StatePart::Rest }
}

/// The number of a part.
pub(crate) const fn number(part: StatePart) -> usize {
    match part {
        StatePart::Keys(number) => number,
        StatePart::Rest => PARTS,
    }
}

/// The file of a part.
pub(crate) fn name(number: usize) -> String {
    match part(number) {
        StatePart::Keys(number) => format!("keys-{number:03}"),
        StatePart::Rest => "rest".to_owned(),
    }
}

/// The bytes of a part, without its mark.
pub(crate) fn take(state: &State, number: usize) -> Option<Vec<u8>> {
    let bytes = match part(number) {
        StatePart::Keys(number) => postcard::to_allocvec(&state.parts[number].kept()),
        StatePart::Rest => {
            postcard::to_allocvec(&(state.clusters.kept(), &state.paused, &state.reporters))
        }
    };
    bytes.ok()
}

/// The bytes to write for a part taken when the ledger had `seq` entries and ended with `last`.
pub(crate) fn marked(
    (part, taken): (usize, &[u8]),
    (seq, last): (u64, Hash),
    policies: &PolicyVersion,
) -> Option<Vec<u8>> {
    let (form, detectors) = (FORM, signal::VERSION);
    let mark = Mark { form, detectors, part, seq, last: last.0, policies: policies.clone() };
    let mut bytes = postcard::to_allocvec(&mark).ok()?;
    bytes.extend_from_slice(taken);
    Some(bytes)
}

/// The mark of the stored part of that number, and what follows it; `None` if it is another part,
/// or this build cannot use it.
pub(crate) fn mark(bytes: &[u8], number: usize) -> Option<(Mark, &[u8])> {
    let (mark, rest): (Mark, _) = postcard::take_from_bytes(bytes).ok()?;
    let is_of_build = mark.form == FORM && mark.detectors == signal::VERSION;
    (is_of_build && mark.part == number).then_some((mark, rest))
}

/// Restores a stored part of `state`; false if it cannot be read.
pub(crate) fn restore(state: &mut State, number: usize, kept: &[u8]) -> bool {
    match part(number) {
        StatePart::Keys(number) => {
            let Ok(part) = postcard::from_bytes::<KeptPartition>(kept) else { return false };
            state.parts[number] = Partition::restored(part, &state.meters);
        }
        StatePart::Rest => {
            let kept = postcard::from_bytes::<(StoredClusters, _, _)>(kept);
            let Ok((clusters, paused, reporters)) = kept else { return false };
            state.clusters = Clusters::restored(clusters.0);
            (state.paused, state.reporters) = (paused, reporters);
        }
    }
    true
}
