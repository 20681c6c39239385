//! From JSON bytes to decision on one core, with 100 and 500 rules, over posts and over everything.
//! `-- 100` runs those of a hundred rules only, for a profiler.

use std::sync::Arc;

use benches::{lines, machine, measure, policy_set, rate};
use engine::{Judge, Rules};
use types::Event;

const EVENTS: usize = 200_000;

/// Events handed in together.
const BATCH: usize = 100;

fn main() {
    machine();
    for posts in [true, false] {
        let lines = lines(EVENTS, posts);
        let bytes: usize = lines.iter().map(Vec::len).sum();
        let what = if posts { "posts and comments" } else { "all kinds of events" };
        println!("{} {what}, {} bytes each", lines.len(), bytes / lines.len());
        let (_, took) = measure(|| lines.iter().filter(|line| Event::parse(line).is_ok()).count());
        rate("  parsing alone", lines.len() as u64, "events", took);
        let only = std::env::args().filter_map(|word| word.parse::<usize>().ok()).next();
        for rules in [100, 500].into_iter().filter(|rules| only.is_none_or(|only| only == *rules)) {
            run(rules, &lines);
        }
    }
}

fn run(rules: usize, lines: &[Vec<u8>]) {
    let Ok(loaded) = Rules::load(&policy_set(rules)) else {
        return println!("the rules do not compile");
    };
    let running = loaded.program.rules.len();
    let mut judge = Judge::new(Arc::new(loaded));
    let (decisions, took) = measure(|| {
        let batches = lines.chunks(BATCH).map(|batch| {
            let events: Vec<Event> =
                batch.iter().filter_map(|line| Event::parse(line).ok()).collect();
            let judged = judge.judge_all(&events.iter().collect::<Vec<_>>());
            judged.iter().filter(|judged| judged.decision.is_some()).count()
        });
        batches.sum::<usize>()
    });
    rate(&format!("  {running} rules, {decisions} decisions"), lines.len() as u64, "events", took);
}
