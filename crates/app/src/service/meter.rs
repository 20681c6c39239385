//! Events per second over the last minutes, measured once a second; and the sampled metrics.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use engine::Trouble;

use crate::service::problem::Problem;
use crate::service::routines::Routine;
use crate::service::state::App;

/// The most seconds remembered.
const SECONDS_MAX: usize = 300;

/// The number of events in each of the last seconds.
#[derive(Default)]
pub struct Meter {
    seconds: Mutex<VecDeque<u64>>,
}

impl Meter {
    /// Number of events in each of the last seconds, the latest last.
    pub fn seconds(&self) -> Vec<u64> {
        let seconds = self.seconds.lock().unwrap_or_else(PoisonError::into_inner);
        seconds.iter().copied().collect()
    }

    fn push(&self, count: u64) {
        let mut seconds = self.seconds.lock().unwrap_or_else(PoisonError::into_inner);
        if seconds.len() >= SECONDS_MAX {
            seconds.pop_front();
        }
        seconds.push_back(count);
    }
}

/// Measures what the overview and `/metrics` show.
#[derive(Default)]
pub struct Measuring {
    judged: Option<u64>,
    seen: LastCheck,
}

impl Routine for Measuring {
    const NAME: &'static str = "Measurements";
    const WHAT: &'static str = "Samples the loop, and forgets rate limits that are over.";

    fn every(&self) -> Duration {
        Duration::from_secs(1)
    }

    async fn run(&mut self, app: &App) -> Result<(), Problem> {
        let core = app.core()?;
        let judged = core.pipeline.status().judged.load(Ordering::Relaxed);
        if let Some(before) = self.judged.replace(judged) {
            app.meter.push(judged - before);
        }
        let status = core.pipeline.status();
        let missed = status.missed_ticks.load(Ordering::Relaxed);
        if let Some(changed) = self.seen.changed(status.trouble(), missed) {
            log(changed);
        }
        sample(app);
        app.limits.tidy();
        app.guesses.tidy(tokio::time::Instant::now());
        app.metrics.run_upkeep();
        Ok(())
    }
}

/// The state of the store when it was last checked.
#[derive(Default)]
struct LastCheck {
    trouble: Option<Trouble>,
    missed_ticks: u64,
}

impl LastCheck {
    /// What changed since then, with whether it is bad.
    fn changed(&mut self, trouble: Option<Trouble>, missed_ticks: u64) -> Option<(bool, String)> {
        let before = std::mem::replace(&mut self.trouble, trouble);
        let missed_before = std::mem::replace(&mut self.missed_ticks, missed_ticks);
        let bad = |trouble| match trouble {
            Trouble::Locked => "another program keeps the store's file locked",
            Trouble::Disk => "the disk fails; nothing is acknowledged",
            Trouble::Full => "the store has no room; nothing is acknowledged",
        };
        match trouble {
            Some(trouble) if before != Some(trouble) => Some((true, bad(trouble).to_owned())),
            None if before.is_some() => Some((false, "the store is written again".to_owned())),
            // While nothing can be written, and up to a second later, that is why.
            None if missed_ticks != missed_before => {
                let stopped = "leases and clocks stand still: the store cannot be read";
                Some((true, stopped.to_owned()))
            }
            _ => None,
        }
    }
}

fn log((is_bad, what): (bool, String)) {
    match is_bad {
        true => tracing::error!("{what}"),
        false => tracing::info!("{what}"),
    }
}

#[expect(clippy::cast_precision_loss, reason = "gauges are floating-point numbers")]
fn sample(app: &App) {
    let Ok(core) = app.core() else { return };
    let status = core.pipeline.status();
    let counters = [
        ("probity_events_judged_total", &status.judged),
        ("probity_events_duplicate_total", &status.duplicates),
        ("probity_events_refused_total", &status.refused),
        ("probity_decisions_total", &status.decisions),
        ("probity_commits_total", &status.commits),
        ("probity_commit_microseconds_total", &status.commit_us),
    ];
    for (name, value) in counters {
        metrics::counter!(name).absolute(value.load(Ordering::Relaxed));
    }
    let is = |trouble| u64::from(status.trouble() == Some(trouble));
    let gauges = [
        ("probity_requests_waiting", status.jobs.load(Ordering::Relaxed)),
        ("probity_accounts_known", status.accounts.load(Ordering::Relaxed)),
        ("probity_things_forgotten", status.forgotten.load(Ordering::Relaxed)),
        ("probity_counter_keys", status.keys.load(Ordering::Relaxed)),
        ("probity_counter_keys_evicted", status.evicted.load(Ordering::Relaxed)),
        ("probity_ticks_missed", status.missed_ticks.load(Ordering::Relaxed)),
        ("probity_rules_tripped", status.tripped.load(Ordering::Relaxed)),
        ("probity_rules_paused", core.pipeline.paused().len() as u64),
        ("probity_ledger_entries", *core.pipeline.size().borrow()),
        ("probity_cases_damaged", status.damage.len() as u64),
        ("probity_store_locked", is(Trouble::Locked)),
        ("probity_store_full", is(Trouble::Full)),
        ("probity_disk_fails", is(Trouble::Disk)),
        ("probity_routines_failing", app.routines.failing().count() as u64),
        ("probity_keys_waiting", core.store.keys_waiting() as u64),
        ("probity_request_memory_free_bytes", app.memory.free() as u64),
        ("probity_memory_bytes", memory_bytes().unwrap_or(0)),
    ];
    for (name, value) in gauges {
        metrics::gauge!(name).set(value as f64);
    }
}

/// The resident memory of this process; `None` where the system does not report it.
pub fn memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn that_there_is_room_again_is_not_followed_by_a_false_alarm_about_clocks() {
        let mut last = LastCheck::default();
        let mut changed = |trouble, missed| last.changed(trouble, missed).map(|(bad, _)| bad);
        assert_eq!(changed(None, 0), None);
        assert_eq!(changed(Some(Trouble::Full), 3), Some(true));
        assert_eq!(changed(Some(Trouble::Full), 13), None, "it was said");
        assert_eq!(changed(None, 14), Some(false), "the last tick was missed while it was full");
        assert_eq!(changed(None, 14), None);
        assert_eq!(changed(None, 15), Some(true), "that one was missed for another reason");
    }
}
