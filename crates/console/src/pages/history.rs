//! `/history`: the contents of the history.

use app::App;
use app::access::permission::OverviewRead;
use app::service::history::view;
use axum::extract::State;
use maud::Markup;

use crate::pages::signed::{Away, Signed};
use crate::view::history::page;

/// Shows the contents of the history.
pub(crate) async fn show(
    State(app): State<App>,
    signed: Signed<OverviewRead>,
) -> Result<Markup, Away> {
    let found = view(&app).await.map_err(|problem| signed.oops(problem))?;
    Ok(page(&signed.frame("/history", "History"), found.as_ref(), app.settings.history.is_some()))
}
