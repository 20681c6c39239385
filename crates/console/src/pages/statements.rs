//! `/statements`: statements of reasons, and what became of them.

use app::App;
use app::access::permission::{DecisionsRead, Permit as _, ReportsRead, ReportsWrite};
use app::statements::{self, ResendQuery, StatementQuery};
use axum::Form;
use axum::extract::State;
use axum::response::Redirect;
use maud::Markup;
use serde::Deserialize;
use web::extract::QueryParameters;

use crate::pages::signed::{Away, Signed};
use crate::view::statements::{View, page};

/// Shows how statements stand, and the latest.
pub(crate) async fn show(
    State(app): State<App>,
    signed: Signed<ReportsRead>,
    QueryParameters(query): QueryParameters<StatementQuery>,
) -> Result<Markup, Away> {
    let summary = statements::summary(&app).await.map_err(|problem| signed.oops(problem))?;
    let listed = statements::list(&app, &query).await.map_err(|problem| signed.oops(problem))?;
    let view = View {
        summary,
        listed,
        state: query.state,
        can_write: signed.may(ReportsWrite::NAME),
        can_open: signed.may(DecisionsRead::NAME),
    };
    Ok(page(&signed.frame("/statements", "Statements of reasons"), &view))
}

/// The form as sent.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct ResendForm {
    csrf: String,
    seq: Option<u64>,
}

/// Puts one statement, or all that were refused, back in line.
pub(crate) async fn resend(
    State(app): State<App>,
    signed: Signed<ReportsWrite>,
    Form(sent): Form<ResendForm>,
) -> Result<Redirect, Away> {
    signed.check(&sent.csrf)?;
    let query = ResendQuery { seq: sent.seq };
    statements::resend(&app, &query).await.map_err(|problem| signed.oops(problem))?;
    Ok(Redirect::to("/statements"))
}
