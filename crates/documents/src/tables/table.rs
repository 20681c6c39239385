//! Tables as they are written.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, XlsxError};
use serde::{Deserialize, Serialize};

/// A table of an account, with its figures.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = AccountTable))]
pub struct Table {
    /// Its name, also of its file.
    pub name: String,
    /// Its title.
    pub title: String,
    /// The heads of its columns.
    pub header: Vec<String>,
    /// Its rows.
    pub rows: Vec<Vec<String>>,
    /// The ids of the measures in its columns, after those that name the row; in a table with one
    /// column of figures, of its rows.
    #[serde(default)]
    pub measures: Vec<String>,
    /// The places of the columns that name the row.
    #[serde(default)]
    pub names: Vec<usize>,
    /// The places of the columns that hold figures.
    #[serde(default)]
    pub figures: Vec<usize>,
    /// What is to be known of it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

impl Table {
    /// The head of a row: the parts that name it, separated by ` / `; of a total the first alone.
    #[must_use]
    pub fn row_name(&self, row: &[String]) -> String {
        let parts = self.names.iter().filter_map(|at| row.get(*at));
        let named = parts.filter(|part| !part.is_empty()).map(String::as_str);
        named.collect::<Vec<_>>().join(" / ")
    }

    /// Whether it has a row for each measure, and one column of figures.
    pub(super) fn is_tall(&self) -> bool {
        self.header.len() == 2 && self.header[0] == FIGURE
    }

    /// The id of the measure in a cell; `None` if it holds no figure of a measure.
    #[must_use]
    pub fn measure(&self, row: usize, column: usize) -> Option<&str> {
        let at = self.figures.iter().position(|figure| *figure == column)?;
        let at = if self.is_tall() { row } else { at };
        self.measures.get(at).map(String::as_str)
    }

    /// As CSV (RFC 4180).
    ///
    /// # Errors
    ///
    /// None that a table can cause: it is written to memory.
    pub fn csv(&self) -> Result<Vec<u8>, csv::Error> {
        let terminator = csv::Terminator::CRLF;
        let mut writer = csv::WriterBuilder::new().terminator(terminator).from_writer(Vec::new());
        writer.write_record(&self.header)?;
        for row in &self.rows {
            writer.write_record(row)?;
        }
        writer.into_inner().map_err(|error| error.into_error().into())
    }

    /// Several tables as one workbook. It is the same, byte for byte, for the same tables and day.
    ///
    /// # Errors
    ///
    /// [`XlsxError`] if a cell is longer than a spreadsheet allows (32,767 characters).
    pub fn workbook(tables: &[Self], made: jiff::civil::Date) -> Result<Vec<u8>, XlsxError> {
        let mut book = Workbook::new();
        let year = u16::try_from(made.year()).unwrap_or(1970);
        let (month, day) = (made.month().unsigned_abs(), made.day().unsigned_abs());
        let day = ExcelDateTime::from_ymd(year, month, day)?;
        book.set_properties(&DocProperties::new().set_creation_datetime(&day));
        let bold = Format::new().set_bold().set_text_wrap();
        for table in tables {
            // A spreadsheet allows 31 characters.
            let name: String = table.name.chars().take(31).collect();
            let sheet = book.add_worksheet().set_name(&name)?;
            sheet.set_freeze_panes(1, 0)?;
            for (at, cell) in (0..).zip(&table.header) {
                sheet.write_string_with_format(0, at, cell, &bold)?;
            }
            for (row, cells) in (1..).zip(&table.rows) {
                for (at, cell) in (0..).zip(cells) {
                    let is_figure = table.figures.contains(&usize::from(at));
                    match cell.parse::<f64>().ok().filter(|_| is_figure) {
                        Some(number) => sheet.write_number(row, at, number)?,
                        None if cell.is_empty() => continue,
                        None => sheet.write_string(row, at, cell)?,
                    };
                }
            }
        }
        book.save_to_buffer()
    }
}

/// The head of the first column of a table with a row for each measure.
pub const FIGURE: &str = "Figure";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_tables_give_the_same_bytes() {
        let table = Table {
            name: "by_country".to_owned(),
            header: ["Country", "Removed"].map(str::to_owned).to_vec(),
            rows: vec![["FR", "12"].map(str::to_owned).to_vec()],
            names: vec![0],
            figures: vec![1],
            ..Table::default()
        };
        let made = || {
            let day = jiff::civil::Date::constant(2026, 8, 30);
            Table::workbook(std::slice::from_ref(&table), day).unwrap()
        };
        let (one, other) = (made(), made());
        assert!(one == other && one.starts_with(b"PK"));
        assert_eq!(table.csv().unwrap(), b"Country,Removed\r\nFR,12\r\n");
    }
}
