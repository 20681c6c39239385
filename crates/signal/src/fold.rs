//! How a character is compared in texts: case, compatibility forms, look-alikes.
//!
//! Sources: Unicode NFKC, UTS #39 confusables; recipe and order follow the project's algorithms
//! reference §4.3.

use unicode_normalization::UnicodeNormalization;
use unicode_security::confusable_detection::skeleton;

/// The role of a character in tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Part of a word.
    Letter,
    /// Stands alone as a token: scripts written without spaces.
    Solo,
    /// Not visible, or a mark on the letter before: dropped.
    Invisible,
    /// A mark above or below a letter: two are kept, more are dropped.
    Mark,
    /// Ends a word.
    Separator,
}

/// The class of a character outside ASCII.
#[must_use]
pub fn class(c: char) -> Class {
    match c as u32 {
        // Punctuation and pictographs come before the tables of letters.
        0x2010..=0x2027 | 0x2030..=0x205E | 0x1F300..=0x1FAFF => Class::Separator,
        0x00AD
        | 0x034F
        | 0x061C
        | 0x115F..=0x1160
        | 0x17B4..=0x17B5
        | 0x180B..=0x180F
        | 0x200B..=0x200F
        | 0x202A..=0x202E
        | 0x2060..=0x206F
        | 0xFE00..=0xFE0F
        | 0xFEFF
        | 0xE0000..=0xE0FFF => Class::Invisible,
        0x0300..=0x036F | 0x0483..=0x0489 | 0x1AB0..=0x1AFF | 0x1DC0..=0x1DFF | 0x20D0..=0x20FF => {
            Class::Mark
        }
        0x0E00..=0x0EFF
        | 0x1000..=0x109F
        | 0x1780..=0x17FF
        | 0x3040..=0x30FF
        | 0x3400..=0x4DBF
        | 0x4E00..=0x9FFF
        | 0x20000..=0x3FFFF => Class::Solo,
        0x1F130..=0x1F149 | 0x1F150..=0x1F169 | 0x1F170..=0x1F189 | 0x1F1E6..=0x1F1FF => {
            Class::Letter
        }
        _ if c.is_alphanumeric() || is_spacing_mark(c) => Class::Letter,
        _ => Class::Separator,
    }
}

/// Vowel signs and similar marks, which belong to the word although they are not letters.
const fn is_spacing_mark(c: char) -> bool {
    matches!(c as u32, 0x0591..=0x05C7 | 0x0610..=0x061A | 0x064B..=0x065F | 0x0900..=0x0DFF)
}

/// Whether NFKC and lower-casing keep the alphabet of `c`: true for the letters of European
/// languages, so that they take a fast path.
pub(crate) const fn is_plain(c: char) -> bool {
    matches!(c as u32,
        0xC0..=0x131 | 0x134..=0x13E | 0x141..=0x148 | 0x14A..=0x17E | 0x218..=0x21B
        | 0x386 | 0x388..=0x3CE | 0x400..=0x481 | 0x48A..=0x52F)
}

/// Appends the folded form of `c`, a character outside ASCII: NFKC, lower case, and one spelling
/// where a language has two (Romanian comma and cedilla, Greek final sigma).
pub fn fold(c: char, out: &mut String) {
    if let Some(lower) = common_lower(c) {
        return out.push(lower);
    }
    if is_plain(c) {
        return out.extend(c.to_lowercase().map(one_spelling).filter(|c| *c != '\u{307}'));
    }
    match enclosed(c) {
        Some(letter) => out.push(letter),
        None => out.extend(
            std::iter::once(c)
                .nfkc()
                .flat_map(char::to_lowercase)
                .map(one_spelling)
                .filter(|c| *c != '\u{307}'),
        ),
    }
}

/// The lower case of the letters that most texts beyond ASCII consist of.
const fn common_lower(c: char) -> Option<char> {
    let code = c as u32;
    match code {
        0xDF..=0xF6 | 0xF8..=0xFF | 0x430..=0x45F => Some(c),
        0xC0..=0xD6 | 0xD8..=0xDE | 0x410..=0x42F => char::from_u32(code + 0x20),
        0x400..=0x40F => char::from_u32(code + 0x50),
        _ => None,
    }
}

const fn one_spelling(c: char) -> char {
    match c {
        'ş' => 'ș',
        'ţ' => 'ț',
        'ς' => 'σ',
        other => other,
    }
}

