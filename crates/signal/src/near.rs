//! Texts that are nearly the same: a sketch of each, to find similar texts and measure their
//! likeness.
//!
//! - Finds: captions, comments and transcripts that were changed in a few words, or had something
//!   put before or after them.
//! - Misses: the same thing in other words; texts shorter than twenty-four letters.
//! - Wrongs: people who answer the same prompt, quote the same song, or share a headline.
//!
//! Five-letter shingles of the folded text; MinHash of 128 values in 32 bands of 4, so that texts
//! with a likeness of 0.7 share a band in 99.98 of 100 cases (1 - (1 - J⁴)³²), with 0.5 in 87; then
//! the Jaccard likeness itself. One permutation with densification replaces 128 (Shrivastava,
//! *Optimal Densification for Fast and Accurate Minwise Hashing*, ICML 2017).

use types::Event;

use crate::fold::fold;

/// Letters per shingle.
const SHINGLE: usize = 5;

/// Texts with fewer shingles are no evidence of anything.
const SHINGLES_MIN: usize = 20;

/// The most letters of a text that are read.
const LETTERS_MAX: usize = 4_000;

/// The most shingles kept: all of a caption, and the lowest digests of longer texts.
const KEPT_MAX: usize = 256;

/// Values per signature.
const VALUES: usize = 128;

/// Bands per signature.
pub const BANDS: usize = 32;

/// The likeness from which on two texts count as the same.
pub const LIKENESS_MIN: f64 = 0.7;

/// The sketch of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sketch {
    /// Digests of its shingles, ascending; of long texts the lowest.
    pub kept: Box<[u32]>,
    /// Band values; texts that are nearly the same share one or more.
    pub bands: [u64; BANDS],
}

/// The sketch of the text of `event`: its caption, else its transcript; `None` if it is too short.
#[must_use]
pub fn sketch(event: &Event) -> Option<Sketch> {
    let content = event.data.content.as_ref()?;
    let of = |text: &Option<String>| text.as_deref().and_then(of_text);
    of(&content.text).or_else(|| of(&content.transcript)).or_else(|| of(&content.title))
}

/// The sketch of a text; `None` if it is too short.
#[must_use]
pub fn of_text(text: &str) -> Option<Sketch> {
    let letters = letters(text);
    let mut shingles: Vec<u64> = letters.windows(SHINGLE).map(digest).collect();
    if shingles.len() < SHINGLES_MIN {
        return None;
    }
    shingles.sort_unstable();
    shingles.dedup();
    if shingles.len() < SHINGLES_MIN {
        return None;
    }
    let bands = bands(&signature(&shingles));
    // Sorted by all 64 bits, so sorted by the upper 32 too.
    let mut kept: Vec<u32> = shingles.iter().map(|digest| (digest >> 32) as u32).collect();
    kept.dedup();
    kept.truncate(KEPT_MAX);
    Some(Sketch { kept: kept.into(), bands })
}

/// Jaccard likeness of two texts, 0–1: exact while both have at most 256 different shingles, else
/// from the lowest digests of both (Broder, *On the resemblance and containment of documents*,
/// 1997).
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "at most 512")]
pub fn likeness(one: &[u32], other: &[u32]) -> f64 {
    let end = |kept: &[u32]| match kept.last() {
        Some(last) if kept.len() == KEPT_MAX => *last,
        _ => u32::MAX,
    };
    // Beyond the last digest kept of a long text nothing is known.
    let last = end(one).min(end(other));
    let (mut both, mut any, mut a, mut b) = (0_usize, 0_usize, 0, 0);
    loop {
        let x = one.get(a).filter(|x| **x <= last);
        let y = other.get(b).filter(|y| **y <= last);
        match (x, y) {
            (None, None) => break,
            (Some(x), Some(y)) if x == y => (both, a, b) = (both + 1, a + 1, b + 1),
            (Some(x), Some(y)) if x < y => a += 1,
            (Some(_), None) => a += 1,
            _ => b += 1,
        }
        any += 1;
    }
    if any == 0 { 0.0 } else { both as f64 / any as f64 }
}

/// The letters and digits of a text, folded, with one space between words.
fn letters(text: &str) -> Vec<char> {
    let (mut letters, mut folded) =
        (Vec::with_capacity(text.len().min(LETTERS_MAX)), String::new());
    for c in text.chars() {
        if letters.len() >= LETTERS_MAX {
            break;
        }
        if c.is_ascii_alphanumeric() {
            letters.push(c.to_ascii_lowercase());
        } else if c.is_alphanumeric() {
            folded.clear();
            fold(c, &mut folded);
            letters.extend(folded.chars());
        } else if letters.last().is_some_and(|last| *last != ' ') {
            letters.push(' ');
        }
    }
    letters
}

