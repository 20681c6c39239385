//! Cuts a text into tokens and gives the views of each: how it is written, and what it may hide.
//!
//! The order of the views follows the project's algorithms reference §4.3. Plain ASCII words take a
//! fast path: lower-case, hash, done.

use crate::cut::{cut, latin_shape, squash};
use crate::fold::{Class, class, fold, is_plain, leet, script};
use crate::table::hash;

/// How a found term was written, from undisguised to well hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Disguise {
    /// As in the list, but for case and compatibility forms.
    Plain,
    /// With invisible characters.
    Invisible,
    /// With letters of another script that look the same.
    LookAlike,
    /// With digits and symbols for letters.
    Leet,
    /// With letters repeated.
    Repeats,
    /// With its letters spaced.
    Spaced,
}

impl Disguise {
    /// Its name in evidence.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Invisible => "invisible",
            Self::LookAlike => "look_alike",
            Self::Leet => "leet",
            Self::Repeats => "repeats",
            Self::Spaced => "spaced",
        }
    }
}

/// One reading of a token.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Variant {
    pub(crate) hash: u64,
    /// Its range in the buffer of [`Tokens`].
    pub(crate) range: (u32, u32),
    pub(crate) view: Disguise,
}

/// A token of the text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TokenPlace {
    /// Byte offsets in the text.
    pub(crate) span: (usize, usize),
    pub(crate) kind: PlaceKind,
}

/// The role of a token among the tokens around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PlaceKind {
    /// An ordinary token.
    Token,
    /// A single letter, perhaps the first of several spaced ones.
    FirstLetter,
    /// The word spelt by the spaced letters since the last [`PlaceKind::FirstLetter`].
    Spelt,
}

/// Longer tokens are cut; no word has that many bytes.
const TOKEN_BYTES_MAX: usize = 128;

/// The fewest spaced letters that make a word. Words of two count only as part of a phrase.
const SPACED_LETTERS_MIN: usize = 2;

const LETTER: u8 = 1;
const DIGIT: u8 = 2;
const SYMBOL: u8 = 4;
const WIDE: u8 = 8;

/// The class of each byte; 0 ends a token.
const BYTES: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b'a'..=b'z' | b'A'..=b'Z' => LETTER,
            b'0'..=b'9' => DIGIT,
            b'@' | b'$' | b'!' | b'+' | b'|' => SYMBOL,
            128.. => WIDE,
            _ => 0,
        };
        byte += 1;
    }
    table
};

/// An iterator over the tokens of a text, with its working memory.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    /// Where the search for the next token begins.
    at: usize,
    buffer: String,
    variants: Vec<Variant>,
    /// The spaced letters collected so far: their spelling, span and number.
    spaced: String,
    spaced_span: (usize, usize),
    spaced_count: usize,
    /// The separator between them; another one begins another word.
    spaced_by: Option<u8>,
}

/// A run of bytes without an ASCII separator, with the classes of its bytes.
#[derive(Clone, Copy)]
pub(crate) struct Run {
    pub(crate) start: usize,
    pub(crate) end: usize,
    has: u8,
    has_long_repeat: bool,
}

impl Tokens {
    /// Starts a text.
    pub(crate) fn start(&mut self) {
        self.at = 0;
        self.buffer.clear();
        self.spaced.clear();
        self.spaced_count = 0;
    }

    /// The readings of the token last returned.
    pub(crate) fn variants(&self) -> &[Variant] {
        &self.variants
    }

    /// The spelling of a reading.
    pub(crate) fn text(&self, range: (u32, u32)) -> &str {
        self.buffer.get(range.0 as usize..range.1 as usize).unwrap_or_default()
    }

    /// Puts the ranges of the words of `term` in plain view into `words`.
    pub(crate) fn plain_words(&mut self, term: &str, words: &mut Vec<(u32, u32)>) {
        self.start();
        words.clear();
        while let Some(place) = self.next(term) {
            if place.kind != PlaceKind::Spelt {
                let plain =
                    self.variants.iter().filter(|variant| variant.view <= Disguise::Invisible);
                words.extend(plain.map(|plain| plain.range));
            }
        }
    }

    /// The next token, or the word that the single letters before it spell.
    pub(crate) fn next(&mut self, text: &str) -> Option<TokenPlace> {
        let bytes = text.as_bytes();
        let word = LETTER | DIGIT | WIDE;
        loop {
            let floor = self.at;
            while self.at < bytes.len() && BYTES[bytes[self.at] as usize] & word == 0 {
                self.at += 1;
            }
            if self.at >= bytes.len() {
                return (self.spaced_count >= SPACED_LETTERS_MIN).then(|| self.spelt_word());
            }
            let run = run(bytes, self.at, floor);
            self.variants.clear();
            if let Some(span) = self.read(text, run) {
                return Some(self.place(text, span));
            }
        }
    }

