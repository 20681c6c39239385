//! `GET /v1/subjects/{kind}/{id}`: what is known of an account, content or network.

use app::access::permission::SubjectsRead;
use app::decisions::network::{self, Network};
use app::decisions::subjects::{self, SubjectView};
use app::{App, Details};
use axum::Json;
use axum::extract::State;
use web::Error;
use web::extract::Named;
use web::principal::By;

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
) -> Result<Json<SubjectView>, Error> {
    Ok(Json(subjects::show(&app, &kind, &id).await?))
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
) -> Result<Json<Network>, Error> {
    Ok(Json(network::around(&app, &id).await?))
}
