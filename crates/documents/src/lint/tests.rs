//! Tests of the rules, with a made-up report that follows the template and one fault each.

use std::fmt::Write as _;

use super::*;
use crate::template::{
    Applicability, IndicatorRow, Kind, SHEETS, Sheet, category_rows, indicator_rows,
};

const PERIOD: &str = "2026-01-01/2026-06-30";
const SERVICE: &str = "Example Video";
const TEXT: &str = "We look at what users flag.";

/// A report as rows of cells; rows and columns are counted from 1, the header being row 1.
struct Report {
    names: Vec<String>,
    sheets: Vec<Vec<Vec<String>>>,
}

impl Report {
    /// A report without a fault: nothing happened.
    fn complete() -> Self {
        let names = SHEETS.iter().map(Sheet::file_name).collect();
        Self { names, sheets: SHEETS.iter().map(rows).collect() }
    }

    fn set(&mut self, sheet: usize, (row, column): (usize, usize), value: &str) {
        self.sheets[sheet - 1][row - 1][column - 1] = value.to_owned();
    }

    /// Adds a copy of a row at the end and returns its number.
    fn copy(&mut self, sheet: usize, row: usize) -> usize {
        let copy = self.sheets[sheet - 1][row - 1].clone();
        self.sheets[sheet - 1].push(copy);
        self.sheets[sheet - 1].len()
    }

    fn remove(&mut self, sheet: usize, row: usize) {
        self.sheets[sheet - 1].remove(row - 1);
    }

    fn files(&self) -> Vec<(String, Vec<u8>)> {
        let file = |rows: &Vec<Vec<String>>| {
            let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
            rows.iter().for_each(|row| writer.write_record(row).unwrap());
            writer.into_inner().unwrap()
        };
        self.names.iter().cloned().zip(self.sheets.iter().map(file)).collect()
    }
}

fn rows(sheet: &Sheet) -> Vec<Vec<String>> {
    let mut rows = vec![sheet.header().map(str::to_owned).collect()];
    let cells = |cell: &dyn Fn(Kind) -> String| {
        sheet.columns.iter().map(|column| cell(column.kind)).collect::<Vec<_>>()
    };
    for row in category_rows(sheet.id) {
        rows.push(cells(&|kind| match kind {
            Kind::Label => row.label.clone(),
            Kind::Category => row.code.clone(),
            Kind::Text => row.description.to_owned(),
            Kind::Scope => "TOTAL".to_owned(),
            _ => common(kind, Applicability::All),
        }));
    }
    for row in indicator_rows(sheet.id) {
        rows.push(cells(&|kind| match kind {
            Kind::Section => row.section.to_owned(),
            Kind::Indicator => row.indicator.to_owned(),
            Kind::Scope => row.scope.to_owned(),
            Kind::Value => value(&row),
            _ => common(kind, row.applicability),
        }));
    }
    rows
}

fn common(kind: Kind, applicability: Applicability) -> String {
    let cell = match kind {
        Kind::Applicability => applicability.as_str(),
        Kind::Service => SERVICE,
        Kind::Period => PERIOD,
        Kind::Count | Kind::Hours => "0",
        _ => "",
    };
    cell.to_owned()
}

fn value(row: &IndicatorRow) -> String {
    let value = match (row.kind, row.indicator) {
        (Kind::Date, "Date of the publication of the report") => "2026-08-20",
        (Kind::Date, "Date of the publication of the latest previous report") => "2026-02-20",
        (Kind::Date, "Starting date of reporting period") => "2026-01-01",
        (Kind::Date, _) => "2026-06-30",
        (Kind::Text, "Name of the service provider") => "Example Company",
        (Kind::Text, _) => TEXT,
        _ => "0",
    };
    value.to_owned()
}

fn lint_files(files: &[(String, Vec<u8>)]) -> Vec<Finding> {
    let files = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    lint(&Filing::read(files))
}

/// The findings of a report after `change`: code, number of the sheet, row, column, value.
fn after(change: impl FnOnce(&mut Report)) -> Vec<String> {
    let mut report = Report::complete();
    change(&mut report);
    let place = |finding: Finding| {
        let at = report.names.iter().position(|name| *name == finding.file);
        let mut line = format!("{} {}", finding.code, at.map_or(0, |at| at + 1));
        for number in [finding.row, finding.column] {
            let number = number.map_or_else(|| "-".to_owned(), |number| number.to_string());
            write!(line, " {number}").unwrap();
        }
        format!("{line} {}", finding.value).trim_end().to_owned()
    };
    lint_files(&report.files()).into_iter().map(place).collect()
}

#[track_caller]
fn check(change: impl FnOnce(&mut Report), expected: &[&str]) {
    assert_eq!(after(change), expected);
}