    /// Computes the readings of `run`, moves on, and returns the span that was read.
    #[inline]
    fn read(&mut self, text: &str, run: Run) -> Option<(usize, usize)> {
        let word = text.as_bytes().get(run.start..run.end).unwrap_or_default();
        self.at = run.end;
        match run.has {
            LETTER if !run.has_long_repeat => self.push_ascii(word),
            DIGIT => self.push_ascii(word),
            has if has == LETTER | DIGIT && !run.has_long_repeat => {
                self.push_ascii(word);
                self.push_leet(self.variants[0].range, Disguise::Leet);
            }
            has if has & (SYMBOL | DIGIT) == 0
                && !run.has_long_repeat
                && self.push_european(&text[run.start..run.end]) => {}
            _ => return self.read_slowly(text, run),
        }
        Some((run.start, run.end))
    }

    /// Collects single spaced letters; before the first token after them, returns their word.
    fn place(&mut self, text: &str, span: (usize, usize)) -> TokenPlace {
        let is_single = self.is_single_letter();
        let separator = one_separator(text, self.spaced_span.1, span.0);
        let is_same = self.spaced_count < 2 || separator == self.spaced_by;
        let goes_on = self.spaced_count > 0 && separator.is_some() && is_same;
        if is_single && goes_on {
            self.spaced_by = separator;
            self.collect(span);
            return TokenPlace { span, kind: PlaceKind::Token };
        }
        if self.spaced_count >= SPACED_LETTERS_MIN {
            // The token is read again after the word.
            self.at = self.spaced_span.1;
            return self.spelt_word();
        }
        self.spaced.clear();
        self.spaced_count = 0;
        if !is_single {
            return TokenPlace { span, kind: PlaceKind::Token };
        }
        self.spaced_span.0 = span.0;
        self.collect(span);
        TokenPlace { span, kind: PlaceKind::FirstLetter }
    }

    fn is_single_letter(&self) -> bool {
        let Some(first) = self.variants.first() else { return false };
        let mut letters = self.text(first.range).chars();
        let is_one = letters.next().is_some_and(|c| c.is_ascii() || class(c) == Class::Letter);
        let is_only = self.variants.get(1).is_none_or(|second| second.view > Disguise::Invisible);
        is_one && letters.next().is_none() && is_only
    }

    fn collect(&mut self, span: (usize, usize)) {
        if let Some(first) = self.variants.first() {
            let range = first.range.0 as usize..first.range.1 as usize;
            self.spaced.push_str(self.buffer.get(range).unwrap_or_default());
        }
        self.spaced_span.1 = span.1;
        self.spaced_count += 1;
    }

    fn spelt_word(&mut self) -> TokenPlace {
        self.variants.clear();
        self.spaced_count = 0;
        let word = std::mem::take(&mut self.spaced);
        if let Some(range) = self.push(&word, Disguise::Spaced) {
            self.push_leet(range, Disguise::Spaced);
        }
        TokenPlace { span: self.spaced_span, kind: PlaceKind::Spelt }
    }

    #[inline]
    fn push_ascii(&mut self, word: &[u8]) {
        let start = self.buffer.len();
        self.buffer.extend(word.iter().map(|byte| char::from(byte.to_ascii_lowercase())));
        self.push_from(start, Disguise::Plain);
    }

    /// Adds the buffer from `start` on as a reading.
    #[inline]
    fn push_from(&mut self, start: usize, view: Disguise) {
        let hash = hash(&self.buffer.as_bytes()[start..]);
        let range = (start as u32, self.buffer.len() as u32);
        self.variants.push(Variant { hash, range, view });
    }

    fn push(&mut self, word: &str, view: Disguise) -> Option<(u32, u32)> {
        if word.is_empty() || self.variants.iter().any(|known| self.text(known.range) == word) {
            return None;
        }
        let start = self.buffer.len();
        self.buffer.push_str(word);
        self.push_from(start, view);
        Some((start as u32, self.buffer.len() as u32))
    }

