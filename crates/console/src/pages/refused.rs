//! `/refused`: refused records, and the reasons.

use app::access::permission::RefusedRead;
use app::{App, Problem};
use axum::extract::State;
use maud::Markup;
use serde::Deserialize;
use web::extract::QueryParameters;

use crate::pages::signed::{Away, Signed};
use crate::view::refused::{RefusedRow, View, page};

/// The page to show.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct PageQuery {
    before: Option<u64>,
}

/// Shows refused records.
pub(crate) async fn show(
    State(app): State<App>,
    signed: Signed<RefusedRead>,
    QueryParameters(which): QueryParameters<PageQuery>,
) -> Result<Markup, Away> {
    let view = view(&app, which.before).await.map_err(|problem| signed.oops(problem))?;
    Ok(page(&signed.frame("/refused", "Refused"), &view))
}

async fn view(app: &App, before: Option<u64>) -> Result<View, Problem> {
    let found = app::service::refused::page(app, before).await?;
    let reasons = app::service::refused::reasons(app).await?;
    let rows = found.items.into_iter().map(|item| RefusedRow {
        at: item.at.to_string(),
        by: item.sender,
        place: item.place,
        reason: item.reason,
        message: item.message,
        excerpt: item.excerpt,
    });
    Ok(View {
        rows: rows.collect(),
        reasons: reasons.into_iter().collect(),
        next: found.next.map(|next| format!("/refused?before={next}")),
    })
}
