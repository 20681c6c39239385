//! The one way to write rows that the log commits to: through the loop of a running server, alone on
//! a store that nobody else has open, or, beside a server, through what it looks for once a second.

use std::time::Duration;

use jiff::Timestamp;
use ledger::Key;
use serde::{Deserialize, Serialize};
use store::{Aside, Batch, RowChange, Store};
use tokio::sync::Mutex;

use crate::error::Error;
use crate::pipeline::{Clock, Pipeline};
use crate::recorder::{Random, Recorder};
use crate::work::Rows;

/// How long the command line waits for a server to do what it asks.
const ASKED_MAX: Duration = Duration::from_secs(15);

/// How often it looks.
const LOOK_EACH: Duration = Duration::from_millis(100);

/// Rows that a store of an earlier version has, entered together.
const BROUGHT_UP: usize = 500;

/// A way to write rows.
#[derive(Clone)]
pub struct Door {
    store: Store,
    way: Way,
}

#[derive(Clone)]
enum Way {
    Running(Pipeline),
    Alone(std::sync::Arc<Mutex<Recorder>>, Clock),
    Beside,
}

/// What is asked of a server through the store.
#[derive(Serialize, Deserialize)]
struct Request {
    changes: Vec<RowChange>,
    asides: Vec<Aside>,
}

impl Door {
    /// Through the loop.
    #[must_use]
    pub fn running(store: &Store, pipeline: &Pipeline) -> Self {
        Self { store: store.clone(), way: Way::Running(pipeline.clone()) }
    }

    /// Alone on `store`, whose ledger `key` signs.
    ///
    /// # Errors
    ///
    /// If the store cannot be read or written, or another key signs it.
    pub async fn alone(
        store: &Store,
        (key, random): (Key, Random),
        clock: Clock,
    ) -> Result<Self, Error> {
        let mut recorder = Recorder::resume(store, key, random).await?;
        prepare(store, &mut recorder, clock()).await?;
        let way = Way::Alone(std::sync::Arc::new(Mutex::new(recorder)), clock);
        Ok(Self { store: store.clone(), way })
    }

    /// Beside a server that has `store` open.
    #[must_use]
    pub fn beside(store: &Store) -> Self {
        Self { store: store.clone(), way: Way::Beside }
    }

    /// The store.
    #[must_use]
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// Writes `kept`; it is on the disk when this returns.
    ///
    /// # Errors
    ///
    /// If the store cannot be written, or no server does what is asked.
    pub async fn write(&self, kept: Rows) -> Result<(), Error> {
        match &self.way {
            Way::Running(pipeline) => Ok(pipeline.keep(kept).await?),
            Way::Alone(recorder, clock) => {
                let mut recorder = recorder.lock().await;
                let mut batch = Batch::default();
                recorder.changed(kept, &mut batch)?;
                recorder.sign(clock(), &mut batch);
                Ok(self.store.commit(&batch).await?)
            }
            Way::Beside => self.ask(kept).await,
        }
    }

    async fn ask(&self, Rows { changes, asides }: Rows) -> Result<(), Error> {
        let id = self.store.ask(&serde_json::to_string(&Request { changes, asides })?).await?;
        let until = tokio::time::Instant::now() + ASKED_MAX;
        while self.store.is_asked(id).await? {
            if tokio::time::Instant::now() > until {
                // Done in this very moment, or not at all.
                return match self.store.take_back(id).await? {
                    true => Err(Error::Unheard),
                    false => Ok(()),
                };
            }
            tokio::time::sleep(LOOK_EACH).await;
        }
        Ok(())
    }
}

/// Does what the command line asked of this server through the store.
///
/// # Errors
///
/// If the store cannot be read or written.
pub async fn answer(store: &Store, pipeline: &Pipeline) -> Result<(), Error> {
    for (id, body) in store.asked().await? {
        // What cannot be read is of another build: it is let go, and whoever asked sees no change.
        let mut kept = serde_json::from_str(&body)
            .map(|Request { changes, asides }| Rows { changes, asides })
            .unwrap_or_default();
        kept.asides.push(Aside::Received { id });
        pipeline.keep(kept).await?;
    }
    Ok(())
}

/// Begins the ledger of a new store, and enters the rows of a store of an earlier version.
pub(crate) async fn prepare(
    store: &Store,
    recorder: &mut Recorder,
    at: Timestamp,
) -> Result<(), Error> {
    let mut batch = Batch::default();
    if recorder.size() == 0 {
        recorder.open(&mut batch)?;
    }
    if store.is_unproven().await? {
        // They stay as they are; only the log learns of them.
        for shape in store::SHAPES {
            let mut some = Vec::new();
            let mut enter = |some: &mut Vec<RowChange>| {
                recorder.changed(Rows::of(some.drain(..)), &mut batch)?;
                batch.rows.clear();
                Ok::<_, Error>(())
            };
            let mut failed = None;
            let take = |row| {
                some.push(row);
                if some.len() == BROUGHT_UP {
                    failed = failed.take().or(enter(&mut some).err());
                }
                Ok(())
            };
            store.each_row(shape, take).await?;
            enter(&mut some)?;
            if let Some(error) = failed {
                return Err(error);
            }
        }
        batch.proves_all = true;
    }
    if batch == Batch::default() {
        return Ok(());
    }
    recorder.sign(at, &mut batch);
    Ok(store.commit(&batch).await?)
}
