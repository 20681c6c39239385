//! Requests to the review queue. All go to the one review queue of the loop, and are answered once
//! the result is on disk.

use std::time::Duration;

use engine::{Deed, Rows};
use review::{Case, CaseId, Command, Finding, Kind, Refused, Request, ReviewQueue, Step, Verdict};

use crate::access::caller::{Caller, person, reviewer};
use crate::cases::may_see;
use crate::filings;
use crate::orders::taking::StoredOrder;
use crate::orders::{standing, taking};
use crate::service::problem::Problem;
use crate::service::routines::Routine;
use crate::service::state::{App, Core};

/// How often leases and clocks are checked.
const TICK: Duration = Duration::from_secs(1);

/// How often requests of the command line are read; one check takes about 20 µs.
const INBOX: Duration = Duration::from_millis(100);

/// Lets time pass in the review queue.
pub struct Ticks;

impl Routine for Ticks {
    const NAME: &'static str = "Case clocks";
    const WHAT: &'static str =
        "Ends leases that ran out, warns of deadlines, makes verdicts final.";

    fn every(&self) -> Duration {
        TICK
    }

    async fn run(&mut self, app: &App) -> Result<(), Problem> {
        Ok(app.core()?.pipeline.tick().await?)
    }
}

/// Carries out requests of the command line, which come through the store.
pub struct Inbox;

impl Routine for Inbox {
    const NAME: &'static str = "Command line";
    const WHAT: &'static str = "Carries out what the commands key, staff and erase request.";

    fn every(&self) -> Duration {
        INBOX
    }

    async fn run(&mut self, app: &App) -> Result<(), Problem> {
        let core = app.core()?;
        Ok(engine::door::answer(&core.store, &core.pipeline).await?)
    }
}

/// Carries out `command` on a case, or on the next one if `case` is `None`. Returns the case
/// afterwards.
pub async fn act(
    app: &App,
    caller: &Caller,
    case: Option<CaseId>,
    command: Command,
) -> Result<Case, Problem> {
    let core = app.core()?;
    check(app, core, case, &command).await?;
    let command = told(core, case, command).await?;
    let request =
        Request { case, reviewer: caller.reviewer()?, command, now_ms: app.now().as_millisecond() };
    match core.pipeline.act(request).await? {
        Ok(case) => {
            // The measure decided on an order waits for the platform's confirmation.
            if case.kind == Kind::Order && case.is_closed() {
                app.watch(&taking::row_of(core, &case).await?.id);
            }
            Ok(case)
        }
        Err(Refused::NotFound) => Err(gone(core, case).await?),
        Err(refused) => Err(refused.into()),
    }
}

/// `command` with a fact that the review queue cannot know: whether an authority's order also
/// restricts the subject. If so, a verdict of no violation lifts nothing.
async fn told(core: &Core, case: Option<CaseId>, command: Command) -> Result<Command, Problem> {
    let (Command::Close { mut verdict }, Some(id)) = (command.clone(), case) else {
        return Ok(command);
    };
    let case = find(core, id).await?;
    if verdict.finding == Finding::Violation || case.kind == Kind::Order {
        return Ok(command);
    }
    for member in &case.members {
        let is_other = |id: &str| !member.decisions.iter().any(|own| own == id);
        let restricting = filings::restricting(core, &member.subject).await?;
        verdict.is_ordered |=
            restricting.iter().any(|one| one.policy == types::ORDERED && is_other(&one.id.0));
    }
    Ok(Command::Close { verdict })
}

/// Runs `look` over the review queue.
pub async fn look<T: Send + 'static>(
    core: &Core,
    look: impl FnOnce(&ReviewQueue) -> T + Send + 'static,
) -> Result<T, Problem> {
    core.pipeline.look(look).await.ok_or(Problem::NotReady("stopping"))
}

/// The case with that number: its current state, or the state in which it was closed.
pub async fn find(core: &Core, id: CaseId) -> Result<Case, Problem> {
    if let Some(case) = look(core, move |review_queue| review_queue.case(id.0).cloned()).await? {
        return Ok(case);
    }
    let body = core.store.case(id.0).await?.ok_or(Problem::NotFound("case"))?;
    read(&body)
}

/// Reads a case from its stored form.
pub fn read(body: &str) -> Result<Case, Problem> {
    serde_json::from_str(body).map_err(|error| Problem::Internal(format!("a case: {error}")))
}

/// The step that issues the verdict on an order's case again: as annulled, or for a person who was
/// not notified of it.
pub fn restate(
    app: &App,
    caller: &Caller,
    mut case: Case,
    (is_annulled, note): (bool, String),
) -> Deed {
    let step = Step {
        at_ms: app.now().as_millisecond(),
        by: person(&caller.sender()).to_owned(),
        what: if is_annulled { "annulled" } else { "told" }.to_owned(),
        note,
        ..Step::default()
    };
    let tellings = case.restated(step, is_annulled);
    Deed::Restate(Box::new(case), tellings)
}

/// Why a case is not in the review queue: it is closed for good, or does not exist.
async fn gone(core: &Core, case: Option<CaseId>) -> Result<Problem, Problem> {
    let Some(id) = case else { return Ok(Problem::NotFound("case")) };
    let is_kept = core.store.case(id.0).await?.is_some();
    Ok(if is_kept { Refused::Closed.into() } else { Problem::NotFound("case") })
}

