//! `/v1/policies`: the policy set in force, with its files.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use decide::{Pack, Source};
use engine::Change;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::body;
use crate::enforce::{Enforced, enforce};
use crate::idempotency::{self, Asked};
use crate::jobs::{self, Job};
use crate::overlay;
use crate::permission::{PoliciesRead, PoliciesWrite};
use crate::principal::By;
use crate::problem::{Details, Problem};

/// Versions that are told.
const VERSIONS_MAX: u32 = 100;

/// The policy set in force.
#[derive(Serialize, ToSchema)]
pub(crate) struct PoliciesView {
    /// The version: SHA-256 over all files.
    version: String,
    /// Names and texts of all files; lists lie under `lists/`.
    files: BTreeMap<String, String>,
    /// What came into force when, the latest first, a hundred at most.
    history: Vec<Version>,
}

/// A policy set that came into force.
#[derive(Serialize, ToSchema)]
struct Version {
    /// The place of its entry in the ledger.
    seq: u64,
    /// The version of the set.
    version: String,
    /// The version of the detectors.
    detectors: u32,
}

/// A policy set to put in force.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPolicies {
    /// Names and texts of all files: `civic.toml`, `lists/ro_voting.txt`.
    files: BTreeMap<String, String>,
}

/// Shows the policies in force.
#[utoipa::path(
    get, path = "/v1/policies", tag = "policies", security(("key" = ["policies:read"])),
    responses((status = 200, body = PoliciesView))
)]
pub(crate) async fn get(
    State(app): State<App>,
    _: By<PoliciesRead>,
) -> Result<Json<PoliciesView>, Problem> {
    let core = app.core()?;
    let (pack, _) = core.policies.current();
    let files = pack.sources().iter().map(|file| (file.name.clone(), file.text.clone()));
    let history = core.store.enforced(VERSIONS_MAX).await?.into_iter().map(|enforced| Version {
        seq: enforced.seq,
        version: enforced.version,
        detectors: enforced.detectors,
    });
    let (files, history) = (files.collect(), history.collect());
    Ok(Json(PoliciesView { version: pack.version().0, files, history }))
}

/// Checks a policy set and puts it in force; every event after the answer is judged by it. What does
/// not compile changes nothing.
#[utoipa::path(
    put, path = "/v1/policies", tag = "policies", security(("key" = ["policies:write"])),
    params(("Idempotency-Key" = Option<String>, Header), ("Prefer" = Option<String>, Header)),
    request_body = NewPolicies,
    responses(
        (status = 200, body = Enforced),
        (status = 202, body = Job, description = "It takes longer; `Location` says where it goes on"),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 409, body = Details, content_type = "application/problem+json"),
        (status = 413, body = Details, content_type = "application/problem+json"),
        (status = 422, body = Details, content_type = "application/problem+json"),
        (status = 429, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn put(
    State(app): State<App>,
    By(caller, _): By<PoliciesWrite>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let sent = body::read(&app, &headers, body).await?;
    let new: NewPolicies = serde_json::from_slice(&sent.bytes)
        .map_err(|error| Problem::Wrong(format!("the body is no policy set: {error}")))?;
    let asked = Asked { headers: &headers, caller: &caller, action: "policies", body: &sent.bytes };
    let sources: Vec<Source> =
        new.files.into_iter().map(|(name, text)| Source { name, text }).collect();
    let reason = "put by key or console".to_owned();
    let change = Change { author: caller.sender(), approver: None, reason };
    let wait = jobs::wait(&app, &headers);
    let make = move |_: &Pack| overlay::pack(sources);
    idempotency::once(&app, asked, enforce(&app, wait, change, make)).await
}
