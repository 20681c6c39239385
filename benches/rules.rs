//! Rule evaluations a second on one core: 1,000 rules of the four usual kinds over events that are
//! read already; and what twenty counters cost an event.

use std::fmt::Write as _;
use std::sync::Arc;

use benches::{lines, machine, measure, policy_set, rate};
use decide::{PolicySet, Source};
use engine::{Judge, Rules};
use types::Event;

const EVENTS: usize = 200_000;

/// Events handed in together.
const BATCH: usize = 100;

fn main() {
    machine();
    let lines = lines(EVENTS, true);
    let events: Vec<Event> = lines.iter().filter_map(|line| Event::parse(line).ok()).collect();
    // `-- counters` runs only those, for a profiler.
    let is_all = !std::env::args().any(|word| word == "counters");
    for rules in [100, 500, 1000].into_iter().filter(|_| is_all) {
        let Ok(rules) = Rules::load(&policy_set(rules)) else {
            return println!("they do not compile");
        };
        let tried: usize =
            events.iter().map(|event| rules.program.rules_on(event.kind).len()).sum();
        let took = judged(rules, &events);
        rate(
            &format!("{} rules tried an event", tried / events.len()),
            tried as u64,
            "rules",
            took,
        );
        rate("  which is", events.len() as u64, "events", took);
    }
    let without = judged(counters(0), &events);
    let with = judged(counters(20), &events);
    rate("no counter", events.len() as u64, "events", without);
    rate("20 counters, read and counted", events.len() as u64, "events", with);
    let more = with.cpu.saturating_sub(without.cpu).as_nanos() / events.len() as u128;
    println!("20 counters cost {more} ns an event");
}

fn judged(rules: Rules, events: &[Event]) -> benches::Took {
    let mut judge = Judge::new(Arc::new(rules));
    let (_, took) = measure(|| {
        let batches = events.chunks(BATCH);
        batches.map(|batch| judge.judge_all(&batch.iter().collect::<Vec<_>>()).len()).sum::<usize>()
    });
    took
}

/// One rule that reads `count` counters by account, link, sound, hashtag, country.
fn counters(count: usize) -> Rules {
    let mut text = "[[policy]]\nid = 'p'\ntitle = 't'\nseverity = 1\ntext = 'x'\n\
        dsa = { category = 'SCAMS_AND_FRAUD' }\n"
        .to_owned();
    let by = ["account.id", "content.sound", "content.country", "account.country", "content.kind"];
    let mut when = "event.type == 'content.published' && content.kind == 'nothing'".to_owned();
    for number in 0..count {
        let (by, hours) = (by[number % by.len()], number / by.len() + 1);
        let _ = write!(
            text,
            "[[counter]]\nname = 'c{number}'\nof = '''event.type == 'content.published' '''\n\
             by = '{by}'\nlast = '{hours}h'\n"
        );
        let _ = write!(when, " && c{number} > 1000000");
    }
    let _ =
        write!(text, "[[rule]]\nid = 'r'\npolicy = 'p'\nwhen = '''{when}'''\nthen = ['review']\n");
    let policy_set = PolicySet::new(vec![Source { name: "a.toml".to_owned(), text }]);
    Rules::load(&policy_set).unwrap_or_else(|found| {
        println!("{found:?}");
        std::process::exit(1)
    })
}
