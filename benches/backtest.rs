//! Back-test from Parquet: 500 rules over a simulated history, column by column, on one core.
//!
//! Simulated events are told at ten a second, so that the files of an hour are of a usual size:
//! tiny files cost more than what they hold.

use std::sync::Arc;

use benches::{lines, machine, measure, memory_peak_mb, policy_set, rate};
use engine::Rules;
use engine::backtest::{Backtest, Side, Way, over_history};
use history::{History, HistoryRow, Location, Payload, Writer};
use types::Event;

const EVENTS: usize = 1_000_000;

/// The time of the first event.
const FROM_MS: i64 = 1_717_200_000_000;

const MS_BETWEEN: i64 = 100;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    machine();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    for posts in [false, true] {
        let what = if posts { "posts and comments" } else { "all kinds of events" };
        let folder = tempfile::tempdir_in(".")?;
        let place = Location::new(&folder.path().to_string_lossy())?;
        let mut history = History::new(place, "bench".to_owned());
        let events = if posts { EVENTS / 2 } else { EVENTS };
        let (written, took) = measure(|| runtime.block_on(write(&mut history, events, posts)));
        written?;
        let rows = history.manifest().rows();
        rate(&format!("rolling {what}"), rows, "events", took);
        println!("{} bytes an event", history.manifest().bytes() / rows.max(1));
        for rules in [100, 500] {
            let Ok(rules) = Rules::load(&policy_set(rules)) else { return Ok(()) };
            let running = rules.program.rules.len();
            let backtest = Backtest::new(Side::Recorded, Side::rules(Arc::new(rules), 1), None);
            let (report, took) = measure(|| {
                let way = Way::default();
                runtime.block_on(over_history(&history, backtest, &way, &mut |_| true))
            });
            let decisions = report?.map_or(0, |report| report.decisions_after);
            rate(&format!("{running} rules, {decisions} decisions, {what}"), rows, "events", took);
        }
    }
    println!("{} MB", memory_peak_mb());
    Ok(())
}

async fn write(history: &mut History, events: usize, posts: bool) -> Result<(), history::Error> {
    let mut writer = Writer::new(history);
    let lines = lines(events, posts);
    let count = lines.len() as u64;
    for (number, part) in (0..).zip(lines.chunks(4_000)) {
        let first: u64 = number * 4_000;
        let row = |(seq, json): (u64, &Vec<u8>)| {
            let mut event = Event::parse(json).ok()?;
            let ms = FROM_MS + seq.cast_signed() * MS_BETWEEN;
            event.time = jiff::Timestamp::from_millisecond(ms).ok()?;
            let json = serde_json::to_vec(&event).ok()?;
            let payload = Payload { event: json, ..Payload::default() };
            Some(HistoryRow { seq, event, payload })
        };
        let rows: Vec<HistoryRow> = (first..).zip(part).filter_map(row).collect();
        if writer.push(rows) {
            writer.flush((first + part.len() as u64, String::new())).await?;
        }
    }
    writer.flush((count, String::new())).await
}
