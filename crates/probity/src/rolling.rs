//! Rolls the log of a running server into its history, from time to time, and drops what is too old.

use std::time::Duration;

use history::{Place, Retention};
use store::Store;
use tokio::sync::watch;

use crate::clock;

/// Where the history lies, how often it grows, how long it keeps what.
#[derive(Clone, Debug)]
pub(crate) struct Rolling {
    pub(crate) place: String,
    pub(crate) every: Duration,
    pub(crate) retention: Retention,
}

impl Rolling {
    /// Rolls until `stop` turns true. What fails is logged and tried again the next time.
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
        let retained = history.retain(&self.retention, clock::now()).await?;
        if retained.dropped > 0 {
            tracing::info!(events = retained.dropped, held = retained.held, "dropped for age");
        }
        Ok(rolled.rows)
    }
}
