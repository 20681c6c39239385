//! `/jobs`: long work that somebody asked for.

use app::App;
use app::access::permission::{Permit as _, PoliciesRead, RulesPropose};
use app::service::jobs;
use axum::Form;
use axum::extract::State;
use axum::response::Redirect;
use maud::Markup;
use serde::Deserialize;
use web::extract::Named;

use crate::pages::signed::{Away, Signed};
use crate::view::jobs::page;

/// Shows the latest jobs.
pub(crate) async fn show(
    State(app): State<App>,
    signed: Signed<PoliciesRead>,
) -> Result<Markup, Away> {
    let items = jobs::all(&app).await.map_err(|problem| signed.oops(problem))?;
    let can_act = signed.may(RulesPropose::NAME);
    Ok(page(&signed.frame("/jobs", "Jobs"), &items, can_act))
}

/// The form as sent.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct JobForm {
    csrf: String,
    what: String,
}

/// Stops a job, or begins it again.
pub(crate) async fn act(
    State(app): State<App>,
    signed: Signed<RulesPropose>,
    Named(id): Named<u64>,
    Form(sent): Form<JobForm>,
) -> Result<Redirect, Away> {
    signed.check(&sent.csrf)?;
    let done = match sent.what.as_str() {
        "retry" => jobs::repeat(&app, &signed.caller, id).await.map(drop),
        _ => jobs::cancel(&app, &signed.caller, id).await,
    };
    done.map_err(|problem| signed.oops(problem))?;
    Ok(Redirect::to("/jobs"))
}
