//! Counts and rates at a glance, from stored counts: nothing is counted on request.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use store::Store;
use tokio::time::Instant;
use utoipa::ToSchema;

use crate::service::problem::Problem;
use crate::service::state::{App, Core};

/// How old an overview may be, so that many viewers cost as much as one.
const FRESH: Duration = Duration::from_millis(900);

/// The limit up to which waiting messages are counted.
const WAITING_MAX: u32 = 100_000;

/// Counts and rates at a glance. Days are those of event time.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct Overview {
    /// Events in the last full second.
    pub events_per_second: u64,
    /// Events in each of the last seconds, at most five minutes, the latest last.
    pub seconds: Vec<u64>,
    /// Number of events judged, ever.
    pub events: u64,
    /// Number of decisions made, ever.
    pub decisions: u64,
    /// Number of records refused, ever.
    pub refused: u64,
    /// Number of decisions, by policy.
    pub policies: BTreeMap<String, u64>,
    /// Number of decisions, by country.
    pub countries: BTreeMap<String, u64>,
    /// Number of decisions, by effect.
    pub effects: BTreeMap<String, u64>,
    /// Number of decisions, by day (`2026-01-31`, UTC).
    pub days: BTreeMap<String, u64>,
    /// Removals of content, and how many of them came before harm.
    pub removals: Removals,
    /// The receivers of decisions.
    pub receivers: Vec<ReceiverView>,
}

/// Removals of content; each content is counted once.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
pub struct Removals {
    /// Number of removals.
    pub total: u64,
    /// Number of removals before a view was reported.
    pub before_view: u64,
    /// Number of removals before anybody complained.
    pub before_flag: u64,
    /// Number of removals within 24 hours of publication.
    pub within_day: u64,
}

/// The state of a receiver of messages.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct ReceiverView {
    /// Its name.
    pub name: String,
    /// Its address, without parts that may be secret.
    pub address: String,
    /// Whether nothing gets through.
    pub is_down: bool,
    /// Number of messages that wait for their first attempt, counted up to 100,000.
    pub waiting: u64,
    /// Number of messages that are retried.
    pub retrying: u64,
    /// Number of dead letters: messages that are no longer tried.
    pub dead: u64,
    /// Number of messages delivered, ever.
    pub delivered: u64,
    /// The last failure; absent if there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// When a receiver that is down is tried next (RFC 3339); absent if it is not down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_knock: Option<String>,
}

/// The current overview, at most a moment old.
pub async fn now(app: &App) -> Result<Arc<Overview>, Problem> {
    let mut known = app.overview.lock().await;
    if let Some((at, overview)) = &*known
        && at.elapsed() < FRESH
    {
        return Ok(Arc::clone(overview));
    }
    let overview = Arc::new(look(app).await?);
    *known = Some((Instant::now(), Arc::clone(&overview)));
    Ok(overview)
}

async fn look(app: &App) -> Result<Overview, Problem> {
    let core = app.core()?;
    let store = &core.store;
    let seconds = app.meter.seconds();
    let removed = store.daily_count("removed").await?;
    let removed = |key: &str| removed.get(key).copied().unwrap_or(0);
    let policies = store.daily_count("policy").await?;
    let days = store.daily_count_by_day("policy").await?;
    Ok(Overview {
        events_per_second: seconds.last().copied().unwrap_or(0),
        seconds,
        events: sum(store, "events").await?,
        decisions: policies.values().sum(),
        refused: sum(store, "refused").await?,
        policies,
        countries: store.daily_count("country").await?,
        effects: store.daily_count("effect").await?,
        days: days.into_iter().map(|(day, count)| (date(day), count)).collect(),
        removals: Removals {
            total: removed("total"),
            before_view: removed("before_view"),
            before_flag: removed("before_flag"),
            within_day: removed("within_day"),
        },
        receivers: receivers(core).await?,
    })
}

async fn sum(store: &Store, name: &str) -> Result<u64, Problem> {
    Ok(store.daily_count(name).await?.values().sum())
}

/// A day in the form `2026-01-31`, from days since 1970.
fn date(day: i64) -> String {
    let moment = Timestamp::from_second(day.saturating_mul(86_400)).unwrap_or_default();
    moment.strftime("%Y-%m-%d").to_string()
}

/// The state of the configured receivers.
pub async fn receivers(core: &Core) -> Result<Vec<ReceiverView>, Problem> {
    let kept = core.store.receivers().await?;
    let mut views = Vec::new();
    for told in &core.receivers {
        let (retrying, dead) = core.store.count_left_behind(&told.name).await?;
        let kept = kept.iter().find(|kept| kept.name == told.name);
        let cursor = kept.map_or(u64::MAX, |kept| kept.cursor);
        let outlook =
            told.outlook.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        views.push(ReceiverView {
            name: told.name.clone(),
            address: told.address.clone(),
            is_down: outlook.is_down,
            waiting: core.store.messages_from(cursor, WAITING_MAX).await?,
            retrying,
            dead,
            delivered: kept.map_or(0, |kept| kept.delivered),
            last_error: outlook.last_error,
            next_knock: outlook.next_knock.map(|at| at.to_string()),
        });
    }
    Ok(views)
}

/// Health checks: name, whether it is passed, details.
pub async fn checks(app: &App) -> Result<Vec<(&'static str, bool, String)>, Problem> {
    let core = app.core()?;
    let status = core.pipeline.status();
    let trouble = status.trouble();
    let waiting = status.jobs.load(Ordering::Relaxed);
    let receivers = receivers(core).await?;
    let down: Vec<&str> =
        receivers.iter().filter(|one| one.is_down).map(|one| one.name.as_str()).collect();
    let dead: u64 = receivers.iter().map(|one| one.dead).sum();
    let failure = core.pipeline.failure();
    let failing: Vec<_> = app.routines.failing().collect();
    Ok(vec![
        (
            "The loop judges and writes",
            failure.is_none(),
            match failure {
                None => format!("{waiting} requests under way"),
                Some(error) => error.to_string(),
            },
        ),
        (
            "The store has room",
            trouble.is_none(),
            trouble.map_or_else(
                || "writes go through".to_owned(),
                |trouble| Problem::from(trouble).to_string(),
            ),
        ),
        ("All cases can be read", status.damage.is_empty(), damage(&status.damage)),
        (
            "Receivers answer",
            down.is_empty(),
            match (down.is_empty(), receivers.len()) {
                (true, 0) => "none is configured; decisions are pulled by cursor".to_owned(),
                (true, count) => format!("{count} configured"),
                (false, _) => format!("down: {}", down.join(", ")),
            },
        ),
        ("Background work succeeds", failing.is_empty(), failing_or_all(&failing)),
        ("No dead letters", dead == 0, format!("{dead} messages are not tried any more")),
    ])
}

fn failing_or_all(failing: &[&str]) -> String {
    match failing {
        [] => "everything succeeded the last time".to_owned(),
        failing => format!("failed the last time: {}", failing.join(", ")),
    }
}

/// The cases that could not be read, and what to do.
fn damage(damage: &[String]) -> String {
    /// The most cases named; more are only counted.
    const NAMED_MAX: usize = 10;
    if damage.is_empty() {
        return "none was left aside".to_owned();
    }
    let named = damage.iter().take(NAMED_MAX).cloned().collect::<Vec<_>>().join(", ");
    let more = damage.len().saturating_sub(NAMED_MAX);
    format!(
        "left aside: {named}, and {more} more; stop the server, run `probity ledger verify`, and \
         put back a copy of the store that is sound"
    )
}
