//! Arithmetic inside a row of sheets 3 to 6: parts that are more than the whole.

use super::{
    Findings, Place, Rule,
    groups::{Column, columns},
    rules,
};
use crate::published::{Row, Table, number::number};
use crate::template::{Kind, SheetId};

/// A whole, a part of it, and the rule that is broken if the part is more.
struct Part {
    whole: Column,
    part: Column,
    rule: &'static Rule,
}

pub(super) fn check(table: &Table, findings: &mut Findings) {
    let counts = columns(table, Kind::Count);
    match table.sheet {
        Some(SheetId::OwnIllegal | SheetId::OwnTerms) => {
            check_rows(table, &measures(&counts), findings);
        }
        Some(SheetId::Notices) => check_rows(table, &trusted(&counts), findings),
        Some(SheetId::Orders) => check_items(table, &counts, findings),
        _ => {}
    }
}

/// All measures are the whole of each kind of restriction.
fn measures(counts: &[Column]) -> Vec<Part> {
    let Some((whole, parts)) = counts.split_first() else { return Vec::new() };
    let rule = |part: &Column| {
        let is_automated = part.name.contains("automated");
        if is_automated { &rules::AUTOMATED_OVER_TOTAL } else { &rules::RESTRICTION_OVER_TOTAL }
    };
    let part = |part: &Column| Part { whole: *whole, part: *part, rule: rule(part) };
    parts.iter().map(part).collect()
}

/// In sheet 4 the figure for trusted flaggers stands right of that for all.
fn trusted(counts: &[Column]) -> Vec<Part> {
    let is_trusted = |column: &Column| column.name.to_lowercase().contains("trusted flagger");
    let pairs = counts.windows(2).filter(|pair| !is_trusted(&pair[0]) && is_trusted(&pair[1]));
    let rule = &rules::TRUSTED_OVER_TOTAL;
    pairs.map(|pair| Part { whole: pair[0], part: pair[1], rule }).collect()
}

fn check_rows(table: &Table, parts: &[Part], findings: &mut Findings) {
    for row in table.data() {
        for part in parts {
            check_part(table, row, part, findings);
        }
    }
}

fn check_part(table: &Table, row: &Row, part: &Part, findings: &mut Findings) {
    let cell = row.cell(part.part.at).trim();
    let numbers = number(row.cell(part.whole.at)).value.zip(number(cell).value);
    if let Some((whole, value)) = numbers.filter(|(whole, value)| value > whole) {
        let note = format!("{} is {value}, {} only {whole}", part.part.name, part.whole.name);
        findings.add(part.rule, Place::cell(table, row, part.part.at), cell, note);
    }
}

fn check_items(table: &Table, counts: &[Column], findings: &mut Findings) {
    let [orders, items, ..] = counts else { return };
    for row in table.data() {
        let cell = row.cell(items.at).trim();
        let numbers = number(row.cell(orders.at)).value.zip(number(cell).value);
        if let Some((orders, _)) = numbers.filter(|(orders, items)| orders > items) {
            let note = format!("{orders} orders concern only {cell} items");
            let place = Place::cell(table, row, items.at);
            findings.add(&rules::ITEMS_BELOW_ORDERS, place, cell, note);
        }
    }
}
