//! Steps with an order besides judging its case, its outcome, and the answer to print.

use app::filings::FilingOutcome;
use app::filings::parties::{Party, PartyItem};
use app::orders::OrderView;
use legal::annex::{Answer, Answered, Measure, Signatory};
use legal::authority::Trust;
use legal::clock::Ground;
use legal::order::OrderKind;
use maud::{Markup, html};

use super::layout::{self, Frame};

/// The forms for steps with an order besides carrying it out.
pub(super) fn steps(frame: &Frame, view: &OrderView, parties: &[PartyItem]) -> Markup {
    let path = format!("/orders/{}", view.id);
    let button = |word: &str, name: &str| {
        html! {
            form action=(path) method="post" {
                (layout::hidden_csrf(frame))
                button type="submit" name="do" value=(word) { (name) }
            }
        }
    };
    let state = view.state.as_str();
    html! {
        @if state == "open" && view.trust != Trust::Verified { (confirm(frame, view, parties)) }
        @if state == "unconfirmed" { (measure(frame, &path)) }
        @if matches!(state, "open" | "unconfirmed") && view.order.kind != OrderKind::Retention {
            (impossible(frame, &path, view.order.kind))
        }
        @if state == "impossible" { (button("clarified", "Clarified: restart the clock")) }
        @if is_due(view) && view.answered_at.is_none() { (answered(frame, &path)) }
        @if matches!(state, "executed" | "unconfirmed") {
            @if view.order.other_member_state { (button("scrutiny", "Ask the host authority to scrutinise it")) }
            @if view.silent_until.is_some() {
                (button("inform", "End the silence: notify the person"))
            }
            form.stack action=(path) method="post" {
                (layout::hidden_csrf(frame))
                div.field { label for="annul" { "Annulled by" } input #annul name="note" required; }
                button type="submit" name="do" value="annul" { "Annul and restore" }
            }
        }
    }
}

/// The registered authorities, as options.
pub(super) fn authorities(parties: &[PartyItem]) -> Markup {
    html! {
        @for one in parties {
            @if matches!(one.party, Party::Authority { .. }) {
                option value=(one.id) { (one.party.name()) }
            }
        }
    }
}

/// The ways to verify that an order is real, as options.
pub(super) fn ways() -> Markup {
    html! {
        option value="called_back" { "called the authority back" }
        option value="signature_checked" { "checked the signature" }
        option value="host_authority" { "host authority confirmed it" }
        option value="in_person" { "received in person" }
    }
}

/// The form to confirm that the order is real.
fn confirm(frame: &Frame, view: &OrderView, parties: &[PartyItem]) -> Markup {
    html! {
        section.card.stack aria-labelledby="confirm-title" {
            h2 #confirm-title { "Is the order real?" }
            form.stack action={ "/orders/" (view.id) } method="post" {
                (layout::hidden_csrf(frame))
                @if view.authority.is_none() {
                    div.field {
                        label for="confirm-authority" { "Authority" }
                        select #confirm-authority name="authority" required {
                            (authorities(parties))
                        }
                    }
                }
                div.field {
                    label for="way" { "How you verified it" }
                    select #way name="way" {
                        (ways())
                    }
                }
                button type="submit" name="do" value="confirm" { "Confirm that it is real" }
            }
        }
    }
}

