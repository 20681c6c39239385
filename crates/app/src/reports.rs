//! Counts what a transparency report states (Arts 15, 24 and 42 DSA), from the store alone: running
//! server and command line count the same.

pub mod book;
mod complaints;
pub mod cover;
pub mod drafting;
mod facts;
mod filed;
pub mod inputs;
pub mod making;
pub mod manifest;
mod measures;
mod people;

pub use inputs::Settings;
pub use making::{Asked, Made, Words, behind, make};
pub use manifest::Manifest;

use std::collections::{BTreeMap, BTreeSet};

use documents::report::{Figures, Period, Profile};
use documents::statement::Terms;
use jiff::Timestamp;
use store::{FilingFilter, FilingRow, Store};

/// Filings read at a time.
const PAGE: u32 = 500;

/// What is counted.
#[derive(Clone, Debug)]
pub struct Counting {
    /// The period.
    pub period: Period,
    /// The number of entries of the ledger that are counted.
    pub size: u64,
    /// Outcomes known by then are counted.
    pub known_at: Timestamp,
    /// What is stated, and how.
    pub terms: Terms,
    /// Who reports.
    pub profile: Profile,
    /// Average monthly active recipients by member state, and `TOTAL`.
    pub recipients: Option<BTreeMap<String, u64>>,
}

/// Counts the figures of a harmonised report into `figures`; `progress` gets the number of entries read.
///
/// # Errors
///
/// Any [`store::Error`] of reading, and if something stored cannot be read.
pub async fn count(
    store: &Store,
    counting: &Counting,
    mut figures: Figures,
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<Figures, engine::Error> {
    measures::count(store, counting, &mut figures, progress).await?;
    filed::orders(store, counting, &mut figures).await?;
    filed::notices(store, counting, &mut figures).await?;
    complaints::count(store, counting, &mut figures).await?;
    people::count(store, counting, &mut figures).await?;
    Ok(figures)
}

/// All filings of `kind` received in the period. Those that were erased are among them, without
/// their text.
async fn filings(
    store: &Store,
    counting: &Counting,
    kind: &str,
) -> Result<Vec<FilingRow>, engine::Error> {
    let filter = FilingFilter {
        kind: kind.to_owned(),
        since_ms: Some(counting.period.first_ms()),
        before_ms: Some(counting.period.end_ms()),
        ..FilingFilter::default()
    };
    all_filings(store, filter).await
}

/// All filings that match `filter`, the newest first.
async fn all_filings(
    store: &Store,
    mut filter: FilingFilter,
) -> Result<Vec<FilingRow>, engine::Error> {
    let (mut all, mut page): (Vec<FilingRow>, u32) = (Vec::new(), PAGE);
    let mut seen = BTreeSet::new();
    loop {
        let rows = store.filings(&filter, page).await?;
        let is_last = rows.len() < page as usize;
        // Several may have come in one millisecond: the next page begins with those again.
        let last_ms = rows.last().map(|row| row.received_ms);
        let before = all.len();
        all.extend(rows.into_iter().filter(|row| seen.insert(row.id.clone())));
        if is_last {
            return Ok(all);
        }
        filter.before_ms = last_ms.map(|ms| ms.saturating_add(1));
        page = if all.len() == before { page.saturating_mul(2) } else { PAGE };
    }
}

/// The case with that number.
async fn case(store: &Store, number: Option<u64>) -> Result<Option<review::Case>, engine::Error> {
    let Some(number) = number else { return Ok(None) };
    let body = store.case(number).await?;
    Ok(body.map(|json| serde_json::from_str(&json)).transpose()?)
}

/// When the case was closed, if that was known by `known_at`.
fn closed_ms(case: &review::Case, known_at: Timestamp) -> Option<i64> {
    match case.state {
        review::State::Closed { at_ms, .. } if at_ms <= known_at.as_millisecond() => Some(at_ms),
        _ => None,
    }
}
