//! `terms`: words and phrases of lists in a text, also in disguise.
//!
//! The text is cut into tokens once, each token is hashed once for every view of it, and the hashes
//! are probed. The cost hardly depends on the size of the lists, and word boundaries come for free.
//!
//! - Finds: any case; invisible characters; look-alike letters in mixed-script words; full-width,
//!   boxed and mathematical letters; leet; repeated letters; spaced letters (`v.o.t.e`).
//! - Misses: terms joined to other words, misspellings, accents added to letters, letters spaced by
//!   more than one sign, repeats of a letter that the term has twice next to others, words written
//!   entirely in a foreign alphabet. Signs in a term separate words: `c++` is the term `c`.
//! - Wrongs: people who quote, report or reclaim a term; rules should ask for more than a term.

use crate::fold::without_marks;
use crate::table::{NONE, Table, chain, hash};
use crate::tokens::{PlaceKind, TokenPlace, Tokens};

pub use crate::tokens::Disguise;

/// Longer phrases are cut; no list has such a term.
const PHRASE_TOKENS_MAX: usize = 64;

/// The most phrases that may be open at one place of a text.
const OPEN_PHRASES_MAX: usize = 32;

#[derive(Debug)]
struct Term {
    start: u32,
    end: u32,
    /// The next term with the same hash.
    next: u32,
    list: u16,
}

/// Lists of terms, prepared for searching.
#[derive(Debug, Default)]
pub struct Terms {
    table: Table,
    terms: Vec<Term>,
    /// The normal forms of all terms, one after the other.
    text: String,
}

/// A term found in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The number of the list.
    pub list: u16,
    /// The number of the term, for [`Terms::text`].
    pub term: u32,
    /// Byte offsets in the text, end excluded.
    pub span: (usize, usize),
    /// How it was disguised.
    pub view: Disguise,
}

/// A phrase whose beginning was found.
#[derive(Clone, Copy, Debug)]
struct Open {
    hash: u64,
    /// The index of its last token in [`Scan::pieces`].
    piece: u32,
    start: usize,
    view: Disguise,
    length: u8,
}

/// A matched token and the one before it, so that a hit can be compared with the stored text.
#[derive(Clone, Copy, Debug)]
struct Piece {
    before: u32,
    range: (u32, u32),
}

/// The working memory of [`Terms::scan`], reused from text to text.
#[derive(Debug, Default)]
pub struct Scan {
    tokens: Tokens,
    open: Vec<Open>,
    opening: Vec<Open>,
    before_letters: Vec<Open>,
    pieces: Vec<Piece>,
}

impl Terms {
    /// Prepares the lists; the number of a list is its index in `lists`.
    #[must_use]
    pub fn build(lists: &[&[String]]) -> Self {
        let count = lists.iter().map(|list| list.len()).sum::<usize>();
        let mut builder = Builder {
            made: Self { table: Table::with_capacity(count * 5 / 4), ..Self::default() },
            tokens: Tokens::default(),
            words: Vec::new(),
        };
        for (number, list) in (0..).zip(lists) {
            for term in *list {
                builder.add(number, term);
            }
        }
        builder.made
    }

    /// The normalised term.
    #[must_use]
    pub fn text(&self, term: u32) -> &str {
        self.terms.get(term as usize).map_or("", |term| self.slice(term))
    }

    /// The number of different terms.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.terms.len()
    }

    /// Whether there is no term at all.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    fn slice(&self, term: &Term) -> &str {
        self.text.get(term.start as usize..term.end as usize).unwrap_or_default()
    }

    /// Calls `found` for every term in `text`, in the order of their ends.
    pub fn scan(&self, text: &str, scan: &mut Scan, mut found: impl FnMut(Hit)) {
        if self.is_empty() {
            return;
        }
        let Scan { tokens, open, opening, before_letters, pieces } = scan;
        tokens.start();
        open.clear();
        pieces.clear();
        let mut walk = Walk { terms: self, open, opening, before_letters, pieces };
        while let Some(place) = tokens.next(text) {
            walk.step(tokens, place, &mut found);
        }
    }
}

struct Walk<'a> {
    terms: &'a Terms,
    open: &'a mut Vec<Open>,
    opening: &'a mut Vec<Open>,
    /// The phrases that were open before the spaced letters began.
    before_letters: &'a mut Vec<Open>,
    pieces: &'a mut Vec<Piece>,
}

