//! `GET /v1/subjects/{kind}/{id}`: what is known of an account, content or network.

use axum::Json;
use axum::extract::State;
use engine::state::Known;
use serde::Serialize;
use store::Filter;
use types::Subject;
use utoipa::ToSchema;

use crate::api::decisions::DecisionItem;
use crate::app::App;
use crate::extract::Named;
use crate::network::{self, Network};
use crate::permission::SubjectsRead;
use crate::principal::By;
use crate::problem::{Details, Problem};
use crate::search::LIMIT;

/// What is known of a subject.
#[derive(Serialize, ToSchema)]
pub(crate) struct SubjectView {
    /// kind/id
    subject: String,
    /// Standing, flags, views.
    #[schema(value_type = Object)]
    known: Known,
    /// Decisions about it, the newest first, fifty at most; `/v1/decisions?subject=` has all.
    history: Vec<DecisionItem>,
}

/// Shows what is known of a subject. One that was never seen has nothing known and no history.
#[utoipa::path(
    get, path = "/v1/subjects/{kind}/{id}", tag = "out", security(("key" = ["subjects:read"])),
    params(
        ("kind" = String, Path, description = "account, content or network"),
        ("id" = String, Path, description = "The platform's id"),
    ),
    responses(
        (status = 200, body = SubjectView),
        (status = 400, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get(
    State(app): State<App>,
    _: By<SubjectsRead>,
    Named((kind, id)): Named<(String, String)>,
) -> Result<Json<SubjectView>, Problem> {
    let subject = Subject::new(&kind, &id);
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
    let history = DecisionItem::all(&app, rows).await?;
    Ok(Json(SubjectView { subject: subject.0, known, history }))
}

/// Shows whom an account shares a device, media, texts or addresses with, as far as something was
/// decided on both, and the networks that it was found in.
#[utoipa::path(
    get, path = "/v1/accounts/{id}/network", tag = "out", security(("key" = ["subjects:read"])),
    params(("id" = String, Path, description = "The platform's id")),
    responses(
        (status = 200, body = Network),
        (status = 400, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn network(
    State(app): State<App>,
    _: By<SubjectsRead>,
    Named(id): Named<String>,
) -> Result<Json<Network>, Problem> {
    network::around(&app, &id).await.map(Json)
}
