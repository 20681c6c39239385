//! Tests of the rules, with a made-up report that follows the template and one fault each.

mod cells;
mod form;
mod rows;
mod sums;

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
        Self { names, sheets: SHEETS.iter().map(sheet_rows).collect() }
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

fn sheet_rows(sheet: &Sheet) -> Vec<Vec<String>> {
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
    lint(&PublishedReport::read(files))
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
    let text = [
        include_str!("tests.rs"),
        include_str!("tests/cells.rs"),
        include_str!("tests/form.rs"),
        include_str!("tests/rows.rs"),
        include_str!("tests/sums.rs"),
    ];
    let untried: Vec<_> = RULES
        .iter()
        .map(|rule| rule.code)
        .filter(|code| !text.iter().any(|text| text.contains(code)))
        .collect();
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
