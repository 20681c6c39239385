//! Records that were refused, and why.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::service::problem::Problem;
use crate::service::state::App;

/// Records of a page.
pub const LIMIT: u32 = 100;

/// Which page.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// Only older ones than this number.
    pub before: Option<u64>,
}

/// A page of refused records, the latest first.
#[derive(Serialize, ToSchema)]
pub struct RefusedPage {
    /// The records; the latest ten thousand are kept.
    pub items: Vec<RefusedItem>,
    /// The number to go on before; nothing if there is no more.
    pub next: Option<u64>,
}

/// A record that was refused.
#[derive(Serialize, ToSchema)]
pub struct RefusedItem {
    /// When.
    pub at: Timestamp,
    /// Who sent it.
    pub sender: String,
    /// Line or element, counted from 1.
    pub place: u64,
    /// The name of the reason.
    pub reason: String,
    /// The reason in words.
    pub message: String,
    /// The beginning of the record.
    pub excerpt: String,
}

/// The page before that number.
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

/// How often each reason was given.
pub async fn reasons(app: &App) -> Result<BTreeMap<String, u64>, Problem> {
    Ok(app.core()?.store.tally("refused").await?)
}
