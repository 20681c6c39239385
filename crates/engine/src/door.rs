//! The one way to write rows that the log commits to: through the loop of a running server, alone on
//! a store that nobody else has open, or, beside a server, through what it looks for once a second.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use ledger::Key;
use serde::{Deserialize, Serialize};
use store::{Aside, Batch, RowChange, Store};
use tokio::sync::Mutex;
use types::Subject;

use crate::erase::{self, Found};
use crate::error::Error;
use crate::pipeline::{Clock, Pipeline};
use crate::recorder::{Random, Recorder};
use crate::work::Rows;

/// How long the command line waits for a server to do what it asks.
const ASKED_WITHIN: Duration = Duration::from_secs(15);

/// How long it waits for an erasure.
const ERASED_WITHIN: Duration = Duration::from_secs(600);

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
#[serde(rename_all = "snake_case")]
enum Request {
    /// To write rows.
    Rows { changes: Vec<RowChange>, asides: Vec<Aside> },
    /// To erase what is kept of somebody.
    Erase { subject: String, reason: String },
}

/// What the server says to it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Reply {
    Erased(Erased),
    Failed(String),
}

/// What an erasure took away.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// Entries that lost their payload.
    pub entries: u64,
    /// Rows beside the log, by what they are; and what stays.
    pub rows: BTreeMap<String, u64>,
}

impl From<&Found> for Erased {
    fn from(found: &Found) -> Self {
        let rows = found.beside.iter().map(|(what, count)| ((*what).to_owned(), *count));
        Self { entries: found.erasure.entries.len() as u64, rows: rows.collect() }
    }
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
            Way::Beside => {
                let Rows { changes, asides } = kept;
                let request = Request::Rows { changes, asides };
                self.ask(&request, ASKED_WITHIN).await.map(drop)
            }
        }
    }

    /// Erases what is kept of `subject`, and enters why; what it took away. With `is_dry` it only
    /// says what it would take away.
    ///
    /// # Errors
    ///
    /// [`Error::Held`] if something must be kept; if the store cannot be written, or no server does
    /// what is asked.
    pub async fn erase(
        &self,
        (subject, reason): (&Subject, &str),
        (now, is_dry): (Timestamp, bool),
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<Erased, Error> {
        let (store, reason) = (&self.store, reason.to_owned());
        match &self.way {
            Way::Running(pipeline) if !is_dry => {
                let found = pipeline.erase(store, (subject, reason)).await?;
                Ok(Erased::from(&found))
            }
            Way::Alone(recorder, _) if !is_dry => {
                let found = erase::find(store, (subject, now), progress).await?;
                let erased = Erased::from(&found);
                let mut recorder = recorder.lock().await;
                if !found.is_empty() || !found.changes.is_empty() {
                    erase::erase(store, &mut recorder, (found, reason), now).await?;
                }
                Ok(erased)
            }
            Way::Beside if !is_dry => {
                let subject = subject.0.clone();
                self.ask(&Request::Erase { subject, reason }, ERASED_WITHIN).await
            }
            _ => {
                let found = erase::find(store, (subject, now), progress).await?;
                Ok(Erased::from(&found))
            }
        }
    }

    async fn ask(&self, request: &Request, within: Duration) -> Result<Erased, Error> {
        let id = self.store.ask(&serde_json::to_string(request)?).await?;
        let until = tokio::time::Instant::now() + within;
        loop {
            if let Some(answer) = self.store.answer_to(id).await? {
                self.store.take_back(id).await?;
                return match serde_json::from_str(&answer) {
                    Ok(Reply::Erased(erased)) => Ok(erased),
                    Ok(Reply::Failed(why)) => Err(Error::Refused(why)),
                    Err(_) => Ok(Erased::default()),
                };
            }
            if tokio::time::Instant::now() > until && self.store.take_back(id).await? {
                return Err(Error::Unheard);
            }
            tokio::time::sleep(LOOK_EACH).await;
        }
    }
}

/// Does what the command line asked of this server through the store.
///
/// # Errors
///
/// If the store cannot be read or written.
pub async fn answer(store: &Store, pipeline: &Pipeline) -> Result<(), Error> {
    for (id, body) in store.asked().await? {
        let reply = match serde_json::from_str(&body) {
            Ok(Request::Rows { changes, mut asides }) => {
                asides.push(Aside::Received { id });
                match pipeline.keep(Rows { changes, asides }).await {
                    Ok(()) => continue,
                    Err(error) => Reply::Failed(error.to_string()),
                }
            }
            Ok(Request::Erase { subject, reason }) => {
                store.take_up(id).await?;
                match pipeline.erase(store, (&Subject(subject), reason)).await {
                    Ok(found) => Reply::Erased(Erased::from(&found)),
                    Err(error) => Reply::Failed(error.to_string()),
                }
            }
            Err(error) => Reply::Failed(format!("this server does not know the request: {error}")),
        };
        store.tell(id, &serde_json::to_string(&reply)?).await?;
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
