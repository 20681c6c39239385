//! Appeals: complaints of persons affected (Art. 20 DSA), and their outcomes.

use engine::{Lodged, Rows};
use jiff::Timestamp;
use legal::clock::{Clock, Running};
use review::{Case, CaseId, Filing, Kind, Member};
use serde::{Deserialize, Serialize};
use store::{CaseFilter, FilingFilter, FilingRow, RowChange};
use types::{Data, Decision, EventType, data};
use utoipa::{IntoParams, ToSchema};

use crate::access::caller::Caller;
use crate::cases::review_queue;
use crate::decisions::detail;
use crate::filings::{self, FilingOutcome, REDRESS, REDRESS_OF_ANSWER, overdue, time};
use crate::orders::taking;
use crate::service::problem::Problem;
use crate::service::state::{App, Core};

/// Appeals per page.
const LIMIT: u32 = 100;

/// The longest explanation, in characters; longer ones are refused.
const EXPLANATION_CHARS_MAX: usize = 10_000;

/// An appeal against a decision.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAppeal {
    /// The id of the decision appealed against.
    pub decision: String,
    /// Why the decision should be changed, at most 10,000 characters.
    #[serde(default)]
    pub explanation: String,
    /// When the person was informed; the time of the decision by default. The six months for an
    /// appeal start here.
    #[serde(default)]
    pub informed_at: Option<Timestamp>,
    /// The language of the person, ISO 639-1, used for the answer; English by default.
    #[serde(default)]
    pub language: Option<String>,
}

/// An appeal and its current state.
#[derive(Serialize, ToSchema)]
pub struct AppealView {
    /// Its id.
    pub id: String,
    /// `open`, `upheld`, `partly_reversed` or `reversed`.
    pub state: String,
    /// The id of the decision appealed against.
    pub decision: String,
    /// The subject: `content/v-1`; `null` after an erasure.
    pub subject: Option<String>,
    /// When it was received.
    pub received_at: Timestamp,
    /// The id of the case that deals with it; `null` if there is none.
    pub case: Option<String>,
    /// The outcome; `null` while it is open.
    pub outcome: Option<FilingOutcome>,
    /// The answer to the person, with the reasons of the reviewers (Art. 20(5) DSA); `null` while
    /// it is open.
    pub answer: Option<legal::letter::Letter>,
    /// The dispute before a certified body (Art. 21 DSA); `null` if there is none.
    pub dispute: Option<DisputeView>,
    /// The means of redress, in words.
    pub redress: &'static str,
}

/// A dispute before a certified body.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DisputeView {
    /// The name of the body.
    pub body: String,
    /// When the body received the complaint.
    pub received_at: Timestamp,
    /// When the body must decide: after 90 days (Art. 21(4) DSA).
    pub due: Option<Timestamp>,
    /// Its decision, which is not binding; `null` until there is one.
    pub outcome: Option<String>,
    /// When the decision was recorded; `null` until then.
    pub decided_at: Option<Timestamp>,
}

/// A step of a dispute to record.
#[derive(Deserialize, ToSchema)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Dispute {
    /// A certified body took it up.
    Open {
        /// The name of the body.
        body: String,
        /// When the body received the complaint.
        received_at: Timestamp,
    },
    /// The body decided.
    Decide {
        /// The decision, in words.
        outcome: String,
    },
}

/// A page of appeals, newest first.
#[derive(Serialize, ToSchema)]
pub struct AppealPage {
    /// The appeals.
    pub items: Vec<AppealView>,
    /// The value of `before` for the next page, in milliseconds since 1970; `null` if there are no
    /// more.
    pub next: Option<i64>,
}

/// Filters for appeals.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AppealQuery {
    /// Only appeals received before this time, in milliseconds since 1970.
    pub before: Option<i64>,
}

/// The stored form of an appeal.
#[derive(Serialize, Deserialize)]
struct StoredAppeal {
    appeal: NewAppeal,
    #[serde(default)]
    pub dispute: Option<DisputeView>,
}

