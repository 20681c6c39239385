//! Checks before an order is accepted: whether it names anything on this service, whether that was
//! ever seen, and whether its times can be kept.

use legal::clock::Ground;
use legal::order::{Order, OrderKind};
use store::FilingRow;
use types::Subject;

use crate::filings;
use crate::orders::standing;
use crate::orders::taking::{Hindrance, StoredOrder};
use crate::service::problem::Problem;
use crate::service::state::{App, Core};

/// Why an order that names nothing on this service cannot be carried out. `None` if that cannot be
/// answered yet, so that a person reviews it.
pub fn nowhere(app: &App, row: &FilingRow, kept: &StoredOrder) -> Option<Hindrance> {
    let reasons = match kept.unknown.as_slice() {
        [] => "the order names no address".to_owned(),
        urls => format!("these addresses do not exist on this service: {}", urls.join(", ")),
    };
    let hindrance = Hindrance {
        ground: Ground::InsufficientInformation,
        reasons,
        clarification: "send the exact addresses on this service".to_owned(),
        at: app.now(),
        resumed_at: None,
    };
    let kept = StoredOrder { hindrances: vec![hindrance.clone()], ..kept.clone() };
    standing::check_annex(app, &kept, row).ok().map(|()| hindrance)
}

/// The addresses among `subjects` for which no event was ever seen. The platform may have forgotten
/// them, or they never existed.
pub async fn unseen(
    core: &Core,
    subjects: &[(String, Option<Subject>)],
) -> Result<Vec<String>, Problem> {
    let mut unseen = Vec::new();
    for (url, subject) in subjects {
        if let Some(subject) = subject
            && !filings::trace(core, subject).await?.is_seen
        {
            unseen.push(url.clone());
        }
    }
    Ok(unseen)
}

/// Refuses times that cannot be used for a clock or a hold.
pub fn check_times(order: &Order) -> Result<(), Problem> {
    let received = order.received_at.unwrap_or_default();
    let wrong = |why: String| Err(Problem::Wrong(why));
    if order.kind == OrderKind::Retention && !order.keep_until.is_empty() {
        let said = &order.keep_until.0;
        return match order.keep_until.end() {
            None => wrong(format!("`keep_until` is `{said}`, which is no date; write 2027-06-30")),
            Some(until) if until <= received => {
                wrong(format!("`keep_until` is `{said}`, which is over; ask the authority"))
            }
            Some(_) => Ok(()),
        };
    }
    Ok(())
}
