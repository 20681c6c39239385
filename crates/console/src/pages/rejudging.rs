//! `/rejudge`: judging live content again.

use app::access::permission::{DecisionsRead, Permit as _, RulesApprove, RulesPropose};
use app::rules::policies;
use app::rules::rejudging::{self, RejudgingRequest, begin};
use app::{App, Problem};
use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::Markup;
use serde::Deserialize;
use web::extract;

use crate::pages::signed::{Away, Signed};
use crate::view::rejudging::{Typed, Version, View, page};

/// Limit of the versions offered.
const VERSIONS_MAX: usize = 100;

/// The initial values of the form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    since: String,
    reason: String,
}

/// Shows the last job, and the form to start one.
pub(crate) async fn show(
    State(app): State<App>,
    signed: Signed<DecisionsRead>,
    extract::QueryParameters(wanted): extract::QueryParameters<Wanted>,
) -> Result<Markup, Away> {
    let Wanted { since, reason } = wanted;
    let typed = Typed { since, reason, ..Typed::default() };
    let view = view(&app, &signed, typed).await.map_err(|problem| signed.oops(problem))?;
    Ok(page(&signed.frame("/rejudge", "Judge again"), &view))
}

async fn view<P>(app: &App, signed: &Signed<P>, typed: Typed) -> Result<View, Problem> {
    let in_force = policies::version(app)?;
    let activated = policies::versions(app).await?;
    let mut versions: Vec<Version> = Vec::new();
    let mut add = |seq, version: String| {
        let is_known = versions.iter().any(|known| known.version == version);
        if !version.is_empty() && version != in_force && !is_known {
            versions.push(Version { seq, version });
        }
    };
    activated.into_iter().take(VERSIONS_MAX).for_each(|one| add(Some(one.seq), one.version));
    add(None, typed.since.clone());
    Ok(View {
        job: rejudging::last(app).await.ok(),
        can_preview: signed.may(RulesPropose::NAME),
        can_judge: signed.may(RulesApprove::NAME),
        in_force,
        versions,
        typed,
        error: None,
    })
}

/// The form as sent.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Begun {
    csrf: String,
    reason: String,
    since: String,
    per_second: String,
    what: String,
}

impl Begun {
    fn asked(&self) -> Result<RejudgingRequest, Problem> {
        let per_second = match self.per_second.trim() {
            "" => None,
            text => Some(text.parse::<u32>().map_err(|_| {
                Problem::Wrong(format!("`{text}` is not a number of contents per second"))
            })?),
        };
        Ok(RejudgingRequest {
            preview: self.what != "judge",
            since: Some(self.since.trim().to_owned()).filter(|since| !since.is_empty()),
            per_second,
            reason: self.reason.clone(),
            ..RejudgingRequest::default()
        })
    }
}

/// Starts or stops a job. If that is refused, the page shows why.
pub(crate) async fn start(
    State(app): State<App>,
    signed: Signed<RulesPropose>,
    Form(form): Form<Begun>,
) -> Result<Response, Away> {
    signed.check(&form.csrf)?;
    let back = || Redirect::to("/rejudge").into_response();
    if form.what == "cancel" {
        // A job that ended already need not be stopped.
        let _ = rejudging::cancel(&app).await;
        return Ok(back());
    }
    let problem = match began(&app, &signed, &form).await {
        // A job that somebody else started is shown too.
        Ok(()) | Err(Problem::Running(..)) => return Ok(back()),
        Err(problem @ (Problem::Wrong(_) | Problem::Policies(..))) => problem,
        Err(problem) => return Err(signed.oops(problem)),
    };
    let Begun { reason, since, per_second, .. } = form;
    let typed = Typed { reason, since, per_second };
    let mut view = view(&app, &signed, typed).await.map_err(|problem| signed.oops(problem))?;
    view.error = Some(problem.to_string());
    let frame = signed.frame("/rejudge", "Judge again");
    Ok((web::status(&problem), page(&frame, &view)).into_response())
}

async fn began(app: &App, signed: &Signed<RulesPropose>, form: &Begun) -> Result<(), Problem> {
    let asked = form.asked()?;
    begin(app, &signed.caller, asked).await?;
    Ok(())
}
