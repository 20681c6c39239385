//! `/rules/edit`: the rule editor. It checks and tests drafts like the API.

use app::access::permission::{Permit as _, PoliciesRead, RulesPropose};
use app::rules::candidate::{checkup, difference, tested};
use app::rules::overlay::Files;
use app::rules::policies;
use app::{App, Problem};
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use maud::Markup;
use serde::Deserialize;
use web::extract::QueryParameters;

use crate::pages::signed::{Away, Signed};
use crate::view::editor::{View, missing, page};

/// The file to open.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct FileQuery {
    file: String,
}

/// The form as sent: the open file, other changed files, and the action.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Draft {
    pub(crate) csrf: String,
    pub(crate) file: String,
    text: String,
    others: String,
    removed: Option<String>,
    action: String,
    pub(crate) reason: String,
    pub(crate) title: String,
}

impl Draft {
    /// All changed files.
    pub(crate) fn files(&self) -> Result<Files, Problem> {
        let mut files: Files = match self.others.as_str() {
            "" => Files::new(),
            json => serde_json::from_str(json)
                .map_err(|error| Problem::Wrong(format!("the other files: {error}")))?,
        };
        if !self.file.is_empty() {
            let text = self.removed.is_none().then(|| self.text());
            files.insert(self.file.clone(), text);
        }
        Ok(files)
    }

    fn text(&self) -> String {
        // Browsers send CR LF line ends.
        self.text.replace("\r\n", "\n")
    }
}

/// Shows a file of the rules in force, or a new one. An impossible name gets an error page.
pub(crate) async fn show(
    State(app): State<App>,
    signed: Signed<PoliciesRead>,
    QueryParameters(which): QueryParameters<FileQuery>,
) -> Result<(StatusCode, Markup), Away> {
    match opened(&app, &signed, which.file.clone()) {
        Ok(view) => {
            let frame = signed.frame("/rules/edit", "Edit rules");
            Ok((StatusCode::OK, page(&frame, &view)))
        }
        Err(Problem::NotFound(_)) => {
            let frame = signed.frame("/rules/edit", "No such file");
            let files = policies::files(&app).map_err(|problem| signed.oops(problem))?;
            let near = near(&which.file);
            let view = View { file: which.file, files, ..View::default() };
            Ok((StatusCode::NOT_FOUND, missing(&frame, &view, &near)))
        }
        Err(problem) => Err(signed.oops(problem)),
    }
}

/// Names of files similar to `name`.
fn near(name: &str) -> Vec<String> {
    let stem = name.rsplit('/').next().unwrap_or(name);
    let stem = stem.split('.').next().unwrap_or(stem);
    let names = [format!("{stem}.toml"), format!("lists/{stem}.txt")];
    names.into_iter().filter(|name| policies::is_name(name)).collect()
}

/// The editor with a file as in force.
fn opened<P>(app: &App, signed: &Signed<P>, file: String) -> Result<View, Problem> {
    let files = policies::files(app)?;
    let first = || files.iter().find(|name| name.ends_with(".toml")).cloned().unwrap_or_default();
    let file = if file.is_empty() { first() } else { file };
    let text = policies::file(app, &file)?;
    Ok(View {
        is_new: text.is_none(),
        text: text.unwrap_or_default(),
        files,
        version: policies::version(app)?,
        can_propose: signed.may(RulesPropose::NAME),
        file,
        ..View::default()
    })
}

/// Checks, tests or compares the draft, and shows the results.
pub(crate) async fn act(
    State(app): State<App>,
    signed: Signed<PoliciesRead>,
    Form(draft): Form<Draft>,
) -> Result<Markup, Away> {
    signed.check(&draft.csrf)?;
    let view = tried(&app, &signed, draft).await.map_err(|problem| signed.oops(problem))?;
    Ok(page(&signed.frame("/rules/edit", "Edit rules"), &view))
}

async fn tried(app: &App, signed: &Signed<PoliciesRead>, draft: Draft) -> Result<View, Problem> {
    let (files, action) = (draft.files()?, draft.action.clone());
    let mut view = written(app, signed, draft)?;
    match action.as_str() {
        "test" => view.tested = Some(tested(app, files).await?),
        "diff" => view.difference = Some(difference(app, files).await?),
        _ => view.checkup = Some(checkup(app, files).await?),
    }
    Ok(view)
}

/// The editor with the draft.
fn written<P>(app: &App, signed: &Signed<P>, draft: Draft) -> Result<View, Problem> {
    let view = opened(app, signed, draft.file.clone())?;
    if draft.file.is_empty() {
        return Ok(view);
    }
    Ok(View {
        text: draft.text(),
        is_removed: draft.removed.is_some(),
        others: draft.others,
        reason: draft.reason,
        title: draft.title,
        ..view
    })
}

/// The editor with the draft, and the reason why it was refused.
pub(crate) async fn refused<P>(
    app: &App,
    signed: &Signed<P>,
    draft: Draft,
    problem: Problem,
) -> Result<Markup, Problem> {
    let files = draft.files()?;
    let mut view = written(app, signed, draft)?;
    match &problem {
        Problem::Policies(..) => view.checkup = Some(checkup(app, files).await?),
        Problem::Cases(..) => view.tested = Some(tested(app, files).await?),
        _ => {}
    }
    view.error = Some(problem.to_string());
    Ok(page(&signed.frame("/rules/edit", "Edit rules"), &view))
}
