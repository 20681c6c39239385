//! Events a second over the last minutes, measured once a second; and the metrics that are sampled.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::app::App;

/// Seconds that are remembered.
const SECONDS_MAX: usize = 300;

/// See the module.
#[derive(Default)]
pub(crate) struct Meter {
    seconds: Mutex<VecDeque<u64>>,
}

impl Meter {
    /// Events of each of the last seconds, the latest last.
    pub(crate) fn seconds(&self) -> Vec<u64> {
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

/// Measures until the application stops.
pub(crate) async fn run(app: App) {
    let mut stop = app.stop.clone();
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let (mut before, mut was_full) = (None, false);
    while !*stop.borrow() {
        tokio::select! {
            _ = tick.tick() => {}
            _ = stop.changed() => {}
        }
        let Ok(core) = app.core() else { return };
        let judged = core.pipeline.status().judged.load(Ordering::Relaxed);
        if let Some(before) = before {
            app.meter.push(judged - before);
        }
        before = Some(judged);
        let is_full = core.pipeline.status().is_full.load(Ordering::Relaxed);
        match (was_full, is_full) {
            (false, true) => tracing::error!("the store has no room; nothing is acknowledged"),
            (true, false) => tracing::info!("the store has room again"),
            _ => {}
        }
        was_full = is_full;
        sample(&app);
        app.limits.tidy();
        app.metrics.run_upkeep();
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
    let gauges = [
        ("probity_requests_waiting", status.jobs.load(Ordering::Relaxed)),
        ("probity_accounts_known", status.accounts.load(Ordering::Relaxed)),
        ("probity_things_forgotten", status.forgotten.load(Ordering::Relaxed)),
        ("probity_counter_keys", status.keys.load(Ordering::Relaxed)),
        ("probity_counter_keys_evicted", status.evicted.load(Ordering::Relaxed)),
        ("probity_rules_tripped", status.tripped.load(Ordering::Relaxed)),
        ("probity_rules_paused", core.pipeline.paused().len() as u64),
        ("probity_ledger_entries", *core.pipeline.size().borrow()),
        ("probity_store_full", u64::from(status.is_full.load(Ordering::Relaxed))),
        ("probity_keys_waiting", core.store.keys_waiting() as u64),
        ("probity_request_memory_free_bytes", app.room.free() as u64),
        ("probity_memory_bytes", memory_bytes().unwrap_or(0)),
    ];
    for (name, value) in gauges {
        metrics::gauge!(name).set(value as f64);
    }
}

/// The memory of this process, where the system tells it.
pub(crate) fn memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}
