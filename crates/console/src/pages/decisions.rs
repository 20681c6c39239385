//! `/decisions`: the list.

use app::access::permission::DecisionsRead;
use app::decisions::search::Search;
use app::rules::policies;
use app::{App, Problem, decisions};
use axum::extract::State;
use maud::Markup;
use types::{Effect, EventType};
use web::extract::QueryParameters;

use crate::pages::signed::{Away, Signed};
use crate::view::decisions::{View, page};
use crate::view::layout::encoded;

/// Shows the list.
pub(crate) async fn show(
    State(app): State<App>,
    signed: Signed<DecisionsRead>,
    QueryParameters(search): QueryParameters<Search>,
) -> Result<Markup, Away> {
    let view = view(&app, search).await.map_err(|problem| signed.oops(problem))?;
    Ok(page(&signed.frame("/decisions", "Decisions"), &view))
}

async fn view(app: &App, search: Search) -> Result<View, Problem> {
    let filter = search.filter(true)?;
    let found = decisions::listing(app, &filter).await?;
    let policies = policies::all(app)?.into_iter();
    let base = query(&search);
    let order = if filter.is_newest_first { "before" } else { "after" };
    let is_partial = found.next.is_some() && found.rows.len() < filter.limit as usize;
    let is_first = filter.after.is_none() && filter.before.is_none();
    Ok(View {
        policies: policies.map(|policy| (policy.id, policy.title)).collect(),
        effects: Effect::names().map(str::to_owned).collect(),
        types: EventType::ALL.iter().map(|kind| kind.name().to_owned()).collect(),
        total: decisions::total(app, &filter).await?,
        next: found.next.map(|next| format!("/decisions?{base}{order}={next}")),
        previous: (!is_first).then(|| format!("/decisions?{base}")),
        export_csv: format!("/v1/decisions?{base}format=csv"),
        export_json: format!("/v1/decisions?{base}format=ndjson"),
        rows: found.rows,
        is_partial,
        filter: search,
    })
}

/// The filters as a query string that can be extended.
fn query(search: &Search) -> String {
    let parts = [
        ("subject", &search.subject),
        ("account", &search.account),
        ("policy", &search.policy),
        ("effect", &search.effect),
        ("type", &search.r#type),
        ("country", &search.country),
        ("from", &search.from),
        ("until", &search.until),
        ("order", &search.order),
    ];
    let parts = parts.into_iter().filter(|(_, value)| !value.is_empty());
    parts.map(|(name, value)| format!("{name}={}&", encoded(value))).collect()
}
