//! What changed rules would have done to the past.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use store::{Backtest, BacktestState};
use utoipa::ToSchema;

use crate::rules::overlay;
use crate::service::problem::Problem;
use crate::service::state::App;

/// Back-tests that are told.
const LISTED_MAX: u32 = 100;

/// A back-test in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BacktestItem {
    /// Its number.
    pub id: u64,
    /// `running`, `done`, `failed` or `cancelled`.
    pub state: &'static str,
    /// The share that is done, from 0 to 1.
    pub progress: f64,
    /// What for.
    pub title: String,
    /// Who began it.
    pub author: String,
    /// When.
    pub at: Timestamp,
    /// Why it broke off.
    pub error: Option<String>,
}

/// Everything of a back-test.
#[derive(Serialize, ToSchema)]
pub struct WholeBacktest {
    /// As it stands in the list.
    pub backtest: BacktestItem,
    /// The files that it changes, with their new texts; null for a file removed.
    pub files: BTreeMap<String, Option<String>>,
    /// The result, once it is done.
    #[schema(value_type = Option<Object>)]
    pub result: Option<Box<RawValue>>,
}

/// A back-test to begin.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBacktest {
    /// Names and new texts: `civic.toml`, `lists/ro_voting.txt`; null removes a file.
    pub files: BTreeMap<String, Option<String>>,
    /// What for, in 200 characters at most.
    #[serde(default)]
    pub title: String,
}

/// A back-test that was begun or stopped.
#[derive(Serialize, ToSchema)]
pub struct Begun {
    /// Its number.
    pub id: u64,
}

impl BacktestItem {
    /// The item of `backtest`.
    pub fn new(backtest: &Backtest) -> Self {
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

/// The latest back-tests.
pub async fn all(app: &App) -> Result<Vec<BacktestItem>, Problem> {
    let found = app.core()?.store.backtests(LISTED_MAX).await?;
    Ok(found.iter().map(BacktestItem::new).collect())
}

/// Everything of the back-test with that number.
pub async fn whole(app: &App, id: u64) -> Result<WholeBacktest, Problem> {
    let found = app.core()?.store.backtest(id).await?.ok_or(Problem::NotFound("back-test"))?;
    let result = found.result.map(RawValue::from_string).transpose();
    Ok(WholeBacktest {
        backtest: BacktestItem::new(&found.brief),
        files: overlay::read(&found.files)?,
        result: result.map_err(|error| Problem::Internal(error.to_string()))?,
    })
}

/// Has the back-test with that number stopped; it ends a moment later.
pub async fn stop(app: &App, id: u64) -> Result<(), Problem> {
    let found = app.core()?.store.backtest(id).await?.ok_or(Problem::NotFound("back-test"))?;
    let is_running = found.brief.state == BacktestState::Running;
    if is_running && app.backtests.cancel(id) {
        return Ok(());
    }
    let state = found.brief.state.name();
    Err(Problem::Decided(format!("the back-test is {state}; there is nothing to stop")))
}
