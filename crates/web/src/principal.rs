//! Identifies callers by API key or session, before anything else of a request is read.

use std::marker::PhantomData;

use app::access::caller;
use app::access::caller::{ACTING, Caller, Credentials, Intent, admit, is_same};
use app::access::permission::Permit;
use app::{App, Problem};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};

use crate::Error;

/// The header with the session's CSRF token, sent by scripts of the console.
const CSRF_HEADER: &str = "x-csrf-token";

/// A caller who has the permission `P`.
pub struct By<P>(pub Caller, pub PhantomData<P>);

impl<P: Permit> FromRequestParts<App> for By<P> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let acting = parts.headers.get(ACTING).map(|name| name.to_str().unwrap_or_default());
        let is_read = matches!(parts.method, Method::GET | Method::HEAD);
        let intent = Intent { permission: P::NAME, is_read, acting };
        let shown = credentials(&parts.headers, app);
        let caller = admit(app, shown.as_ref(), intent).await?;
        check_origin(parts, &caller)?;
        Ok(Self(caller, PhantomData))
    }
}

/// A browser sends its cookies wherever another site's page points it. So a request that changes
/// something must also carry the CSRF token of the session.
fn check_origin(parts: &Parts, caller: &Caller) -> Result<(), Problem> {
    let Caller::Staff { csrf, .. } = caller else { return Ok(()) };
    let token = parts.headers.get(CSRF_HEADER).and_then(|token| token.to_str().ok());
    match parts.method {
        Method::GET | Method::HEAD => Ok(()),
        _ if token.is_some_and(|token| is_same(token, csrf)) => Ok(()),
        _ => Err(Problem::Forged),
    }
}

/// The caller who sent these headers; `None` if unknown.
pub async fn identify(headers: &HeaderMap, app: &App) -> Result<Option<Caller>, Problem> {
    caller::identify(app, credentials(headers, app).as_ref()).await
}

/// The credentials in these headers: the key if one is given, else the session.
pub fn credentials(headers: &HeaderMap, app: &App) -> Option<Credentials> {
    if let Some(given) = headers.get(header::AUTHORIZATION) {
        let (scheme, token) = given.to_str().ok()?.split_once(' ')?;
        let is_bearer = scheme.eq_ignore_ascii_case("bearer");
        return is_bearer.then(|| Credentials::Key(token.trim().to_owned()));
    }
    cookie(headers, cookie_name(app.settings.is_encrypted)).map(Credentials::Session)
}

/// The name of the session cookie, with the prefix that browsers protect if the connection is
/// encrypted.
#[must_use]
pub const fn cookie_name(is_encrypted: bool) -> &'static str {
    if is_encrypted { "__Host-probity" } else { "probity" }
}

/// The value of the cookie called `name`.
#[must_use]
pub fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(known, _)| *known == name)
        .map(|(_, value)| value.to_owned())
}
