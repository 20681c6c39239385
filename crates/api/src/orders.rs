//! `/v1/orders`: orders of authorities, with their clocks and their answers.

use app::access::permission::{OrdersExecute, OrdersRead, OrdersWrite};
use app::orders::{self, From, HoldView, OrderPage, OrderQuery, OrderView, Step};
use app::{App, Details};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use web::extract::{Named, QueryParameters};
use web::principal::By;
use web::{Error, body, idempotency};

/// Submits an order of an authority.
///
/// The body is JSON (Annex I of Regulation (EU) 2021/784, or an order with a `kind`) or Annex I in
/// XML. The clock of the order runs from its receipt. An order of a verified authority is carried
/// out at once, if that is configured. An order with addresses that do not exist here is answered
/// with Annex III.
#[utoipa::path(
    post, path = "/v1/orders", tag = "filings", security(("key" = ["orders:write"])),
    params(From, ("Idempotency-Key" = Option<String>, Header)),
    request_body(content(
        (serde_json::Value = "application/json"),
        (String = "application/xml"),
    )),
    responses(
        (status = 200, body = OrderView),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 403, body = Details, content_type = "application/problem+json"),
        (status = 413, body = Details, content_type = "application/problem+json"),
        (status = 422, body = Details, content_type = "application/problem+json"),
        (status = 429, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post(
    State(app): State<App>,
    By(caller, _): By<OrdersWrite>,
    QueryParameters(from): QueryParameters<From>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Error> {
    let received_at = app.now();
    let sent = body::read(&app, &headers, body).await?;
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let order = orders::read(&sent.bytes, kind.unwrap_or_default())?.received(received_at);
    let action = format!("orders {} {:?}", from.authority, from.confirmed);
    let asked = idempotency::KeyedRequest {
        headers: &headers,
        caller: &caller,
        action: &action,
        body: &sent.bytes,
    };
    idempotency::once(&app, asked, orders::take(&app, &caller, &from, order)).await
}

/// Shows an order.
#[utoipa::path(
    get, path = "/v1/orders/{id}", tag = "filings", security(("key" = ["orders:read"])),
    params(("id" = String, Path)),
    responses(
        (status = 200, body = OrderView),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get(
    State(app): State<App>,
    By(caller, _): By<OrdersRead>,
    Named(id): Named<String>,
) -> Result<Json<OrderView>, Error> {
    Ok(Json(orders::find(&app, &caller, &id).await?))
}

/// Lists orders, newest first. Authorities see their own.
#[utoipa::path(
    get, path = "/v1/orders", tag = "filings", security(("key" = ["orders:read"])),
    params(OrderQuery),
    responses(
        (status = 200, body = OrderPage),
        (status = 400, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    By(caller, _): By<OrdersRead>,
    QueryParameters(which): QueryParameters<OrderQuery>,
) -> Result<Json<OrderPage>, Error> {
    Ok(Json(orders::page(&app, &caller, &which).await?))
}

/// Performs a step with an order.
///
/// Steps record, for example, that the order cannot be carried out, that it was clarified,
/// verified, answered or annulled, or that its silence is over.
#[utoipa::path(
    post, path = "/v1/orders/{id}", tag = "filings", security(("key" = ["orders:execute"])),
    params(("id" = String, Path)),
    request_body = Step,
    responses(
        (status = 200, body = OrderView),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
        (status = 409, body = Details, content_type = "application/problem+json"),
        (status = 413, body = Details, content_type = "application/problem+json"),
        (status = 429, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn act(
    State(app): State<App>,
    By(caller, _): By<OrdersExecute>,
    Named(id): Named<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<OrderView>, Error> {
    orders::is_legal(&caller)?;
    let sent = body::read(&app, &headers, body).await?;
    let step: Step = body::json(&sent)?;
    Ok(Json(orders::go_on(&app, &caller, &id, step).await?))
}

/// Lists the holds in force. Held data cannot be deleted.
#[utoipa::path(
    get, path = "/v1/holds", tag = "filings", security(("key" = ["orders:execute"])),
    responses((status = 200, body = [HoldView]))
)]
pub(crate) async fn holds(
    State(app): State<App>,
    _: By<OrdersExecute>,
) -> Result<Json<Vec<HoldView>>, Error> {
    Ok(Json(orders::held(&app).await?))
}

/// Releases a hold.
#[utoipa::path(
    delete, path = "/v1/holds/{id}", tag = "filings", security(("key" = ["orders:execute"])),
    params(("id" = String, Path)),
    responses(
        (status = 204),
        (status = 404, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn release(
    State(app): State<App>,
    By(caller, _): By<OrdersExecute>,
    Named(id): Named<String>,
) -> Result<StatusCode, Error> {
    orders::is_legal(&caller)?;
    orders::let_go(&app, &caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
