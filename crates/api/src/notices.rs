//! `/v1/notices`: notices of illegal content (Art. 16 DSA), from anybody and from partners.

use std::net::SocketAddr;

use app::access::caller::Caller;
use app::access::permission::{NoticesRead, NoticesWrite, Permit as _};
use app::filings::notices::{
    self, NOTICE_BYTES_MAX, Notice, NoticePage, NoticeView, Receipt, Which,
};
use app::{App, Details, Problem};
use axum::Json;
use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use web::extract::{Asked, Named};
use web::principal::{By, identify};
use web::{Error, body};

/// Takes a notice, from anybody; nobody has to sign in. With the key or session of a partner it goes
/// through the partner's channel. The receipt comes at once.
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
        let why = format!("a notice has {NOTICE_BYTES_MAX} bytes at most");
        return Err(Problem::TooLarge(why).into());
    }
    let notice: Notice = body::json(&sent)?;
    if caller.is_none() {
        app.limits.notice(address.ip(), notice.urls.len().saturating_sub(1))?;
    }
    Ok((StatusCode::CREATED, Json(notices::take(&app, caller.as_ref(), notice).await?)))
}

/// Who asks, if they say so: a wrong key is not taken for nobody.
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

/// Shows what became of a notice, to anyone with its id.
#[utoipa::path(
    get, path = "/v1/notices/{id}", tag = "filings",
    params(("id" = String, Path, description = "As it stands in the receipt")),
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

/// Lists notices, the newest first, a hundred at most; partners see their own.
#[utoipa::path(
    get, path = "/v1/notices", tag = "filings", security(("key" = ["notices:read"])),
    params(Which),
    responses(
        (status = 200, body = NoticePage),
        (status = 400, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    By(caller, _): By<NoticesRead>,
    Asked(which): Asked<Which>,
) -> Result<Json<NoticePage>, Error> {
    Ok(Json(notices::page(&app, &caller, &which).await?))
}
