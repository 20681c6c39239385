//! `/v1/lists`: the lists that rules refer to. A changed list is a new version of the policy set.

use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use decide::{Pack, Source};
use engine::Change;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::body;
use crate::enforce::{Enforced, enforce};
use crate::extract::Named;
use crate::idempotency::{self, Asked};
use crate::jobs::{self, Job};
use crate::permission::{ListsRead, ListsWrite};
use crate::principal::By;
use crate::problem::{Details, Problem};

/// A list.
#[derive(Serialize, ToSchema)]
pub(crate) struct ListView {
    /// Its name in rules.
    pub(crate) name: String,
    /// `terms`, `domains`, `names`, `values`.
    pub(crate) kind: &'static str,
    /// How many entries it has.
    pub(crate) entries: usize,
    /// The rules that refer to it.
    pub(crate) rules: Vec<String>,
}

/// All lists in force.
pub(crate) fn all(app: &App) -> Result<Vec<ListView>, Problem> {
    let (pack, rules) = app.core()?.policies.current();
    let view = |(name, kind, entries): (&str, types::ListKind, usize)| {
        let is_read = |rule: &&decide::Rule| names(&rule.text, name);
        let readers = rules.program.rules.iter().filter(is_read).map(|rule| rule.id.clone());
        let (name, rules) = (name.to_owned(), readers.collect());
        ListView { name, kind: kind.name(), entries, rules }
    };
    Ok(pack.lists().map(view).collect())
}

/// Whether `text` names the list `name`, in quotes of either kind.
fn names(text: &str, name: &str) -> bool {
    ['"', '\''].iter().any(|quote| text.contains(&format!("{quote}{name}{quote}")))
}

/// Lists the lists in force.
#[utoipa::path(
    get, path = "/v1/lists", tag = "policies", security(("key" = ["lists:read"])),
    responses((status = 200, body = Vec<ListView>))
)]
pub(crate) async fn index(
    State(app): State<App>,
    _: By<ListsRead>,
) -> Result<Json<Vec<ListView>>, Problem> {
    Ok(Json(all(&app)?))
}

/// Shows the file of a list: `# kind: terms` and an entry a line.
#[utoipa::path(
    get, path = "/v1/lists/{name}", tag = "policies", security(("key" = ["lists:read"])),
    params(("name" = String, Path)),
    responses(
        (status = 200, body = String, content_type = "text/plain"),
        (status = 404, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get(
    State(app): State<App>,
    _: By<ListsRead>,
    Named(name): Named<String>,
) -> Result<Response, Problem> {
    let text = file(&app, &name)?.ok_or(Problem::NotFound("list"))?;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, plain)], text).into_response())
}

/// The text of the list called `name`, if there is one.
pub(crate) fn file(app: &App, name: &str) -> Result<Option<String>, Problem> {
    let (pack, _) = app.core()?.policies.current();
    let path = format!("lists/{name}.txt");
    let found = pack.sources().iter().find(|source| source.name == path);
    Ok(found.map(|source| source.text.clone()))
}

/// Puts a list in force; a new one is made. It is in force when the answer comes.
#[utoipa::path(
    put, path = "/v1/lists/{name}", tag = "policies", security(("key" = ["lists:write"])),
    params(
        ("name" = String, Path),
        ("Idempotency-Key" = Option<String>, Header),
        ("Prefer" = Option<String>, Header),
    ),
    request_body(content = String, content_type = "text/plain"),
    responses(
        (status = 200, body = Enforced),
        (status = 202, body = Job, description = "It takes longer; `Location` says where it goes on"),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 409, body = Details, content_type = "application/problem+json"),
        (status = 422, body = Details, content_type = "application/problem+json"),
        (status = 429, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn put(
    State(app): State<App>,
    By(caller, _): By<ListsWrite>,
    Named(name): Named<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let sent = body::read(&app, &headers, body).await?;
    let text = body::text(&sent)?;
    let action = format!("list {name}");
    let asked = Asked { headers: &headers, caller: &caller, action: &action, body: &sent.bytes };
    let wait = jobs::wait(&app, &headers);
    idempotency::once(&app, asked, replace(&app, wait, (&name, text), caller.sender())).await
}

/// Puts `text` in force as the list called `name`, on the word of `author`.
pub(crate) async fn replace(
    app: &App,
    wait: Duration,
    (name, text): (&str, String),
    author: String,
) -> Result<Enforced, Problem> {
    let path = format!("lists/{name}.txt");
    if !decide::is_name(&path) {
        let rule = "the name of a list has 1 to 64 letters, digits, `_` or `-`";
        return Err(Problem::Wrong(rule.to_owned()));
    }
    if text.trim().is_empty() {
        let hint =
            "the body is empty; a list without entries still says what it holds: `# kind: terms`";
        return Err(Problem::Wrong(hint.to_owned()));
    }
    let change = Change { author, approver: None, reason: "put by key or console".to_owned() };
    enforce(app, wait, change, move |pack| {
        let others = pack.sources().iter().filter(|source| source.name != path).cloned();
        Ok(Pack::new(others.chain([Source { name: path.clone(), text: text.clone() }]).collect()))
    })
    .await
}
