//! The clocks of the law: one table of time limits and the articles that set them.
//!
//! Hours are absolute time, so that a change to summer time never adds or removes one. Days, weeks
//! and months are those of the calendar in UTC. An obligation is due at the same time of day, a
//! little earlier than Art. 3(2) of Regulation (EEC, Euratom) 1182/71 would have it. A time that
//! others may rely on (a *window*) lasts to the end of its last day. "Without undue delay" has no
//! hour: such a clock has no limit of its own, but an order or an internal target may state one.
//!
//! Sources: Regulations (EU) 2021/784 (TCO) and (EU) 2022/2065 (DSA).

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};
use serde::{Deserialize, Serialize};

/// Minutes of the hour at which people are warned; other clocks warn at the same fractions of
/// theirs.
pub const WARNINGS_MINUTES: [i64; 3] = [30, 45, 55];

/// How a limit is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// A number of hours of absolute time.
    Hours(i64),
    /// A number of calendar days.
    Days(i64),
    /// A number of calendar weeks.
    Weeks(i64),
    /// A number of calendar months; a day that the last month lacks becomes its last day.
    Months(i64),
    /// Before 1 March of the following year.
    FirstOfMarch,
    /// Words only: without undue delay, promptly, immediately.
    WithoutUndueDelay,
}

/// Declares the clocks: variant, name in JSON, article, limit and obligation.
macro_rules! clocks {
    ($($variant:ident $name:tt $article:tt $limit:expr, $sentence:tt;)*) => {
        /// A limit of time set by law.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
        pub enum Clock {
            $(#[doc = $sentence] #[serde(rename = $name)] $variant,)*
        }

        impl Clock {
            /// All clocks, in the order of the law.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Its name in JSON.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The article that sets it.
            #[must_use]
            pub const fn article(self) -> &'static str {
                match self { $(Self::$variant => $article,)* }
            }

            /// How it is counted.
            #[must_use]
            pub const fn limit(self) -> Limit {
                match self { $(Self::$variant => $limit,)* }
            }

            /// The obligation, as a sentence.
            #[must_use]
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$variant => $sentence,)* }
            }
        }
    };
}