#[test]
fn a_report_that_follows_the_template_has_no_findings() {
    check(|_| {}, &[]);
}

#[test]
fn names_and_numbers_of_files_are_checked() {
    check(
        |report| report.names[3] = "Example_2026 - 4_notices.csv".to_owned(),
        &["file-name 4 - - Example_2026 - 4_notices.csv"],
    );
    check(
        |report| {
            report.names.push("4_notices_again.csv".to_owned());
            report.sheets.push(report.sheets[3].clone());
        },
        &["file-name 12 - - 4_notices_again.csv", "sheet-twice 12 - - 4_notices_again.csv"],
    );
    check(
        |report| {
            report.names.remove(1);
            report.sheets.remove(1);
        },
        &["sheet-not-here 0 - - 2_categories_names"],
    );
    check(
        |report| {
            report.names.push("notes.csv".to_owned());
            report.sheets.push(vec![vec!["a".to_owned(), "b".to_owned()]]);
        },
        &["file-unknown 12 - - notes.csv"],
    );
}

#[test]
fn encodings_and_separators_are_survived_and_reported() {
    let mut report = Report::complete();
    report.set(11, (1, 1), "Applicability ");
    let mut files = report.files();
    let at = files[10].1.windows(8).position(|bytes| bytes == b"We look ").unwrap();
    files[10].1[at + 2] = 0x92;
    let codes: Vec<_> = lint_files(&files).iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["not-utf8", "header-trailing-space"]);

    let mut files = Report::complete().files();
    let text = String::from_utf8(files[9].1.clone()).unwrap();
    files[9].1 =
        b"\xFF\xFE".iter().copied().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    files[0].1 = [b"\xEF\xBB\xBF", files[0].1.replace(b",", b";").as_slice()].concat();
    let codes: Vec<_> = lint_files(&files).iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["separator", "not-utf8"]);
}

/// `replace` of strings, for bytes.
trait Replace {
    fn replace(&self, from: &[u8], to: &[u8]) -> Vec<u8>;
}

impl Replace for Vec<u8> {
    fn replace(&self, from: &[u8], to: &[u8]) -> Vec<u8> {
        self.iter().map(|byte| if [*byte] == *from { to[0] } else { *byte }).collect()
    }
}

#[test]
fn headers_are_compared_with_the_template() {
    check(|report| report.set(4, (1, 1), "x"), &["header-corrupt-first-cell 4 1 1 x"]);
    check(
        |report| {
            report.set(11, (1, 4), "Indikator");
            report.set(11, (1, 5), "Wert");
        },
        &["header-text 11 1 - Indikator | Wert"],
    );
    check(
        |report| report.sheets[1].iter_mut().for_each(|row| drop(row.pop())),
        &["header-missing-column 2 1 - Contextual information"],
    );
    check(
        |report| {
            report.sheets[9].iter_mut().for_each(|row| row.extend([String::new(), String::new()]))
        },
        &["header-extra-column 10 1 8  |"],
    );
}

#[test]
fn an_added_column_does_not_move_the_others() {
    check(
        |report| {
            for (index, row) in report.sheets[5].iter_mut().enumerate() {
                let label = if index == 0 { "Category label" } else { "Category 1" };
                row.insert(3, label.to_owned());
            }
            report.set(6, (3, 7), "1,234");
        },
        &[
            "header-extra-column 6 1 4 Category label",
            "total-sum 6 2 7 0",
            "sub-category-sum 6 3 7 1234",
            "thousands-separator 6 3 7 1,234",
        ],
    );
}

#[test]
fn rows_that_are_no_data_are_reported_and_skipped() {
    check(
        |report| {
            report.sheets[9].push(vec![String::new(); 7]);
            report.sheets[9].push(vec!["* an estimate".to_owned(), String::new()]);
        },
        &["blank-row 10 30 -", "stray-text-row 10 31 1 * an estimate"],
    );
}

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
fn rows_of_indicators_are_complete_known_and_unique() {
    check(|report| report.remove(1, 2), &["indicator-missing 1 - 3 Name of the service provider"]);
    check(
        |report| report.set(9, (2, 5), "Number of cats"),
        &[
            "indicator-missing 9 - 5 Number of internal moderators employed by the provider",
            "indicator-unknown 9 2 5 Number of cats",
        ],
    );
    check(
        |report| assert_ne!(report.copy(8, 22), 0),
        &["duplicate-row 8 22 - Number of measures solely taken by automated means / bg"],
    );
    check(|report| report.remove(10, 28), &["member-state-missing 10 - - SI"]);
}

