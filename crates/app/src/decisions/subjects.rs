//! What is known of an account, content or network.

use serde::Serialize;
use store::Filter;
use types::Subject;
use utoipa::ToSchema;

use crate::decisions::network::{self, Network};
use crate::decisions::search::LIMIT;
use crate::decisions::{DecisionItem, Listing, Row, listing};
use crate::service::problem::Problem;
use crate::service::state::App;

pub use engine::state::Known;

/// What is known of a subject.
#[derive(Serialize, ToSchema)]
pub struct SubjectView {
    /// kind/id
    pub subject: String,
    /// Standing, flags, views.
    #[schema(value_type = Object)]
    pub known: Known,
    /// Decisions about it, the newest first, fifty at most; `/v1/decisions?subject=` has all.
    pub history: Vec<DecisionItem>,
}

/// What is known of the subject `kind`/`id`; of one that was never seen nothing is.
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

/// Decisions on an account's content that are shown with it.
const CONTENT_MAX: u32 = 20;

/// A subject with what was decided on it, and, of an account, on its content.
pub struct Portrait {
    /// Standing, flags, views.
    pub known: Known,
    /// Decisions about it, the newest first.
    pub history: Listing,
    /// The latest decisions on an account's content.
    pub content: Vec<Row>,
    /// The account that it belongs to, as far as decisions say; not of an account itself.
    pub owner: Option<String>,
    /// Whom an account shares something with.
    pub network: Option<Network>,
}

/// What is known of `subject`, with decisions before the entry `before`.
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
