//! `/v1/staff`: who works here, what they may do and what they can judge.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use casework::Skills;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{AuditRow, Staff};
use types::language;
use utoipa::ToSchema;

use crate::app::App;
use crate::console::layout::person;
use crate::extract::Named;
use crate::permission::{CasesLead, ROLES, StaffRead, StaffWrite};
use crate::principal::{By, Caller};
use crate::problem::{Details, Problem};
use crate::{body, password};

/// Shorter passwords are refused (NIST SP 800-63B-4 asks for 15 without a second factor).
const PASSWORD_CHARS_MIN: usize = 15;

const PASSWORD_CHARS_MAX: usize = 256;

/// Longer names are refused.
const NAME_CHARS_MAX: usize = 64;

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
    let wrong = |why: String| Err(Problem::Wrong(why));
    let is_unfit = name.chars().any(char::is_control) || name.chars().count() > NAME_CHARS_MAX;
    if name.trim().is_empty() || is_unfit {
        return wrong(format!("a name has 1 to {NAME_CHARS_MAX} characters"));
    }
    if name == casework::AUTOMATIC {
        return wrong(format!("`{name}` is the name of the service itself"));
    }
    if !(PASSWORD_CHARS_MIN..=PASSWORD_CHARS_MAX).contains(&new.password.chars().count()) {
        return wrong(format!(
            "a password has {PASSWORD_CHARS_MIN} to {PASSWORD_CHARS_MAX} characters"
        ));
    }
    let unknown = new.roles.iter().find(|role| !ROLES.iter().any(|(known, _)| known == role));
    if let Some(role) = unknown {
        return wrong(format!("there is no role `{role}`"));
    }
    let is_outside = |role: &String| role == "partner" || role == "authority";
    if new.roles.iter().any(is_outside) != new.party.is_some() {
        return wrong(
            "partners and authorities belong to a party, and nobody else does".to_owned(),
        );
    }
    language::check(&new.skills.languages).map_err(Problem::Wrong)?;
    let salt = app.bytes();
    let password = new.password;
    let _turn = app.passwords.acquire().await;
    let hash = tokio::task::spawn_blocking(move || password::hash(&password, salt)).await;
    let hash = hash.map_err(|error| Problem::Internal(error.to_string()))?;
    let staff = Staff {
        name: name.to_owned(),
        role: new.roles.join(" "),
        password: hash.map_err(|error| Problem::Internal(error.to_string()))?,
        made_ms: app.now().as_millisecond(),
        skills: serde_json::to_string(&new.skills).unwrap_or_default(),
        party: new.party,
        ..Staff::default()
    };
    let store = &app.core()?.store;
    store.put_staff(&staff).await?;
    store.put_skills(name, &staff.skills).await?;
    note(app, caller, "account changed", name).await
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
    let queues = &app.settings.casework.desk.queues;
    let unknown = skills.queues.iter().find(|name| !queues.iter().any(|q| q.name == **name));
    if let Some(queue) = unknown {
        return Err(Problem::Wrong(format!("there is no queue `{queue}`")));
    }
    language::check(&skills.languages).map_err(Problem::Wrong)?;
    let kept = app.core()?.store.staff_called(name).await?;
    let kept: Skills =
        kept.map(|kept| serde_json::from_str(&kept.skills).unwrap_or_default()).unwrap_or_default();
    if person(&caller.sender()) == name && skills.is_cleared && !kept.is_cleared {
        return Err(Problem::WrongPerson("somebody else clears you"));
    }
    let json = serde_json::to_string(skills).map_err(|e| Problem::Internal(e.to_string()))?;
    if !app.core()?.store.put_skills(name, &json).await? {
        return Err(Problem::NotFound("account"));
    }
    note(app, caller, "skills changed", name).await
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
    if person(&caller.sender()) == name {
        return Err(Problem::WrongPerson("somebody else removes your account"));
    }
    if !app.core()?.store.remove_staff(name).await? {
        return Err(Problem::NotFound("account"));
    }
    note(app, caller, "account removed", name).await
}

async fn note(app: &App, caller: &Caller, what: &str, name: &str) -> Result<(), Problem> {
    let row = AuditRow {
        at_ms: app.now().as_millisecond(),
        by: person(&caller.sender()).to_owned(),
        what: what.to_owned(),
        about: format!("staff {name}"),
        ..AuditRow::default()
    };
    Ok(app.core()?.store.add_audit(row).await?)
}
