//! The reporting period: a quarter, half a year, a calendar year, or days.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// A reporting period. It shows itself as the template writes it: `2026-01-01/2026-06-30`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// The first day (UTC).
    pub first: Date,
    /// The last day.
    pub last: Date,
}

impl Period {
    /// Whether `time` lies in it.
    #[must_use]
    pub fn contains(&self, time: Timestamp) -> bool {
        let day = time.to_zoned(TimeZone::UTC).date();
        self.first <= day && day <= self.last
    }

    /// Whether `other` is as long, give or take the different lengths of months.
    #[must_use]
    pub fn is_as_long_as(self, other: Self) -> bool {
        const DAY_MS: i64 = 86_400_000;
        let days = |one: Self| (one.end_ms() - one.first_ms()) / DAY_MS;
        (days(self) - days(other)).abs() <= 4
    }

    /// The first moment, in milliseconds since 1970.
    #[must_use]
    pub fn first_ms(&self) -> i64 {
        start_of(self.first)
    }

    /// The first moment after it, in milliseconds since 1970.
    #[must_use]
    pub fn end_ms(&self) -> i64 {
        self.last.tomorrow().map_or(i64::MAX, start_of)
    }
}

fn start_of(day: Date) -> i64 {
    let start = DateTime::from(day).to_zoned(TimeZone::UTC);
    start.map_or(0, |start| start.timestamp().as_millisecond())
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.last)
    }
}

impl FromStr for Period {
    type Err = String;

    /// Reads `2026-H1`, `2026-Q3`, `2026`, or two days with a slash between.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!("`{text}` is no period; write 2026-H1, 2026-Q3, 2026 or 2026-01-01/2026-06-30")
        };
        if let Some((first, last)) = text.split_once('/') {
            let first: Date = first.parse().map_err(|_| wrong())?;
            let last: Date = last.parse().map_err(|_| wrong())?;
            return if first <= last { Ok(Self { first, last }) } else { Err(wrong()) };
        }
        let (year, part) = text.split_once('-').unwrap_or((text, ""));
        let is_year = year.len() == 4 && year.bytes().all(|c| c.is_ascii_digit());
        let year: i16 = year.parse().map_err(|_| wrong())?;
        let (from, until) = match part {
            "" if is_year && !text.contains('-') => ((1, 1), (12, 31)),
            "H1" if is_year => ((1, 1), (6, 30)),
            "H2" if is_year => ((7, 1), (12, 31)),
            "Q1" if is_year => ((1, 1), (3, 31)),
            "Q2" if is_year => ((4, 1), (6, 30)),
            "Q3" if is_year => ((7, 1), (9, 30)),
            "Q4" if is_year => ((10, 1), (12, 31)),
            _ => return Err(wrong()),
        };
        let day = |(month, day): (i8, i8)| Date::new(year, month, day).map_err(|_| wrong());
        Ok(Self { first: day(from)?, last: day(until)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_years_and_days_are_read() {
        for (text, shown) in [
            ("2026-H1", "2026-01-01/2026-06-30"),
            ("2026-H2", "2026-07-01/2026-12-31"),
            ("2026-Q3", "2026-07-01/2026-09-30"),
            ("2025", "2025-01-01/2025-12-31"),
            ("2024-06-10/2024-07-07", "2024-06-10/2024-07-07"),
        ] {
            assert_eq!(text.parse::<Period>().unwrap().to_string(), shown);
        }
        for text in [
            "",
            "2026-H3",
            "2026-Q5",
            "26",
            "2026-",
            "2026-06-31/2026-07-01",
            "2026-02-01/2026-01-01",
        ] {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_last_day_belongs_to_it_to_its_last_moment() {
        let half: Period = "2026-H1".parse().unwrap();
        assert!(half.contains("2026-06-30T23:59:59.999Z".parse().unwrap()));
        assert!(!half.contains("2026-07-01T00:00:00Z".parse().unwrap()));
        assert_eq!(half.end_ms() - half.first_ms(), 181 * 86_400_000);
    }
}
