//! `POST /v1/rules/check`, `/test`, `/diff`: changed rules, tried without putting them in force.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::body;
use crate::difference::{Difference, between};
use crate::overlay::{self, Files};
use crate::permission::PoliciesRead;
use crate::principal::By;
use crate::problem::{Details, Problem};
use crate::trial::{self, Checkup, Tested};

/// Files laid over those in force.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Candidate {
    /// Names and new texts: `civic.toml`, `lists/ro_voting.txt`; null removes a file.
    pub(crate) files: BTreeMap<String, Option<String>>,
}

async fn read(app: &App, headers: &HeaderMap, body: Body) -> Result<Files, Problem> {
    let sent = body::read(app, headers, body).await?;
    Ok(body::json::<Candidate>(&sent)?.files)
}

/// Checks changed rules: what is wrong with them, where, and what to do. Changes nothing.
#[utoipa::path(
    post, path = "/v1/rules/check", tag = "rules", security(("key" = ["policies:read"])),
    request_body = Candidate,
    responses(
        (status = 200, body = Checkup),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 413, body = Details, content_type = "application/problem+json"),
        (status = 429, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn check(
    State(app): State<App>,
    _: By<PoliciesRead>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Checkup>, Problem> {
    let files = read(&app, &headers, body).await?;
    checkup(&app, files).await.map(Json)
}

/// What is wrong with the rules in force, `files` laid over them.
pub(crate) async fn checkup(app: &App, files: Files) -> Result<Checkup, Problem> {
    trial::aside(app, move |pack, _| {
        overlay::check(pack, &files)?;
        Ok(trial::check(&overlay::over(pack, &files)))
    })
    .await?
}

/// Runs the cases beside changed rules, and tells which of them failed before the change. Changes
/// nothing.
#[utoipa::path(
    post, path = "/v1/rules/test", tag = "rules", security(("key" = ["policies:read"])),
    request_body = Candidate,
    responses(
        (status = 200, body = Tested),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 413, body = Details, content_type = "application/problem+json"),
        (status = 429, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn test(
    State(app): State<App>,
    _: By<PoliciesRead>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Tested>, Problem> {
    let files = read(&app, &headers, body).await?;
    tested(&app, files).await.map(Json)
}

/// What the cases find with the rules in force, `files` laid over them.
pub(crate) async fn tested(app: &App, files: Files) -> Result<Tested, Problem> {
    trial::aside(app, move |pack, rules| {
        overlay::check(pack, &files)?;
        Ok(trial::test((pack, rules), &overlay::over(pack, &files)))
    })
    .await?
}

/// Compares changed rules with those in force, by lines and by rules. Changes nothing.
#[utoipa::path(
    post, path = "/v1/rules/diff", tag = "rules", security(("key" = ["policies:read"])),
    request_body = Candidate,
    responses(
        (status = 200, body = Difference),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 413, body = Details, content_type = "application/problem+json"),
        (status = 429, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn diff(
    State(app): State<App>,
    _: By<PoliciesRead>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Difference>, Problem> {
    let files = read(&app, &headers, body).await?;
    difference(&app, files).await.map(Json)
}

/// What `files`, laid over the rules in force, change in them.
pub(crate) async fn difference(app: &App, files: Files) -> Result<Difference, Problem> {
    trial::aside(app, move |pack, rules| {
        overlay::check(pack, &files)?;
        let candidate = overlay::over(pack, &files);
        let new = engine::Rules::load(&candidate).ok();
        Ok(between((pack, Some(rules)), (&candidate, new.as_ref())))
    })
    .await?
}
