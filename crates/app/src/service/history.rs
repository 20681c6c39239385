//! The contents of the history, by event type.

use std::collections::BTreeMap;

use history::{History, Location};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::service::problem::Problem;
use crate::service::state::App;

/// The contents of the history.
#[derive(Serialize, ToSchema)]
pub struct HistoryView {
    /// It contains the entries of the ledger up to this place.
    pub rolled: u64,
    /// Number of ledger entries that are not in it yet.
    pub waiting: u64,
    /// Number of events.
    pub events: u64,
    /// Number of files.
    pub files: u64,
    /// Their size, in bytes.
    pub bytes: u64,
    /// Number of events dropped at the end of their retention.
    pub dropped: u64,
    /// The contents by event type.
    pub types: Vec<OfType>,
    /// Holds on events that must not be dropped.
    pub holds: Vec<HoldView>,
}

/// The events of one type.
#[derive(Default, Serialize, ToSchema)]
pub struct OfType {
    /// The type of the events.
    pub r#type: String,
    /// Number of events.
    pub events: u64,
    /// Number of files.
    pub files: u64,
    /// Their size, in bytes.
    pub bytes: u64,
    /// The first hour, in UTC.
    pub first_hour: String,
    /// The last hour, in UTC.
    pub last_hour: String,
}

/// A hold on events of the history.
#[derive(Serialize, ToSchema)]
pub struct HoldView {
    /// Its name.
    pub name: String,
    /// The subject that it covers; for a scope that an order describes, a note that says so.
    pub scope: String,
    /// When it started.
    pub since: Timestamp,
    /// The reason for the hold.
    pub reason: String,
}

/// The contents of the history; `None` if the server keeps none, or it was never rolled.
pub async fn view(app: &App) -> Result<Option<HistoryView>, Problem> {
    let size = *app.core()?.pipeline.size().borrow();
    let Some(place) = &app.settings.history else { return Ok(None) };
    let internal = |error: history::Error| Problem::Internal(error.to_string());
    let found = History::find(Location::new(place).map_err(internal)?).await.map_err(internal)?;
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
            // The words of the scope are only for those who may read orders.
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
