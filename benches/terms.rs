//! Lists of a thousand to a million terms: load time, throughput over captions and over ASCII text.

use benches::{lines, machine, measure, memory_peak_mb, rate};
use signal::terms::{Scan, Terms};
use types::Event;

/// Text scanned, in bytes.
const TEXT_BYTES: usize = 48_000_000;

fn main() {
    machine();
    let captions = captions();
    let file = std::env::var("PROBITY_BENCH_TEXT").ok().and_then(|path| std::fs::read(path).ok());
    match &file {
        Some(_) => println!("also over the text in PROBITY_BENCH_TEXT"),
        None => println!("PROBITY_BENCH_TEXT names no file: only simulated captions are scanned"),
    }
    let file: Vec<String> = file
        .iter()
        .flat_map(|bytes| bytes.split(|byte| *byte == b'\n'))
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect();
    for count in [1_000, 100_000, 1_000_000] {
        let list: Vec<String> = (0..count).map(term).collect();
        let (terms, took) = measure(|| Terms::build(&[&list]));
        rate(&format!("{count} terms, loading"), count, "terms", took);
        for (what, texts) in [("captions", &captions), ("text of the file", &file)] {
            if texts.is_empty() {
                continue;
            }
            let bytes: usize = texts.iter().map(String::len).sum();
            let mut scan = Scan::default();
            let mut hits = 0_u64;
            let ((), took) = measure(|| {
                texts.iter().for_each(|text| terms.scan(text, &mut scan, |_| hits += 1))
            });
            rate(
                &format!("{count} terms over {what}, {hits} hits"),
                bytes as u64 / 1_000_000,
                "MB",
                took,
            );
        }
    }
    println!("{} MB", memory_peak_mb());
}

/// Captions of simulated posts, repeated to the size wanted.
fn captions() -> Vec<String> {
    let events = lines(100_000, true);
    let events = events.iter().filter_map(|line| Event::parse(line).ok());
    let texts: Vec<String> = events.filter_map(|event| event.data.content?.text).collect();
    let mut size = 0;
    let enough = |text: &&String| {
        size += text.len();
        size <= TEXT_BYTES
    };
    texts.iter().cycle().take_while(enough).cloned().collect()
}

/// A made-up term: half are words of eight letters and more, half are phrases of two words.
fn term(number: u64) -> String {
    let word = |mut seed: u64, syllables: u32| {
        let mut word = String::new();
        for _ in 0..syllables {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let syllables = b"ba ke li mo nu ra se ti vo zu da fe gi ho ku la me ni po ru";
            let at = usize::try_from(seed >> 33).unwrap_or(0) % 20 * 3;
            word.push_str(&String::from_utf8_lossy(&syllables[at..at + 2]));
        }
        word
    };
    if number.is_multiple_of(2) {
        word(number, 6)
    } else {
        format!("{} {}", word(number, 3), word(number / 3, 4))
    }
}
