//! CSV and TSV: rows of a table, with quotes that may be broken.
//!
//! A quote that is not closed would swallow the rest of the file. So the lines of a row are kept
//! until the row is complete and as wide as the header. If that does not happen within bounds, the
//! first line is refused and reading continues with the second.

use std::collections::VecDeque;
use std::io::{self, BufRead};

use csv_core::{ReadRecordResult, Reader, ReaderBuilder, Terminator};
use types::Reject;

use crate::lines::{self, Line};
use crate::reader::{Limits, Raw};

/// The most lines that one row may span.
const ROW_LINES_MAX: usize = 200;

/// Splits a table into rows.
pub(crate) struct Rows {
    reader: Reader,
    delimiter: u8,
    /// Lines read but not yet part of a returned row.
    waiting: VecDeque<Vec<u8>>,
    /// The number of the line before the first waiting one.
    line: u64,
    cells: Vec<u8>,
    ends: Vec<usize>,
    /// Number of cells in the last row.
    count: usize,
    /// Number of cells in the header; `None` before it is read.
    pub(crate) width: Option<usize>,
}

/// The result of parsing the first waiting lines.
enum ParsedLine {
    Whole,
    Unfinished,
}

impl Rows {
    pub(crate) fn new(delimiter: u8) -> Self {
        Self {
            // Lines are already split; a carriage return within one is an ordinary character.
            reader: ReaderBuilder::new()
                .delimiter(delimiter)
                .terminator(Terminator::Any(b'\n'))
                .build(),
            delimiter,
            waiting: VecDeque::new(),
            line: 0,
            cells: vec![0; 4096],
            ends: vec![0; 256],
            count: 0,
            width: None,
        }
    }

    /// Reads the next row; its cells are then in [`Rows::cells`], its lines in `buffer`.
    pub(crate) fn next(
        &mut self,
        input: &mut dyn BufRead,
        limits: &Limits,
        buffer: &mut Vec<u8>,
    ) -> io::Result<Option<Raw>> {
        buffer.clear();
        let mut lines = 0;
        loop {
            if lines == self.waiting.len() {
                match self.fetch(input, limits)? {
                    Line::Whole => {}
                    Line::End if lines == 0 => return Ok(None),
                    Line::End => return Ok(Some(self.refuse(lines, Reject::BrokenQuote, buffer))),
                    Line::TooLong if lines == 0 => {
                        let reject = Reject::TooLong(limits.record_bytes_max);
                        return Ok(Some(self.refuse(1, reject, buffer)));
                    }
                    Line::TooLong => {
                        return Ok(Some(self.refuse(lines, Reject::BrokenQuote, buffer)));
                    }
                }
            }
            lines += 1;
            if lines == 1 && self.waiting.front().is_some_and(Vec::is_empty) {
                self.drop_lines(1);
                lines = 0;
                continue;
            }
            let bytes: usize = self.waiting.iter().take(lines).map(Vec::len).sum();
            match self.parse(lines) {
                ParsedLine::Whole => return Ok(Some(self.whole(lines, buffer))),
                ParsedLine::Unfinished
                    if lines < ROW_LINES_MAX && bytes < limits.record_bytes_max => {}
                ParsedLine::Unfinished => {
                    return Ok(Some(self.refuse(lines, Reject::BrokenQuote, buffer)));
                }
            }
        }
    }

    /// The cells of the row last read; refused if they are not UTF-8.
    pub(crate) fn cells(&self) -> Result<Vec<&str>, Reject> {
        let ends = self.ends.get(..self.count).unwrap_or_default();
        let mut start = 0;
        let mut cells = Vec::with_capacity(ends.len());
        for end in ends {
            let cell = self.cells.get(start..*end).unwrap_or_default();
            cells.push(
                std::str::from_utf8(cell)
                    .map_err(|error| Reject::NotUtf8(start + error.valid_up_to()))?,
            );
            start = *end;
        }
        Ok(cells)
    }

