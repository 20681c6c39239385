//! What a reviewer may still be shown today: limits on severe content, and breaks. The scheduler
//! enforces them; nobody has to ask for them. Reviewers opt out of policies in their skills.
//!
//! The limits are practice, not science. Caps on exposure, forced breaks and variety are common in
//! the field, and no study backs one number over another. Blurring alone did not help in two
//! controlled studies. Every operator sets limits of their own, with those who do the work.
//!
//! A clock that was set back locks nobody out. Records further in the future than the span in
//! question are not counted, and at the next case all records are brought to the present.

use serde::{Deserialize, Serialize};

const MINUTE_MS: i64 = 60_000;

const HOUR_MS: i64 = 60 * MINUTE_MS;

const DAY_MS: i64 = 24 * HOUR_MS;

/// The most severe items remembered; a higher limit per day has the effect of this one.
const SEVERE_MAX: usize = 1_000;

/// The limits for one reviewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Severe items within any 60 minutes; 0 for none at all.
    pub severe_per_hour: u32,
    /// Severe items within any 24 hours, at most 1,000; 0 for none at all.
    pub severe_per_day: u32,
    /// Severe items without a mild one or a break in between; 0 for none at all.
    pub severe_in_row: u32,
    /// Work after which a break is due; 0 for never.
    pub work_minutes_before_break: u32,
    /// Time without work that counts as a break; 0 counts as 1.
    pub break_minutes: u32,
}

impl Default for Limits {
    /// A cautious default, to be changed by people who know the work: see the head of this file.
    fn default() -> Self {
        Self {
            severe_per_hour: 20,
            severe_per_day: 80,
            severe_in_row: 5,
            work_minutes_before_break: 60,
            break_minutes: 10,
        }
    }
}

impl Limits {
    fn break_ms(&self) -> i64 {
        i64::from(self.break_minutes.max(1)) * MINUTE_MS
    }

    fn work_ms(&self) -> Option<i64> {
        let minutes = Some(self.work_minutes_before_break).filter(|minutes| *minutes > 0)?;
        Some(i64::from(minutes) * MINUTE_MS)
    }
}

/// Why a reviewer is not given every case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Barred {
    /// As many severe items in 60 minutes as the limit allows.
    SevereThisHour,
    /// As many severe items in 24 hours as the limit allows.
    SevereToday,
    /// As many severe items one after the other as the limit allows.
    SevereInRow,
    /// A break is due.
    Break,
}

impl Barred {
    /// The reason, as shown to the reviewer.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::SevereThisHour => "no more severe cases within this hour",
            Self::SevereToday => "no more severe cases within 24 hours",
            Self::SevereInRow => "after so many severe cases in a row, take a mild one or a break",
            Self::Break => "a break is due",
        }
    }
}

/// What a reviewer may be given now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Allowed {
    /// Whether any case is allowed.
    pub any: bool,
    /// Whether a severe case is allowed.
    pub severe: bool,
    /// The reasons against other cases.
    pub why: Vec<Barred>,
    /// When waiting alone allows more: the end of the break if one is due, else the time from which
    /// severe cases are allowed. `None` if all is allowed, or if waiting does not help.
    pub until_ms: Option<i64>,
}

/// A record of a reviewer's recent work; times in milliseconds since 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Exposure {
    /// When severe items of the last 24 hours were started, ascending.
    severe_ms: Vec<i64>,
    /// Severe items started since the last mild one or the last break.
    severe_in_row: u32,
    /// The end of the last break.
    working_since_ms: Option<i64>,
    last_activity_ms: Option<i64>,
    /// The day of the next field, in days since 1970 (UTC).
    day: i64,
    /// Time spent on severe items on that day.
    exposed_ms: u64,
}

/// A reason against a case, and when waiting alone ends it.
struct Bar {
    why: Barred,
    until_ms: Option<i64>,
}

impl Exposure {
    /// Records that a case was opened. A severe one counts from then on, even if it is given back.
    pub fn begin(&mut self, now_ms: i64, is_severe: bool, limits: &Limits) {
        if self.is_rested(now_ms, limits) {
            self.working_since_ms = Some(now_ms);
            self.severe_in_row = 0;
        }
        self.settle(now_ms);
        if is_severe {
            self.severe_ms.push(now_ms);
            let forgotten = self.severe_ms.len().saturating_sub(SEVERE_MAX);
            self.severe_ms.drain(..forgotten);
            self.severe_in_row = self.severe_in_row.saturating_add(1);
        }
    }

