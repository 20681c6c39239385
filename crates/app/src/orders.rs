//! Orders of authorities, with their clocks and answers.

pub mod checks;
pub mod confirming;
pub mod standing;
pub mod steps;
pub mod taking;

use engine::Rows;
use jiff::Timestamp;
use legal::annex::Answer;
use legal::authority::{Channel, Confirmation, Trust, Way};
use legal::clock::{Clock, ClockState, Ground};
use legal::order::{Missing, Order, OrderKind};
use serde::{Deserialize, Serialize};
use store::{FilingFilter, RowChange};
use utoipa::{IntoParams, ToSchema};

use crate::access::caller::Caller;
use crate::access::permission::{OrdersExecute, Permit as _};
use crate::filings::{self, FilingOutcome};
use crate::orders::standing::OrderState;
use crate::orders::taking::{Confirmed, StoredOrder};
use crate::service::problem::Problem;
use crate::service::state::App;

/// Orders per page.
const LIMIT: u32 = 200;

/// An order and its current state.
#[derive(Serialize, ToSchema)]
pub struct OrderView {
    /// Our id of the order.
    pub id: String,
    /// `open`; `unconfirmed`: decided, but the platform has not confirmed the measure; `executed`;
    /// `impossible`: it cannot be carried out; `reversed`: undone after a complaint; `annulled`,
    /// `duplicate` or `forged`.
    pub state: String,
    /// The order.
    pub order: Order,
    /// The id of the registered authority that it comes from; `null` if none is known.
    pub authority: Option<String>,
    /// Whether it comes from the authority that it names.
    pub trust: Trust,
    /// The requirements of the law that it does not meet.
    pub missing: Vec<Missing>,
    /// Addresses that do not exist on this service.
    pub unknown: Vec<String>,
    /// Addresses on this service for which no event was ever seen.
    pub unseen: Vec<String>,
    /// The id of the order that it repeats; `null` if it is not a duplicate.
    pub duplicate_of: Option<String>,
    /// The id of the case that deals with it; `null` for authorities.
    pub case: Option<String>,
    /// Its time limits in the law.
    pub clocks: Vec<ClockView>,
    /// The outcome; `null` until there is one.
    pub outcome: Option<FilingOutcome>,
    /// The confirmation of the measure; `null` until there is one.
    pub confirmed: Option<Confirmed>,
    /// Annex II or III of Regulation (EU) 2021/784; `null` until there is one. Removal orders only.
    pub answer: Option<Answer>,
    /// Why an answer that is due cannot be written; `null` otherwise, and for authorities.
    pub answer_missing: Option<String>,
    /// When the authority received the answer; `null` if it has not.
    pub answered_at: Option<Timestamp>,
    /// Until when the person affected must not be notified; `null` if they may be.
    pub silent_until: Option<Timestamp>,
    /// Holds placed because of it; empty for authorities.
    pub holds: Vec<HoldView>,
}

/// A time limit of an order.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ClockView {
    /// The name of the clock.
    pub clock: Clock,
    /// The article that sets it.
    pub article: &'static str,
    /// The obligation, as a sentence.
    pub sentence: &'static str,
    /// When it started.
    pub from: Timestamp,
    /// When it is due; `null` without a fixed hour, and while it is stopped.
    pub due: Option<Timestamp>,
    /// When its obligation was met; `null` until then.
    pub met_at: Option<Timestamp>,
    /// Its state.
    pub state: ClockState,
}

/// A page of orders, newest first.
#[derive(Serialize, ToSchema)]
pub struct OrderPage {
    /// The orders.
    pub items: Vec<OrderView>,
    /// The value of `before` for the next page, in milliseconds since 1970; `null` if there are no
    /// more.
    pub next: Option<i64>,
}

/// Filters for orders; every filter that is set must match.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OrderQuery {
    /// The id of the authority. Empty: any. Authorities see only their own orders.
    pub authority: String,
    /// Only orders received before this time, in milliseconds since 1970.
    pub before: Option<i64>,
}

/// The origin of an order that staff type in or upload.
#[derive(Clone, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct From {
    /// The id of the registered authority that sent it; not needed from the authority itself.
    pub authority: String,
    /// How staff verified that the order is real.
    pub confirmed: Option<Way>,
}

