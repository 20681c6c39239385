//! The rows of sheets 1 and 7 to 11: which row of the template each is, what is absent or twice.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{Findings, Place, rules};
use crate::published::{Row, Table};
use crate::template::{IndicatorRow, Kind, LANGUAGES, SheetId, indicator_rows, indicators, plain};

/// The rows of a file matched with those of the template.
pub(super) struct Indicators {
    rows: Vec<Option<IndicatorRow>>,
}

impl Indicators {
    /// Rows are matched by their words; in a file that has none of the template's indicators, a
    /// translation, by position.
    pub(super) fn new(table: &Table) -> Self {
        let template = table.sheet.map(indicator_rows).unwrap_or_default();
        let by_words: HashMap<_, _> =
            template.iter().map(|row| ((row.indicator, row.scope), *row)).collect();
        let by_indicator: HashMap<_, _> =
            template.iter().rev().map(|row| (row.indicator, *row)).collect();
        let find = |row: &Row| {
            let (indicator, scope) = key(table, row);
            let exact = by_words.get(&(indicator.as_ref(), scope.as_ref()));
            exact.or_else(|| by_indicator.get(indicator.as_ref())).copied()
        };
        let mut rows: Vec<_> = table.data().map(find).collect();
        if rows.iter().all(Option::is_none) {
            let positions = template.iter().take(LANGUAGE_FREE_MAX).copied().map(Some);
            rows = positions.chain(std::iter::repeat(None)).take(rows.len()).collect();
        }
        Self { rows }
    }

    /// The kind of the value in the data row with that index.
    pub(super) fn kind(&self, index: usize) -> Kind {
        self.rows.get(index).copied().flatten().map_or(Kind::Value, |row| row.kind)
    }
}

/// No sheet has more rows before the first that providers repeat for each language.
const LANGUAGE_FREE_MAX: usize = 47;

/// Indicator and scope of a row, as they are compared with the template.
fn key<'a>(table: &Table, row: &'a Row) -> (std::borrow::Cow<'a, str>, std::borrow::Cow<'a, str>) {
    (plain(table.text(row, Kind::Indicator)), plain(table.text(row, Kind::Scope)))
}

/// The first row with that indicator and scope.
pub(super) fn find<'a>(table: &'a Table, indicator: &str, scope: &str) -> Option<&'a Row> {
    let is = |row: &Row, kind, words: &str| plain(table.text(row, kind)) == words;
    let mut rows = table.data();
    rows.find(|row| is(row, Kind::Scope, scope) && is(row, Kind::Indicator, indicator))
}

pub(super) fn check(table: &Table, findings: &mut Findings) {
    let Some(sheet) = table.sheet.filter(|_| !table.header.is_empty()) else { return };
    let known = indicators(sheet);
    if known.is_empty() {
        return;
    }
    check_twice(table, findings);
    let names: Vec<_> = table.data().map(|row| key(table, row).0).collect();
    let is_translated = !names.iter().any(|name| known.contains(&name.as_ref()));
    // The identification of a report must be found without knowing the language.
    if !is_translated || sheet == SheetId::Identification {
        check_missing(table, sheet, findings);
    }
    if !is_translated {
        check_unknown(table, &known, findings);
    }
    if sheet == SheetId::Staff {
        check_languages(table, findings);
    }
}

fn check_missing(table: &Table, sheet: SheetId, findings: &mut Findings) {
    let keys: HashSet<_> = table.data().map(|row| key(table, row)).collect();
    let names: HashSet<_> = keys.iter().map(|(indicator, _)| indicator.as_ref()).collect();
    let column = table.position_of(Kind::Indicator).map(|at| at + 1);
    let place = Place { column, ..Place::file(table) };
    let absent = |name: &&&str| !names.contains(**name);
    for name in indicators(sheet).iter().filter(absent) {
        findings.add(&rules::INDICATOR_MISSING, place, name, "");
    }
    // Languages are of large platforms only; member states have a rule of their own.
    let is_optional =
        |row: &IndicatorRow| LANGUAGES.contains(&row.scope) || sheet == SheetId::Recipients;
    for row in indicator_rows(sheet).iter().filter(|row| !is_optional(row)) {
        let is_there = keys.contains(&(row.indicator.into(), row.scope.into()));
        if !is_there && names.contains(row.indicator) {
            let value = format!("{} / {}", row.indicator, row.scope);
            findings.add(&rules::SCOPE_MISSING, place, &value, "");
        }
    }
}

fn check_unknown(table: &Table, known: &[&str], findings: &mut Findings) {
    let Some(at) = table.position_of(Kind::Indicator) else { return };
    for row in table.data() {
        if !known.contains(&key(table, row).0.as_ref()) {
            let place = Place::cell(table, row, at);
            findings.add(&rules::INDICATOR_UNKNOWN, place, row.cell(at).trim(), "");
        }
    }
}

fn check_twice(table: &Table, findings: &mut Findings) {
    let mut rows: BTreeMap<_, Vec<&Row>> = BTreeMap::new();
    for row in table.data() {
        // Accuracy is reported for each system, which providers name in the section.
        let section = plain(table.text(row, Kind::Section));
        rows.entry((key(table, row), section)).or_default().push(row);
    }
    for (((indicator, scope), _), rows) in rows.into_iter().filter(|(_, rows)| rows.len() > 1) {
        let note = format!("{} rows with the same indicator and scope: keep one", rows.len());
        let value = format!("{indicator} / {scope}");
        let place = Place::row(table, rows[0]);
        findings.add(&rules::DUPLICATE_ROW, place, value.trim_end_matches(" / "), note);
    }
}

fn check_languages(table: &Table, findings: &mut Findings) {
    let scopes: Vec<_> = table.data().map(|row| table.text(row, Kind::Scope)).collect();
    let absent: Vec<_> = LANGUAGES.iter().filter(|code| !scopes.contains(code)).copied().collect();
    if !absent.is_empty() {
        findings.add(&rules::LANGUAGE_MISSING, Place::file(table), &absent.join(" "), "");
    }
}
