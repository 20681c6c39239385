//! Clocks that the review queue does not watch: those of an order besides the one of its case, and
//! those of disputes. Each one missed or ended is entered once; when a secrecy ends, the person
//! affected is notified.

use std::collections::HashSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use legal::clock::{Clock, ClockState, Running};
use review::command::MISSED;
use review::{Case, CaseId, Step, Telling};
use store::{FilingFilter, FilingRow};
use types::EventKey;

use crate::access::caller::Caller;
use crate::cases::review_queue;
use crate::filings::appeals;
use crate::orders;
use crate::orders::standing::OrderState;
use crate::orders::taking::StoredOrder;
use crate::orders::{standing, steps};
use crate::service::problem::Problem;
use crate::service::routines::Routine;
use crate::service::state::App;

/// How often the clocks are checked; the shortest one takes two days.
const TICK: Duration = Duration::from_secs(60);

/// How far back filings are checked; a dispute takes 90 days, or 180.
const SINCE: SignedDuration = SignedDuration::from_hours(24 * 400);

/// Filings read at a time.
const PAGE: u32 = 500;

/// The clocks entered since the service started; earlier ones are in the log.
type Entered = HashSet<(String, Clock)>;

/// Checks the clocks.
#[derive(Default)]
pub struct Overdue(Entered);

impl Routine for Overdue {
    const NAME: &'static str = "Filing clocks";
    const WHAT: &'static str = "Enters clocks of orders and disputes that ran out, and informs people \
        once a secrecy is over.";

    fn every(&self) -> Duration {
        TICK
    }

    async fn run(&mut self, app: &App) -> Result<(), Problem> {
        // Neither kind keeps the other from its clocks.
        let orders = all(app, "order", &mut self.0).await;
        let appeals = all(app, "appeal", &mut self.0).await;
        orders.and(appeals)
    }
}

/// Checks all filings of `kind`; the problem of the first that could not be checked.
async fn all(app: &App, kind: &str, entered: &mut Entered) -> Result<(), Problem> {
    let mut failed = Ok(());
    let since = app.now().checked_sub(SINCE).unwrap_or_default();
    let mut filter = FilingFilter {
        kind: kind.to_owned(),
        since_ms: Some(since.as_millisecond()),
        ..FilingFilter::default()
    };
    loop {
        let rows = app.core()?.store.filings(&filter, PAGE).await?;
        filter.before_ms = rows.last().map(|row| row.received_ms);
        for row in rows.iter().filter(|row| row.body.is_some()) {
            // A filing that cannot be read must not hide the others.
            let done = async {
                one(app, row, entered).await?;
                inform(app, row).await
            };
            if let Err(problem) = done.await {
                tracing::warn!(filing = %row.id, error = ?problem, "its clocks cannot be checked");
                failed = failed.and(Err(problem));
            }
        }
        if rows.len() < PAGE as usize {
            return failed;
        }
    }
}

/// Enters the clocks of `row` that ran out, unless that was done before.
pub async fn enter(app: &App, row: &FilingRow) -> Result<(), Problem> {
    one(app, row, &mut Entered::new()).await
}

/// Notifies the person affected by an order of the measure, once the secrecy is over.
async fn inform(app: &App, row: &FilingRow) -> Result<(), Problem> {
    if row.kind != "order" {
        return Ok(());
    }
    let kept = StoredOrder::read(row)?;
    let is_over = standing::silent_until(&kept.order).is_some_and(|until| until <= app.now());
    if !is_over || kept.informed_at.is_some() {
        return Ok(());
    }
    let standing = OrderState::of(app.core()?, &kept, row).await?;
    let mut is_silent = steps::is_silent(app.core()?, standing.case.as_ref()).await?;
    if let Some(case) = standing.case.as_ref().filter(|_| is_silent) {
        is_silent = !steps::is_silenced(app.core()?, case).await?;
    }
    let is_done = matches!(standing::state(&kept, row, &standing), "executed" | "unconfirmed");
    if is_silent && is_done {
        steps::go_on(app, &Caller::ourselves(), &row.id, orders::Step::Inform).await?;
    }
    Ok(())
}

async fn one(app: &App, row: &FilingRow, entered: &mut Entered) -> Result<(), Problem> {
    let (core, now) = (app.core()?, app.now());
    let Some(case) = row.case else { return Ok(()) };
    let over = over(app, row, now).await?.into_iter();
    let over: Vec<(Clock, Timestamp, ClockState)> =
        over.filter(|(clock, ..)| !entered.contains(&(row.id.clone(), *clock))).collect();
    if over.is_empty() {
        return Ok(());
    }
    let case = review_queue::find(core, CaseId(case)).await?;
    let tellings: Vec<Telling> =
        over.iter().filter_map(|over| telling(&case, (&row.id, now), *over)).collect();
    for telling in tellings {
        core.pipeline.tell(vec![telling]).await?;
    }
    entered.extend(over.into_iter().map(|(clock, ..)| (row.id.clone(), clock)));
    Ok(())
}

/// The clocks of `row` that ran out, with their due times.
async fn over(
    app: &App,
    row: &FilingRow,
    now: Timestamp,
) -> Result<Vec<(Clock, Timestamp, ClockState)>, Problem> {
    let is_over =
        |state| matches!(state, ClockState::Missed | ClockState::MetLate | ClockState::Over);
    if row.kind == "appeal" {
        let Some(dispute) = appeals::dispute_of(row)? else { return Ok(Vec::new()) };
        let clock = Running::start(Clock::DisputeBody90Days, dispute.received_at);
        let clock = dispute.decided_at.map_or_else(|| clock.clone(), |at| clock.meet(at));
        let (state, due) = (clock.state(now), clock.due);
        let due = due.filter(|_| is_over(state));
        return Ok(due.map(|due| (clock.clock, due, state)).into_iter().collect());
    }
    let kept = StoredOrder::read(row)?;
    let standing = OrderState::of(app.core()?, &kept, row).await?;
    // The review queue watches the first of them while the case is open. Once the case is closed,
    // that clock runs on until the platform confirms the measure.
    let rings = |case: &Case| !case.is_closed() || case.alarms >= MISSED;
    let own = standing::running(&kept.order, now).map(|running| running.clock);
    let own = own.filter(|_| standing.case.as_ref().is_none_or(rings));
    let clocks = standing::clocks(&kept, row, &standing, (None, now)).into_iter();
    let clocks = clocks.filter(|view| Some(view.clock) != own && is_over(view.state));
    Ok(clocks.filter_map(|view| Some((view.clock, view.due?, view.state))).collect())
}

/// The event that a clock of the filing `id` ran out. It has the same id however often it is made.
fn telling(
    case: &review::Case,
    (id, now): (&str, Timestamp),
    (clock, due, state): (Clock, Timestamp, ClockState),
) -> Option<Telling> {
    let what = if state == ClockState::Over { "over" } else { "missed" };
    let step = Step {
        at_ms: now.as_millisecond(),
        what: what.to_owned(),
        note: format!("{} of {id}, due {due} ({})", clock.name(), clock.article()),
        ..Step::default()
    };
    let EventKey([a, b, c, d, e, f, g, h, ..]) = EventKey::new(id, clock.name());
    // Far from the numbers of the case's own changes.
    let number = u64::from_le_bytes([a, b, c, d, e, f, g, h]) >> 12 | 1 << 52;
    Some(Telling { number, ..case.telling(step)? })
}
