//! Live updates of open pages: rendered here, inserted by a small script.

use std::convert::Infallible;

use app::App;
use app::access::caller::Pass;
use app::access::permission::{DecisionsRead, OverviewRead, Permit as _};
use app::decisions::following::Watch;
use app::decisions::rows;
use app::decisions::search::Search;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::response::sse::Event;
use web::extract::QueryParameters;
use web::principal::credentials;
use web::stream::answer;

use crate::pages::overview::view;
use crate::pages::signed::{Away, Signed};
use crate::view;

/// `/live`: the overview.
pub(crate) async fn overview(
    State(app): State<App>,
    signed: Signed<OverviewRead>,
    headers: HeaderMap,
) -> Result<Response, Away> {
    let pass = Pass::new(&app, credentials(&headers, &app), OverviewRead::NAME);
    let watch = Watch::new(&app, &signed.caller, Search::default().filter(true)?, pass)?;
    let open = (app, watch, true);
    Ok(answer(futures_util::stream::unfold(open, |(app, mut watch, is_first)| async move {
        if !is_first {
            watch.tick().await?;
        }
        let html = view::overview::live(&view(&app).await.ok()?).into_string();
        let event = Event::default().event("overview").data(html);
        Some((Ok::<_, Infallible>(event), (app, watch, false)))
    })))
}

/// `/live/decisions`: new rows of the list.
pub(crate) async fn decisions(
    State(app): State<App>,
    signed: Signed<DecisionsRead>,
    QueryParameters(search): QueryParameters<Search>,
    headers: HeaderMap,
) -> Result<Response, Away> {
    let filter = search.filter(true).map_err(|problem| signed.oops(problem))?;
    let pass = Pass::new(&app, credentials(&headers, &app), DecisionsRead::NAME);
    let watch = Watch::new(&app, &signed.caller, filter, pass)?;
    Ok(answer(futures_util::stream::unfold((app, watch), |(app, mut watch)| async move {
        let rows = rows(&app, watch.next().await?).ok()?;
        let html: String = rows.iter().map(|row| view::decisions::row(row).into_string()).collect();
        let event = Event::default().event("rows").data(html);
        Some((Ok::<_, Infallible>(event), (app, watch)))
    })))
}
