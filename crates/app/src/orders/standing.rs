//! The state of an order: what the platform confirmed, its clocks, its answer.
//!
//! A verdict on an order is a decision, not yet a measure. The answer to the authority states what
//! the platform confirmed, and when. Until then the clock runs.

use jiff::Timestamp;
use legal::annex::{AnnexError, Answer, Measure, Provider, RemovalResult as Done};
use legal::authority::Channel;
use legal::clock::{Clock, Running};
use legal::order::{Order, OrderKind};
use review::{Case, Finding, Verdict};
use store::FilingRow;
use types::{Decision, Effect};

use crate::filings::{self, FilingOutcome, appeals, time};
use crate::orders::taking::{Confirmed, StoredOrder};
use crate::orders::{ClockView, is_about_content};
use crate::service::problem::Problem;
use crate::service::state::{App, Core};

/// The state of an order.
#[derive(Default)]
pub struct OrderState {
    /// The case in which it is carried out.
    pub case: Option<Case>,
    /// The outcome of that case.
    pub outcome: Option<FilingOutcome>,
    /// The platform's confirmation of the measure, if there is one since the last verdict.
    pub confirmed: Option<Confirmed>,
    /// Whether a later decision restored what the order took away.
    is_reversed: bool,
}

impl OrderState {
    /// The current state of the order of `row`.
    pub async fn of(core: &Core, kept: &StoredOrder, row: &FilingRow) -> Result<Self, Problem> {
        let (case, outcome) = filings::outcome(core, row).await?;
        let closed_ms = case.as_ref().and_then(filings::closed_ms);
        let confirmed = confirmed(kept, closed_ms);
        let is_reversed = match &case {
            Some(case) if kept.annulled_at.is_none() => is_reversed(core, case).await?,
            _ => false,
        };
        Ok(Self { case, outcome, confirmed, is_reversed })
    }

    fn is_carried_out(&self) -> bool {
        self.outcome.as_ref().is_some_and(|outcome| outcome.finding == Finding::Violation)
    }

    /// When the answer became due: the measure was confirmed, or found to be impossible.
    fn known_at(&self, kept: &StoredOrder) -> Option<Timestamp> {
        let hindered = kept.hindrance().map(|hindrance| hindrance.at);
        hindered.or_else(|| self.done_at(kept.order.kind))
    }

    /// When the demand of the order was met: for content when the platform confirmed it, for
    /// information when legal said so.
    fn done_at(&self, kind: OrderKind) -> Option<Timestamp> {
        let outcome = self.outcome.as_ref().filter(|_| self.is_carried_out())?;
        match (kind, &self.confirmed) {
            (OrderKind::Inform | OrderKind::Retention, _) => Some(outcome.decided_at),
            (_, confirmed) => confirmed.as_ref().map(|confirmed| confirmed.at),
        }
    }
}

/// The confirmation of the measure of the verdict that was given at `closed_ms`: that of another
/// verdict confirms nothing.
pub(crate) fn confirmed(kept: &StoredOrder, closed_ms: Option<i64>) -> Option<Confirmed> {
    let confirmed = kept.confirmed.clone();
    let confirmed = confirmed.filter(|confirmed| Some(confirmed.closed_ms) == closed_ms);
    confirmed.or_else(|| unrecorded(kept, closed_ms))
}

/// The confirmation of an order that an earlier build decided. That build stored none, and answered
/// with the time of the decision.
fn unrecorded(kept: &StoredOrder, closed_ms: Option<i64>) -> Option<Confirmed> {
    let closed_ms = closed_ms.filter(|_| kept.channel.is_none())?;
    let by = "not recorded by an earlier build".to_owned();
    Some(Confirmed { closed_ms, at: time(closed_ms), by, note: String::new() })
}

