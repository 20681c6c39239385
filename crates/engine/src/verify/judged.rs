//! Checks one judged event: its payload is the one committed to, and the decision is what the rules
//! decide. Each event is checked by itself, on any thread.

use std::sync::Arc;

use ledger::{Entry, Payload};
use store::{DailyCounts, OutboxRow, RecordRow};
use types::{Decision, Event, EventKey};

use super::Finding;
use crate::Rules;
use crate::judge::rejudge;
use crate::recorder::{country, decision_json, judged_entry, told};
use crate::replay::event_and_facts;
use crate::{attributes, daily_count, names, work};

/// An entry with all its rows.
pub(super) struct Judged {
    pub(super) seq: u64,
    pub(super) entry: Entry,
    /// The key under which the event is stored.
    pub(super) key: EventKey,
    /// The keys of attributes under which the event is stored.
    pub(super) attributes: Vec<EventKey>,
    pub(super) payload: Payload,
    pub(super) record: Option<RecordRow>,
    pub(super) message: Option<OutboxRow>,
    /// The rules in force at that time, with the place of their entry; `None` if they cannot be
    /// read.
    pub(super) rules: Option<(u64, Arc<Rules>)>,
    /// Whether the detectors of this build are those that were used then.
    pub(super) is_same_build: bool,
}

/// The results of checks.
#[derive(Default)]
pub(super) struct JudgedRange {
    /// Number of decisions made again with the same result.
    pub(super) rejudged: u64,
    /// Number of events that another build judged, so that only bytes were verified.
    pub(super) other_build: u64,
    pub(super) findings: Vec<Finding>,
    /// Digests of the subjects that events name, with the places of the events.
    pub(super) names: Vec<(u64, u32)>,
    /// The counts to which the events belong.
    pub(super) daily_counts: DailyCounts,
}

impl JudgedRange {
    fn find(&mut self, table: &'static str, seq: u64, what: &str) {
        self.findings.push(Finding { table, seq, what: what.to_owned() });
    }
}

impl Judged {
    /// Checks the event, and adds the results to `seen`.
    pub(super) fn check(self, mut seen: JudgedRange) -> JudgedRange {
        let seq = self.seq;
        let Entry::Judged { payload: committed, policies, .. } = &self.entry else { return seen };
        if hex::encode(self.payload.commitment()) != *committed {
            let what = "event, facts, salt or decision are not those that were committed to";
            seen.find("log", seq, what);
            return seen;
        }
        let read = event_and_facts(Some(&self.payload.event), Some(&self.payload.facts));
        let Ok(Some((event, facts))) = read else {
            seen.find("log", seq, "the event cannot be read");
            return seen;
        };
        if event.key() != self.key {
            seen.find("log", seq, "the event's key is not that of its source and id");
        }
        self.filed(&event, &mut seen);
        seen.names.extend(names::of(&event).iter().map(|of| (seq, names::print(&of.0))));
        let filed: Option<Decision> = serde_json::from_slice(&self.payload.decision).ok();
        daily_count::derive(&event, filed.as_ref(), &mut seen.daily_counts);
        if !self.is_same_build {
            seen.other_build += 1;
            return seen;
        }
        if attributes::keys(&event, &facts, filed.as_ref()) != self.attributes {
            seen.find("log", seq, "the attributes that it shares are not filed as they are");
        }
        let rules = match &self.rules {
            Some((at, rules)) if at == policies => rules,
            _ => {
                seen.find("entry", seq, "the policies in force are not known");
                return seen;
            }
        };
        let decision = rejudge(rules, &event, &facts);
        let letter = decision.as_ref().map(|decision| work::letter_of(rules, &event, decision));
        self.compare((decision.as_ref(), letter.flatten()), &mut seen);
        seen
    }

    /// Compares the columns stored with a decision with what the ledger commits to, whichever build
    /// made it.
    fn filed(&self, event: &Event, seen: &mut JudgedRange) {
        let Entry::Judged { message: due, .. } = &self.entry else { return };
        let decision: Option<Decision> = serde_json::from_slice(&self.payload.decision).ok();
        let bytes = || self.payload.decision.clone();
        let expected =
            decision.as_ref().map(|of| RecordRow::new(self.seq, of, country(event), bytes()));
        if self.record != expected {
            seen.find("record", self.seq, "the decision is not filed as it was made");
        }
        let message = self.message.as_ref();
        let sent = message.and_then(|row| told(self.payload.salt, row));
        let subject = decision.map(|decision| decision.subject.0);
        let is_about = message.is_none_or(|row| row.subject == subject);
        if due.is_some() && (sent.as_ref() != due.as_ref() || !is_about) {
            seen.find("outbox", self.seq, "the message is not that of the decision");
        }
    }

    /// Compares the decision made then with the decision made now.
    fn compare(
        &self,
        (decision, letter): (Option<&Decision>, Option<serde_json::Value>),
        seen: &mut JudgedRange,
    ) {
        let Entry::Judged { policies, message: committed, .. } = &self.entry else { return };
        let (seq, payload, message) = (self.seq, &self.payload, &self.message);
        if decision_json(decision).unwrap_or_default() != payload.decision {
            let what = "the decision is not what the rules say of the event";
            return seen.find("record", seq, what);
        }
        if judged_entry(payload, decision, (*policies, committed.clone())) != self.entry {
            let what = "the entry's effects and rules are not those of the decision";
            seen.find("entry", seq, what);
        }
        let told = |letter| decision.and_then(|decision| OutboxRow::new(seq, decision, letter));
        // A message without a commitment must be what this build writes, with or without a letter.
        if committed.is_none() && *message != told(letter) && *message != told(None) {
            seen.find("outbox", seq, "the message is not that of the decision");
        }
        seen.rejudged += 1;
    }
}
