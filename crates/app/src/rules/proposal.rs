//! Changes of rules by two people: one proposes, another approves, and only then they are active. A
//! change to less effect is safe, and needs no second person.

use std::time::Duration;

use decide::PolicySet;
use engine::{Change, Rows};
use store::{Decided, Proposal, ProposalOutcome, Proposed, RowChange};

use crate::rules::activate;
use crate::rules::overlay::{self, Files};
use crate::rules::rollout::{self, Step};
use crate::rules::trial::{self, Trial};
use crate::service::jobs::POLICIES;
use crate::service::problem::Problem;
use crate::service::running::{self, Awaited};
use crate::service::state::{App, Core};

/// The longest reason, in characters; longer ones are refused.
const REASON_CHARS_MAX: usize = 2000;

/// The reason recorded for a change that is approved at once.
const LESS_EFFECT: &str = "less effect: in force at once, without a second person";

/// Stores a proposal of `author`, if it is sound: it has no errors, and all tests that passed
/// before still pass.
pub async fn make(
    app: &App,
    author: &str,
    reason: &str,
    files: Files,
) -> Result<Proposal, Problem> {
    let reason = stated(reason)?;
    let (now, _) = app.core()?.policies.current();
    let files = overlay::effective(&now, files);
    if files.is_empty() {
        return Err(Problem::Wrong("nothing differs from the rules in force".to_owned()));
    }
    let trial = trial::run(app, files.clone()).await?;
    trial.acceptable()?;
    let proposed = Proposed {
        made_ms: app.now().as_millisecond(),
        author: author.to_owned(),
        reason,
        base: now.version().0,
        files: overlay::write(&files)?,
        summary: trial.difference.summary(),
    };
    let _turn = turn(app).await?;
    let core = app.core()?;
    let id = core.store.next_proposal().await?;
    let proposal = Proposal { id, proposed, decided: None };
    core.door().write(Rows::of([RowChange::from(&proposal)])).await?;
    tracing::info!(proposal = id, "rules proposed");
    Ok(proposal)
}

/// A reason that can be read later: `reason` without white space around it, if it is not empty and
/// not too long.
pub fn stated(reason: &str) -> Result<String, Problem> {
    let reason = reason.trim();
    match reason.chars().count() {
        1..=REASON_CHARS_MAX => Ok(reason.to_owned()),
        _ => Err(Problem::Wrong(format!("say why, in 1 to {REASON_CHARS_MAX} characters"))),
    }
}

/// The proposal with that number.
pub async fn find(core: &Core, id: u64) -> Result<Proposal, Problem> {
    core.store.proposal(id).await?.ok_or(Problem::NotFound("proposal"))
}

/// The same, if it is not decided yet.
async fn open(core: &Core, id: u64) -> Result<Proposal, Problem> {
    let proposal = find(core, id).await?;
    match &proposal.decided {
        None => Ok(proposal),
        Some(_) => Err(Problem::Decided(format!("the proposal is {}", proposal.state()))),
    }
}

/// Activates a proposal on the approval of somebody other than its author.
pub async fn approve(app: &App, id: u64, who: &str, reason: &str) -> Result<Proposal, Problem> {
    let (worker, who, reason) = (app.clone(), who.to_owned(), stated(reason)?);
    let begin = begin(app, format!("proposal {id}"), &who);
    // The caller may go away in the middle; what is active must still be marked as approved.
    let work = async move { approve_now(&worker, id, &who, reason).await };
    running::awaited(app, begin, work, outcome).await
}

fn begin(app: &App, title: String, who: &str) -> Awaited {
    let (author, wait) = (who.to_owned(), app.settings.change_within);
    Awaited { kind: POLICIES, title, author, wait }
}

/// The result of a job that decided a proposal.
fn outcome(proposal: &Proposal) -> serde_json::Value {
    serde_json::json!({"proposal": proposal.id, "state": proposal.state()})
}

