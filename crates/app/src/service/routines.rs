//! Work that recurs beside requests: how often it runs, and how it went last.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use tokio::time::MissedTickBehavior;
use utoipa::ToSchema;

use crate::service::problem::Problem;
use crate::service::state::App;

/// Work that is done at intervals until the service stops.
pub trait Routine: Send + 'static {
    /// Its name.
    const NAME: &'static str;
    /// What it does, in one sentence.
    const WHAT: &'static str;

    /// How often it is done.
    fn every(&self) -> Duration;

    /// Whether it may be broken off when the service stops: it then takes up next time what it
    /// left.
    fn may_break_off(&self) -> bool {
        false
    }

    /// Does it once. An error does not end it: it is done again after the interval.
    fn run(&mut self, app: &App) -> impl Future<Output = Result<(), Problem>> + Send;
}

/// How a routine goes, since the service started.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RoutineView {
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
    /// Why it failed the last time; `null` if it succeeded. Causes that are not disclosed are in
    /// the log of the server.
    pub error: Option<String>,
}

/// All routines, by name.
#[derive(Default)]
pub struct Routines(Mutex<BTreeMap<&'static str, RoutineView>>);

impl Routines {
    fn with<T>(&self, change: impl FnOnce(&mut BTreeMap<&'static str, RoutineView>) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn begin<R: Routine>(&self, routine: &R) {
        let begun = RoutineView {
            name: R::NAME,
            what: R::WHAT,
            every_seconds: routine.every().as_secs_f64(),
            done: 0,
            failed: 0,
            last_at: None,
            last_ms: 0,
            error: None,
        };
        self.with(|all| all.insert(R::NAME, begun));
    }

    /// Records a result; returns whether it failed after a success, or succeeded after a failure.
    fn end(&self, name: &str, (at, took): (Timestamp, Duration), error: Option<String>) -> bool {
        self.with(|all| {
            let Some(known) = all.get_mut(name) else { return false };
            let has_changed = known.error.is_some() != error.is_some();
            known.done += u64::from(error.is_none());
            known.failed += u64::from(error.is_some());
            known.last_at = Some(at);
            known.last_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
            known.error = error;
            has_changed
        })
    }

    /// The names of those that failed the last time.
    pub fn failing(&self) -> impl Iterator<Item = &'static str> {
        self.all().into_iter().filter(|one| one.error.is_some()).map(|one| one.name)
    }

    /// All of them, by name.
    pub fn all(&self) -> Vec<RoutineView> {
        self.with(|all| all.values().cloned().collect())
    }
}

/// Does `routine` at its intervals until the service stops.
pub fn start<R: Routine>(app: &App, mut routine: R) {
    let (app, mut stop) = (app.clone(), app.stop.clone());
    app.routines.begin(&routine);
    tokio::spawn(async move {
        let mut timer = tokio::time::interval(routine.every());
        timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = timer.tick() => {}
                _ = stop.changed() => return,
            }
            let started = tokio::time::Instant::now();
            let may_break_off = routine.may_break_off();
            let done = tokio::select! {
                done = routine.run(&app) => done,
                _ = stop.changed(), if may_break_off => return,
            };
            let error = done.as_ref().err().map(ToString::to_string);
            let has_changed = app.routines.end(R::NAME, (app.now(), started.elapsed()), error);
            match done {
                Err(problem) if has_changed => {
                    tracing::warn!(routine = R::NAME, error = ?problem, "failed");
                }
                Ok(()) if has_changed => tracing::info!(routine = R::NAME, "succeeds again"),
                _ => {}
            }
        }
    });
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

        async fn run(&mut self, _: &App) -> Result<(), Problem> {
            Ok(())
        }
    }

    #[test]
    fn a_failure_is_shown_until_the_next_success_and_told_once() {
        let (routines, at) = (Routines::default(), Timestamp::UNIX_EPOCH);
        routines.begin(&Sweep);
        let took = (at, Duration::from_millis(7));
        let end = |error: Option<&str>| routines.end("sweep", took, error.map(str::to_owned));
        assert!(!end(None), "success is expected");
        assert!(end(Some("the disk is full")));
        assert!(!end(Some("the disk is full")), "it was told before");
        let failing = routines.all().pop().unwrap();
        assert_eq!((failing.done, failing.failed, failing.last_ms), (1, 2, 7));
        assert_eq!(failing.error.as_deref(), Some("the disk is full"));
        assert_eq!(failing.every_seconds, 2.5);
        assert!(end(None) && routines.all()[0].error.is_none());
    }
}