clocks! {
    Removal1h "removal_1h" "Art. 3(3) TCO" Limit::Hours(1),
        "The content is removed or disabled in all member states within an hour of receipt.";
    Feedback "feedback" "Art. 3(6) TCO" Limit::WithoutUndueDelay,
        "The authority is told of the measure and its time (Annex II).";
    Impossibility "impossibility" "Art. 3(7) and (8) TCO" Limit::WithoutUndueDelay,
        "The authority is told why the order cannot be carried out (Annex III).";
    CrossBorderScrutinyRequest48h "cross_border_scrutiny_request_48h" "Art. 4(4) TCO"
        Limit::Hours(48), "We may ask our own authority to scrutinise an order from abroad.";
    OwnScrutiny72h "own_scrutiny_72h" "Art. 4(3) TCO" Limit::Hours(72),
        "Our authority scrutinises an order from abroad of its own motion.";
    AuthorityDecision72h "authority_decision_72h" "Art. 4(4) TCO" Limit::Hours(72),
        "Our authority decides on a request to scrutinise an order from abroad.";
    Reinstatement "reinstatement" "Art. 4(7) TCO" Limit::WithoutUndueDelay,
        "What was removed under an order found to infringe the law is reinstated immediately.";
    SpecificMeasures3Months "specific_measures_3_months" "Art. 5(5) TCO" Limit::Months(3),
        "The authority is told of the specific measures taken after its decision.";
    SpecificMeasuresYearly "specific_measures_yearly" "Art. 5(5) TCO" Limit::Months(12),
        "The authority is told again of the specific measures.";
    ReviewAnswer3Months "review_answer_3_months" "Art. 5(7) TCO" Limit::Months(3),
        "The authority answers a request to review its decision on specific measures.";
    Preservation6Months "preservation_6_months" "Art. 6(2) TCO" Limit::Months(6),
        "Removed content and what belongs to it is preserved.";
    LongerPreservation "longer_preservation" "Art. 6(2) TCO" Limit::WithoutUndueDelay,
        "Content is preserved for the longer time that an authority or court stated.";
    TransparencyReport "transparency_report" "Art. 7(2) TCO" Limit::FirstOfMarch,
        "The report on the year's measures is published.";
    ComplaintOutcome2Weeks "complaint_outcome_2_weeks" "Art. 10(2) TCO" Limit::Weeks(2),
        "The person who complained is told of the outcome.";
    Confidentiality6Weeks "confidentiality_6_weeks" "Art. 11(3) TCO" Limit::Weeks(6),
        "The content provider is not told, counted from the authority's decision on it.";
    ConfidentialityExtension6Weeks "confidentiality_extension_6_weeks" "Art. 11(3) TCO"
        Limit::Weeks(6), "The content provider is still not told, counted from the first end.";
    ThreatToLife "threat_to_life" "Art. 14(5) TCO, Art. 18 DSA" Limit::WithoutUndueDelay,
        "An authority is told promptly of a threat to life.";
    OrderToAct "order_to_act" "Art. 9(1) DSA" Limit::WithoutUndueDelay,
        "The authority is told whether and when its order to act was given effect.";
    OrderToInform "order_to_inform" "Art. 10(1) DSA" Limit::WithoutUndueDelay,
        "The authority is told whether and when its order to inform was given effect.";
    NoticeReceipt "notice_receipt" "Art. 16(4) DSA" Limit::WithoutUndueDelay,
        "The receipt of a notice is confirmed.";
    NoticeDecision "notice_decision" "Art. 16(5) DSA" Limit::WithoutUndueDelay,
        "The notifier is told of the decision and of redress.";
    AppealWindow6Months "appeal_window_6_months" "Art. 20(1) DSA" Limit::Months(6),
        "A complaint against the decision can be lodged, counted from being told of it.";
    AppealDecision "appeal_decision" "Art. 20(5) DSA" Limit::WithoutUndueDelay,
        "The person who complained is told of the reasoned decision.";
    DisputeBody90Days "dispute_body_90_days" "Art. 21(4) DSA" Limit::Days(90),
        "The certified body decides, counted from its receipt of the complaint.";
    DisputeBodyExtension90Days "dispute_body_extension_90_days" "Art. 21(4) DSA" Limit::Days(90),
        "The certified body decides a highly complex dispute, counted from the first end.";
    StatementOfReasons "statement_of_reasons" "Art. 24(5) DSA" Limit::WithoutUndueDelay,
        "The statement of reasons is sent to the Commission's database.";
    CrisisMeasures3Months "crisis_measures_3_months" "Art. 36 DSA" Limit::Months(3),
        "Measures that the Commission required in a crisis are applied.";
}

impl Clock {
    /// Whether it is a time that others may rely on, rather than one to act within.
    #[must_use]
    pub const fn is_window(self) -> bool {
        matches!(
            self,
            Self::Preservation6Months
                | Self::LongerPreservation
                | Self::Confidentiality6Weeks
                | Self::ConfidentialityExtension6Weeks
                | Self::AppealWindow6Months
        )
    }

    /// Whether it stops while the order cannot be carried out (Art. 3(7) and (8) TCO).
    #[must_use]
    pub const fn can_stop(self) -> bool {
        matches!(self, Self::Removal1h)
    }

    /// When it is due if it starts at `from`; `None` where the law gives words only.
    #[must_use]
    pub fn due(self, from: Timestamp) -> Option<Timestamp> {
        let span = match self.limit() {
            Limit::Hours(hours) => {
                return from.checked_add(SignedDuration::from_hours(hours)).ok();
            }
            Limit::FirstOfMarch => return first_of_march(from),
            Limit::WithoutUndueDelay => return None,
            Limit::Days(days) => Span::new().days(days),
            Limit::Weeks(weeks) => Span::new().weeks(weeks),
            Limit::Months(months) => Span::new().months(months),
        };
        let last = from.to_zoned(TimeZone::UTC).checked_add(span).ok()?;
        if self.is_window() {
            let after = last.date().tomorrow().ok()?;
            return after.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
        }
        Some(last.timestamp())
    }
}

