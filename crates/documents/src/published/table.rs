//! One file of a report: its rows, and where in them the columns of the template stand.

use csv::StringRecord;

use super::{
    Encoding, FILE_BYTES_MAX, Layout, ROWS_MAX,
    decode::{decode, separator},
    name::sheet_of_name,
    sheet::sheet_of_content,
};
use crate::template::{Kind, Sheet, SheetId};

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowClass {
    /// A row of the table.
    Data,
    /// A row without any content.
    Blank,
    /// A remark in one cell, below or beside the table.
    Stray,
}

/// A row below the header.
#[derive(Clone, Debug)]
pub struct Row {
    /// The number that a spreadsheet shows: the header is row 1, cells may hold several lines.
    pub number: usize,
    /// What it is.
    pub class: RowClass,
    cells: StringRecord,
}

/// A file of a report.
#[derive(Clone, Debug)]
pub struct Table {
    /// The name of the file.
    pub name: String,
    /// Which sheet it is, `None` if neither name nor header says so.
    pub sheet: Option<SheetId>,
    /// How its bytes were read.
    pub encoding: Encoding,
    /// What stands between the cells: a comma by RFC 4180.
    pub separator: u8,
    /// The header cells as they stand.
    pub header: Vec<String>,
    /// Where the columns of the template are.
    pub layout: Layout,
    /// All rows below the header.
    pub rows: Vec<Row>,
    /// Whether the file was larger than the limits, so that it was not read to its end.
    pub is_cut: bool,
}

impl Row {
    fn new(number: usize, cells: StringRecord) -> Self {
        let filled = cells.iter().filter(|cell| !cell.trim().is_empty()).take(2).count();
        let class = match filled {
            0 => RowClass::Blank,
            1 => RowClass::Stray,
            _ => RowClass::Data,
        };
        Self { number, class, cells }
    }

    /// The cell at a position of the file, from 0; empty if the row is shorter.
    pub fn cell(&self, position: usize) -> &str {
        self.cells.get(position).unwrap_or_default()
    }

    /// All cells of the row.
    pub fn cells(&self) -> impl Iterator<Item = &str> {
        self.cells.iter()
    }
}

impl Table {
    /// Reads a file; the limits are [`FILE_BYTES_MAX`] and [`ROWS_MAX`].
    pub fn read(name: &str, bytes: &[u8]) -> Self {
        let is_large = bytes.len() > FILE_BYTES_MAX;
        let (text, encoding) = decode(if is_large { &[] } else { bytes });
        let separator = separator(&text);
        let mut records = records(&text, separator);
        let rest = if records.is_empty() { Vec::new() } else { records.split_off(1) };
        let header: Vec<_> = records.iter().flat_map(|record| record.iter()).collect();
        let rows: Vec<_> =
            rest.into_iter().zip(2..).map(|(cells, number)| Row::new(number, cells)).collect();
        let sheet = sheet_of_name(name).or_else(|| sheet_of_content(&header, &rows));
        Self {
            name: name.to_owned(),
            sheet,
            encoding,
            separator,
            layout: sheet.map(|id| Layout::new(id.sheet(), &header)).unwrap_or_default(),
            header: header.into_iter().map(str::to_owned).collect(),
            is_cut: is_large || rows.len() >= ROWS_MAX,
            rows,
        }
    }

    /// The rows of the table, without blank rows and remarks.
    pub fn data(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.class == RowClass::Data)
    }

    /// The sheet of the template, if it is known.
    pub fn template(&self) -> Option<&'static Sheet> {
        self.sheet.map(SheetId::sheet)
    }

    /// The position in the file of a column of the template, from 0.
    pub fn position(&self, column: usize) -> Option<usize> {
        self.layout.columns.get(column).and_then(|header| header.position())
    }

    /// The position in the file of the first column of that kind, from 0.
    pub fn position_of(&self, kind: Kind) -> Option<usize> {
        self.position(self.template()?.position(kind)?)
    }

    /// The trimmed cell of a row in the first column of that kind; empty if there is none.
    pub fn text<'a>(&self, row: &'a Row, kind: Kind) -> &'a str {
        self.position_of(kind).map_or("", |at| row.cell(at).trim())
    }
}

/// The records of a file, with an empty one for each empty line between them, as a spreadsheet
/// counts.
fn records(text: &str, separator: u8) -> Vec<StringRecord> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .from_reader(text.as_bytes());
    let mut records = Vec::new();
    for record in reader.records().map_while(Result::ok) {
        let start = record.position().map_or(0, |position| position.byte());
        let empty = empty_lines(text.as_bytes(), usize::try_from(start).unwrap_or(usize::MAX));
        records.extend(std::iter::repeat_with(StringRecord::new).take(empty));
        records.push(record);
        if records.len() > ROWS_MAX {
            break;
        }
    }
    records.truncate(ROWS_MAX + 1);
    records
}

/// How many empty lines begin at `start`, where a record was looked for.
fn empty_lines(bytes: &[u8], start: usize) -> usize {
    let mut rest = bytes.get(start..).unwrap_or_default();
    let is_inside_crlf = start > 0 && bytes.get(start - 1) == Some(&b'\r');
    if is_inside_crlf && let Some(after) = rest.strip_prefix(b"\n") {
        rest = after;
    }
    let end = rest.iter().position(|byte| !matches!(byte, b'\r' | b'\n')).unwrap_or(rest.len());
    let is_end = |pair: &[u8]| pair[0] == b'\n' || (pair[0] == b'\r' && pair[1] != b'\n');
    rest.get(..=end).unwrap_or_default().windows(2).filter(|pair| is_end(pair)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(text: &str) -> Vec<(usize, RowClass)> {
        let table = Table::read("11_qualitative.csv", text.as_bytes());
        table.rows.iter().map(|row| (row.number, row.class)).collect()
    }

    #[test]
    fn rows_are_numbered_as_in_a_spreadsheet() {
        use RowClass::{Blank, Data, Stray};
        let expected = [(2, Data), (3, Blank), (4, Blank), (5, Stray), (6, Data)];
        assert_eq!(numbers("a,b\n1,\"x\ny\"\n,\n\nnote,\n2,3\n\n"), expected);
        assert_eq!(numbers("a,b\r\n1,\"x\r\ny\"\r\n,\r\n\r\nnote,\r\n2,3"), expected);
    }

    #[test]
    fn cells_are_found_by_kind() {
        let text = "Applicability,Service,Indicator,Value\nAll, Example Video ,x,1\n";
        let table = Table::read("1_report_identification.csv", text.as_bytes());
        assert_eq!(table.text(&table.rows[0], Kind::Service), "Example Video");
        assert_eq!(table.text(&table.rows[0], Kind::Scope), "");
    }

    #[test]
    fn a_file_that_is_too_large_is_not_read() {
        let table = Table::read("4_notices.csv", &vec![b'x'; FILE_BYTES_MAX + 1]);
        assert!(table.is_cut && table.header.is_empty());
    }
}
