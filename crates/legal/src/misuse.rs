//! Misuse of notices and complaints: who may be warned, who may be suspended, and for how long.
//!
//! Nobody is suspended without a prior warning. Both the number and the share of manifestly
//! unfounded notices or complaints count, so that a frequent and accurate sender is never caught. A
//! human weighs the gravity of the misuse and the intention behind it (Art. 23(3)(c), (d) DSA): the
//! judgement here is a proposal. Insufficient notices are no misuse, but a trusted flagger who
//! sends many of them is reported to the coordinator (Art. 22(6) DSA).
//!
//! Source: Art. 22(6) and 23 of Regulation (EU) 2022/2065 (DSA).

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

const HOURS_PER_DAY: i64 = 24;

/// When people are warned and suspended; it belongs in the terms of service (Art. 23(4) DSA).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = MisusePolicy))]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// The length of the window, in days.
    pub window_days: u32,
    /// Number of manifestly unfounded ones within the window that leads to a warning.
    pub warn_at_count: u32,
    /// Least percentage of manifestly unfounded ones that leads to a warning.
    pub warn_at_share: u8,
    /// Number of manifestly unfounded ones after the warning that leads to a suspension.
    pub suspend_at_count: u32,
    /// Least percentage of manifestly unfounded ones that leads to a suspension.
    pub suspend_at_share: u8,
    /// The length of a suspension, in days.
    pub suspend_days: u32,
    /// Number of insufficient or unfounded notices of a trusted flagger to report to the
    /// coordinator.
    pub report_at_count: u32,
    /// Least percentage of insufficient or unfounded notices to report to the coordinator.
    pub report_at_share: u8,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            window_days: 180,
            warn_at_count: 5,
            warn_at_share: 50,
            suspend_at_count: 5,
            suspend_at_share: 50,
            suspend_days: 30,
            report_at_count: 20,
            report_at_share: 20,
        }
    }
}

/// The result of handling a notice or a complaint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Handled {
    /// It was processed, whatever the decision.
    Processed,
    /// It did not contain enough information.
    Insufficient,
    /// It was obvious at once that it had no basis.
    ManifestlyUnfounded,
}

/// A handled notice or complaint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = NotifierEntry))]
pub struct HandledFiling {
    /// When it was sent.
    pub at: Timestamp,
    /// The result.
    pub handled: Handled,
}

/// The record of somebody who sends notices or complaints.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = NotifierRecord))]
#[serde(default)]
pub struct Record {
    /// The notices or complaints sent, in any order.
    pub entries: Vec<HandledFiling>,
    /// When the last warning was given.
    pub warned_at: Option<Timestamp>,
    /// The end of the last suspension.
    pub suspended_until: Option<Timestamp>,
}

/// Notices or complaints sent within a time, counted by result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = NotifierCounts))]
pub struct Counts {
    /// Processed.
    pub processed: u32,
    /// Insufficient.
    pub insufficient: u32,
    /// Manifestly unfounded.
    pub manifestly_unfounded: u32,
}

impl Counts {
    /// The total.
    #[must_use]
    pub fn total(&self) -> u32 {
        let handled = self.processed.saturating_add(self.insufficient);
        handled.saturating_add(self.manifestly_unfounded)
    }
}

/// The standing of a sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = NotifierStanding))]
#[serde(tag = "standing", rename_all = "snake_case")]
pub enum SenderStanding {
    /// Nothing is held against them.
    Good,
    /// They are to be warned, or were warned.
    Warned {
        /// When the warning was given, or now if it is due.
        since: Timestamp,
    },
    /// Their submissions are not processed for a time.
    Suspended {
        /// The end of the suspension.
        until: Timestamp,
    },
}