    /// The fast path for words of European letters in one script; false if it does not apply.
    fn push_european(&mut self, word: &str) -> bool {
        let start = self.buffer.len();
        let mut seen = None;
        for c in word.chars() {
            let script = script(c);
            let is_easy = (c.is_ascii() || is_plain(c)) && *seen.get_or_insert(script) == script;
            if !is_easy {
                self.buffer.truncate(start);
                return false;
            }
            if c.is_ascii() {
                self.buffer.push(c.to_ascii_lowercase());
            } else {
                fold(c, &mut self.buffer);
            }
        }
        self.push_from(start, Disguise::Plain);
        true
    }

    /// Reads a run with symbols, repeats, or letters that need closer analysis.
    fn read_slowly(&mut self, text: &str, run: Run) -> Option<(usize, usize)> {
        let cut = cut(text, run);
        self.at = cut.next;
        let word = cut.word?;
        let view = if word.has_invisible { Disguise::Invisible } else { Disguise::Plain };
        let mut readings = Vec::new();
        for part in word.plain.split(' ') {
            readings.extend(self.push(part, view));
        }
        if word.is_mixed {
            readings.extend(self.push(&latin_shape(&word.plain), Disguise::LookAlike));
        }
        if let Some(symbols) = word.with_symbols {
            let start = self.buffer.len();
            self.buffer.push_str(&symbols);
            readings.push((start as u32, self.buffer.len() as u32));
        }
        for reading in readings {
            self.push_leet(reading, Disguise::Leet);
            self.push_squashed(reading);
        }
        Some(cut.span)
    }

    fn push_squashed(&mut self, reading: (u32, u32)) {
        for pattern in 0..4 {
            let Some(squashed) = squash(self.text(reading), pattern) else { return };
            if let Some(range) = self.push(&squashed, Disguise::Repeats) {
                self.push_leet(range, Disguise::Repeats);
            }
        }
    }

    /// The readings of a word with digits and symbols as letters: two where there is a `1`.
    fn push_leet(&mut self, range: (u32, u32), view: Disguise) {
        let word = self.text(range);
        let is_leet = word.bytes().any(|byte| leet(byte).is_some());
        if !is_leet || !word.chars().any(char::is_alphabetic) {
            return;
        }
        let has_one = word.contains('1');
        for one in ['i', 'l'].into_iter().take(1 + usize::from(has_one)) {
            let start = self.buffer.len();
            let mut at = range.0 as usize;
            while let Some(c) = self.buffer[at..range.1 as usize].chars().next() {
                at += c.len_utf8();
                self.buffer.push(leet_letter(c, one));
            }
            self.push_from(start, view);
        }
    }
}

fn leet_letter(c: char, one: char) -> char {
    match u8::try_from(c).ok().and_then(leet) {
        Some(_) if c == '1' => one,
        Some(letter) => char::from(letter),
        None => c,
    }
}

/// The run around `at`, with the symbols directly before it, but none before `floor`.
#[inline]
fn run(bytes: &[u8], at: usize, floor: usize) -> Run {
    let mut start = at;
    while start > floor && BYTES[bytes[start - 1] as usize] == SYMBOL {
        start -= 1;
    }
    let limit = bytes.len().min(start + TOKEN_BYTES_MAX);
    let (mut has, mut end, mut long) = (0, start, false);
    while end < limit {
        let kind = BYTES[bytes[end] as usize];
        if kind == 0 {
            break;
        }
        has |= kind;
        long |= end >= start + 2 && bytes[end] == bytes[end - 1] && bytes[end] == bytes[end - 2];
        end += 1;
    }
    while end < bytes.len() && end >= limit && bytes[end] & 0xC0 == 0x80 {
        end += 1;
    }
    // Punctuation after a plain word is not part of it.
    if has & !SYMBOL == LETTER {
        while BYTES[bytes[end - 1] as usize] == SYMBOL {
            end -= 1;
        }
        if bytes[start..end].iter().all(u8::is_ascii_alphabetic) {
            has = LETTER;
        }
    }
    Run {
        start,
        end,
        has,
        has_long_repeat: long || has & WIDE != 0 && has_wide_repeat(bytes, start, end),
    }
}

/// Whether a two-byte character occurs three times in a row.
fn has_wide_repeat(bytes: &[u8], start: usize, end: usize) -> bool {
    bytes[start..end].windows(6).any(|w| w[0] >= 0xC0 && w[..2] == w[2..4] && w[..2] == w[4..])
}

/// The separator between them, if it is exactly one of those used for spacing letters.
fn one_separator(text: &str, from: usize, to: usize) -> Option<u8> {
    match text.as_bytes().get(from..to) {
        Some([separator @ (b' ' | b'.' | b'-' | b'_' | b'*' | b'/')]) => Some(*separator),
        _ => None,
    }
}
