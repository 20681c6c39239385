//! `/orders`, `/holds`, `/notices`, `/appeals`, `/parties`, and the public form `/notice`.

use std::collections::HashMap;
use std::net::SocketAddr;

use app::access::caller::is_same;
use app::access::permission::{
    AppealsRead, NoticesRead, NoticesWrite, OrdersExecute, OrdersRead, OrdersWrite, PartiesWrite,
};
use app::filings::parties::Party;
use app::filings::{appeals, notices, parties};
use app::{App, Problem, orders};
use axum::Form;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use legal::annex::Moment;
use legal::authority::{Authority, Way};
use legal::clock::Ground;
use legal::notice::Notice;
use legal::order::Scope;
use maud::Markup;
use web::extract::{Named, QueryParameters};
use web::principal::cookie;

use crate::pages::access::{FORM_COOKIE, form_cookie};
use crate::pages::signed::{Away, Signed};
use crate::view::{
    holds as hold_pages, notices as notice_pages, order_steps as order_step_pages,
    orders as order_pages,
};

type Fields = HashMap<String, String>;

fn told(form: &Fields, name: &str) -> String {
    form.get(name).map(|text| text.trim().to_owned()).unwrap_or_default()
}

/// The value for a name that a form shares with the API.
fn word<T: serde::de::DeserializeOwned>(text: String) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(text)).ok()
}

/// Shows the board of orders.
pub(crate) async fn board(
    State(app): State<App>,
    signed: Signed<OrdersRead>,
    QueryParameters(which): QueryParameters<orders::OrderQuery>,
) -> Result<Markup, Away> {
    listed(&app, &signed, &which, None).await
}

async fn listed<P>(
    app: &App,
    signed: &Signed<P>,
    which: &orders::OrderQuery,
    problem: Option<String>,
) -> Result<Markup, Away> {
    let shown = async {
        let parties = match signed.caller.party() {
            None => parties::all(app).await?,
            Some(_) => Vec::new(),
        };
        Ok::<_, Problem>((orders::page(app, &signed.caller, which).await?, parties))
    };
    let (view, parties) = shown.await.map_err(|problem| signed.oops(problem))?;
    Ok(order_pages::orders(&signed.frame("/orders", "Orders"), &view, &parties, problem.as_deref()))
}

/// Submits an order that staff typed in.
pub(crate) async fn take_order(
    State(app): State<App>,
    signed: Signed<OrdersWrite>,
    Form(form): Form<Fields>,
) -> Result<Response, Away> {
    signed.check(&told(&form, "csrf"))?;
    let taken = async {
        let order = orders::read(told(&form, "order").as_bytes(), "")?.received(app.now());
        let from = orders::From {
            authority: told(&form, "authority"),
            confirmed: word(told(&form, "confirmed")),
        };
        orders::take(&app, &signed.caller, &from, order).await
    };
    match taken.await {
        Ok(view) => Ok(Redirect::to(&format!("/orders/{}", view.id)).into_response()),
        Err(problem) => {
            let (status, why) = (web::status(&problem), Some(problem.to_string()));
            let page = listed(&app, &signed, &orders::OrderQuery::default(), why).await?;
            Ok((status, page).into_response())
        }
    }
}

/// Shows one order.
pub(crate) async fn order(
    State(app): State<App>,
    signed: Signed<OrdersRead>,
    Named(id): Named<String>,
) -> Result<Markup, Away> {
    one_order(&app, &signed, &id, None).await
}

/// The page of one order.
async fn one_order<P>(
    app: &App,
    signed: &Signed<P>,
    id: &str,
    problem: Option<&str>,
) -> Result<Markup, Away> {
    let found = async {
        let view = orders::find(app, &signed.caller, id).await?;
        let parties = match signed.caller.party() {
            None => parties::all(app).await?,
            Some(_) => Vec::new(),
        };
        Ok::<_, Problem>((view, parties))
    };
    let (view, parties) = found.await.map_err(|problem| signed.oops(problem))?;
    Ok(order_pages::order(&signed.frame("/orders", "Order"), (&view, &parties), problem))
}

/// Shows the answer to an order, to be printed.
pub(crate) async fn annex(
    State(app): State<App>,
    signed: Signed<OrdersRead>,
    Named(id): Named<String>,
) -> Result<Markup, Away> {
    let view = orders::find(&app, &signed.caller, &id).await.map_err(|p| signed.oops(p))?;
    Ok(order_step_pages::annex(&view))
}