#[test]
fn a_translated_sheet_is_read_by_position() {
    check(
        |report| {
            for row in 1..=28 {
                for column in 1..=7 {
                    if ![2, 3, 6, 7].contains(&column) || row == 1 {
                        report.set(10, (row, column), &format!("mot {column}"));
                    }
                }
            }
            (2..=29).for_each(|row| report.set(10, (row, 1), "All"));
            report.set(10, (29, 4), "mot");
            report.set(10, (29, 5), "mot 5");
            report.set(10, (3, 7), "1.5");
        },
        &["header-text 10 1 - mot 1 | mot 2", "amar-sum 10 2 7 0", "count-decimal 10 3 7 1.5"],
    );
}

#[test]
fn codes_and_labels_are_those_of_the_template() {
    check(|report| report.set(4, (6, 4), "KEYWORD_CATS"), &["category-code 4 6 4 KEYWORD_CATS"]);
    check(
        |report| {
            let row = report.copy(4, 3);
            report.set(4, (row, 4), "STATEMENT_CATEGORY_OTHER_VIOLATION_TC");
        },
        &["category-not-of-sheet 4 93 4 STATEMENT_CATEGORY_OTHER_VIOLATION_TC"],
    );
    check(
        |report| report.set(2, (37, 1), "Category 5z"),
        &["category-missing 2 - 1 Category 6", "category-label 2 37 1 Category 5z"],
    );
    check(|report| assert_ne!(report.copy(2, 4), 0), &["duplicate-row 2 - 1 Category 1a"]);
    check(|report| report.remove(5, 4), &["category-missing 5 - 4 KEYWORD_ANIMAL_HARM"]);
    check(|report| report.remove(5, 6), &["category-missing 5 - 4 Category 1c"]);
    check(
        |report| assert_ne!(report.copy(5, 4), 0),
        &["duplicate-row 5 4 - KEYWORD_ANIMAL_HARM / TOTAL"],
    );
}

#[test]
fn blocks_by_member_state_are_complete() {
    let blocks = |report: &mut Report, without: usize| {
        for row in (2..=92).filter(|row| *row != without) {
            let copy = report.copy(3, row);
            report.set(3, (copy, 6), "AT");
        }
    };
    check(|report| blocks(report, 0), &[]);
    check(|report| blocks(report, 4), &["block-row-missing 3 - 4 KEYWORD_ANIMAL_HARM"]);
    check(
        |report| {
            let copy = report.copy(3, 4);
            report.set(3, (copy, 6), "AT");
        },
        &[],
    );
}

#[test]
fn descriptions_belong_to_other_and_are_no_help_text() {
    let help = "Text to detail the \"Other\" keyword.";
    check(|report| report.set(5, (6, 5), help), &[&format!("other-help-text 5 6 5 {help}")]);
    check(
        |report| {
            [2, 3, 6].iter().for_each(|row| report.set(5, (*row, 6), "4"));
            report.set(5, (6, 5), help);
        },
        &[
            "other-help-text-with-values 5 6 5 Text to detail the \"Other\" keyword.",
            "own-initiative-vs-sheets-5-6 8 7 7 0",
        ],
    );
    check(|report| [2, 3, 6].iter().for_each(|row| report.set(6, (*row, 8), "0")), &[]);
    check(
        |report| [2, 3, 6].iter().for_each(|row| report.set(4, (*row, 12), "4")),
        &["other-no-description 4 6 5"],
    );
    check(|report| report.set(5, (4, 5), "Cats"), &["description-on-named-keyword 5 4 5 Cats"]);
    // Nobody describes three categories alike with a word in quotation marks.
    let translated = "Text zum Stichwort „Sonstiges“";
    let findings =
        after(|report| [6, 13, 21].iter().for_each(|row| report.set(5, (*row, 5), translated)));
    assert!(
        findings.iter().all(|line| line.starts_with("other-help-text 5")) && findings.len() == 3
    );
}

#[test]
fn categories_are_the_sums_of_their_keywords() {
    check(|report| report.set(4, (4, 12), "3"), &["sub-category-sum 4 3 12 0"]);
    check(
        |report| {
            report.set(4, (2, 12), "3");
            report.set(4, (3, 12), "");
            report.set(4, (4, 12), "3");
        },
        &["total-sum 4 2 12 3", "category-blank-sub-rows-not 4 3 12"],
    );
    check(
        |report| {
            (4..=6).for_each(|row| (6..=15).for_each(|column| report.set(4, (row, column), "")));
            report.set(4, (2, 12), "3");
            report.set(4, (3, 12), "3");
        },
        &["category-without-sub-rows 4 3 - 0"],
    );
}

