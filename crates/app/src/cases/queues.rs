//! What waits where.

use casework::{Lane, Queue};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::cases::desk;
use crate::service::problem::Problem;
use crate::service::state::App;

/// All queues, in the order in which cases are offered to them.
#[derive(Serialize, ToSchema)]
pub struct Queues {
    /// The queues.
    pub queues: Vec<QueueView>,
    /// Cases that somebody works on.
    pub held: u64,
}

/// A queue with what waits in it.
#[derive(Serialize, ToSchema)]
pub struct QueueView {
    /// As it is configured.
    pub queue: Queue,
    /// How many wait.
    pub waiting: u64,
    /// The same by lane.
    pub lanes: Vec<LaneCount>,
    /// The same by language.
    pub languages: Vec<LanguageCount>,
    /// When the oldest was opened.
    pub oldest_at: Option<Timestamp>,
}

/// Cases of a lane.
#[derive(Serialize, ToSchema)]
pub struct LaneCount {
    /// The lane.
    pub lane: Lane,
    /// How many wait.
    pub waiting: u64,
}

/// Cases of a language.
#[derive(Serialize, ToSchema)]
pub struct LanguageCount {
    /// ISO 639-1; empty where it is not known.
    pub language: String,
    /// How many wait.
    pub waiting: u64,
}

/// All queues with what waits in them.
pub async fn queues(app: &App) -> Result<Queues, Problem> {
    let core = app.core()?;
    let (counts, held) = desk::look(core, |desk| (desk.counts(), desk.held_count())).await?;
    let view = |queue: &Queue| {
        let mine: Vec<&casework::Count> =
            counts.iter().filter(|count| count.queue == queue.name).collect();
        let total = |count: &casework::Count| count.lanes.iter().sum::<u64>();
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
    let queues = app.settings.casework.desk.queues.iter().map(view).collect();
    Ok(Queues { queues, held })
}
