//! A value of sheets 7 to 10 that should be the sum of others.

use super::{Findings, Place, Rule};
use crate::published::{
    Row, Table,
    number::{Number, number},
};
use crate::template::Kind;

/// Sums of decimals are compared with this tolerance; whole numbers are exact far above it.
const TOLERANCE: f64 = 1e-6;

/// What numbers add up to; `None` if there is none.
pub(super) fn sum(numbers: impl IntoIterator<Item = Number>) -> Option<f64> {
    numbers.into_iter().filter_map(|number| number.value).reduce(|sum, value| sum + value)
}

/// Whether two sums are not the same.
pub(super) fn differ(one: f64, other: f64) -> bool {
    (one - other).abs() > TOLERANCE * one.abs().max(1.0)
}

/// A row whose value should be a sum.
pub(super) struct Expected<'a> {
    pub(super) rule: &'static Rule,
    /// The row of the total; nothing is compared without it.
    pub(super) row: Option<&'a Row>,
    /// What the parts add up to; nothing is compared without it.
    pub(super) sum: Option<f64>,
    /// What the parts are, such as `the outcomes of …`.
    pub(super) parts: String,
}

impl Expected<'_> {
    /// Reports the value if it is a number other than the sum.
    pub(super) fn check(self, table: &Table, findings: &mut Findings) {
        let value = table.position_of(Kind::Value).zip(self.row).zip(self.sum);
        let Some(((at, row), sum)) = value else { return };
        let cell = row.cell(at).trim();
        if number(cell).value.is_some_and(|value| differ(value, sum)) {
            let note = format!("{} sum to {sum}", self.parts);
            findings.add(self.rule, Place::cell(table, row, at), cell, note);
        }
    }
}

/// The number in the value column of a row.
pub(super) fn value(table: &Table, row: &Row) -> Number {
    number(table.text(row, Kind::Value))
}
