//! What goes on, pushed to open pages: drawn here, put in place by a little script.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::response::sse::Event;
use store::Filter;
use tokio::sync::watch;

use crate::api::stream::{Place, answer};
use crate::app::App;
use crate::console;
use crate::extract::Asked;
use crate::pages::decisions::rows;
use crate::pages::overview::view;
use crate::pages::signed::{Away, Signed};
use crate::permission::{DecisionsRead, OverviewRead, Permit as _};
use crate::principal::{Caller, Pass};
use crate::search::Search;

/// How often an open page is brought up to date: as fast as one can read.
const EVERY: Duration = Duration::from_secs(1);

/// New rows at a time; when more are made, the latest are shown.
const ROWS_MAX: u32 = 20;

/// An open page.
struct Open {
    app: App,
    filter: Filter,
    size: watch::Receiver<u64>,
    stop: watch::Receiver<bool>,
    is_first: bool,
    pass: Pass,
    _place: Place,
}

impl Open {
    fn new(app: &App, caller: &Caller, filter: Filter, pass: Pass) -> Result<Self, Away> {
        let size = app.core()?.pipeline.size();
        let (app, stop) = (app.clone(), app.stop.clone());
        Ok(Self {
            filter,
            size,
            stop,
            is_first: true,
            pass,
            _place: app.streams.enter(caller)?,
            app,
        })
    }

    /// Waits a moment, and until there is something new; nothing when the server stops.
    async fn tick(&mut self) -> Option<()> {
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
            // Rates fall when nothing comes any more.
            () = tokio::time::sleep(EVERY) => Some(()),
        }
    }
}

/// `/live`: the overview.
pub(crate) async fn overview(
    State(app): State<App>,
    signed: Signed<OverviewRead>,
    headers: HeaderMap,
) -> Result<Response, Away> {
    let pass = Pass::new(&app, &headers, OverviewRead::NAME);
    let open = Open::new(&app, &signed.caller, Filter::default(), pass)?;
    Ok(answer(futures_util::stream::unfold(open, |mut open| async {
        if !std::mem::take(&mut open.is_first) {
            open.tick().await?;
        }
        let html = console::overview::live(&view(&open.app).await.ok()?).into_string();
        Some((Ok::<_, Infallible>(Event::default().event("overview").data(html)), open))
    })))
}

/// `/live/decisions`: new rows of the list.
pub(crate) async fn decisions(
    State(app): State<App>,
    signed: Signed<DecisionsRead>,
    Asked(search): Asked<Search>,
    headers: HeaderMap,
) -> Result<Response, Away> {
    let filter = search.filter(true).map_err(|problem| signed.oops(problem))?;
    let pass = Pass::new(&app, &headers, DecisionsRead::NAME);
    let mut open = Open::new(&app, &signed.caller, filter, pass)?;
    let last = open.size.borrow_and_update().checked_sub(1);
    open.filter = Filter { after: last, before: None, limit: ROWS_MAX, ..open.filter };
    Ok(answer(futures_util::stream::unfold(open, |mut open| async {
        loop {
            open.tick().await?;
            let end = *open.size.borrow();
            let newest = Filter { is_newest_first: true, ..open.filter.clone() };
            let found = open.app.core().ok()?.store.decisions(&newest).await.ok()?.rows;
            open.filter.after = open.filter.after.max(end.checked_sub(1));
            if found.is_empty() {
                continue;
            }
            let rows = rows(&open.app, found).ok()?;
            let html: String =
                rows.iter().map(|row| console::decisions::row(row).into_string()).collect();
            return Some((Ok::<_, Infallible>(Event::default().event("rows").data(html)), open));
        }
    })))
}
