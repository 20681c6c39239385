//! What time alone does to cases: leases run out, clocks warn and are missed, verdicts become
//! final. All times are moments, never spans that a restart or a changed clock could stretch.

use crate::case::{Case, State, Step};
use crate::command::UNDO_MS;
use crate::review_queue::ReviewQueue;
use crate::telling::MEMBERS_TOLD;

/// Parts of a clock's span, in twelfths, after which it warns, and its end: for an hour 30, 45 and
/// 55 minutes.
const WARNINGS: [i64; 4] = [6, 9, 11, 12];

/// What time did to a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alarm {
    /// The lease ran out.
    Expired,
    /// This many twelfths of the span are over.
    Warning(u8),
    /// The clock ran out.
    Missed,
    /// A second, blind review was opened.
    Opened,
}

impl Alarm {
    /// The name of the step in the history.
    #[must_use]
    pub const fn step(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Warning(_) => "warned",
            Self::Missed => "missed",
            Self::Opened => "opened",
        }
    }
}

/// When time alone changes `case` next.
pub(crate) fn alarm(case: &Case) -> Option<i64> {
    if let State::Closed { at_ms, .. } = case.state {
        return Some(at_ms + UNDO_MS + 1);
    }
    let lease = match case.state {
        State::Held { until_ms, .. } => Some(until_ms),
        _ => case.reserved_until_ms.filter(|_| case.reserved_for.is_some()),
    };
    [lease, warning(case)].into_iter().flatten().min()
}

/// The next moment at which the clock of `case` warns.
fn warning(case: &Case) -> Option<i64> {
    let twelfths = WARNINGS.get(usize::from(case.alarms))?;
    let span = case.due_ms?.saturating_sub(case.opened_ms);
    Some(case.opened_ms.saturating_add(span.saturating_mul(*twelfths) / 12))
}

impl ReviewQueue {
    /// The log events that a tick at `now_ms` may cause: numbers of cases and events. Computed
    /// before anything changes, so that what is known of them elsewhere can be read first.
    #[must_use]
    pub fn foretold(&self, now_ms: i64, limit: usize) -> Vec<(u64, u64)> {
        let mut next = self.next;
        let mut all = Vec::new();
        for id in self.due(now_ms, limit) {
            match self.case(id) {
                Some(case) if !case.is_closed() => {
                    all.push((id, (case.changes + 1) * MEMBERS_TOLD));
                }
                // At most a second review and an adjudication.
                _ => {
                    all.extend([next, next + 1].map(|new| (new, MEMBERS_TOLD)));
                    next += 2;
                }
            }
        }
        all
    }

    fn due(&self, now_ms: i64, limit: usize) -> Vec<u64> {
        let due = self.alarms.range(..=(now_ms, u64::MAX)).take(limit);
        due.map(|(_, id)| *id).collect()
    }

    /// Lets time pass until `now_ms`; returns the changed cases and how they changed, at most
    /// `limit`.
    pub fn tick(&mut self, now_ms: i64, limit: usize) -> Vec<(u64, Alarm)> {
        let mut done = Vec::new();
        // Each case has one alarm per tick; others due for it follow at the next tick.
        for id in self.due(now_ms, limit) {
            let Some(case) = self.remove(id) else { continue };
            if case.is_closed() {
                // Final: the store keeps it, and it is forgotten here.
                let second = self.second_review(&case, now_ms);
                let third = self.adjudicated(&case, now_ms);
                done.extend(second.into_iter().chain(third).map(|id| (id, Alarm::Opened)));
                continue;
            }
            self.expose(&case, now_ms);
            let (mut case, alarm) = ring(case, now_ms);
            case.let_go(now_ms);
            self.put(case);
            done.push((id, alarm));
        }
        done
    }
}

