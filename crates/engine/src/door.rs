//! The one way to write rows to which the log commits: through the loop of a running server, alone
//! on a store that nobody else has open, or, while a server runs, through a table that it reads ten
//! times a second.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use ledger::Key;
use serde::{Deserialize, Serialize};
use store::{Aside, Batch, Heard, RowChange, Shape, Store};
use tokio::sync::Mutex;
use types::Subject;

use crate::erase::{self, ErasureRequest, ErasureScope};
use crate::error::Error;
use crate::pipeline::{Clock, Pipeline};
use crate::recorder::{Random, Recorder};
use crate::work::Rows;

/// How long the command line waits for a server to accept its request.
const TAKEN_UP_WITHIN: Duration = Duration::from_secs(15);

/// How long it then waits for the answer.
const ANSWERED_WITHIN: Duration = Duration::from_secs(600);

/// How often it checks for the answer.
const LOOK_EACH: Duration = Duration::from_millis(100);

/// The answer to a request accepted by a server that ended before it could answer.
const ENDED: &str =
    "the server ended before it could say whether this was done; look, and ask again";

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

/// A request to a server through the store.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Request {
    /// To write rows.
    Rows { changes: Vec<RowChange>, asides: Vec<Aside> },
    /// To erase what is stored about a subject.
    Erase { subject: String, by: String, reason: String, at_ms: i64 },
}

/// The server's answer to it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Reply {
    Erased(Erased),
    Failed(String),
}

/// The result of an erasure.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// Number of entries that lost their payload.
    pub entries: u64,
    /// Numbers of other rows that were changed, and of rows that stay, by kind.
    pub rows: BTreeMap<String, u64>,
}

impl From<&ErasureScope> for Erased {
    fn from(found: &ErasureScope) -> Self {
        let rows = found.beside.iter().map(|(what, count)| ((*what).to_owned(), *count));
        Self { entries: found.erasure.entries.len() as u64, rows: rows.collect() }
    }
}

impl Door {
    /// Writes through the loop.
    #[must_use]
    pub fn running(store: &Store, pipeline: &Pipeline) -> Self {
        Self { store: store.clone(), way: Way::Running(pipeline.clone()) }
    }

    /// Writes alone to `store`, whose ledger is signed with `key`.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the store cannot be read or written; [`Error::OtherKey`] if its ledger
    /// is signed with another key.
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

    /// Writes through a server that has `store` open.
    #[must_use]
    pub fn beside(store: &Store) -> Self {
        Self { store: store.clone(), way: Way::Beside }
    }

    /// The store.
    #[must_use]
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// Writes `kept`; it is on disk when this returns.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] or [`Error::Loop`] if a write fails; [`Error::Unheard`] if no server
    /// accepts the request; [`Error::Refused`] if the server did not carry it out.
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
                self.ask(&Request::Rows { changes, asides }).await.map(drop)
            }
        }
    }

    /// Erases what is stored about `subject`, and enters who did it and why. Returns what was
    /// erased.
    ///
    /// # Errors
    ///
    /// [`Error::Held`] if something must be kept; else as [`Door::write`].
    pub async fn erase(
        &self,
        (subject, asked): (&Subject, ErasureRequest),
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<Erased, Error> {
        let store = &self.store;
        match &self.way {
            Way::Running(pipeline) => {
                Ok(Erased::from(&pipeline.erase(store, (subject, asked)).await?))
            }
            Way::Alone(recorder, clock) => {
                let now = clock();
                let found = erase::find(store, (subject, now), progress).await?;
                erase::check_reason(store, &found, &asked).await?;
                let erased = Erased::from(&found);
                if found.is_empty() {
                    // An interrupted erasure may have left bytes.
                    store.scrub().await?;
                } else {
                    let mut recorder = recorder.lock().await;
                    erase::erase(store, &mut recorder, (found, asked), now).await?;
                }
                Ok(erased)
            }
            Way::Beside => {
                let (subject, ErasureRequest { by, reason, at_ms }) = (subject.0.clone(), asked);
                self.ask(&Request::Erase { subject, by, reason, at_ms }).await
            }
        }
    }

    async fn ask(&self, request: &Request) -> Result<Erased, Error> {
        let id = self.store.ask(&serde_json::to_string(request)?).await?;
        let begun = tokio::time::Instant::now();
        loop {
            match self.store.answer_to(id).await? {
                Heard::Done => return Ok(Erased::default()),
                Heard::Answer(answer) => {
                    self.store.answer_read(id).await?;
                    return match serde_json::from_str(&answer)? {
                        Reply::Erased(erased) => Ok(erased),
                        Reply::Failed(why) => Err(Error::Refused(why)),
                    };
                }
                Heard::Nothing => {}
            }
            if begun.elapsed() > TAKEN_UP_WITHIN && self.store.withdraw(id).await? {
                return Err(Error::Unheard);
            }
            if begun.elapsed() > ANSWERED_WITHIN {
                return Err(Error::Refused(ENDED.to_owned()));
            }
            tokio::time::sleep(LOOK_EACH).await;
        }
    }
}

