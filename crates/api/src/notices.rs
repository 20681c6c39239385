//! `/v1/notices`: notices of illegal content (Art. 16 DSA), from anyone and from partners.

use std::net::SocketAddr;

use app::access::caller::Caller;
use app::access::permission::{NoticesRead, NoticesWrite, Permit as _};
use app::filings::notices::{
    self, NOTICE_BYTES_MAX, Notice, NoticePage, NoticeQuery, NoticeView, Receipt,
};
use app::{App, Details, Problem};
use axum::Json;
use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use web::extract::{Named, QueryParameters};
use web::principal::{By, identify};
use web::{Error, body};

/// Submits a notice.
///
/// Anyone may send one, without signing in. With the key or session of a partner, it goes through
/// the channel of that partner. The answer is the receipt.
#[utoipa::path(
    post, path = "/v1/notices", tag = "filings",
    request_body = Notice,
    responses(
        (status = 201, body = Receipt),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 401, body = Details, content_type = "application/problem+json"),
        (status = 403, body = Details, content_type = "application/problem+json"),
        (status = 413, body = Details, content_type = "application/problem+json"),
        (status = 429, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post(
    State(app): State<App>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Receipt>), Error> {
    let caller = known(&app, &headers).await?;
    if caller.is_none() {
        app.limits.notice(address.ip(), 1)?;
    }
    let sent = body::read(&app, &headers, body).await?;
    if caller.is_none() && sent.bytes.len() > NOTICE_BYTES_MAX {
        let why = format!("a notice has at most {NOTICE_BYTES_MAX} bytes");
        return Err(Problem::TooLarge(why).into());
    }
    let notice: Notice = body::json(&sent)?;
    if caller.is_none() {
        app.limits.notice(address.ip(), notice.urls.len().saturating_sub(1))?;
    }
    Ok((StatusCode::CREATED, Json(notices::take(&app, caller.as_ref(), notice).await?)))
}

/// The caller, or `None` if the request is anonymous. A wrong key is an error, not anonymous.
async fn known(app: &App, headers: &HeaderMap) -> Result<Option<Caller>, Error> {
    let caller = identify(headers, app).await?;
    if caller.is_none() && headers.contains_key("authorization") {
        return Err(Problem::Unauthenticated.into());
    }
    if let Some(caller) = &caller {
        app.limits.request(&caller.id())?;
        if !caller.may(NoticesWrite::NAME) {
            return Err(Problem::Forbidden(NoticesWrite::NAME).into());
        }
    }
    Ok(caller)
}

/// Shows the outcome of a notice, to anyone with its id.
#[utoipa::path(
    get, path = "/v1/notices/{id}", tag = "filings",
    params(("id" = String, Path, description = "The id in the receipt")),
    responses(
        (status = 200, body = NoticeView),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get(
    State(app): State<App>,
    Named(id): Named<String>,
    headers: HeaderMap,
) -> Result<Json<NoticeView>, Error> {
    let caller = identify(&headers, &app).await?;
    Ok(Json(notices::find(&app, caller.as_ref(), &id).await?))
}

/// Lists notices, newest first, at most 100. Partners see their own.
#[utoipa::path(
    get, path = "/v1/notices", tag = "filings", security(("key" = ["notices:read"])),
    params(NoticeQuery),
    responses(
        (status = 200, body = NoticePage),
        (status = 400, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    By(caller, _): By<NoticesRead>,
    QueryParameters(which): QueryParameters<NoticeQuery>,
) -> Result<Json<NoticePage>, Error> {
    Ok(Json(notices::page(&app, &caller, &which).await?))
}
