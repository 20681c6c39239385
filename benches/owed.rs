//! What is owed: statements of reasons mapped and checked, and a report of 2,000 files linted.

#![expect(clippy::expect_used, reason = "a bench whose input is wrong cannot go on")]

use benches::{machine, measure, memory_peak_mb, rate};
use documents::lint::lint;
use documents::published::PublishedReport;
use documents::report::{Figures, Period, Profile, Texts, tables};
use documents::statement::{Facts, Source, Terms, check, owed};
use types::{Decision, Policy};

/// Decisions mapped.
const DECISIONS: u64 = 200_000;

/// Files linted.
const FILES: usize = 2_000;

fn main() {
    machine();
    statements();
    reports();
    println!("{} MB", memory_peak_mb());
}

fn statements() {
    let decision: Decision = serde_json::from_value(serde_json::json!({
        "id": "3f1c0000000000000000000000000001",
        "time": "2026-07-02T08:00:00Z",
        "source": "/video",
        "event": "e-1",
        "type": "content.published",
        "subject": "content/v-1",
        "policy": "civic.voting",
        "dsa": {
            "category": "NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS",
            "keywords": ["MISINFORMATION_DISINFORMATION"],
        },
        "effects": [{ "effect": "remove" }, { "effect": "suspend_account", "days": 7 }],
        "automation": "fully",
        "language": "ro",
        "statement": "",
        "reasons": [],
        "policies": "00",
    }))
    .expect("a decision");
    let policy = Policy {
        id: "civic.voting".to_owned(),
        title: "Misinformation about voting".to_owned(),
        severity: 8,
        text: "We do not allow false information about how, when or where people can vote.".into(),
        dsa: decision.dsa.clone(),
    };
    let content = types::data::Content { id: "v-1".to_owned(), ..types::data::Content::default() };
    let facts = Facts {
        decision: &decision,
        before: Vec::new(),
        stands: &|_| false,
        policy: Some(&policy),
        further: Vec::new(),
        content: Some(&content),
        posted_at: Some(decision.time),
        account: None,
        source: Source::Voluntary,
        is_found_by_machine: true,
    };
    let terms = Terms::default();
    let (bytes, took) = measure(|| {
        let made = (0..DECISIONS).filter_map(|_| owed(&facts, &terms).ok());
        made.filter_map(|one| serde_json::to_string(&one).ok())
            .map(|json| json.len())
            .sum::<usize>()
    });
    rate(&format!("statements mapped and written, {bytes} bytes"), DECISIONS, "statements", took);
    let json = owed(&facts, &terms).ok().and_then(|one| serde_json::to_value(one).ok());
    let json = json.unwrap_or_default();
    let (faults, took) =
        measure(|| (0..DECISIONS).map(|_| check::check(&json).len()).sum::<usize>());
    rate(&format!("statements checked, {faults} faults"), DECISIONS, "statements", took);
}

fn reports() {
    let period: Period = "2026-H1".parse().expect("a period");
    let profile = Profile { service: "Example Video".to_owned(), ..Profile::default() };
    let (made, _) = tables((&profile, period), &Figures::default(), &Texts::default());
    let files: Vec<(String, Vec<u8>)> = made
        .iter()
        .filter_map(|table| Some((format!("{}.csv", table.name), table.csv().ok()?)))
        .collect();
    let bytes: usize = files.iter().map(|(_, bytes)| bytes.len()).sum();
    let times = FILES.div_ceil(files.len());
    let (findings, took) = measure(|| {
        let read = || {
            let files = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
            lint(&PublishedReport::read(files)).len()
        };
        (0..times).map(|_| read()).sum::<usize>()
    });
    let mb = (bytes * times / 1_000_000) as u64;
    rate(&format!("files linted, {mb} MB, {findings} findings"), FILES as u64, "files", took);
}
