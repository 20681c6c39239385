//! Any text before the term detector: spans lie on letters, and a term standing alone is found.
#![no_main]

use libfuzzer_sys::fuzz_target;
use signal::terms::{Scan, Terms};

fuzz_target!(|text: &str| {
    let list = ["kelmari", "vote by text", "votați", "投票日"].map(str::to_owned);
    let terms = Terms::build(&[&list]);
    let mut scan = Scan::default();
    terms.scan(text, &mut scan, |hit| {
        assert!(text.get(hit.span.0..hit.span.1).is_some(), "the span lies on letters");
    });
    let with = format!("{text} \u{2014} kelmari \u{2014} {text}");
    let mut is_found = false;
    terms.scan(&with, &mut scan, |hit| is_found |= terms.text(hit.term) == "kelmari");
    assert!(is_found, "what stands alone is found in any company");
});
