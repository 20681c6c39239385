//! `GET /v1/subjects/{kind}/{id}`: the stored state of an account, content or network.

use app::access::permission::SubjectsRead;
use app::decisions::network::{self, Network};
use app::decisions::subjects::{self, SubjectView};
use app::{App, Details};
use axum::Json;
use axum::extract::State;
use web::Error;
use web::extract::Named;
use web::principal::By;

/// Shows what is known about a subject.
///
/// For a subject that was never seen, nothing is known and the history is empty.
#[utoipa::path(
    get, path = "/v1/subjects/{kind}/{id}", tag = "out", security(("key" = ["subjects:read"])),
    params(
        ("kind" = String, Path, description = "account, content or network"),
        ("id" = String, Path, description = "The id on the platform"),
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

/// Shows the network of an account.
///
/// These are the accounts that share a device, media, a text or an address with it, if something
/// was decided on both, and the networks in which it was found.
#[utoipa::path(
    get, path = "/v1/accounts/{id}/network", tag = "out", security(("key" = ["subjects:read"])),
    params(("id" = String, Path, description = "The id on the platform")),
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
