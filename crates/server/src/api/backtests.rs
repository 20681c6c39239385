//! `/v1/backtests`: what changed rules would have done to the past.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use store::{Backtest, BacktestState};
use utoipa::ToSchema;

use crate::app::App;
use crate::backtest;
use crate::body;
use crate::extract::Named;
use crate::idempotency::{self, Asked};
use crate::overlay;
use crate::permission::{DecisionsRead, PoliciesRead, RulesPropose};
use crate::principal::By;
use crate::problem::{Details, Problem};

/// Back-tests that are told.
const LISTED_MAX: u32 = 100;

/// A back-test in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct BacktestItem {
    /// Its number.
    pub(crate) id: u64,
    /// `running`, `done`, `failed` or `cancelled`.
    pub(crate) state: &'static str,
    /// The share that is done, from 0 to 1.
    pub(crate) progress: f64,
    /// What for.
    pub(crate) title: String,
    /// Who began it.
    pub(crate) author: String,
    /// When.
    pub(crate) at: Timestamp,
    /// Why it broke off.
    pub(crate) error: Option<String>,
}

/// Everything of a back-test.
#[derive(Serialize, ToSchema)]
pub(crate) struct WholeBacktest {
    /// As it stands in the list.
    pub(crate) backtest: BacktestItem,
    /// The files that it changes, with their new texts; null for a file removed.
    pub(crate) files: BTreeMap<String, Option<String>>,
    /// The result, once it is done.
    #[schema(value_type = Option<Object>)]
    pub(crate) result: Option<Box<RawValue>>,
}

/// A back-test to begin.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewBacktest {
    /// Names and new texts: `civic.toml`, `lists/ro_voting.txt`; null removes a file.
    files: BTreeMap<String, Option<String>>,
    /// What for, in 200 characters at most.
    #[serde(default)]
    title: String,
}

/// A back-test that was begun or stopped.
#[derive(Serialize, ToSchema)]
pub(crate) struct Begun {
    /// Its number.
    pub(crate) id: u64,
}

impl BacktestItem {
    /// The item of `backtest`.
    pub(crate) fn new(backtest: &Backtest) -> Self {
        Self {
            id: backtest.id,
            state: backtest.state.name(),
            progress: backtest.progress,
            title: backtest.title.clone(),
            author: backtest.author.clone(),
            at: Timestamp::from_millisecond(backtest.made_ms).unwrap_or_default(),
            error: backtest.error.clone(),
        }
    }
}

/// Lists back-tests, the newest first, a hundred at most.
#[utoipa::path(
    get, path = "/v1/backtests", tag = "rules", security(("key" = ["policies:read"])),
    responses((status = 200, body = Vec<BacktestItem>))
)]
pub(crate) async fn list(
    State(app): State<App>,
    _: By<PoliciesRead>,
) -> Result<Json<Vec<BacktestItem>>, Problem> {
    all(&app).await.map(Json)
}

/// The latest back-tests.
pub(crate) async fn all(app: &App) -> Result<Vec<BacktestItem>, Problem> {
    let found = app.core()?.store.backtests(LISTED_MAX).await?;
    Ok(found.iter().map(BacktestItem::new).collect())
}

/// Shows a back-test with its result, which names accounts and content.
#[utoipa::path(
    get, path = "/v1/backtests/{id}", tag = "rules", security(("key" = ["decisions:read"])),
    params(("id" = u64, Path)),
    responses(
        (status = 200, body = WholeBacktest),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get(
    State(app): State<App>,
    _: By<DecisionsRead>,
    Named(id): Named<u64>,
) -> Result<Json<WholeBacktest>, Problem> {
    whole(&app, id).await.map(Json)
}

/// Everything of the back-test with that number.
pub(crate) async fn whole(app: &App, id: u64) -> Result<WholeBacktest, Problem> {
    let found = app.core()?.store.backtest(id).await?.ok_or(Problem::NotFound("back-test"))?;
    let result = found.result.map(RawValue::from_string).transpose();
    Ok(WholeBacktest {
        backtest: BacktestItem::new(&found.brief),
        files: overlay::read(&found.files)?,
        result: result.map_err(|error| Problem::Internal(error.to_string()))?,
    })
}

/// Begins a back-test: judges the log again by changed rules, beside those in force. One at a time.
#[utoipa::path(
    post, path = "/v1/backtests", tag = "rules", security(("key" = ["rules:propose"])),
    params(("Idempotency-Key" = Option<String>, Header)),
    request_body = NewBacktest,
    responses(
        (status = 200, body = Begun),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 413, body = Details, content_type = "application/problem+json"),
        (status = 422, body = Details, content_type = "application/problem+json"),
        (status = 429, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post(
    State(app): State<App>,
    By(caller, _): By<RulesPropose>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let sent = body::read(&app, &headers, body).await?;
    let new: NewBacktest = body::json(&sent)?;
    let asked =
        Asked { headers: &headers, caller: &caller, action: "backtests", body: &sent.bytes };
    let who = caller.sender();
    let work = async {
        let id = backtest::begin(&app, &who, &new.title, new.files).await?;
        Ok::<_, Problem>(Begun { id })
    };
    idempotency::once(&app, asked, work).await
}

/// Stops a back-test that runs.
#[utoipa::path(
    post, path = "/v1/backtests/{id}/cancel", tag = "rules", security(("key" = ["rules:propose"])),
    params(("id" = u64, Path)),
    responses(
        (status = 200, body = Begun),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
        (status = 409, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn cancel(
    State(app): State<App>,
    _: By<RulesPropose>,
    Named(id): Named<u64>,
) -> Result<Json<Begun>, Problem> {
    stop(&app, id).await?;
    Ok(Json(Begun { id }))
}

/// Has the back-test with that number stopped; it ends a moment later.
pub(crate) async fn stop(app: &App, id: u64) -> Result<(), Problem> {
    let found = app.core()?.store.backtest(id).await?.ok_or(Problem::NotFound("back-test"))?;
    let is_running = found.brief.state == BacktestState::Running;
    if is_running && app.backtests.cancel(id) {
        return Ok(());
    }
    let state = found.brief.state.name();
    Err(Problem::Decided(format!("the back-test is {state}; there is nothing to stop")))
}
