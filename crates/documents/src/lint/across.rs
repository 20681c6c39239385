//! What sheets say about each other: automated means against measures and notices, missing and
//! repeated sheets.

use super::{
    Findings, Place, Rule,
    expected::{differ, value},
    groups::{columns, lines, total},
    indicators::find,
    rules,
};
use crate::published::{PublishedReport, number::number};
use crate::template::{AUTOMATED_MEASURES, AUTOMATED_NOTICES, Kind, SHEETS, SheetId};

/// Two indicators of sheet 8 that together are a total of other sheets.
struct Pair {
    rule: &'static Rule,
    indicators: [&'static str; 2],
    scope: &'static str,
    sheets: &'static [SheetId],
    /// Which of the two rows a finding is at.
    place: usize,
}

const PAIRS: [Pair; 2] = [
    Pair {
        rule: &rules::OWN_INITIATIVE_VS_SHEETS_5_6,
        indicators: AUTOMATED_MEASURES,
        scope: "Own-initiative",
        sheets: &[SheetId::OwnIllegal, SheetId::OwnTerms],
        place: 0,
    },
    Pair {
        rule: &rules::NOTICES_VS_SHEET_4,
        indicators: AUTOMATED_NOTICES,
        scope: "NAM Total",
        sheets: &[SheetId::Notices],
        place: 1,
    },
];

pub(super) fn check(report: &PublishedReport, findings: &mut Findings) {
    for sheet in &SHEETS {
        let mut tables = report.tables.iter().filter(|table| table.sheet == Some(sheet.id));
        if tables.next().is_none() {
            findings.add(&rules::SHEET_NOT_HERE, Place::REPORT, sheet.name, "");
        }
        for table in tables {
            findings.add(&rules::SHEET_TWICE, Place::file(table), &table.name, "");
        }
    }
    for pair in &PAIRS {
        check_pair(report, pair, findings);
    }
}

fn check_pair(report: &PublishedReport, pair: &Pair, findings: &mut Findings) {
    let totals: Option<Vec<_>> = pair.sheets.iter().map(|id| first_total(report, *id)).collect();
    let Some(table) = report.table(SheetId::Automated) else { return };
    let Some(expected) = totals.map(|totals| totals.iter().sum::<f64>()) else { return };
    let rows = pair.indicators.map(|indicator| find(table, indicator, pair.scope));
    let values = rows.map(|row| row.and_then(|row| value(table, row).value));
    let at = table.position_of(Kind::Value);
    let row = rows[pair.place].or(rows[1 - pair.place]);
    let Some(((at, row), sum)) = at.zip(row).zip(values.into_iter().flatten().reduce(|a, b| a + b))
    else {
        return;
    };
    if differ(sum, expected) {
        let note = format!("{} is {sum} in all, the other sheets have {expected}", pair.scope);
        findings.add(pair.rule, Place::cell(table, row, at), &sum.to_string(), note);
    }
}

/// The first count of the row `TOTAL`.
fn first_total(report: &PublishedReport, sheet: SheetId) -> Option<f64> {
    let table = report.table(sheet)?;
    let count = columns(table, Kind::Count).into_iter().next()?;
    number(total(&lines(table))?.cell(count.at)).value
}
