//! Notifiers: one voice each, with a record of how often their notices were manifestly unfounded
//! (Art. 23 DSA).

use engine::Rows;
use jiff::Timestamp;
use legal::misuse::{self, Handled, Record, SenderStanding};
use legal::notice::Notice;
use review::Finding;
use store::{FilingFilter, PartyRow, RowChange};

use crate::filings::{self, time};
use crate::service::problem::Problem;
use crate::service::state::{App, Core};

/// The most notices of one sender examined for misuse.
const RECORD_MAX: u32 = 200;

const DAY_MS: i64 = 86_400_000;

/// An id for the sender of a notice: the party, or a digest of the e-mail address; empty without
/// either.
pub fn sender(party: Option<String>, notice: &Notice) -> String {
    let mail = notice.email.as_deref().map(|mail| mail.trim().to_lowercase());
    let digest = mail.filter(|mail| !mail.is_empty()).map(|mail| store::sender(&mail));
    party.or(digest).unwrap_or_default()
}

/// Refuses a suspended sender, and returns a warning for one close to it (Art. 23(2) and (3) DSA).
pub async fn standing(app: &App, core: &Core, sender: &str) -> Result<Option<String>, Problem> {
    if sender.is_empty() {
        return Ok(None);
    }
    let (policy, now) = (misuse::Policy::default(), app.now());
    let record = record(core, sender, &policy, now).await?;
    let standing = misuse::judge(&record, &policy, now);
    let told = misuse::sentence(&standing, &misuse::recent(&record, &policy, now), &policy);
    let changed = match &standing {
        SenderStanding::Good => return Ok(None),
        SenderStanding::Warned { since } => {
            Record { warned_at: Some(*since), entries: Vec::new(), ..record.clone() }
        }
        SenderStanding::Suspended { until } => {
            Record { suspended_until: Some(*until), entries: Vec::new(), ..record.clone() }
        }
    };
    if changed.warned_at != record.warned_at || changed.suspended_until != record.suspended_until {
        let body = serde_json::to_string(&changed).map_err(|e| Problem::Internal(e.to_string()))?;
        let id = format!("notifier {sender}");
        let row = PartyRow { id, kind: "notifier".to_owned(), body };
        core.door().write(Rows::of([RowChange::from(&row)])).await?;
    }
    match standing {
        SenderStanding::Suspended { .. } => Err(Problem::NotYours(told)),
        _ => Ok(Some(told)),
    }
}

/// The results of handling the recent notices of `sender`.
async fn record(
    core: &Core,
    sender: &str,
    policy: &misuse::Policy,
    now: Timestamp,
) -> Result<Record, Problem> {
    let kept = core.store.party(&format!("notifier {sender}")).await?;
    let mut record: Record = match kept {
        Some(row) => serde_json::from_str(&row.body).unwrap_or_default(),
        None => Record::default(),
    };
    let filter = FilingFilter {
        kind: "notice".to_owned(),
        party: Some(sender.to_owned()),
        since_ms: Some(now.as_millisecond() - i64::from(policy.window_days) * DAY_MS),
        ..FilingFilter::default()
    };
    let mut rows = core.store.filings(&filter, RECORD_MAX).await?;
    // A notice about many items counts once.
    rows.dedup_by(|one, other| one.reference == other.reference);
    for row in rows {
        let (case, outcome) = filings::outcome(core, &row).await?;
        let is_unfounded = outcome.is_some()
            && case
                .and_then(|case| case.verdict)
                .is_some_and(|v| v.finding == Finding::NoViolation && v.manifestly_unfounded);
        let handled = match row.state.as_str() {
            "insufficient" => Handled::Insufficient,
            _ if is_unfounded => Handled::ManifestlyUnfounded,
            _ => Handled::Processed,
        };
        record.entries.push(misuse::HandledFiling { at: time(row.received_ms), handled });
    }
    Ok(record)
}
