//! Work that recurs beside requests: how often it runs, and how it went last.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use tokio::time::MissedTickBehavior;
use utoipa::ToSchema;

use crate::service::state::App;

/// Work that is done at intervals until the service stops.
pub trait Routine: Send + 'static {
    /// Its name.
    const NAME: &'static str;
    /// What it does, in one sentence.
    const WHAT: &'static str;

    /// How often it is done.
    fn every(&self) -> Duration;

    /// Does it once. An error does not end it: it is done again after the interval.
    fn run(&mut self, app: &App) -> impl Future<Output = Result<(), String>> + Send;
}

/// How recurring work goes, since the service started.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Recurring {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub what: &'static str,
    /// The interval, in seconds.
    pub every_seconds: f64,
    /// How often it succeeded.
    pub done: u64,
    /// How often it failed.
    pub failed: u64,
    /// When it last ended; `null` before the first time.
    pub last_at: Option<Timestamp>,
    /// How long that took, in milliseconds.
    pub last_ms: u64,
    /// Why it failed the last time; `null` if it succeeded.
    pub error: Option<String>,
}

/// All recurring work, by name.
#[derive(Default)]
pub struct Board(Mutex<BTreeMap<&'static str, Recurring>>);

impl Board {
    fn with<T>(&self, change: impl FnOnce(&mut BTreeMap<&'static str, Recurring>) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn begin<R: Routine>(&self, routine: &R) {
        let begun = Recurring {
            name: R::NAME,
            what: R::WHAT,
            every_seconds: routine.every().as_secs_f64(),
            done: 0,
            failed: 0,
            last_at: None,
            last_ms: 0,
            error: None,
        };
        self.with(|board| board.insert(R::NAME, begun));
    }

    /// Records a result; returns whether it failed after a success, or succeeded after a failure.
    fn end(&self, name: &str, (at, took): (Timestamp, Duration), error: Option<String>) -> bool {
        self.with(|board| {
            let Some(known) = board.get_mut(name) else { return false };
            let has_changed = known.error.is_some() != error.is_some();
            known.done += u64::from(error.is_none());
            known.failed += u64::from(error.is_some());
            known.last_at = Some(at);
            known.last_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
            known.error = error;
            has_changed
        })
    }

    /// All of it, by name.
    fn all(&self) -> Vec<Recurring> {
        self.with(|board| board.values().cloned().collect())
    }
}

/// Does `routine` at its intervals until the service stops.
pub fn start<R: Routine>(app: &App, mut routine: R) {
    let (app, mut stop) = (app.clone(), app.stop.clone());
    app.recurring.begin(&routine);
    tokio::spawn(async move {
        let mut timer = tokio::time::interval(routine.every());
        timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = timer.tick() => {}
                _ = stop.changed() => return,
            }
            let started = tokio::time::Instant::now();
            let done = tokio::select! {
                done = routine.run(&app) => done,
                _ = stop.changed() => return,
            };
            let error = done.err();
            let told = error.clone();
            if app.recurring.end(R::NAME, (app.now(), started.elapsed()), error) {
                match told {
                    Some(error) => tracing::warn!(routine = R::NAME, %error, "failed"),
                    None => tracing::info!(routine = R::NAME, "succeeds again"),
                }
            }
        }
    });
}

/// All recurring work, by name.
pub fn list(app: &App) -> Vec<Recurring> {
    app.recurring.all()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Sweep;

    impl Routine for Sweep {
        const NAME: &'static str = "sweep";
        const WHAT: &'static str = "Sweeps.";

        fn every(&self) -> Duration {
            Duration::from_millis(2500)
        }

        async fn run(&mut self, _: &App) -> Result<(), String> {
            Ok(())
        }
    }

    #[test]
    fn a_failure_is_shown_until_the_next_success_and_told_once() {
        let (board, at) = (Board::default(), Timestamp::UNIX_EPOCH);
        board.begin(&Sweep);
        let took = (at, Duration::from_millis(7));
        let end = |error: Option<&str>| board.end("sweep", took, error.map(str::to_owned));
        assert!(!end(None), "success is expected");
        assert!(end(Some("the disk is full")));
        assert!(!end(Some("the disk is full")), "it was told before");
        let failing = board.all().pop().unwrap();
        assert_eq!((failing.done, failing.failed, failing.last_ms), (1, 2, 7));
        assert_eq!(failing.error.as_deref(), Some("the disk is full"));
        assert_eq!(failing.every_seconds, 2.5);
        assert!(end(None) && board.all()[0].error.is_none());
    }
}
