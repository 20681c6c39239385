//! Back-tests in lists and in full.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use store::JobRow;
use utoipa::ToSchema;

use crate::rules::backtest::Backtest;
use crate::rules::overlay;
use crate::service::jobs;
use crate::service::problem::Problem;
use crate::service::running::{self, JobRequest as _};
use crate::service::state::App;

/// The most back-tests listed.
const LISTED_MAX: u32 = 100;

/// A back-test in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BacktestItem {
    /// Its number.
    pub id: u64,
    /// `running`, `done`, `failed` or `cancelled`.
    pub state: &'static str,
    /// The share done, from 0 to 1.
    pub progress: f64,
    /// Its purpose.
    pub title: String,
    /// The name of the person or key that started it.
    pub author: String,
    /// When it was started.
    pub at: Timestamp,
    /// Why it failed; `null` if it did not.
    pub error: Option<String>,
}

/// A back-test with its files and its result.
#[derive(Serialize, ToSchema)]
pub struct WholeBacktest {
    /// The fields shown in lists.
    pub backtest: BacktestItem,
    /// The changed files: names and new texts; `null` for a removed file.
    pub files: BTreeMap<String, Option<String>>,
    /// The result; `null` until it is done.
    #[schema(value_type = Option<Object>)]
    pub result: Option<Box<RawValue>>,
}

/// A back-test to start.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBacktest {
    /// The changed files: names (`civic.toml`, `lists/ro_voting.txt`) and new texts; `null` removes
    /// a file.
    pub files: BTreeMap<String, Option<String>>,
    /// Its purpose, in 200 characters at most.
    #[serde(default)]
    pub title: String,
}

/// A back-test that was started or stopped.
#[derive(Serialize, ToSchema)]
pub struct Begun {
    /// Its number.
    pub id: u64,
}

impl BacktestItem {
    /// The item of `backtest`.
    fn new(backtest: &JobRow) -> Self {
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

/// The latest back-tests, newest first.
pub async fn all(app: &App) -> Result<Vec<BacktestItem>, Problem> {
    let found = running::listed(app, Some(Backtest::KIND), LISTED_MAX).await?;
    Ok(found.iter().map(BacktestItem::new).collect())
}

/// The back-test with that number, with its files and its result.
pub async fn whole(app: &App, id: u64) -> Result<WholeBacktest, Problem> {
    let found = kept(app, id).await?;
    let result = found.result.map(RawValue::from_string).transpose();
    Ok(WholeBacktest {
        backtest: BacktestItem::new(&found.brief),
        files: overlay::read(&found.request)?,
        result: result.map_err(|error| Problem::Internal(error.to_string()))?,
    })
}

async fn kept(app: &App, id: u64) -> Result<store::WholeJob, Problem> {
    match running::kept(app, id).await {
        Ok(found) if found.brief.kind == Backtest::KIND => Ok(found),
        Ok(_) | Err(Problem::NotFound(_)) => Err(Problem::NotFound("back-test")),
        Err(problem) => Err(problem),
    }
}

/// Stops the back-test with that number; it ends a moment later.
pub async fn stop(app: &App, id: u64) -> Result<(), Problem> {
    kept(app, id).await?;
    jobs::end(app, id).await
}
