//! Rolls the log of a running server into its history at intervals, and drops old events.

use std::time::Duration;

use history::{History, Hold, Place, Retention};
use store::Store;
use tokio::sync::watch;

use crate::clock;

/// The place of the history, the interval, and how long events are kept.
#[derive(Clone, Debug)]
pub(crate) struct Rolling {
    pub(crate) place: String,
    pub(crate) every: Duration,
    pub(crate) retention: Retention,
}

impl Rolling {
    /// Rolls until `stop` turns true. Errors are logged, and the next roll tries again.
    pub(crate) async fn run(self, store: Store, mut stop: watch::Receiver<bool>) {
        let mut ticks = tokio::time::interval(self.every);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                _ = stop.changed() => return,
            }
            tokio::select! {
                rolled = self.roll(&store) => match rolled {
                    Ok(0) => {}
                    Ok(events) => tracing::info!(events, "rolled into the history"),
                    Err(error) => tracing::error!(%error, "the log was not rolled"),
                },
                _ = stop.changed() => return,
            }
        }
    }

    async fn roll(&self, store: &Store) -> Result<u64, engine::Error> {
        let place = Place::new(&self.place)?;
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
