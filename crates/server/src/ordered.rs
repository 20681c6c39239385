//! How an order stands: its clocks, its answer, and the steps that people take with it.

use casework::annex::{Answer, Outcome as Done, Provider};
use casework::clock::{Clock, Running};
use casework::order::{Order, OrderKind};
use casework::{Case, CaseId, Command, Finding, Verdict};
use jiff::Timestamp;
use store::FilingRow;

use crate::api::appeals;
use crate::api::orders::{ClockView, Step};
use crate::app::{App, Core};
use crate::desk;
use crate::filing::{self, Outcome, time};
use crate::ordering::{self, Hindrance, Kept, lodge, row};
use crate::principal::Caller;
use crate::problem::Problem;

/// The clock of an order within which it is carried out.
pub(crate) fn running(order: &Order, received: Timestamp) -> Option<Running> {
    let stated = order.deadline.at();
    match order.kind {
        OrderKind::Removal => Some(Running::start(Clock::Removal1h, received)),
        OrderKind::Act => Some(Running::start_by(Clock::OrderToAct, received, stated)),
        OrderKind::Inform => Some(Running::start_by(Clock::OrderToInform, received, stated)),
        OrderKind::Retention => None,
    }
}

/// All clocks of an order.
pub(crate) fn clocks(
    kept: &Kept,
    row: &FilingRow,
    outcome: Option<&Outcome>,
    now: Timestamp,
) -> Vec<ClockView> {
    let (order, received) = (&kept.order, time(row.received_ms));
    if matches!(row.state.as_str(), "duplicate" | "forged") {
        return Vec::new();
    }
    let done = outcome.filter(|outcome| outcome.finding == Finding::Violation);
    let done = done.map(|outcome| outcome.decided_at);
    let mut all: Vec<Running> = Vec::new();
    if let Some(mut main) = running(order, received) {
        for hindrance in &kept.hindrances {
            main = main.suspend(hindrance.at, hindrance.ground).unwrap_or(main);
            if let Some(at) = hindrance.resumed_at {
                main = main.resume(at).unwrap_or(main);
            }
        }
        all.push(done.map_or_else(|| main.clone(), |at| main.meet(at)));
    }
    if order.kind == OrderKind::Removal {
        let feedback = Running::start(Clock::Feedback, received);
        all.push(done.map_or_else(|| feedback.clone(), |at| feedback.meet(at)));
        all.extend(done.map(|at| Running::start(Clock::Preservation6Months, at)));
        if order.other_member_state {
            let scrutiny = Running::start(Clock::CrossBorderScrutinyRequest48h, received);
            all.push(kept.scrutiny_at.map_or_else(|| scrutiny.clone(), |at| scrutiny.meet(at)));
        }
        if let Some(at) = kept.scrutiny_at {
            let decision = Running::start(Clock::AuthorityDecision72h, at);
            all.push(kept.annulled_at.map_or_else(|| decision.clone(), |at| decision.meet(at)));
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

/// Until when the person affected must not be told: six weeks at most (Art. 11(3)).
pub(crate) fn silent_until(order: &Order) -> Option<Timestamp> {
    let secrecy = &order.secrecy;
    let received = order.received_at.unwrap_or_default();
    let most = Clock::Confidentiality6Weeks.due(received);
    let told = secrecy.until.end();
    secrecy.refrain_from_informing.then(|| [told, most].into_iter().flatten().min()).flatten()
}

/// How an order stands.
pub(crate) fn state(kept: &Kept, row: &FilingRow, outcome: Option<&Outcome>) -> &'static str {
    match row.state.as_str() {
        "duplicate" => "duplicate",
        "forged" => "forged",
        _ if kept.annulled_at.is_some() => "annulled",
        _ if kept.hindrance().is_some() => "impossible",
        _ if outcome.is_some_and(|outcome| outcome.finding == Finding::Violation) => "executed",
        _ if outcome.is_some() => "impossible",
        _ => "open",
    }
}

/// Annex II or III, once there is something to answer.
pub(crate) fn answer(
    app: &App,
    kept: &Kept,
    row: &FilingRow,
    outcome: Option<&Outcome>,
) -> Option<Answer> {
    let provider: &Provider = &app.settings.casework.provider;
    let done = match (kept.hindrance(), outcome) {
        (Some(hindrance), _) => Done::Impossible {
            ground: hindrance.ground,
            reasons: hindrance.reasons.clone(),
            clarification: hindrance.clarification.clone(),
        },
        (None, Some(outcome)) if outcome.effects.iter().any(|effect| effect == "remove") => {
            Done::Removed { at: Some(outcome.decided_at) }
        }
        (None, Some(outcome)) if outcome.finding == Finding::Violation => {
            Done::Disabled { at: Some(outcome.decided_at) }
        }
        _ => return None,
    };
    casework::annex::answer(&kept.order, provider, &row.id, &done, app.now()).ok()
}

/// Does a step with an order, one after the other: whoever asks may go away in the middle, and what
/// was begun is done all the same.
pub(crate) async fn go_on(app: &App, caller: &Caller, id: &str, step: Step) -> Result<(), Problem> {
    let (own, caller, id) = (app.clone(), caller.clone(), id.to_owned());
    filing::alone(app, async move { go_on_now(&own, &caller, &id, step).await }).await
}

async fn go_on_now(app: &App, caller: &Caller, id: &str, step: Step) -> Result<(), Problem> {
    let core = app.core()?;
    let mut row = row(core, id).await?;
    let mut kept = Kept::read(&row)?;
    let (case, outcome) = filing::outcome(core, &row).await?;
    let state = state(&kept, &row, outcome.as_ref());
    let wrong =
        |why: &str| Err(Problem::Case("wrong_state", format!("the order is {state}: {why}")));
    let what = match step {
        Step::Impossible { ground, reasons, clarification } => {
            let is_unanswered = state == "impossible" && kept.hindrance().is_none();
            if state != "open" && !is_unanswered {
                return wrong("only an open one is answered so");
            }
            let at = app.now();
            let hindrance = Hindrance { ground, reasons, clarification, at, resumed_at: None };
            kept.hindrances.push(hindrance);
            check_annex(app, &kept, &row)?;
            // The answer first: without it, a closed order would be silence.
            let told = FilingRow { body: Some(kept.write()?), ..row.clone() };
            core.pipeline.keep(vec![told], Vec::new()).await?;
            if state == "open" {
                close(app, caller, &row).await?;
            }
            "order answered with Annex III"
        }
        Step::Clarified => {
            let is_hindered = kept.hindrance().is_some();
            let Some(last) = kept.hindrances.last_mut().filter(|_| is_hindered) else {
                return wrong("nothing was to be clarified");
            };
            last.resumed_at = Some(app.now());
            return anew(app, caller, row, kept).await;
        }
        Step::Scrutiny => {
            if !kept.order.other_member_state || kept.scrutiny_at.is_some() {
                return wrong("only orders from another member state are scrutinised, once");
            }
            kept.scrutiny_at = Some(app.now());
            "scrutiny of an order asked for"
        }
        Step::Annul { note } => {
            if state != "executed" {
                return wrong("nothing was taken away by it");
            }
            desk::restate(app, caller, &row, (true, note)).await?;
            kept.annulled_at = Some(app.now());
            "order annulled"
        }
        Step::Inform => {
            let is_silent = is_silent(core, case.as_ref()).await?;
            if state != "executed" || !is_silent {
                return wrong("nobody waits to be told of it");
            }
            desk::restate(app, caller, &row, (false, "silence is over".to_owned())).await?;
            kept.informed_at = Some(app.now());
            "person affected told"
        }
        Step::Hold { scope } => {
            ordering::hold(app, (&row, state), &kept, &scope).await?;
            "scope of a retention order described"
        }
    };
    row.body = Some(kept.write()?);
    core.pipeline.keep(vec![row], Vec::new()).await?;
    filing::note(app, caller, what, format!("order {id}")).await
}

/// Whether the person affected by the verdict on `case` is still to be told of it: not if something
/// else was decided since, which they were told.
pub(crate) async fn is_silent(core: &Core, case: Option<&Case>) -> Result<bool, Problem> {
    let Some(case) = case.filter(|case| case.is_silent) else { return Ok(false) };
    for id in case.members.iter().filter_map(|member| member.verdict.as_ref()) {
        let Some(row) = core.store.decision(id).await?.pop() else { continue };
        let decision = row.decision.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let Some(decision) = decision else { continue };
        let (now, _) = appeals::in_force(core, decision).await?;
        if now.id.0 != *id {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Refuses an Annex III that says too little.
fn check_annex(app: &App, kept: &Kept, row: &FilingRow) -> Result<(), Problem> {
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
    let provider = &app.settings.casework.provider;
    casework::annex::answer(&kept.order, provider, &row.id, &done, app.now())
        .map(drop)
        .map_err(|error| Problem::Wrong(error.to_string()))
}

/// Closes the case of an order that is answered with Annex III.
async fn close(app: &App, caller: &Caller, row: &FilingRow) -> Result<(), Problem> {
    let Some(case) = row.case else { return Ok(()) };
    let note = "answered with Annex III".to_owned();
    let verdict = Verdict { finding: Finding::NoViolation, note, ..Verdict::default() };
    for command in [Command::Claim, Command::Close { verdict }] {
        desk::act(app, caller, Some(CaseId(case)), command).await?;
    }
    Ok(())
}

/// Takes an order up again after a clarification: a fresh hour, in a new case.
async fn anew(app: &App, caller: &Caller, row: FilingRow, mut kept: Kept) -> Result<(), Problem> {
    let now = app.now();
    kept.order.received_at = Some(now);
    let subjects = kept.order.urls.iter().filter_map(|url| filing::subject(app, url)).collect();
    let id = row.id.clone();
    let changes = filing::new_id(app, 'o');
    // Its event is a new one; what is kept of it stays under its id.
    let lodged = lodge(app, FilingRow { id: changes.clone(), ..row.clone() }, &kept, subjects);
    let lodged = lodged.await?;
    if lodged.case.is_none() {
        return Err(Problem::Internal(format!("order {id} has no case")));
    }
    let again = FilingRow {
        case: lodged.case,
        due_ms: lodged.due_ms,
        state: "open".to_owned(),
        body: Some(kept.write()?),
        ..row
    };
    let gone = FilingRow { state: "duplicate".to_owned(), body: None, case: None, ..lodged };
    app.core()?.pipeline.keep(vec![again, gone], Vec::new()).await?;
    filing::note(app, caller, "order clarified", format!("order {id}")).await
}
