//! Accepts orders: checks them, stores them, opens their cases and carries them out.

use engine::{Lodged, Rows};
use jiff::Timestamp;
use legal::authority::{Authority, Channel, Trust, first_contact, verify};
use legal::clock::{Clock, Ground};
use legal::order::{self, Missing, Order, OrderKind};
use review::{AUTOMATIC, Case, Command, Filing, Finding, Request, Reviewer, Verdict, Work};
use serde::{Deserialize, Serialize};
use store::{FilingFilter, FilingRow, HoldRow, RowChange};
use types::{Data, EventSelector, EventType, Subject, data};

use crate::access::caller::Caller;
use crate::filings;
use crate::filings::overdue;
use crate::filings::parties::{self, Party};
use crate::orders::checks::{check_times, nowhere, unseen};
use crate::orders::standing::{self, OrderState, running};
use crate::orders::{From, channel, is_about_content};
use crate::service::problem::Problem;
use crate::service::state::{App, Core};

/// The stored form of an order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StoredOrder {
    /// The order as it was received.
    pub order: Order,
    /// Whether it comes from the authority that it names.
    pub trust: Trust,
    /// The requirements of the law that it does not meet.
    pub missing: Vec<Missing>,
    /// Addresses that name nothing on this service.
    #[serde(default)]
    pub unknown: Vec<String>,
    /// The order that it repeats.
    #[serde(default)]
    pub duplicate_of: Option<String>,
    /// Why it could not be carried out, and until when.
    #[serde(default)]
    pub hindrances: Vec<Hindrance>,
    /// When the host authority was asked to scrutinise it.
    #[serde(default)]
    pub scrutiny_at: Option<Timestamp>,
    /// When it was annulled.
    #[serde(default)]
    pub annulled_at: Option<Timestamp>,
    /// When the person affected was notified after the secrecy.
    #[serde(default)]
    pub informed_at: Option<Timestamp>,
    /// How it was received; `None` in orders stored by earlier builds.
    #[serde(default)]
    pub channel: Option<Channel>,
    /// Addresses on this service for which no event was ever seen.
    #[serde(default)]
    pub unseen: Vec<String>,
    /// The platform's confirmation of the measure.
    #[serde(default)]
    pub confirmed: Option<Confirmed>,
    /// When legal sent the answer to the authority, or when it was ready on the authority's
    /// channel.
    #[serde(default)]
    pub answered_at: Option<Timestamp>,
    /// How the answer was sent.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub answered_how: String,
}

/// The platform's confirmation of the measure that a verdict decided.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = OrderConfirmation)]
pub struct Confirmed {
    /// The time of that verdict, in milliseconds since 1970; a later verdict needs a new
    /// confirmation.
    #[serde(default)]
    pub closed_ms: i64,
    /// When the measure was taken, as stated by hand, or when its confirmation by the receivers was
    /// seen.
    pub at: Timestamp,
    /// The receivers that accepted the message, or the person who confirmed the measure by hand.
    pub by: String,
    /// How this is known, if a person confirmed it by hand; absent if empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// An obstacle to carrying out an order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Hindrance {
    /// The ground in the law.
    pub ground: Ground,
    /// Further information on the ground.
    pub reasons: String,
    /// What must be clarified.
    pub clarification: String,
    /// When it was found.
    pub at: Timestamp,
    /// When the clock was restarted; `None` while the obstacle exists.
    pub resumed_at: Option<Timestamp>,
}

impl StoredOrder {
    /// Reads the order stored in `row`.
    pub fn read(row: &FilingRow) -> Result<Self, Problem> {
        let body = row.body.as_deref().ok_or(Problem::NotFound("order"))?;
        serde_json::from_str(body)
            .map_err(|error| Problem::Internal(format!("order {}: {error}", row.id)))
    }

    /// The stored form, as JSON.
    pub fn write(&self) -> Result<String, Problem> {
        serde_json::to_string(self).map_err(|error| Problem::Internal(error.to_string()))
    }

    /// The current obstacle, if there is one.
    pub fn hindrance(&self) -> Option<&Hindrance> {
        self.hindrances.last().filter(|hindrance| hindrance.resumed_at.is_none())
    }
}

/// The order with that id.
pub async fn row(core: &Core, id: &str) -> Result<FilingRow, Problem> {
    let row = core.store.filing(id).await?.filter(|row| row.kind == "order");
    row.ok_or(Problem::NotFound("order"))
}

/// The stored order that `case` deals with.
pub async fn row_of(core: &Core, case: &Case) -> Result<FilingRow, Problem> {
    let rows = core.store.filings_of_case(case.id).await?;
    let found = rows.into_iter().find(|row| row.kind == "order" && row.body.is_some());
    found.ok_or(Problem::NotFound("order"))
}