/// Carries out the alarm of `case` that is due at `now_ms`.
fn ring(mut case: Case, now_ms: i64) -> (Case, Alarm) {
    let mut step = Step { at_ms: now_ms, ..Step::default() };
    let is_over = case.reserved_until_ms.is_some_and(|until| until <= now_ms);
    let expired = match &case.state {
        State::Held { by, until_ms, .. } if *until_ms <= now_ms => Some(by.clone()),
        State::Waiting if is_over => case.reserved_for.clone(),
        _ => None,
    };
    let alarm = if let Some(holder) = expired {
        case.state = State::Waiting;
        case.reserved_for = None;
        case.reserved_until_ms = None;
        step.to = holder;
        Alarm::Expired
    } else {
        // After a long stop several warnings are due at once; only the last one is reported.
        while warning(&case).is_some_and(|at| at <= now_ms) {
            case.alarms += 1;
        }
        match WARNINGS.get(usize::from(case.alarms).saturating_sub(1)) {
            Some(12) | None => Alarm::Missed,
            Some(twelfths) => {
                step.note = format!("{twelfths}/12 of the time is gone");
                Alarm::Warning(u8::try_from(*twelfths).unwrap_or(u8::MAX))
            }
        }
    };
    step.what = alarm.step().to_owned();
    case.step(step);
    (case, alarm)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Lane;
    use crate::command::{Acting, Command, apply};
    use crate::review_queue::Settings;

    const MINUTE: i64 = 60_000;

    fn review_queue_with_an_hour() -> ReviewQueue {
        let mut review_queue = ReviewQueue::new(Settings::default());
        let due_ms = Some(60 * MINUTE);
        review_queue.open(Case { lane: Lane::Removal, due_ms, ..Case::default() });
        review_queue
    }

    #[test]
    fn an_hour_warns_at_30_45_and_55_minutes_and_is_missed_at_60() {
        let mut review_queue = review_queue_with_an_hour();
        let mut seen = Vec::new();
        for minute in 0..90 {
            for (_, alarm) in review_queue.tick(minute * MINUTE, 10) {
                seen.push((minute, alarm));
            }
        }
        use Alarm::{Missed, Warning};
        assert_eq!(seen, [(30, Warning(6)), (45, Warning(9)), (55, Warning(11)), (60, Missed)]);
    }

    #[test]
    fn a_lease_and_a_clock_that_ring_together_ring_one_after_the_other() {
        let mut review_queue = review_queue_with_an_hour();
        let acting = Acting { by: "ana", now_ms: 22 * MINUTE, lease_ms: 10 * MINUTE };
        let held = apply(review_queue.case(1).unwrap(), &Command::Claim, acting).unwrap();
        review_queue.put(held);
        assert_eq!(review_queue.tick(36 * MINUTE, 10), [(1, Alarm::Expired)]);
        assert_eq!(review_queue.tick(36 * MINUTE, 10), [(1, Alarm::Warning(6))]);
        assert_eq!(review_queue.tick(36 * MINUTE, 10), []);
    }

    #[test]
    fn a_clock_goes_on_while_nobody_looks() {
        let mut review_queue = review_queue_with_an_hour();
        assert_eq!(review_queue.tick(300 * MINUTE, 10), [(1, Alarm::Missed)]);
        assert_eq!(review_queue.tick(301 * MINUTE, 10), []);
        let kept = review_queue.case(1).unwrap().clone();
        let mut review_queue = ReviewQueue::new(Settings::default());
        review_queue.restore(kept);
        assert_eq!(review_queue.tick(400 * MINUTE, 10), [], "a restart does not tell it twice");
    }

    #[test]
    fn a_lease_that_runs_out_gives_the_case_back() {
        let mut review_queue = review_queue_with_an_hour();
        let acting = Acting { by: "ana", now_ms: 0, lease_ms: 10 * MINUTE };
        let held = apply(review_queue.case(1).unwrap(), &Command::Claim, acting).unwrap();
        review_queue.put(held);
        assert_eq!(review_queue.tick(10 * MINUTE - 1, 10), []);
        assert_eq!(review_queue.tick(10 * MINUTE, 10), [(1, Alarm::Expired)]);
        assert_eq!(review_queue.case(1).unwrap().state, State::Waiting);
    }
}