    fn fetch(&mut self, mut input: &mut dyn BufRead, limits: &Limits) -> io::Result<Line> {
        let mut line = Vec::new();
        let read = lines::read(&mut input, &mut line, limits.record_bytes_max)?;
        if read != Line::End {
            self.waiting.push_back(line);
        }
        Ok(read)
    }

    /// A complete row: accepted if it is as wide as the header.
    fn whole(&mut self, lines: usize, buffer: &mut Vec<u8>) -> Raw {
        let expected = *self.width.get_or_insert(self.count);
        if self.count == expected && (lines == 1 || self.is_well_quoted(lines)) {
            let place = self.line + 1;
            self.take_lines(lines, buffer);
            return Raw { place, reject: None };
        }
        // A wrong width over several lines: the first line's quote happened to close further down.
        let reject = if lines > 1 {
            Reject::BrokenQuote
        } else {
            Reject::WrongColumns { found: self.count, expected }
        };
        self.refuse(lines, reject, buffer)
    }

    /// Whether every quote that opens a cell of these lines is closed right before a separator. The
    /// parser is lenient there, and an open quote on one line may be closed by another further
    /// down.
    fn is_well_quoted(&self, lines: usize) -> bool {
        let text: Vec<&[u8]> = self.waiting.iter().take(lines).map(Vec::as_slice).collect();
        let text = text.join(&b'\n');
        let (mut is_start, mut is_quoted, mut at) = (true, false, 0);
        while let Some(byte) = text.get(at).copied() {
            let next = text.get(at + 1).copied();
            match (is_quoted, byte) {
                (false, b'"') if is_start => is_quoted = true,
                (true, b'"') if next == Some(b'"') => at += 1,
                (true, b'"') if next.is_some_and(|next| next != self.delimiter) => return false,
                (true, b'"') => is_quoted = false,
                _ => {}
            }
            is_start = !is_quoted && byte == self.delimiter;
            at += 1;
        }
        !is_quoted
    }

    /// Refuses the first waiting line; the others are read again as rows of their own.
    fn refuse(&mut self, _lines: usize, reject: Reject, buffer: &mut Vec<u8>) -> Raw {
        let place = self.line + 1;
        self.take_lines(1, buffer);
        Raw { place, reject: Some(reject) }
    }

    fn take_lines(&mut self, count: usize, buffer: &mut Vec<u8>) {
        for line in self.waiting.drain(..count.min(self.waiting.len())) {
            buffer.extend_from_slice(&line);
            buffer.push(b'\n');
            self.line += 1;
        }
    }

    fn drop_lines(&mut self, count: usize) {
        self.waiting.drain(..count.min(self.waiting.len()));
        self.line += count as u64;
    }

    /// Parses the first `lines` waiting lines.
    fn parse(&mut self, lines: usize) -> ParsedLine {
        self.reader.reset();
        let mut filled = (0, 0);
        for number in 0..lines.min(self.waiting.len()) {
            let line = std::mem::take(&mut self.waiting[number]);
            let is_record = self.feed(&line, &mut filled) || self.feed(b"\n", &mut filled);
            self.waiting[number] = line;
            if is_record {
                self.count = filled.1;
                return if number + 1 == lines {
                    ParsedLine::Whole
                } else {
                    ParsedLine::Unfinished
                };
            }
        }
        ParsedLine::Unfinished
    }

    /// Feeds bytes to the parser; cells grow as needed. True if a record ended.
    fn feed(&mut self, mut bytes: &[u8], (cells, ends): &mut (usize, usize)) -> bool {
        while !bytes.is_empty() {
            let (result, used, wrote, ended) =
                self.reader.read_record(bytes, &mut self.cells[*cells..], &mut self.ends[*ends..]);
            bytes = &bytes[used..];
            *cells += wrote;
            *ends += ended;
            match result {
                ReadRecordResult::OutputFull => self.cells.resize(self.cells.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::Record => return true,
                ReadRecordResult::InputEmpty | ReadRecordResult::End => {}
            }
        }
        false
    }
}