/// Accepts an order: checks whether it is real, complete and new, opens its case, and carries it
/// out at once where that is configured.
pub async fn take(
    app: &App,
    caller: &Caller,
    from: &From,
    order: Order,
) -> Result<FilingRow, Problem> {
    let core = app.core()?;
    if from.confirmed.is_some() {
        caller.person()?;
    }
    let authority = authority(core, caller, from).await?;
    let (trust, claimed, channel) = match &authority {
        Some(authority) => {
            let (claimed, channel) = claim(authority, caller, from, app.now());
            (verify(&order, &claimed, &channel), Some(claimed), channel)
        }
        None => {
            let reason = "it names no registered authority; register it, or name it".to_owned();
            (Trust::Unverified { reason }, None, Channel::Typed { confirmed: None })
        }
    };
    check_times(&order)?;
    let party = claimed.as_ref().map(|authority| authority.id.clone()).unwrap_or_default();
    let missing = lacks(app, core, &order, claimed.as_ref()).await?;
    let subjects: Vec<(String, Option<Subject>)> =
        order.urls.iter().map(|url| (url.clone(), filings::subject(app, url))).collect();
    let unknown = subjects.iter().filter(|(_, s)| s.is_none()).map(|(url, _)| url.clone());
    let kept = StoredOrder {
        trust,
        missing,
        unknown: unknown.collect(),
        unseen: unseen(core, &subjects).await?,
        channel: Some(channel),
        confirmed: None,
        answered_at: None,
        answered_how: String::new(),
        duplicate_of: None,
        hindrances: Vec::new(),
        scrutiny_at: None,
        annulled_at: None,
        informed_at: None,
        order,
    };
    let row = FilingRow {
        id: filings::new_id(app, 'o'),
        kind: "order".to_owned(),
        party,
        reference: kept.order.reference.clone(),
        fingerprint: kept.order.fingerprint(),
        received_ms: kept.order.received_at.unwrap_or_default().as_millisecond(),
        state: "open".to_owned(),
        ..FilingRow::default()
    };
    if let Trust::Forged { reason } = &kept.trust {
        let reason = reason.clone();
        let row = FilingRow { state: "forged".to_owned(), body: Some(kept.write()?), ..row };
        let line = filings::line(app, caller, "forged order refused", format!("order {}", row.id));
        core.door().write(Rows::of([RowChange::from(&row), line])).await?;
        return Err(Problem::NotYours(format!("the order was not taken: {reason}")));
    }
    let found = subjects.into_iter().filter_map(|(_, subject)| subject).collect();
    settle(app, claimed.as_ref(), (row, kept), found).await
}

/// Processes an order that may be real.
async fn settle(
    app: &App,
    authority: Option<&Authority>,
    (row, mut kept): (FilingRow, StoredOrder),
    subjects: Vec<Subject>,
) -> Result<FilingRow, Problem> {
    let core = app.core()?;
    let id = row.id.clone();
    let first = core.store.same_filing("order", &row.fingerprint).await?;
    if let Some(first) = first.filter(|first| repeats(&kept, first)) {
        kept.duplicate_of = Some(first.id);
        let (state, body) = ("duplicate".to_owned(), Some(kept.write()?));
        core.door().write(Rows::of([RowChange::from(&FilingRow { state, body, ..row })])).await?;
        return self::row(core, &id).await;
    }
    if is_about_content(kept.order.kind)
        && subjects.is_empty()
        && authority.is_some()
        && let Some(hindrance) = nowhere(app, &row, &kept)
    {
        // Annex III, not silence.
        kept.hindrances.push(hindrance);
        standing::tell(app, &mut kept, &row, &OrderState::default());
        let (state, body) = ("impossible".to_owned(), Some(kept.write()?));
        core.door().write(Rows::of([RowChange::from(&FilingRow { state, body, ..row })])).await?;
        return self::row(core, &id).await;
    }
    let is_automatic = authority.is_some_and(|authority| authority.is_automatic(&kept.trust))
        && is_about_content(kept.order.kind)
        && kept.unknown.is_empty()
        && kept.unseen.is_empty()
        && kept.missing.iter().all(|missing| missing.ground.is_none());
    let then = if is_automatic { carry_out(app, &kept.order) } else { Vec::new() };
    let row =
        lodge(app, (&id, row), &kept, (subjects, Lodged { then, ..Lodged::default() })).await?;
    if is_automatic {
        app.watch(&row.id);
    }
    Ok(row)
}

/// Whether an order repeats `first`: it has a number, `first` was not sent back, and `first` is not
/// less trustworthy.
fn repeats(kept: &StoredOrder, first: &FilingRow) -> bool {
    let Ok(known) = StoredOrder::read(first) else { return false };
    let is_sent_back = first.state == "impossible" || known.hindrance().is_some();
    let is_upgraded = kept.trust == Trust::Verified && known.trust != Trust::Verified;
    !kept.order.reference.trim().is_empty() && !is_sent_back && !is_upgraded
}

