//! The linter of transparency reports: what in a report departs from the template or contradicts
//! itself, each with a stable code and the place where a spreadsheet shows it.
//!
//! It judges form and arithmetic. It does not know whether a figure is true, and it does not judge
//! texts beyond their length and leftovers of the template.

mod across;
mod appeals;
mod automated;
mod categories;
mod cells;
mod dates;
mod expected;
mod form;
mod groups;
mod indicators;
mod parts;
mod recipients;
mod rules;
mod service;
mod sums;

use std::collections::HashMap;

use serde::Serialize;

pub use rules::{RULES, Rule};

use crate::published::{PublishedReport, Row, Table};

/// Findings of one rule in one file beyond this number are counted, not listed; a finding
/// `findings-cut` says how many.
pub const FINDINGS_PER_RULE_MAX: usize = 1_000;

/// Values in findings are shortened to so many characters.
const VALUE_CHARS_MAX: usize = 120;

/// The name of the file in findings that concern the whole report.
pub const REPORT: &str = "(report)";

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Against the template or the Regulation.
    Error,
    /// Figures or forms that contradict each other.
    Warning,
    /// Worth knowing, no fault.
    Note,
}

/// One place where a report departs from the template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The code of the [`Rule`].
    pub code: &'static str,
    /// How grave it is.
    pub level: Level,
    /// The name of the file, or [`REPORT`].
    pub file: String,
    /// The row as a spreadsheet shows it, the header being 1; `None`: the whole file.
    pub row: Option<usize>,
    /// The column, the first being 1; `None`: the whole row.
    pub column: Option<usize>,
    /// What stands there, shortened.
    pub value: String,
    /// What is wrong and what to do.
    pub message: String,
}

/// Checks a report. The findings are in the order of files, rows and columns.
pub fn lint(report: &PublishedReport) -> Vec<Finding> {
    let mut findings = Findings::default();
    for table in &report.tables {
        check_table(table, &mut findings);
    }
    dates::check(report, &mut findings);
    service::check(report, &mut findings);
    across::check(report, &mut findings);
    findings.finish(report)
}

fn check_table(table: &Table, findings: &mut Findings) {
    form::check(table, findings);
    cells::check(table, findings);
    categories::check(table, findings);
    indicators::check(table, findings);
    sums::check(table, findings);
    parts::check(table, findings);
    appeals::check(table, findings);
    automated::check(table, findings);
    recipients::check(table, findings);
}

/// Where something is.
#[derive(Clone, Copy)]
struct Place<'a> {
    file: &'a str,
    row: Option<usize>,
    column: Option<usize>,
}

impl<'a> Place<'a> {
    const REPORT: Place<'static> = Place { file: REPORT, row: None, column: None };

    fn file(table: &'a Table) -> Self {
        Self { file: &table.name, row: None, column: None }
    }

    fn row(table: &'a Table, row: &Row) -> Self {
        Self { row: Some(row.number), ..Self::file(table) }
    }

    /// The cell of `row` at a position of the file, from 0.
    fn cell(table: &'a Table, row: &Row, position: usize) -> Self {
        Self { column: Some(position + 1), ..Self::row(table, row) }
    }
}

/// The findings so far.
#[derive(Default)]
struct Findings {
    list: Vec<Finding>,
    counts: HashMap<(&'static str, String), usize>,
}

impl Findings {
    /// Adds a finding of `rule`; an empty `note` leaves the words of the rule.
    fn add(&mut self, rule: &'static Rule, place: Place<'_>, value: &str, note: impl Into<String>) {
        let count = self.counts.entry((rule.code, place.file.to_owned())).or_default();
        *count += 1;
        if *count > FINDINGS_PER_RULE_MAX {
            return;
        }
        let note = note.into();
        let message = if note.is_empty() { rule.meaning.to_owned() } else { note };
        self.list.push(finding(rule, place, value, message));
    }

    fn finish(mut self, report: &PublishedReport) -> Vec<Finding> {
        let cut = self.counts.iter().filter(|(_, count)| **count > FINDINGS_PER_RULE_MAX);
        for ((code, file), count) in cut {
            let place = Place { file, row: None, column: None };
            let message = format!("{} more findings are not listed", count - FINDINGS_PER_RULE_MAX);
            self.list.push(finding(&rules::FINDINGS_CUT, place, code, message));
        }
        let order: HashMap<_, _> =
            report.tables.iter().map(|table| table.name.as_str()).zip(1..).collect();
        let key = |finding: &Finding| order.get(finding.file.as_str()).copied().unwrap_or(0);
        self.list.sort_by(|a, b| {
            let places = (key(a), a.row, a.column).cmp(&(key(b), b.row, b.column));
            places.then_with(|| (a.code, &a.value).cmp(&(b.code, &b.value)))
        });
        self.list
    }
}

fn finding(rule: &'static Rule, place: Place<'_>, value: &str, message: String) -> Finding {
    let value = value.trim_end_matches(['\r', '\n']);
    Finding {
        code: rule.code,
        level: rule.level,
        file: place.file.to_owned(),
        row: place.row,
        column: place.column,
        value: match value.char_indices().nth(VALUE_CHARS_MAX) {
            Some((end, _)) => format!("{}…", &value[..end]),
            None => value.to_owned(),
        },
        message,
    }
}

#[cfg(test)]
mod tests;
