//! The sheets as one workbook (XLSX).

use jiff::civil::Date;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, XlsxError};

use crate::report::sheets::Table;
use crate::template::Kind;

/// The sheets as a workbook. It is the same, byte for byte, for the same sheets and day.
///
/// # Errors
///
/// [`XlsxError`] if a cell is longer than a spreadsheet allows (32,767 characters).
pub fn workbook(tables: &[Table], made: Date) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let year = u16::try_from(made.year()).unwrap_or(1970);
    let month = made.month().unsigned_abs();
    let day = ExcelDateTime::from_ymd(year, month, made.day().unsigned_abs())?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&day));
    let bold = Format::new().set_bold().set_text_wrap();
    for table in tables {
        let sheet = book.add_worksheet().set_name(table.sheet.name)?;
        sheet.set_freeze_panes(1, 0)?;
        for (row, cells) in (0..).zip(&table.rows) {
            for ((at, column), cell) in (0..).zip(table.sheet.columns).zip(cells) {
                let is_figure = matches!(column.kind, Kind::Count | Kind::Hours | Kind::Value);
                match cell.parse::<f64>().ok().filter(|_| is_figure && row > 0) {
                    Some(number) => sheet.write_number(row, at, number)?,
                    None if row == 0 => sheet.write_string_with_format(row, at, cell, &bold)?,
                    None if cell.is_empty() => continue,
                    None => sheet.write_string(row, at, cell)?,
                };
            }
        }
    }
    book.save_to_buffer()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Figures, Period, Profile, Texts, tables};

    #[test]
    fn the_same_report_gives_the_same_bytes() {
        let period: Period = "2026-H1".parse().unwrap();
        let made = || {
            let (tables, _) =
                tables((&Profile::default(), period), &Figures::default(), &Texts::default());
            workbook(&tables, Date::constant(2026, 8, 30)).unwrap()
        };
        let (one, other) = (made(), made());
        assert!(one == other && one.starts_with(b"PK"));
    }
}
