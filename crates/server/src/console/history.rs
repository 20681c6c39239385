//! What lies in the history: events in Parquet, by type and hour.

use maud::{Markup, html};

use super::layout::{self, Frame};
use crate::api::history::HistoryView;

/// The whole page.
pub(crate) fn page(frame: &Frame, view: Option<&HistoryView>, is_kept: bool) -> Markup {
    let body = html! {
        div.head {
            div {
                h1 { "History" }
                p { "The log in Parquet, by event type and hour, to look back on." }
            }
        }
        @match view {
            None => section.card aria-label="History" {
                @if is_kept {
                    (layout::empty("Not rolled yet", "The first roll comes within its interval."))
                } @else {
                    (layout::empty(
                        "No history is kept",
                        "Set `place` under [history] in the configuration, and start again.",
                    ))
                }
            },
            Some(view) => {
                (figures(view))
                (types(view))
                (holds(view))
            }
        }
    };
    layout::page(frame, body)
}

fn figures(view: &HistoryView) -> Markup {
    html! {
        section.card aria-label="Figures" {
            dl.figures {
                @for (name, count) in [
                    ("Events", view.events),
                    ("Files", view.files),
                    ("Entries not yet rolled", view.waiting),
                    ("Events dropped for age", view.dropped),
                    ("Holds", view.holds.len() as u64),
                ] { div { dt { (name) } dd { (layout::grouped(count)) } } }
                div { dt { "Size" } dd { (size(view.bytes)) } }
            }
        }
    }
}

fn types(view: &HistoryView) -> Markup {
    html! {
        section.card.flush aria-labelledby="types-title" {
            h2 #types-title { "By event type" }
            (layout::scroll("Table of event types", html! {
                table {
                    caption.unseen { "Events in the history by type" }
                    thead { tr {
                        th scope="col" { "Type" }
                        th.num scope="col" { "Events" }
                        th.num scope="col" { "Files" }
                        th.num scope="col" { "Size" }
                        th scope="col" { "From (UTC)" }
                        th scope="col" { "Until (UTC)" }
                    } }
                    tbody { @for of in &view.types {
                        tr {
                            th scope="row" { (of.r#type) }
                            td.num { (layout::grouped(of.events)) }
                            td.num { (layout::grouped(of.files)) }
                            td.num { (size(of.bytes)) }
                            td { (of.first_hour) }
                            td { (of.last_hour) }
                        }
                    } }
                }
            }))
        }
    }
}

fn holds(view: &HistoryView) -> Markup {
    html! {
        section.card.flush aria-labelledby="holds-title" {
            h2 #holds-title { "Holds" }
            @if view.holds.is_empty() {
                (layout::empty("No holds", "`probity history hold add` keeps what is about a subject."))
            } @else {
                (layout::scroll("Table of holds", html! {
                    table {
                        caption.unseen { "What is kept although its time is over" }
                        thead { tr {
                            th scope="col" { "Name" }
                            th scope="col" { "Subject" }
                            th scope="col" { "Since (UTC)" }
                            th scope="col" { "Reason" }
                        } }
                        tbody { @for hold in &view.holds {
                            tr {
                                th scope="row" { (hold.name) }
                                td { (hold.subject) }
                                td { (layout::time(&hold.since.to_string())) }
                                td { (hold.reason) }
                            }
                        } }
                    }
                }))
            }
        }
    }
}

/// A size in bytes, to read.
#[expect(clippy::cast_precision_loss, reason = "a size to read")]
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.2} GB", bytes as f64 / 1e9),
    }
}
