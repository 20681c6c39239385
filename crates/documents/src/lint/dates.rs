//! Dates and the reporting period: their form, and whether all sheets have the same period.

use std::collections::HashMap;

use jiff::{ToSpan, civil::Date};

use super::{Findings, Place, indicators::Indicators, rules};
use crate::published::{PublishedReport, Row, Table};
use crate::template::{Kind, SheetId};

/// The first and last day of a period.
type Period = (Date, Date);

pub(super) fn check(report: &PublishedReport, findings: &mut Findings) {
    let identification = report.table(SheetId::Identification);
    let dates = identification.map(|table| check_dates(table, findings)).unwrap_or_default();
    let stated = dates.start.zip(dates.end);
    if let (Some(table), Some(period)) = (identification, stated) {
        check_period(table, period, dates.published, findings);
    }
    let reference = stated.or_else(|| most_frequent(report));
    for table in &report.tables {
        check_periods(table, reference, findings);
    }
}

/// What sheet 1 says, read leniently.
#[derive(Default)]
struct Dates {
    published: Option<Date>,
    start: Option<Date>,
    end: Option<Date>,
}

fn check_dates(table: &Table, findings: &mut Findings) -> Dates {
    let (mut dates, mut values) = (Dates::default(), Vec::new());
    let Some(at) = table.position_of(Kind::Value) else { return dates };
    let indicators = Indicators::new(table);
    for (index, row) in table.data().enumerate() {
        if indicators.kind(index) != Kind::Date {
            continue;
        }
        let cell = row.cell(at).trim();
        if !cell.is_empty() && strict(cell).is_none() {
            findings.add(&rules::DATE_FORMAT, Place::cell(table, row, at), cell, "");
        }
        values.push(lenient(cell));
    }
    // The dates of the template: publication, previous publication, start, end.
    if let [published, _, start, end] = values[..] {
        dates = Dates { published, start, end };
    }
    dates
}

fn check_period(table: &Table, period: Period, published: Option<Date>, findings: &mut Findings) {
    let place = Place::file(table);
    let value = format!("{}/{}", period.0, period.1);
    if !is_usual(period) {
        findings.add(&rules::PERIOD_UNUSUAL, place, &value, "");
    }
    let Some(published) = published else { return };
    if published <= period.1 {
        findings.add(&rules::PUBLISHED_EARLY, place, &published.to_string(), "");
    }
    // Until 31 August for a period until 30 June: two months from the day after its end.
    let late = period.1.tomorrow().and_then(|day| day.checked_add(2.months()));
    if late.is_ok_and(|late| published >= late) {
        findings.add(&rules::PUBLISHED_LATE, place, &published.to_string(), "");
    }
}

/// Half-years of very large services, calendar years of others, and the transitional period until
/// the end of 2025, which began when the provider's last report ended (recital 9).
fn is_usual((start, end): Period) -> bool {
    let is_transitional = (end.year(), end.month(), end.day()) == (2025, 12, 31) && start < end;
    let days = ((start.month(), start.day()), (end.month(), end.day()));
    let is_regular = start.year() == end.year()
        && matches!(days, ((1, 1), (6, 30)) | ((7, 1), (12, 31)) | ((1, 1), (12, 31)));
    is_regular || is_transitional
}

fn most_frequent(report: &PublishedReport) -> Option<Period> {
    let mut counts: HashMap<Period, usize> = HashMap::new();
    for period in
        report.tables.iter().flat_map(|table| table.data().filter_map(|row| of(table, row)))
    {
        *counts.entry(period).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(period, count)| (*count, *period)).map(|(period, _)| period)
}

fn of(table: &Table, row: &Row) -> Option<Period> {
    range(table.text(row, Kind::Period))
}

fn check_periods(table: &Table, reference: Option<Period>, findings: &mut Findings) {
    let Some(at) = table.position_of(Kind::Period) else { return };
    for row in table.data() {
        let place = Place::cell(table, row, at);
        match (range(row.cell(at).trim()), reference) {
            (None, _) => {
                findings.add(&rules::PERIOD_MALFORMED, place, row.cell(at).trim(), "");
            }
            (Some(period), Some(reference)) if period != reference => {
                let note = format!("the period of the report is {}/{}", reference.0, reference.1);
                findings.add(&rules::PERIOD_DIFFERS, place, row.cell(at).trim(), note);
            }
            _ => {}
        }
    }
}

fn range(cell: &str) -> Option<Period> {
    let (start, end) = cell.split_once('/')?;
    let period = (strict(start)?, strict(end)?);
    (period.0 <= period.1).then_some(period)
}

/// `2026-06-30` and nothing else.
fn strict(cell: &str) -> Option<Date> {
    let is_form = cell.len() == 10
        && cell.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    is_form.then(|| cell.parse().ok()).flatten()
}

/// Also `2026/6/30`, `30.06.2026` and dates with a time behind them.
fn lenient(cell: &str) -> Option<Date> {
    let day = cell.split([' ', 'T']).next()?;
    let mut numbers = day.split(['-', '/', '.']).map(|part| part.parse::<i16>().ok());
    let (first, month, last) = (numbers.next()??, numbers.next()??, numbers.next()??);
    let (year, day) = if first > 31 { (first, last) } else { (last, first) };
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_leniently_but_judged_strictly() {
        for cell in ["2026-06-30", "2026-06-30 00:00:00", "2026/6/30", "30.06.2026"] {
            assert_eq!(lenient(cell).map(|date| date.to_string()).as_deref(), Some("2026-06-30"));
            assert_eq!(strict(cell).is_some(), cell == "2026-06-30");
        }
        assert_eq!(lenient("soon"), None);
        assert_eq!(strict("2026-06-31"), None);
    }

    #[test]
    fn periods_of_the_regulation_are_usual() {
        let is = |cell| range(cell).is_some_and(is_usual);
        assert!(is("2026-01-01/2026-06-30") && is("2026-07-01/2026-12-31"));
        assert!(is("2026-01-01/2026-12-31") && is("2025-02-17/2025-12-31"));
        assert!(!is("2026-02-17/2026-08-16") && !is("2026-01-01/2027-06-30"));
    }
}
