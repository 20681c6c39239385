//! One decision: its effects, subject, reasons and delivery, and its proof.

use maud::{Markup, html};

use super::decisions::{self, ListedDecision};
use super::layout::Column::{Number, Text};
use super::layout::{self, Frame};
use super::reasons::Reason;
use super::{proof, reasons};

/// What the page of a decision shows.
pub(crate) struct View {
    /// The decision as in the list.
    pub(crate) row: ListedDecision,
    /// Whether it is restricted, and the viewer has no clearance.
    pub(crate) is_withheld: bool,
    /// The statement for the person affected.
    pub(crate) statement: String,
    /// Its category in the law.
    pub(crate) dsa: String,
    /// The degree of automation.
    pub(crate) automation: String,
    /// The countries in which it applies; empty for all.
    pub(crate) territory: Vec<String>,
    /// The language of the content.
    pub(crate) language: Option<String>,
    /// The fields of the content, split into pieces.
    pub(crate) fields: Vec<Field>,
    /// The rules that took part.
    pub(crate) reasons: Vec<Reason>,
    /// The facts before the event, as names and values.
    pub(crate) facts: Vec<(String, String)>,
    /// Its delivery, by receiver.
    pub(crate) deliveries: Vec<Delivery>,
    /// The event as indented JSON.
    pub(crate) event_json: String,
    /// The decision as indented JSON.
    pub(crate) decision_json: String,
    /// The proof of inclusion as JSON.
    pub(crate) proof_json: Option<String>,
    /// What the entry commits to, unless it was erased.
    pub(crate) payload: Option<Payload>,
    /// The public key of the ledger, hex.
    pub(crate) key: String,
    /// Other decisions on the same subject.
    pub(crate) later: Vec<ListedDecision>,
}

/// A field of the content.
pub(crate) struct Field {
    /// Its name.
    pub(crate) name: String,
    /// Its text in pieces, in order.
    pub(crate) pieces: Vec<Piece>,
}

/// A piece of text.
pub(crate) struct Piece {
    /// The text.
    pub(crate) text: String,
    /// The signals that found it; empty for plain text.
    pub(crate) marks: Vec<String>,
}

/// The delivery of a decision to a receiver.
pub(crate) struct Delivery {
    /// The receiver.
    pub(crate) receiver: String,
    /// Its state: delivered, waiting, retrying, dead or not subscribed.
    pub(crate) state: String,
    /// How often it was tried.
    pub(crate) attempts: u64,
    /// The error of the last attempt, if it failed.
    pub(crate) error: Option<String>,
    /// The time of the next attempt, RFC 3339.
    pub(crate) next: Option<String>,
}

/// The payload of the entry, byte for byte.
pub(crate) struct Payload {
    /// The salt, hex.
    pub(crate) salt_hex: String,
    /// The event as received.
    pub(crate) event: String,
    /// The facts before it, or empty.
    pub(crate) facts: String,
    /// The decision on it.
    pub(crate) decision: String,
}

/// The whole page.
pub(crate) fn page(frame: &Frame, view: &View) -> Markup {
    let body = html! {
        (head(view))
        div.grid-main {
            div.stack-l {
                (done(view))
                (content(&view.fields, view.is_withheld, &html! {}))
                section.card aria-labelledby="reasons-title" {
                    h2 #reasons-title { "Why" }
                    (reasons::list(&view.reasons))
                }
                (proof::panel(view))
                (raw(view))
            }
            div.stack-l {
                (about(view))
                (deliveries(&view.deliveries))
                (facts(&view.facts))
            }
        }
        @if !view.later.is_empty() {
            section.card.flush aria-labelledby="later-title" {
                h2 #later-title { "Other decisions on the same subject" }
                (decisions::table("Other decisions on the same subject", &view.later))
            }
        }
    };
    layout::page(frame, body)
}

fn head(view: &View) -> Markup {
    let row = &view.row;
    html! {
        div.head {
            div {
                h1 { (row.policy_title) }
                p {
                    "Decision " code { (row.id) } " on " (decisions::subject(&row.subject))
                }
            }
            (layout::effects(&row.effects))
        }
        @if view.is_withheld {
            p.notice {
                strong { "Restricted material. " }
                "Only people with clearance can see the content and the findings. Every look is an \
                 entry in the ledger."
            }
        }
        @if row.is_erased {
            p.notice {
                strong { "Erased. " }
                "Event, facts and statement were erased on request. Their commitment stays."
            }
        }
    }
}

fn done(view: &View) -> Markup {
    html! {
        section.card aria-labelledby="done-title" {
            @if view.row.effects.iter().any(|effect| effect == "notify") {
                h2 #done-title { "Statement to the person affected" }
            } @else {
                h2 #done-title { "Statement" }
                p.soft { "Probity sends the person affected no notice of this decision." }
            }
            @if view.statement.is_empty() { p.soft { "No statement is stored." } }
            @else { blockquote.statement lang="en" { (view.statement) } }
        }
    }
}

