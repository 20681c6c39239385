//! Orders: the board with their clocks, the page of an order, and partners and authorities.

use app::filings::parties::{Party, PartyItem};
use app::orders::{ClockView, OrderPage, OrderView};
use legal::clock::ClockState;
use legal::order::OrderKind;
use maud::{Markup, html};

use super::cases::countdown;
use super::holds;
use super::layout::Column::Text;
use super::layout::{self, Frame};
use super::order_steps::{authorities, done, steps, ways};

/// The board of orders.
pub(crate) fn orders(
    frame: &Frame,
    view: &OrderPage,
    parties: &[PartyItem],
    problem: Option<&str>,
) -> Markup {
    let body = html! {
        div.head { div {
            h1 { "Orders" }
            p { "Orders of authorities, each with its clocks. A missed clock stays missed." }
        } }
        @if let Some(problem) = problem { p.notice.notice-danger role="alert" { (problem) } }
        section.card.flush aria-label="Orders" {
            @if view.items.is_empty() {
                (layout::empty("No orders yet", "Authorities send them with their own key."))
            } @else {
                (layout::list(
                    ("Board of orders", "Orders, newest first"),
                    &[
                        Text("Order"), Text("Kind"), Text("Authority"), Text("State"),
                        Text("Clocks"), Text("Received (UTC)"), Text("Case"),
                    ],
                    html! { @for order in &view.items { (order_row(order)) } },
                ))
            }
        }
        (type_in(frame, parties))
    };
    layout::page(frame, body)
}

fn order_row(view: &OrderView) -> Markup {
    let order = &view.order;
    let reference = if order.reference.is_empty() { &view.id } else { &order.reference };
    html! {
        tr {
            th scope="row" { a.break href={ "/orders/" (view.id) } { (reference) } }
            td { (kind(order.kind)) }
            td {
                (view.authority.as_deref().unwrap_or(&order.authority.name))
                @if !order.issuing_member_state.is_empty() {
                    span.soft { " " (order.issuing_member_state) }
                }
            }
            td.nowrap {
                (state(&view.state))
                @if order.kind == OrderKind::Retention && view.holds.is_empty() && view.state == "open" {
                    " " (layout::badge("danger", "no hold"))
                }
            }
            td {
                @for clock in view.clocks.iter().filter(|clock| is_worth_showing(clock)) {
                    div.nowrap { (clock_line(clock)) }
                }
            }
            td.nowrap {
                @if let Some(at) = order.received_at { (layout::time(&at.to_string())) }
            }
            td {
                @if let Some(case) = &view.case { a href={ "/cases/" (case) } { (case) } }
                @else { span.soft { "–" } }
            }
        }
    }
}

/// Whether a clock is shown: it is open, missed or suspended. Clocks met in time are not shown.
const fn is_worth_showing(clock: &ClockView) -> bool {
    !matches!(clock.state, ClockState::Met | ClockState::Over)
}

fn clock_line(clock: &ClockView) -> Markup {
    html! {
        span.soft { (clock.article) ": " }
        @match (clock.state, clock.due) {
            (ClockState::Missed, _) => { (layout::badge("danger", "missed")) }
            (ClockState::MetLate, _) => { (layout::badge("danger", "done too late")) }
            (ClockState::Suspended, _) => { (layout::badge("warn", "suspended")) }
            (ClockState::Met, _) => { (layout::badge("good", "done in time")) }
            (ClockState::Over, _) => { (layout::badge("plain", "over")) }
            (_, Some(due)) => { (countdown(due)) }
            (_, None) => { (layout::badge("info", "without undue delay")) }
        }
    }
}

fn kind(kind: OrderKind) -> &'static str {
    match kind {
        OrderKind::Removal => "removal",
        OrderKind::Act => "to act",
        OrderKind::Inform => "to inform",
        OrderKind::Retention => "retention",
    }
}

/// The state of a filing, as a badge.
pub(crate) fn state(state: &str) -> Markup {
    let tone = match state {
        "open" => "info",
        "unconfirmed" => "warn",
        "executed" | "answered" | "upheld" => "good",
        "impossible" | "insufficient" | "partly_reversed" => "warn",
        "forged" | "annulled" | "reversed" => "danger",
        _ => "plain",
    };
    layout::badge(tone, &state.replace('_', " "))
}

