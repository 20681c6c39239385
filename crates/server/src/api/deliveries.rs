//! `/v1/deliveries`: who is told of decisions, and what they did not take.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::extract::{Asked, Named};
use crate::overview::{ReceiverView, receivers};
use crate::permission::{DeliveriesRead, DeliveriesWrite};
use crate::principal::By;
use crate::problem::{Details, Problem};

/// Dead letters told of each receiver.
pub(crate) const DEAD_MAX: u32 = 200;

/// Who is told, and what they did not take.
#[derive(Serialize, ToSchema)]
pub(crate) struct Deliveries {
    /// The receivers that are configured.
    receivers: Vec<ReceiverView>,
    /// Messages that are not tried any more, two hundred of each receiver at most.
    dead: Vec<DeadLetter>,
}

/// A message that is not tried any more.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeadLetter {
    /// The receiver.
    pub(crate) receiver: String,
    /// The place of its decision in the ledger.
    pub(crate) seq: u64,
    /// Whom or what it is about.
    pub(crate) subject: String,
    /// How often it was tried.
    pub(crate) attempts: u32,
    /// What the last attempt met.
    pub(crate) error: String,
    /// When it was tried first, in milliseconds since 1970.
    pub(crate) since_ms: i64,
}

/// Which dead letters are to be sent again.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// The place of one message; all, if nothing is given.
    seq: Option<u64>,
}

/// How many messages are sent again.
#[derive(Serialize, ToSchema)]
pub(crate) struct Resent {
    /// How many.
    pub(crate) count: u64,
}

/// Shows receivers and dead letters.
#[utoipa::path(
    get, path = "/v1/deliveries", tag = "out", security(("key" = ["deliveries:read"])),
    responses((status = 200, body = Deliveries))
)]
pub(crate) async fn index(
    State(app): State<App>,
    _: By<DeliveriesRead>,
) -> Result<Json<Deliveries>, Problem> {
    let receivers = receivers(app.core()?).await?;
    Ok(Json(Deliveries { receivers, dead: dead(&app).await? }))
}

/// The dead letters of all receivers.
pub(crate) async fn dead(app: &App) -> Result<Vec<DeadLetter>, Problem> {
    let core = app.core()?;
    let mut dead = Vec::new();
    for told in &core.receivers {
        let left = core.store.undelivered(&told.name, true, (0, DEAD_MAX)).await?;
        dead.extend(left.into_iter().map(|left| DeadLetter {
            receiver: left.receiver,
            seq: left.seq,
            subject: left.subject,
            attempts: left.attempts,
            error: left.error,
            since_ms: left.since_ms,
        }));
    }
    Ok(dead)
}

/// Sends dead letters again.
#[utoipa::path(
    post, path = "/v1/deliveries/{receiver}/resend", tag = "out",
    security(("key" = ["deliveries:write"])),
    params(("receiver" = String, Path), Which),
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
    Asked(which): Asked<Which>,
) -> Result<Json<Resent>, Problem> {
    Ok(Json(Resent { count: again(&app, &receiver, which.seq).await? }))
}

/// Has dead letters of `receiver` sent again: the one at `seq`, or all.
pub(crate) async fn again(app: &App, receiver: &str, seq: Option<u64>) -> Result<u64, Problem> {
    let core = app.core()?;
    let told = core.receivers.iter().find(|told| told.name == receiver);
    let told = told.ok_or(Problem::NotFound("receiver"))?;
    let count = core.store.resend(receiver, seq, app.now().as_millisecond()).await?;
    told.poke.notify_one();
    Ok(count)
}