    /// Records that a case was closed or given back after `handled_ms`. For a severe one that is
    /// time of exposure; a mild one ends a row of severe ones.
    pub fn finish(&mut self, now_ms: i64, handled_ms: i64, is_severe: bool) {
        self.settle(now_ms);
        if is_severe {
            self.expose(now_ms, handled_ms);
        } else {
            self.severe_in_row = 0;
        }
    }

    /// What may be given to this reviewer at `now_ms`.
    #[must_use]
    pub fn may(&self, now_ms: i64, limits: &Limits) -> Allowed {
        let pause = self.pause_bar(now_ms, limits);
        let severe = self.severe_bars(now_ms, limits);
        let until_ms = match &pause {
            Some(bar) => bar.until_ms,
            None => latest(&severe),
        };
        Allowed {
            any: pause.is_none(),
            severe: pause.is_none() && severe.is_empty(),
            why: severe.iter().chain(&pause).map(|bar| bar.why).collect(),
            until_ms,
        }
    }

    /// Full minutes spent on severe items since midnight UTC.
    #[must_use]
    pub fn exposed_minutes_today(&self, now_ms: i64) -> u64 {
        let is_today = now_ms.div_euclid(DAY_MS) == self.day;
        if is_today { self.exposed_ms / MINUTE_MS.unsigned_abs() } else { 0 }
    }

    /// Takes `now_ms` as the present: no record is later, and old records are dropped.
    fn settle(&mut self, now_ms: i64) {
        self.severe_ms.retain(|at_ms| is_within(DAY_MS, *at_ms, now_ms));
        for at_ms in &mut self.severe_ms {
            *at_ms = (*at_ms).min(now_ms);
        }
        let since_ms = self.working_since_ms.unwrap_or(now_ms);
        self.working_since_ms = Some(since_ms.min(now_ms));
        self.last_activity_ms = Some(now_ms);
    }

    fn expose(&mut self, now_ms: i64, handled_ms: i64) {
        let day = now_ms.div_euclid(DAY_MS);
        if day != self.day {
            self.day = day;
            self.exposed_ms = 0;
        }
        // Time before midnight belongs to another day.
        let today_ms = handled_ms.clamp(0, now_ms.rem_euclid(DAY_MS));
        self.exposed_ms = self.exposed_ms.saturating_add(today_ms.unsigned_abs());
    }

    fn is_rested(&self, now_ms: i64, limits: &Limits) -> bool {
        let break_ms = limits.break_ms();
        self.last_activity_ms.is_none_or(|last_ms| !is_within(break_ms, last_ms, now_ms))
    }

    fn rested_at_ms(&self, limits: &Limits) -> Option<i64> {
        Some(self.last_activity_ms?.saturating_add(limits.break_ms()))
    }

    fn pause_bar(&self, now_ms: i64, limits: &Limits) -> Option<Bar> {
        let worked_ms = now_ms.saturating_sub(self.working_since_ms?);
        if worked_ms < limits.work_ms()? || self.is_rested(now_ms, limits) {
            return None;
        }
        Some(Bar { why: Barred::Break, until_ms: self.rested_at_ms(limits) })
    }

    fn severe_bars(&self, now_ms: i64, limits: &Limits) -> Vec<Bar> {
        let spans = [
            (Barred::SevereThisHour, HOUR_MS, limits.severe_per_hour),
            (Barred::SevereToday, DAY_MS, limits.severe_per_day),
        ];
        let crowded = spans
            .into_iter()
            .filter_map(|(why, span_ms, max)| self.span_bar(now_ms, why, span_ms, max));
        crowded.chain(self.row_bar(now_ms, limits)).collect()
    }

