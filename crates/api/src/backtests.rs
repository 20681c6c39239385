//! `/v1/backtests`: what changed rules would have decided in the past.

use app::access::permission::{DecisionsRead, PoliciesRead, RulesPropose};
use app::rules::backtest;
use app::rules::backtests::{self, BacktestItem, Begun, NewBacktest, WholeBacktest};
use app::{App, Details, Problem};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use web::extract::Named;
use web::idempotency::{self, KeyedRequest};
use web::principal::By;
use web::{Error, body};

/// Lists back-tests, newest first, at most 100.
#[utoipa::path(
    get, path = "/v1/backtests", tag = "rules", security(("key" = ["policies:read"])),
    responses((status = 200, body = Vec<BacktestItem>))
)]
pub(crate) async fn list(
    State(app): State<App>,
    _: By<PoliciesRead>,
) -> Result<Json<Vec<BacktestItem>>, Error> {
    Ok(Json(backtests::all(&app).await?))
}

/// Shows a back-test with its result.
///
/// The result names accounts and content.
#[utoipa::path(
    get, path = "/v1/backtests/{id}", tag = "rules", security(("key" = ["decisions:read"])),
    params(("id" = u64, Path)),
    responses(
        (status = 200, body = WholeBacktest),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get(
    State(app): State<App>,
    _: By<DecisionsRead>,
    Named(id): Named<u64>,
) -> Result<Json<WholeBacktest>, Error> {
    Ok(Json(backtests::whole(&app, id).await?))
}

/// Starts a back-test.
///
/// The log is judged again by the changed rules and by the rules in force. Only one back-test runs
/// at a time.
#[utoipa::path(
    post, path = "/v1/backtests", tag = "rules", security(("key" = ["rules:propose"])),
    params(("Idempotency-Key" = Option<String>, Header)),
    request_body = NewBacktest,
    responses(
        (status = 200, body = Begun),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 409, body = Details, content_type = "application/problem+json"),
        (status = 413, body = Details, content_type = "application/problem+json"),
        (status = 422, body = Details, content_type = "application/problem+json"),
        (status = 429, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post(
    State(app): State<App>,
    By(caller, _): By<RulesPropose>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Error> {
    let sent = body::read(&app, &headers, body).await?;
    let new: NewBacktest = body::json(&sent)?;
    let asked =
        KeyedRequest { headers: &headers, caller: &caller, action: "backtests", body: &sent.bytes };
    let who = caller.sender();
    let work = async {
        let id = backtest::begin(&app, &who, &new.title, new.files).await?;
        Ok::<_, Problem>(Begun { id })
    };
    idempotency::once(&app, asked, work).await
}

/// Stops a running back-test.
#[utoipa::path(
    post, path = "/v1/backtests/{id}/cancel", tag = "rules", security(("key" = ["rules:propose"])),
    params(("id" = u64, Path)),
    responses(
        (status = 200, body = Begun),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
        (status = 409, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn cancel(
    State(app): State<App>,
    _: By<RulesPropose>,
    Named(id): Named<u64>,
) -> Result<Json<Begun>, Error> {
    backtests::stop(&app, id).await?;
    Ok(Json(Begun { id }))
}
