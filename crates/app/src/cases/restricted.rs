//! Restricted material: the subjects of decisions under the policies of `casework.restricted`, and
//! everything else about these subjects. Only cleared people see it, and each view is entered in
//! the ledger before anything is shown. Lists, streams and exports never contain it.

use std::collections::HashSet;

use review::{Case, Step, Telling};
use serde_json::value::RawValue;
use store::Listed;
use types::{Decision, Subject};

use crate::access::caller::{Caller, person};
use crate::decisions::detail::{self, Detail};
use crate::service::problem::Problem;
use crate::service::state::{App, Core};

/// The restricted subjects among those of `rows`.
pub async fn among(app: &App, rows: &[Listed]) -> Result<HashSet<String>, Problem> {
    let policies = &app.settings.casework.review_queue.restricted;
    let mut subjects: Vec<&str> = rows.iter().filter_map(|row| row.subject.as_deref()).collect();
    subjects.sort_unstable();
    subjects.dedup();
    Ok(app.core()?.store.restricted(&subjects, policies).await?)
}

/// A decision without the evidence that detectors found in the material.
pub fn withheld(decision: &[u8]) -> Result<Box<RawValue>, Problem> {
    let damaged = |error: serde_json::Error| Problem::Internal(error.to_string());
    let mut decision: Decision = serde_json::from_slice(decision).map_err(damaged)?;
    for reason in &mut decision.reasons {
        reason.evidence.clear();
    }
    serde_json::value::to_raw_value(&decision).map_err(damaged)
}

/// Everything about the decision of `row` that `caller` may see. If it is restricted, the view is
/// entered in the ledger.
pub async fn look(app: &App, caller: &Caller, row: Listed) -> Result<Detail, Problem> {
    let core = app.core()?;
    if among(app, std::slice::from_ref(&row)).await?.is_empty() {
        return detail::of(core, row).await;
    }
    let mut detail = detail::of(core, row).await?;
    let row = &mut detail.row;
    let (Some(decision), Some(subject)) = (&row.decision, &row.subject) else { return Ok(detail) };
    if caller.is_cleared() {
        let about = (Subject(subject.clone()), row.account.clone());
        let telling = Telling::look(row.id.clone(), about);
        enter(app, core, caller, telling).await?;
    } else {
        row.decision = Some(withheld(decision)?.get().as_bytes().to_vec());
        detail.kept = None;
        detail.is_withheld = true;
    }
    Ok(detail)
}

/// Whether the material of `case` is withheld from `caller`, because another case or decision
/// restricts it. If the caller is cleared, the view is entered. A view of a case that is itself
/// restricted was entered when the case was found.
pub async fn is_withheld(app: &App, caller: &Caller, case: &Case) -> Result<bool, Problem> {
    let core = app.core()?;
    let Some(subject) = case.subject().filter(|_| !case.is_restricted) else { return Ok(false) };
    let policies = &app.settings.casework.review_queue.restricted;
    if core.store.restricted(&[subject.0.as_str()], policies).await?.is_empty() {
        return Ok(false);
    }
    if !caller.is_cleared() {
        return Ok(true);
    }
    let telling = case.telling(Step::default()).ok_or(Problem::NotFound("case"))?;
    enter(app, core, caller, telling).await?;
    Ok(false)
}

/// Enters in the ledger that `caller` viewed the subject of `telling`.
pub async fn enter(
    app: &App,
    core: &Core,
    caller: &Caller,
    telling: Telling,
) -> Result<(), Problem> {
    let who = caller.sender();
    let step = Step {
        at_ms: app.now().as_millisecond(),
        by: person(&who).to_owned(),
        what: "viewed".to_owned(),
        ..Step::default()
    };
    let number = u64::from_le_bytes(app.bytes()) >> 12;
    let entered = core.pipeline.tell(vec![Telling { number, step, ..telling }]).await?;
    // Nothing is shown unless the view is in the ledger.
    match entered.as_slice() {
        [_] => Ok(()),
        _ => Err(Problem::Internal("a look could not be entered".to_owned())),
    }
}