/// The form for an order that did not come through the channel of its authority.
fn type_in(frame: &Frame, parties: &[PartyItem]) -> Markup {
    html! {
        section.card.stack aria-labelledby="type-title" {
            h2 #type-title { "Type in an order, or paste its file" }
            form.stack action="/orders" method="post" {
                (layout::hidden_csrf(frame))
                div.filters {
                    div.field {
                        label for="authority" { "Authority" }
                        select #authority name="authority" {
                            option value="" { "not registered" }
                            (authorities(parties))
                        }
                    }
                    div.field {
                        label for="confirmed" { "How you verified it" }
                        select #confirmed name="confirmed" {
                            option value="" { "not yet" }
                            (ways())
                        }
                    }
                }
                div.field {
                    label for="order" { "Annex I, JSON or XML" }
                    textarea.mid #order name="order" rows="10" spellcheck="false" required {}
                }
                div.row { button.primary type="submit" { "Submit" } }
            }
        }
    }
}

/// The page of one order.
pub(crate) fn order(
    frame: &Frame,
    (view, parties): (&OrderView, &[PartyItem]),
    problem: Option<&str>,
) -> Markup {
    let order = &view.order;
    let body = html! {
        div.head {
            div {
                h1 { "Order " (if order.reference.is_empty() { &view.id } else { &order.reference }) }
                p {
                    (kind(order.kind)) " by " (order.authority.name) " (" (order.issuing_member_state)
                    ")"
                }
            }
            div.row {
                (state(&view.state))
                @if let Some(case) = &view.case { a.button href={ "/cases/" (case) } { "Case " (case) } }
                @if view.answer.is_some() {
                    a.button href={ "/orders/" (view.id) "/annex" } { "Answer to the authority" }
                }
            }
        }
        @if let Some(problem) = problem { p.notice.notice-danger role="alert" { (problem) } }
        @if let Some(missing) = &view.answer_missing {
            p.notice.notice-danger role="alert" {
                strong { "The authority cannot be answered. " } (missing) "."
            }
        }
        div.grid-main {
            div.stack-l { (demand(view)) (holds::section(frame, view)) (doubts(view)) }
            div.stack-l { (clocks(view)) (steps(frame, view, parties)) }
        }
    };
    layout::page(frame, body)
}

fn demand(view: &OrderView) -> Markup {
    let order = &view.order;
    html! {
        section.card.stack aria-labelledby="demand-title" {
            h2 #demand-title { "What the order demands" }
            dl.pairs {
                @if !order.urls.is_empty() {
                    dt { "Addresses" }
                    dd { @for url in &order.urls { div.break { code { (url) } } } }
                }
                @if !order.recipients.is_empty() {
                    dt { "About" } dd.break { (order.recipients.join(", ")) }
                }
                @if !order.scope.description.is_empty() {
                    dt { "Scope" } dd { (order.scope.description) }
                }
                @if !order.scope.words.is_empty() {
                    dt { "Words" } dd { (order.scope.words.join(", ")) }
                }
                @if !order.keep_until.is_empty() { dt { "Keep until" } dd { (order.keep_until.0) } }
                @if !order.territory.is_empty() {
                    dt { "Territory" } dd { (order.territory.join(", ")) }
                }
                @if !order.legal_basis.is_empty() {
                    dt { "Legal basis" } dd { (order.legal_basis) }
                }
                @if !order.reasons.is_empty() { dt { "Reasons" } dd { (order.reasons) } }
                @if let Some(until) = view.silent_until {
                    dt { "Silence" } dd { "towards the person affected, until " (layout::time(&until.to_string())) }
                }
                @if !order.issued_at.is_empty() { dt { "Issued" } dd { (order.issued_at.0) } }
                @if let Some(at) = order.received_at {
                    dt { "Received" } dd { (layout::time(&at.to_string())) }
                }
            }
            @if let Some(outcome) = &view.outcome { (done(view, outcome)) }
        }
    }
}