fn about(view: &View) -> Markup {
    let row = &view.row;
    html! {
        section.card aria-labelledby="about-title" {
            h2 #about-title { "Details" }
            dl.pairs {
                dt { "Event time" } dd { (layout::time(&row.time)) " UTC" }
                dt { "Policy" }
                dd { a href={ "/rules#policy-" (row.policy) } { (row.policy) } }
                dt { "Law" } dd { (view.dsa) }
                dt { "Automation" } dd { (view.automation.replace('_', " ")) }
                dt { "Applies in" }
                dd {
                    @if view.territory.is_empty() { "everywhere" }
                    @else { (view.territory.join(", ")) }
                }
                @if let Some(account) = &row.account {
                    dt { "Account" } dd { (decisions::subject(&format!("account/{account}"))) }
                }
                @if !row.country.is_empty() { dt { "Country" } dd { (row.country) } }
                @if let Some(language) = &view.language { dt { "Language" } dd { (language) } }
                dt { "Human review" }
                dd { @if row.is_human { "requested" } @else { "not requested" } }
                dt { "Ledger entry" } dd { (layout::grouped(row.seq)) }
            }
        }
    }
}

/// The texts of an event, hidden at first, below the `player`.
pub(crate) fn content(fields: &[Field], is_withheld: bool, player: &Markup) -> Markup {
    let why = match is_withheld {
        true => "Only people with clearance can see restricted material.",
        false => "There is no decision on an event with text, or the text was erased.",
    };
    html! {
        section.card aria-labelledby="content-title" {
            h2 #content-title { "Content" }
            (player)
            @if fields.is_empty() { (layout::empty("No text", why)) } @else {
                details data-veil {
                    summary { "Show the content" }
                    @for field in fields { (one_field(field)) }
                }
            }
        }
    }
}

fn one_field(field: &Field) -> Markup {
    let mut signals: Vec<&String> = Vec::new();
    for mark in field.pieces.iter().flat_map(|piece| &piece.marks) {
        if !signals.contains(&mark) {
            signals.push(mark);
        }
    }
    html! {
        div.content-field {
            h3.label { (field.name) }
            p.content-text dir="auto" {
                @for piece in &field.pieces { (one_piece(piece, &signals)) }
            }
            @if !signals.is_empty() {
                ol.legend {
                    @for (index, signal) in signals.iter().enumerate() {
                        li { (index + 1) " found by " code { (signal) } }
                    }
                }
            }
        }
    }
}

fn one_piece(piece: &Piece, signals: &[&String]) -> Markup {
    let places: Vec<String> = (1..=signals.len())
        .zip(signals)
        .filter(|(_, signal)| piece.marks.contains(signal))
        .map(|(place, _)| place.to_string())
        .collect();
    html! {
        @if piece.marks.is_empty() {
            (piece.text)
        } @else {
            mark title=(piece.marks.join(", ")) {
                (piece.text)
                sup aria-hidden="true" { (places.join(",")) }
                span.unseen { " (found by " (piece.marks.join(", ")) ")" }
            }
        }
    }
}

fn facts(facts: &[(String, String)]) -> Markup {
    html! {
        section.card aria-labelledby="facts-title" {
            h2 #facts-title { "Facts before the event" }
            @if facts.is_empty() {
                p.soft { "None." }
            } @else {
                dl.pairs { @for (name, value) in facts { dt { (name) } dd { (value) } } }
            }
        }
    }
}

pub(crate) fn deliveries(deliveries: &[Delivery]) -> Markup {
    html! {
        section.card.flush aria-labelledby="told-title" {
            h2 #told-title { "Delivery" }
            @if deliveries.is_empty() {
                (layout::empty("No receivers", "Add receivers of decisions to the configuration."))
            } @else {
                (layout::table(
                    ("Table of delivery", "Delivery of this decision, by receiver"),
                    &[Text("Receiver"), Text("State"), Number("Attempts")],
                    html! { @for delivery in deliveries { (one_delivery(delivery)) } },
                ))
            }
        }
    }
}

fn one_delivery(delivery: &Delivery) -> Markup {
    html! {
        tr {
            th scope="row" { (delivery.receiver) }
            td {
                (layout::badge(state_tone(&delivery.state), &delivery.state))
                @if let Some(error) = &delivery.error { p.small.soft.break { (error) } }
                @if let Some(next) = &delivery.next {
                    p.small.soft { "next attempt " (layout::time(next)) }
                }
            }
            td.num { (layout::grouped(delivery.attempts)) }
        }
    }
}

/// The tone for the state of a delivery.
pub(crate) fn state_tone(state: &str) -> &'static str {
    match state {
        "delivered" => "good",
        "dead" => "danger",
        "retrying" => "warn",
        _ => "plain",
    }
}

fn raw(view: &View) -> Markup {
    let id = layout::encoded(&view.row.id);
    html! {
        section.card.stack aria-labelledby="raw-title" {
            div.head {
                h2 #raw-title { "Stored data" }
                a href={ "/v1/decisions/" (id) "?trace=true" } { "Raw decision" }
            }
            @for (name, json) in [("Event", &view.event_json), ("Decision", &view.decision_json)] {
                @if !json.is_empty() {
                    details {
                        summary { (name) ", JSON" }
                        pre.json tabindex="0" role="region" aria-label={ (name) " as JSON" } {
                            code { (json) }
                        }
                    }
                }
            }
        }
    }
}