/// The first moment of 1 March in the year after that of `from`.
fn first_of_march(from: Timestamp) -> Option<Timestamp> {
    let year = from.to_zoned(TimeZone::UTC).date().year().checked_add(1)?;
    let day = Date::new(year, 3, 1).ok()?;
    day.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

/// Why an order cannot be carried out: the grounds of Annex III TCO.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// Force majeure or de facto impossibility that the provider is not to blame for.
    ForceMajeure,
    /// The order contains manifest errors.
    ManifestErrors,
    /// The order does not say enough to be carried out.
    InsufficientInformation,
}

impl Ground {
    /// The article that states it.
    #[must_use]
    pub const fn article(self) -> &'static str {
        match self {
            Self::ForceMajeure => "Art. 3(7) TCO",
            Self::ManifestErrors | Self::InsufficientInformation => "Art. 3(8) TCO",
        }
    }
}

/// The state of a running clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ClockState {
    /// There is time left, or no fixed hour.
    Running,
    /// Half of the span is over: 30 minutes of the hour.
    #[serde(rename = "warning_30")]
    Warning30,
    /// Three quarters of the span are over: 45 minutes of the hour.
    #[serde(rename = "warning_45")]
    Warning45,
    /// Eleven twelfths of the span are over: 55 minutes of the hour.
    #[serde(rename = "warning_55")]
    Warning55,
    /// Stopped, since the order cannot be carried out.
    Suspended,
    /// The time is over and nothing was done.
    Missed,
    /// Done in time.
    Met,
    /// Done, but too late.
    MetLate,
    /// A window that has closed.
    Over,
}

/// A time for which a clock was stopped, with the clock's earlier values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Stop {
    /// The earlier start of the clock.
    pub from: Timestamp,
    /// When it would have been due.
    pub due: Option<Timestamp>,
    /// When it stopped.
    pub at: Timestamp,
    /// Why it stopped.
    pub ground: Ground,
    /// When it was restarted, from the beginning.
    pub resumed_at: Option<Timestamp>,
}

/// A clock that was started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Running {
    /// The clock.
    pub clock: Clock,
    /// Its start.
    pub from: Timestamp,
    /// When it is due; `None` without a fixed hour, and while it is stopped.
    pub due: Option<Timestamp>,
    /// When its obligation was met.
    pub met_at: Option<Timestamp>,
    /// The times for which it was stopped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stops: Vec<Stop>,
}

/// Why a clock was not stopped or restarted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClockError {
    /// Only the hour of removal orders stops.
    #[error("this clock never stops; only the hour of a removal order does (Art. 3(7), (8) TCO)")]
    NeverStops,
    /// Its obligation is already met.
    #[error("what the clock asks is done already; nothing is left to stop or to resume")]
    AlreadyMet,
    /// It is over: a missed clock stays missed.
    #[error("the clock ran out before that moment; tell the authority why, it stays missed")]
    AlreadyMissed,
    /// It is already stopped.
    #[error("the clock stands still already; resume it first")]
    AlreadyStopped,
    /// It is running.
    #[error("the clock is running; only one that stands still can be resumed")]
    NotStopped,
    /// The moment is before the clock's own start or stop.
    #[error("that moment lies before the clock's start or stop; give a later one")]
    TooEarly,
}

impl Running {
    /// `clock`, started at `from`.
    #[must_use]
    pub fn start(clock: Clock, from: Timestamp) -> Self {
        Self { clock, from, due: clock.due(from), met_at: None, stops: Vec::new() }
    }

    /// `clock`, running from `from` to the earlier of the law's limit and a limit stated by an
    /// order or an internal target.
    #[must_use]
    pub fn start_by(clock: Clock, from: Timestamp, stated: Option<Timestamp>) -> Self {
        let mut started = Self::start(clock, from);
        started.due = match (started.due, stated) {
            (Some(due), Some(stated)) => Some(due.min(stated)),
            (due, stated) => due.or(stated),
        };
        started
    }

