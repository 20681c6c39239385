//! Signing in and out. A session is 256 random bits in a cookie. The store keeps a hash of it.

use std::net::SocketAddr;
use std::time::Duration;

use app::access::caller::is_same;
use app::access::oidc;
use app::access::sign_in::{Attempt, NewSession, Refusal, by_password, by_provider, out};
use app::{App, Problem};
use axum::Form;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use web::extract::QueryParameters;
use web::principal::{cookie, cookie_name, identify};

use crate::pages::signed::Away;
use crate::view::sign_in;

/// The cookie to which a sign-in form is bound, so that nobody can sign somebody else in.
pub(crate) const FORM_COOKIE: &str = "probity-form";

/// How long a sign-in form is valid.
const FORM_SECONDS: u64 = 3600;

/// The address to open afterwards.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Next {
    next: String,
}

/// The form as sent.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub(crate) struct AccessForm {
    name: String,
    password: String,
    code: String,
    next: String,
    csrf: String,
}

/// Shows the form.
pub(crate) async fn form(
    State(app): State<App>,
    QueryParameters(Next { next }): QueryParameters<Next>,
    headers: HeaderMap,
) -> Result<Response, Away> {
    if app.core().is_ok() && identify(&headers, &app).await?.is_some() {
        return Ok(Redirect::to(&inside(&next)).into_response());
    }
    Ok(fresh_form(&app, None, &next, StatusCode::OK))
}

fn fresh_form(app: &App, error: Option<&str>, next: &str, status: StatusCode) -> Response {
    let token = hex::encode(app.bytes::<16>());
    let page = sign_in::page(error, &inside(next), (&token, app.settings.oidc.is_some()));
    let mut response = (status, page).into_response();
    response.headers_mut().append(header::SET_COOKIE, form_cookie(app, &token));
    response
}

/// Signs in.
pub(crate) async fn sign_in(
    State(app): State<App>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(told): Form<AccessForm>,
) -> Result<Response, Away> {
    let refuse = |error: &str, status| Ok(fresh_form(&app, Some(error), &told.next, status));
    let bound = cookie(&headers, FORM_COOKIE);
    if told.csrf.is_empty() || !bound.is_some_and(|bound| is_same(&bound, &told.csrf)) {
        return refuse("The form has expired. Try again.", StatusCode::BAD_REQUEST);
    }
    let known = cookie(&headers, KNOWN_COOKIE);
    let attempt = Attempt {
        address: address.ip(),
        name: &told.name,
        password: &told.password,
        code: &told.code,
        known: known.as_deref(),
    };
    match by_password(&app, &attempt).await? {
        Ok(entry) => Ok(entered(&app, &entry, &told.next)),
        Err(Refusal::Password) => refuse("Name or password is wrong.", StatusCode::UNAUTHORIZED),
        Err(Refusal::Code) => refuse("Name, password or code is wrong.", StatusCode::UNAUTHORIZED),
        Err(Refusal::TooMany) => {
            refuse("Too many attempts. Wait a minute.", StatusCode::TOO_MANY_REQUESTS)
        }
    }
}

/// The cookie of a browser in which somebody signed in before.
const KNOWN_COOKIE: &str = "probity-known";

/// How long a browser is remembered.
const KNOWN: Duration = Duration::from_secs(180 * 24 * 3600);

/// The answer after a successful sign-in.
fn entered(app: &App, entry: &NewSession, next: &str) -> Response {
    let mut response = Redirect::to(&inside(next)).into_response();
    let name = cookie_name(app.settings.is_encrypted);
    let line = bake(app, name, &entry.token, app.settings.session);
    response.headers_mut().append(header::SET_COOKIE, line);
    let line = bake(app, KNOWN_COOKIE, &entry.known, KNOWN);
    response.headers_mut().append(header::SET_COOKIE, line);
    response
}

/// The cookie of a browser on its way to the provider and back.
const ERRAND_COOKIE: &str = "probity-errand";

/// Redirects to the identity provider.
pub(crate) async fn leave(State(app): State<App>) -> Result<Response, Away> {
    let oidc = app.settings.oidc.as_ref().ok_or(Problem::NotFound("this address was"))?;
    let (url, errand) = oidc::leave(&app, oidc).await?;
    let mut response = Redirect::to(&url).into_response();
    let line = bake(&app, ERRAND_COOKIE, &errand.written(), Duration::from_secs(FORM_SECONDS));
    response.headers_mut().append(header::SET_COOKIE, line);
    Ok(response)
}

