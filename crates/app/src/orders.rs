//! Orders of authorities, with their clocks and answers.

pub mod checks;
pub mod confirming;
pub mod standing;
pub mod steps;
pub mod taking;

use casework::annex::Answer;
use casework::authority::{Channel, Confirmation, Trust, Way};
use casework::clock::{Clock, ClockState, Ground};
use casework::order::{Missing, Order, OrderKind};
use engine::Rows;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{FilingFilter, RowChange};
use utoipa::{IntoParams, ToSchema};

use crate::access::caller::Caller;
use crate::access::permission::{OrdersExecute, Permit as _};
use crate::filings::{self, Outcome};
use crate::orders::standing::Standing;
use crate::orders::taking::{Confirmed, Kept};
use crate::service::problem::Problem;
use crate::service::state::App;

/// Orders of a page.
const LIMIT: u32 = 200;

/// An order, as it stands.
#[derive(Serialize, ToSchema)]
pub struct OrderView {
    /// Its id here.
    pub id: String,
    /// `open`; `unconfirmed`: decided, but the platform has not confirmed the measure; `executed`;
    /// `impossible`; `reversed`: given back after a complaint; `annulled`, `duplicate` or `forged`.
    pub state: String,
    /// The order.
    pub order: Order,
    /// The authority, as it is registered.
    pub authority: Option<String>,
    /// Whether it comes from the authority that it names.
    pub trust: Trust,
    /// What it lacks.
    pub missing: Vec<Missing>,
    /// Addresses that do not exist here.
    pub unknown: Vec<String>,
    /// Addresses here of which no event was ever seen.
    pub unseen: Vec<String>,
    /// The order that it repeats.
    pub duplicate_of: Option<String>,
    /// The case that deals with it.
    pub case: Option<String>,
    /// Its clocks.
    pub clocks: Vec<ClockView>,
    /// What was done.
    pub outcome: Option<Outcome>,
    /// When and by whom the measure was confirmed.
    pub confirmed: Option<Confirmed>,
    /// Annex II or III of Regulation (EU) 2021/784, once there is one.
    pub answer: Option<Answer>,
    /// Why there is no answer although one is due.
    pub answer_missing: Option<String>,
    /// When the authority had it.
    pub answered_at: Option<Timestamp>,
    /// Until when the person affected must not be told.
    pub silent_until: Option<Timestamp>,
    /// What is held because of it.
    pub holds: Vec<HoldView>,
}

/// A clock of an order.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ClockView {
    /// Which one.
    pub clock: Clock,
    /// Where it stands in the law.
    pub article: &'static str,
    /// What it asks.
    pub sentence: &'static str,
    /// From when it runs.
    pub from: Timestamp,
    /// Until when, if there is a fixed hour.
    pub due: Option<Timestamp>,
    /// When what it asks was done.
    pub met_at: Option<Timestamp>,
    /// How it stands.
    pub state: ClockState,
}

/// A page of orders, the newest first.
#[derive(Serialize, ToSchema)]
pub struct OrderPage {
    /// The orders.
    pub items: Vec<OrderView>,
    /// Milliseconds since 1970 to go on before; nothing if there is no more.
    pub next: Option<i64>,
}

/// Which orders.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// The authority; authorities see their own only.
    pub authority: String,
    /// Only those received before, in milliseconds since 1970.
    pub before: Option<i64>,
}

/// How an order came, where staff types it in or hands in a file.
#[derive(Clone, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct From {
    /// The registered authority that it comes from; not needed from an authority itself.
    pub authority: String,
    /// How staff made sure that it is real.
    pub confirmed: Option<Way>,
}

/// What is done with an order, besides carrying it out, which is done with its case.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = OrderStep)]
pub enum Step {
    /// It cannot be carried out: Annex III is produced, and the hour stands still.
    Impossible {
        /// Why.
        ground: Ground,
        /// Further information on why.
        reasons: String,
        /// The errors, and what must be clarified.
        #[serde(default)]
        clarification: String,
    },
    /// What stood in the way is gone: the hour runs again, in a new case.
    Clarified,
    /// Somebody made sure that it is real, after it was taken.
    Confirm {
        /// By which way.
        way: Way,
        /// The registered authority that it comes from, if the order was taken without one.
        #[serde(default)]
        authority: String,
    },
    /// The platform confirmed that the measure was taken; where messages to receivers cannot tell.
    Done {
        /// When it was taken; now if that is not said.
        #[serde(default)]
        at: Option<Timestamp>,
        /// How that is known.
        #[serde(default)]
        note: String,
    },
    /// The answer was sent to the authority.
    Answered {
        /// How.
        #[serde(default)]
        note: String,
    },
    /// The host authority was asked to scrutinise it (Art. 4(4) Regulation (EU) 2021/784).
    Scrutiny,
    /// It has no effect any more: what it took away is given back at once (Art. 4(7)).
    Annul {
        /// By whose finding.
        note: String,
    },
    /// Silence is over: the person affected is told.
    Inform,
    /// What the words of a retention order mean: all of it is held from now on.
    Hold {
        /// What to keep.
        scope: casework::order::Scope,
    },
}

/// Reads an order in one of its forms.
pub fn read(bytes: &[u8], kind: &str) -> Result<Order, Problem> {
    let wrong = |why: String| Problem::Wrong(why);
    if kind.contains("xml") || bytes.trim_ascii_start().starts_with(b"<") {
        return casework::order_xml::parse_xml(bytes).map_err(|error| wrong(error.to_string()));
    }
    Order::parse_json(bytes).map_err(|error| wrong(error.to_string()))
}

/// Takes an order.
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

/// The channel by which staff handed in an order.
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
    let kept = Kept::read(&row)?;
    let standing = Standing::of(core, &kept, &row).await?;
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
        // The sentence of a decision speaks to the person affected.
        outcome: standing.outcome.map(|outcome| match is_staff {
            true => outcome,
            false => Outcome { statement: String::new(), ..outcome },
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

/// The page that is asked for.
pub async fn page(app: &App, caller: &Caller, which: &Which) -> Result<OrderPage, Problem> {
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

/// Refuses programs, and people whose work that is not.
pub fn is_legal(caller: &Caller) -> Result<(), Problem> {
    match caller.reviewer()?.works.contains(&casework::Work::Legal) {
        true => Ok(()),
        false => Err(Problem::Forbidden(OrdersExecute::NAME)),
    }
}

/// Does a step with an order.
pub async fn go_on(app: &App, caller: &Caller, id: &str, step: Step) -> Result<OrderView, Problem> {
    steps::go_on(app, caller, id, step).await?;
    find(app, caller, id).await
}

/// What must not be deleted.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = OrderHold)]
pub struct HoldView {
    /// Its id.
    pub id: String,
    /// What is kept.
    pub scope: types::Described,
    /// The same in words; for one subject, that subject.
    pub what: String,
    /// Why.
    pub reason: String,
    /// The order behind it.
    pub order: Option<String>,
    /// Since when.
    pub from: Timestamp,
    /// Until when; nothing means until it is released.
    pub until: Option<Timestamp>,
    /// When it was released.
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

/// What is held now.
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

/// Whether an order takes content away.
pub const fn is_about_content(kind: OrderKind) -> bool {
    matches!(kind, OrderKind::Removal | OrderKind::Act)
}