/// The turn to decide. It is refused while a change is being activated that takes longer than
/// callers wait.
async fn turn(app: &App) -> Result<tokio::sync::MutexGuard<'_, ()>, Problem> {
    let turn = tokio::time::timeout(app.settings.change_within, app.deciding.lock()).await;
    turn.map_err(|_| match app.jobs.of(POLICIES) {
        Some(running) => Problem::Running(POLICIES, running.id),
        None => Problem::Busy(Duration::from_secs(1)),
    })
}

async fn approve_now(app: &App, id: u64, who: &str, reason: String) -> Result<Proposal, Problem> {
    let _turn = app.deciding.lock().await;
    let core = app.core()?;
    let proposal = open(core, id).await?;
    if proposal.proposed.author == who {
        return Err(Problem::WrongPerson(
            "a change needs a second person: somebody else than its author approves it",
        ));
    }
    match put(app, &proposal, (who, reason)).await {
        Err(Problem::Stale(why)) => {
            let decided = Decided {
                outcome: ProposalOutcome::Stale,
                at_ms: app.now().as_millisecond(),
                by: who.to_owned(),
                reason: why.clone(),
                version: None,
            };
            decide(core, proposal, decided).await?;
            Err(Problem::Stale(why))
        }
        put => {
            put?;
            tracing::info!(proposal = id, outcome = "approved", "proposal decided");
            find(core, id).await
        }
    }
}

/// Activates `proposal`, and records in the same commit that it is approved.
async fn put(app: &App, proposal: &Proposal, (who, reason): (&str, String)) -> Result<(), Problem> {
    let core = app.core()?;
    let files = overlay::read(&proposal.proposed.files)?;
    let base = policy_set(core, &proposal.proposed.base).await?;
    let (now, _) = core.policies.current();
    if fitting(&base, &now, &files)?.version() != now.version() {
        trial::run(app, files.clone()).await?.acceptable()?;
    }
    let change = Change {
        author: proposal.proposed.author.clone(),
        approver: Some(who.to_owned()),
        reason: proposal.proposed.reason.clone(),
    };
    let (mut approved, at_ms) = (proposal.clone(), app.now().as_millisecond());
    let rows = |version: &str| {
        approved.decided = Some(Decided {
            outcome: ProposalOutcome::Approved,
            at_ms,
            by: who.to_owned(),
            reason,
            version: Some(version.to_owned()),
        });
        Rows::of([RowChange::from(&approved)])
    };
    let fit = move |now: &PolicySet| fitting(&base, now, &files);
    activate::within_job(app, change, fit, rows).await.map(drop)
}

/// `now` with `files` laid over it, if these files are the same in `now` as in `base`.
fn fitting(base: &PolicySet, now: &PolicySet, files: &Files) -> Result<PolicySet, Problem> {
    let candidate = overlay::over(now, files);
    let moved = overlay::moved(base, now, files);
    if moved.is_empty() || candidate.version() == now.version() {
        return Ok(candidate);
    }
    let moved = moved.join(", ");
    Err(Problem::Stale(format!("{moved} changed since the proposal was made; propose it again")))
}

/// The policy set of that version.
pub async fn policy_set(core: &Core, version: &str) -> Result<PolicySet, Problem> {
    let (now, _) = core.policies.current();
    if now.version().0 == version {
        return Ok((*now).clone());
    }
    let set = core.store.policy_set(version).await?;
    let missing = || Problem::Internal(format!("policy set {version} is missing"));
    Ok(engine::replay::read(&set.ok_or_else(missing)?)?)
}

/// Rejects a proposal of somebody else.
pub async fn reject(app: &App, id: u64, who: &str, reason: &str) -> Result<Proposal, Problem> {
    let reason = stated(reason)?;
    let _turn = turn(app).await?;
    let core = app.core()?;
    let proposal = open(core, id).await?;
    if proposal.proposed.author == who {
        return Err(Problem::WrongPerson("it is your own proposal; withdraw it instead"));
    }
    close(app, proposal, (ProposalOutcome::Rejected, who, reason)).await
}

