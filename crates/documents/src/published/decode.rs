//! Bytes to text: UTF-8 as the template asks, and what spreadsheets write instead.

use std::borrow::Cow;

/// How the bytes of a file were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a byte-order mark.
    Utf8,
    /// UTF-16 with a byte-order mark.
    Utf16,
    /// Something else, such as GBK or Windows-1252. Every byte that is not ASCII and not UTF-8 was
    /// replaced; so many bytes are not ASCII.
    Other(usize),
}

/// The text of `bytes` without a byte-order mark.
pub(super) fn decode(bytes: &[u8]) -> (Cow<'_, str>, Encoding) {
    match bytes {
        [0xFF, 0xFE, rest @ ..] => (utf16(rest, u16::from_le_bytes), Encoding::Utf16),
        [0xFE, 0xFF, rest @ ..] => (utf16(rest, u16::from_be_bytes), Encoding::Utf16),
        _ => utf8(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)),
    }
}

fn utf8(bytes: &[u8]) -> (Cow<'_, str>, Encoding) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (Cow::Borrowed(text), Encoding::Utf8),
        Err(_) => {
            let count = bytes.iter().filter(|byte| !byte.is_ascii()).count();
            (String::from_utf8_lossy(bytes), Encoding::Other(count))
        }
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Cow<'_, str> {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let chars = char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER));
    Cow::Owned(chars.collect())
}

/// The separator of the cells: the comma of RFC 4180, or the semicolon or tab of a spreadsheet that
/// has another language, whichever the first line has most.
pub(super) fn separator(text: &str) -> u8 {
    let line = text.split(['\n', '\r']).find(|line| !line.is_empty()).unwrap_or_default();
    let count = |separator: u8| line.bytes().filter(|byte| *byte == separator).count();
    // Of equals the last is taken, so the comma comes last.
    b"\t;,".iter().copied().max_by_key(|separator| count(*separator)).unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_no_text() {
        assert_eq!(decode(b"\xEF\xBB\xBFScope"), (Cow::Borrowed("Scope"), Encoding::Utf8));
        assert_eq!(decode(b"\xFF\xFES\0c\0").0, "Sc");
        assert_eq!(decode(b"\xFE\xFF\0S\0c").0, "Sc");
    }

    #[test]
    fn other_encodings_are_survived() {
        assert_eq!(
            decode(b"providers\x92 own"),
            ("providers\u{fffd} own".into(), Encoding::Other(1))
        );
    }

    #[test]
    fn the_separator_is_what_the_header_has_most() {
        assert_eq!(separator("a;b;c\n1,2"), b';');
        assert_eq!(separator("a\tb"), b'\t');
        assert_eq!(separator("a,b;c"), b',');
        assert_eq!(separator(""), b',');
    }
}
