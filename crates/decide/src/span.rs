//! The place of a part of a TOML string in the file.

use std::ops::Range;

/// Maps offsets in the value of a TOML string to offsets in the file.
#[derive(Clone, Debug)]
pub(crate) struct TomlPlace {
    /// The span of the literal in the file, quotes included.
    pub(crate) literal: Range<usize>,
    /// File offset of each byte of the value, and of its end; empty if it is `start + at`.
    offsets: Vec<usize>,
    start: usize,
}

impl TomlPlace {
    /// The place of a text that is a file by itself.
    pub(crate) fn plain(text: &str) -> Self {
        Self { literal: 0..text.len(), offsets: Vec::new(), start: 0 }
    }

    /// The place of the string literal at `literal` in `file`.
    #[must_use]
    pub(crate) fn new(file: &str, literal: Range<usize>) -> Self {
        let text = file.get(literal.clone()).unwrap_or_default();
        let quote = if text.starts_with("'''") || text.starts_with("\"\"\"") { 3 } else { 1 };
        let mut start = literal.start + quote.min(text.len());
        if quote == 3 {
            let rest = &file[start..];
            start += usize::from(rest.starts_with('\r'));
            start += usize::from(file[start..].starts_with('\n'));
        }
        let end = literal.end.saturating_sub(quote).max(start);
        let inner = file.get(start..end).unwrap_or_default();
        let has_escapes = text.starts_with('"') && inner.contains('\\') || inner.contains('\r');
        let offsets = if has_escapes { offsets(inner, start) } else { Vec::new() };
        Self { literal, offsets, start }
    }

    /// The span in the file for a span of the value.
    #[must_use]
    pub(crate) fn span(&self, value: Range<usize>) -> Range<usize> {
        let at = |offset: usize| match self.offsets.get(offset) {
            Some(at) => *at,
            None if self.offsets.is_empty() => (self.start + offset).min(self.literal.end),
            None => self.literal.end,
        };
        let (start, end) = (at(value.start), at(value.end));
        start..end.max(start)
    }
}

/// The file offset of each byte of the value of a basic string with escapes.
fn offsets(inner: &str, start: usize) -> Vec<usize> {
    let mut offsets = Vec::with_capacity(inner.len() + 1);
    let mut chars = inner.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let bytes = match c {
            '\r' => 0,
            '\\' => escape(inner, at, &mut chars),
            c => c.len_utf8(),
        };
        offsets.extend(std::iter::repeat_n(start + at, bytes));
    }
    offsets.push(start + inner.len());
    offsets
}

/// Skips an escape and returns the number of bytes of its value.
fn escape(
    inner: &str,
    at: usize,
    chars: &mut std::iter::Peekable<std::str::CharIndices<'_>>,
) -> usize {
    let digits = match chars.next() {
        Some((_, 'u')) => 4,
        Some((_, 'U')) => 8,
        Some((_, 'x')) => 2,
        Some((_, c)) if c.is_whitespace() => {
            while chars.next_if(|(_, c)| c.is_whitespace()).is_some() {}
            return 0;
        }
        _ => return 1,
    };
    let code = inner.get(at + 2..at + 2 + digits).unwrap_or_default();
    for _ in 0..digits {
        chars.next();
    }
    u32::from_str_radix(code, 16).ok().and_then(char::from_u32).map_or(1, char::len_utf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(file: &str, value: &str, piece: &str) {
        let literal = file.find(['"', '\'']).unwrap()..file.rfind(['"', '\'']).unwrap() + 1;
        let at = value.find(piece).unwrap();
        let span = TomlPlace::new(file, literal).span(at..at + piece.len());
        assert_eq!(&file[span], piece);
    }

    #[test]
    fn pieces_of_all_kinds_of_strings_are_found_in_the_file() {
        check("when = 'a && bad'", "a && bad", "bad");
        check("when = '''\na\n&& bad'''", "a\n&& bad", "bad");
        check(r#"when = "x == \"é\" && bad""#, "x == \"é\" && bad", "bad");
        check(r#"when = "\u00e9 \\ bad""#, "é \\ bad", "bad");
        check("when = \"\"\"a \\\n   bad\"\"\"", "a bad", "bad");
    }
}
