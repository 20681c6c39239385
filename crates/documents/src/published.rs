//! A report as it was published: files in, tables out, whatever state they are in.
//!
//! Reading never fails and never judges. What departs from the template is kept as it stands, with
//! the row and column where a spreadsheet shows it; [`crate::lint`] says what is wrong.

mod decode;
mod layout;
mod name;
pub mod number;
mod sheet;
mod table;

pub use decode::Encoding;
pub use layout::{Header, Layout};
pub use name::sheet_of_name;
pub use table::{Row, RowClass, Table};

/// Larger files are not read: the largest real sheet has 200 KB, and a reader that takes files from
/// strangers needs a limit.
pub const FILE_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Rows behind this one are not read.
pub const ROWS_MAX: usize = 200_000;

/// A report: the files of one report of one service.
#[derive(Clone, Debug, Default)]
pub struct PublishedReport {
    /// The files in the order of their sheets, then of their names.
    pub tables: Vec<Table>,
}

impl PublishedReport {
    /// Reads files given as name and content. The name decides which sheet a file is; if it says
    /// nothing, the header does.
    pub fn read<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Self {
        let mut tables: Vec<_> =
            files.into_iter().map(|(name, bytes)| Table::read(name, bytes)).collect();
        let key =
            |table: &Table| (table.sheet.map_or(u8::MAX, |id| id.number()), table.name.clone());
        tables.sort_by_cached_key(key);
        Self { tables }
    }

    /// The first file that is that sheet.
    pub fn table(&self, sheet: crate::template::SheetId) -> Option<&Table> {
        self.tables.iter().find(|table| table.sheet == Some(sheet))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::SheetId;

    #[test]
    fn files_come_in_the_order_of_their_sheets() {
        let report = PublishedReport::read([
            ("10_AMAR.csv", &b"a"[..]),
            ("x.csv", b"b"),
            ("4_notices.csv", b"c"),
        ]);
        let sheets: Vec<_> = report.tables.iter().map(|table| table.sheet).collect();
        assert_eq!(sheets, [Some(SheetId::Notices), Some(SheetId::Recipients), None]);
    }
}
