//! `/v1/staff`: who works here, what they may do and what they can judge.

use app::access::permission::{CasesLead, StaffRead, StaffWrite};
use app::access::staff::{self, NewStaff, Skills, StaffItem};
use app::{App, Details};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use web::extract::Named;
use web::principal::By;
use web::{Error, body};

/// Lists the staff by name.
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
) -> Result<StatusCode, Error> {
    let sent = body::read(&app, &headers, body).await?;
    let new: NewStaff = body::json(&sent)?;
    staff::keep(&app, &caller, &name, new).await?;
    Ok(StatusCode::NO_CONTENT)
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
) -> Result<StatusCode, Error> {
    let sent = body::read(&app, &headers, body).await?;
    let skills: Skills = body::json(&sent)?;
    staff::keep_skills(&app, &caller, &name, &skills).await?;
    Ok(StatusCode::NO_CONTENT)
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
) -> Result<StatusCode, Error> {
    staff::go(&app, &caller, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}
