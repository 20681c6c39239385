//! `/v1/staff`: who works here, what they may do and what they can judge.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use casework::Skills;
use engine::Rows;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{RowChange, Staff};
use utoipa::ToSchema;

use crate::account::{self, Account};
use crate::app::App;
use crate::extract::Named;
use crate::permission::{CasesLead, StaffRead, StaffWrite};
use crate::principal::{By, Caller};
use crate::problem::{Details, Problem};
use crate::{body, password};

/// Somebody who works here.
#[derive(Serialize, ToSchema)]
pub(crate) struct StaffItem {
    /// The name to sign in with.
    pub(crate) name: String,
    /// What they may do: names of roles.
    pub(crate) roles: Vec<String>,
    /// What they can judge.
    pub(crate) skills: Skills,
    /// The partner or authority that they belong to.
    pub(crate) party: Option<String>,
    /// Whether they sign in with a second factor.
    pub(crate) has_second_factor: bool,
    /// When the account was made.
    pub(crate) made_at: Timestamp,
}

/// An account to make or to change.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewStaff {
    /// What they may do: names of roles.
    pub(crate) roles: Vec<String>,
    /// The password, 15 characters at least.
    pub(crate) password: String,
    /// What they can judge.
    #[serde(default)]
    pub(crate) skills: Skills,
    /// The partner or authority that they belong to.
    #[serde(default)]
    pub(crate) party: Option<String>,
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

/// Lists the staff by name.
#[utoipa::path(
    get, path = "/v1/staff", tag = "people", security(("key" = ["staff:read"])),
    responses((status = 200, body = [StaffItem]))
)]
pub(crate) async fn list(
    State(app): State<App>,
    _: By<StaffRead>,
) -> Result<Json<Vec<StaffItem>>, Problem> {
    all(&app).await.map(Json)
}

/// All staff by name.
pub(crate) async fn all(app: &App) -> Result<Vec<StaffItem>, Problem> {
    let staff = app.core()?.store.staff().await?;
    Ok(staff.into_iter().map(StaffItem::new).collect())
}

/// Makes an account, or gives one new roles and a new password; its sessions end.
#[utoipa::path(
    put, path = "/v1/staff/{name}", tag = "people", security(("key" = ["staff:write"])),
    params(("name" = String, Path)),
    request_body = NewStaff,
    responses(
        (status = 204),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 413, body = Details, content_type = "application/problem+json"),
        (status = 429, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn put(
    State(app): State<App>,
    By(caller, _): By<StaffWrite>,
    Named(name): Named<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Problem> {
    let sent = body::read(&app, &headers, body).await?;
    let new: NewStaff = body::json(&sent)?;
    keep(&app, &caller, &name, new).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes or changes an account.
pub(crate) async fn keep(
    app: &App,
    caller: &Caller,
    name: &str,
    new: NewStaff,
) -> Result<(), Problem> {
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

/// Refuses to clear oneself, or to give oneself other roles: somebody else does that.
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
    let queues = &app.settings.casework.desk.queues;
    let unknown = skills.queues.iter().find(|name| !queues.iter().any(|q| q.name == **name));
    match unknown {
        Some(queue) => Err(Problem::Wrong(format!("there is no queue `{queue}`"))),
        None => Ok(()),
    }
}

/// Says what somebody can judge: languages, expertise, task forces, clearance.
#[utoipa::path(
    put, path = "/v1/staff/{name}/skills", tag = "people", security(("key" = ["cases:lead"])),
    params(("name" = String, Path)),
    request_body = Skills,
    responses(
        (status = 204),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
        (status = 413, body = Details, content_type = "application/problem+json"),
        (status = 429, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn skills(
    State(app): State<App>,
    By(caller, _): By<CasesLead>,
    Named(name): Named<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Problem> {
    let sent = body::read(&app, &headers, body).await?;
    let skills: Skills = body::json(&sent)?;
    keep_skills(&app, &caller, &name, &skills).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Keeps what somebody can judge.
pub(crate) async fn keep_skills(
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

/// Removes an account; its sessions end.
#[utoipa::path(
    delete, path = "/v1/staff/{name}", tag = "people", security(("key" = ["staff:write"])),
    params(("name" = String, Path)),
    responses(
        (status = 204),
        (status = 404, body = Details, content_type = "application/problem+json"),
        (status = 403, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn remove(
    State(app): State<App>,
    By(caller, _): By<StaffWrite>,
    Named(name): Named<String>,
) -> Result<StatusCode, Problem> {
    go(&app, &caller, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes an account.
pub(crate) async fn go(app: &App, caller: &Caller, name: &str) -> Result<(), Problem> {
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
