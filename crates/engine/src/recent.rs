//! A map of limited size that forgets the entries not written for longest.
//!
//! There are two generations: writes go to the young one. When it is full it becomes the old one,
//! and the entries of the old one are forgotten. The same writes forget the same entries, so that
//! replaying the log gives the same map.

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

/// A map that forgets the entries not written for longest.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Recent<V> {
    young: HashMap<Box<str>, V>,
    old: HashMap<Box<str>, V>,
    generation_max: usize,
    forgotten: u64,
}

impl<V: Default> Recent<V> {
    /// An empty map that keeps at least `generation_max` entries, and at most twice as many.
    pub(crate) fn new(generation_max: usize) -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), generation_max, forgotten: 0 }
    }

    /// The value of `key`.
    pub(crate) fn get(&self, key: &str) -> Option<&V> {
        self.young.get(key).or_else(|| self.old.get(key))
    }

    /// The same, to be changed, without counting as a write.
    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut V> {
        self.young.get_mut(key).or_else(|| self.old.get_mut(key))
    }

    /// The value of `key`, to be changed; created if there is none.
    pub(crate) fn entry(&mut self, key: &str) -> &mut V {
        if self.young.len() >= self.generation_max && !self.young.contains_key(key) {
            self.forgotten += self.old.len() as u64;
            self.old = std::mem::take(&mut self.young);
        }
        let old = if self.old.is_empty() { None } else { self.old.remove(key) };
        let young = self.young.entry_ref(key);
        match old {
            Some(value) => young.or_insert(value),
            None => young.or_default(),
        }
    }

    /// Removes the value of `key`.
    pub(crate) fn remove(&mut self, key: &str) {
        self.young.remove(key);
        self.old.remove(key);
    }

    /// All values, to be changed.
    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.young.values_mut().chain(self.old.values_mut())
    }

    /// Number of entries forgotten for lack of room.
    pub(crate) const fn forgotten(&self) -> u64 {
        self.forgotten
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_written_for_longest_is_forgotten() {
        let mut recent: Recent<u32> = Recent::new(2);
        *recent.entry("a") = 1;
        *recent.entry("b") = 2;
        *recent.entry("c") = 3;
        assert_eq!(recent.get("a"), Some(&1), "the old generation is still known");
        *recent.entry("a") += 10;
        *recent.entry("d") = 4;
        assert_eq!((recent.get("a"), recent.get("b")), (Some(&11), None));
        assert_eq!(recent.forgotten(), 1);
    }
}