/// Refuses names that do not exist, colleagues who may not see the case, and commands that come too
/// late.
async fn check(
    app: &App,
    core: &Core,
    case: Option<CaseId>,
    command: &Command,
) -> Result<(), Problem> {
    match (command, case) {
        (Command::Close { verdict }, Some(case)) => {
            let case = find(core, case).await?;
            if case.kind == Kind::Order {
                standing::check_verdict(core, &case, verdict).await?;
            }
            check_policy(core, &case, verdict)
        }
        (Command::Consult { to, .. }, Some(case)) => colleague(app, core, (to, case), false).await,
        (Command::Transfer { to, .. }, Some(case)) => colleague(app, core, (to, case), true).await,
        (Command::Undo, Some(case)) => {
            let case = find(core, case).await?;
            if case.kind == Kind::Order && is_answered(core, &case).await? {
                let why = "the authority has its answer; annul the order on its page".to_owned();
                return Err(Problem::Case("answered", why));
            }
            for decision in case.members.iter().filter_map(|member| member.verdict.as_ref()) {
                let appeal = format!("appeal {decision}");
                if core.store.same_filing("appeal", &appeal).await?.is_some() {
                    let why = "somebody appealed; the appeal changes it now".to_owned();
                    return Err(Problem::Case("appealed", why));
                }
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Whether the authority has received the answer to the order of `case`.
async fn is_answered(core: &Core, case: &Case) -> Result<bool, Problem> {
    let kept = StoredOrder::read(&taking::row_of(core, case).await?)?;
    Ok(kept.answered_at.is_some())
}

/// Refuses a policy that does not exist.
fn check_policy(core: &Core, case: &Case, verdict: &Verdict) -> Result<(), Problem> {
    let (_, rules) = core.policies.current();
    let is_known = rules.program.policies.iter().any(|policy| policy.id == verdict.policy);
    let is_ordered = case.kind == Kind::Order || case.policy == types::ORDERED;
    let is_named =
        is_known || verdict.policy.is_empty() || (is_ordered && verdict.policy == types::ORDERED);
    match verdict.finding == Finding::NoViolation || is_named {
        true => Ok(()),
        false => Err(Problem::Wrong(format!("there is no policy `{}`", verdict.policy))),
    }
}

/// Refuses a colleague who may not see a case, or, if they are to judge it, does not do such work.
async fn colleague(
    app: &App,
    core: &Core,
    (to, case): (&str, CaseId),
    is_to_judge: bool,
) -> Result<(), Problem> {
    let wrong = |why: &str| Err(Problem::Wrong(format!("`{to}` {why}")));
    let staff = core.store.staff_called(to).await?;
    let Some(staff) = staff.filter(|staff| staff.party.is_none()) else {
        return wrong("is no colleague");
    };
    let skills = serde_json::from_str(&staff.skills).unwrap_or_default();
    let colleague = reviewer(&staff.name, &staff.role, &skills);
    let case = find(core, case).await?;
    let queue = app.settings.casework.review_queue.queues.iter().find(|q| q.name == case.queue);
    let is_work = queue.is_none_or(|queue| colleague.works.contains(&queue.work));
    if colleague.works.is_empty() || (is_to_judge && !is_work) {
        return wrong("does not do this kind of work");
    }
    if case.is_restricted && !colleague.skills.is_cleared {
        return wrong("may not see restricted material");
    }
    if is_to_judge && colleague.is_barred(&case) {
        return wrong("decided on this before, skipped it, or does not want to see it");
    }
    Ok(())
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        let why = refused.to_string();
        match refused {
            Refused::NotFound => Self::NotFound("case"),
            Refused::Nothing => Self::Nothing(why),
            Refused::HeldByAnother(_) => Self::Case("held_by_another", why),
            Refused::NotHeld => Self::Case("not_held", why),
            Refused::LeaseOver => Self::Case("lease_over", why),
            Refused::Closed => Self::Case("closed", why),
            Refused::NotClosed => Self::Case("not_closed", why),
            Refused::TooLate => Self::Case("too_late", why),
            Refused::WrongPerson(_) => Self::NotYours(why),
            Refused::Wrong(_) => Self::Wrong(why),
            Refused::Rest(_) => Self::Case("rest", why),
        }
    }
}

/// Adds a closed case to those that measure reviewers, or removes it from them.
pub async fn set_golden(
    app: &App,
    caller: &Caller,
    id: CaseId,
    is_golden: bool,
) -> Result<Case, Problem> {
    let core = app.core()?;
    let mut case = find(core, id).await?;
    let is_final = case.is_closed() && !ReviewQueue::can_undo(&case, app.now().as_millisecond());
    if !is_final || case.kind.is_measure() || !may_see(caller, &case) {
        let why = "a closed case of ordinary work is needed, a minute after its verdict";
        return Err(Problem::Case("not_closed", why.to_owned()));
    }
    case.is_golden = is_golden;
    let what = if is_golden { "made golden" } else { "made ordinary" };
    let line = filings::line(app, caller, what, format!("case {id}"));
    let deeds = vec![Deed::Closed(Box::new(case.clone())), Deed::Keep(Rows::of([line]))];
    core.pipeline.carry(deeds).await??;
    Ok(case)
}