/// A step with an order, other than carrying it out, which is done with its case.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = OrderStep)]
pub enum Step {
    /// It cannot be carried out: Annex III is produced, and its clock is stopped.
    Impossible {
        /// The ground in the law.
        ground: Ground,
        /// Further information on the ground.
        reasons: String,
        /// The errors, and what must be clarified.
        #[serde(default)]
        clarification: String,
    },
    /// The obstacle is gone: the clock is restarted, in a new case.
    Clarified,
    /// Staff verified, after the order was accepted, that it is real.
    Confirm {
        /// How it was verified.
        way: Way,
        /// The id of the registered authority that it comes from, if the order was accepted without
        /// one.
        #[serde(default)]
        authority: String,
    },
    /// The platform confirmed the measure; for cases in which messages to receivers cannot show it.
    Done {
        /// When the measure was taken; now by default.
        #[serde(default)]
        at: Option<Timestamp>,
        /// How this is known.
        #[serde(default)]
        note: String,
    },
    /// The answer was sent to the authority.
    Answered {
        /// How it was sent.
        #[serde(default)]
        note: String,
    },
    /// The host authority was asked to scrutinise it (Art. 4(4) Regulation (EU) 2021/784).
    Scrutiny,
    /// It was annulled: what it took away is restored at once (Art. 4(7)).
    Annul {
        /// Whose finding annulled it.
        note: String,
    },
    /// The secrecy is over: the person affected is notified.
    Inform,
    /// The data that a retention order describes in words: all of it is held from now on.
    Hold {
        /// The data to keep.
        scope: legal::order::Scope,
    },
}

/// Reads an order in JSON or XML.
pub fn read(bytes: &[u8], kind: &str) -> Result<Order, Problem> {
    let wrong = |why: String| Problem::Wrong(why);
    if kind.contains("xml") || bytes.trim_ascii_start().starts_with(b"<") {
        return legal::order_xml::parse_xml(bytes).map_err(|error| wrong(error.to_string()));
    }
    Order::parse_json(bytes).map_err(|error| wrong(error.to_string()))
}

/// Accepts an order.
pub async fn take(
    app: &App,
    caller: &Caller,
    from: &From,
    order: Order,
) -> Result<OrderView, Problem> {
    let (own, by, from) = (app.clone(), caller.clone(), from.clone());
    let work = async move { taking::take(&own, &by, &from, order).await };
    let row = filings::alone(app, work).await?;
    view(app, Some(caller), row).await
}

/// The channel of an order that staff submitted.
pub fn channel(caller: &Caller, from: &From, now: Timestamp) -> Channel {
    let by = caller.person().ok();
    let confirmed = from.confirmed.zip(by);
    let confirmed = confirmed.map(|(way, by)| Confirmation { way, by: by.to_owned(), at: now });
    Channel::Typed { confirmed }
}

/// The order with that id.
pub async fn find(app: &App, caller: &Caller, id: &str) -> Result<OrderView, Problem> {
    let row = taking::row(app.core()?, id).await?;
    filings::own(Some(caller), &row)?;
    view(app, Some(caller), row).await
}

async fn view(
    app: &App,
    caller: Option<&Caller>,
    row: store::FilingRow,
) -> Result<OrderView, Problem> {
    let core = app.core()?;
    let kept = StoredOrder::read(&row)?;
    let standing = OrderState::of(core, &kept, &row).await?;
    let (answer, answer_missing) = match standing::answer(app, &kept, &row, &standing) {
        Ok(answer) => (answer, None),
        Err(error) => (None, Some(error.to_string())),
    };
    let answered_at = standing::told_at(&kept, &standing);
    let clocks = standing::clocks(&kept, &row, &standing, (answered_at, app.now()));
    let is_staff = caller.is_some_and(|caller| caller.party().is_none());
    let state = standing::state(&kept, &row, &standing).to_owned();
    let silent_until = standing::silent_until(&kept.order);
    let holds = if is_staff { core.store.holds_of(&row.id).await? } else { Vec::new() };
    let case = standing.case.filter(|_| is_staff).map(|case| case.name().to_string());
    Ok(OrderView {
        id: row.id,
        state,
        authority: Some(row.party).filter(|party| !party.is_empty()),
        trust: kept.trust,
        missing: kept.missing,
        unknown: kept.unknown,
        unseen: kept.unseen,
        duplicate_of: kept.duplicate_of,
        case,
        clocks,
        // The sentence of a decision is addressed to the person affected.
        outcome: standing.outcome.map(|outcome| match is_staff {
            true => outcome,
            false => FilingOutcome { statement: String::new(), ..outcome },
        }),
        confirmed: standing.confirmed,
        answer,
        answer_missing: answer_missing.filter(|_| is_staff),
        answered_at,
        silent_until,
        holds: holds.into_iter().map(HoldView::new).collect(),
        order: kept.order,
    })
}

