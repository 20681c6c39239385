//! Deliveries: the receivers of decisions, their waiting messages, and dead letters to resend.

use maud::{Markup, html};

use super::layout::Column::{Action, Number, Text};
use super::layout::{self, Frame};

/// What the page of deliveries shows.
pub(crate) struct View {
    /// The receivers.
    pub(crate) receivers: Vec<Receiver>,
    /// The dead letters.
    pub(crate) dead: Vec<Dead>,
    /// Whether the viewer may send dead letters again.
    pub(crate) can_write: bool,
    /// The address of the next page of dead letters.
    pub(crate) next: Option<String>,
}

/// A receiver of decisions.
pub(crate) struct Receiver {
    /// Its name.
    pub(crate) name: String,
    /// Its address.
    pub(crate) url: String,
    /// Whether it does not answer now.
    pub(crate) is_down: bool,
    /// Number of waiting messages.
    pub(crate) waiting: u64,
    /// Number of messages that are retried.
    pub(crate) retrying: u64,
    /// Number of dead letters.
    pub(crate) dead: u64,
    /// Number of delivered messages.
    pub(crate) delivered: u64,
    /// The error of the last failed attempt.
    pub(crate) last_error: Option<String>,
    /// When it is checked next, RFC 3339.
    pub(crate) next_probe: Option<String>,
}

/// A dead letter.
pub(crate) struct Dead {
    /// The receiver.
    pub(crate) receiver: String,
    /// Its position in the ledger.
    pub(crate) seq: u64,
    /// The id of the decision.
    pub(crate) decision: String,
    /// The subject of the decision.
    pub(crate) subject: String,
    /// Number of attempts.
    pub(crate) attempts: u64,
    /// The error of the last attempt.
    pub(crate) error: String,
    /// When it became a dead letter, RFC 3339.
    pub(crate) since: String,
}

/// The whole page.
pub(crate) fn page(frame: &Frame, view: &View) -> Markup {
    let body = html! {
        div.head {
            div {
                h1 { "Deliveries" }
                p { "Each receiver gets each decision at least once; those on one subject in order." }
            }
        }
        (receivers(frame, view))
        (dead(frame, view))
        (layout::pager(None, view.next.as_deref(), "Pages of dead letters"))
    };
    layout::page(frame, body)
}

fn receivers(frame: &Frame, view: &View) -> Markup {
    html! {
        section.card.flush aria-labelledby="receivers-title" {
            h2 #receivers-title { "Receivers" }
            @if view.receivers.is_empty() {
                (layout::empty("No receivers", "Add receivers of decisions to the configuration."))
            } @else {
                (layout::table(
                    ("Table of receivers", "Receivers and their messages"),
                    &[
                        Text("Receiver"), Text("State"), Number("Delivered"), Number("Waiting"),
                        Number("Retrying"), Number("Dead letters"), Action("Action"),
                    ],
                    html! {
                        @for one in &view.receivers { (receiver(frame, one, view.can_write)) }
                    },
                ))
            }
        }
    }
}

fn receiver(frame: &Frame, one: &Receiver, can_write: bool) -> Markup {
    html! {
        tr {
            th scope="row" {
                (one.name)
                p.small.soft.break { (one.url) }
            }
            td {
                @if one.is_down { (layout::badge("danger", "down")) }
                @else { (layout::badge("good", "up")) }
                @if let Some(error) = &one.last_error { p.small.soft.break { (error) } }
                @if let Some(at) = &one.next_probe {
                    p.small.soft { "checked again at " (layout::time(at)) }
                }
            }
            td.num { (layout::grouped(one.delivered)) }
            td.num { (layout::grouped(one.waiting)) }
            td.num { (layout::grouped(one.retrying)) }
            td.num { (layout::grouped(one.dead)) }
            td.num {
                @if can_write && one.dead > 0 {
                    @let what = format!("all {} to {}", layout::grouped(one.dead), one.name);
                    (again(frame, &resend_all(&one.name), "Send all again", &what))
                }
            }
        }
    }
}

fn resend_all(receiver: &str) -> String {
    format!("/deliveries/{}/resend", layout::encoded(receiver))
}

fn again(frame: &Frame, action: &str, name: &str, what: &str) -> Markup {
    html! {
        form action=(action) method="post" {
            (layout::hidden_csrf(frame))
            button type="submit" aria-label={ (name) ": " (what) } { (name) }
        }
    }
}

fn dead(frame: &Frame, view: &View) -> Markup {
    html! {
        section.card.flush aria-labelledby="dead-title" {
            h2 #dead-title { "Dead letters" }
            @if view.dead.is_empty() {
                (layout::empty("No dead letters", "Every message was delivered or is still tried."))
            } @else {
                (layout::list(
                    ("Table of dead letters", "Dead letters, with the last error"),
                    &[
                        Text("Since (UTC)"), Text("Decision"), Text("Subject"), Text("Receiver"),
                        Number("Attempts"), Text("Last error"), Action("Action"),
                    ],
                    html! { @for one in &view.dead { (dead_row(frame, one, view.can_write)) } },
                ))
            }
        }
    }
}

fn dead_row(frame: &Frame, one: &Dead, can_write: bool) -> Markup {
    let receiver = layout::encoded(&one.receiver);
    let action = format!("/deliveries/{receiver}/{}/resend", one.seq);
    let what = format!("entry {} to {}", one.seq, one.receiver);
    html! {
        tr {
            td { (layout::time(&one.since)) }
            th.nowrap scope="row" {
                a.mono href={ "/decisions/" (layout::encoded(&one.decision)) } {
                    (super::decisions::short_id(&one.decision))
                }
            }
            td { (super::decisions::subject(&one.subject)) }
            td { (one.receiver) }
            td.num { (layout::grouped(one.attempts)) }
            td.break { (one.error) }
            td.num { @if can_write { (again(frame, &action, "Send again", &what)) } }
        }
    }
}
