//! `view_velocity`, `views_remaining`, `review_due`: how fast content is viewed, how many views are
//! still expected, and whether a human should review it (again).
//!
//! - Misses: content whose views platforms report only once, or not one by one.
//! - False alarms: views bought from bots look like any others; send qualified views.

use types::{Event, Facts, Velocity};

/// The time constants, in milliseconds: a minute, ten minutes, an hour.
pub const SPANS_MS: [f64; 3] = [60_000.0, 600_000.0, 3_600_000.0];

const MS_PER_MINUTE: f64 = 60_000.0;

const MS_PER_HOUR: f64 = 3_600_000.0;

/// Views at which content is reviewed again: powers of ten and, from a thousand on, their halves.
pub const LADDER: [u64; 9] =
    [100, 1_000, 3_162, 10_000, 31_623, 100_000, 316_228, 1_000_000, 10_000_000];

/// Content in which a human found nothing wrong is reviewed again at this multiple of its views.
const APPROVED_FACTOR: u64 = 10;

/// The age of content whose time of publication is unknown.
const AGE_HOURS_UNKNOWN: f64 = 24.0;

/// Bounds of the expected remaining life, in hours: content that is minutes old lives for longer
/// than minutes, and none is expected to live for more than a week.
const LIFE_HOURS: (f64, f64) = (0.25, 168.0);

/// The sums after `event`.
#[must_use]
pub fn after(event: &Event, facts: &Facts) -> Velocity {
    let at = event.time.as_millisecond();
    let mut now = facts.velocity.unwrap_or(Velocity { at, sums: [0.0; 3] });
    let passed = as_double(at.saturating_sub(now.at).max(0));
    let added = as_double(i64::try_from(added(event, facts)).unwrap_or(i64::MAX));
    // A late report counts as if it came now: it fades a little too late.
    now.at = now.at.max(at);
    for (sum, span) in now.sums.iter_mut().zip(SPANS_MS) {
        *sum = *sum * (-passed / span).exp() + added;
    }
    now
}

/// Views per minute, by the number of the time constant.
#[must_use]
pub fn per_minute(span: usize, event: &Event, facts: &Facts) -> Option<f64> {
    let sum = after(event, facts).sums.get(span).copied()?;
    Some(sum / SPANS_MS.get(span)? * MS_PER_MINUTE)
}

/// Views expected from now on: those of an hour at the present velocity, times the expected
/// remaining life in hours.
///
/// Views of one item fade like a power of its age. With an exponent of two, the rest lasts as long
/// as the past. That exponent is an assumption; Crane & Sornette (PNAS 105, 2008) report relaxation
/// exponents between 1.4 and 2.
#[must_use]
pub fn remaining(event: &Event, facts: &Facts) -> Option<f64> {
    let per_hour = per_minute(2, event, facts)? * MS_PER_HOUR / MS_PER_MINUTE;
    let age = facts.published_ms.map(|published| event.time.as_millisecond() - published);
    let age_hours = age.map_or(AGE_HOURS_UNKNOWN, |age| as_double(age) / MS_PER_HOUR);
    Some(per_hour * age_hours.clamp(LIFE_HOURS.0, LIFE_HOURS.1))
}

/// Whether this event took the views over a rung of the ladder, and a human is to review it.
#[must_use]
pub fn is_due(event: &Event, facts: &Facts) -> bool {
    let Some(views) = &event.data.views else { return false };
    let is_crossed = |rung: &u64| facts.views < *rung && views.total >= *rung;
    let is_let_in = match facts.approved {
        Some(approved) if !approved.is_outdated => {
            views.total >= approved.views.saturating_mul(APPROVED_FACTOR)
        }
        _ => true,
    };
    is_let_in && LADDER.iter().any(is_crossed)
}

/// Views that this event adds.
fn added(event: &Event, facts: &Facts) -> u64 {
    event
        .data
        .views
        .as_ref()
        .map_or(0, |views| views.added.unwrap_or_else(|| views.total.saturating_sub(facts.views)))
}

#[expect(clippy::cast_precision_loss, reason = "views and milliseconds stay far below 2^52")]
const fn as_double(number: i64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use types::Approved;

    use super::*;

    fn viewed(minute: i64, total: u64, added: u64) -> Event {
        let json = format!(
            r#"{{"specversion":"1.0","id":"{minute}","source":"/p","type":"content.viewed",
            "time":"2024-06-01T{:02}:{:02}:00Z","data":{{"content":{{"id":"c"}},
            "views":{{"total":{total},"added":{added}}}}}}}"#,
            minute / 60,
            minute % 60
        );
        Event::parse(json.as_bytes()).unwrap()
    }

    #[test]
    fn a_steady_stream_has_its_own_velocity() {
        let mut facts = Facts::default();
        for minute in 0..600 {
            let event = viewed(minute, 0, 50);
            facts.velocity = Some(after(&event, &facts));
        }
        let last = viewed(600, 0, 50);
        let velocity = |span| per_minute(span, &last, &facts).unwrap();
        // Right after a step the shortest constant sees more than the mean: 50 / (1 - 1/e).
        assert!((velocity(0) - 79.1).abs() < 0.1, "{}", velocity(0));
        assert!((velocity(1) - 52.5).abs() < 0.1, "{}", velocity(1));
        assert!((velocity(2) - 50.4).abs() < 0.1, "{}", velocity(2));
    }

    #[test]
    fn what_lasted_ten_hours_is_expected_to_last_as_long() {
        let event = viewed(600, 0, 60);
        let published = event.time.as_millisecond() - 36_000_000;
        let facts = Facts { published_ms: Some(published), ..Facts::default() };
        // 60 views an hour, for ten hours.
        assert!((remaining(&event, &facts).unwrap() - 600.0).abs() < 1e-6);
    }

    #[test]
    fn the_ladder_asks_once_a_rung_and_less_often_after_a_human_looked() {
        let due = |before: u64, now: u64, approved: Option<Approved>| {
            let facts = Facts { views: before, approved, ..Facts::default() };
            is_due(&viewed(0, now, now - before), &facts)
        };
        assert!(due(90, 110, None));
        assert!(!due(110, 900, None));
        assert!(due(900, 40_000, None), "several rungs at once are one reason");
        let approved = |views| Some(Approved { views, is_outdated: false });
        assert!(!due(900, 1_000, approved(110)));
        assert!(due(900, 1_100, approved(110)));
        assert!(due(900, 1_000, Some(Approved { views: 110, is_outdated: true })));
    }
}