#[test]
fn a_median_lies_between_those_of_its_parts() {
    let medians = |report: &mut Report, all: &str| {
        [(3, all), (4, "20"), (5, "142")].iter().for_each(|(row, hours)| {
            report.set(3, (*row, 10), hours);
        });
    };
    check(|report| medians(report, "0"), &["median-outside-sub-rows 3 3 10 0"]);
    check(|report| medians(report, "142.5"), &["median-outside-sub-rows 3 3 10 142.5"]);
    check(|report| medians(report, "20.5"), &[]);
    check(|report| medians(report, ""), &[]);
}

#[test]
fn member_states_add_up() {
    check(
        |report| {
            report.set(3, (2, 11), "5");
            report.set(3, (3, 11), "5");
            report.set(3, (4, 11), "5");
            let copy = report.copy(3, 2);
            report.set(3, (copy, 6), "AT");
            report.set(3, (copy, 11), "4");
        },
        &["member-state-sum 3 2 11 5"],
    );
    check(|report| report.set(10, (3, 7), "4"), &["amar-sum 10 2 7 0"]);
}

#[test]
fn parts_are_not_more_than_the_whole() {
    check(
        |report| [2, 3, 4].iter().for_each(|row| report.set(5, (*row, 7), "4")),
        &[
            "automated-over-total 5 2 7 4",
            "automated-over-total 5 3 7 4",
            "automated-over-total 5 4 7 4",
        ],
    );
    check(
        |report| [2, 3, 4].iter().for_each(|row| report.set(6, (*row, 21), "4")),
        &[
            "restriction-over-total 6 2 21 4",
            "restriction-over-total 6 3 21 4",
            "restriction-over-total 6 4 21 4",
        ],
    );
    check(
        |report| [2, 3, 4].iter().for_each(|row| report.set(4, (*row, 13), "4")),
        &[
            "trusted-over-total 4 2 13 4",
            "trusted-over-total 4 3 13 4",
            "trusted-over-total 4 4 13 4",
        ],
    );
    check(
        |report| [2, 3, 4].iter().for_each(|row| report.set(3, (*row, 7), "4")),
        &["items-below-orders 3 2 8 0", "items-below-orders 3 3 8 0", "items-below-orders 3 4 8 0"],
    );
}

#[test]
fn complaints_and_moderators_add_up() {
    check(
        |report| report.set(7, (3, 7), "1"),
        &["decisions-sum 7 2 7 0", "complaint-types-sum 7 3 7 1"],
    );
    check(|report| report.set(9, (2, 7), "1"), &["moderators-sum 9 4 7 0"]);
}

#[test]
fn sheets_agree_with_each_other() {
    check(|report| report.set(8, (12, 7), "3"), &["notices-vs-sheet-4 8 13 7 3"]);
    check(|report| report.set(8, (8, 7), "3"), &["own-initiative-vs-sheets-5-6 8 7 7 3"]);
    check(|report| report.set(8, (22, 7), "3"), &["language-sum 8 2 7 0"]);
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

#[test]
fn a_file_beyond_the_limit_is_not_read() {
    let mut files = Report::complete().files();
    files[9].1 = vec![b'x'; crate::filing::FILE_BYTES_MAX + 1];
    let codes: Vec<_> = lint_files(&files).iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["file-cut"]);
}

#[test]
fn too_many_findings_are_counted() {
    let findings = after(|report| {
        for _ in 0..FINDINGS_PER_RULE_MAX + 5 {
            let copy = report.copy(11, 2);
            report.set(11, (copy, 1), "");
            report.set(11, (copy, 4), "x");
        }
    });
    let count = |code: &str| findings.iter().filter(|line| line.starts_with(code)).count();
    assert_eq!(count("applicability 11"), FINDINGS_PER_RULE_MAX);
    assert!(findings.contains(&"findings-cut 11 - - applicability".to_owned()));
}

#[test]
fn every_rule_is_tried_here() {
    let text = include_str!("tests.rs");
    let untried: Vec<_> =
        RULES.iter().map(|rule| rule.code).filter(|code| !text.contains(code)).collect();
    assert!(untried.is_empty(), "{untried:?}");
}

#[test]
fn arbitrary_bytes_are_survived() {
    // A linear congruential generator (Knuth, MMIX): the same bytes in every run.
    let mut state: u64 = 7;
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 40).unwrap()
    };
    for _ in 0..20 {
        let mut files = Report::complete().files();
        for (name, bytes) in &mut files {
            for _ in 0..20 {
                let at = next() % bytes.len();
                bytes[at] = b",\"\n\r;\t\xA1\xFF'%.0"[next() % 12];
            }
            bytes.truncate(next() % (bytes.len() * 2));
            if next() % 4 == 0 {
                *name = format!("{}.csv", next());
            }
        }
        lint_files(&files);
    }
}