/// The page of orders that match `which` and that `caller` may see.
pub async fn page(app: &App, caller: &Caller, which: &OrderQuery) -> Result<OrderPage, Problem> {
    let asked = Some(which.authority.clone()).filter(|authority| !authority.is_empty());
    let filter = FilingFilter {
        kind: "order".to_owned(),
        party: caller.party().map(str::to_owned).or(asked),
        before_ms: which.before,
        ..FilingFilter::default()
    };
    let rows = app.core()?.store.filings(&filter, LIMIT).await?;
    let next = rows.last().map(|row| row.received_ms).filter(|_| rows.len() >= LIMIT as usize);
    let mut items = Vec::with_capacity(rows.len());
    for row in rows.into_iter().filter(|row| row.body.is_some()) {
        items.push(view(app, Some(caller), row).await?);
    }
    Ok(OrderPage { items, next })
}

/// Refuses programs, and people who do not do legal work.
pub fn is_legal(caller: &Caller) -> Result<(), Problem> {
    match caller.reviewer()?.works.contains(&review::Work::Legal) {
        true => Ok(()),
        false => Err(Problem::Forbidden(OrdersExecute::NAME)),
    }
}

/// Carries out a step with an order.
pub async fn go_on(app: &App, caller: &Caller, id: &str, step: Step) -> Result<OrderView, Problem> {
    steps::go_on(app, caller, id, step).await?;
    find(app, caller, id).await
}

/// A hold: data that must not be deleted.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = OrderHold)]
pub struct HoldView {
    /// Its id.
    pub id: String,
    /// The data that is kept.
    pub scope: types::EventSelector,
    /// The scope in words; for a single subject, that subject.
    pub what: String,
    /// The reason for the hold.
    pub reason: String,
    /// The id of the order behind it; `null` if there is none.
    pub order: Option<String>,
    /// When it starts.
    pub from: Timestamp,
    /// When it ends; `null`: until it is released.
    pub until: Option<Timestamp>,
    /// When it was released; `null` if it was not.
    pub released_at: Option<Timestamp>,
}

impl HoldView {
    fn new(hold: store::HoldRow) -> Self {
        Self {
            id: hold.id,
            what: hold.scope.to_string(),
            scope: hold.scope,
            reason: hold.reason,
            order: hold.filing,
            from: filings::time(hold.from_ms),
            until: hold.until_ms.map(filings::time),
            released_at: hold.released_ms.map(filings::time),
        }
    }
}

/// The holds in force now.
pub async fn held(app: &App) -> Result<Vec<HoldView>, Problem> {
    let holds = app.core()?.store.holds(app.now().as_millisecond()).await?;
    Ok(holds.into_iter().map(HoldView::new).collect())
}

/// Releases a hold.
pub async fn let_go(app: &App, caller: &Caller, id: &str) -> Result<(), Problem> {
    let core = app.core()?;
    let hold = core.store.hold(id).await?.filter(|hold| hold.released_ms.is_none());
    let mut hold = hold.ok_or(Problem::NotFound("hold"))?;
    hold.released_ms = Some(app.now().as_millisecond());
    let line = filings::line(app, caller, "hold released", format!("hold {id}"));
    Ok(core.door().write(Rows::of([RowChange::from(&hold), line])).await?)
}

/// Whether orders of this kind restrict content.
pub const fn is_about_content(kind: OrderKind) -> bool {
    matches!(kind, OrderKind::Removal | OrderKind::Act)
}