/// Withdraws one's own proposal.
pub async fn withdraw(app: &App, id: u64, who: &str, reason: &str) -> Result<Proposal, Problem> {
    let reason = stated(reason)?;
    let _turn = turn(app).await?;
    let core = app.core()?;
    let proposal = open(core, id).await?;
    if proposal.proposed.author != who {
        return Err(Problem::WrongPerson(
            "only its author withdraws a proposal; reject it instead",
        ));
    }
    close(app, proposal, (ProposalOutcome::Withdrawn, who, reason)).await
}

async fn close(
    app: &App,
    proposal: Proposal,
    (outcome, who, reason): (ProposalOutcome, &str, String),
) -> Result<Proposal, Problem> {
    let at_ms = app.now().as_millisecond();
    let decided = Decided { outcome, at_ms, by: who.to_owned(), reason, version: None };
    let (core, id) = (app.core()?, proposal.id);
    decide(core, proposal, decided).await?;
    find(core, id).await
}

/// Records the decision on an open proposal; the caller has the turn to decide.
async fn decide(core: &Core, mut proposal: Proposal, decided: Decided) -> Result<(), Problem> {
    let (id, outcome) = (proposal.id, decided.outcome.name());
    proposal.decided = Some(decided);
    core.door().write(Rows::of([RowChange::from(&proposal)])).await?;
    tracing::info!(proposal = id, outcome, "proposal decided");
    Ok(())
}

/// Moves a rule to another stage: up by a proposal, down at once.
pub async fn restage(
    app: &App,
    rule: &str,
    stage: &str,
    who: &str,
    reason: &str,
) -> Result<Proposal, Problem> {
    let to = rollout::stage(stage)?;
    let (now, rules) = app.core()?.policies.current();
    let known = rules.program.rules.iter().find(|known| known.id == rule);
    let known = known.ok_or(Problem::NotFound("rule"))?;
    let step = rollout::step(known.stage, to)?;
    let reason = stated(reason)?;
    let edited = rollout::edit(now.text(&known.file), rule, to);
    let edited = edited.ok_or_else(|| {
        let file = &known.file;
        Problem::Wrong(format!("`{rule}` is not written as a table of {file}; edit the file"))
    })?;
    let files: Files = [(known.file.clone(), Some(edited))].into();
    match step {
        Step::Up => make(app, who, &reason, files).await,
        Step::Down => {
            let (worker, who) = (app.clone(), who.to_owned());
            let begin = begin(app, format!("rule {rule}"), &who);
            let base = (*now).clone();
            let work = async move { take_back(&worker, base, files, (&who, reason)).await };
            running::awaited(app, begin, work, outcome).await
        }
    }
}

/// Activates less effect than `base`, and records it as an approved proposal.
async fn take_back(
    app: &App,
    base: PolicySet,
    files: Files,
    (who, reason): (&str, String),
) -> Result<Proposal, Problem> {
    let _turn = app.deciding.lock().await;
    let core = app.core()?;
    let trial: Trial = trial::run(app, files.clone()).await?;
    trial.acceptable()?;
    if !trial.difference.is_only_stages() {
        return Err(Problem::Changed);
    }
    let change = Change { author: who.to_owned(), approver: None, reason: reason.clone() };
    let at_ms = app.now().as_millisecond();
    let proposed = Proposed {
        made_ms: at_ms,
        author: who.to_owned(),
        reason,
        base: base.version().0,
        files: overlay::write(&files)?,
        summary: trial.difference.summary(),
    };
    let mut proposal = Proposal { id: core.store.next_proposal().await?, proposed, decided: None };
    let since = base.version();
    let make = move |now: &PolicySet| match now.version() == since {
        true => Ok(overlay::over(now, &files)),
        false => Err(Problem::Changed),
    };
    let rows = |version: &str| {
        proposal.decided = Some(Decided {
            outcome: ProposalOutcome::Approved,
            at_ms,
            by: who.to_owned(),
            reason: LESS_EFFECT.to_owned(),
            version: Some(version.to_owned()),
        });
        Rows::of([RowChange::from(&proposal)])
    };
    activate::within_job(app, change, make, rows).await?;
    Ok(proposal)
}
