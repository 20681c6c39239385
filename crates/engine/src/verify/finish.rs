//! Checks that need the whole log: what is missing or too many, and what was erased meanwhile.

use std::collections::BTreeSet;

use ledger::Entry;

use super::{Check, Finding, Report};
use crate::error::Error;
use crate::replay::CHUNK;

impl Check<'_> {
    /// Removes findings about what was erased during the verification: the entry that says so is
    /// beyond what was read.
    async fn forgive_erased(&mut self, size: u64) -> Result<(), Error> {
        let (mut late, mut from) = (BTreeSet::new(), size);
        loop {
            let entries = self.store.entries(from, CHUNK).await?;
            let Some(last) = entries.last() else { break };
            from = last.seq + 1;
            for sealed in entries {
                if let Ok(Entry::Erased { entries, .. }) = serde_json::from_slice(&sealed.body) {
                    late.extend(entries);
                }
            }
        }
        self.empty.retain(|seq| !late.contains(seq));
        let found = self.report.findings.len();
        let is_beside = |finding: &Finding| {
            ["log", "record", "outbox", "change", "named", "lookup"].contains(&finding.table)
        };
        self.report.findings.retain(|one| !is_beside(one) || !late.contains(&one.seq));
        self.report.damaged -= (found - self.report.findings.len()) as u64;
        Ok(())
    }

    pub(super) async fn finish(mut self, size: u64) -> Result<Report, Error> {
        self.forgive_erased(size).await?;
        let (empty, erased) = (std::mem::take(&mut self.empty), std::mem::take(&mut self.erased));
        for seq in empty.difference(&erased) {
            self.find(
                "log",
                *seq,
                "the payload is gone, but the ledger does not say that it was erased",
            );
        }
        for seq in erased.difference(&empty) {
            self.find("log", *seq, "the ledger says that the payload was erased, but it is there");
        }
        let gone = empty.intersection(&erased).count() as u64;
        self.report.erased = gone.saturating_sub(self.empty_changes);
        for index in std::mem::take(&mut self.nodes).into_keys() {
            self.find("node", index, "an inner hash that belongs to no entry");
        }
        for seq in std::mem::take(&mut self.activated).into_keys() {
            self.find("enforced", seq, "a version in force that belongs to no entry");
        }
        for (table, seen) in ["log", "record", "outbox", "change"].into_iter().zip(self.rows) {
            let stored = self.store.count(table, size).await?;
            if stored != seen {
                self.find(table, size, format!("{stored} rows, but entries for {seen}"));
            }
        }
        let is_still = self.store.size().await? == size;
        for version in self.store.policy_versions().await?.into_iter().filter(|_| is_still) {
            if !self.versions.contains(&version) {
                self.find("policy_set", size, format!("the set {version} was never in force"));
            }
        }
        if size == 0 {
            self.find(
                "entry",
                0,
                "the ledger is empty: there is nothing that could be as it was written",
            );
        } else if self.report.head.as_ref().is_none_or(|head| head.size != size) {
            self.find("head", size, "no tree head is signed over the last entry");
        }
        Ok(self.report)
    }
}
