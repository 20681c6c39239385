//! The sheets of a workbook: who reports, on what, under which ledger, and what is said, before the
//! tables.

use documents::account::Regime;
use documents::tables::{Section, Table};

use crate::reports::making::DSA;
use crate::reports::manifest::Manifest;

/// The longest text in a cell: a spreadsheet takes 32,767 characters.
const CELL_CHARS_MAX: usize = 30_000;

/// The sheets of a report in its `version`: of the harmonised one those of the template alone.
#[must_use]
pub fn sheets(
    manifest: &Manifest,
    version: u64,
    sections: &[Section],
    tables: &[Table],
) -> Vec<Table> {
    if manifest.report == DSA {
        return tables.to_vec();
    }
    let mut sheets = vec![about(manifest, version), texts(sections)];
    sheets.extend(tables.iter().cloned());
    sheets
}

fn about(manifest: &Manifest, version: u64) -> Table {
    let regime = Regime::named(&manifest.report);
    let version = match &manifest.corrects {
        None => version.to_string(),
        Some(old) => format!("{version}, correction of version {}: {}", old.version, old.reason),
    };
    let head = match &manifest.head {
        None => "an empty ledger".to_owned(),
        Some(head) => format!("{} entries of the ledger, tree head {}", head.size, head.root),
    };
    let rows = [
        ("Service", manifest.profile.service.clone()),
        ("Provider", manifest.profile.provider.clone()),
        ("Report", regime.map_or(manifest.report.as_str(), |regime| regime.title).to_owned()),
        ("Law", regime.map_or("", |regime| regime.law).to_owned()),
        ("Period", manifest.period.clone()),
        ("Version", version),
        ("Counted under", head),
        ("Outcomes known at", manifest.known_at.to_string()),
    ];
    sheet("about", ["About", ""], rows.map(|(name, text)| (name.to_owned(), text)).to_vec())
}

/// A row for each paragraph, so that none is too long for a cell.
fn texts(sections: &[Section]) -> Table {
    let mut rows = Vec::new();
    for section in sections {
        for paragraph in section.text.split("\n\n").filter(|text| !text.trim().is_empty()) {
            let chars: Vec<char> = paragraph.chars().collect();
            for part in chars.chunks(CELL_CHARS_MAX) {
                rows.push((section.title.clone(), part.iter().collect()));
            }
        }
    }
    sheet("texts", ["Title", "Text"], rows)
}

fn sheet(name: &str, header: [&str; 2], rows: Vec<(String, String)>) -> Table {
    Table {
        name: name.to_owned(),
        header: header.map(str::to_owned).to_vec(),
        rows: rows.into_iter().map(|(name, text)| vec![name, text]).collect(),
        names: vec![0],
        ..Table::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_longer_than_a_cell_does_not_break_the_workbook() {
        let text = format!("{}\n\nshort", "ă".repeat(70_000));
        let section = Section { title: "(a)".to_owned(), text, ..Section::default() };
        let table = texts(&[section]);
        assert_eq!(table.rows.len(), 4);
        let day = jiff::civil::Date::constant(2026, 8, 30);
        assert!(Table::workbook(&[table], day).is_ok());
    }
}
