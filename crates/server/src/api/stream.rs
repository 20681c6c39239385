//! Decisions as they are made, as server-sent events: read from the store after each commit, so that
//! a slow reader costs no memory and a lost connection goes on where it was.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use store::Filter;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::api::decisions::DecisionItem;
use crate::app::App;
use crate::permission::{DecisionsRead, Permit as _};
use crate::principal::{ASKED_AGAIN, Caller, Pass};
use crate::problem::Problem;

/// Decisions read at a time.
const PAGE: u32 = 200;

/// How often a silent stream says that it is there.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Where a stream is.
struct Follow {
    app: App,
    filter: Filter,
    size: watch::Receiver<u64>,
    stop: watch::Receiver<bool>,
    waiting: std::vec::IntoIter<DecisionItem>,
    pass: Pass,
    _place: Place,
}

/// Those who follow streams, by caller.
pub(crate) struct Streams {
    room: Arc<Semaphore>,
    of_caller_max: usize,
    callers: Arc<Mutex<HashMap<String, usize>>>,
}

/// A place among those who follow.
pub(crate) struct Place {
    _permit: OwnedSemaphorePermit,
    callers: Arc<Mutex<HashMap<String, usize>>>,
    caller: String,
}

impl Streams {
    /// Room for `most` streams, and for so many of one caller.
    pub(crate) fn new(most: usize, of_caller_max: usize) -> Self {
        Self { room: Arc::new(Semaphore::new(most)), of_caller_max, callers: Arc::default() }
    }

    /// A place for `caller`.
    pub(crate) fn enter(&self, caller: &Caller) -> Result<Place, Problem> {
        let busy = || Problem::Busy(Duration::from_secs(30));
        let permit = Arc::clone(&self.room).try_acquire_owned().map_err(|_| busy())?;
        let (caller, callers) = (caller.id(), Arc::clone(&self.callers));
        let mut counts = callers.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(caller.clone()).or_default();
        if *count >= self.of_caller_max {
            return Err(busy());
        }
        *count += 1;
        drop(counts);
        Ok(Place { _permit: permit, callers, caller })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.callers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.caller) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.caller);
            }
        }
    }
}

/// An answer that goes on.
pub(crate) fn answer(
    stream: impl Stream<Item = Result<Event, Infallible>> + Send + 'static,
) -> Response {
    let keep_alive = KeepAlive::new().interval(KEEP_ALIVE);
    ([("x-accel-buffering", "no")], Sse::new(stream).keep_alive(keep_alive)).into_response()
}

/// The decisions that `filter` lets through, from its cursor, `Last-Event-ID` or now on.
pub(crate) fn decisions(
    app: &App,
    caller: &Caller,
    filter: Filter,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let last = headers.get("last-event-id").and_then(|last| last.to_str().ok());
    let last = last.and_then(|last| last.parse().ok());
    let size = app.core()?.pipeline.size();
    let after = last.or(filter.after).or_else(|| size.borrow().checked_sub(1));
    let follow = Follow {
        app: app.clone(),
        filter: Filter { after, before: None, is_newest_first: false, limit: PAGE, ..filter },
        size,
        stop: app.stop.clone(),
        waiting: Vec::new().into_iter(),
        pass: Pass::new(app, headers, DecisionsRead::NAME),
        _place: app.streams.enter(caller)?,
    };
    Ok(answer(futures_util::stream::unfold(follow, next)))
}

async fn next(mut follow: Follow) -> Option<(Result<Event, Infallible>, Follow)> {
    loop {
        if !follow.pass.holds().await {
            return None;
        }
        if let Some(item) = follow.waiting.next() {
            let seq = item.seq;
            let event = Event::default().event("decision").id(seq.to_string()).json_data(&item);
            return Some((Ok(event.ok()?), follow));
        }
        // Marked as seen before reading, so that nothing committed meanwhile is slept through.
        let end = *follow.size.borrow_and_update();
        let page = follow.app.core().ok()?.store.decisions(&follow.filter).await.ok()?;
        let is_more = page.next.is_some();
        let last = page.rows.last().map(|row| row.seq);
        follow.filter.after = match page.next.or(last) {
            Some(seq) => Some(seq),
            None => follow.filter.after.max(end.checked_sub(1)),
        };
        follow.waiting = DecisionItem::all(&follow.app, page.rows).await.ok()?.into_iter();
        if is_more || follow.waiting.len() > 0 {
            continue;
        }
        tokio::select! {
            changed = follow.size.changed() => changed.ok()?,
            _ = follow.stop.changed() => return None,
            () = tokio::time::sleep(ASKED_AGAIN) => {}
        }
    }
}
