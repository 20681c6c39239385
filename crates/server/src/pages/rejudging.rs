//! `/rejudge`: judging again what is live.

use axum::Form;
use axum::extract::State;
use axum::response::Redirect;
use maud::Markup;
use serde::Deserialize;

use crate::app::App;
use crate::console::rejudging::{View, page};
use crate::pages::signed::{Away, Signed};
use crate::permission::{DecisionsRead, Permit as _, RulesApprove, RulesPropose};
use crate::problem::Problem;
use crate::rejudging::{Asked, begin};

/// Shows the last job, and the forms to begin one.
pub(crate) async fn show(
    State(app): State<App>,
    signed: Signed<DecisionsRead>,
) -> Result<Markup, Away> {
    let view = View {
        job: app.rejudging.job(),
        can_preview: signed.may(RulesPropose::NAME),
        can_judge: signed.may(RulesApprove::NAME),
    };
    Ok(page(&signed.frame("/rejudge", "Judge again"), &view))
}

/// The form as it is sent.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Begun {
    csrf: String,
    reason: String,
    since: String,
    per_second: String,
    what: String,
}

/// Begins or stops a job.
pub(crate) async fn start(
    State(app): State<App>,
    signed: Signed<RulesPropose>,
    Form(form): Form<Begun>,
) -> Result<Redirect, Away> {
    signed.check(&form.csrf)?;
    if form.what == "cancel" {
        app.rejudging.cancel();
        return Ok(Redirect::to("/rejudge"));
    }
    let preview = form.what != "judge";
    if !preview && !signed.may(RulesApprove::NAME) {
        return Err(signed.oops(Problem::Forbidden(RulesApprove::NAME)));
    }
    let asked = Asked {
        preview,
        since: Some(form.since.trim().to_owned()).filter(|since| !since.is_empty()),
        per_second: form.per_second.trim().parse().ok(),
        reason: form.reason,
        ..Asked::default()
    };
    let begun = begin(&app, signed.sender(), asked).await;
    begun.map_err(|problem| signed.oops(problem))?;
    Ok(Redirect::to("/rejudge"))
}
