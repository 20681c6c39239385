//! `/work`, `/queues`, `/cases`: work for people.

use std::collections::HashMap;

use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use casework::{Case, Command, Desk, Finding, Verdict};
use maud::Markup;
use store::{CaseFilter, Filter};
use types::Subject;

use crate::api::case_item::CaseItem;
use crate::api::cases::{Which, may_see, page as found, seen, whole};
use crate::api::notices;
use crate::api::{queues, work};
use crate::app::{App, Core};
use crate::console::case::{PolicyChoice, Rights, View, page as case_page};
use crate::console::cases::{page, queues as queues_page, work as work_page};
use crate::console::decision::Field;
use crate::console::verdict::EFFECTS;
use crate::desk;
use crate::detail;
use crate::extract::{Asked, Named};
use crate::network;
use crate::ordering::{self, Kept};
use crate::pages::decision::{delivery, fields, flat, reason};
use crate::pages::decisions::rows;
use crate::pages::signed::{Away, Signed};
use crate::permission::{CasesLead, CasesRead, CasesReview, Permit as _};
use crate::problem::Problem;
use crate::restricted;

/// Other cases, and earlier decisions, that are shown beside a case.
const BESIDE_MAX: u32 = 10;

/// Subjects of a case whose texts are shown.
const SHOWN_MAX: usize = 50;

/// Decisions among which an event with a text is looked for.
const EARLIER_MAX: u32 = 20;

/// Characters of each of those texts.
const TEXT_MAX: usize = 280;

/// Shows somebody's own work.
pub(crate) async fn mine(
    State(app): State<App>,
    signed: Signed<CasesRead>,
) -> Result<Markup, Away> {
    let view = work::work(&app, &signed.caller).await.map_err(|problem| signed.oops(problem))?;
    Ok(work_page(&signed.frame("/work", "My work"), &view, None))
}

/// Claims the next case and shows it.
pub(crate) async fn next(
    State(app): State<App>,
    signed: Signed<CasesReview>,
    Form(form): Form<HashMap<String, String>>,
) -> Result<Response, Away> {
    signed.check(form.get("csrf").map_or("", String::as_str))?;
    match desk::act(&app, &signed.caller, None, Command::Claim).await {
        Ok(case) => Ok(Redirect::to(&format!("/cases/{}", case.name())).into_response()),
        Err(problem @ (Problem::Nothing(_) | Problem::Case(..))) => {
            let view = work::work(&app, &signed.caller).await.map_err(|p| signed.oops(p))?;
            let (frame, why) = (signed.frame("/work", "My work"), problem.to_string());
            Ok((problem.status(), work_page(&frame, &view, Some(&why))).into_response())
        }
        Err(problem) => Err(signed.oops(problem)),
    }
}

/// Shows all queues.
pub(crate) async fn queues(
    State(app): State<App>,
    signed: Signed<CasesRead>,
) -> Result<Markup, Away> {
    let view = queues::queues(&app).await.map_err(|problem| signed.oops(problem))?;
    Ok(queues_page(&signed.frame("/queues", "Queues"), &view))
}

/// Shows cases.
pub(crate) async fn show(
    State(app): State<App>,
    signed: Signed<CasesRead>,
    Asked(which): Asked<Which>,
) -> Result<Markup, Away> {
    let view = found(&app, &signed.caller, &which).await.map_err(|p| signed.oops(p))?;
    Ok(page(&signed.frame("/cases", "Cases"), &which, &view))
}

/// Shows one case.
pub(crate) async fn one(
    State(app): State<App>,
    signed: Signed<CasesRead>,
    Named(id): Named<String>,
) -> Result<Markup, Away> {
    let shown = async {
        let case = seen(&app, &signed.caller, &id).await?;
        view(&app, &signed, &case, None).await
    };
    let view = shown.await.map_err(|problem| signed.oops(problem))?;
    Ok(case_page(&signed.frame("/cases", format!("Case {id}")), &view))
}