/// Whether a later decision restored what the verdict on `case` took away.
async fn is_reversed(core: &Core, case: &Case) -> Result<bool, Problem> {
    let has_taken = case.verdict.as_ref().is_some_and(|v| v.finding == Finding::Violation);
    let verdicts = case.members.iter().filter_map(|member| member.verdict.as_ref());
    for id in verdicts.filter(|_| has_taken) {
        let Some(decision) = decision(core, id).await? else { continue };
        let (now, _) = appeals::in_force(core, decision).await?;
        let restricts = now.effects.iter().any(|effect| effect.restricts());
        if now.id.0 != *id && !restricts {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The decision with that id; `None` if there is none or it was erased.
pub async fn decision(core: &Core, id: &str) -> Result<Option<Decision>, Problem> {
    let row = core.store.decision(id).await?.pop();
    Ok(row.and_then(|row| row.decision).and_then(|bytes| serde_json::from_slice(&bytes).ok()))
}

/// The clock within which an order must be carried out.
pub fn running(order: &Order, received: Timestamp) -> Option<Running> {
    let stated = order.deadline.at();
    match order.kind {
        OrderKind::Removal => Some(Running::start(Clock::Removal1h, received)),
        OrderKind::Act => Some(Running::start_by(Clock::OrderToAct, received, stated)),
        OrderKind::Inform => Some(Running::start_by(Clock::OrderToInform, received, stated)),
        OrderKind::Retention => None,
    }
}

/// All clocks of an order; `told` is when the authority received its answer.
pub fn clocks(
    kept: &StoredOrder,
    row: &FilingRow,
    standing: &OrderState,
    (told, now): (Option<Timestamp>, Timestamp),
) -> Vec<ClockView> {
    let (order, received) = (&kept.order, time(row.received_ms));
    if matches!(row.state.as_str(), "duplicate" | "forged") {
        return Vec::new();
    }
    let done = standing.done_at(order.kind);
    let met = |clock: Running, at: Option<Timestamp>| match at {
        Some(at) => clock.meet(at),
        None => clock,
    };
    let mut all: Vec<Running> = Vec::new();
    if let Some(mut main) = running(order, received) {
        for hindrance in &kept.hindrances {
            main = main.suspend(hindrance.at, hindrance.ground).unwrap_or(main);
            if let Some(at) = hindrance.resumed_at {
                main = main.resume(at).unwrap_or(main);
            }
        }
        // Orders to act and to inform also require that the authority is informed.
        let is_removal = order.kind == OrderKind::Removal;
        all.push(met(main, if is_removal { done } else { told.and(done) }));
    }
    if order.kind == OrderKind::Removal {
        match kept.hindrance() {
            Some(hindrance) => {
                all.push(met(Running::start(Clock::Impossibility, hindrance.at), told));
            }
            None => all.push(met(Running::start(Clock::Feedback, received), told)),
        }
        all.extend(done.map(|at| Running::start(Clock::Preservation6Months, at)));
        if order.other_member_state {
            let scrutiny = Running::start(Clock::CrossBorderScrutinyRequest48h, received);
            all.push(met(scrutiny, kept.scrutiny_at));
        }
        if let Some(at) = kept.scrutiny_at {
            all.push(met(Running::start(Clock::AuthorityDecision72h, at), kept.annulled_at));
        }
    }
    if order.secrecy.refrain_from_informing {
        all.push(Running::start_by(Clock::Confidentiality6Weeks, received, silent_until(order)));
    }
    all.iter().map(|clock| clock_view(clock, now)).collect()
}

fn clock_view(running: &Running, now: Timestamp) -> ClockView {
    ClockView {
        clock: running.clock,
        article: running.clock.article(),
        sentence: running.clock.sentence(),
        from: running.from,
        due: running.due,
        met_at: running.met_at,
        state: running.state(now),
    }
}

/// Until when the person affected must not be notified: six weeks at most (Art. 11(3)). `None` if
/// they may be.
pub fn silent_until(order: &Order) -> Option<Timestamp> {
    let secrecy = &order.secrecy;
    let received = order.received_at.unwrap_or_default();
    let most = Clock::Confidentiality6Weeks.due(received);
    let told = secrecy.until.end();
    secrecy.refrain_from_informing.then(|| [told, most].into_iter().flatten().min()).flatten()
}

/// The state of an order, in one word.
pub fn state(kept: &StoredOrder, row: &FilingRow, standing: &OrderState) -> &'static str {
    match row.state.as_str() {
        "duplicate" => "duplicate",
        "forged" => "forged",
        _ if kept.annulled_at.is_some() => "annulled",
        _ if kept.hindrance().is_some() => "impossible",
        _ if standing.is_reversed => "reversed",
        _ if standing.done_at(kept.order.kind).is_some() => "executed",
        _ if standing.is_carried_out() => "unconfirmed",
        _ if standing.outcome.is_some() => "impossible",
        _ => "open",
    }
}

/// Annex II or III; `None` until there is something to answer, and an error if the annex would be
/// incomplete.
pub fn answer(
    app: &App,
    kept: &StoredOrder,
    row: &FilingRow,
    standing: &OrderState,
) -> Result<Option<Answer>, AnnexError> {
    if kept.order.kind != OrderKind::Removal {
        return Ok(None);
    }
    let done = match (kept.hindrance(), measure(standing), &standing.confirmed) {
        (Some(hindrance), ..) => Done::Impossible {
            ground: hindrance.ground,
            reasons: hindrance.reasons.clone(),
            clarification: hindrance.clarification.clone(),
        },
        (None, Some(Measure::ContentRemoved), Some(confirmed)) => {
            Done::Removed { at: Some(confirmed.at) }
        }
        (None, Some(Measure::AccessDisabledInAllMemberStates), Some(confirmed)) => {
            Done::Disabled { at: Some(confirmed.at) }
        }
        _ => return Ok(None),
    };
    let mut answer = annex(app, kept, row, &done)?;
    if let Answer::Feedback(feedback) = &mut answer {
        let is_here = |url: &&String| !kept.unknown.contains(url);
        feedback.b.urls = kept.order.urls.iter().filter(is_here).cloned().collect();
        feedback.b.not_found.clone_from(&kept.unknown);
    }
    Ok(Some(answer))
}

/// The annex, dated when it became due, so that it is the same whenever it is read.
fn annex(
    app: &App,
    kept: &StoredOrder,
    row: &FilingRow,
    done: &Done,
) -> Result<Answer, AnnexError> {
    let provider: &Provider = &app.settings.casework.provider;
    let at = match done {
        Done::Removed { at } | Done::Disabled { at } => *at,
        Done::Impossible { .. } => kept.hindrance().map(|hindrance| hindrance.at),
    };
    legal::annex::answer(&kept.order, provider, &row.id, done, at.unwrap_or_else(|| app.now()))
}

/// The measure of Annex II that corresponds to the verdict.
fn measure(standing: &OrderState) -> Option<Measure> {
    let outcome = standing.outcome.as_ref().filter(|_| standing.is_carried_out())?;
    Measure::of(&outcome.effects)
}

/// When the authority received the current answer; `None` if it received another one, or none.
pub fn told_at(kept: &StoredOrder, standing: &OrderState) -> Option<Timestamp> {
    let known = standing.known_at(kept)?;
    // Earlier builds stored no such time.
    let told = kept.answered_at.or_else(|| kept.channel.is_none().then_some(known));
    // Anything sent before that was another answer.
    told.filter(|at| *at >= known)
}

/// Records that the authority has its answer, if there is one and the authority has a channel of
/// its own, on which it can read the answer from now on.
pub fn tell(app: &App, kept: &mut StoredOrder, row: &FilingRow, standing: &OrderState) {
    let is_own_channel = matches!(kept.channel, Some(Channel::Api { .. }));
    if !is_own_channel || told_at(kept, standing).is_some() {
        return;
    }
    let has_answer = match kept.order.kind {
        OrderKind::Removal => matches!(answer(app, kept, row, standing), Ok(Some(_))),
        OrderKind::Act => standing.known_at(kept).is_some(),
        // The requested information is handed over by people.
        OrderKind::Inform | OrderKind::Retention => false,
    };
    if has_answer {
        kept.answered_at = Some(app.now());
    }
}

/// Refuses an incomplete Annex III.
pub fn check_annex(app: &App, kept: &StoredOrder, row: &FilingRow) -> Result<(), Problem> {
    let Some(hindrance) = kept.hindrance() else { return Ok(()) };
    if kept.order.kind != OrderKind::Removal {
        return match hindrance.reasons.trim() {
            "" => Err(Problem::Wrong("write why it cannot be carried out".to_owned())),
            _ => Ok(()),
        };
    }
    let done = Done::Impossible {
        ground: hindrance.ground,
        reasons: hindrance.reasons.clone(),
        clarification: hindrance.clarification.clone(),
    };
    annex(app, kept, row, &done).map(drop).map_err(|error| Problem::Wrong(error.to_string()))
}

/// Refuses a verdict on the case of an order that does not do what the order demands, or that would
/// close it without an answer.
pub async fn check_verdict(core: &Core, case: &Case, verdict: &Verdict) -> Result<(), Problem> {
    let kept = StoredOrder::read(&crate::orders::taking::row_of(core, case).await?)?;
    let wrong = |why: &str| Err(Problem::Wrong(why.to_owned()));
    if verdict.finding == Finding::NoViolation {
        return match kept.hindrance() {
            Some(_) => Ok(()),
            None => wrong(
                "an order is carried out or answered: say on its page why it cannot be carried out",
            ),
        };
    }
    let kind = kept.order.kind;
    if kept.order.authority.name.trim().is_empty() {
        return wrong("the order names no authority; answer that it cannot be carried out");
    }
    let is_here = |subject: &types::Subject| matches!(subject.kind(), "content" | "account");
    if is_about_content(kind) && !case.members.iter().any(|member| is_here(&member.subject)) {
        return wrong("the order names nothing on this service; answer that with Annex III");
    }
    let effects = &verdict.effects;
    if kind == OrderKind::Removal && Measure::of(effects).is_none() {
        return wrong(
            "a removal order is carried out by `remove`, or by `disable` in all member states of \
             the Union; if neither is possible, answer it with Annex III",
        );
    }
    let acts = |text: &String| text.parse().is_ok_and(|e: Effect| e.restricts());
    match kind == OrderKind::Act && !effects.iter().any(acts) {
        true => wrong("an order to act is given effect by an effect on what it names; choose one"),
        false => Ok(()),
    }
}
