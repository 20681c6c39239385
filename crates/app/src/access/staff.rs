//! Staff accounts, with their roles and skills.

use engine::Rows;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{RowChange, Staff};
use utoipa::ToSchema;

use crate::access::account::{self, Account, ProviderIdentity};
use crate::access::caller::Caller;
use crate::access::{password, totp};
use crate::service::problem::Problem;
use crate::service::state::App;

pub use review::Skills;

/// A staff account.
#[derive(Serialize, ToSchema)]
pub struct StaffItem {
    /// The name used to sign in.
    pub name: String,
    /// The names of its roles.
    pub roles: Vec<String>,
    /// What the person can judge.
    pub skills: Skills,
    /// The id of the partner or authority that the person belongs to; `null` for colleagues.
    pub party: Option<String>,
    /// Whether the person signs in with a second factor.
    pub has_second_factor: bool,
    /// When the account was created.
    pub made_at: Timestamp,
}

/// An account to create or change.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewStaff {
    /// The names of its roles; at least one.
    pub roles: Vec<String>,
    /// The password, 15 to 256 characters.
    pub password: String,
    /// What the person can judge.
    #[serde(default)]
    pub skills: Skills,
    /// The id of the partner or authority that the person belongs to; `null` for colleagues.
    #[serde(default)]
    pub party: Option<String>,
}

impl StaffItem {
    fn new(staff: Staff) -> Self {
        Self {
            roles: staff.role.split_whitespace().map(str::to_owned).collect(),
            skills: serde_json::from_str(&staff.skills).unwrap_or_default(),
            has_second_factor: staff.totp.is_some(),
            made_at: Timestamp::from_millisecond(staff.made_ms).unwrap_or_default(),
            name: staff.name,
            party: staff.party,
        }
    }
}

/// All staff accounts, by name.
pub async fn all(app: &App) -> Result<Vec<StaffItem>, Problem> {
    let staff = app.core()?.store.staff().await?;
    Ok(staff.into_iter().map(StaffItem::new).collect())
}

/// Creates or changes an account.
pub async fn keep(app: &App, caller: &Caller, name: &str, new: NewStaff) -> Result<(), Problem> {
    let store = &app.core()?.store;
    let by = caller.person()?;
    let NewStaff { roles, password, skills, party } = new;
    let account = Account { name: name.to_owned(), roles, skills, party };
    account::check(store, &account).await?;
    check_queues(app, &account.skills)?;
    let kept = store.staff_called(name).await?;
    check_oneself(by, &account, kept.as_ref())?;
    let salt = app.bytes();
    let _turn = app.passwords.acquire().await;
    let hash = tokio::task::spawn_blocking(move || password::hash(&password, salt)).await;
    let hash = hash.map_err(|error| Problem::Internal(error.to_string()))??;
    Ok(account::keep(&app.core()?.door(), (by, app.now().as_millisecond()), &account, hash).await?)
}

/// Refuses to clear oneself or to give oneself new roles: somebody else must do that.
fn check_oneself(by: &str, account: &Account, kept: Option<&Staff>) -> Result<(), Problem> {
    let Some(kept) = kept.filter(|_| by == account.name) else { return Ok(()) };
    let skills: Skills = serde_json::from_str(&kept.skills).unwrap_or_default();
    if account.skills.is_cleared && !skills.is_cleared {
        return Err(Problem::WrongPerson("somebody else clears you"));
    }
    let has = kept.role.split_whitespace().collect::<Vec<_>>();
    match account.roles.iter().all(|role| has.contains(&role.as_str())) {
        true => Ok(()),
        false => Err(Problem::WrongPerson("somebody else gives you other roles")),
    }
}

/// Refuses queues that do not exist.
fn check_queues(app: &App, skills: &Skills) -> Result<(), Problem> {
    let queues = &app.settings.casework.review_queue.queues;
    let unknown = skills.queues.iter().find(|name| !queues.iter().any(|q| q.name == **name));
    match unknown {
        Some(queue) => Err(Problem::Wrong(format!("there is no queue `{queue}`"))),
        None => Ok(()),
    }
}

/// Changes what a person can judge.
pub async fn keep_skills(
    app: &App,
    caller: &Caller,
    name: &str,
    skills: &Skills,
) -> Result<(), Problem> {
    let store = &app.core()?.store;
    let by = caller.person()?;
    check_queues(app, skills)?;
    account::check_skills(skills)?;
    let kept = store.staff_called(name).await?.ok_or(Problem::NotFound("account"))?;
    let roles = kept.role.split_whitespace().map(str::to_owned).collect();
    let (skills, party) = (skills.clone(), None);
    let account = Account { name: name.to_owned(), roles, skills, party };
    check_oneself(by, &account, Some(&kept))?;
    let json = serde_json::to_string(&account.skills);
    let json = json.map_err(|error| Problem::Internal(error.to_string()))?;
    let (at_ms, about) = (app.now().as_millisecond(), format!("staff {name}"));
    let line = account::line((by, at_ms), "skills changed", about);
    let staff = RowChange::from(&Staff { skills: json, ..kept });
    Ok(app.core()?.door().write(Rows::of([staff, line])).await?)
}

/// Removes an account; nobody can remove their own.
pub async fn go(app: &App, caller: &Caller, name: &str) -> Result<(), Problem> {
    let by = caller.person()?;
    if by == name {
        return Err(Problem::WrongPerson("somebody else removes your account"));
    }
    let at_ms = app.now().as_millisecond();
    match account::remove(&app.core()?.door(), (by, at_ms), name).await? {
        true => Ok(()),
        false => Err(Problem::NotFound("account")),
    }
}

/// A second factor that was created.
#[derive(Serialize, ToSchema)]
pub struct SecondFactor {
    /// The address that an authenticator app reads (`otpauth://totp/…`). No other answer has it.
    pub address: String,
}

/// Gives an account a new second factor. From then on it signs in with a code as well.
pub async fn make_second_factor(
    app: &App,
    caller: &Caller,
    name: &str,
) -> Result<SecondFactor, Problem> {
    let who = (caller.person()?, app.now().as_millisecond());
    let secret = totp::secret(&app.bytes());
    let door = app.core()?.door();
    match account::set_second_factor(&door, who, name, Some(secret.clone())).await? {
        true => Ok(SecondFactor { address: totp::address(name, &secret) }),
        false => Err(Problem::NotFound("account")),
    }
}

/// Removes the second factor of an account.
pub async fn remove_second_factor(app: &App, caller: &Caller, name: &str) -> Result<(), Problem> {
    let who = (caller.person()?, app.now().as_millisecond());
    match account::set_second_factor(&app.core()?.door(), who, name, None).await? {
        true => Ok(()),
        false => Err(Problem::NotFound("account")),
    }
}

/// Binds an account to an identity at the provider, or releases it from all (`None`).
pub async fn bind(
    app: &App,
    caller: &Caller,
    name: &str,
    identity: Option<ProviderIdentity>,
) -> Result<(), Problem> {
    let who = (caller.person()?, app.now().as_millisecond());
    match account::bind(&app.core()?.door(), who, name, identity).await? {
        true => Ok(()),
        false => Err(Problem::NotFound("account")),
    }
}
