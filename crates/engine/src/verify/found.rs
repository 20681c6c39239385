//! Checks that what is searched for is found: the lists of names, and the index of keys.

use std::collections::BTreeSet;

use store::Stretch;

use super::Check;
use crate::error::Error;
use crate::names::STRETCH;

/// The names that must be listed.
#[derive(Debug, Default)]
pub(super) struct Named {
    /// The stretches not compared yet, the last first: the first place, and the one after the last.
    stretches: Vec<(u64, u64)>,
    /// The first stretch beyond the size of the ledger.
    beyond: Option<(u64, u64)>,
    /// Where the last stretch compared ends.
    until: u64,
    /// The places of events, and digests of subjects that they name.
    names: Vec<(u64, u32)>,
}

impl Named {
    /// Begins with the stretches that a ledger of `size` has. Those beyond may have been written
    /// meanwhile.
    pub(super) fn begin(&mut self, mut stretches: Vec<(u64, u64)>, size: u64) {
        stretches.reverse();
        self.beyond = stretches.extract_if(.., |(_, until)| *until > size).last();
        self.stretches = stretches;
    }

    pub(super) fn add(&mut self, names: Vec<(u64, u32)>) {
        self.names.extend(names);
    }

    /// The names in `first..until`, as they must be listed; those before are dropped.
    fn take(&mut self, first: u64, until: u64) -> Stretch {
        let names = self.names.iter().filter(|(seq, _)| (first..until).contains(seq));
        let place = |seq: u64| u16::try_from(seq - first).unwrap_or(u16::MAX);
        let due = names.map(|(seq, print)| (*print, place(*seq))).collect();
        self.names.retain(|(seq, _)| *seq >= until);
        Stretch::new(first, until, &due)
    }
}

impl Check<'_> {
    /// Compares the lists of the stretches that end at `until` or before.
    pub(super) async fn named(&mut self, until: u64) -> Result<(), Error> {
        while let Some((first, end)) = self.named.stretches.pop_if(|(_, end)| *end <= until) {
            let before = self.named.until;
            if first > before {
                self.find("named", before, format!("names are not listed from here to {first}"));
            } else if first < before {
                self.find("named", first, format!("names are listed twice from here to {before}"));
            }
            self.named.until = end;
            let due = self.named.take(first, end);
            let listed = self.store.stretch(first).await.map(|found| found.into_iter().collect());
            let listed = self.readable("named", first, listed)?.pop();
            if listed.as_ref() == Some(&due) {
                continue;
            }
            let listed = listed.map(|listed| listed.names()).unwrap_or_default();
            let differ: BTreeSet<u16> =
                listed.symmetric_difference(&due.names()).map(|(_, place)| *place).collect();
            for place in differ {
                let seq = first + u64::from(place);
                self.find("named", seq, "the names of the event are not listed as they are");
            }
        }
        Ok(())
    }

    /// Checks that the lists do not end before the last full stretch. A store that an earlier
    /// version wrote has none until it is opened for writing.
    pub(super) fn listed(&mut self) {
        let (until, last) = (self.named.until, self.named.names.iter().map(|(seq, _)| *seq).max());
        if until > 0 && last.is_some_and(|last| last >= until + STRETCH) {
            self.find("named", until, "from here on names are not listed");
        }
        if let Some((first, _)) = self.named.beyond.filter(|_| !self.report.days_left) {
            self.find("named", first, "names are listed of events that there are not");
        }
    }

    /// Compares the index of keys with the entries to which they must lead.
    pub(super) async fn misled(&mut self, size: u64) -> Result<(), Error> {
        let Some(keys) = self.keys.take() else { return Ok(()) };
        let misled = self.store.misled(&keys, size).await.map(|found| found.into_iter().collect());
        for misled in self.readable("lookup", 0, misled)? {
            let what = match misled.is_extra {
                true => "a key leads there that is not of the entry",
                false => "the entry is not found by one of its keys",
            };
            self.find("lookup", misled.seq, what);
        }
        Ok(())
    }
}
