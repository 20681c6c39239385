//! Checks whether the platform confirmed the measures of orders: whether every receiver that was
//! sent the decision acknowledged its message.
//!
//! The time of the confirmation is when it was seen here, within about a second of the receiver's
//! answer, so it is never earlier than the measure. Without a receiver, legal confirms by hand.

use std::collections::BTreeSet;
use std::time::Duration;

use engine::Rows;
use jiff::{SignedDuration, Timestamp};
use store::{FilingFilter, FilingRow, Receiver, RowChange};

use crate::access::caller::Caller;
use crate::filings;
use crate::orders::standing::{self, OrderState};
use crate::orders::taking::{self, Confirmed, StoredOrder};
use crate::service::problem::Problem;
use crate::service::routines::Routine;
use crate::service::state::{App, Core};

/// How often deliveries are checked.
const TICK: Duration = Duration::from_secs(1);

/// How far back orders are searched when the service starts.
const SINCE: SignedDuration = SignedDuration::from_hours(24 * 400);

/// Orders read at a time.
const PAGE: u32 = 500;

/// Checks for confirmations.
#[derive(Default)]
pub struct Confirming {
    /// Whether the orders that waited before the service started are known.
    is_known: bool,
}

impl Routine for Confirming {
    const NAME: &'static str = "Order confirmations";
    const WHAT: &'static str = "Answers an order once every receiver acknowledged its measure.";

    fn every(&self) -> Duration {
        TICK
    }

    async fn run(&mut self, app: &App) -> Result<(), Problem> {
        if !self.is_known {
            remember(app).await?;
        }
        self.is_known = true;
        all(app).await
    }
}

/// Finds the orders that waited before the service started.
async fn remember(app: &App) -> Result<(), Problem> {
    let core = app.core()?;
    let since = app.now().checked_sub(SINCE).unwrap_or_default();
    let mut filter = FilingFilter {
        kind: "order".to_owned(),
        since_ms: Some(since.as_millisecond()),
        ..FilingFilter::default()
    };
    loop {
        let rows = core.store.filings(&filter, PAGE).await?;
        filter.before_ms = rows.last().map(|row| row.received_ms);
        for row in rows.iter().filter(|row| row.body.is_some()) {
            // An order that cannot be read must not hide the others.
            match look(app, row).await {
                Ok("unconfirmed") => app.watch(&row.id),
                Ok(_) => {}
                Err(problem) => {
                    tracing::warn!(filing = %row.id, error = ?problem, "an order cannot be read");
                }
            }
        }
        if rows.len() < PAGE as usize {
            return Ok(());
        }
    }
}

/// The state of the order of `row`. An answer that could not be given before, because the
/// provider's particulars were missing, is given now.
async fn look(app: &App, row: &FilingRow) -> Result<&'static str, Problem> {
    let core = app.core()?;
    let mut kept = StoredOrder::read(row)?;
    let standing = OrderState::of(core, &kept, row).await?;
    let before = kept.answered_at;
    standing::tell(app, &mut kept, row, &standing);
    if kept.answered_at != before {
        let row = FilingRow { body: Some(kept.write()?), ..row.clone() };
        core.door().write(Rows::of([RowChange::from(&row)])).await?;
    }
    Ok(standing::state(&kept, row, &standing))
}

async fn all(app: &App) -> Result<(), Problem> {
    let waiting: BTreeSet<String> = app.watched();
    let core = app.core()?;
    if waiting.is_empty() || core.receivers.is_empty() {
        return Ok(());
    }
    let names: Vec<&String> = core.receivers.iter().map(|told| &told.name).collect();
    let receivers = core.store.receivers().await?;
    let receivers: Vec<Receiver> =
        receivers.into_iter().filter(|receiver| names.contains(&&receiver.name)).collect();
    for id in waiting {
        let (own, order, told) = (app.clone(), id.clone(), receivers.clone());
        let is_over = filings::alone(app, async move { one(&own, &order, &told).await }).await?;
        if is_over {
            app.unwatch(&id);
        }
    }
    Ok(())
}

/// Confirms one order if its messages were accepted. True if there is nothing more to wait for.
async fn one(app: &App, id: &str, receivers: &[Receiver]) -> Result<bool, Problem> {
    let core = app.core()?;
    let row = taking::row(core, id).await?;
    let mut kept = StoredOrder::read(&row)?;
    let standing = OrderState::of(core, &kept, &row).await?;
    if standing::state(&kept, &row, &standing) != "unconfirmed" {
        return Ok(true);
    }
    if !kept.unseen.is_empty() {
        // A receiver accepts any message. Whether the content existed at all must be checked by a
        // person.
        return Ok(false);
    }
    let Some(case) = &standing.case else { return Ok(true) };
    let Some(closed_ms) = filings::closed_ms(case) else { return Ok(true) };
    let decisions = case.members.iter().filter_map(|member| member.verdict.as_ref());
    let mut names = BTreeSet::new();
    for decision in decisions {
        let Some(listed) = core.store.decision(decision).await?.pop() else { return Ok(true) };
        let Some(taken) = taken(core, listed.seq, receivers).await? else { return Ok(false) };
        names.extend(taken);
    }
    if names.is_empty() {
        return Ok(false);
    }
    let at: Timestamp = app.now();
    let by = names.into_iter().collect::<Vec<_>>().join(", ");
    kept.confirmed = Some(Confirmed { closed_ms, at, by, note: String::new() });
    let standing = OrderState::of(core, &kept, &row).await?;
    standing::tell(app, &mut kept, &row, &standing);
    let row = FilingRow { body: Some(kept.write()?), ..row };
    let about = format!("order {id}");
    let line = filings::line(app, &Caller::ourselves(), "measure confirmed", about);
    core.door().write(Rows::of([RowChange::from(&row), line])).await?;
    Ok(true)
}

/// The receivers that accepted the message at `seq`; `None` while one of them has not.
async fn taken(
    core: &Core,
    seq: u64,
    receivers: &[Receiver],
) -> Result<Option<Vec<String>>, Problem> {
    let told: Vec<&Receiver> = receivers.iter().filter(|r| r.start <= seq).collect();
    let behind = core.store.left_behind(seq).await?;
    let has = |receiver: &&Receiver| {
        receiver.cursor > seq && !behind.iter().any(|left| left.receiver == receiver.name)
    };
    let is_taken = told.iter().all(has);
    Ok(is_taken.then(|| told.iter().map(|receiver| receiver.name.clone()).collect()))
}