    /// A bar while `max` or more severe items lie within `span_ms`.
    fn span_bar(&self, now_ms: i64, why: Barred, span_ms: i64, max: u32) -> Option<Bar> {
        let counted = self.severe_ms.iter().filter(|at_ms| is_within(span_ms, **at_ms, now_ms));
        let times_ms: Vec<i64> = counted.copied().collect();
        let max = usize::try_from(max).unwrap_or(SEVERE_MAX).min(SEVERE_MAX);
        // This many must leave the span, and one more; with a limit of 0 there is no such one.
        let excess = times_ms.len().checked_sub(max)?;
        let until_ms = times_ms.get(excess).map(|at_ms| at_ms.saturating_add(span_ms));
        Some(Bar { why, until_ms })
    }

    fn row_bar(&self, now_ms: i64, limits: &Limits) -> Option<Bar> {
        let in_row = if self.is_rested(now_ms, limits) { 0 } else { self.severe_in_row };
        if in_row < limits.severe_in_row {
            return None;
        }
        let until_ms = self.rested_at_ms(limits).filter(|_| limits.severe_in_row > 0);
        Some(Bar { why: Barred::SevereInRow, until_ms })
    }
}

/// When the last of `bars` ends; `None` if there are none, or if one of them never ends.
fn latest(bars: &[Bar]) -> Option<i64> {
    let ends_ms: Option<Vec<i64>> = bars.iter().map(|bar| bar.until_ms).collect();
    ends_ms?.into_iter().max()
}