impl Walk<'_> {
    fn step(&mut self, tokens: &Tokens, place: TokenPlace, found: &mut impl FnMut(Hit)) {
        self.opening.clear();
        match place.kind {
            PlaceKind::Token => {}
            PlaceKind::FirstLetter => self.before_letters.clone_from(self.open),
            PlaceKind::Spelt => std::mem::swap(self.open, self.before_letters),
        }
        for variant in tokens.variants() {
            let start = Open {
                hash: variant.hash,
                piece: NONE,
                start: place.span.0,
                view: variant.view,
                length: 1,
            };
            self.probe(tokens, start, (variant.range, place.span.1), found);
            for at in 0..self.open.len() {
                let before = self.open[at];
                let longer = Open {
                    hash: chain(before.hash, variant.hash),
                    view: before.view.max(variant.view),
                    length: before.length + 1,
                    ..before
                };
                self.probe(tokens, longer, (variant.range, place.span.1), found);
            }
        }
        if place.kind == PlaceKind::Spelt {
            // Phrases made of the letters themselves may continue as well.
            self.opening.append(self.before_letters);
            self.opening.truncate(OPEN_PHRASES_MAX);
        }
        std::mem::swap(self.open, self.opening);
    }

    #[inline]
    fn probe(
        &mut self,
        tokens: &Tokens,
        reached: Open,
        (range, end): ((u32, u32), usize),
        found: &mut impl FnMut(Hit),
    ) {
        let Some(met) = self.terms.table.find(reached.hash) else { return };
        let piece = Piece { before: reached.piece, range };
        let mut at = met.term;
        while let Some(term) = self.terms.terms.get(at as usize) {
            let spelling = self.terms.slice(term);
            // `a s` is no word; within a phrase it may be one.
            let is_too_short = reached.view == Disguise::Spaced && spelling.chars().count() < 3;
            if !is_too_short && self.is_spelt(tokens, spelling, piece) {
                found(Hit {
                    list: term.list,
                    term: at,
                    span: (reached.start, end),
                    view: reached.view,
                });
            }
            at = term.next;
        }
        if met.is_prefix && self.opening.len() < OPEN_PHRASES_MAX {
            self.opening.push(Open { piece: self.pieces.len() as u32, ..reached });
            self.pieces.push(piece);
        }
    }

    /// Whether the pieces that end with `last` spell `term`; a hash alone is no evidence.
    fn is_spelt(&self, tokens: &Tokens, term: &str, last: Piece) -> bool {
        let (mut rest, mut piece) = (term, last);
        loop {
            let Some(before) = rest.strip_suffix(tokens.text(piece.range)) else { return false };
            match self.pieces.get(piece.before as usize) {
                None => return before.is_empty(),
                Some(earlier) => {
                    let Some(before) = before.strip_suffix(' ') else { return false };
                    (rest, piece) = (before, *earlier);
                }
            }
        }
    }
}

struct Builder {
    made: Terms,
    tokens: Tokens,
    words: Vec<(u32, u32)>,
}

impl Builder {
    fn add(&mut self, list: u16, term: &str) {
        let Self { made, tokens, words } = self;
        tokens.plain_words(term, words);
        made.add_words(list, words.iter().map(|word| tokens.text(*word)));
        if !term.is_ascii() {
            let bare = words.iter().map(|word| without_marks(tokens.text(*word)));
            let bare: Vec<String> = bare.collect();
            if bare.iter().zip(words).any(|(bare, word)| bare != tokens.text(*word)) {
                made.add_words(list, bare.iter().map(String::as_str));
            }
        }
    }
}