fn doubts(view: &OrderView) -> Markup {
    use legal::authority::Trust;
    html! {
        section.card.stack aria-labelledby="doubts-title" {
            h2 #doubts-title { "Is the order real, complete and new?" }
            @match &view.trust {
                Trust::Verified => { p { (layout::badge("good", "verified")) " It comes from its authority." } }
                Trust::Unverified { reason } => { p { (layout::badge("warn", "unverified")) " " (reason) } }
                Trust::Forged { reason } => { p { (layout::badge("danger", "forged")) " " (reason) } }
            }
            @for missing in &view.missing {
                p {
                    (layout::badge(if missing.ground.is_some() { "danger" } else { "warn" }, &missing.article))
                    " " (missing.sentence)
                }
            }
            @for url in &view.unknown { p { (layout::badge("warn", "unknown here")) " " code { (url) } } }
            @for url in &view.unseen {
                p {
                    (layout::badge("warn", "never seen")) " " code { (url) }
                    " No event about it was received. Check whether it exists on the platform."
                }
            }
            @if let Some(first) = &view.duplicate_of {
                p {
                    (layout::badge("plain", "duplicate of")) " "
                    a href={ "/orders/" (first) } { (first) }
                }
            }
        }
    }
}

fn clocks(view: &OrderView) -> Markup {
    html! {
        section.card.stack aria-labelledby="clocks-title" {
            h2 #clocks-title { "Clocks" }
            @if view.clocks.is_empty() { p.soft { "No clock runs." } }
            @for clock in &view.clocks {
                div {
                    p { (clock_line(clock)) }
                    p.small.soft { (clock.sentence) }
                    @if let Some(due) = clock.due {
                        p.small.soft { "due " (layout::time(&due.to_string())) }
                    }
                }
            }
        }
    }
}

/// The page of partners and authorities.
pub(crate) fn parties(frame: &Frame, parties: &[PartyItem], problem: Option<&str>) -> Markup {
    let body = html! {
        div.head { div {
            h1 { "Partners and authorities" }
            p { "Senders of notices and orders with their own channel." }
        } }
        @if let Some(problem) = problem { p.notice.notice-danger role="alert" { (problem) } }
        section.card.flush aria-label="Parties" {
            @if parties.is_empty() {
                (layout::empty(
                    "No parties yet",
                    "Register one, then create a key or an account for it with `--party`.",
                ))
            } @else {
                (layout::list(
                    ("Table of parties", "Partners and authorities by id"),
                    &[Text("Id"), Text("Name"), Text("Kind"), Text("Details")],
                    html! { @for one in parties { (party_row(one)) } },
                ))
            }
        }
        (new_party(frame))
    };
    layout::page(frame, body)
}

fn party_row(one: &PartyItem) -> Markup {
    html! {
        tr {
            th scope="row" { (one.id) }
            td { (one.party.name()) }
            @match &one.party {
                Party::TrustedFlagger { member_state, expertise, .. } => {
                    td { "trusted flagger" } td { (member_state) " " (expertise.join(", ")) }
                }
                Party::RapidResponse { role, missions, .. } => {
                    td { "rapid response" } td { (role.replace('_', " ")) " " (missions.join(", ")) }
                }
                Party::Authority { authority } => {
                    td { "authority" }
                    td {
                        (authority.member_state) " "
                        @if authority.verified { (layout::badge("good", "verified")) }
                        @else { (layout::badge("warn", "not verified")) }
                        @if authority.auto_execute { " " (layout::badge("info", "carried out at once")) }
                    }
                }
            }
        }
    }
}

fn new_party(frame: &Frame) -> Markup {
    html! {
        section.card.stack aria-labelledby="new-party-title" {
            h2 #new-party-title { "Register" }
            form.filters action="/parties" method="post" {
                (layout::hidden_csrf(frame))
                div.field { label for="party-id" { "Id" } input #party-id name="id" required pattern="[a-z0-9\\-]+"; }
                div.field { label for="party-name" { "Name" } input #party-name name="name" required; }
                div.field {
                    label for="party-kind" { "Kind" }
                    select #party-kind name="kind" {
                        option value="trusted_flagger" { "trusted flagger" }
                        option value="rapid_response" { "rapid-response signatory" }
                        option value="law_enforcement" { "authority: law enforcement" }
                        option value="judge" { "authority: judge, court" }
                        option value="competent_authority" { "authority: other" }
                        option value="dsc" { "Digital Services Coordinator" }
                    }
                }
                div.field {
                    label for="party-state" { "Member state" }
                    input #party-state name="member_state" maxlength="2" placeholder="RO";
                }
                label.check { input type="checkbox" name="verified"; "We verified that it exists" }
                label.check {
                    input type="checkbox" name="auto_execute";
                    "Carry out its orders at once"
                }
                button.primary type="submit" { "Register" }
            }
        }
    }
}
