//! Cells one by one: words of the template, numbers, scopes, spaces.

use super::{Findings, Place, Rule, indicators::Indicators, rules};
use crate::published::{
    Row, Table,
    number::{Form, number},
};
use crate::template::{
    Applicability, Kind, LANGUAGES, MEMBER_STATES, SheetId, TEXT_CHARS_MAX, TOTAL, plain,
};

/// What stands in place of a text, in lower case. The template's own is `Free text`.
const PLACEHOLDERS: [&str; 20] = [
    "-",
    "--",
    "...",
    "[...]",
    "freitext",
    "free text",
    "idem",
    "lorem ipsum",
    "n/a",
    "na",
    "same as above",
    "see above",
    "see below",
    "tbc",
    "tbd",
    "testo libero",
    "text",
    "texte libre",
    "texto libre",
    "todo",
];

pub(super) fn check(table: &Table, findings: &mut Findings) {
    let Some(sheet) = table.template() else { return };
    let indicators = Indicators::new(table);
    let columns: Vec<_> = sheet
        .columns
        .iter()
        .zip(&table.layout.columns)
        .filter_map(|(column, header)| Some((column.kind, header.position()?)))
        .collect();
    for (index, row) in table.data().enumerate() {
        for (kind, at) in &columns {
            let kind = if *kind == Kind::Value { indicators.kind(index) } else { *kind };
            check_cell(table, (row, *at), kind, findings);
        }
    }
}

/// A row and a position in it.
type Cell<'a> = (&'a Row, usize);

fn check_cell(table: &Table, (row, at): Cell<'_>, kind: Kind, findings: &mut Findings) {
    let cell = row.cell(at);
    let place = Place::cell(table, row, at);
    if let Some(rule) = space_rule(kind).filter(|_| is_padded(cell)) {
        findings.add(rule, place, cell, "");
    }
    let found = match kind {
        Kind::Applicability => words(cell),
        Kind::Scope => scope(table.sheet, cell),
        Kind::Count => count(table.sheet, cell),
        Kind::Hours => hours(cell),
        Kind::Share => share(cell),
        Kind::Text if table.sheet == Some(SheetId::Qualitative) => text(cell),
        _ => None,
    };
    if let Some((rule, note)) = found {
        findings.add(rule, place, cell.trim(), note);
    }
    if kind == Kind::Indicator
        && cell.contains(['’', '\u{fffd}'])
        && table.sheet == Some(SheetId::Qualitative)
    {
        findings.add(&rules::INDICATOR_APOSTROPHE, place, cell.trim(), "");
    }
}

/// A rule that the cell breaks, and words of its own.
type Found = Option<(&'static Rule, &'static str)>;

fn is_padded(cell: &str) -> bool {
    cell.trim() != cell && !cell.trim().is_empty()
}

fn space_rule(kind: Kind) -> Option<&'static Rule> {
    match kind {
        Kind::Section => Some(&rules::SECTION_TRAILING_SPACE),
        Kind::Indicator => Some(&rules::INDICATOR_TRAILING_SPACE),
        Kind::Scope => Some(&rules::SCOPE_TRAILING_SPACE),
        Kind::Count | Kind::Hours | Kind::Share | Kind::Date | Kind::Period => {
            Some(&rules::CELL_SPACE)
        }
        Kind::Category | Kind::Applicability | Kind::Label => Some(&rules::CELL_SPACE),
        _ => None,
    }
}

fn words(cell: &str) -> Found {
    Applicability::parse(&plain(cell)).is_none().then_some((&rules::APPLICABILITY, ""))
}

fn scope(sheet: Option<SheetId>, cell: &str) -> Found {
    let scope = plain(cell);
    let scope = scope.as_ref();
    let is_language = LANGUAGES.contains(&scope);
    let is_known = match sheet? {
        SheetId::Orders | SheetId::Recipients => scope == TOTAL || MEMBER_STATES.contains(&scope),
        SheetId::Appeals => super::appeals::is_scope(scope),
        SheetId::Automated => is_language || super::automated::is_scope(scope),
        _ => is_language || scope == "Total number",
    };
    let is_state = MEMBER_STATES.contains(&scope.to_uppercase().as_str());
    let note = match sheet? {
        SheetId::Orders | SheetId::Recipients if is_state => {
            "member states are written in upper case"
        }
        SheetId::Automated | SheetId::Staff if is_state => {
            "not an official language: the code of a member state, or one in upper case"
        }
        _ => "",
    };
    (!is_known).then_some((&rules::SCOPE, note))
}

fn count(sheet: Option<SheetId>, cell: &str) -> Found {
    // Annex II, section 1.7, counts moderators in full-time equivalents, yet the column of whole
    // numbers is the same in all sheets.
    let decimal = match sheet {
        Some(SheetId::Staff) => "a decimal: round full-time equivalents, or explain them beside it",
        _ => "",
    };
    match number(cell).form {
        Form::Blank | Form::Whole => None,
        Form::Decimal => Some((&rules::COUNT_DECIMAL, decimal)),
        Form::Grouped => Some((&rules::THOUSANDS_SEPARATOR, "")),
        Form::Percent | Form::Words => Some((&rules::COUNT_NOT_NUMBER, "")),
    }
}

fn hours(cell: &str) -> Found {
    match number(cell).form {
        Form::Blank | Form::Whole | Form::Decimal => None,
        Form::Grouped => Some((&rules::THOUSANDS_SEPARATOR, "")),
        Form::Percent | Form::Words => Some((&rules::MEDIAN_NOT_NUMBER, "")),
    }
}

fn share(cell: &str) -> Found {
    let number = number(cell);
    let is_share = match number.form {
        Form::Blank => true,
        Form::Whole | Form::Decimal => number.value.is_some_and(|value| value <= 1.0),
        _ => false,
    };
    (!is_share).then_some((&rules::PERCENTAGE, ""))
}

fn text(cell: &str) -> Found {
    let words = plain(cell).trim_end_matches('.').to_lowercase();
    if PLACEHOLDERS.contains(&words.as_str()) || (words.is_empty() && !cell.trim().is_empty()) {
        return Some((&rules::TEXT_PLACEHOLDER, ""));
    }
    (cell.chars().nth(TEXT_CHARS_MAX).is_some()).then_some((&rules::TEXT_TOO_LONG, ""))
}