/// The Latin letter in a squared, negative or regional-indicator letter, which NFKC keeps.
fn enclosed(c: char) -> Option<char> {
    let c = c as u32;
    let first = [0x1F130, 0x1F150, 0x1F170, 0x1F1E6]
        .into_iter()
        .find(|first| (*first..first + 26).contains(&c))?;
    char::from_u32('a' as u32 + (c - first))
}

/// The script family of a letter, as far as it matters for mixing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Script {
    /// Latin letters.
    Latin,
    /// Scripts with letters that look Latin: Greek, Cyrillic, Armenian, Cherokee.
    LooksLatin,
    /// All other scripts, and digits.
    Other,
}

/// The script family of `c`.
#[must_use]
pub fn script(c: char) -> Script {
    match c as u32 {
        0x41..=0x5A | 0x61..=0x7A | 0xC0..=0x24F | 0x1E00..=0x1EFF => Script::Latin,
        0x370..=0x58F | 0x13A0..=0x13FF | 0x1C80..=0x1C8F | 0x1F00..=0x1FFF | 0xAB70..=0xABBF => {
            Script::LooksLatin
        }
        _ => Script::Other,
    }
}

/// The lower-case Latin letters that `c` looks like, if any.
#[must_use]
pub fn look_alike(c: char) -> Option<String> {
    let latin = |c: char| {
        let shape: String = skeleton(c.encode_utf8(&mut [0; 4])).collect();
        (shape.chars().all(|c| c.is_ascii_alphabetic()) && !shape.is_empty())
            .then(|| shape.to_ascii_lowercase())
    };
    latin(c)
        .or_else(|| c.to_lowercase().next().and_then(latin))
        .or_else(|| c.to_uppercase().next().and_then(latin))
}

/// The letter that a digit or symbol stands for in leet spelling; `1` also stands for `l`.
#[must_use]
pub const fn leet(byte: u8) -> Option<u8> {
    Some(match byte {
        b'0' => b'o',
        b'1' | b'!' => b'i',
        b'3' => b'e',
        b'4' | b'@' => b'a',
        b'5' | b'$' => b's',
        b'7' | b'+' => b't',
        b'8' => b'b',
        b'|' => b'l',
        _ => return None,
    })
}

/// `text` without diacritical marks.
#[must_use]
pub fn without_marks(text: &str) -> String {
    text.nfd().filter(|c| class(*c) != Class::Mark).collect()
}

/// One form for names and labels that are easily confused. Look-alikes, leet, marks and separators
/// are removed; `i` becomes `l` and `rn` becomes `m`. For comparing whole names, not for finding
/// words in texts.
#[must_use]
pub fn confusable_form(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.nfkc().flat_map(char::to_lowercase) {
        match c {
            'a'..='z' => out.push(c),
            '\0'..='\x7f' => out
                .extend(leet(c as u8).map(char::from).or_else(|| c.is_ascii_digit().then_some(c))),
            _ => confusable_letter(c, &mut out),
        }
    }
    out.replace("rn", "m").replace("vv", "w").replace('i', "l")
}

fn confusable_letter(c: char, out: &mut String) {
    match class(c) {
        Class::Letter | Class::Solo => {
            let bare = without_marks(c.encode_utf8(&mut [0; 4]));
            for c in bare.chars() {
                match look_alike(c).filter(|_| !c.is_ascii()) {
                    Some(latin) => out.push_str(&latin),
                    None => out.push(c),
                }
            }
        }
        Class::Invisible | Class::Mark | Class::Separator => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_made_to_be_confused_have_one_form() {
        for name in [
            "Sample Bank",
            "samp1e-bank",
            "sаmple_bаnk",
            "sample.bank",
            "ѕample bɑnk",
            "sarnple bank",
        ] {
            assert_eq!(confusable_form(name), "samplebank", "{name}");
        }
    }

    #[test]
    fn a_letter_in_a_box_is_the_letter() {
        let mut out = String::new();
        for c in "🅰🇧ⓒ𝐝Ｅ".chars() {
            fold(c, &mut out);
        }
        assert_eq!(out, "abcde");
    }

    #[test]
    fn romanian_letters_have_one_spelling() {
        let mut out = String::new();
        for c in "ŞșŢț".chars() {
            fold(c, &mut out);
        }
        assert_eq!(out, "șșțț");
    }
}
