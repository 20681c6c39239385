//! What is recorded about an account, content or a network.

use serde::Serialize;
use store::Filter;
use types::Subject;
use utoipa::ToSchema;

use crate::decisions::network::{self, Network};
use crate::decisions::search::LIMIT;
use crate::decisions::{DecisionItem, ListedDecision, Listing, listing};
use crate::service::problem::Problem;
use crate::service::state::App;

pub use engine::state::SubjectState;

/// A subject with its history.
#[derive(Serialize, ToSchema)]
pub struct SubjectView {
    /// The subject: `kind/id`.
    pub subject: String,
    /// What is recorded: standing, flags, views.
    #[schema(value_type = Object)]
    pub known: SubjectState,
    /// Decisions about it, newest first, at most 50; `/v1/decisions?subject=` returns all.
    pub history: Vec<DecisionItem>,
}

/// The subject `kind`/`id` with its history; empty for a subject that was never seen.
pub async fn show(app: &App, kind: &str, id: &str) -> Result<SubjectView, Problem> {
    let subject = Subject::new(kind, id);
    let core = app.core()?;
    let stopping = || Problem::NotReady("stopping");
    let known = core.pipeline.known(subject.clone()).await.ok_or_else(stopping)?;
    let filter = Filter {
        subject: Some(subject.0.clone()),
        is_newest_first: true,
        limit: LIMIT,
        ..Filter::default()
    };
    let rows = core.store.decisions(&filter).await?.rows;
    let history = DecisionItem::all(app, rows).await?;
    Ok(SubjectView { subject: subject.0, known, history })
}

/// The most decisions on an account's content that are shown with the account.
const CONTENT_MAX: u32 = 20;

/// A subject with the decisions on it and, for an account, on its content.
pub struct Portrait {
    /// What is recorded: standing, flags, views.
    pub known: SubjectState,
    /// Decisions about it, newest first.
    pub history: Listing,
    /// The latest decisions on an account's content.
    pub content: Vec<ListedDecision>,
    /// The account that it belongs to, according to decisions; `None` for an account itself.
    pub owner: Option<String>,
    /// The accounts that an account shares something with; `None` for other subjects.
    pub network: Option<Network>,
}

/// What is recorded about `subject`, with decisions before the entry `before`.
pub async fn portrait(
    app: &App,
    subject: &Subject,
    before: Option<u64>,
) -> Result<Portrait, Problem> {
    let core = app.core()?;
    let known = core.pipeline.known(subject.clone()).await;
    let known = known.ok_or(Problem::NotReady("stopping"))?;
    let filter = Filter {
        subject: Some(subject.0.clone()),
        is_newest_first: true,
        before,
        limit: LIMIT,
        ..Filter::default()
    };
    let history = listing(app, &filter).await?;
    let Some(id) = subject.0.strip_prefix("account/") else {
        let owner = history.rows.iter().find_map(|row| row.account.clone());
        return Ok(Portrait { known, history, content: Vec::new(), owner, network: None });
    };
    let account = Some(id.to_owned());
    let of = Filter { account, is_newest_first: true, limit: CONTENT_MAX, ..Filter::default() };
    let mut content = listing(app, &of).await?.rows;
    content.retain(|row| row.subject != subject.0);
    let network = Some(network::around(app, id).await?);
    Ok(Portrait { known, history, content, owner: None, network })
}
