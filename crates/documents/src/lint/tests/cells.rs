//! Cells one by one.

use super::{PERIOD, after, check};

#[test]
fn cells_that_every_sheet_has_are_checked() {
    check(|report| report.set(5, (9, 1), "Everyone"), &["applicability 5 9 1 Everyone"]);
    check(|report| report.set(5, (9, 2), ""), &["service-empty 5 9 2"]);
    check(
        |report| report.set(5, (9, 2), "Example Video "),
        &["service-trailing-space 5 9 2 Example Video "].map(str::trim),
    );
    check(
        |report| report.set(5, (9, 2), "Example video"),
        &["service-inconsistent 0 - - 'Example Video' in 627 rows / 'Example video' in 1 rows"],
    );
}

#[test]
fn periods_are_ranges_of_dates_and_the_same_everywhere() {
    let malformed = "period-malformed 8 5 3";
    for period in ["2026-01-01/2026-06-31", "H1 2026", "2026-06-30/2026-01-01", ""] {
        let expected = format!("{malformed} {period}");
        check(|report| report.set(8, (5, 3), period), &[expected.trim_end()]);
    }
    check(
        |report| report.set(8, (5, 3), "2025-07-01/2025-12-31"),
        &["period-differs 8 5 3 2025-07-01/2025-12-31"],
    );
    let findings = after(|report| {
        report.set(1, (5, 4), "2026-02-17");
        report.sheets[1..].iter_mut().flatten().for_each(|row| {
            row.iter_mut()
                .filter(|cell| *cell == PERIOD)
                .for_each(|cell| *cell = "2026-02-17/2026-06-30".to_owned());
        });
    });
    assert_eq!(findings, ["period-unusual 1 - - 2026-02-17/2026-06-30"]);
}

#[test]
fn dates_are_checked_against_the_period() {
    check(|report| report.set(1, (3, 4), "20.08.2026"), &["date-format 1 3 4 20.08.2026"]);
    check(|report| report.set(1, (4, 4), ""), &[]);
    check(|report| report.set(1, (3, 4), "2026-06-01"), &["published-early 1 - - 2026-06-01"]);
    check(|report| report.set(1, (3, 4), "2026-09-01"), &["published-late 1 - - 2026-09-01"]);
    check(|report| report.set(1, (3, 4), "2026-08-31"), &[]);
}

#[test]
fn numbers_are_checked_by_the_kind_of_their_column() {
    let cases: &[(usize, (usize, usize), &str, &str)] = &[
        (5, (4, 6), "0.0", "count-decimal"),
        (10, (3, 7), "2.1 - 2.6", "count-not-number"),
        (10, (3, 7), "-1", "count-not-number"),
        (3, (4, 9), "0 hours", "median-not-number"),
        (3, (4, 9), "0:00", "median-not-number"),
        (7, (6, 7), "n/a", "median-not-number"),
        (8, (4, 7), "97.5", "percentage"),
        (8, (4, 7), "97.5%", "percentage"),
        (7, (45, 7), "12 %", "percentage"),
        (3, (2, 10), "1,234", "thousands-separator"),
        (8, (12, 7), "0 ", "cell-space"),
    ];
    for (sheet, (row, column), cell, code) in cases {
        let expected = format!("{code} {sheet} {row} {column} {}", cell.trim_end());
        check(|report| report.set(*sheet, (*row, *column), cell), &[&expected]);
    }
    check(|report| report.set(8, (4, 7), "0.975"), &[]);
    check(|report| report.set(3, (2, 9), "0.428"), &[]);
    check(|report| report.set(7, (2, 7), ""), &[]);
}

#[test]
fn scopes_are_those_of_the_template() {
    check(|report| report.set(8, (25, 6), "gr"), &["scope 8 25 6 gr"]);
    check(|report| report.set(9, (8, 6), "DE"), &["language-missing 9 - - de", "scope 9 8 6 DE"]);
    check(
        |report| report.set(10, (3, 6), "at"),
        &["member-state-missing 10 - - AT", "scope 10 3 6 at"],
    );
    check(
        |report| report.set(7, (3, 6), "Upheld"),
        &[
            "scope-missing 7 - 5 Number of complaints submitted to the internal-complaints mechanism / Decisions upheld",
            "scope 7 3 6 Upheld",
        ],
    );
    check(
        |report| report.set(7, (7, 6), "Decision omitted "),
        &["scope-trailing-space 7 7 6 Decision omitted"],
    );
}

#[test]
fn texts_are_no_placeholders_and_not_too_long() {
    for text in ["See above", "Free text", "n/a", "...", "TBD."] {
        check(|report| report.set(11, (4, 5), text), &[&format!("text-placeholder 11 4 5 {text}")]);
    }
    check(|report| report.set(11, (4, 5), ""), &[]);
    let codes = after(|report| report.set(11, (4, 5), &"x".repeat(5_001)));
    assert!(codes.len() == 1 && codes[0].starts_with("text-too-long 11 4 5 xxx"));
    check(|report| report.set(11, (4, 5), &"ä".repeat(5_000)), &[]);
}

#[test]
fn spaces_and_apostrophes_are_notes() {
    let indicator =
        "Summary of the content moderation engaged in at the providers’ own initiative ";
    let findings = after(|report| report.set(11, (2, 4), indicator));
    assert_eq!(findings.len(), 2, "{findings:?}");
    assert!(findings[0].starts_with("indicator-apostrophe 11 2 4"));
    assert!(findings[1].starts_with("indicator-trailing-space 11 2 4"));
    let section = "Human resources dedicated to content moderation ";
    check(
        |report| report.set(9, (2, 4), section),
        &[format!("section-trailing-space 9 2 4 {section}").trim_end()],
    );
}