/// Records an appeal and opens a case for it.
pub async fn take(app: &App, appeal: NewAppeal) -> Result<AppealView, Problem> {
    let core = app.core()?;
    if appeal.explanation.chars().count() > EXPLANATION_CHARS_MAX {
        let why = format!("an explanation has {EXPLANATION_CHARS_MAX} characters at most");
        return Err(Problem::Wrong(why));
    }
    let found = detail::find(core, &appeal.decision).await?;
    let decision: Decision = found
        .decision
        .as_deref()
        .and_then(|bytes| serde_json::from_slice(bytes).ok())
        .ok_or(Problem::NotFound("decision"))?;
    check(app, &appeal, &decision)?;
    let (decision, mut judges) = in_force(core, decision).await?;
    let fingerprint = format!("appeal {}", decision.id);
    if let Some(open) = core.store.same_filing("appeal", &fingerprint).await? {
        let why = format!("{} is an appeal against this decision already", open.id);
        return Err(Problem::Decided(why));
    }
    refuse_answered(core, &decision).await?;
    let mut filing = filing_of(core, &decision).await?;
    filing.not_by.append(&mut judges);
    let appeal = NewAppeal { decision: decision.id.0.clone(), ..appeal };
    let told = data::Appeal {
        id: String::new(),
        decision: decision.id.0.clone(),
        explanation: Some(appeal.explanation.clone()),
    };
    let kept = StoredAppeal { appeal, dispute: None };
    let row = FilingRow {
        id: filings::new_id(app, 'a'),
        kind: "appeal".to_owned(),
        fingerprint,
        reference: decision.id.0.clone(),
        subject: Some(decision.subject.0.clone()),
        received_ms: app.now().as_millisecond(),
        state: "open".to_owned(),
        body: Some(write(&kept)?),
        ..FilingRow::default()
    };
    let told = data::Appeal { id: row.id.clone(), ..told };
    let data = Data { appeal: Some(Box::new(told)), ..Data::default() };
    let filing = Filing { id: row.id.clone(), ..filing };
    let lodged = Lodged { filing, row, ..Lodged::default() };
    let id = lodged.row.id.clone();
    let what = (EventType::AppealReceived, id.as_str(), &decision.subject);
    let filed = filings::event(app, what, data, lodged).await?;
    filings::lodge(app, vec![filed]).await?;
    view(core, find(core, &id).await?).await
}

/// Refuses an appeal that comes too late, or against a decision that took nothing away.
fn check(app: &App, appeal: &NewAppeal, decision: &Decision) -> Result<(), Problem> {
    let informed = appeal.informed_at.unwrap_or(decision.time);
    let until = Clock::AppealWindow6Months.due(informed);
    if until.is_some_and(|until| app.now() > until) {
        let why =
            "the six months for a complaint are over (Art. 20(1) DSA); a court may still hear it";
        return Err(Problem::Case("too_late", why.to_owned()));
    }
    let restricts = decision.effects.iter().any(|effect| effect.restricts());
    let is_answer = decision.r#type == EventType::CaseClosed.name();
    if !restricts && !is_answer {
        return Err(Problem::Wrong("this decision took nothing away".to_owned()));
    }
    Ok(())
}

/// The decision now in force in place of `decision`, and everybody who judged on the way to it. An
/// appeal is about the decision in force.
pub async fn in_force(core: &Core, decision: Decision) -> Result<(Decision, Vec<String>), Problem> {
    followed(core, decision, |_| true).await
}

/// The decision that says what we found, now, in place of `decision`. What an authority ordered
/// later is not our answer to those who gave notice.
pub async fn found_now(core: &Core, decision: Decision) -> Result<Decision, Problem> {
    let is_ours = |case: &Case| case.kind != Kind::Order;
    Ok(followed(core, decision, is_ours).await?.0)
}