impl Terms {
    fn add_words<'a>(&mut self, list: u16, words: impl Iterator<Item = &'a str>) {
        let start = self.text.len() as u32;
        let mut reached = None;
        for word in words.take(PHRASE_TOKENS_MAX) {
            reached = Some(match reached {
                None => hash(word.as_bytes()),
                Some(before) => {
                    self.table.insert_prefix(before);
                    self.text.push(' ');
                    chain(before, hash(word.as_bytes()))
                }
            });
            self.text.push_str(word);
        }
        if let Some(reached) = reached {
            self.link(list, reached, start);
        }
    }

    /// Adds the term that was just written, unless the list already has it.
    fn link(&mut self, list: u16, reached: u64, start: u32) {
        let end = self.text.len() as u32;
        let mut at = self.table.find(reached).map_or(NONE, |met| met.term);
        while let Some(term) = self.terms.get(at as usize) {
            let text = &self.text;
            if term.list == list
                && text[term.start as usize..term.end as usize] == text[start as usize..]
            {
                self.text.truncate(start as usize);
                return;
            }
            at = term.next;
        }
        let number = self.terms.len() as u32;
        let next = self.table.insert_term(reached, number);
        self.terms.push(Term { start, end, next, list });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &[&str] = &[
        "kelmari",
        "vote by text",
        "zorvat tribe",
        "ballot",
        "votați prin sms",
        "cheap pills",
        "投票日",
        "шпион",
        "straße",
        "ass",
        "b a",
    ];

    fn find(text: &str) -> Vec<String> {
        let list: Vec<String> = LIST.iter().map(ToString::to_string).collect();
        let terms = Terms::build(&[&list]);
        let mut found = Vec::new();
        terms.scan(text, &mut Scan::default(), |hit| {
            let span = text.get(hit.span.0..hit.span.1).expect("a span lies on letters");
            found.push(format!("{}={span}:{}", terms.text(hit.term), hit.view.name()));
        });
        found
    }

    fn check(text: &str, expected: &[&str]) {
        assert_eq!(find(text), expected, "in {text:?}");
    }

    #[test]
    fn words_and_phrases_are_found_at_word_boundaries_in_any_case() {
        check("The KELMARI came.", &["kelmari=KELMARI:plain"]);
        check("please Vote, by -- TEXT!", &["vote by text=Vote, by -- TEXT:plain"]);
        check(
            "the zorvat  tribe; ballot.",
            &["zorvat tribe=zorvat  tribe:plain", "ballot=ballot:plain"],
        );
        check("Votați prin SMS", &["votați prin sms=Votați prin SMS:plain"]);
        check("votati prin sms", &["votati prin sms=votati prin sms:plain"]);
        check("Votaţi prin sms", &["votați prin sms=Votaţi prin sms:plain"]);
        check("明日は投票日です", &["投 票 日=投票日:plain"]);
        check("STRAßE", &["straße=STRAßE:plain"]);
        check("Это ШПИОН!", &["шпион=ШПИОН:plain"]);
    }

    #[test]
    fn no_hit_inside_ordinary_words() {
        for text in [
            "class assess passage",
            "ballots",
            "kelmarian",
            "a b",
            "tribe zorvat",
            "vote text by",
            "cheap spills",
            "ba",
            "glass",
            "as s",
            "шпионаж",
            "b.a.",
            "cheap-ish pills",
            "I am a b-boy",
            "pass",
            "bas s",
        ] {
            check(text, if text == "b.a." { &["b a=b.a:plain"] } else { &[] });
        }
    }

    #[test]
    fn disguises_are_seen_through_and_named() {
        check("kel\u{200b}mari", &["kelmari=kel\u{200b}mari:invisible"]);
        check("ke\u{ad}lmari!", &["kelmari=ke\u{ad}lmari:invisible"]);
        check("kеlmаri", &["kelmari=kеlmаri:look_alike"]);
        check("k3lm4r1", &["kelmari=k3lm4r1:leet"]);
        check("k3lm@ri now", &["kelmari=k3lm@ri:leet"]);
        check("ba1lot", &["ballot=ba1lot:leet"]);
        check("kelmariiiii", &["kelmari=kelmariiiii:repeats"]);
        check("baaallllot", &["ballot=baaallllot:repeats"]);
        check("k.e.l.m.a.r.i", &["kelmari=k.e.l.m.a.r.i:spaced"]);
        check("the k e l m a r i came", &["kelmari=k e l m a r i:spaced"]);
        check("k e l m a r i", &["kelmari=k e l m a r i:spaced"]);
        check("k 3 l m 4 r i", &["kelmari=k 3 l m 4 r i:spaced"]);
        check("v-o-t-e by text", &["vote by text=v-o-t-e by text:spaced"]);
        check("v.o.t.e b.y t.e.x.t", &["vote by text=v.o.t.e b.y t.e.x.t:spaced"]);
        check("V O T E  B Y  T E X T", &["vote by text=V O T E  B Y  T E X T:spaced"]);
        check("vote by t*e*x*t", &["vote by text=vote by t*e*x*t:spaced"]);
        check("𝐤𝐞𝐥𝐦𝐚𝐫𝐢", &["kelmari=𝐤𝐞𝐥𝐦𝐚𝐫𝐢:plain"]);
        check("ｋｅｌｍａｒｉ", &["kelmari=ｋｅｌｍａｒｉ:plain"]);
        check("v0te by t3xt", &["vote by text=v0te by t3xt:leet"]);
        check("k\u{336}\u{335}\u{337}e\u{336}\u{335}lmari", &[]);
    }

    #[test]
    fn punctuation_and_symbols_do_not_glue_words() {
        check("ballot!kelmari", &["ballot=ballot!kelmari:plain", "kelmari=ballot!kelmari:plain"]);
        check("kelmari!!!", &["kelmari=kelmari:plain"]);
        check("“ballot”—kelmari…", &["ballot=ballot:plain", "kelmari=kelmari:plain"]);
        check("ballot🎉kelmari", &["ballot=ballot:plain", "kelmari=kelmari:plain"]);
        check(
            "#ballot @kelmari $ballot",
            &["ballot=ballot:plain", "kelmari=@kelmari:plain", "ballot=$ballot:plain"],
        );
        check("kelmari_ballot", &["kelmari=kelmari:plain", "ballot=ballot:plain"]);
    }

    #[test]
    fn hostile_texts_end() {
        for text in [
            "\u{200b}".repeat(5000),
            "1!".repeat(5000),
            "a ".repeat(5000),
            "é\u{301}".repeat(5000),
            "vote by ".repeat(2000),
            "\u{e0041}投".repeat(999),
        ] {
            find(&text);
        }
    }
}