/// The authority from which an order is said to come.
async fn authority(
    core: &Core,
    caller: &Caller,
    from: &From,
) -> Result<Option<Authority>, Problem> {
    let told = Some(from.authority.as_str()).filter(|id| !id.is_empty());
    match caller.party().or(told) {
        Some(id) => registered(core, id).await.map(Some),
        None => Ok(None),
    }
}

/// The authority with that id in the register.
pub async fn registered(core: &Core, id: &str) -> Result<Authority, Problem> {
    match parties::find(core, id).await? {
        Some(Party::Authority { authority }) => Ok(authority),
        _ => Err(Problem::Wrong(format!("there is no authority `{id}` in the register"))),
    }
}

/// The channel by which an order came. What a party sends with its own key or session came by its
/// own channel; if the register names a key, it must be that one.
fn claim(
    authority: &Authority,
    caller: &Caller,
    from: &From,
    now: Timestamp,
) -> (Authority, Channel) {
    let mut claimed = authority.clone();
    if caller.party().is_none() {
        return (claimed, channel(caller, from, now));
    }
    let key_id = match caller {
        Caller::Key { id, .. } => id.clone(),
        Caller::Staff { .. } => "session".to_owned(),
    };
    claimed.key_id.get_or_insert_with(|| key_id.clone());
    (claimed, Channel::Api { key_id })
}

/// The requirements that an order does not meet.
async fn lacks(
    app: &App,
    core: &Core,
    order: &Order,
    authority: Option<&Authority>,
) -> Result<Vec<Missing>, Problem> {
    let mut missing = order.missing();
    missing.extend(order.foreign(&app.settings.casework.languages));
    if let Some(authority) = authority {
        let filter = FilingFilter {
            kind: "order".to_owned(),
            party: Some(authority.id.clone()),
            ..FilingFilter::default()
        };
        let has_ordered = !core.store.filings(&filter, 1).await?.is_empty();
        missing.extend(first_contact(order, authority, has_ordered));
    }
    Ok(missing)
}

/// Submits the event of an order with its case, its holds and the contents of `lodged`. `event`
/// distinguishes it from earlier events about the same order.
pub async fn lodge(
    app: &App,
    (event, mut row): (&str, FilingRow),
    kept: &StoredOrder,
    (subjects, mut lodged): (Vec<Subject>, Lodged),
) -> Result<FilingRow, Problem> {
    let order = &kept.order;
    let scope = &order.scope;
    let accounts = order.recipients.iter().chain(&scope.accounts);
    let accounts = accounts.map(|id| account(app, id));
    let contents = scope.contents.iter().map(|id| Subject::new("content", id));
    let all: Vec<Subject> = subjects.into_iter().chain(accounts).chain(contents).collect();
    let mut members = filings::members(app.core()?, &all).await?;
    if is_about_content(order.kind) {
        members = filings::over(app.core()?, members).await?;
    }
    let subject = all.first().cloned().unwrap_or_else(|| Subject::new("order", &row.id));
    let received = order.received_at.unwrap_or_default();
    let due = running(order, received).and_then(|clock| clock.due);
    row.subject = Some(subject.0.clone());
    row.due_ms = due.map(Timestamp::as_millisecond);
    row.body = Some(kept.write()?);
    lodged.beside.extend(holds((event, &row), kept, &all)?.iter().map(RowChange::from));
    let told = data::Order {
        id: row.id.clone(),
        kind: name(order.kind).to_owned(),
        authority: Some(order.authority.name.clone()).filter(|name| !name.is_empty()),
        country: Some(order.issuing_member_state.clone()).filter(|state| !state.is_empty()),
        reference: Some(order.reference.clone()).filter(|reference| !reference.is_empty()),
    };
    let data = Data { order: Some(Box::new(told)), ..Data::default() };
    lodged.filing = Filing {
        id: row.id.clone(),
        due_ms: row.due_ms,
        members,
        is_silent: standing::silent_until(order).is_some_and(|until| until > app.now()),
        policy: Some(types::ORDERED.to_owned()),
        ..Filing::default()
    };
    let id = row.id.clone();
    lodged.row = row;
    let filed = filings::event(app, (EventType::OrderReceived, event, &subject), data, lodged);
    filings::lodge(app, vec![filed.await?]).await?;
    let row = self::row(app.core()?, &id).await?;
    overdue::enter(app, &row).await?;
    Ok(row)
}

/// The account that an order names by its id or by its address on the platform.
fn account(app: &App, told: &str) -> Subject {
    let found = filings::subject(app, told).filter(|subject| subject.kind() == "account");
    found.unwrap_or_else(|| Subject::new("account", told))
}

