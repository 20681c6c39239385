//! No personal data in what is published (Art. 24(5) DSA): addresses, numbers and names of accounts
//! are taken out of free text.
//!
//! It finds what has a form: e-mail addresses, links, `@names`, telephone and account numbers. It
//! misses names of persons in running text: texts that are sent come from policies, never from
//! content, notices or notes.

/// What stands in place of something that was taken out.
pub const REMOVED: &str = "[…]";

/// Longer runs of digits, with spaces and dashes within, count as numbers of a person.
const DIGITS_MAX: usize = 6;

/// `text` without personal data, at most `max` characters, in one line.
#[must_use]
pub fn clean(text: &str, max: usize) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut kept: Vec<String> = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let numbers = number(&words[at..]);
        let is_personal = numbers > 0 || is_address(words[at]);
        at += numbers.max(1);
        if !is_personal {
            kept.push(words[at - 1].to_owned());
        } else if kept.last().is_none_or(|last| last != REMOVED) {
            kept.push(REMOVED.to_owned());
        }
    }
    shortened(&kept.join(" "), max)
}

/// Whether a word is an e-mail address, a link, or the name of an account.
fn is_address(word: &str) -> bool {
    let bare = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '@');
    let is_link = ["://", "www."].iter().any(|mark| bare.contains(mark));
    is_link || bare.find('@').is_some_and(|at| bare.len() > at + 1)
}

/// How many of the next words are one number of more than [`DIGITS_MAX`] digits. Days
/// (`2026-07-01`) are none, and neither are articles of law (`2021/784`).
fn number(words: &[&str]) -> usize {
    let is_part = |word: &&str| {
        word.chars().any(|c| c.is_ascii_digit())
            && word.chars().all(|c| c.is_ascii_digit() || "+-.()/,;:".contains(c))
    };
    let run: Vec<&str> = words.iter().copied().take_while(|word| is_part(word)).collect();
    let has_long = words.first().is_some_and(|word| longest_digits(word) > DIGITS_MAX);
    if has_long {
        return 1.max(run.len());
    }
    if run.first().is_none_or(|first| is_day(first) || first.contains('/')) {
        return 0;
    }
    // A comma ends a number: articles are listed so.
    let listed = |word: &str| word.ends_with([',', ';']);
    let until = run.iter().position(|word| listed(word)).map_or(run.len(), |at| at + 1);
    let rest = run[..until].iter().take_while(|word| !is_day(word) && !word.contains('/'));
    let (words, digits) = rest.fold((0, 0), |(words, digits), word| {
        (words + 1, digits + word.chars().filter(char::is_ascii_digit).count())
    });
    if digits > DIGITS_MAX { words } else { 0 }
}

fn longest_digits(word: &str) -> usize {
    word.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0)
}

fn is_day(word: &str) -> bool {
    let bare = word.trim_matches(|c: char| !c.is_ascii_digit());
    let lengths: Vec<usize> = bare.split(['-', '.']).map(str::len).collect();
    matches!(lengths.as_slice(), [4, 2, 2] | [1 | 2, 1 | 2, 4])
}

/// At most `max` characters, cut with an ellipsis.
pub(super) fn shortened(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(max.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_somebody_is_taken_out() {
        for (text, clean_text) in [
            ("write to ana@person.example now", "write to […] now"),
            ("see https://video.example/@ana, please", "see […] please"),
            ("(www.person.example)", "[…]"),
            ("posted by @ana.b and @bob", "posted by […] and […]"),
            ("call +40 721 000 000 today", "call […] today"),
            ("call 0721-000-000", "call […]"),
            ("account 1234567890", "account […]"),
            ("user_1234567890 said", "[…] said"),
        ] {
            assert_eq!(clean(text, 500), clean_text);
        }
    }

    #[test]
    fn days_laws_and_sentences_stay() {
        for text in [
            "Posted on 2026-07-01, decided on 2026-07-02.",
            "Regulation (EU) 2021/784, Article 2(7)",
            "Regulation (EU) 2024/2835 and Directive 2011/93/EU",
            "More than 20 posts in 60 minutes; 100 % of them the same.",
            "Art. 17(3) DSA @ work",
            "Articles 201, 202, 203 of the act of 13.11.1998",
            "OJ L 277, 27.10.2022, p. 1",
        ] {
            assert_eq!(clean(text, 500), text);
        }
    }

    #[test]
    fn a_text_that_is_too_long_is_cut_by_characters() {
        assert_eq!(clean(&"é".repeat(10), 4), "ééé…");
        assert_eq!(clean("", 4), "");
    }
}