/// Performs a step with an order.
pub(crate) async fn step(
    State(app): State<App>,
    signed: Signed<OrdersExecute>,
    Named(id): Named<String>,
    Form(form): Form<Fields>,
) -> Result<Response, Away> {
    signed.check(&told(&form, "csrf"))?;
    let step = match told(&form, "do").as_str() {
        "impossible" => orders::Step::Impossible {
            ground: word(told(&form, "ground")).unwrap_or(Ground::InsufficientInformation),
            reasons: told(&form, "reasons"),
            clarification: told(&form, "clarification"),
        },
        "clarified" => orders::Step::Clarified,
        "confirm" => orders::Step::Confirm {
            way: word(told(&form, "way")).unwrap_or(Way::CalledBack),
            authority: told(&form, "authority"),
        },
        "done" => match told(&form, "at").as_str() {
            "" => orders::Step::Done { at: None, note: told(&form, "note") },
            at => match at.parse() {
                Ok(at) => orders::Step::Done { at: Some(at), note: told(&form, "note") },
                Err(_) => {
                    let why = format!("`{at}` is not a time; write 2026-08-01T10:05:00Z");
                    return Err(signed.oops(Problem::Wrong(why)));
                }
            },
        },
        "answered" => orders::Step::Answered { note: told(&form, "note") },
        "scrutiny" => orders::Step::Scrutiny,
        "inform" => orders::Step::Inform,
        "annul" => orders::Step::Annul { note: told(&form, "note") },
        "hold" => orders::Step::Hold { scope: scope(&form) },
        other => {
            let why = format!("`{other}` is not a step with an order");
            return Err(signed.oops(Problem::Wrong(why)));
        }
    };
    match orders::go_on(&app, &signed.caller, &id, step).await {
        Ok(_) => Ok(Redirect::to(&format!("/orders/{id}")).into_response()),
        Err(problem) => {
            let (status, why) = (web::status(&problem), problem.to_string());
            let page = one_order(&app, &signed, &id, Some(&why)).await?;
            Ok((status, page).into_response())
        }
    }
}

/// The scope of a hold, from a form.
fn scope(form: &Fields) -> Scope {
    let list = |name: &str| {
        let words = told(form, name);
        let words = words.split(',').map(str::trim).filter(|word| !word.is_empty());
        words.map(str::to_owned).collect()
    };
    Scope {
        accounts: list("accounts"),
        contents: list("contents"),
        types: list("types"),
        countries: list("countries"),
        languages: list("languages"),
        words: list("words"),
        from: Moment(told(form, "from")),
        until: Moment(told(form, "until")),
        ..Scope::default()
    }
}

/// Shows the holds.
pub(crate) async fn holds(
    State(app): State<App>,
    signed: Signed<OrdersExecute>,
) -> Result<Markup, Away> {
    let held = async { orders::held(&app).await };
    let held = held.await.map_err(|problem| signed.oops(problem))?;
    Ok(hold_pages::page(&signed.frame("/holds", "Holds"), &held))
}

/// Releases a hold.
pub(crate) async fn release(
    State(app): State<App>,
    signed: Signed<OrdersExecute>,
    Named(id): Named<String>,
    Form(form): Form<Fields>,
) -> Result<Redirect, Away> {
    signed.check(&told(&form, "csrf"))?;
    let done = orders::let_go(&app, &signed.caller, &id).await;
    done.map_err(|problem| signed.oops(problem))?;
    Ok(Redirect::to("/holds"))
}

/// Shows all notices, or those of a partner.
pub(crate) async fn notices(
    State(app): State<App>,
    signed: Signed<NoticesRead>,
    QueryParameters(which): QueryParameters<notices::NoticeQuery>,
) -> Result<Markup, Away> {
    shown(&app, &signed, &which, None).await
}

async fn shown<P>(
    app: &App,
    signed: &Signed<P>,
    which: &notices::NoticeQuery,
    told: Option<Markup>,
) -> Result<Markup, Away> {
    let view = notices::page(app, &signed.caller, which).await.map_err(|p| signed.oops(p))?;
    let is_partner = signed.caller.party().is_some();
    let frame = signed.frame("/notices", "Notices");
    Ok(notice_pages::notices(&frame, &view, is_partner, told.as_ref()))
}

/// Submits a notice of a partner.
pub(crate) async fn give(
    State(app): State<App>,
    signed: Signed<NoticesWrite>,
    Form(form): Form<Fields>,
) -> Result<Response, Away> {
    signed.check(&told(&form, "csrf"))?;
    match notices::take(&app, Some(&signed.caller), notice(&form)).await {
        Ok(receipt) => {
            let told = Some(notice_pages::receipt(&receipt));
            let page = shown(&app, &signed, &notices::NoticeQuery::default(), told).await?;
            Ok((StatusCode::CREATED, page).into_response())
        }
        Err(problem) => Err(signed.oops(problem)),
    }
}

/// The notice in a form.
fn notice(form: &Fields) -> Notice {
    let some = |name: &str| Some(told(form, name)).filter(|text| !text.is_empty());
    let urls = told(form, "urls");
    Notice {
        explanation: told(form, "explanation"),
        urls: urls
            .lines()
            .map(str::trim)
            .filter(|url| !url.is_empty())
            .map(str::to_owned)
            .collect(),
        name: some("name"),
        email: some("email"),
        language: some("language"),
        good_faith: form.contains_key("good_faith"),
        category: some("category"),
        child_protection_exemption: form.contains_key("child_protection_exemption"),
        ..Notice::default()
    }
}

