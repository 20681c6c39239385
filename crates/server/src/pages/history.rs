//! `/history`: what lies in the history.

use axum::extract::State;
use maud::Markup;

use crate::api::history::view;
use crate::app::App;
use crate::console::history::page;
use crate::pages::signed::{Away, Signed};
use crate::permission::OverviewRead;

/// Shows what lies in the history.
pub(crate) async fn show(
    State(app): State<App>,
    signed: Signed<OverviewRead>,
) -> Result<Markup, Away> {
    let found = view(&app).await.map_err(|problem| signed.oops(problem))?;
    Ok(page(&signed.frame("/history", "History"), found.as_ref(), app.settings.history.is_some()))
}
