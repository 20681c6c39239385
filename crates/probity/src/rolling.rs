//! Rolls the log of a running server into its history at intervals, and drops old events.

use std::time::Duration;

use app::{App, Problem, Routine};
use history::{History, Hold, Location, Retention};
use store::Store;

use crate::clock;

/// The place of the history, the interval, and how long events are kept.
#[derive(Clone, Debug)]
pub(crate) struct Rolling {
    pub(crate) place: String,
    pub(crate) every: Duration,
    pub(crate) retention: Retention,
}

/// Rolls the log of a store.
pub(crate) struct Rolls(pub(crate) Rolling, pub(crate) Store);

impl Routine for Rolls {
    const NAME: &'static str = "History";
    const WHAT: &'static str =
        "Copies the log into Parquet files, and drops events that are too old.";

    fn every(&self) -> Duration {
        self.0.every
    }

    fn may_break_off(&self) -> bool {
        true
    }

    async fn run(&mut self, _: &App) -> Result<(), Problem> {
        let events = self.0.roll(&self.1).await?;
        if events > 0 {
            tracing::info!(events, "rolled into the history");
        }
        Ok(())
    }
}

impl Rolling {
    async fn roll(&self, store: &Store) -> Result<u64, engine::Error> {
        let place = Location::new(&self.place)?;
        let (mut history, rolled) = engine::roll::roll(store, place, &mut |_| {}).await?;
        hold(store, &mut history).await?;
        let retained = history.retain(&self.retention, clock::now()).await?;
        if retained.dropped > 0 {
            tracing::info!(events = retained.dropped, held = retained.held, "dropped for age");
        }
        Ok(rolled.rows)
    }
}

/// The prefix of the names of holds that come from orders.
const OF_ORDERS: &str = "order ";

/// Copies the holds of orders to the history, and releases those that ended.
async fn hold(store: &Store, history: &mut History) -> Result<(), engine::Error> {
    let wanted = store.holds(clock::now().as_millisecond()).await?;
    let wanted: Vec<Hold> = wanted
        .into_iter()
        .map(|hold| Hold {
            name: format!("{OF_ORDERS}{}", hold.id),
            scope: hold.scope.into(),
            since_ms: hold.from_ms,
            reason: hold.reason,
        })
        .collect();
    let known = history.manifest().holds.clone();
    for hold in wanted.iter().filter(|hold| !known.iter().any(|known| known.name == hold.name)) {
        history.hold(hold.clone()).await?;
    }
    let is_over = |known: &&Hold| {
        known.name.starts_with(OF_ORDERS) && !wanted.iter().any(|hold| hold.name == known.name)
    };
    for over in known.iter().filter(is_over) {
        history.release(&over.name).await?;
    }
    Ok(())
}