/// Whether `at_ms` is less than `span_ms` away from `now_ms`, on either side: a time in the future
/// was recorded before the clock was set back.
const fn is_within(span_ms: i64, at_ms: i64, now_ms: i64) -> bool {
    now_ms.abs_diff(at_ms) < span_ms.unsigned_abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nine in the morning of some day, UTC.
    const NINE: i64 = 19_875 * DAY_MS + 9 * HOUR_MS;

    /// Nothing is limited.
    const FREE: Limits = Limits {
        severe_per_hour: u32::MAX,
        severe_per_day: u32::MAX,
        severe_in_row: u32::MAX,
        work_minutes_before_break: 0,
        break_minutes: 10,
    };

    /// A reviewer who opened and closed a case in each of these minutes after nine.
    fn after(minutes: &[i64], is_severe: bool, limits: &Limits) -> Exposure {
        let mut exposure = Exposure::default();
        for minute in minutes {
            exposure.begin(NINE + minute * MINUTE_MS, is_severe, limits);
            exposure.finish(NINE + minute * MINUTE_MS + 30_000, 30_000, is_severe);
        }
        exposure
    }

    fn minute(minute: i64) -> i64 {
        NINE + minute * MINUTE_MS
    }

    #[track_caller]
    fn assert_all(allowed: &Allowed) {
        assert_eq!((allowed.any, allowed.severe), (true, true), "{allowed:?}");
        assert!(allowed.why.is_empty(), "{allowed:?}");
        assert_eq!(allowed.until_ms, None);
    }

    #[track_caller]
    fn assert_only_mild(allowed: &Allowed, why: &[Barred], until_ms: Option<i64>) {
        assert_eq!((allowed.any, allowed.severe), (true, false), "{allowed:?}");
        assert_eq!((allowed.why.as_slice(), allowed.until_ms), (why, until_ms));
    }

    #[test]
    fn who_has_not_begun_may_do_anything() {
        assert_all(&Exposure::default().may(NINE, &Limits::default()));
        assert_eq!(Exposure::default().exposed_minutes_today(NINE), 0);
    }

    #[test]
    fn an_hour_holds_only_so_many_severe_items() {
        let limits = Limits { severe_per_hour: 3, ..FREE };
        let exposure = after(&[0, 5, 20], true, &limits);
        let why = [Barred::SevereThisHour];
        assert_only_mild(&exposure.may(minute(21), &limits), &why, Some(minute(60)));
        assert_only_mild(&exposure.may(minute(60) - 1, &limits), &why, Some(minute(60)));
        assert_all(&exposure.may(minute(60), &limits));
        assert_all(&after(&[0, 5], true, &limits).may(minute(21), &limits));
        assert_all(&after(&[0, 5, 20], false, &limits).may(minute(21), &limits));
    }

    #[test]
    fn a_day_holds_only_so_many_severe_items() {
        let limits = Limits { severe_per_day: 2, ..FREE };
        let exposure = after(&[0, 100, 300], true, &limits);
        let end = minute(100) + DAY_MS;
        let why = [Barred::SevereToday];
        assert_only_mild(&exposure.may(minute(400), &limits), &why, Some(end));
        assert_all(&exposure.may(end, &limits));
    }

    #[test]
    fn a_row_of_severe_items_ends_with_a_mild_one() {
        let limits = Limits { severe_in_row: 2, ..FREE };
        let mut exposure = after(&[0, 1], true, &limits);
        let last = minute(1) + 30_000;
        let why = [Barred::SevereInRow];
        let until = Some(last + 10 * MINUTE_MS);
        assert_only_mild(&exposure.may(minute(2), &limits), &why, until);
        exposure.begin(minute(2), false, &limits);
        assert!(!exposure.may(minute(3), &limits).severe, "it was opened, but not judged");
        exposure.finish(minute(3), 60_000, false);
        assert_all(&exposure.may(minute(3), &limits));
    }

    #[test]
    fn a_row_of_severe_items_ends_with_a_break() {
        let limits = Limits { severe_in_row: 2, ..FREE };
        let mut exposure = after(&[0, 1], true, &limits);
        let rested = minute(1) + 30_000 + 10 * MINUTE_MS;
        assert!(!exposure.may(rested - 1, &limits).severe);
        assert_all(&exposure.may(rested, &limits));
        exposure.begin(rested, true, &limits);
        assert_all(&exposure.may(rested + 1, &limits));
    }

    #[test]
    fn a_severe_item_that_was_given_back_was_seen() {
        let limits = Limits { severe_per_hour: 1, ..FREE };
        let mut exposure = Exposure::default();
        exposure.begin(NINE, true, &limits);
        assert!(!exposure.may(NINE, &limits).severe);
    }

    #[test]
    fn after_an_hour_of_work_a_break_is_due() {
        let limits = Limits { work_minutes_before_break: 60, ..FREE };
        let minutes: Vec<i64> = (0..60).step_by(5).collect();
        let mut exposure = after(&minutes, false, &limits);
        assert_all(&exposure.may(minute(60) - 1, &limits));
        let rested = minute(55) + 30_000 + 10 * MINUTE_MS;
        let found = exposure.may(minute(60), &limits);
        assert_eq!((found.any, found.severe), (false, false));
        assert_eq!((found.why, found.until_ms), (vec![Barred::Break], Some(rested)));
        assert_all(&exposure.may(rested, &limits));
        exposure.begin(rested, false, &limits);
        assert_all(&exposure.may(rested + 5 * MINUTE_MS, &limits));
    }

    #[test]
    fn who_rests_early_starts_anew() {
        let limits = Limits { work_minutes_before_break: 60, ..FREE };
        let exposure = after(&[0, 5, 30, 39, 48, 57, 66], false, &limits);
        assert_all(&exposure.may(minute(67), &limits));
        let without = after(&[0, 9, 18, 27, 36, 45, 54], false, &limits);
        assert!(!without.may(minute(61), &limits).any);
    }

    #[test]
    fn the_end_of_the_break_comes_before_that_of_other_bars() {
        let limits = Limits { work_minutes_before_break: 10, severe_per_day: 1, ..FREE };
        let found = after(&[0, 9], true, &limits).may(minute(12), &limits);
        assert!(!found.any && !found.severe);
        assert_eq!(found.why, [Barred::SevereToday, Barred::Break]);
        assert_eq!(found.until_ms, Some(minute(19) + 30_000));
    }

    #[test]
    fn several_bars_end_with_the_last_of_them() {
        let limits = Limits { severe_per_hour: 2, severe_per_day: 2, severe_in_row: 2, ..FREE };
        let why = [Barred::SevereThisHour, Barred::SevereToday, Barred::SevereInRow];
        let found = after(&[0, 1], true, &limits).may(minute(2), &limits);
        assert_only_mild(&found, &why, Some(NINE + DAY_MS));
        for bar in why {
            assert!(!bar.sentence().is_empty());
        }
    }

    #[test]
    fn a_limit_of_zero_is_none_at_all_and_no_waiting_helps() {
        for limits in [
            Limits { severe_per_hour: 0, ..FREE },
            Limits { severe_per_day: 0, ..FREE },
            Limits { severe_in_row: 0, ..FREE },
        ] {
            let fresh = Exposure::default().may(NINE, &limits);
            assert_eq!((fresh.any, fresh.severe, fresh.until_ms), (true, false, None));
            let worked = after(&[0, 1], true, &limits).may(minute(2), &limits);
            assert_eq!((worked.any, worked.severe, worked.until_ms), (true, false, None));
        }
        let no_break = Limits { break_minutes: 0, work_minutes_before_break: 1, ..FREE };
        let worked = after(&[0, 1], true, &no_break);
        assert!(!worked.may(minute(2), &no_break).any, "a minute at least");
        assert_all(&worked.may(minute(3), &no_break));
    }

    #[test]
    fn minutes_of_exposure_are_those_of_severe_items_on_this_day() {
        let mut exposure = Exposure::default();
        exposure.finish(NINE, 90_000, true);
        exposure.finish(NINE, 90_000, false);
        assert_eq!(exposure.exposed_minutes_today(NINE), 1);
        exposure.finish(NINE, 90_000, true);
        assert_eq!(exposure.exposed_minutes_today(NINE), 3);
        exposure.finish(NINE, -90_000, true);
        assert_eq!(exposure.exposed_minutes_today(NINE), 3);
        assert_eq!(exposure.exposed_minutes_today(NINE + DAY_MS), 0);

        let midnight = NINE + 15 * HOUR_MS;
        exposure.finish(midnight + 2 * MINUTE_MS, 5 * MINUTE_MS, true);
        assert_eq!(exposure.exposed_minutes_today(midnight + HOUR_MS), 2);
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out() {
        let limits = Limits { work_minutes_before_break: 60, severe_in_row: 2, ..FREE };
        let limits = Limits { severe_per_hour: 2, severe_per_day: 2, ..limits };
        for back_ms in [1, MINUTE_MS, HOUR_MS, DAY_MS, 365 * DAY_MS, 100_000 * DAY_MS] {
            let mut exposure = after(&[0, 30, 59], true, &limits);
            let now = minute(60) - back_ms;
            assert_all(&exposure.may(now + 2 * DAY_MS, &limits));
            exposure.begin(now, true, &limits);
            exposure.finish(now + MINUTE_MS, MINUTE_MS, true);
            assert!(exposure.severe_ms.iter().all(|at| *at <= now), "{back_ms}");
            assert_all(&exposure.may(now + DAY_MS, &limits));
            assert!(exposure.exposed_minutes_today(now + MINUTE_MS) <= 3);
        }
    }

    #[test]
    fn the_ends_of_time_do_no_harm() {
        let limits = Limits {
            work_minutes_before_break: u32::MAX,
            break_minutes: u32::MAX,
            ..Limits::default()
        };
        let mut exposure = Exposure::default();
        for now in [0, i64::MAX, i64::MIN, i64::MAX, -1, i64::MIN] {
            exposure.begin(now, true, &limits);
            exposure.finish(now, i64::MAX, true);
            exposure.finish(now, i64::MIN, true);
            assert!(exposure.may(now, &limits).any);
            assert!(exposure.exposed_minutes_today(now) <= 2 * 24 * 60);
        }
    }

    #[test]
    fn a_record_stays_small_and_survives_being_stored() {
        let limits = Limits { severe_per_day: u32::MAX, ..FREE };
        let mut exposure = Exposure::default();
        for second in 0..3_000 {
            exposure.begin(NINE + second * 1_000, true, &limits);
        }
        assert_eq!(exposure.severe_ms.len(), SEVERE_MAX);
        assert!(!exposure.may(NINE + 3_000_000, &limits).severe, "more is not remembered");
        let json = serde_json::to_string(&exposure).unwrap();
        assert_eq!(serde_json::from_str::<Exposure>(&json).unwrap(), exposure);
        assert_eq!(serde_json::from_str::<Exposure>("{}").unwrap(), Exposure::default());
    }

    #[test]
    fn limits_that_are_not_named_are_the_usual_and_misspelt_ones_are_refused() {
        let limits: Limits = serde_json::from_str(r#"{"severe_per_hour":4}"#).unwrap();
        assert_eq!(limits, Limits { severe_per_hour: 4, ..Limits::default() });
        assert!(serde_json::from_str::<Limits>(r#"{"severe_per_our":4}"#).is_err());
    }
}
