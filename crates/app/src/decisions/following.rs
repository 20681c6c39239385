//! Decisions as they are made. They are read from the store after each commit, so that a slow
//! reader costs no memory and a lost connection can resume where it was.

use std::time::Duration;

use store::{Filter, Listed};
use tokio::sync::watch;

use crate::access::caller::{ASKED_AGAIN, Caller, Credentials, Pass};
use crate::access::permission::{DecisionsRead, Permit as _};
use crate::decisions::DecisionItem;
use crate::decisions::streams::StreamPermit;
use crate::service::problem::Problem;
use crate::service::state::App;

/// Decisions read at a time.
const PAGE: u32 = 200;

/// A caller who follows decisions one by one, in the order of the ledger.
pub struct Follow {
    app: App,
    filter: Filter,
    size: watch::Receiver<u64>,
    stop: watch::Receiver<bool>,
    waiting: std::vec::IntoIter<DecisionItem>,
    pass: Pass,
    _place: StreamPermit,
}

impl Follow {
    /// Follows the decisions that match `filter`: after `last` if given, else from the filter's
    /// cursor, else from now on.
    pub fn new(
        app: &App,
        (caller, shown): (&Caller, Option<Credentials>),
        filter: Filter,
        last: Option<u64>,
    ) -> Result<Self, Problem> {
        let size = app.core()?.pipeline.size();
        let after = last.or(filter.after).or_else(|| size.borrow().checked_sub(1));
        Ok(Self {
            app: app.clone(),
            filter: Filter { after, before: None, is_newest_first: false, limit: PAGE, ..filter },
            size,
            stop: app.stop.clone(),
            waiting: Vec::new().into_iter(),
            pass: Pass::new(app, shown, DecisionsRead::NAME),
            _place: app.streams.enter(caller)?,
        })
    }

    /// Waits for the next decision; `None` when the server stops or the caller's right ends.
    pub async fn next(&mut self) -> Option<DecisionItem> {
        loop {
            if !self.pass.holds().await {
                return None;
            }
            if let Some(item) = self.waiting.next() {
                return Some(item);
            }
            // Marked as seen before the read, so that a commit meanwhile is not missed.
            let end = *self.size.borrow_and_update();
            let page = self.app.core().ok()?.store.decisions(&self.filter).await.ok()?;
            let is_more = page.next.is_some();
            let last = page.rows.last().map(|row| row.seq);
            self.filter.after = match page.next.or(last) {
                Some(seq) => Some(seq),
                None => self.filter.after.max(end.checked_sub(1)),
            };
            self.waiting = DecisionItem::all(&self.app, page.rows).await.ok()?.into_iter();
            if is_more || self.waiting.len() > 0 {
                continue;
            }
            tokio::select! {
                changed = self.size.changed() => changed.ok()?,
                _ = self.stop.changed() => return None,
                () = tokio::time::sleep(ASKED_AGAIN) => {}
            }
        }
    }
}

/// How often an open page is updated: as fast as people can read.
const EVERY: Duration = Duration::from_secs(1);

/// The most new rows at a time; if there are more, the latest are shown.
const ROWS_MAX: u32 = 20;

/// An open page that shows decisions as they are made.
pub struct Watch {
    app: App,
    filter: Filter,
    size: watch::Receiver<u64>,
    stop: watch::Receiver<bool>,
    pass: Pass,
    _place: StreamPermit,
}

impl Watch {
    /// Watches the decisions that match `filter`, from now on; ends when `pass` does.
    pub fn new(app: &App, caller: &Caller, filter: Filter, pass: Pass) -> Result<Self, Problem> {
        let mut size = app.core()?.pipeline.size();
        let after = size.borrow_and_update().checked_sub(1);
        Ok(Self {
            app: app.clone(),
            filter: Filter {
                after,
                before: None,
                limit: ROWS_MAX,
                is_newest_first: true,
                ..filter
            },
            size,
            stop: app.stop.clone(),
            pass,
            _place: app.streams.enter(caller)?,
        })
    }

    /// Waits a second, then until something is new or another second has passed, since rates also
    /// fall when nothing comes in. `None` when it ends.
    pub async fn tick(&mut self) -> Option<()> {
        if !self.pass.holds().await {
            return None;
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            _ = self.stop.changed() => return None,
        }
        tokio::select! {
            changed = self.size.changed() => changed.ok(),
            _ = self.stop.changed() => None,
            () = tokio::time::sleep(EVERY) => Some(()),
        }
    }

    /// Waits for new decisions; `None` when it ends.
    pub async fn next(&mut self) -> Option<Vec<Listed>> {
        loop {
            self.tick().await?;
            let end = *self.size.borrow();
            let found = self.app.core().ok()?.store.decisions(&self.filter).await.ok()?.rows;
            self.filter.after = self.filter.after.max(end.checked_sub(1));
            if !found.is_empty() {
                return Some(found);
            }
        }
    }
}
