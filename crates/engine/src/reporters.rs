//! Accounts that flag. Each counts as one voice on a subject, with a record of how often it was
//! right, and is not counted while it is hardly ever right.
//!
//! - Finds: an account that flags the same thing again, and one that flags what nobody finds wrong.
//! - Misses: an abuser with many accounts.
//! - Wrongs: somebody who flags on the word of others; a few right flags restore the voice.

use serde::{Deserialize, Serialize};
use types::{Event, EventType, Subject};

use crate::recent::Recent;

/// The least number of subjects whose flaggers are remembered.
const SUBJECTS_MAX: usize = 200_000;

/// The least number of accounts whose record is remembered.
const REPORTERS_MAX: usize = 500_000;

/// The most flaggers remembered for one subject; flags of any others all count.
const FLAGGERS_MAX: usize = 256;

/// The fewest verdicts on flags of an account before it can be muted.
const JUDGED_MIN: u32 = 20;

/// An account is muted while fewer than one in this many of its flags were right.
const RIGHT_ONE_IN: u32 = 10;

/// How often flags of an account were found right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Number of flags on which a human found a violation.
    pub right: u32,
    /// Number of flags on which a human found nothing wrong.
    pub wrong: u32,
}

impl Record {
    /// Whether the account's flags do not count now.
    #[must_use]
    pub const fn is_muted(self) -> bool {
        let judged = self.right.saturating_add(self.wrong);
        judged >= JUDGED_MIN && self.right.saturating_mul(RIGHT_ONE_IN) < judged
    }
}

/// The accounts that flagged a subject.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Flaggers {
    accounts: Vec<Box<str>>,
    /// How many of them, from the first, were already counted by a verdict.
    judged: usize,
}

/// The flaggers of each subject, and the record of each of them.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Reporters {
    flaggers: Recent<Flaggers>,
    records: Recent<Record>,
}

impl Default for Reporters {
    fn default() -> Self {
        Self { flaggers: Recent::new(SUBJECTS_MAX), records: Recent::new(REPORTERS_MAX) }
    }
}

impl Reporters {
    /// The record of an account; `None` if no flag of it was judged.
    pub(crate) fn record(&self, account: &str) -> Option<Record> {
        self.records.get(account).copied()
    }

    /// The accounts that flagged `subject`, which the platform answers once something was done.
    pub(crate) fn of(&self, subject: &Subject) -> Vec<String> {
        let flaggers = self.flaggers.get(&subject.0);
        flaggers.into_iter().flat_map(|all| &all.accounts).map(ToString::to_string).collect()
    }

    /// Updates the records with a flag or a verdict. True if it is a flag that does not count.
    pub(crate) fn observe(&mut self, event: &Event) -> bool {
        match event.kind {
            EventType::FlagRaised => self.flag(event),
            EventType::CaseClosed => {
                self.judge(event);
                false
            }
            _ => false,
        }
    }

    /// Forgets who flagged `subject` and, if it is an account, its own flags.
    pub(crate) fn forget(&mut self, subject: &Subject) {
        self.flaggers.remove(&subject.0);
        let Some(account) = subject.0.strip_prefix("account/") else { return };
        self.records.remove(account);
        for flaggers in self.flaggers.values_mut() {
            let Some(at) = flaggers.accounts.iter().position(|one| **one == *account) else {
                continue;
            };
            flaggers.accounts.remove(at);
            flaggers.judged -= usize::from(at < flaggers.judged);
        }
    }

    fn flag(&mut self, event: &Event) -> bool {
        let by = event.data.flag.as_ref().and_then(|flag| flag.by.as_deref());
        let Some(by) = by else { return false };
        let flaggers = &mut self.flaggers.entry(&event.about().0).accounts;
        if flaggers.iter().any(|known| **known == *by) {
            return true;
        }
        if flaggers.len() < FLAGGERS_MAX {
            flaggers.push(by.into());
        }
        self.record(by).is_some_and(Record::is_muted)
    }

    fn judge(&mut self, event: &Event) {
        let verdict = event.data.case.as_ref().and_then(|case| case.verdict.as_deref());
        let is_right = match verdict {
            Some("violation") => true,
            Some("no_violation") => false,
            _ => return,
        };
        let Some(flaggers) = self.flaggers.get_mut(&event.about().0) else { return };
        // Each flag is judged once: a later verdict is about those who flagged since.
        let new = flaggers.accounts.get(flaggers.judged..).unwrap_or_default();
        for account in new {
            let record = self.records.entry(account);
            let count = if is_right { &mut record.right } else { &mut record.wrong };
            *count = count.saturating_add(1);
        }
        flaggers.judged = flaggers.accounts.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: &str, content: u32, data: &str) -> Event {
        let json = format!(
            r#"{{"specversion":"1.0","id":"e","source":"/t","type":"{kind}",
            "time":"2024-06-01T12:00:00Z","data":{{"content":{{"id":"v-{content}"}},{data}}}}}"#
        );
        Event::parse(json.as_bytes()).unwrap()
    }

    fn flag(content: u32, by: &str) -> Event {
        event("flag.raised", content, &format!(r#""flag":{{"reason":"spam","by":"{by}"}}"#))
    }

    fn verdict(content: u32, verdict: &str) -> Event {
        let case = format!(r#""case":{{"id":"c-1","verdict":"{verdict}"}}"#);
        event("case.closed", content, &case)
    }

    #[test]
    fn an_account_that_flags_again_is_one_voice() {
        let mut reporters = Reporters::default();
        assert!(!reporters.observe(&flag(1, "ana")));
        assert!(reporters.observe(&flag(1, "ana")));
        assert!(!reporters.observe(&flag(1, "ben")) && !reporters.observe(&flag(2, "ana")));
        reporters.observe(&verdict(1, "violation"));
        reporters.observe(&verdict(1, "no_violation"));
        let once = Some(Record { right: 1, wrong: 0 });
        assert_eq!((reporters.record("ana"), reporters.record("ben")), (once, once));
        assert_eq!(reporters.of(&Subject::new("content", "v-1")), ["ana", "ben"], "to be answered");
    }

    #[test]
    fn who_is_hardly_ever_right_is_not_counted_until_they_are_again() {
        let mut reporters = Reporters::default();
        for content in 0..20 {
            assert!(!reporters.observe(&flag(content, "eve")), "{content}");
            reporters.observe(&flag(content, "ana"));
            let found = if content % 4 == 0 { "violation" } else { "no_violation" };
            reporters.observe(&verdict(content, found));
        }
        assert_eq!(reporters.record("ana"), Some(Record { right: 5, wrong: 15 }));
        assert!(!reporters.record("ana").unwrap().is_muted(), "one in four is no abuse");
        for content in 100..160 {
            reporters.observe(&flag(content, "eve"));
            reporters.observe(&verdict(content, "no_violation"));
        }
        assert!(reporters.observe(&flag(200, "eve")), "right once in sixteen");
        for content in 300..310 {
            reporters.observe(&flag(content, "eve"));
            reporters.observe(&verdict(content, "violation"));
        }
        assert!(!reporters.observe(&flag(400, "eve")), "heard again");
    }
}
