//! `POST /v1/erasures`: erases what is kept of somebody, as they may ask (Art. 17 GDPR).

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use engine::door::Erased;
use engine::erase::{self, Asked};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::body;
use crate::console::layout::person;
use crate::permission::EraseWrite;
use crate::principal::By;
use crate::problem::{Details, Problem};
use crate::proposal::stated;

/// Who is to be erased.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Erasure {
    /// `account/ID` with its content, `content/ID`, `network/ID`, `notifier/MAIL`, `filing/ID` (a
    /// notice or complaint), `staff/NAME`.
    subject: String,
    /// Why; it stays in the ledger for ever, so it names nobody.
    reason: String,
    /// Only count what would be erased.
    #[serde(default)]
    dry_run: bool,
}

/// What was erased, or would be.
#[derive(Serialize, ToSchema)]
#[schema(as = ErasureOutcome)]
pub(crate) struct Outcome {
    /// Entries of the ledger that lost their payload.
    entries: u64,
    /// Other things that lost something, and what stays, by what they are.
    rows: BTreeMap<String, u64>,
    /// Whether nothing was changed.
    dry_run: bool,
}

/// Erases what is kept of a person or thing. Answers when no file of the store holds it any more; the
/// history follows with its next roll. What is under a hold is not erased (409).
#[utoipa::path(
    post, path = "/v1/erasures", tag = "people", security(("key" = ["erase:write"])),
    request_body = Erasure,
    responses(
        (status = 200, body = Outcome),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 409, body = Details, content_type = "application/problem+json"),
        (status = 413, body = Details, content_type = "application/problem+json"),
        (status = 429, body = Details, content_type = "application/problem+json"),
        (status = 503, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post(
    State(app): State<App>,
    By(caller, _): By<EraseWrite>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Outcome>, Problem> {
    let sent = body::read(&app, &headers, body).await?;
    let Erasure { subject, reason, dry_run } = body::json(&sent)?;
    let (subject, reason) = (erase::subject(&subject).map_err(Problem::Wrong)?, stated(&reason)?);
    let (core, now) = (app.core()?, app.now());
    let erased = if dry_run {
        Erased::from(&erase::find(&core.store, (&subject, now), &mut |_| {}).await?)
    } else {
        let by = person(&caller.sender()).to_owned();
        let asked = Asked { by, reason, at_ms: now.as_millisecond() };
        core.door().erase((&subject, asked), &mut |_| {}).await?
    };
    let Erased { entries, rows } = erased;
    Ok(Json(Outcome { entries, rows, dry_run }))
}
