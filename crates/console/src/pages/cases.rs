//! `/work`, `/queues`, `/cases`: cases for people.

use std::collections::HashMap;

use app::access::permission::{CasesLead, CasesRead, CasesReview, Permit as _};
use app::cases::{
    CaseQuery, dossier, page as found, queues, restricted, review_queue, seen, whole, work,
};
use app::decisions::network;
use app::rules::policies;
use app::{App, Problem};
use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::Markup;
use review::{Case, Command, Finding, ReviewQueue, Verdict};
use serde::Serialize;
use serde_json::Value;
use web::extract::{Named, QueryParameters};

use crate::pages::decision::{delivery, fields, flat, reason};
use crate::pages::signed::{Away, Signed};
use crate::view::case::{PolicyChoice, Rights, View, page as case_page};
use crate::view::cases::{page, queues as queues_page, work as work_page};
use crate::view::verdict::EFFECTS;

/// Shows the viewer's own work.
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
    match review_queue::act(&app, &signed.caller, None, Command::Claim).await {
        Ok(case) => Ok(Redirect::to(&format!("/cases/{}", case.name())).into_response()),
        Err(problem @ (Problem::Nothing(_) | Problem::Case(..))) => {
            let view = work::work(&app, &signed.caller).await.map_err(|p| signed.oops(p))?;
            let (frame, why) = (signed.frame("/work", "My work"), problem.to_string());
            Ok((web::status(&problem), work_page(&frame, &view, Some(&why))).into_response())
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
    QueryParameters(which): QueryParameters<CaseQuery>,
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

/// Performs a command on a case.
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
            return review_queue::set_golden(&app, &signed.caller, name, word == "golden").await;
        }
        review_queue::act(&app, &signed.caller, Some(name), command(&form)?).await
    };
    match done.await {
        Ok(_) => Ok(Redirect::to(&format!("/cases/{id}")).into_response()),
        Err(problem) => {
            let status = web::status(&problem);
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

/// The command in a form.
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
        other => return Err(Problem::Wrong(format!("`{other}` is not a command for a case"))),
    })
}

/// The selected effects, with their parameters.
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

/// The data for the page of a case.
async fn view<P>(
    app: &App,
    signed: &Signed<P>,
    case: &Case,
    problem: Option<String>,
) -> Result<View, Problem> {
    let choice = |policy: types::Policy| PolicyChoice {
        id: policy.id,
        title: policy.title,
        text: policy.text,
        severity: policy.severity,
    };
    let account = dossier::account(case);
    let mut view = View {
        ordered: dossier::ordered(app, case).await?,
        rights: rights(app, signed, case),
        media: media(app, case),
        account: known(app, case).await?,
        network: match account {
            Some(account) => Some(network::around(app, account).await?),
            None => None,
        },
        members: match case.subject().filter(|subject| subject.kind() == "network") {
            Some(subject) => network::members(app, subject.id()).await?,
            None => Vec::new(),
        },
        history: dossier::history(app, case).await?,
        similar: dossier::similar(app, &signed.caller, case).await?,
        is_withheld: false,
        texts: HashMap::new(),
        notices: Vec::new(),
        order: None,
        fields: Vec::new(),
        reasons: Vec::new(),
        deliveries: Vec::new(),
        whole: whole(app, case).await?,
        policies: policies::all(app)?.into_iter().map(choice).collect(),
        problem,
    };
    if restricted::is_withheld(app, &signed.caller, case).await? {
        (view.media, view.is_withheld) = (None, true);
        return Ok(view);
    }
    let material = dossier::material(app, case).await?;
    view.deliveries = material.deliveries.into_iter().map(delivery).collect();
    (view.texts, view.notices, view.order) = (material.texts, material.notices, material.order);
    if let Some(kept) = material.decision {
        let evidence: Vec<_> =
            kept.decision.reasons.iter().flat_map(|reason| &reason.evidence).collect();
        view.fields = fields(&json(&kept.event.data), &evidence);
        view.reasons = kept.decision.reasons.iter().map(|one| reason(one, &kept)).collect();
    }
    if view.fields.is_empty()
        && let Some(event) = dossier::earlier(app, case).await?
    {
        view.fields = fields(&json(&event.data), &[]);
    }
    Ok(view)
}

fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

fn rights<P>(app: &App, signed: &Signed<P>, case: &Case) -> Rights {
    let name = signed.name.as_str();
    let now_ms = app.now().as_millisecond();
    let is_held_by_other = case.holder().is_some_and(|holder| holder != name);
    let asked = case.asked.as_ref();
    Rights {
        is_mine: case.holder() == Some(name),
        can_claim: !case.is_closed() && !is_held_by_other && signed.may(CasesReview::NAME),
        can_undo: case.judge() == Some(name) && ReviewQueue::can_undo(case, now_ms),
        is_asked: asked.is_some_and(|asked| asked.to == name),
        is_lead: signed.may(CasesLead::NAME),
    }
}

/// The address of the media of the first subject.
fn media(app: &App, case: &Case) -> Option<String> {
    let pattern = app.settings.casework.media_url.as_ref()?;
    let subject = case.subject().filter(|subject| subject.kind() == "content")?;
    let has_media = matches!(case.medium.as_str(), "video" | "photo" | "live" | "ad");
    let id = crate::view::layout::segment(subject.id());
    has_media.then(|| pattern.replace("{id}", &id))
}

/// What is known about the account, as names and values.
async fn known(app: &App, case: &Case) -> Result<Vec<(String, String)>, Problem> {
    let known = dossier::known(app, case).await?;
    let Some((id, known)) = dossier::account(case).zip(known) else { return Ok(Vec::new()) };
    let mut pairs = vec![("account".to_owned(), id.to_owned())];
    pairs.extend(flat("", &json(&known)));
    pairs.retain(|(_, value)| !["null", "0", "false"].contains(&value.as_str()));
    for (name, _) in &mut pairs {
        *name = name.replace("standing.", "").replace('_', " ");
    }
    Ok(pairs)
}
