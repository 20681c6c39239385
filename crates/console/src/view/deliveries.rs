//! Deliveries: who is told of decisions, what waits, and what was given up and can be sent again.

use maud::{Markup, html};

use super::layout::{self, Frame};

/// What the page of deliveries shows.
pub(crate) struct View {
    /// The receivers.
    pub(crate) receivers: Vec<Receiver>,
    /// Messages given up.
    pub(crate) dead: Vec<Dead>,
    /// Whether the viewer may send again.
    pub(crate) can_write: bool,
    /// The address of more messages given up.
    pub(crate) next: Option<String>,
}

/// A receiver of decisions.
pub(crate) struct Receiver {
    /// Its name.
    pub(crate) name: String,
    /// Its address.
    pub(crate) url: String,
    /// Whether it does not answer.
    pub(crate) is_down: bool,
    /// Messages that wait.
    pub(crate) waiting: u64,
    /// Messages that are tried again.
    pub(crate) retrying: u64,
    /// Messages given up.
    pub(crate) dead: u64,
    /// Messages delivered.
    pub(crate) delivered: u64,
    /// What the last failed attempt met.
    pub(crate) last_error: Option<String>,
    /// When it is asked next whether it answers, RFC 3339.
    pub(crate) next_probe: Option<String>,
}

/// A message given up.
pub(crate) struct Dead {
    /// The receiver.
    pub(crate) receiver: String,
    /// Its place in the ledger.
    pub(crate) seq: u64,
    /// The id of the decision.
    pub(crate) decision: String,
    /// What the decision is about.
    pub(crate) subject: String,
    /// How often it was tried.
    pub(crate) attempts: u64,
    /// What the last attempt met.
    pub(crate) error: String,
    /// Since when it is given up, RFC 3339.
    pub(crate) since: String,
}

/// The whole page.
pub(crate) fn page(frame: &Frame, view: &View) -> Markup {
    let body = html! {
        div.head {
            div {
                h1 { "Deliveries" }
                p { "Each decision reaches each receiver at least once, in order of the ledger." }
            }
        }
        (receivers(frame, view))
        (dead(frame, view))
        (layout::pager(None, view.next.as_deref(), "Pages of messages given up"))
    };
    layout::page(frame, body)
}

fn receivers(frame: &Frame, view: &View) -> Markup {
    html! {
        section.card.flush aria-labelledby="receivers-title" {
            h2 #receivers-title { "Receivers" }
            @if view.receivers.is_empty() {
                (layout::empty("No receivers", "Name receivers of decisions in the configuration."))
            } @else {
                (layout::scroll("Table of receivers", html! {
                    table {
                        caption.unseen { "Receivers and their messages" }
                        thead { tr {
                            th scope="col" { "Receiver" }
                            th scope="col" { "State" }
                            th.num scope="col" { "Delivered" }
                            th.num scope="col" { "Waiting" }
                            th.num scope="col" { "Retrying" }
                            th.num scope="col" { "Given up" }
                            th scope="col" { span.unseen { "Action" } }
                        } }
                        tbody {
                            @for one in &view.receivers { (receiver(frame, one, view.can_write)) }
                        }
                    }
                }))
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
                    p.small.soft { "asked again at " (layout::time(at)) }
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
            h2 #dead-title { "Given up" }
            @if view.dead.is_empty() {
                (layout::empty("Nothing was given up", "Every message was delivered or is tried."))
            } @else {
                (layout::scroll("Table of messages given up", html! {
                    table data-rows {
                        caption.unseen { "Messages given up, with the last error" }
                        thead { tr {
                            th scope="col" { "Since (UTC)" }
                            th scope="col" { "Decision" }
                            th scope="col" { "Subject" }
                            th scope="col" { "Receiver" }
                            th.num scope="col" { "Attempts" }
                            th scope="col" { "Last error" }
                            th scope="col" { span.unseen { "Action" } }
                        } }
                        tbody { @for one in &view.dead { (dead_row(frame, one, view.can_write)) } }
                    }
                }))
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
