//! `/backtests`: what changed rules would have decided in the past.

use app::access::permission::{DecisionsRead, Permit as _, PoliciesRead, RulesPropose};
use app::rules::backtest::begin;
use app::rules::backtests::{all, stop, whole};
use app::{App, Problem};
use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::Markup;
use serde::Deserialize;
use web::extract::Named;

use crate::pages::editor::Draft;
use crate::pages::proposals::told;
use crate::pages::signed::{Away, Signed};
use crate::view::backtest::{View, page as one_page};
use crate::view::backtests::page;

/// Shows the latest back-tests.
pub(crate) async fn show(
    State(app): State<App>,
    signed: Signed<PoliciesRead>,
) -> Result<Markup, Away> {
    let items = all(&app).await.map_err(|problem| signed.oops(problem))?;
    Ok(page(&signed.frame("/backtests", "Back-tests"), &items))
}

/// Shows one back-test with its result.
pub(crate) async fn one(
    State(app): State<App>,
    signed: Signed<DecisionsRead>,
    Named(id): Named<u64>,
) -> Result<Markup, Away> {
    let can_cancel = signed.may(RulesPropose::NAME);
    let view = view(&app, id, can_cancel).await.map_err(|problem| signed.oops(problem))?;
    Ok(one_page(&signed.frame("/backtests", format!("Back-test {id}")), &view))
}

async fn view(app: &App, id: u64, can_cancel: bool) -> Result<View, Problem> {
    let found = whole(app, id).await?;
    let report = match &found.result {
        None => None,
        Some(json) => Some(
            serde_json::from_str(json.get())
                .map_err(|error| Problem::Internal(format!("back-test {id}: {error}")))?,
        ),
    };
    let files = found.files.into_keys().collect();
    Ok(View { item: found.backtest, files, report, can_cancel })
}

/// Starts a back-test of a draft in the editor, or of a proposal.
pub(crate) async fn start(
    State(app): State<App>,
    signed: Signed<RulesPropose>,
    Form(draft): Form<Draft>,
) -> Result<Response, Away> {
    signed.check(&draft.csrf)?;
    let files = draft.files().map_err(|problem| signed.oops(problem))?;
    let problem = match begin(&app, &signed.sender(), &draft.title, files).await {
        Ok(id) => return Ok(Redirect::to(&format!("/backtests/{id}")).into_response()),
        Err(problem) => problem,
    };
    told(&app, &signed, draft, problem).await
}

/// The form as sent.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct BacktestForm {
    csrf: String,
}

/// Stops a back-test.
pub(crate) async fn cancel(
    State(app): State<App>,
    signed: Signed<RulesPropose>,
    Named(id): Named<u64>,
    Form(sent): Form<BacktestForm>,
) -> Result<Redirect, Away> {
    signed.check(&sent.csrf)?;
    stop(&app, id).await.map_err(|problem| signed.oops(problem))?;
    Ok(Redirect::to(&format!("/backtests/{id}")))
}
