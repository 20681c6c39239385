//! The queues, with their waiting cases.

use jiff::Timestamp;
use review::{Lane, Queue};
use serde::Serialize;
use utoipa::ToSchema;

use crate::cases::review_queue;
use crate::service::problem::Problem;
use crate::service::state::App;

/// All queues, in the order in which cases are offered to them.
#[derive(Serialize, ToSchema)]
pub struct Queues {
    /// The queues.
    pub queues: Vec<QueueView>,
    /// Number of cases that reviewers hold.
    pub held: u64,
}

/// A queue with its waiting cases.
#[derive(Serialize, ToSchema)]
pub struct QueueView {
    /// The configuration of the queue.
    pub queue: Queue,
    /// Number of waiting cases.
    pub waiting: u64,
    /// Waiting cases by lane; lanes without any are left out.
    pub lanes: Vec<LaneCount>,
    /// Waiting cases by language.
    pub languages: Vec<LanguageCount>,
    /// When the oldest waiting case was opened; `null` if none waits.
    pub oldest_at: Option<Timestamp>,
}

/// The waiting cases of a lane.
#[derive(Serialize, ToSchema)]
pub struct LaneCount {
    /// The lane.
    pub lane: Lane,
    /// Number of waiting cases.
    pub waiting: u64,
}

/// The waiting cases of a language.
#[derive(Serialize, ToSchema)]
pub struct LanguageCount {
    /// ISO 639-1; empty if unknown.
    pub language: String,
    /// Number of waiting cases.
    pub waiting: u64,
}

/// All queues with their waiting cases.
pub async fn queues(app: &App) -> Result<Queues, Problem> {
    let core = app.core()?;
    let (counts, held) =
        review_queue::look(core, |review_queue| (review_queue.counts(), review_queue.held_count()))
            .await?;
    let view = |queue: &Queue| {
        let mine: Vec<&review::Count> =
            counts.iter().filter(|count| count.queue == queue.name).collect();
        let total = |count: &review::Count| count.lanes.iter().sum::<u64>();
        let lanes = Lane::ALL.iter().map(|lane| LaneCount {
            lane: *lane,
            waiting: mine.iter().map(|count| count.lanes[*lane as usize]).sum(),
        });
        let languages = mine
            .iter()
            .map(|count| LanguageCount { language: count.language.clone(), waiting: total(count) });
        let oldest = mine.iter().filter_map(|count| count.oldest_ms).min();
        QueueView {
            queue: queue.clone(),
            waiting: mine.iter().map(|count| total(count)).sum(),
            lanes: lanes.filter(|count| count.waiting > 0).collect(),
            languages: languages.collect(),
            oldest_at: oldest.and_then(|ms| Timestamp::from_millisecond(ms).ok()),
        }
    };
    let queues = app.settings.casework.review_queue.queues.iter().map(view).collect();
    Ok(Queues { queues, held })
}
