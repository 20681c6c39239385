//! Lines of bounded length: an endless line is skipped, not collected.

use std::io::{self, BufRead};

/// The result of reading a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// A line; it is in the buffer without its end.
    Whole,
    /// A line over the limit; its beginning is in the buffer.
    TooLong,
    /// The end of the input.
    End,
}

/// Reads the next line into `buffer`, at most `bytes_max` of it.
pub(crate) fn read(
    input: &mut impl BufRead,
    buffer: &mut Vec<u8>,
    bytes_max: usize,
) -> io::Result<Line> {
    buffer.clear();
    let (mut is_too_long, mut has_any) = (false, false);
    loop {
        let bytes = match input.fill_buf() {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let end = memchr::memchr(b'\n', bytes);
        let part = &bytes[..end.unwrap_or(bytes.len())];
        let room = bytes_max - buffer.len();
        is_too_long |= part.len() > room;
        buffer.extend_from_slice(&part[..part.len().min(room)]);
        let consumed = end.map_or(bytes.len(), |end| end + 1);
        has_any |= consumed > 0;
        input.consume(consumed);
        if end.is_some() || consumed == 0 {
            if buffer.last() == Some(&b'\r') && !is_too_long {
                buffer.pop();
            }
            return Ok(match (has_any, is_too_long) {
                (false, _) => Line::End,
                (true, true) => Line::TooLong,
                (true, false) => Line::Whole,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_skipped_and_the_next_is_whole() {
        let mut input = io::BufReader::with_capacity(7, &b"one\r\n0123456789abcdef\n\nlast"[..]);
        let mut buffer = Vec::new();
        let mut next = || {
            let line = read(&mut input, &mut buffer, 10).unwrap();
            (line, String::from_utf8(buffer.clone()).unwrap())
        };
        assert_eq!(next(), (Line::Whole, "one".into()));
        assert_eq!(next(), (Line::TooLong, "0123456789".into()));
        assert_eq!(next(), (Line::Whole, String::new()));
        assert_eq!(next(), (Line::Whole, "last".into()));
        assert_eq!(next(), (Line::End, String::new()));
    }
}