/// The parameters that the provider sends back.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Back {
    code: String,
    state: String,
    iss: Option<String>,
    error: String,
}

/// Signs in the person whom the provider named, if an account is bound to that identity.
pub(crate) async fn come_back(
    State(app): State<App>,
    QueryParameters(back): QueryParameters<Back>,
    headers: HeaderMap,
) -> Result<Response, Away> {
    let oidc = app.settings.oidc.as_ref().ok_or(Problem::NotFound("this address was"))?;
    let errand = cookie(&headers, ERRAND_COOKIE).and_then(|text| oidc::Errand::read(&text));
    let errand = errand.filter(|errand| errand.is_of(&back.state)).ok_or(Problem::Forged)?;
    if let Some(error) = declined(&back.error) {
        return Ok(fresh_form(&app, Some(&error), "/", StatusCode::FORBIDDEN));
    }
    match by_provider((&app, oidc), errand, (back.code, back.iss.as_deref())).await? {
        Ok(entry) => Ok(entered(&app, &entry, "/")),
        Err(who) => Ok(fresh_form(&app, Some(&unbound(oidc, &who)), "/", StatusCode::FORBIDDEN)),
    }
}

/// The message if the provider did not let the person in.
fn declined(error: &str) -> Option<String> {
    match error {
        "" => None,
        "access_denied" => {
            Some("You cancelled at your organisation. You are not signed in.".to_owned())
        }
        _ => Some(
            "Your organisation did not let you in. Try again, or sign in with a password."
                .to_owned(),
        ),
    }
}

/// The message if no account is bound to the person, with the command that binds one.
fn unbound(oidc: &oidc::Oidc, who: &oidc::Who) -> String {
    let name = who.name.as_ref().map(|name| format!(" as `{name}`")).unwrap_or_default();
    let (issuer, sub) = (&oidc.issuer, &who.sub);
    format!(
        "Your organisation knows you{name}, but no account here is bound to you. Send this to an \
         administrator: probity staff bind STORE NAME --issuer {issuer} --sub {sub}"
    )
}

/// Signs out.
pub(crate) async fn sign_out(
    State(app): State<App>,
    headers: HeaderMap,
    Form(told): Form<AccessForm>,
) -> Result<Response, Away> {
    if let Some(token) = cookie(&headers, cookie_name(app.settings.is_encrypted)) {
        out(&app, &token, &told.csrf).await?;
    }
    let mut response = Redirect::to("/sign-in").into_response();
    let line = bake(&app, cookie_name(app.settings.is_encrypted), "", Duration::ZERO);
    response.headers_mut().append(header::SET_COOKIE, line);
    Ok(response)
}

/// The cookie that binds a form to the browser that loaded it.
pub(crate) fn form_cookie(app: &App, token: &str) -> HeaderValue {
    bake(app, FORM_COOKIE, token, Duration::from_secs(FORM_SECONDS))
}

/// A cookie that scripts cannot read, and that is not sent with requests from other sites.
fn bake(app: &App, name: &str, value: &str, age: Duration) -> HeaderValue {
    let secure = if app.settings.is_encrypted { "; Secure" } else { "" };
    let seconds = age.as_secs();
    let line = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
    HeaderValue::from_str(&line).unwrap_or(HeaderValue::from_static(""))
}

/// `next`, if it is an address within this console. Otherwise the address of the overview.
fn inside(next: &str) -> String {
    let is_inside = next.starts_with('/')
        && !next.starts_with("//")
        // Browsers drop tabs and line ends, so `/<tab>/elsewhere` would lead to another site.
        && !next.contains(|char: char| char == '\\' || char.is_control())
        && !next.starts_with("/sign-");
    if is_inside { next.to_owned() } else { "/".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_away_after_signing_in() {
        assert_eq!(inside("/decisions?policy=civic.voting"), "/decisions?policy=civic.voting");
        for away in [
            "",
            "https://other.example/",
            "//other.example",
            "/\\other.example",
            "/\t/other.example",
            "/sign-out",
        ] {
            assert_eq!(inside(away), "/", "{away}");
        }
    }
}