/// The name of a kind of order, as events carry it.
const fn name(kind: OrderKind) -> &'static str {
    match kind {
        OrderKind::Removal => "removal",
        OrderKind::Act => "act",
        OrderKind::Inform => "inform",
        OrderKind::Retention => "retention",
    }
}

/// The holds of an order: on removed content and related data for six months (Art. 6 Regulation
/// (EU) 2021/784), or on what a retention order describes.
fn holds(
    (event, row): (&str, &FilingRow),
    kept: &StoredOrder,
    all: &[Subject],
) -> Result<Vec<HoldRow>, Problem> {
    let order = &kept.order;
    let is_verified = kept.trust == Trust::Verified;
    let about = |subject: &Subject| EventSelector::about(subject.clone());
    let scopes: Vec<EventSelector> = match order.kind {
        OrderKind::Removal => all.iter().map(about).collect(),
        OrderKind::Retention => {
            let bare =
                order::Scope { accounts: Vec::new(), contents: Vec::new(), ..order.scope.clone() };
            let described = bare.described(all).map_err(Problem::Wrong)?;
            // Only names: one hold each, so that each can be released by itself.
            let is_bare = |described: &EventSelector| {
                *described == EventSelector { subjects: all.to_vec(), ..EventSelector::default() }
            };
            // A scope without names may cover nearly everything. A human reviews it before it is
            // held, unless the authority is verified.
            match described.filter(|_| is_verified || !all.is_empty()) {
                Some(described) if is_bare(&described) => all.iter().map(about).collect(),
                described => described.into_iter().collect(),
            }
        }
        OrderKind::Act | OrderKind::Inform => Vec::new(),
    };
    let from = order.received_at.unwrap_or_default();
    let hold = |(at, scope)| hold_row(row, order, (format!("{event}-{at}"), from), scope);
    Ok(scopes.into_iter().enumerate().map(hold).collect())
}

/// A hold because of an order, from a given time on.
fn hold_row(
    row: &FilingRow,
    order: &Order,
    (id, from): (String, Timestamp),
    scope: EventSelector,
) -> HoldRow {
    let received = order.received_at.unwrap_or_default();
    let (until, reason) = match order.kind {
        OrderKind::Removal => (
            Clock::Preservation6Months.due(received),
            "preserved for six months after a removal order",
        ),
        _ => (order.keep_until.end(), "a retention order"),
    };
    HoldRow {
        id,
        scope,
        reason: reason.to_owned(),
        filing: Some(row.id.clone()),
        from_ms: from.as_millisecond(),
        until_ms: until.map(Timestamp::as_millisecond),
        released_ms: None,
    }
}

/// The hold on what, according to staff, the words of a retention order mean.
pub fn hold(
    app: &App,
    (row, state): (&FilingRow, &str),
    kept: &StoredOrder,
    scope: &order::Scope,
) -> Result<HoldRow, Problem> {
    if kept.order.kind != OrderKind::Retention || matches!(state, "duplicate" | "forged") {
        let why = "only retention orders that stand hold what somebody describes".to_owned();
        return Err(Problem::Case("wrong_state", why));
    }
    let described = scope.described(&[]).map_err(Problem::Wrong)?;
    let described = described.ok_or_else(|| {
        Problem::Wrong("say what to keep: at least one account, content, type, word or time".into())
    })?;
    let id = format!("{}-{}", row.id, hex::encode(app.bytes::<4>()));
    Ok(hold_row(row, &kept.order, (id, app.now()), described))
}

/// The effects that an order demands, one word each, limited to its territory.
pub fn effects(order: &Order) -> Vec<String> {
    let preserve = "preserve".to_owned();
    match order.kind {
        OrderKind::Removal => vec!["remove".to_owned(), preserve],
        OrderKind::Act => {
            let mut countries = order.territory.clone();
            if countries.is_empty() {
                countries.push(order.issuing_member_state.clone());
            }
            vec![format!("disable:{}", countries.join(",")), preserve]
        }
        OrderKind::Inform | OrderKind::Retention => vec![preserve],
    }
}

/// The requests that carry out an order without a human, since its authority is verified and
/// trusted with that.
fn carry_out(app: &App, order: &Order) -> Vec<Request> {
    let reviewer = Reviewer {
        name: AUTOMATIC.to_owned(),
        works: vec![Work::Legal],
        is_lead: true,
        ..Reviewer::default()
    };
    let verdict = Verdict {
        finding: Finding::Violation,
        policy: types::ORDERED.to_owned(),
        effects: effects(order),
        note: "carried out automatically: the authority is verified".to_owned(),
        ..Verdict::default()
    };
    let now_ms = app.now().as_millisecond();
    let request = |command| Request { case: None, reviewer: reviewer.clone(), command, now_ms };
    [Command::Claim, Command::Close { verdict }].map(request).into()
}
