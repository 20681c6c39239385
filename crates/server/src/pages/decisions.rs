//! `/decisions`: the list.

use std::collections::BTreeMap;

use axum::extract::State;
use jiff::Timestamp;
use maud::Markup;
use store::{Filter, Listed};
use types::{Effect, EventType};

use crate::app::{App, Core};
use crate::console::decisions::{Row, View, page};
use crate::console::layout::encoded;
use crate::extract::Asked;
use crate::pages::signed::{Away, Signed};
use crate::permission::DecisionsRead;
use crate::problem::Problem;
use crate::search::Search;

/// Shows the list.
pub(crate) async fn show(
    State(app): State<App>,
    signed: Signed<DecisionsRead>,
    Asked(search): Asked<Search>,
) -> Result<Markup, Away> {
    let view = view(&app, search).await.map_err(|problem| signed.oops(problem))?;
    Ok(page(&signed.frame("/decisions", "Decisions"), &view))
}

async fn view(app: &App, search: Search) -> Result<View, Problem> {
    let core = app.core()?;
    let filter = search.filter(true)?;
    let found = core.store.decisions(&filter).await?;
    let (_, rules) = core.policies.current();
    let policies = rules.program.policies.iter();
    let base = query(&search);
    let order = if filter.is_newest_first { "before" } else { "after" };
    let is_partial = found.next.is_some() && found.rows.len() < filter.limit as usize;
    let is_first = filter.after.is_none() && filter.before.is_none();
    Ok(View {
        policies: policies.map(|policy| (policy.id.clone(), policy.title.clone())).collect(),
        effects: Effect::NAMES.iter().map(|name| (*name).to_owned()).collect(),
        types: EventType::ALL.iter().map(|kind| kind.name().to_owned()).collect(),
        total: total(core, &filter).await?,
        next: found.next.map(|next| format!("/decisions?{base}{order}={next}")),
        previous: (!is_first).then(|| format!("/decisions?{base}")),
        export_csv: format!("/v1/decisions?{base}format=csv"),
        export_json: format!("/v1/decisions?{base}format=ndjson"),
        rows: rows(app, found.rows)?,
        is_partial,
        filter: search,
    })
}

/// What is asked for, as a query that can be gone on with.
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

/// How many decisions there are, where that is kept and need not be counted.
async fn total(core: &Core, filter: &Filter) -> Result<Option<u64>, Problem> {
    let is_narrow = filter.subject.is_some()
        || filter.account.is_some()
        || filter.from_ms.is_some()
        || filter.until_ms.is_some();
    let asked = [
        ("policy", &filter.policy),
        ("effect", &filter.effect),
        ("type", &filter.r#type),
        ("country", &filter.country),
    ];
    let asked: Vec<_> =
        asked.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?))).collect();
    Ok(match (is_narrow, asked.as_slice()) {
        (false, []) => Some(core.store.tally("policy").await?.values().sum()),
        (false, [(name, value)]) => {
            let tally: BTreeMap<String, u64> = core.store.tally(name).await?;
            Some(tally.get(value.as_str()).copied().unwrap_or(0))
        }
        _ => None,
    })
}

/// Rows of a table, from what is kept.
pub(crate) fn rows(app: &App, listed: Vec<Listed>) -> Result<Vec<Row>, Problem> {
    let (_, rules) = app.core()?.policies.current();
    Ok(listed.into_iter().map(|listed| row(&rules, listed)).collect())
}

/// A row of a table.
pub(crate) fn row(rules: &engine::Rules, listed: Listed) -> Row {
    let policy = rules.program.policies.iter().find(|policy| policy.id == listed.policy);
    let effects: Vec<String> = listed.effects.split_whitespace().map(str::to_owned).collect();
    Row {
        seq: listed.seq,
        time: Timestamp::from_millisecond(listed.time_ms).unwrap_or_default().to_string(),
        policy_title: policy.map_or_else(String::new, |policy| policy.title.clone()),
        is_erased: listed.subject.is_none(),
        is_human: effects.iter().any(|effect| effect == "review" || effect == "escalate"),
        subject: listed.subject.unwrap_or_default(),
        account: listed.account,
        policy: listed.policy,
        country: listed.country,
        id: listed.id,
        effects,
    }
}
