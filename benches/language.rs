//! Accuracy and speed of the language detector over labelled sentences.
//!
//! Reads `FOLDER/<language>/sentences.txt` from the folder in `PROBITY_LANGID`.

use std::path::Path;

use benches::{machine, measure, rate};

/// English names of languages with their codes: 23 official languages of the EU, Maltese aside.
const LANGUAGES: &[(&str, &str)] = &[
    ("bulgarian", "bg"),
    ("croatian", "hr"),
    ("czech", "cs"),
    ("danish", "da"),
    ("dutch", "nl"),
    ("english", "en"),
    ("estonian", "et"),
    ("finnish", "fi"),
    ("french", "fr"),
    ("german", "de"),
    ("greek", "el"),
    ("hungarian", "hu"),
    ("irish", "ga"),
    ("italian", "it"),
    ("latvian", "lv"),
    ("lithuanian", "lt"),
    ("polish", "pl"),
    ("portuguese", "pt"),
    ("romanian", "ro"),
    ("slovak", "sk"),
    ("slovene", "sl"),
    ("spanish", "es"),
    ("swedish", "sv"),
];

fn main() {
    machine();
    let Ok(folder) = std::env::var("PROBITY_LANGID") else {
        return println!("PROBITY_LANGID names no folder: nothing is measured");
    };
    let (mut bytes, mut count, mut shares) = (0, 0, Vec::new());
    let ((), took) = measure(|| {
        for (name, code) in LANGUAGES {
            let text = std::fs::read_to_string(Path::new(&folder).join(name).join("sentences.txt"))
                .unwrap_or_default();
            let right =
                text.lines().filter(|line| signal::language::language(line) == Some(*code)).count();
            let all = text.lines().count().max(1);
            bytes += text.len();
            count += all;
            shares.push(right * 10_000 / all);
        }
    });
    let mean = shares.iter().sum::<usize>() / shares.len();
    println!(
        "{}.{:02} % of sentences right, mean over {} languages",
        mean / 100,
        mean % 100,
        shares.len()
    );
    rate("sentences", count as u64, "texts", took);
    rate("bytes", bytes as u64, "bytes", took);
}