fn digest(shingle: &[char]) -> u64 {
    shingle.iter().fold(0x9e37_79b9_7f4a_7c15, |digest, c| mixed(digest ^ u64::from(*c as u32)))
}

/// A bijection that spreads every bit (the finaliser of `SplitMix64`, Steele et al. 2014).
const fn mixed(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// The lowest digest of each of 128 bins. An empty bin takes that of another, chosen by its number.
fn signature(shingles: &[u64]) -> [u64; VALUES] {
    const EMPTY: u64 = u64::MAX;
    let mut lowest = [EMPTY; VALUES];
    for digest in shingles {
        // The upper bits decide which digests are kept, so the lower ones choose the bin.
        let bin = (digest % VALUES as u64) as usize;
        lowest[bin] = lowest[bin].min(*digest);
    }
    let mut signature = lowest;
    for (bin, value) in signature.iter_mut().enumerate() {
        let mut attempt = bin as u64;
        while *value == EMPTY {
            attempt = mixed(attempt.wrapping_add(VALUES as u64));
            *value = lowest[(attempt % VALUES as u64) as usize];
        }
    }
    signature
}

fn bands(signature: &[u64; VALUES]) -> [u64; BANDS] {
    let rows = VALUES / BANDS;
    let mut bands = [0; BANDS];
    for ((number, band), values) in bands.iter_mut().enumerate().zip(signature.chunks(rows)) {
        *band = values.iter().fold(number as u64, |digest, value| mixed(digest ^ value));
    }
    bands
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "The bakery on the corner gives away its bread every evening after six, so \
        bring a bag and be kind to those who wait with you in the rain.";

    fn compare(one: &str, other: &str) -> (f64, bool) {
        let (one, other) = (of_text(one).unwrap(), of_text(other).unwrap());
        let meets = one.bands.iter().zip(&other.bands).any(|(a, b)| a == b);
        (likeness(&one.kept, &other.kept), meets)
    }

    #[test]
    fn a_changed_word_leaves_texts_alike() {
        let changed = TEXT.replace("corner", "square");
        let (likeness, meets) = compare(TEXT, &changed);
        assert!((0.8..0.95).contains(&likeness), "{likeness}");
        assert!(meets);
        assert_eq!(compare(TEXT, &TEXT.to_uppercase().replace(' ', " 🥖 ")), (1.0, true));
    }

    #[test]
    fn other_texts_are_not_alike() {
        let other = "Trains to the coast run every hour today, and the last one leaves at nine \
            with extra carriages for bicycles at the very end.";
        let (likeness, meets) = compare(TEXT, other);
        assert!(likeness < 0.1, "{likeness}");
        assert!(!meets);
        assert!(of_text("too short to say").is_none());
        assert!(of_text(&"ha".repeat(200)).is_none(), "two shingles over and over");
    }

    #[test]
    fn texts_of_a_likeness_of_seventy_percent_meet_almost_always() {
        let words: Vec<String> = (0..400_u64).map(|n| format!("{:x}", mixed(n))).collect();
        let (mut pairs, mut met) = (0, 0);
        for start in 0..300 {
            let one: Vec<&str> = words[start..start + 20].iter().map(String::as_str).collect();
            let mut other = one.clone();
            // Three of twenty words: a likeness of about 0.7.
            for at in [3, 9, 15] {
                other[at] = &words[(start + at * 7 + 31) % 400];
            }
            let (likeness, meets) = compare(&one.join(" "), &other.join(" "));
            if likeness >= LIKENESS_MIN {
                pairs += 1;
                met += u32::from(meets);
            }
        }
        assert!(pairs > 100, "{pairs}");
        assert!(f64::from(met) >= f64::from(pairs) * 0.98, "{met} of {pairs}");
    }

    #[test]
    fn long_texts_are_told_by_their_lowest_digests() {
        let word = |n: u64| format!("{:x} ", mixed(n));
        let long: String = (0..200).map(word).collect();
        let longer: String = (0..240).map(word).collect();
        let (likeness, _) = compare(&long, &longer);
        assert!((0.75..0.92).contains(&likeness), "{likeness} should be about 0.83");
    }
}
