//! `/v1/deliveries`: the receivers of decisions, and their dead letters.

use app::access::permission::{DeliveriesRead, DeliveriesWrite};
use app::service::deliveries::{self, DeadLetters, Deliveries, Resent};
use app::{App, Details};
use axum::Json;
use axum::extract::State;
use web::Error;
use web::extract::{Named, QueryParameters};
use web::principal::By;

/// Lists receivers and dead letters.
#[utoipa::path(
    get, path = "/v1/deliveries", tag = "out", security(("key" = ["deliveries:read"])),
    responses((status = 200, body = Deliveries))
)]
pub(crate) async fn index(
    State(app): State<App>,
    _: By<DeliveriesRead>,
) -> Result<Json<Deliveries>, Error> {
    Ok(Json(deliveries::all(&app).await?))
}

/// Sends dead letters again.
#[utoipa::path(
    post, path = "/v1/deliveries/{receiver}/resend", tag = "out",
    security(("key" = ["deliveries:write"])),
    params(("receiver" = String, Path), DeadLetters),
    responses(
        (status = 200, body = Resent),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn resend(
    State(app): State<App>,
    _: By<DeliveriesWrite>,
    Named(receiver): Named<String>,
    QueryParameters(which): QueryParameters<DeadLetters>,
) -> Result<Json<Resent>, Error> {
    Ok(Json(deliveries::resend(&app, &receiver, which.seq).await?))
}