/// The entries of `record` between `from`, exclusive, and `to`, inclusive, counted.
#[must_use]
pub fn counts(record: &Record, from: Timestamp, to: Timestamp) -> Counts {
    let mut counts = Counts::default();
    for entry in record.entries.iter().filter(|entry| entry.at > from && entry.at <= to) {
        let count = match entry.handled {
            Handled::Processed => &mut counts.processed,
            Handled::Insufficient => &mut counts.insufficient,
            Handled::ManifestlyUnfounded => &mut counts.manifestly_unfounded,
        };
        *count = count.saturating_add(1);
    }
    counts
}

/// The entries of `record` within the window of `policy` before `now`, counted.
#[must_use]
pub fn recent(record: &Record, policy: &Policy, now: Timestamp) -> Counts {
    counts(record, window_start(policy, now), now)
}

/// The standing of the person with `record` at `now`.
///
/// The caller notes the warning or the suspension in the record, so that it applies from then on. A
/// warning expires with its window. Entries before it, or before the end of the last suspension, do
/// not count towards the next suspension.
#[must_use]
pub fn judge(record: &Record, policy: &Policy, now: Timestamp) -> SenderStanding {
    if let Some(until) = record.suspended_until.filter(|until| *until > now) {
        return SenderStanding::Suspended { until };
    }
    let start = window_start(policy, now);
    let recent = counts(record, start, now);
    let (unfounded, total) = (recent.manifestly_unfounded, recent.total());
    let Some(since) = record.warned_at.filter(|warned| *warned > start && *warned <= now) else {
        let is_due = unfounded >= policy.warn_at_count.max(1)
            && is_share(unfounded, total, policy.warn_at_share);
        return if is_due { SenderStanding::Warned { since: now } } else { SenderStanding::Good };
    };
    let fresh_from = record.suspended_until.map_or(since, |ended| ended.max(since));
    let fresh = counts(record, fresh_from, now).manifestly_unfounded;
    let is_due = fresh >= policy.suspend_at_count.max(1)
        && is_share(unfounded, total, policy.suspend_at_share);
    match later(now, policy.suspend_days).filter(|_| is_due) {
        Some(until) => SenderStanding::Suspended { until },
        None => SenderStanding::Warned { since },
    }
}

/// Whether a trusted flagger with `record` is to be reported to the coordinator (Art. 22(6) DSA).
#[must_use]
pub fn is_to_report(record: &Record, policy: &Policy, now: Timestamp) -> bool {
    let recent = recent(record, policy, now);
    let poor = recent.insufficient.saturating_add(recent.manifestly_unfounded);
    poor >= policy.report_at_count.max(1) && is_share(poor, recent.total(), policy.report_at_share)
}

/// The message to the person, with the numbers of the window.
#[must_use]
pub fn sentence(standing: &SenderStanding, recent: &Counts, policy: &Policy) -> String {
    let (unfounded, total, days) =
        (recent.manifestly_unfounded, recent.total(), policy.window_days);
    let numbers = format!(
        "Of the {total} notices or complaints that you sent within {days} days, {unfounded} were \
         manifestly unfounded."
    );
    match standing {
        SenderStanding::Good => "What you send is processed as usual.".to_owned(),
        SenderStanding::Warned { .. } => format!(
            "{numbers} If that goes on, what you send will not be processed for {} days.",
            policy.suspend_days
        ),
        SenderStanding::Suspended { until } => format!(
            "{numbers} After a warning, what you send is not processed until {until}; you can \
             complain about this."
        ),
    }
}

/// Whether `part` is at least `share` percent of `total`; false if `total` is 0.
fn is_share(part: u32, total: u32, share: u8) -> bool {
    total > 0 && u64::from(part) * 100 >= u64::from(total) * u64::from(share)
}

/// The start of the window before `now`.
fn window_start(policy: &Policy, now: Timestamp) -> Timestamp {
    now.checked_sub(days(policy.window_days)).unwrap_or(Timestamp::MIN)
}

fn later(now: Timestamp, count: u32) -> Option<Timestamp> {
    now.checked_add(days(count)).ok()
}

fn days(count: u32) -> SignedDuration {
    SignedDuration::from_hours(i64::from(count).saturating_mul(HOURS_PER_DAY))
}

