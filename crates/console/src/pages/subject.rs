//! `/subjects/{kind}/{id}`: an account or content, and the decisions on it. `/find` leads there.

use app::access::permission::{DecisionsRead, SubjectsRead};
use app::decisions::detail;
use app::decisions::search::Search;
use app::decisions::subjects::{SubjectState, portrait};
use app::{App, Problem};
use axum::extract::State;
use axum::response::Redirect;
use jiff::Timestamp;
use maud::Markup;
use serde::Deserialize;
use types::Subject;
use web::extract::{Named, QueryParameters};

use crate::pages::signed::{Away, Signed};
use crate::view::layout::{encoded, grouped};
use crate::view::subject::{View, page};

/// Shows a subject.
pub(crate) async fn show(
    State(app): State<App>,
    signed: Signed<SubjectsRead>,
    Named((kind, id)): Named<(String, String)>,
    QueryParameters(search): QueryParameters<Search>,
) -> Result<Markup, Away> {
    let subject = Subject::new(&kind, &id);
    let view = view(&app, &subject, &search).await.map_err(|problem| signed.oops(problem))?;
    Ok(page(&signed.frame("/decisions", subject.0), &view))
}

async fn view(app: &App, subject: &Subject, search: &Search) -> Result<View, Problem> {
    let portrait = portrait(app, subject, search.before).await?;
    let next = portrait.history.next;
    Ok(View {
        standing: standing(&portrait.known, subject.kind() == "account"),
        next: next.map(|next| format!("/subjects/{}?before={next}", encoded(&subject.0))),
        history: portrait.history.rows,
        content: portrait.content,
        network: portrait.network,
        account: portrait.owner,
        subject: subject.0.clone(),
    })
}

/// What is known about a subject, as names and values.
fn standing(known: &SubjectState, is_account: bool) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    let mut line = |name: &str, value: String| lines.push((name.to_owned(), value));
    if let Some(standing) = &known.standing {
        if let Some(at) = standing.registered_at {
            line("Registered", at.to_string());
        }
        line("Class", standing.class.clone().unwrap_or_else(|| "unknown".to_owned()));
        line("Strikes", grouped(u64::from(standing.strikes)));
    }
    if let Some(at) = known.published_ms {
        line("Published", Timestamp::from_millisecond(at).unwrap_or_default().to_string());
    }
    if !is_account {
        line("Views", grouped(known.views));
        line("Removed", if known.is_removed { "yes" } else { "no" }.to_owned());
    }
    line("Flags", grouped(u64::from(known.flags)));
    for (reason, count) in &known.flags_for {
        line(&format!("Flags for {reason}"), grouped(u64::from(*count)));
    }
    lines
}

/// The search term.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Sought {
    q: String,
}

/// Redirects to the decision or subject that matches the search term.
pub(crate) async fn find(
    State(app): State<App>,
    signed: Signed<DecisionsRead>,
    QueryParameters(Sought { q }): QueryParameters<Sought>,
) -> Result<Redirect, Away> {
    let q = q.trim();
    if q.split_once('/').is_some_and(|(kind, id)| !kind.is_empty() && !id.is_empty()) {
        return Ok(Redirect::to(&format!("/subjects/{}", encoded(q))));
    }
    let core = app.core()?;
    let found = detail::find(core, &q.to_ascii_lowercase()).await;
    let row = found.map_err(|problem| signed.oops(problem))?;
    Ok(Redirect::to(&format!("/decisions/{}", row.id)))
}
