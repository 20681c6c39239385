//! A hash table from 64-bit token hashes to entries, for texts in which most words are unknown.
//!
//! A bit filter of four to eight bits per entry answers most probes from the second-level cache.
//! The table behind it is open-addressed with a load of at most a third. Hashes are not evidence:
//! callers verify a hit against the stored text.

/// The result of a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProbeResult {
    /// The first term with this hash, or [`NONE`].
    pub term: u32,
    /// Whether a longer phrase begins with this one.
    pub is_prefix: bool,
}

/// No term.
pub const NONE: u32 = u32::MAX;

const PREFIX: u32 = 1 << 31;
const TERM_MASK: u32 = PREFIX - 1;
const NO_TERM: u32 = TERM_MASK;

/// A hash table with a filter in front of it.
#[derive(Debug, Default)]
pub struct Table {
    filter: Vec<u64>,
    keys: Vec<u64>,
    values: Vec<u32>,
}

impl Table {
    /// An empty table with room for `entries`.
    #[must_use]
    pub fn with_capacity(entries: usize) -> Self {
        let slots = (entries.max(4) * 3).next_power_of_two();
        let filter_words = (entries.max(4) / 16).next_power_of_two();
        Self { filter: vec![0; filter_words], keys: vec![0; slots], values: vec![NO_TERM; slots] }
    }

    /// The entry under `hash`.
    #[must_use]
    #[inline]
    pub fn find(&self, hash: u64) -> Option<ProbeResult> {
        let hash = hash | 1;
        let (word, bit) = self.filter_place(hash);
        if self.filter.get(word)? & bit == 0 {
            return None;
        }
        let value = self.values[self.slot(hash)?];
        let term = value & TERM_MASK;
        let term = if term == NO_TERM { NONE } else { term };
        Some(ProbeResult { term, is_prefix: value & PREFIX != 0 })
    }

    /// Stores `term` as the first under `hash`, and returns the previous first one.
    pub fn insert_term(&mut self, hash: u64, term: u32) -> u32 {
        let slot = self.claim(hash | 1);
        let before = self.values[slot] & TERM_MASK;
        self.values[slot] = (self.values[slot] & PREFIX) | term;
        if before == NO_TERM { NONE } else { before }
    }

    /// Marks that a phrase begins with `hash`.
    pub fn insert_prefix(&mut self, hash: u64) {
        let slot = self.claim(hash | 1);
        self.values[slot] |= PREFIX;
    }

    fn filter_place(&self, hash: u64) -> (usize, u64) {
        let word = (hash >> 6) as usize & (self.filter.len().wrapping_sub(1));
        (word, 1 << (hash >> 58))
    }

    fn slot(&self, hash: u64) -> Option<usize> {
        let mask = self.keys.len() - 1;
        let mut slot = (hash >> 20) as usize & mask;
        while self.keys[slot] != hash {
            if self.keys[slot] == 0 {
                return None;
            }
            slot = (slot + 1) & mask;
        }
        Some(slot)
    }

    fn claim(&mut self, hash: u64) -> usize {
        let (word, bit) = self.filter_place(hash);
        self.filter[word] |= bit;
        let mask = self.keys.len() - 1;
        let mut slot = (hash >> 20) as usize & mask;
        while self.keys[slot] != hash && self.keys[slot] != 0 {
            slot = (slot + 1) & mask;
        }
        self.keys[slot] = hash;
        slot
    }
}

/// A 64-bit hash of `bytes`; not for secrets.
#[must_use]
#[inline]
pub fn hash(bytes: &[u8]) -> u64 {
    const K: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut state = K ^ bytes.len() as u64;
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        let mut word = [0; 8];
        word.copy_from_slice(chunk);
        state = mix(state ^ u64::from_le_bytes(word), K);
    }
    let mut word = [0; 8];
    word[..chunks.remainder().len()].copy_from_slice(chunks.remainder());
    mix(state ^ u64::from_le_bytes(word), 0xD6E8_FEB8_6659_FD93)
}

/// The hash of a phrase from those of its beginning and of its next token; order matters.
#[must_use]
#[inline]
pub fn chain(prefix: u64, token: u64) -> u64 {
    mix(prefix.rotate_left(23) ^ token, 0xA076_1D64_78BD_642F)
}

#[inline]
fn mix(value: u64, factor: u64) -> u64 {
    let wide = u128::from(value) * u128::from(factor);
    (wide as u64) ^ ((wide >> 64) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_of_tokens_matters() {
        let (a, b) = (hash(b"a"), hash(b"b"));
        assert_ne!(chain(a, b), chain(b, a));
    }

    #[test]
    fn what_is_stored_is_found_and_nothing_else() {
        let mut table = Table::with_capacity(1000);
        for term in 0..1000_u32 {
            assert_eq!(table.insert_term(hash(&term.to_le_bytes()), term), NONE);
        }
        table.insert_prefix(hash(b"begin"));
        for term in 0..1000_u32 {
            let found = Some(ProbeResult { term, is_prefix: false });
            assert_eq!(table.find(hash(&term.to_le_bytes())), found);
        }
        assert_eq!(table.find(hash(b"begin")), Some(ProbeResult { term: NONE, is_prefix: true }));
        assert_eq!(
            (1000..100_000_u32).filter(|n| table.find(hash(&n.to_le_bytes())).is_some()).count(),
            0
        );
    }
}
