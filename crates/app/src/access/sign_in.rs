//! Signing in and out: by password and second factor, or by the identity provider. A session is 256
//! random bits, of which the store keeps a hash.

use std::net::IpAddr;
use std::time::Duration;

use store::{Session, Staff};

use crate::access::caller::{digest, is_same};
use crate::access::guesses::known;
use crate::access::oidc::{self, Oidc};
use crate::access::{password, totp};
use crate::service::problem::Problem;
use crate::service::state::{App, Core};

/// The longest name of an account, in bytes.
const NAME_BYTES_MAX: usize = 128;

/// An attempt to sign in.
pub struct Attempt<'a> {
    /// The address that the request comes from.
    pub address: IpAddr,
    /// The name of the account.
    pub name: &'a str,
    /// The password.
    pub password: &'a str,
    /// The code of the second factor; empty if none was entered.
    pub code: &'a str,
    /// The token that the browser got when somebody last signed in with it ([`NewSession::known`]).
    pub known: Option<&'a str>,
}

/// Why a sign-in is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The name or the password is wrong; which of them is not disclosed.
    Password,
    /// The code of the second factor is wrong, or was used before.
    Code,
    /// Too many attempts from that address, or at this account.
    TooMany,
}

/// A new session.
pub struct NewSession {
    /// Its token: anyone with the token is signed in.
    pub token: String,
    /// A token by which the browser is recognised at the next sign-in.
    pub known: String,
}

/// Signs in by name, password and, if the account has one, second factor.
pub async fn by_password(
    app: &App,
    attempt: &Attempt<'_>,
) -> Result<Result<NewSession, Refusal>, Problem> {
    if attempt.name.len() > NAME_BYTES_MAX {
        return Ok(Err(Refusal::Password));
    }
    let core = app.core()?;
    let now = tokio::time::Instant::now();
    let named = core.store.staff_called(attempt.name).await?;
    let is_known = is_known(core, named.as_ref(), attempt.known);
    let is_crowded = app.sign_ins.available_permits() == 0;
    if is_crowded
        || app.limits.sign_in(attempt.address, attempt.name).is_err()
        // Attempts of strangers are counted together, whatever their addresses.
        || !(is_known || app.guesses.may_try(attempt.name, now))
    {
        return Ok(Err(Refusal::TooMany));
    }
    let Some(staff) = find(app, named, attempt.password).await? else {
        tracing::warn!("somebody did not sign in: wrong name or password");
        return Ok(Err(Refusal::Password));
    };
    if !has_second_factor(app, core, &staff, attempt.code).await? {
        tracing::warn!("somebody did not sign in: wrong code");
        return Ok(Err(Refusal::Code));
    }
    if !is_known {
        app.guesses.was_right(&staff.name);
    }
    enter(app, core, &staff).await.map(Ok)
}

/// Signs in the person identified by the provider, if an account is bound to that identity.
/// Otherwise returns the identity.
pub async fn by_provider(
    (app, oidc): (&App, &Oidc),
    errand: oidc::Errand,
    (code, issuer): (String, Option<&str>),
) -> Result<Result<NewSession, oidc::Who>, Problem> {
    let core = app.core()?;
    let who = oidc::come_back((app, oidc), errand, (code, issuer)).await?;
    match core.store.staff_of(&oidc.issuer, &who.sub).await? {
        Some(staff) => enter(app, core, &staff).await.map(Ok),
        None => {
            tracing::warn!("the provider named somebody who is bound to no account");
            Ok(Err(who))
        }
    }
}

/// Ends the session of `token`, if the form carries that session's CSRF token.
pub async fn out(app: &App, token: &str, csrf: &str) -> Result<(), Problem> {
    let store = &app.core()?.store;
    let hash = digest(token);
    match store.session(&hash).await? {
        Some((session, _)) if !is_same(&session.csrf, csrf) => Err(Problem::Forged),
        _ => Ok(store.end_session(&hash).await?),
    }
}

/// Whether somebody signed in to the account of `staff` with this browser before.
fn is_known(core: &Core, staff: Option<&Staff>, shown: Option<&str>) -> bool {
    staff.zip(shown).is_some_and(|(staff, shown)| {
        is_same(shown, &known(&core.secret, (&staff.name, &staff.password)))
    })
}

/// Whether `code` is right and unused; true for an account without a second factor.
async fn has_second_factor(
    app: &App,
    core: &Core,
    staff: &Staff,
    code: &str,
) -> Result<bool, Problem> {
    let Some(secret) = &staff.totp else { return Ok(true) };
    let Some(step) = totp::step(secret, code, app.now().as_millisecond()) else {
        return Ok(false);
    };
    Ok(core.store.use_totp(&staff.name, step).await?)
}

/// Starts a new session, whatever the browser sent, so that nobody can fix one beforehand.
async fn enter(app: &App, core: &Core, staff: &Staff) -> Result<NewSession, Problem> {
    let token = hex::encode(app.bytes::<32>());
    let now = app.now();
    let until = now.checked_add(app.settings.session).unwrap_or(now);
    let session = Session {
        hash: digest(&token).to_vec(),
        staff: staff.name.clone(),
        csrf: hex::encode(app.bytes::<32>()),
        until_ms: until.as_millisecond(),
    };
    core.store.add_session(&session, now.as_millisecond()).await?;
    Ok(NewSession { token, known: known(&core.secret, (&staff.name, &staff.password)) })
}

/// Returns `staff` if `password` is theirs. An unknown name takes as long as a wrong password.
async fn find(app: &App, staff: Option<Staff>, password: &str) -> Result<Option<Staff>, Problem> {
    let _place = app.sign_ins.try_acquire().map_err(|_| Problem::Busy(Duration::from_secs(5)))?;
    let _turn = app.passwords.acquire().await;
    let (password, kept) = (password.to_owned(), staff.as_ref().map(|one| one.password.clone()));
    let check = move || password::is_right(&password, kept.as_deref());
    let is_right = tokio::task::spawn_blocking(check).await;
    Ok(staff.filter(|_| is_right.unwrap_or(false)))
}