/// The last decision that cases which `counts` put in place of `decision`, and everybody who judged
/// on the way to it.
async fn followed(
    core: &Core,
    mut decision: Decision,
    counts: impl Fn(&Case) -> bool,
) -> Result<(Decision, Vec<String>), Problem> {
    let filter = CaseFilter { subject: Some(decision.subject.0.clone()), ..CaseFilter::default() };
    let cases = core.store.cases(&filter, LIMIT).await?;
    let cases =
        cases.iter().map(|(_, body)| review_queue::read(body)).collect::<Result<Vec<_>, _>>()?;
    let mut judges = Vec::new();
    // Each step leads to a later decision.
    for _ in 0..cases.len() {
        let replaced = cases.iter().filter(|case| counts(case)).find_map(|case| {
            let member = case.members.iter().find(|m| m.decisions.contains(&decision.id.0))?;
            let verdict = member.verdict.clone().filter(|_| case.is_closed())?;
            let is_told = !case.kind.is_measure() && !case.is_upheld();
            is_told.then_some((verdict, case))
        });
        let Some((verdict, case)) = replaced else { break };
        let judged = case.steps.iter().filter(|step| step.what == "closed");
        judges.extend(judged.map(|step| step.by.clone()));
        let found = detail::find(core, &verdict).await?.decision;
        let Some(next) = found.and_then(|bytes| serde_json::from_slice(&bytes).ok()) else { break };
        decision = next;
    }
    Ok((decision, judges))
}

/// Whether `decision` carried out an order that was annulled.
pub async fn is_annulled(core: &Core, decision: &Decision) -> Result<bool, Problem> {
    let case = case_of(core, decision).await?.filter(|case| case.kind == Kind::Order);
    let Some(case) = case else { return Ok(false) };
    let kept = taking::StoredOrder::read(&taking::row_of(core, &case).await?)?;
    Ok(kept.annulled_at.is_some())
}

/// The case whose verdict became `decision`.
async fn case_of(core: &Core, decision: &Decision) -> Result<Option<Case>, Problem> {
    let number = decision.event.strip_prefix("case/").and_then(|rest| rest.split('/').next());
    let number = number.filter(|_| decision.source == types::event::OURSELVES);
    let Some(number) = number.and_then(|number| number.parse().ok()) else { return Ok(None) };
    match review_queue::find(core, CaseId(number)).await {
        Ok(case) => Ok(Some(case)),
        Err(Problem::NotFound(_)) => Ok(None),
        Err(problem) => Err(problem),
    }
}

/// Refuses a complaint against the answer to a complaint, unless that answer restricts what was not
/// restricted before: the person whom it affects has not been heard yet.
async fn refuse_answered(core: &Core, decision: &Decision) -> Result<(), Problem> {
    let case = case_of(core, decision).await?.filter(|case| case.kind == Kind::Appeal);
    let Some(case) = case else { return Ok(()) };
    let was_restricted = case.members.iter().any(|member| !member.standing.is_empty());
    match was_restricted || case.is_upheld() {
        false => Ok(()),
        true => Err(Problem::Decided(
            "people answered a complaint about this already; a certified out-of-court dispute \
             settlement body or a court can hear it now (Art. 21 DSA)"
                .to_owned(),
        )),
    }
}

/// The filing for an appeal: everything that the verdict covered, and who must not judge it again.
async fn filing_of(core: &Core, decision: &Decision) -> Result<Filing, Problem> {
    let restricts = decision.effects.iter().filter(|effect| effect.restricts());
    let standing: Vec<String> = restricts.map(ToString::to_string).collect();
    let own = Member {
        subject: decision.subject.clone(),
        account: decision.account.clone(),
        decisions: vec![decision.id.0.clone()],
        standing: standing.clone(),
        verdict: None,
    };
    let mut filing =
        Filing { policy: Some(decision.policy.clone()), members: vec![own], ..Filing::default() };
    let Some(case) = case_of(core, decision).await? else { return Ok(filing) };
    if case.kind == Kind::Order || case.policy == types::ORDERED {
        // Only legal may undo what an authority ordered.
        filing.policy = Some(types::ORDERED.to_owned());
    }
    filing.of = Some(case.id);
    filing.not_by = case.not_by.clone();
    let judged = case.steps.iter().filter(|step| step.what == "closed");
    filing.not_by.extend(judged.map(|step| step.by.clone()));
    let others = case.members.iter().filter(|member| member.subject != decision.subject);
    filing.members.extend(others.map(|member| Member {
        decisions: member.verdict.clone().into_iter().collect(),
        standing: standing.clone(),
        verdict: None,
        ..member.clone()
    }));
    Ok(filing)
}

fn write(kept: &StoredAppeal) -> Result<String, Problem> {
    serde_json::to_string(kept).map_err(|error| Problem::Internal(error.to_string()))
}