/// Shows the public form for notices.
pub(crate) async fn form(State(app): State<App>) -> Response {
    public(&app, None, StatusCode::OK)
}

/// The public form, bound to the browser that loads it.
fn public(app: &App, told: Option<&Markup>, status: StatusCode) -> Response {
    let token = hex::encode(app.bytes::<16>());
    let mut response = (status, notice_pages::notice_form(&token, told)).into_response();
    response.headers_mut().append(header::SET_COOKIE, form_cookie(app, &token));
    response
}

/// Submits a notice from the public form.
pub(crate) async fn send(
    State(app): State<App>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(form): Form<Fields>,
) -> Response {
    let bound = cookie(&headers, FORM_COOKIE);
    let taken = async {
        let token = told(&form, "csrf");
        if token.is_empty() || !bound.is_some_and(|bound| is_same(&bound, &token)) {
            return Err(Problem::Forged);
        }
        let notice = notice(&form);
        app.limits.notice(address.ip(), notice.urls.len().max(1))?;
        notices::take(&app, None, notice).await
    };
    match taken.await {
        Ok(receipt) => public(&app, Some(&notice_pages::receipt(&receipt)), StatusCode::CREATED),
        Err(problem) => {
            let status = web::status(&problem);
            let told =
                maud::html! { p.notice.notice-danger role="alert" { (problem.to_string()) } };
            public(&app, Some(&told), status)
        }
    }
}

/// Shows a notice and its answer, to anyone with its id.
pub(crate) async fn one_notice(State(app): State<App>, Named(id): Named<String>) -> Response {
    match notices::find(&app, None, &id).await {
        Ok(view) => notice_pages::notice(&view).into_response(),
        Err(problem) => Away::from(problem).into_response(),
    }
}

/// Shows appeals.
pub(crate) async fn appeals(
    State(app): State<App>,
    signed: Signed<AppealsRead>,
    QueryParameters(which): QueryParameters<appeals::AppealQuery>,
) -> Result<Markup, Away> {
    let view = appeals::page(&app, &which).await.map_err(|problem| signed.oops(problem))?;
    Ok(notice_pages::appeals(&signed.frame("/appeals", "Appeals"), &view))
}

/// Shows partners and authorities.
pub(crate) async fn parties(
    State(app): State<App>,
    signed: Signed<PartiesWrite>,
) -> Result<Markup, Away> {
    registered(&app, &signed, None).await
}

async fn registered<P>(
    app: &App,
    signed: &Signed<P>,
    problem: Option<String>,
) -> Result<Markup, Away> {
    let all = async { parties::all(app).await };
    let all = all.await.map_err(|problem| signed.oops(problem))?;
    Ok(order_pages::parties(&signed.frame("/parties", "Parties"), &all, problem.as_deref()))
}

/// Registers a partner or an authority.
pub(crate) async fn register(
    State(app): State<App>,
    signed: Signed<PartiesWrite>,
    Form(form): Form<Fields>,
) -> Result<Response, Away> {
    signed.check(&told(&form, "csrf"))?;
    let (id, name) = (told(&form, "id"), told(&form, "name"));
    let member_state = told(&form, "member_state").to_uppercase();
    let is_known = async { parties::find(app.core()?, &id).await };
    if is_known.await.map_err(|problem| signed.oops(problem))?.is_some() {
        let why = Some(format!("`{id}` is already registered; use the API to change it"));
        return Ok((StatusCode::CONFLICT, registered(&app, &signed, why).await?).into_response());
    }
    let party = match told(&form, "kind").as_str() {
        "trusted_flagger" => Party::TrustedFlagger { name, member_state, expertise: Vec::new() },
        "rapid_response" => {
            Party::RapidResponse { name, role: String::new(), missions: Vec::new() }
        }
        kind => Party::Authority {
            authority: Authority {
                id: id.clone(),
                name,
                member_state,
                kind: match word(kind.to_owned()) {
                    Some(kind) => kind,
                    None => {
                        let why = Some(format!("`{kind}` is not a kind of authority"));
                        let page = registered(&app, &signed, why).await?;
                        return Ok((StatusCode::BAD_REQUEST, page).into_response());
                    }
                },
                email_domains: Vec::new(),
                key_id: None,
                languages: Vec::new(),
                verified: form.contains_key("verified"),
                auto_execute: form.contains_key("auto_execute"),
                first_contact_at: None,
            },
        },
    };
    match parties::keep(&app, &signed.caller, &id, &party).await {
        Ok(()) => Ok(Redirect::to("/parties").into_response()),
        Err(problem) => {
            let (status, why) = (web::status(&problem), Some(problem.to_string()));
            Ok((status, registered(&app, &signed, why).await?).into_response())
        }
    }
}
