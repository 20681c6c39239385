//! `GET /v1/queues`: what waits where.

use axum::Json;
use axum::extract::State;
use casework::{Lane, Queue};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::desk;
use crate::permission::CasesRead;
use crate::principal::By;
use crate::problem::Problem;

/// All queues, in the order in which cases are offered to them.
#[derive(Serialize, ToSchema)]
pub(crate) struct Queues {
    /// The queues.
    pub(crate) queues: Vec<QueueView>,
    /// Cases that somebody works on.
    pub(crate) held: u64,
}

/// A queue with what waits in it.
#[derive(Serialize, ToSchema)]
pub(crate) struct QueueView {
    /// As it is configured.
    pub(crate) queue: Queue,
    /// How many wait.
    pub(crate) waiting: u64,
    /// The same by lane.
    pub(crate) lanes: Vec<LaneCount>,
    /// The same by language.
    pub(crate) languages: Vec<LanguageCount>,
    /// When the oldest was opened.
    pub(crate) oldest_at: Option<Timestamp>,
}

/// Cases of a lane.
#[derive(Serialize, ToSchema)]
pub(crate) struct LaneCount {
    /// The lane.
    pub(crate) lane: Lane,
    /// How many wait.
    pub(crate) waiting: u64,
}

/// Cases of a language.
#[derive(Serialize, ToSchema)]
pub(crate) struct LanguageCount {
    /// ISO 639-1; empty where it is not known.
    pub(crate) language: String,
    /// How many wait.
    pub(crate) waiting: u64,
}

/// Shows all queues with what waits in them.
#[utoipa::path(
    get, path = "/v1/queues", tag = "cases", security(("key" = ["cases:read"])),
    responses((status = 200, body = Queues))
)]
pub(crate) async fn get(State(app): State<App>, _: By<CasesRead>) -> Result<Json<Queues>, Problem> {
    queues(&app).await.map(Json)
}

/// All queues with what waits in them.
pub(crate) async fn queues(app: &App) -> Result<Queues, Problem> {
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