/// Does something with a case.
pub(crate) async fn act(
    State(app): State<App>,
    signed: Signed<CasesReview>,
    Named(id): Named<String>,
    Form(form): Form<HashMap<String, String>>,
) -> Result<Response, Away> {
    signed.check(form.get("csrf").map_or("", String::as_str))?;
    let done = async {
        let name = id.parse().map_err(Problem::Wrong)?;
        let word = form.get("do").map_or("", String::as_str);
        if word == "golden" || word == "ordinary" {
            if !signed.may(CasesLead::NAME) {
                return Err(Problem::Forbidden(CasesLead::NAME));
            }
            return desk::set_golden(&app, &signed.caller, name, word == "golden").await;
        }
        desk::act(&app, &signed.caller, Some(name), command(&form)?).await
    };
    match done.await {
        Ok(_) => Ok(Redirect::to(&format!("/cases/{id}")).into_response()),
        Err(problem) => {
            let status = problem.status();
            let shown = async {
                let case = seen(&app, &signed.caller, &id).await?;
                view(&app, &signed, &case, Some(problem.to_string())).await
            };
            let view = shown.await.map_err(|problem| signed.oops(problem))?;
            let frame = signed.frame("/cases", format!("Case {id}"));
            Ok((status, case_page(&frame, &view)).into_response())
        }
    }
}

/// What a form asks for.
fn command(form: &HashMap<String, String>) -> Result<Command, Problem> {
    let told = |name: &str| form.get(name).map(|text| text.trim().to_owned()).unwrap_or_default();
    let note = told("note");
    Ok(match told("do").as_str() {
        "claim" => Command::Claim,
        "renew" => Command::Renew,
        "undo" => Command::Undo,
        "skip" => Command::Skip { note },
        "answer" => Command::Answer { note },
        "escalate" => Command::Escalate { note },
        "consult" => Command::Consult { to: told("to"), note },
        "transfer" => Command::Transfer { to: told("to"), note },
        "violation" => Command::Close {
            verdict: Verdict {
                finding: Finding::Violation,
                policy: told("policy"),
                effects: effects(form),
                note,
                reasons: told("reasons"),
                ..Verdict::default()
            },
        },
        "no_violation" => Command::Close {
            verdict: Verdict {
                finding: Finding::NoViolation,
                policy: told("policy"),
                note,
                reasons: told("reasons"),
                manifestly_unfounded: form.contains_key("manifestly_unfounded"),
                ..Verdict::default()
            },
        },
        other => return Err(Problem::Wrong(format!("nobody can `{other}` a case"))),
    })
}

/// The effects that are ticked, with what stands beside them.
fn effects(form: &HashMap<String, String>) -> Vec<String> {
    let ticked = EFFECTS.iter().filter(|(_, word, _)| form.contains_key(*word));
    let one = |(_, word, _): &(&str, &str, &str)| {
        let beside = match *word {
            "label" => "label_text",
            "disable" => "countries",
            "suspend_account" => "days",
            _ => return (*word).to_owned(),
        };
        match form.get(beside).map(|text| text.trim()) {
            Some(text) if !text.is_empty() => format!("{word}:{text}"),
            _ => (*word).to_owned(),
        }
    };
    ticked.map(one).collect()
}

/// Everything that the page of a case shows.
async fn view<P>(
    app: &App,
    signed: &Signed<P>,
    case: &Case,
    problem: Option<String>,
) -> Result<View, Problem> {
    let core = app.core()?;
    let whole = whole(app, case).await?;
    let (_, rules) = core.policies.current();
    let choice = |policy: &types::Policy| PolicyChoice {
        id: policy.id.clone(),
        title: policy.title.clone(),
        text: policy.text.clone(),
        severity: policy.severity,
    };
    let policies = rules.program.policies.iter().map(choice).collect();
    let mut view = View {
        ordered: ordered(core, case).await?,
        rights: rights(app, signed, case),
        media: media(app, case),
        account: known(core, case).await?,
        network: match account(case) {
            Some(account) => Some(network::around(app, account).await?),
            None => None,
        },
        members: match case.subject().filter(|subject| subject.kind() == "network") {
            Some(subject) => network::members(app, subject.id()).await?,
            None => Vec::new(),
        },
        history: history(app, core, case).await?,
        similar: similar(core, signed, case).await?,
        is_withheld: false,
        texts: HashMap::new(),
        notices: Vec::new(),
        order: None,
        fields: Vec::new(),
        reasons: Vec::new(),
        deliveries: Vec::new(),
        whole,
        policies,
        problem,
    };
    if restricted::is_withheld(app, &signed.caller, case).await? {
        (view.media, view.is_withheld) = (None, true);
        return Ok(view);
    }
    material(core, case, &mut view).await?;
    Ok(view)
}