#[cfg(test)]
mod tests {
    use super::*;

    use Handled::{Insufficient, ManifestlyUnfounded, Processed};

    fn day(number: u32) -> Timestamp {
        let start: Timestamp = "2026-01-01T12:00:00Z".parse().unwrap();
        later(start, number).unwrap()
    }

    /// One entry a day from `first` on.
    fn sent(first: u32, handled: &[Handled]) -> Vec<HandledFiling> {
        let entry = |(number, handled): (u32, &Handled)| HandledFiling {
            at: day(first + number),
            handled: *handled,
        };
        (0..).zip(handled).map(entry).collect()
    }

    fn record(entries: Vec<HandledFiling>) -> Record {
        Record { entries, ..Record::default() }
    }

    fn policy() -> Policy {
        Policy { window_days: 100, ..Policy::default() }
    }

    #[test]
    fn who_sends_nothing_or_only_what_is_sound_stands_well() {
        assert_eq!(judge(&record(Vec::new()), &policy(), day(9)), SenderStanding::Good);
        let sound = record(sent(0, &[Processed; 50]));
        assert_eq!(judge(&sound, &policy(), day(60)), SenderStanding::Good);
    }

    #[test]
    fn five_manifestly_unfounded_ones_lead_to_a_warning_and_never_to_a_suspension() {
        let four = record(sent(0, &[ManifestlyUnfounded; 4]));
        assert_eq!(judge(&four, &policy(), day(9)), SenderStanding::Good);
        for count in [5, 90] {
            let many = record(sent(0, &vec![ManifestlyUnfounded; count]));
            assert_eq!(judge(&many, &policy(), day(95)), SenderStanding::Warned { since: day(95) });
        }
    }

    #[test]
    fn who_sends_much_and_mostly_well_is_not_caught_by_numbers() {
        let mut entries = sent(0, &[ManifestlyUnfounded; 6]);
        entries.extend(sent(6, &[Processed; 7]));
        assert_eq!(judge(&record(entries.clone()), &policy(), day(20)), SenderStanding::Good);
        entries.pop();
        assert_eq!(
            judge(&record(entries), &policy(), day(20)),
            SenderStanding::Warned { since: day(20) }
        );
    }

    #[test]
    fn what_is_insufficient_is_no_misuse() {
        let clumsy = record(sent(0, &[Insufficient; 50]));
        assert_eq!(judge(&clumsy, &policy(), day(60)), SenderStanding::Good);
    }

    #[test]
    fn what_left_the_window_is_forgotten() {
        let old = record(sent(0, &[ManifestlyUnfounded; 5]));
        assert_eq!(judge(&old, &policy(), day(99)), SenderStanding::Warned { since: day(99) });
        assert_eq!(judge(&old, &policy(), day(100)), SenderStanding::Good);
        let ahead = record(sent(10, &[ManifestlyUnfounded; 5]));
        assert_eq!(judge(&ahead, &policy(), day(9)), SenderStanding::Good, "not yet sent");
    }

    #[test]
    fn only_what_comes_after_the_warning_leads_to_a_suspension() {
        let mut record = record(sent(0, &[ManifestlyUnfounded; 5]));
        record.warned_at = Some(day(10));
        assert_eq!(judge(&record, &policy(), day(11)), SenderStanding::Warned { since: day(10) });
        record.entries.extend(sent(11, &[ManifestlyUnfounded; 4]));
        assert_eq!(judge(&record, &policy(), day(20)), SenderStanding::Warned { since: day(10) });
        record.entries.extend(sent(20, &[ManifestlyUnfounded]));
        assert_eq!(
            judge(&record, &policy(), day(20)),
            SenderStanding::Suspended { until: day(50) }
        );
    }

