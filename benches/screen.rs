//! From JSON bytes to decision on one core, with 100 and 500 rules, over posts and over everything.

use std::sync::Arc;

use benches::{lines, machine, measure, pack, rate};
use engine::{Judge, Rules};
use types::Event;

const EVENTS: usize = 200_000;

fn main() {
    machine();
    for posts in [true, false] {
        let lines = lines(EVENTS, posts);
        let bytes: usize = lines.iter().map(Vec::len).sum();
        let what = if posts { "posts and comments" } else { "all kinds of events" };
        println!("{} {what}, {} bytes each", lines.len(), bytes / lines.len());
        let (_, took) = measure(|| lines.iter().filter(|line| Event::parse(line).is_ok()).count());
        rate("  parsing alone", lines.len() as u64, "events", took);
        for rules in [100, 500] {
            run(rules, &lines);
        }
    }
}

fn run(rules: usize, lines: &[Vec<u8>]) {
    let Ok(loaded) = Rules::load(&pack(rules)) else { return println!("the rules do not compile") };
    let running = loaded.program.rules.len();
    let mut judge = Judge::new(Arc::new(loaded));
    let (decisions, took) = measure(|| {
        let events = lines.iter().filter_map(|line| Event::parse(line).ok());
        events.filter(|event| judge.judge(event).decision.is_some()).count()
    });
    rate(&format!("  {running} rules, {decisions} decisions"), lines.len() as u64, "events", took);
}
