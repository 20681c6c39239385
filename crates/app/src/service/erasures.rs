//! Erases what is stored about a person, as they may request (Art. 17 GDPR).

use std::collections::BTreeMap;

use engine::door::Erased;
use engine::erase::{self, ErasureRequest};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::caller::{Caller, person};
use crate::rules::proposal::stated;
use crate::service::problem::Problem;
use crate::service::state::App;

/// A request to erase what is stored about a subject.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Erasure {
    /// The subject: `account/ID` with its content, `content/ID`, `network/ID`, `notifier/MAIL`,
    /// `filing/ID` (a notice or complaint), `staff/NAME`.
    pub subject: String,
    /// The reason, in 1 to 2000 characters. It stays in the ledger for ever, so it must name
    /// nobody.
    pub reason: String,
    /// Whether only to count what would be erased.
    #[serde(default)]
    pub dry_run: bool,
}

/// What was erased, or would be.
#[derive(Serialize, ToSchema)]
#[schema(as = ErasureOutcome)]
pub struct ErasureOutcome {
    /// Number of ledger entries that lost their payload.
    pub entries: u64,
    /// Numbers of other records that lost something, and of records that stay, by kind.
    pub rows: BTreeMap<String, u64>,
    /// Whether nothing was changed.
    pub dry_run: bool,
}

/// Erases what is stored about a subject, or counts it.
pub async fn erase(
    app: &App,
    caller: &Caller,
    erasure: Erasure,
) -> Result<ErasureOutcome, Problem> {
    let Erasure { subject, reason, dry_run } = erasure;
    let (subject, reason) = (erase::subject(&subject).map_err(Problem::Wrong)?, stated(&reason)?);
    let (core, now) = (app.core()?, app.now());
    let erased = if dry_run {
        Erased::from(&erase::find(&core.store, (&subject, now), &mut |_| {}).await?)
    } else {
        let by = person(&caller.sender()).to_owned();
        let asked = ErasureRequest { by, reason, at_ms: now.as_millisecond() };
        let door = core.door();
        // To its end even if the caller goes away: what is begun must not be left half done.
        let work = async move { door.erase((&subject, asked), &mut |_| {}).await };
        let done = tokio::spawn(work).await;
        done.map_err(|error| Problem::Internal(error.to_string()))??
    };
    let Erased { entries, rows } = erased;
    Ok(ErasureOutcome { entries, rows, dry_run })
}
