//! `/quality`, `/staffing`, `/people`, `/audit`: staff and their work.

use std::collections::HashMap;

use app::access::audit;
use app::access::permission::{AuditRead, CasesLead, Permit as _, StaffRead, StaffWrite};
use app::access::staff::{NewStaff, all, go, keep, keep_skills};
use app::cases::{quality, staffing};
use app::{App, Problem};
use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::Markup;
use review::Skills;
use web::extract::{Named, QueryParameters};

use crate::pages::signed::{Away, Signed};
use crate::view::people;

/// Shows the agreement of reviewers.
pub(crate) async fn quality(
    State(app): State<App>,
    signed: Signed<CasesLead>,
    QueryParameters(span): QueryParameters<quality::Span>,
) -> Result<Markup, Away> {
    let view = quality::quality(&app, &span).await.map_err(|problem| signed.oops(problem))?;
    Ok(people::quality(&signed.frame("/quality", "Quality"), &view))
}

/// Shows load and number of reviewers.
pub(crate) async fn staffing(
    State(app): State<App>,
    signed: Signed<CasesLead>,
) -> Result<Markup, Away> {
    let view = staffing::staffing(&app).await.map_err(|problem| signed.oops(problem))?;
    Ok(people::staffing(&signed.frame("/staffing", "Staffing"), &view))
}

/// Shows accounts and roles.
pub(crate) async fn people(
    State(app): State<App>,
    signed: Signed<StaffRead>,
) -> Result<Markup, Away> {
    listed(&app, &signed, None).await
}

async fn listed<P>(app: &App, signed: &Signed<P>, problem: Option<String>) -> Result<Markup, Away> {
    let staff = all(app).await.map_err(|problem| signed.oops(problem))?;
    let may = (signed.may(StaffWrite::NAME), signed.may(CasesLead::NAME));
    let frame = signed.frame("/people", "People");
    Ok(people::people(&frame, &staff, may, problem.as_deref()))
}

/// Creates an account.
pub(crate) async fn add(
    State(app): State<App>,
    signed: Signed<StaffWrite>,
    Form(form): Form<HashMap<String, String>>,
) -> Result<Response, Away> {
    signed.check(form.get("csrf").map_or("", String::as_str))?;
    let told = |name: &str| form.get(name).cloned().unwrap_or_default();
    let new = NewStaff {
        roles: vec![told("role")],
        password: told("password"),
        skills: skills(&form),
        party: None,
    };
    let done = keep(&app, &signed.caller, told("name").trim(), new).await;
    answer(&app, &signed, done).await
}

/// Sets the skills of a staff member.
pub(crate) async fn change(
    State(app): State<App>,
    signed: Signed<CasesLead>,
    Named(name): Named<String>,
    Form(form): Form<HashMap<String, String>>,
) -> Result<Response, Away> {
    signed.check(form.get("csrf").map_or("", String::as_str))?;
    let done = keep_skills(&app, &signed.caller, &name, &skills(&form)).await;
    answer(&app, &signed, done).await
}

/// Removes an account.
pub(crate) async fn remove(
    State(app): State<App>,
    signed: Signed<StaffWrite>,
    Named(name): Named<String>,
    Form(form): Form<HashMap<String, String>>,
) -> Result<Response, Away> {
    signed.check(form.get("csrf").map_or("", String::as_str))?;
    let done = go(&app, &signed.caller, &name).await;
    answer(&app, &signed, done).await
}

async fn answer<P>(
    app: &App,
    signed: &Signed<P>,
    done: Result<(), Problem>,
) -> Result<Response, Away> {
    match done {
        Ok(()) => Ok(Redirect::to("/people").into_response()),
        Err(problem) => {
            let status = web::status(&problem);
            let page = listed(app, signed, Some(problem.to_string())).await?;
            Ok((status, page).into_response())
        }
    }
}

fn skills(form: &HashMap<String, String>) -> Skills {
    let list = |name: &str| {
        let text = form.get(name).map_or("", String::as_str);
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.map(str::to_owned).collect()
    };
    Skills {
        languages: list("languages"),
        expertise: list("expertise"),
        queues: list("queues"),
        opted_out: list("opted_out"),
        is_cleared: form.contains_key("is_cleared"),
    }
}

/// Shows the audit trail.
pub(crate) async fn audit(
    State(app): State<App>,
    signed: Signed<AuditRead>,
    QueryParameters(which): QueryParameters<audit::AuditQuery>,
) -> Result<Markup, Away> {
    let view = audit::page(&app, &which).await.map_err(|problem| signed.oops(problem))?;
    Ok(people::audit(&signed.frame("/audit", "Audit trail"), &which, &view))
}
