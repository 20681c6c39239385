//! Hot reload: a thousand rules and a million terms, checked and made ready, and the slowest event
//! judged meanwhile by another thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use benches::{lines, machine, measure, policy_set, rate};
use decide::{PolicySet, Source};
use engine::{Judge, Rules};
use types::Event;

fn main() {
    machine();
    let (before, after) = (with_terms(0), with_terms(1_000_000));
    let Ok(rules) = Rules::load(&before) else { return println!("they do not compile") };
    let mut judge = Judge::new(Arc::new(rules));
    let lines = lines(200_000, true);
    let events: Vec<Event> = lines.iter().filter_map(|line| Event::parse(line).ok()).collect();
    let is_ready = AtomicBool::new(false);
    let loaded = std::thread::scope(|scope| {
        let judging = scope.spawn(|| slowest(&mut judge, &events, &is_ready, None));
        let (checked, took) = measure(|| after.check());
        rate(&format!("checked alone, {} findings", checked.diagnostics.len()), 1, "pack", took);
        let (loaded, took) = measure(|| Rules::load(&after));
        rate("1,000 rules and 1,000,000 terms ready", 1, "reload", took);
        is_ready.store(true, Ordering::Relaxed);
        if let Ok(slow) = judging.join() {
            println!("slowest of the events judged meanwhile: {} µs", slow.as_micros());
        }
        loaded
    });
    let Ok(loaded) = loaded else { return };
    let is_over = AtomicBool::new(false);
    let slow = slowest(&mut judge, &events[..20_000], &is_over, Some(Arc::new(loaded)));
    println!("slowest event with the change itself: {} µs", slow.as_micros());
}

/// The longest that an event took, until all are judged or it is over.
#[expect(clippy::disallowed_methods, reason = "a stopwatch is what a measurement needs")]
fn slowest(
    judge: &mut Judge,
    events: &[Event],
    is_over: &AtomicBool,
    mut rules: Option<Arc<Rules>>,
) -> Duration {
    let mut slowest = Duration::ZERO;
    for (number, event) in events.iter().enumerate() {
        let start = Instant::now();
        if let Some(rules) = rules.take_if(|_| number == 1_000) {
            let before = judge.activate(rules);
            std::thread::spawn(move || drop(before));
        }
        judge.judge(event);
        slowest = slowest.max(start.elapsed());
        if is_over.load(Ordering::Relaxed) {
            break;
        }
    }
    slowest
}

/// A thousand rules, and a list of so many terms more.
fn with_terms(terms: usize) -> PolicySet {
    let mut sources = policy_set(1000).sources().to_vec();
    let list: String = (0..terms).map(|n| format!("term{n:07} of many\n")).collect();
    sources.push(Source { name: "lists/many.txt".to_owned(), text: list });
    let rule = "[[rule]]\nid = 'many'\npolicy = 'spam.content'\nwhen = '''event.type == \
        'content.published' && mentions('many')'''\nthen = ['review']\n";
    sources.push(Source { name: "many.toml".to_owned(), text: rule.to_owned() });
    PolicySet::new(sources)
}