/// Fills in what the case is about: what was filed, what it says, why it is here.
async fn material(core: &Core, case: &Case, view: &mut View) -> Result<(), Problem> {
    let verdict = case.members.first().and_then(|member| member.verdict.as_ref());
    if let Some(id) = verdict
        && let Ok(row) = detail::find(core, id).await
    {
        let told = detail::deliveries(core, &row).await?;
        view.deliveries = told.into_iter().map(delivery).collect();
    }
    let is_blind = case.kind.is_measure() && !case.is_closed();
    view.texts = texts(core, case).await?;
    view.notices = notices::given(core, case.id).await?;
    if case.kind == casework::Kind::Order {
        let row = ordering::row_of(core, case).await?;
        view.order = Some((row.id.clone(), Kept::read(&row)?.order));
    }
    // In a case about an account, its first post is what there is to look at.
    let first = case.members.iter().find(|member| !member.decisions.is_empty());
    // The last decision of a blind one is the verdict that it is compared with.
    let decision = first.filter(|member| !is_blind || member.decisions.len() > 1);
    let decision = decision.and_then(|member| member.decisions.first());
    if let Some(id) = decision
        && let Ok(row) = detail::find(core, id).await
    {
        let detail = detail::of(core, row).await?;
        let Some(kept) = detail.kept else { return Ok(()) };
        let evidence: Vec<_> =
            kept.decision.reasons.iter().flat_map(|reason| &reason.evidence).collect();
        let data = serde_json::to_value(&kept.event.data).unwrap_or_default();
        view.fields = fields(&data, &evidence);
        view.reasons = kept.decision.reasons.iter().map(|one| reason(one, &kept)).collect();
    }
    if view.fields.is_empty() && !is_blind {
        view.fields = earlier(core, case).await?;
    }
    Ok(())
}

/// The texts of the first subject from an earlier event that something was decided on: notices, orders
/// and appeals bring none.
async fn earlier(core: &Core, case: &Case) -> Result<Vec<Field>, Problem> {
    let subject = case.subject().map(|subject| subject.0.clone());
    let filter =
        store::Filter { subject, is_newest_first: true, limit: EARLIER_MAX, ..Default::default() };
    for row in core.store.decisions(&filter).await?.rows {
        let Some(kept) = detail::of(core, row).await?.kept else { continue };
        let has_text = kept.event.data.content.as_ref().is_some_and(|c| c.text.is_some());
        if has_text {
            let data = serde_json::to_value(&kept.event.data).unwrap_or_default();
            return Ok(fields(&data, &[]));
        }
    }
    Ok(Vec::new())
}

/// What the subjects of a case say, where it covers several: nobody judges what they have not seen.
async fn texts(core: &Core, case: &Case) -> Result<HashMap<String, String>, Problem> {
    let mut texts = HashMap::new();
    if case.members.len() < 2 {
        return Ok(texts);
    }
    for member in case.members.iter().take(SHOWN_MAX) {
        let Some(id) = member.decisions.first() else { continue };
        let Ok(row) = detail::find(core, id).await else { continue };
        let Some(kept) = detail::of(core, row).await?.kept else { continue };
        let content = kept.event.data.content.unwrap_or_default();
        let said = content.title.into_iter().chain(content.text);
        let text: String = said.collect::<Vec<_>>().join(" · ").chars().take(TEXT_MAX).collect();
        texts.insert(member.subject.0.clone(), text);
    }
    Ok(texts)
}

