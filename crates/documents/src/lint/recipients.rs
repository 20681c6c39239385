//! Sheet 10: every member state has a row, and they add up to the total.

use super::{
    Findings, Place,
    expected::{Expected, sum, value},
    rules,
};
use crate::published::{Row, Table};
use crate::template::{Kind, MEMBER_STATES, SheetId, TOTAL};

pub(super) fn check(table: &Table, findings: &mut Findings) {
    if table.sheet != Some(SheetId::Recipients) || table.header.is_empty() {
        return;
    }
    let scopes: Vec<_> = table.data().map(|row| table.text(row, Kind::Scope)).collect();
    let is_absent = |state: &&str| !scopes.contains(state);
    let absent: Vec<_> = MEMBER_STATES.into_iter().filter(is_absent).collect();
    if !absent.is_empty() {
        findings.add(&rules::MEMBER_STATE_MISSING, Place::file(table), &absent.join(" "), "");
    }
    let is_total = |row: &&Row| table.text(row, Kind::Scope) == TOTAL;
    let states = Expected {
        rule: &rules::AMAR_SUM,
        row: table.data().find(is_total),
        sum: sum(table.data().filter(|row| !is_total(row)).map(|row| value(table, row))),
        parts: "the member states".to_owned(),
    };
    states.check(table, findings);
}