fn read(row: &FilingRow) -> Result<StoredAppeal, Problem> {
    let body = row.body.as_deref().ok_or(Problem::NotFound("appeal"))?;
    serde_json::from_str(body)
        .map_err(|error| Problem::Internal(format!("appeal {}: {error}", row.id)))
}

/// The dispute over the appeal stored in `row`.
pub fn dispute_of(row: &FilingRow) -> Result<Option<DisputeView>, Problem> {
    read(row).map(|kept| kept.dispute)
}

async fn find(core: &Core, id: &str) -> Result<FilingRow, Problem> {
    let row = core.store.filing(id).await?.filter(|row| row.kind == "appeal");
    row.ok_or(Problem::NotFound("appeal"))
}

async fn view(core: &Core, row: FilingRow) -> Result<AppealView, Problem> {
    let (case, outcome) = filings::outcome(core, &row).await?;
    let kept = read(&row)?;
    let result = outcome.as_ref().and_then(|outcome| outcome.appeal);
    let reasons = case.as_ref().and_then(|case| case.verdict.as_ref());
    let language = kept.appeal.language.as_deref().unwrap_or("en");
    let answer = result.zip(reasons).map(|(result, verdict)| {
        let result = match result {
            "upheld" => legal::answer::ComplaintOutcome::Upheld,
            "reversed" => legal::answer::ComplaintOutcome::Reversed,
            _ => legal::answer::ComplaintOutcome::Partly,
        };
        legal::answer::appeal_answer(language, result, &verdict.reasons)
    });
    Ok(AppealView {
        id: row.id,
        state: result.unwrap_or("open").to_owned(),
        decision: kept.appeal.decision,
        subject: row.subject,
        received_at: time(row.received_ms),
        case: case.map(|case| case.name().to_string()),
        outcome,
        answer,
        dispute: kept.dispute,
        redress: if result.is_some() { REDRESS_OF_ANSWER } else { REDRESS },
    })
}

/// The page of appeals that match `which`.
pub async fn page(app: &App, which: &AppealQuery) -> Result<AppealPage, Problem> {
    let core = app.core()?;
    let filter = FilingFilter {
        kind: "appeal".to_owned(),
        before_ms: which.before,
        ..FilingFilter::default()
    };
    let rows = core.store.filings(&filter, LIMIT).await?;
    let next = rows.last().map(|row| row.received_ms).filter(|_| rows.len() >= LIMIT as usize);
    let mut items = Vec::with_capacity(rows.len());
    for row in rows.into_iter().filter(|row| row.body.is_some()) {
        items.push(view(core, row).await?);
    }
    Ok(AppealPage { items, next })
}

/// Records that a certified body took up a dispute, or decided it.
pub async fn dispute_told(
    app: &App,
    caller: &Caller,
    id: &str,
    told: Dispute,
) -> Result<AppealView, Problem> {
    let core = app.core()?;
    let mut row = find(core, id).await?;
    let mut kept = read(&row)?;
    let wrong = |why: &str| Err(Problem::Case("wrong_state", why.to_owned()));
    let what = match (told, &mut kept.dispute) {
        (Dispute::Open { .. }, Some(_)) => return wrong("a body took it up already"),
        (Dispute::Open { body, received_at }, none) => {
            let due = Running::start(Clock::DisputeBody90Days, received_at).due;
            let (outcome, decided_at) = (None, None);
            *none = Some(DisputeView { body, received_at, due, outcome, decided_at });
            "dispute taken up"
        }
        (Dispute::Decide { outcome }, Some(dispute)) if dispute.outcome.is_none() => {
            dispute.outcome = Some(outcome);
            dispute.decided_at = Some(app.now());
            "dispute decided"
        }
        (Dispute::Decide { .. }, _) => return wrong("no dispute is open"),
    };
    row.body = Some(write(&kept)?);
    let line = filings::line(app, caller, what, format!("appeal {id}"));
    core.door().write(Rows::of([RowChange::from(&row), line])).await?;
    overdue::enter(app, &row).await?;
    view(core, row).await
}

/// The appeal called `id`.
pub async fn show(app: &App, id: &str) -> Result<AppealView, Problem> {
    let core = app.core()?;
    view(core, find(core, id).await?).await
}
