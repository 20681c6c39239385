//! Compares the counts that are kept with those that follow from the log.

use std::collections::{BTreeMap, BTreeSet};

use store::DailyCounts;

use super::Check;
use crate::daily_count::NOT_DERIVED;
use crate::error::Error;

/// The counts that follow from the entries so far: by name, key and day.
#[derive(Debug, Default)]
pub(super) struct Counted(BTreeMap<(String, String, i64), u64>);

impl Counted {
    pub(super) fn add(&mut self, daily_counts: DailyCounts) {
        for ((name, key, day), count) in daily_counts {
            *self.0.entry((name.to_owned(), key, day)).or_default() += count;
        }
    }
}

impl Check<'_> {
    /// Compares the counts, unless the store grew meanwhile or other builds, which may have counted
    /// otherwise, wrote it. What was erased stays counted: there, fewer must not be kept than are
    /// found.
    pub(super) async fn counted(&mut self) -> Result<(), Error> {
        let counted = std::mem::take(&mut self.counted).0;
        if self.report.days_left || self.report.other_build > 0 {
            return Ok(());
        }
        let has_erased = !self.erased.is_empty();
        let kept = self.store.daily_counts().await.map(|kept| kept.into_iter().collect());
        let kept: Vec<_> = self.readable("tally", 0, kept)?;
        let is_derived = |name: &str| !NOT_DERIVED.contains(&name);
        let kept: BTreeMap<_, u64> =
            kept.into_iter().filter(|((name, ..), _)| is_derived(name)).collect();
        for at in kept.keys().chain(counted.keys()).collect::<BTreeSet<_>>() {
            let (is, due) = (kept.get(at), counted.get(at));
            let (is, due) = (is.copied().unwrap_or(0), due.copied().unwrap_or(0));
            if is != due && !(has_erased && is > due) {
                let (name, key, day) = at;
                let what = format!("the count `{name}` of `{key}` on day {day} is {is}, not {due}");
                self.find("tally", 0, what);
            }
        }
        Ok(())
    }
}
