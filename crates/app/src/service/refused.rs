//! Refused records, and the reasons.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::service::problem::Problem;
use crate::service::state::App;

/// Records per page.
pub const LIMIT: u32 = 100;

/// The page of refused records.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RefusedQuery {
    /// Only records with a number below this; for the next page, `next` of the last one.
    pub before: Option<u64>,
}

/// A page of refused records, the latest first.
#[derive(Serialize, ToSchema)]
pub struct RefusedPage {
    /// The records; only the latest 10,000 are stored.
    pub items: Vec<RefusedItem>,
    /// The value of `before` for the next page; `null` if there are no more records.
    pub next: Option<u64>,
}

/// A record that was refused.
#[derive(Serialize, ToSchema)]
pub struct RefusedItem {
    /// When it was refused.
    pub at: Timestamp,
    /// The name of the sender: `key ID` for an API key.
    pub sender: String,
    /// The line or element of the record, counted from 1.
    pub place: u64,
    /// A stable name of the reason.
    pub reason: String,
    /// The reason in words, and what to do.
    pub message: String,
    /// The beginning of the record.
    pub excerpt: String,
}

/// The page of records before the number `before`.
pub async fn page(app: &App, before: Option<u64>) -> Result<RefusedPage, Problem> {
    let rows = app.core()?.store.refused(before, LIMIT).await?;
    let next = (rows.len() >= LIMIT as usize).then(|| rows.last().map(|(id, _)| *id)).flatten();
    let items = rows.into_iter().map(|(_, row)| RefusedItem {
        at: Timestamp::from_millisecond(row.at_ms).unwrap_or_default(),
        sender: row.sender,
        place: row.place,
        reason: row.reason,
        message: row.message,
        excerpt: row.excerpt,
    });
    Ok(RefusedPage { items: items.collect(), next })
}

/// Number of refusals, by reason.
pub async fn reasons(app: &App) -> Result<BTreeMap<String, u64>, Problem> {
    Ok(app.core()?.store.daily_count("refused").await?)
}
