//! Arithmetic between the rows of sheets 3 to 6: sums and medians of categories.

use super::{
    Findings, Place,
    expected::{differ, sum},
    groups::{Column, Group, Line, columns, groups, has_figures, lines, numbers, total},
    rules,
};
use crate::published::{
    Row, Table,
    number::{Form, number},
};
use crate::template::{Kind, Level, SheetId, TOTAL};

pub(super) fn check(table: &Table, findings: &mut Findings) {
    if !table.sheet.is_some_and(SheetId::is_by_category) {
        return;
    }
    let lines = lines(table);
    let sheet = Sums { table, counts: columns(table, Kind::Count), hours: hours(table) };
    for ((category, _), group) in &groups(&lines) {
        match group.head {
            Some(head) if category.is_empty() => sheet.check_total(head, group, findings),
            Some(head) => sheet.check_category(head, group, findings),
            None => {}
        }
    }
    sheet.check_member_states(&lines, findings);
}

/// A column of medians, and the position of the count that they are medians of.
type Median = (Column, Option<usize>);

struct Sums<'a> {
    table: &'a Table,
    counts: Vec<Column>,
    hours: Vec<Median>,
}

fn hours(table: &Table) -> Vec<Median> {
    let counts = columns(table, Kind::Count);
    let count = |median: &str| {
        let name = cases(table.sheet?, median);
        counts.iter().find(|column| column.name == name).map(|column| column.at)
    };
    columns(table, Kind::Hours).into_iter().map(|column| (column, count(column.name))).collect()
}

/// The name of the count whose median a column is: orders of the same kind, or notices.
fn cases(sheet: SheetId, median: &str) -> &'static str {
    let is_about = |words: &str| median.contains(words);
    match sheet {
        SheetId::Notices if is_about("Trusted") => {
            "Number of notices received from Trusted flaggers"
        }
        SheetId::Notices => "Number of notices received",
        _ if is_about("to provide information") => "Number of orders to provide information",
        _ => "Number of orders to act against illegal content received",
    }
}

impl Sums<'_> {
    fn check_total(&self, head: &Row, group: &Group<'_>, findings: &mut Findings) {
        for column in &self.counts {
            let value = number(head.cell(column.at)).value;
            let sum = sum(group.parts.iter().map(|row| number(row.cell(column.at))));
            if let Some((value, sum)) = value.zip(sum).filter(|(value, sum)| differ(*value, *sum)) {
                let note = format!("the categories sum to {sum} ({})", column.name);
                let place = Place::cell(self.table, head, column.at);
                findings.add(&rules::TOTAL_SUM, place, &value.to_string(), note);
            }
        }
    }

    fn check_category(&self, head: &Row, group: &Group<'_>, findings: &mut Findings) {
        let is_blank =
            |row: &&Row| numbers(row, &self.counts).all(|number| number.form == Form::Blank);
        if group.parts.iter().all(is_blank) {
            return self.check_without_parts(head, group, findings);
        }
        for column in &self.counts {
            self.check_sum(head, group, column, findings);
        }
        for median in &self.hours {
            self.check_median(head, group, median, findings);
        }
    }

    /// A category with figures, all of whose keywords are blank.
    fn check_without_parts(&self, head: &Row, group: &Group<'_>, findings: &mut Findings) {
        if group.parts.is_empty() || !has_figures(head, &self.counts) {
            return;
        }
        let first = numbers(head, &self.counts).find_map(|number| number.value).unwrap_or(0.0);
        let place = Place::row(self.table, head);
        findings.add(&rules::CATEGORY_WITHOUT_SUB_ROWS, place, &first.to_string(), "");
    }

    fn check_sum(&self, head: &Row, group: &Group<'_>, column: &Column, findings: &mut Findings) {
        let parts = group.parts.iter().map(|row| number(row.cell(column.at)));
        let Some(sum) = sum(parts) else { return };
        let place = Place::cell(self.table, head, column.at);
        let cell = number(head.cell(column.at));
        let note = format!("the keywords sum to {sum} ({})", column.name);
        match (cell.form, cell.value) {
            (Form::Blank, _) if sum > 0.0 => {
                findings.add(&rules::CATEGORY_BLANK_SUB_ROWS_NOT, place, "", note);
            }
            (_, Some(value)) if differ(value, sum) => {
                findings.add(&rules::SUB_CATEGORY_SUM, place, &value.to_string(), note);
            }
            _ => {}
        }
    }

    /// A median of all lies between the medians of its parts. Parts without cases have none, even
    /// if a zero stands there.
    fn check_median(
        &self,
        head: &Row,
        group: &Group<'_>,
        median: &Median,
        findings: &mut Findings,
    ) {
        let (column, cases) = median;
        let value = |row: &Row, at: usize| number(row.cell(at)).value;
        let has_cases = |row: &&&Row| {
            let is_positive = |at: usize| value(row, at).is_some_and(|number| number > 0.0);
            is_positive(column.at) || cases.is_some_and(is_positive)
        };
        let parts = group.parts.iter().filter(has_cases);
        let medians: Vec<_> = parts.filter_map(|row| value(row, column.at)).collect();
        let (low, high) =
            (medians.iter().copied().reduce(f64::min), medians.iter().copied().reduce(f64::max));
        let Some((all, (low, high))) = value(head, column.at).zip(low.zip(high)) else { return };
        if all < low || all > high {
            let note = format!("the keywords have medians from {low} to {high} ({})", column.name);
            let place = Place::cell(self.table, head, column.at);
            findings.add(&rules::MEDIAN_OUTSIDE_SUB_ROWS, place, &all.to_string(), note);
        }
    }

    fn check_member_states(&self, lines: &[Line<'_>], findings: &mut Findings) {
        let Some(head) = total(lines) else { return };
        let is_part = |line: &&Line<'_>| line.level == Level::Total && line.scope != TOTAL;
        let parts: Vec<_> = lines.iter().filter(is_part).map(|line| line.row).collect();
        for column in &self.counts {
            let sum = sum(parts.iter().map(|row| number(row.cell(column.at))));
            let value = number(head.cell(column.at)).value;
            if let Some((value, sum)) = value.zip(sum).filter(|(value, sum)| differ(*value, *sum)) {
                let note = format!("the rows by member state sum to {sum} ({})", column.name);
                let place = Place::cell(self.table, head, column.at);
                findings.add(&rules::MEMBER_STATE_SUM, place, &value.to_string(), note);
            }
        }
    }
}
