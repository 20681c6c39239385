//! `/v1/staff`: staff accounts, with their roles and skills.

use app::access::account::ProviderIdentity;
use app::access::permission::{CasesLead, StaffRead, StaffWrite};
use app::access::staff::{self, NewStaff, SecondFactor, Skills, StaffItem};
use app::{App, Details};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use web::extract::Named;
use web::principal::By;
use web::{Error, body};

/// Lists staff accounts by name.
#[utoipa::path(
    get, path = "/v1/staff", tag = "people", security(("key" = ["staff:read"])),
    responses((status = 200, body = [StaffItem]))
)]
pub(crate) async fn list(
    State(app): State<App>,
    _: By<StaffRead>,
) -> Result<Json<Vec<StaffItem>>, Error> {
    Ok(Json(staff::all(&app).await?))
}

/// Creates an account, or gives one new roles and a new password.
///
/// The sessions of the account end.
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
) -> Result<StatusCode, Error> {
    let sent = body::read(&app, &headers, body).await?;
    let new: NewStaff = body::json(&sent)?;
    staff::keep(&app, &caller, &name, new).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sets the skills of a staff member: languages, expertise, task forces, clearance.
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
) -> Result<StatusCode, Error> {
    let sent = body::read(&app, &headers, body).await?;
    let skills: Skills = body::json(&sent)?;
    staff::keep_skills(&app, &caller, &name, &skills).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes an account.
///
/// The sessions of the account end.
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
) -> Result<StatusCode, Error> {
    staff::go(&app, &caller, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives an account a second factor (TOTP, RFC 6238).
///
/// It replaces an earlier one.
#[utoipa::path(
    post, path = "/v1/staff/{name}/second-factor", tag = "people",
    security(("key" = ["staff:write"])),
    params(("name" = String, Path)),
    responses(
        (status = 201, body = SecondFactor),
        (status = 403, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn second_factor(
    State(app): State<App>,
    By(caller, _): By<StaffWrite>,
    Named(name): Named<String>,
) -> Result<(StatusCode, Json<SecondFactor>), Error> {
    let made = staff::make_second_factor(&app, &caller, &name).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// Removes the second factor of an account.
#[utoipa::path(
    delete, path = "/v1/staff/{name}/second-factor", tag = "people",
    security(("key" = ["staff:write"])),
    params(("name" = String, Path)),
    responses(
        (status = 204),
        (status = 403, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn no_second_factor(
    State(app): State<App>,
    By(caller, _): By<StaffWrite>,
    Named(name): Named<String>,
) -> Result<StatusCode, Error> {
    staff::remove_second_factor(&app, &caller, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Binds an account to an identity at the provider.
///
/// From then on, the person signs in there.
#[utoipa::path(
    put, path = "/v1/staff/{name}/identity", tag = "people", security(("key" = ["staff:write"])),
    params(("name" = String, Path)),
    request_body = ProviderIdentity,
    responses(
        (status = 204),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 403, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
        (status = 413, body = Details, content_type = "application/problem+json"),
        (status = 429, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn bind(
    State(app): State<App>,
    By(caller, _): By<StaffWrite>,
    Named(name): Named<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Error> {
    let sent = body::read(&app, &headers, body).await?;
    let identity: ProviderIdentity = body::json(&sent)?;
    staff::bind(&app, &caller, &name, Some(identity)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes all bindings of an account to identities at the provider.
#[utoipa::path(
    delete, path = "/v1/staff/{name}/identity", tag = "people",
    security(("key" = ["staff:write"])),
    params(("name" = String, Path)),
    responses(
        (status = 204),
        (status = 403, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn unbind(
    State(app): State<App>,
    By(caller, _): By<StaffWrite>,
    Named(name): Named<String>,
) -> Result<StatusCode, Error> {
    staff::bind(&app, &caller, &name, None).await?;
    Ok(StatusCode::NO_CONTENT)
}
