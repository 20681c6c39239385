//! `/lists`: the lists that rules use, to read and to change.

use app::access::permission::{DecisionsRead, ListsRead, ListsWrite, Permit as _, RulesPropose};
use app::rules::lists::{all, file, replace};
use app::rules::policies;
use app::{App, Problem};
use axum::Form;
use axum::extract::State;
use maud::Markup;
use serde::Deserialize;
use web::extract::Named;

use crate::pages::signed::{Away, Signed};
use crate::view::lists::{List, ListView, View, one as one_page, page};

/// Shows all lists.
pub(crate) async fn show(
    State(app): State<App>,
    signed: Signed<ListsRead>,
) -> Result<Markup, Away> {
    let lists = all(&app).map_err(|problem| signed.oops(problem))?;
    let lists = lists.into_iter().map(|list| List {
        name: list.name,
        kind: list.kind.to_owned(),
        entries: list.entries as u64,
        rules: list.rules,
    });
    Ok(page(&signed.frame("/lists", "Lists"), &View { lists: lists.collect() }))
}

/// Shows one list.
pub(crate) async fn one(
    State(app): State<App>,
    signed: Signed<ListsRead>,
    Named(name): Named<String>,
) -> Result<Markup, Away> {
    let can_write = signed.may(ListsWrite::NAME);
    let view = view(&app, &name, can_write).map_err(|problem| signed.oops(problem))?;
    Ok(one_page(&signed.frame("/lists", format!("List {name}")), &view))
}

fn view(app: &App, name: &str, can_write: bool) -> Result<ListView, Problem> {
    let text = file(app, name)?.ok_or(Problem::NotFound("list"))?;
    let list = all(app)?.into_iter().find(|list| list.name == name);
    let (kind, entries) = list.map_or(("", 0), |list| (list.kind, list.entries as u64));
    let (name, kind) = (name.to_owned(), kind.to_owned());
    Ok(ListView { name, kind, text, entries, error: None, notice: None, since: None, can_write })
}

/// The form as sent.
#[derive(Deserialize)]
pub(crate) struct Changed {
    csrf: String,
    text: String,
}

/// Activates a changed list.
pub(crate) async fn change(
    State(app): State<App>,
    signed: Signed<ListsWrite>,
    Named(name): Named<String>,
    Form(changed): Form<Changed>,
) -> Result<Markup, Away> {
    signed.check(&changed.csrf)?;
    // Browsers send CR LF line ends.
    let text = changed.text.replace("\r\n", "\n");
    let before = policies::version(&app).map_err(|problem| signed.oops(problem))?;
    let can_rejudge = signed.may(RulesPropose::NAME) && signed.may(DecisionsRead::NAME);
    let wait = app.settings.change_within;
    let result = replace(&app, wait, (&name, text.clone()), signed.sender()).await;
    let mut view = view(&app, &name, true).map_err(|problem| signed.oops(problem))?;
    match result {
        Ok(activated) if activated.is_new => {
            view.notice = Some(format!("In force now, as version {}.", &activated.version[..12]));
            view.since = can_rejudge.then_some(before);
        }
        Ok(_) => view.notice = Some("Nothing was changed.".to_owned()),
        Err(Problem::Policies(summary, findings)) => {
            view.text = text;
            view.error =
                Some(findings.iter().fold(summary, |all, finding| all + "\n" + &told(finding)));
        }
        Err(problem) => return Err(signed.oops(problem)),
    }
    Ok(one_page(&signed.frame("/lists", format!("List {name}")), &view))
}

/// A finding as one line of text.
fn told(finding: &serde_json::Value) -> String {
    let part = |key: &str| {
        finding.get(key).map(|value| match value.as_str() {
            Some(text) => text.to_owned(),
            None => value.to_string(),
        })
    };
    let parts =
        ["code", "file", "line", "message", "hint"].map(|key| part(key).unwrap_or_default());
    let [code, file, line, message, hint] = parts;
    format!("{code} {file}:{line}: {message} {}", if hint == "null" { "" } else { &hint })
}