/// Carries out the requests that the command line sent to this server through the store.
///
/// # Errors
///
/// [`Error::Store`] if the store cannot be read or written.
pub async fn answer(store: &Store, pipeline: &Pipeline) -> Result<(), Error> {
    for (id, body) in store.asked().await? {
        if !store.take_up(id).await? {
            // Withdrawn just now.
            continue;
        }
        if let Some(reply) = answered(store, pipeline, (id, &body)).await {
            store.tell(id, &serde_json::to_string(&reply)?).await?;
        }
    }
    Ok(())
}

/// The answer to one request; `None` if the commit that carries it out also removes it.
async fn answered(store: &Store, pipeline: &Pipeline, (id, body): (i64, &str)) -> Option<Reply> {
    let failed = |error: &dyn std::fmt::Display| Some(Reply::Failed(error.to_string()));
    match serde_json::from_str(body) {
        Ok(Request::Rows { changes, .. }) if !changes.iter().all(RowChange::is_sound) => {
            failed(&"this server is of another build than the command, and does not know its rows")
        }
        Ok(Request::Rows { changes, mut asides }) => {
            asides.push(Aside::Received { id });
            let kept = pipeline.keep(Rows { changes, asides }).await;
            kept.err().and_then(|error| failed(&error))
        }
        Ok(Request::Erase { subject, by, reason, at_ms }) => {
            let asked = ErasureRequest { by, reason, at_ms };
            match pipeline.erase(store, (&Subject(subject), asked)).await {
                Ok(found) => Some(Reply::Erased(Erased::from(&found))),
                Err(error) => failed(&error),
            }
        }
        Err(error) => failed(&format!("this server does not know the request: {error}")),
    }
}

/// Answers the requests that an earlier server accepted and did not answer.
///
/// # Errors
///
/// [`Error::Store`] if the store cannot be written.
pub(crate) async fn answer_for_the_last(store: &Store) -> Result<(), Error> {
    let reply = serde_json::to_string(&Reply::Failed(ENDED.to_owned()))?;
    Ok(store.tell_unanswered(&reply).await?)
}

/// Starts the ledger of a new store, and enters the rows of a store of an earlier version.
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
        for shape in store::SHAPES {
            bring_up(store, shape, (recorder, at)).await?;
        }
        batch.proves_all = true;
    }
    if batch == Batch::default() {
        return Ok(());
    }
    commit(store, recorder, (batch, at)).await
}

/// Enters the rows of a table page by page. The rows do not change, they are only entered in the
/// log. If this breaks off, all of them are entered again.
async fn bring_up(
    store: &Store,
    shape: &Shape,
    (recorder, at): (&mut Recorder, Timestamp),
) -> Result<(), Error> {
    let mut last = None;
    loop {
        let rows = store.rows_after(shape, last.as_ref()).await?;
        let Some(row) = rows.last() else { return Ok(()) };
        last = Some(row.clone());
        let mut batch = Batch::default();
        recorder.changed(Rows::of(rows), &mut batch)?;
        batch.rows.clear();
        commit(store, recorder, (batch, at)).await?;
    }
}

async fn commit(
    store: &Store,
    recorder: &Recorder,
    (mut batch, at): (Batch, Timestamp),
) -> Result<(), Error> {
    if !batch.entries.is_empty() {
        recorder.sign(at, &mut batch);
    }
    Ok(store.commit(&batch).await?)
}
