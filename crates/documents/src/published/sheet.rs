//! Which sheet a file is, from its content, when its name does not say so.

use super::Row;
use crate::template::{Kind, SHEETS, Sheet, SheetId, indicator_rows, plain};

/// The sheet whose header these cells are; sheets with the same header are told apart by the section
/// or category column.
pub(super) fn sheet_of_content(header: &[&str], rows: &[Row]) -> Option<SheetId> {
    let cells: Vec<_> = header.iter().map(|cell| plain(cell).to_lowercase()).collect();
    let is_like = |sheet: &&Sheet| {
        let found = sheet.header().filter(|name| cells.contains(&name.to_lowercase())).count();
        // One cell may be overwritten, and columns may be added.
        found + 1 >= sheet.columns.len() && cells.len() >= sheet.columns.len()
    };
    let mut like: Vec<_> = SHEETS.iter().filter(is_like).collect();
    like.sort_by_key(|sheet| std::cmp::Reverse(likeness(sheet, &cells, rows)));
    like.first().map(|sheet| sheet.id)
}

/// Cells of the header with the words of the sheet, and whether the first section is one of its own.
fn likeness(sheet: &Sheet, cells: &[String], rows: &[Row]) -> (bool, usize) {
    let at = cells.iter().position(|cell| cell == "section");
    let section = at.and_then(|at| rows.first().map(|row| plain(row.cell(at))));
    let sections = indicator_rows(sheet.id);
    let has_section = sheet.position(Kind::Section).is_some()
        && section.is_some_and(|name| sections.iter().any(|row| row.section == name));
    let found = sheet.header().filter(|name| cells.contains(&name.to_lowercase())).count();
    (has_section, found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::published::Table;
    use crate::template::section;

    #[test]
    fn each_sheet_is_recognised_by_its_content() {
        for sheet in &SHEETS {
            let quoted: Vec<_> =
                sheet.header().map(|name| format!("\"{}\"", name.replace('"', "\"\""))).collect();
            let indicator = indicator_rows(sheet.id).first().map_or("", |row| row.indicator);
            let section = section(sheet.id, indicator).unwrap_or_default();
            let text = format!("{}\nAll,Example Video,x,{section}\n", quoted.join(","));
            let table = Table::read("export.csv", text.as_bytes());
            assert_eq!(table.sheet, Some(sheet.id), "{}", sheet.name);
        }
        assert_eq!(Table::read("export.csv", b"a,b,c\n1,2,3\n").sheet, None);
    }
}
