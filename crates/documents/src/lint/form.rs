//! The form of a file: name, encoding, header, rows that are no data.

use super::{Findings, Place, rules};
use crate::published::{Encoding, Header, RowClass, Table};
use crate::template::Sheet;

/// How many differing header cells a finding quotes.
const QUOTED_MAX: usize = 2;

pub(super) fn check(table: &Table, findings: &mut Findings) {
    let place = Place::file(table);
    if let Encoding::Other(count) = table.encoding {
        let value = format!("{count} bytes outside ASCII");
        findings.add(&rules::NOT_UTF8, place, &value, "");
    }
    if table.encoding == Encoding::Utf16 {
        findings.add(&rules::NOT_UTF8, place, "UTF-16", "");
    }
    if table.separator != b',' {
        let value = char::from(table.separator).to_string();
        findings.add(&rules::SEPARATOR, place, value.trim(), "");
    }
    if table.is_cut {
        findings.add(&rules::FILE_CUT, place, "", "");
    }
    match table.template() {
        Some(sheet) => check_sheet(table, sheet, findings),
        None => findings.add(&rules::FILE_UNKNOWN, place, &table.name, ""),
    }
}

fn check_sheet(table: &Table, sheet: &Sheet, findings: &mut Findings) {
    let place = Place::file(table);
    let name = table.name.rsplit(['/', '\\']).next().unwrap_or_default();
    if name != sheet.file_name() {
        let note = format!("the file of this sheet is named `{}`: rename it", sheet.file_name());
        findings.add(&rules::FILE_NAME, place, name, note);
    }
    if table.is_cut && table.header.is_empty() {
        return;
    }
    check_header(table, sheet, findings);
    for row in &table.rows {
        match row.class {
            RowClass::Data => {}
            RowClass::Blank => findings.add(&rules::BLANK_ROW, Place::row(table, row), "", ""),
            RowClass::Stray => {
                let at = row.cells().position(|cell| !cell.trim().is_empty()).unwrap_or(0);
                let place = Place::cell(table, row, at);
                findings.add(&rules::STRAY_TEXT_ROW, place, row.cell(at), "");
            }
        }
    }
}

fn check_header(table: &Table, sheet: &Sheet, findings: &mut Findings) {
    let header = Place { row: Some(1), ..Place::file(table) };
    let columns = || sheet.columns.iter().zip(&table.layout.columns);
    for (column, _) in columns().filter(|(_, header)| **header == Header::Missing) {
        findings.add(&rules::HEADER_MISSING_COLUMN, header, column.name, "");
    }
    if let Some(first) = table.layout.extra.first() {
        let cells: Vec<_> = table.layout.extra.iter().map(|at| table.header[*at].trim()).collect();
        let place = Place { column: Some(first + 1), ..header };
        findings.add(&rules::HEADER_EXTRA_COLUMN, place, &cells.join(" | "), "");
    }
    check_words(table, findings);
    for (at, cell) in table.header.iter().enumerate() {
        if cell.trim() != cell && !cell.trim().is_empty() {
            let place = Place { column: Some(at + 1), ..header };
            findings.add(&rules::HEADER_TRAILING_SPACE, place, cell, "");
        }
    }
}

fn check_words(table: &Table, findings: &mut Findings) {
    let header = Place { row: Some(1), ..Place::file(table) };
    let different = |column: &Header| match column {
        Header::Different(at) => Some(*at),
        _ => None,
    };
    let cells: Vec<_> = table.layout.columns.iter().filter_map(different).collect();
    if cells == [0] {
        let place = Place { column: Some(1), ..header };
        let rule = &rules::HEADER_CORRUPT_FIRST_CELL;
        findings.add(rule, place, &table.header[0], "");
    } else if !cells.is_empty() {
        let quoted: Vec<_> =
            cells.iter().take(QUOTED_MAX).map(|at| table.header[*at].trim()).collect();
        let (count, all) = (cells.len(), table.layout.columns.len());
        let note = format!("{count} of {all} header cells differ from the template: restore them");
        findings.add(&rules::HEADER_TEXT, header, &quoted.join(" | "), note);
    }
}
