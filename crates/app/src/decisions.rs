//! Decisions: by page, as a table, or as they are made.

pub mod detail;
pub mod export;
pub mod following;
pub mod network;
pub mod one;
pub mod search;
pub mod streams;
pub mod subjects;

use std::collections::BTreeMap;

use engine::Rules;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;
use store::{Filter, Listed};
use utoipa::ToSchema;

use crate::cases::restricted;
use crate::service::problem::Problem;
use crate::service::state::App;

/// A decision in a list.
#[derive(Serialize, ToSchema)]
pub struct DecisionItem {
    /// The place of its entry in the ledger.
    pub seq: u64,
    /// Its id.
    pub id: String,
    /// Where it happened, ISO 3166-1 alpha-2; empty if unknown.
    pub country: String,
    /// Whether evidence is left out because the material is restricted; absent if it is not.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_withheld: bool,
    /// The decision; `null` after an erasure.
    #[schema(value_type = Option<types::Decision>)]
    pub decision: Option<Box<RawValue>>,
}

/// A page of decisions.
#[derive(Serialize, ToSchema)]
pub struct Page {
    /// The decisions. A page may contain fewer than `limit` even if there are more.
    pub items: Vec<DecisionItem>,
    /// The cursor of the next page: the value of `after` in ledger order, of `before` with the
    /// newest first. `null` if there are no more.
    pub next: Option<u64>,
}

impl DecisionItem {
    /// The items of `rows`.
    pub async fn all(app: &App, rows: Vec<Listed>) -> Result<Vec<Self>, Problem> {
        let restricted = restricted::among(app, &rows).await?;
        let item = |row: Listed| {
            let is_withheld = row.subject.as_ref().is_some_and(|about| restricted.contains(about));
            Self::new(row, is_withheld)
        };
        rows.into_iter().map(item).collect()
    }

    fn new(row: Listed, is_withheld: bool) -> Result<Self, Problem> {
        let raw = |bytes: Vec<u8>| {
            if is_withheld {
                return restricted::withheld(&bytes);
            }
            let damaged = |error: String| Problem::Internal(error);
            let text = String::from_utf8(bytes).map_err(|error| damaged(error.to_string()))?;
            RawValue::from_string(text).map_err(|error| damaged(error.to_string()))
        };
        let decision = row.decision.map(raw).transpose()?;
        Ok(Self { seq: row.seq, id: row.id, country: row.country, is_withheld, decision })
    }
}

/// The page of decisions that match `filter`.
pub async fn page(app: &App, filter: &Filter) -> Result<Page, Problem> {
    let page = app.core()?.store.decisions(filter).await?;
    let items = DecisionItem::all(app, page.rows).await?;
    Ok(Page { items, next: page.next })
}

/// A decision as a row of a table, with the title of its policy.
pub struct ListedDecision {
    /// Its place in the ledger.
    pub seq: u64,
    /// Its id.
    pub id: String,
    /// When the event happened, RFC 3339.
    pub time: String,
    /// The subject: `content/v-1`.
    pub subject: String,
    /// The account concerned.
    pub account: Option<String>,
    /// The policy that the decision names.
    pub policy: String,
    /// The title of that policy.
    pub policy_title: String,
    /// The names of its effects.
    pub effects: Vec<String>,
    /// The country of the account, or empty.
    pub country: String,
    /// Whether its payload was erased.
    pub is_erased: bool,
    /// Whether a human is to review it.
    pub is_human: bool,
}

/// The rows of decisions that match a filter.
pub struct Listing {
    /// The rows. There may be fewer than the limit even if there are more.
    pub rows: Vec<ListedDecision>,
    /// The cursor of the next page; `None` if there are no more.
    pub next: Option<u64>,
}

/// The decisions that match `filter`, as rows of a table.
pub async fn listing(app: &App, filter: &Filter) -> Result<Listing, Problem> {
    let page = app.core()?.store.decisions(filter).await?;
    Ok(Listing { rows: rows(app, page.rows)?, next: page.next })
}

/// Rows of a table from stored decisions.
pub fn rows(app: &App, listed: Vec<Listed>) -> Result<Vec<ListedDecision>, Problem> {
    let (_, rules) = app.core()?.policies.current();
    Ok(listed.into_iter().map(|listed| row_of(&rules, listed)).collect())
}

/// A row of a table from a stored decision.
pub fn row(app: &App, listed: Listed) -> Result<ListedDecision, Problem> {
    Ok(row_of(&app.core()?.policies.current().1, listed))
}

fn row_of(rules: &Rules, listed: Listed) -> ListedDecision {
    let policy = rules.program.policies.iter().find(|policy| policy.id == listed.policy);
    let effects: Vec<String> = listed.effects.split_whitespace().map(str::to_owned).collect();
    ListedDecision {
        seq: listed.seq,
        time: Timestamp::from_millisecond(listed.time_ms).unwrap_or_default().to_string(),
        policy_title: policy.map_or_else(String::new, |policy| policy.title.clone()),
        is_erased: listed.subject.is_none(),
        is_human: effects.iter().any(|effect| effect == "review" || effect == "escalate"),
        subject: listed.subject.unwrap_or_default(),
        account: listed.account,
        policy: listed.policy,
        country: listed.country,
        id: listed.id,
        effects,
    }
}

/// The number of decisions that match, from stored counts; `None` if they would have to be counted.
pub async fn total(app: &App, filter: &Filter) -> Result<Option<u64>, Problem> {
    let core = app.core()?;
    let is_narrow = filter.subject.is_some()
        || filter.account.is_some()
        || filter.from_ms.is_some()
        || filter.until_ms.is_some();
    let asked = [
        ("policy", &filter.policy),
        ("effect", &filter.effect),
        ("type", &filter.r#type),
        ("country", &filter.country),
    ];
    let asked: Vec<_> =
        asked.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?))).collect();
    Ok(match (is_narrow, asked.as_slice()) {
        (false, []) => Some(core.store.daily_count("policy").await?.values().sum()),
        (false, [(name, value)]) => {
            let daily_count: BTreeMap<String, u64> = core.store.daily_count(name).await?;
            Some(daily_count.get(value.as_str()).copied().unwrap_or(0))
        }
        _ => None,
    })
}