    /// The clock after its obligation was met at `at`; the first time counts.
    #[must_use]
    pub fn meet(&self, at: Timestamp) -> Self {
        let met_at = self.met_at.map_or(at, |met| met.min(at));
        Self { met_at: Some(met_at), ..self.clone() }
    }

    /// The clock stopped at `at`; if it was missed by then, it stays missed.
    pub fn suspend(&self, at: Timestamp, ground: Ground) -> Result<Self, ClockError> {
        if !self.clock.can_stop() {
            return Err(ClockError::NeverStops);
        }
        if self.met_at.is_some() {
            return Err(ClockError::AlreadyMet);
        }
        if self.is_suspended() {
            return Err(ClockError::AlreadyStopped);
        }
        if at < self.from {
            return Err(ClockError::TooEarly);
        }
        if self.due.is_some_and(|due| at > due) {
            return Err(ClockError::AlreadyMissed);
        }
        let mut next = self.clone();
        next.stops.push(Stop { from: self.from, due: self.due, at, ground, resumed_at: None });
        next.due = None;
        Ok(next)
    }

    /// The clock restarted at `at`: the ground has ceased or the clarification has come.
    pub fn resume(&self, at: Timestamp) -> Result<Self, ClockError> {
        if self.met_at.is_some() {
            return Err(ClockError::AlreadyMet);
        }
        let mut next = self.clone();
        let Some(stop) = next.stops.last_mut().filter(|stop| stop.resumed_at.is_none()) else {
            return Err(ClockError::NotStopped);
        };
        if at < stop.at {
            return Err(ClockError::TooEarly);
        }
        stop.resumed_at = Some(at);
        next.from = at;
        next.due = next.clock.due(at);
        Ok(next)
    }

    /// Whether it is stopped.
    #[must_use]
    pub fn is_suspended(&self) -> bool {
        self.stops.last().is_some_and(|stop| stop.resumed_at.is_none())
    }

    /// Its state at `now`.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> ClockState {
        match (self.met_at, self.due) {
            (Some(met), Some(due)) if met > due => ClockState::MetLate,
            (Some(_), _) => ClockState::Met,
            (None, _) if self.is_suspended() => ClockState::Suspended,
            (None, None) => ClockState::Running,
            (None, Some(due)) => self.unmet(due, now),
        }
    }

    /// The next moment after `now` at which its state changes by itself.
    #[must_use]
    pub fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        let due = self.due.filter(|_| self.met_at.is_none())?;
        // At the very last moment it is still met in time; it is missed right after.
        let missed = due.checked_add(SignedDuration::from_nanos(1)).ok();
        let warnings = WARNINGS_MINUTES.iter().filter_map(|share| self.warning_at(*share, due));
        let warnings = warnings.filter(|_| !self.clock.is_window());
        warnings.chain(missed).find(|at| *at > now)
    }

    fn unmet(&self, due: Timestamp, now: Timestamp) -> ClockState {
        if self.clock.is_window() {
            return if now > due { ClockState::Over } else { ClockState::Running };
        }
        if now > due {
            return ClockState::Missed;
        }
        let is_past = |share: i64| self.warning_at(share, due).is_some_and(|at| now >= at);
        match WARNINGS_MINUTES.iter().filter(|share| is_past(**share)).count() {
            0 => ClockState::Running,
            1 => ClockState::Warning30,
            2 => ClockState::Warning45,
            _ => ClockState::Warning55,
        }
    }

    /// When `sixtieths` sixtieths of the span are over.
    fn warning_at(&self, sixtieths: i64, due: Timestamp) -> Option<Timestamp> {
        let from = self.from.as_nanosecond();
        let span = due.as_nanosecond().saturating_sub(from);
        let passed = span.saturating_mul(i128::from(sixtieths)) / 60;
        Timestamp::from_nanosecond(from.saturating_add(passed)).ok()
    }
}

#[cfg(test)]
mod tests;
