//! Runs that need closer analysis: symbols, invisible characters, marks, mixed scripts, repeats.

use crate::fold::{Class, Script, class, fold, look_alike, script};
use crate::tokens::Run;

/// The result of [`cut`].
pub(crate) struct Cut {
    pub(crate) span: (usize, usize),
    /// Where to continue.
    pub(crate) next: usize,
    pub(crate) word: Option<Word>,
}

/// A run, folded.
pub(crate) struct Word {
    /// Its parts between symbols, joined by spaces.
    pub(crate) plain: String,
    /// The whole with its symbols, if there are any.
    pub(crate) with_symbols: Option<String>,
    pub(crate) has_invisible: bool,
    pub(crate) is_mixed: bool,
}

/// Cuts `run` at the first separator that is not ASCII, and folds what is before it.
pub(crate) fn cut(text: &str, run: Run) -> Cut {
    let slice = text.get(run.start..run.end).unwrap_or_default();
    let mut cutter = Cutter::default();
    let mut end = slice.len();
    for (at, c) in slice.char_indices() {
        if !cutter.take(c) {
            end = if cutter.is_solo { at + c.len_utf8() } else { at };
            break;
        }
    }
    let first = slice.chars().next().map_or(1, char::len_utf8);
    let next = run.start + end.max(first);
    let plain = cutter.plain.trim_end().to_owned();
    // Punctuation after a word is rarely meant as a letter.
    let symbols = cutter.symbols.trim_end_matches(['!', '+', '|', '@', '$']).to_owned();
    let span = (run.start, run.start + end - (cutter.symbols.len() - symbols.len()));
    let word = Word {
        with_symbols: (symbols != plain).then_some(symbols),
        has_invisible: cutter.has_invisible,
        is_mixed: cutter.has_latin && cutter.has_look_alike,
        plain,
    };
    Cut { span, next, word: (!word.plain.is_empty()).then_some(word) }
}

#[derive(Default)]
struct Cutter {
    plain: String,
    symbols: String,
    has_invisible: bool,
    has_latin: bool,
    has_look_alike: bool,
    is_solo: bool,
    marks: usize,
}

impl Cutter {
    /// Adds `c` to the word; false if the word ends before it (or with it, for solo letters).
    fn take(&mut self, c: char) -> bool {
        match class_of(c) {
            Class::Invisible => self.has_invisible = true,
            Class::Mark if self.marks >= 2 || self.plain.is_empty() => self.has_invisible = true,
            Class::Mark => {
                self.marks += 1;
                self.plain.push(c);
                self.symbols.push(c);
            }
            Class::Letter => self.letter(c),
            Class::Solo if self.plain.is_empty() => {
                self.is_solo = true;
                self.letter(c);
                return false;
            }
            Class::Separator if c.is_ascii() => self.symbol(c),
            Class::Solo | Class::Separator => return false,
        }
        true
    }

    fn symbol(&mut self, c: char) {
        self.symbols.push(c);
        if !self.plain.is_empty() && !self.plain.ends_with(' ') {
            self.plain.push(' ');
        }
    }

    fn letter(&mut self, c: char) {
        self.marks = 0;
        match script(c) {
            Script::Latin => self.has_latin = true,
            Script::LooksLatin => self.has_look_alike = true,
            Script::Other => {}
        }
        let start = self.plain.len();
        if c.is_ascii() {
            self.plain.push(c.to_ascii_lowercase());
        } else {
            fold(c, &mut self.plain);
        }
        self.symbols.push_str(&self.plain[start..]);
    }
}

fn class_of(c: char) -> Class {
    match c {
        _ if c.is_ascii_alphanumeric() => Class::Letter,
        '\0'..='\x7f' => Class::Separator,
        _ => class(c),
    }
}

/// `word` with every look-alike letter replaced by the Latin one.
pub(crate) fn latin_shape(word: &str) -> String {
    let mut shape = String::with_capacity(word.len());
    for c in word.chars() {
        match look_alike(c).filter(|_| script(c) == Script::LooksLatin) {
            Some(latin) => shape.push_str(&latin),
            None => shape.push(c),
        }
    }
    shape
}

/// `word` with runs of three or more equal letters cut to two letters or one: the first run by the
/// lower bit of `pattern`, the others by the higher. `None` if there are no such runs.
pub(crate) fn squash(word: &str, pattern: u8) -> Option<String> {
    let mut out = String::with_capacity(word.len());
    let mut cuts = 0;
    let mut chars = word.chars().peekable();
    while let Some(c) = chars.next() {
        let mut count = 1;
        while chars.next_if_eq(&c).is_some() {
            count += 1;
        }
        if count > 2 {
            count = 2 - usize::from(pattern >> cuts.min(1) & 1);
            cuts += 1;
        }
        out.extend(std::iter::repeat_n(c, count));
    }
    (cuts > 0).then_some(out)
}
