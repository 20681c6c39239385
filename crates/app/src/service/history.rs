//! What lies in the history, by event type.

use std::collections::BTreeMap;

use history::{History, Place};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::service::problem::Problem;
use crate::service::state::App;

/// What lies in the history.
#[derive(Serialize, ToSchema)]
pub struct HistoryView {
    /// Entries of the ledger up to here are in it.
    pub rolled: u64,
    /// Entries of the ledger that are not yet in it.
    pub waiting: u64,
    /// Events.
    pub events: u64,
    /// Files.
    pub files: u64,
    /// Bytes.
    pub bytes: u64,
    /// Events dropped when their time was over.
    pub dropped: u64,
    /// Its content by event type.
    pub types: Vec<OfType>,
    /// What must not be dropped.
    pub holds: Vec<HoldView>,
}

/// Events of one type.
#[derive(Default, Serialize, ToSchema)]
pub struct OfType {
    /// The type.
    pub r#type: String,
    /// Events.
    pub events: u64,
    /// Files.
    pub files: u64,
    /// Bytes.
    pub bytes: u64,
    /// The first hour, in UTC.
    pub first_hour: String,
    /// The last hour.
    pub last_hour: String,
}

/// A hold.
#[derive(Serialize, ToSchema)]
pub struct HoldView {
    /// Its name.
    pub name: String,
    /// Whom or what it is about.
    pub scope: String,
    /// Since when.
    pub since: Timestamp,
    /// Why.
    pub reason: String,
}

/// What lies in the history; nothing if the server keeps none, or it was never rolled.
pub async fn view(app: &App) -> Result<Option<HistoryView>, Problem> {
    let size = *app.core()?.pipeline.size().borrow();
    let Some(place) = &app.settings.history else { return Ok(None) };
    let internal = |error: history::Error| Problem::Internal(error.to_string());
    let found = History::find(Place::new(place).map_err(internal)?).await.map_err(internal)?;
    let Some(history) = found else { return Ok(None) };
    let manifest = history.manifest();
    let mut types: BTreeMap<&str, OfType> = BTreeMap::new();
    for file in &manifest.files {
        let of = types.entry(&file.r#type).or_insert_with(|| OfType {
            r#type: file.r#type.clone(),
            first_hour: file.hour.clone(),
            ..OfType::default()
        });
        of.events += file.rows;
        of.files += 1;
        of.bytes += file.bytes;
        of.first_hour = of.first_hour.clone().min(file.hour.clone());
        of.last_hour = of.last_hour.clone().max(file.hour.clone());
    }
    let hold = |hold: &history::Hold| HoldView {
        name: hold.name.clone(),
        scope: match &hold.scope {
            history::Scope::Subject(subject) => subject.0.clone(),
            // Its words are for those who may read orders.
            history::Scope::Described(_) => "what an order describes, see holds".to_owned(),
        },
        since: Timestamp::from_millisecond(hold.since_ms).unwrap_or_default(),
        reason: hold.reason.clone(),
    };
    Ok(Some(HistoryView {
        rolled: manifest.rolled,
        waiting: size.saturating_sub(manifest.rolled),
        events: manifest.rows(),
        files: manifest.files.len() as u64,
        bytes: manifest.bytes(),
        dropped: manifest.dropped.iter().map(|dropped| dropped.rows).sum(),
        holds: manifest.holds.iter().map(hold).collect(),
        types: types.into_values().collect(),
    }))
}
