//! Erases what is kept of somebody, as they may ask (Art. 17 GDPR).

use std::collections::BTreeMap;

use engine::door::Erased;
use engine::erase::{self, Asked};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::caller::{Caller, person};
use crate::rules::proposal::stated;
use crate::service::problem::Problem;
use crate::service::state::App;

/// Who is to be erased.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Erasure {
    /// `account/ID` with its content, `content/ID`, `network/ID`, `notifier/MAIL`, `filing/ID` (a
    /// notice or complaint), `staff/NAME`.
    pub subject: String,
    /// Why; it stays in the ledger for ever, so it names nobody.
    pub reason: String,
    /// Only count what would be erased.
    #[serde(default)]
    pub dry_run: bool,
}

/// What was erased, or would be.
#[derive(Serialize, ToSchema)]
#[schema(as = ErasureOutcome)]
pub struct Outcome {
    /// Entries of the ledger that lost their payload.
    pub entries: u64,
    /// Other things that lost something, and what stays, by what they are.
    pub rows: BTreeMap<String, u64>,
    /// Whether nothing was changed.
    pub dry_run: bool,
}

/// Erases what is kept of somebody, or counts it.
pub async fn erase(app: &App, caller: &Caller, erasure: Erasure) -> Result<Outcome, Problem> {
    let Erasure { subject, reason, dry_run } = erasure;
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
    Ok(Outcome { entries, rows, dry_run })
}