    #[test]
    fn after_the_warning_the_share_counts_as_well() {
        let mut entries = sent(0, &[ManifestlyUnfounded; 10]);
        entries.extend(sent(10, &[Processed; 11]));
        let record = Record { warned_at: Some(day(1)), ..record(entries) };
        assert_eq!(judge(&record, &policy(), day(30)), SenderStanding::Warned { since: day(1) });
    }

    #[test]
    fn a_suspension_lasts_until_its_end_and_the_next_needs_fresh_misuse() {
        let entries = sent(11, &[ManifestlyUnfounded; 10]);
        let mut record = Record { warned_at: Some(day(10)), ..record(entries) };
        record.suspended_until = Some(day(50));
        assert_eq!(
            judge(&record, &policy(), day(49)),
            SenderStanding::Suspended { until: day(50) }
        );
        assert_eq!(judge(&record, &policy(), day(50)), SenderStanding::Warned { since: day(10) });
        record.entries.extend(sent(51, &[ManifestlyUnfounded; 5]));
        assert_eq!(
            judge(&record, &policy(), day(56)),
            SenderStanding::Suspended { until: day(86) }
        );
    }

    #[test]
    fn a_warning_is_forgotten_with_its_window_and_must_be_given_again() {
        let mut record = record(sent(105, &[ManifestlyUnfounded; 9]));
        record.warned_at = Some(day(10));
        assert_eq!(judge(&record, &policy(), day(115)), SenderStanding::Warned { since: day(115) });
    }

    #[test]
    fn a_policy_of_zeros_warns_nobody_who_did_nothing() {
        let zeros: Policy = serde_json::from_str(
            r#"{"window_days":0,"warn_at_count":0,"warn_at_share":0,"suspend_at_count":0}"#,
        )
        .unwrap();
        let warned = Record { warned_at: Some(day(1)), ..record(sent(0, &[Processed; 9])) };
        assert_eq!(judge(&warned, &zeros, day(9)), SenderStanding::Good);
        let endless = Policy { window_days: u32::MAX, suspend_days: u32::MAX, ..policy() };
        let mut many = record(sent(2, &[ManifestlyUnfounded; 9]));
        many.warned_at = Some(day(1));
        assert_eq!(judge(&many, &endless, day(20)), SenderStanding::Warned { since: day(1) });
    }

    #[test]
    fn many_poor_notices_of_a_trusted_flagger_are_told_to_the_coordinator() {
        let mut entries = sent(0, &[Insufficient; 15]);
        entries.extend(sent(15, &[ManifestlyUnfounded; 5]));
        assert!(is_to_report(&record(entries.clone()), &policy(), day(40)));
        entries.extend(sent(20, &[Processed; 79]));
        assert!(is_to_report(&record(entries.clone()), &policy(), day(99)));
        entries.extend(sent(98, &[Processed, Processed]));
        assert!(!is_to_report(&record(entries), &policy(), day(99)));
    }

    #[test]
    fn the_person_is_told_the_numbers_and_what_follows() {
        let recent = Counts { processed: 3, insufficient: 1, manifestly_unfounded: 8 };
        let told = |standing| sentence(&standing, &recent, &policy());
        assert_eq!(told(SenderStanding::Good), "What you send is processed as usual.");
        assert_eq!(
            told(SenderStanding::Warned { since: day(0) }),
            "Of the 12 notices or complaints that you sent within 100 days, 8 were manifestly \
             unfounded. If that goes on, what you send will not be processed for 30 days."
        );
        assert!(
            told(SenderStanding::Suspended { until: day(0) })
                .contains("until 2026-01-01T12:00:00Z")
        );
    }

    #[test]
    fn the_same_record_is_judged_the_same_in_any_order() {
        let mut entries = sent(0, &[ManifestlyUnfounded, Processed, ManifestlyUnfounded]);
        entries.extend(sent(3, &[ManifestlyUnfounded; 5]));
        let forth = judge(&record(entries.clone()), &policy(), day(30));
        entries.reverse();
        assert_eq!(judge(&record(entries), &policy(), day(30)), forth);
    }
}