fn rights<P>(app: &App, signed: &Signed<P>, case: &Case) -> Rights {
    let name = signed.name.as_str();
    let now_ms = app.now().as_millisecond();
    let is_held_by_other = case.holder().is_some_and(|holder| holder != name);
    let asked = case.asked.as_ref();
    Rights {
        is_mine: case.holder() == Some(name),
        can_claim: !case.is_closed() && !is_held_by_other && signed.may(CasesReview::NAME),
        can_undo: case.judge() == Some(name) && Desk::can_undo(case, now_ms),
        is_asked: asked.is_some_and(|asked| asked.to == name),
        is_lead: signed.may(CasesLead::NAME),
    }
}

/// What an order asks to be done; and what is to be kept stays kept without being ticked.
async fn ordered(core: &Core, case: &Case) -> Result<Vec<String>, Problem> {
    if case.kind != casework::Kind::Order {
        return Ok(Vec::new());
    }
    let kept = Kept::read(&ordering::row_of(core, case).await?)?;
    Ok(ordering::effects(&kept.order))
}

/// Where the media of the first subject lie.
fn media(app: &App, case: &Case) -> Option<String> {
    let pattern = app.settings.casework.media_url.as_ref()?;
    let subject = case.subject().filter(|subject| subject.kind() == "content")?;
    let has_media = matches!(case.medium.as_str(), "video" | "photo" | "live" | "ad");
    let id = crate::console::layout::segment(subject.id());
    has_media.then(|| pattern.replace("{id}", &id))
}

fn account(case: &Case) -> Option<&str> {
    let first = case.members.first()?;
    let is_account = first.subject.kind() == "account";
    first.account.as_deref().or_else(|| is_account.then(|| first.subject.id()))
}

/// What is known of the account, names and values.
async fn known(core: &Core, case: &Case) -> Result<Vec<(String, String)>, Problem> {
    let Some(id) = account(case) else { return Ok(Vec::new()) };
    let known = core.pipeline.known(Subject::new("account", id)).await;
    // Who complained is for the platform to answer, and nothing to judge by.
    let known = known.ok_or(Problem::NotReady("stopping"))?;
    let known = engine::state::Known { flagged_by: Vec::new(), ..known };
    let mut pairs = vec![("account".to_owned(), id.to_owned())];
    pairs.extend(flat("", &serde_json::to_value(&known).unwrap_or_default()));
    pairs.retain(|(_, value)| !["null", "0", "false"].contains(&value.as_str()));
    for (name, _) in &mut pairs {
        *name = name.replace("standing.", "").replace('_', " ");
    }
    Ok(pairs)
}

/// Decisions on the account, the newest first.
async fn history(
    app: &App,
    core: &Core,
    case: &Case,
) -> Result<Vec<crate::console::decisions::Row>, Problem> {
    if case.kind.is_measure() && !case.is_closed() {
        return Ok(Vec::new());
    }
    let filter = Filter {
        account: account(case).map(str::to_owned),
        subject: case.subject().filter(|_| account(case).is_none()).map(|s| s.0.clone()),
        is_newest_first: true,
        limit: BESIDE_MAX,
        ..Filter::default()
    };
    rows(app, core.store.decisions(&filter).await?.rows)
}

/// Other cases of the account.
async fn similar<P>(
    core: &Core,
    signed: &Signed<P>,
    case: &Case,
) -> Result<Vec<CaseItem>, Problem> {
    let Some(account) = account(case) else { return Ok(Vec::new()) };
    let filter = CaseFilter { account: Some(account.to_owned()), ..CaseFilter::default() };
    let found = core.store.cases(&filter, BESIDE_MAX).await?;
    // A blind reviewer is not shown what the first one said.
    let is_told = !case.kind.is_measure() || case.is_closed();
    let others = found.iter().filter(|(id, _)| *id != case.id && is_told);
    let others = others.map(|(_, body)| desk::read(body));
    let mut others = others.collect::<Result<Vec<_>, _>>()?;
    others.retain(|other| may_see(&signed.caller, other));
    CaseItem::all(core, &others).await
}