/// The form to record that the platform took the measure, if receivers do not confirm it.
fn measure(frame: &Frame, path: &str) -> Markup {
    html! {
        section.card.stack aria-labelledby="measure-title" {
            h2 #measure-title { "Not confirmed yet" }
            p.soft {
                "The clock runs until the platform confirms the measure. Receivers confirm it by "
                "accepting the message. If none is configured or one is down, record it here."
            }
            form.stack action=(path) method="post" {
                (layout::hidden_csrf(frame))
                div.field {
                    label for="at" { "Taken at (UTC). Leave it empty for the current time" }
                    input #at name="at" placeholder="2026-08-01T10:05:00Z" autocomplete="off";
                }
                div.field { label for="how" { "How do you know?" } input #how name="note" required; }
                button type="submit" name="do" value="done" { "The measure was taken" }
            }
        }
    }
}

fn impossible(frame: &Frame, path: &str, kind: OrderKind) -> Markup {
    let is_removal = kind == OrderKind::Removal;
    html! {
        section.card.stack aria-labelledby="impossible-title" {
            h2 #impossible-title { "The order cannot be carried out" }
            form.stack action=(path) method="post" {
                (layout::hidden_csrf(frame))
                div.field {
                    label for="ground" { "Ground" }
                    select #ground name="ground" {
                        @for (_, value, words) in GROUNDS {
                            option value=(value) {
                                @if is_removal { "The removal order " } @else { "The order " }
                                (words)
                            }
                        }
                    }
                }
                div.field { label for="reasons" { "Reasons" } input #reasons name="reasons" required; }
                div.field {
                    label for="clarification" { "What must be clarified" }
                    input #clarification name="clarification";
                }
                button type="submit" name="do" value="impossible" {
                    @if is_removal { "Answer with Annex III" } @else { "Answer that it cannot be done" }
                }
            }
        }
    }
}

/// Whether there is an answer that the authority waits for.
fn is_due(view: &OrderView) -> bool {
    match view.order.kind {
        OrderKind::Removal => view.answer.is_some(),
        OrderKind::Act | OrderKind::Inform => {
            matches!(view.state.as_str(), "executed" | "impossible")
        }
        OrderKind::Retention => false,
    }
}

/// The form to record that the answer was sent.
fn answered(frame: &Frame, path: &str) -> Markup {
    html! {
        section.card.stack aria-labelledby="answered-title" {
            h2 #answered-title { "Send the answer" }
            p.soft { "Print the answer, send it to the authority, and record it here." }
            form.stack action=(path) method="post" {
                (layout::hidden_csrf(frame))
                div.field { label for="sent" { "Sent how" } input #sent name="note" required; }
                button type="submit" name="do" value="answered" { "Record as sent" }
            }
        }
    }
}

/// The outcome of an order.
pub(super) fn done(view: &OrderView, outcome: &FilingOutcome) -> Markup {
    html! {
        h3 { "Decision" }
        (layout::effects(&outcome.effects))
        @if !outcome.statement.is_empty() { blockquote.statement { (outcome.statement) } }
        p.soft { (layout::time(&outcome.decided_at.to_string())) @if outcome.automated { ", automatically" } }
        @if let Some(confirmed) = &view.confirmed {
            p {
                (layout::badge("good", "confirmed")) " "
                (layout::time(&confirmed.at.to_string())) " by " (confirmed.by)
                @if !confirmed.note.is_empty() { ": " (confirmed.note) }
            }
        }
        @if let Some(at) = view.answered_at {
            p.soft { "The authority was answered at " (layout::time(&at.to_string())) }
        }
    }
}

/// Grounds with their words in forms and in Annex III, which follow "The removal order".
const GROUNDS: [(Ground, &str, &str); 3] = [
    (
        Ground::InsufficientInformation,
        "insufficient_information",
        "does not contain sufficient information for its execution",
    ),
    (Ground::ManifestErrors, "manifest_errors", "contains manifest errors"),
    (
        Ground::ForceMajeure,
        "force_majeure",
        "cannot be executed: force majeure or de facto impossibility not attributable to the provider",
    ),
];

/// The answer to the authority, to be printed.
pub(crate) fn annex(view: &OrderView) -> Markup {
    match &view.answer {
        Some(Answer::Feedback(answer)) => {
            let title = "Feedback following removal of or disabling access to terrorist content";
            let measure = match answer.b.measure {
                Measure::ContentRemoved => "The content has been removed",
                Measure::AccessDisabledInAllMemberStates => {
                    "Access to the content has been disabled in all Member States"
                }
            };
            let rows = html! {
                (row("Measure taken", measure))
                (row("Time and date of the measure", &moment(answer.b.at)))
                dt { "At" } dd { @for url in &answer.b.urls { div.break { (url) } } }
                @if !answer.b.not_found.is_empty() {
                    dt { "Not carried out, since these addresses do not exist on the service" }
                    dd { @for url in &answer.b.not_found { div.break { (url) } } }
                }
            };
            printed("II", title, (&answer.a, view), (&rows, &answer.c))
        }
        Some(Answer::Impossibility(answer)) => {
            let title = "Information about the impossibility to execute the removal order";
            let ground = GROUNDS.iter().find(|(ground, ..)| *ground == answer.b.ground);
            let reason =
                ground.map(|(.., words)| format!("The removal order {words}")).unwrap_or_default();
            let rows = html! {
                (row("Reason for not executing the order", &reason))
                (row("Further information on the reasons", &answer.b.reasons))
                (row("Errors, or clarification required", &answer.b.clarification))
            };
            printed("III", title, (&answer.a, view), (&rows, &answer.c))
        }
        None => {
            let why = match (&view.answer_missing, view.order.kind) {
                (Some(missing), _) => missing.clone(),
                (None, OrderKind::Removal) => "No measure is confirmed yet.".into(),
                (None, _) => "Only removal orders are answered with an annex.".into(),
            };
            layout::bare("No answer yet", layout::empty("No answer yet", &why))
        }
    }
}

fn printed(
    number: &str,
    title: &str,
    (order, view): (&Answered, &OrderView),
    (measure, by): (&Markup, &Signatory),
) -> Markup {
    let body = html! {
        article.print {
            p.soft { "Regulation (EU) 2021/784, Annex " (number) }
            h1 { (title) }
            h2 { "Section A" }
            dl.pairs {
                (row("Addressee of the removal order", &order.addressee))
                (row("Authority that issued it", &order.authority))
                (row("Reference of the order", &order.order_reference))
                (row("File reference of the authority", &order.authority_file))
                (row("File reference of the addressee", &order.addressee_file))
                (row("Time and date of receipt", &moment(order.received_at)))
                dt { "Addresses in the order" }
                dd { @for url in &view.order.urls { div.break { (url) } } }
            }
            h2 { "Section B" }
            dl.pairs { (measure) }
            h2 { "Section C" }
            dl.pairs {
                (row("Hosting service provider or legal representative", &by.name))
                (row("Member State of main establishment or representative", &by.member_state))
                (row("Name of the authorised person", &by.authorised_person))
                (row("Email address of the contact point", &by.email))
                (row("Date", &moment(by.at)))
                (row("Signature", "\u{a0}"))
            }
        }
    };
    layout::bare(title, body)
}

/// A field with its value. A missing value is shown as `not stated`, not left blank.
fn row(name: &str, value: &str) -> Markup {
    let value = if value.is_empty() { "not stated" } else { value };
    html! { dt { (name) } dd.break { (value) } }
}

fn moment(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}
