//! Whether there are enough reviewers, by language.

use std::collections::BTreeMap;

use review::staffing::{Forecast, Load, Target, forecast};
use review::{Case, Skills};
use serde::Serialize;
use types::language;
use utoipa::ToSchema;

use crate::access::permission::{CasesReview, Permit as _, allows};
use crate::cases::review_queue;
use crate::service::problem::Problem;
use crate::service::state::App;

/// The span over which arrivals are counted, in hours.
const HOURS: i64 = 24;

/// The most closed cases whose handling times are used; the newest are taken.
const CASES_MAX: u32 = 10_000;

/// The handling time if no case was closed yet: a minute (our assumption).
const SECONDS_UNKNOWN: f64 = 60.0;

/// Four of five cases are claimed within a quarter of an hour: an initial value, open to
/// discussion.
const TARGET: Target = Target { share: 0.8, within_seconds: 900.0 };

/// Whether there are enough reviewers, by language and queue.
#[derive(Serialize, ToSchema)]
pub struct Staffing {
    /// The span over which arrivals were counted, in hours.
    pub hours: i64,
    /// The target for waiting times.
    pub target: Target,
    /// The load of each language, largest first.
    pub languages: Vec<LanguageLoad>,
    /// The load of each queue.
    pub queues: Vec<QueueLoad>,
}

/// The load of a language.
#[derive(Serialize, ToSchema)]
pub struct LanguageLoad {
    /// ISO 639-1; empty for cases that need no language.
    pub language: String,
    /// Number of cases that wait now.
    pub waiting: u64,
    /// Arrivals, handling time and reviewers. A reviewer of several languages counts in each by its
    /// share of the load.
    pub load: Load,
    /// Number of reviewers who read the language.
    pub readers: u32,
    /// The forecast of waiting times (Erlang C); `null` if the load is not a realistic number.
    pub forecast: Option<Forecast>,
}

/// The load of a queue.
#[derive(Serialize, ToSchema)]
pub struct QueueLoad {
    /// The name of the queue.
    pub queue: String,
    /// Number of cases that arrived in the span.
    pub arrived: u64,
    /// Number of cases that wait now.
    pub waiting: u64,
    /// Number of cases closed in the span.
    pub closed: u64,
    /// The median of their handling times, in seconds; `null` if no case was closed.
    pub seconds: Option<u32>,
    /// The median of the times until they were claimed, in seconds; `null` if no case was closed.
    pub claimed_after_seconds: Option<u32>,
}

/// Arrivals, handling times and forecasts by language and queue.
pub async fn staffing(app: &App) -> Result<Staffing, Problem> {
    let core = app.core()?;
    let now_ms = app.now().as_millisecond();
    let since_ms = now_ms - HOURS * 3_600_000;
    let arrivals = core.store.arrivals(since_ms).await?;
    let counts = review_queue::look(core, |review_queue| review_queue.counts()).await?;
    let closed = core.store.closed_cases((since_ms, now_ms + 1), CASES_MAX).await?;
    let closed =
        closed.iter().map(|body| review_queue::read(body)).collect::<Result<Vec<_>, _>>()?;
    let staff = core.store.staff().await?;
    let reviewers: Vec<Skills> = staff
        .iter()
        .filter(|staff| staff.party.is_none() && allows(&staff.role, CasesReview::NAME))
        .map(|staff| serde_json::from_str(&staff.skills).unwrap_or_default())
        .collect();
    let mut arrived: BTreeMap<String, u64> = BTreeMap::new();
    for (_, language, count) in &arrivals {
        *arrived.entry(language::code(language).unwrap_or_default()).or_default() += count;
    }
    for count in &counts {
        arrived.entry(count.language.clone()).or_default();
    }
    let mut languages: Vec<LanguageLoad> = arrived
        .iter()
        .map(|(language, count)| {
            let waiting = counts.iter().filter(|one| one.language == *language);
            LanguageLoad {
                waiting: waiting.flat_map(|one| one.lanes).sum(),
                ..load(language, *count, (&arrived, &reviewers), &closed)
            }
        })
        .collect();
    languages.sort_by(|a, b| b.load.arrivals_per_hour.total_cmp(&a.load.arrivals_per_hour));
    let queues = app.settings.casework.review_queue.queues.iter().map(|queue| {
        let arrived = arrivals.iter().filter(|(name, ..)| *name == queue.name);
        let waiting = counts.iter().filter(|one| one.queue == queue.name);
        let closed: Vec<&Case> = closed.iter().filter(|case| case.queue == queue.name).collect();
        QueueLoad {
            queue: queue.name.clone(),
            arrived: arrived.map(|(.., count)| count).sum(),
            waiting: waiting.flat_map(|one| one.lanes).sum(),
            closed: closed.len() as u64,
            seconds: middle(closed.iter().filter_map(|case| seconds(case)).collect()),
            claimed_after_seconds: middle(closed.iter().filter_map(|case| wait(case)).collect()),
        }
    });
    Ok(Staffing { hours: HOURS, target: TARGET, languages, queues: queues.collect() })
}

fn load(
    language: &str,
    count: u64,
    (arrived, reviewers): (&BTreeMap<String, u64>, &[Skills]),
    closed: &[Case],
) -> LanguageLoad {
    let reads = |skills: &&Skills| skills.reads(language);
    let readers = reviewers.iter().filter(reads).count();
    // A reviewer of three languages must not count three times.
    let share = |skills: &Skills| {
        let read = arrived.iter().filter(|(code, _)| skills.reads(code));
        let all: u64 = read.map(|(_, count)| count).sum();
        if all == 0 { 0.0 } else { number(count) / number(all) }
    };
    let there: f64 = reviewers.iter().filter(reads).map(share).sum();
    let of_language = closed.iter().filter(|case| case.language_code() == language);
    let times: Vec<u32> = of_language.filter_map(seconds).collect();
    let spent: u64 = times.iter().map(|seconds| u64::from(*seconds)).sum();
    let handling_seconds = match times.len() {
        0 => SECONDS_UNKNOWN,
        cases => (number(spent) / number(cases as u64)).max(1.0),
    };
    let load = Load {
        arrivals_per_hour: number(count) / number(HOURS.unsigned_abs()),
        handling_seconds,
        agents: whole(there),
    };
    LanguageLoad {
        language: language.to_owned(),
        waiting: 0,
        readers: u32::try_from(readers).unwrap_or(u32::MAX),
        forecast: forecast(load, TARGET),
        load,
    }
}

fn seconds(case: &Case) -> Option<u32> {
    match case.state {
        review::State::Closed { seconds, .. } => Some(seconds),
        _ => None,
    }
}

/// The time from the opening of a case to its claim, in seconds.
fn wait(case: &Case) -> Option<u32> {
    let waited_ms = case.claimed_ms?.saturating_sub(case.opened_ms).max(0);
    u32::try_from(waited_ms / 1000).ok()
}

fn middle(mut values: Vec<u32>) -> Option<u32> {
    values.sort_unstable();
    values.get(values.len() / 2).copied()
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
const fn number(count: u64) -> f64 {
    count as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a number of people, rounded up"
)]
fn whole(people: f64) -> u32 {
    people.ceil().clamp(0.0, 1e6) as u32
}
