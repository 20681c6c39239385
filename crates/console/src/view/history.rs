//! The contents of the history: events in Parquet, by type and hour.

use app::service::history::HistoryView;
use maud::{Markup, html};

use super::layout::Column::{Number, Text};
use super::layout::{self, Frame};

/// The whole page.
pub(crate) fn page(frame: &Frame, view: Option<&HistoryView>, is_kept: bool) -> Markup {
    let body = html! {
        div.head {
            div {
                h1 { "History" }
                p { "A copy of the log in Parquet files, by event type and hour." }
            }
        }
        @match view {
            None if is_kept => (waiting()),
            None => (none_kept()),
            Some(view) => {
                (figures(view))
                @if view.types.is_empty() { (waiting()) } @else { (types(view)) }
                (holds(view))
            }
        }
    };
    layout::page(frame, body)
}

fn waiting() -> Markup {
    html! {
        section.card aria-label="By event type" {
            div.empty {
                p.empty-title { "The history is empty" }
                p { "The first events are added within the interval " code { "every" } "." }
            }
        }
    }
}

fn none_kept() -> Markup {
    html! {
        section.card aria-label="History" {
            div.empty {
                p.empty-title { "No history is kept" }
                p {
                    "All events are in the store. For a second copy for analysis, set "
                    code { "place" } " under " code { "[history]" } " in the configuration and \
                     restart the server. " code { "probity config" } " explains the settings."
                }
            }
        }
    }
}

fn figures(view: &HistoryView) -> Markup {
    html! {
        h2.unseen { "Key figures" }
        dl.tiles {
            (tile("Events", &layout::grouped(view.events), "in the history"))
            (tile("Waiting", &layout::grouped(view.waiting), "entries not yet in it"))
            (tile("Size", &size(view.bytes), &layout::counted(view.files, "file", "files")))
            (tile("Dropped", &layout::grouped(view.dropped), "expired events"))
            (tile("Holds", &layout::grouped(view.holds.len() as u64), "keep events of subjects"))
        }
    }
}

fn tile(name: &str, figure: &str, hint: &str) -> Markup {
    html! {
        div.tile {
            dt { (name) }
            dd.figure { (figure) }
            dd.hint { (hint) }
        }
    }
}

fn types(view: &HistoryView) -> Markup {
    html! {
        section.card.flush aria-labelledby="types-title" {
            h2 #types-title { "By event type" }
            (layout::table(
                ("Table of event types", "Events in the history by type"),
                &[
                    Text("Type"), Number("Events"), Number("Files"), Number("Size"),
                    Text("First hour (UTC)"), Text("Last hour (UTC)"),
                ],
                html! {
                    @for of in &view.types {
                        tr {
                            th.nowrap scope="row" { (of.r#type) }
                            td.num { (layout::grouped(of.events)) }
                            td.num { (layout::grouped(of.files)) }
                            td.num.nowrap { (size(of.bytes)) }
                            td { (hour(&of.first_hour)) }
                            td { (hour(&of.last_hour)) }
                        }
                    }
                },
            ))
        }
    }
}

fn holds(view: &HistoryView) -> Markup {
    html! {
        section.card.flush aria-labelledby="holds-title" {
            h2 #holds-title { "Holds" }
            @if view.holds.is_empty() {
                div.empty {
                    p.empty-title { "No holds" }
                    p {
                        code { "probity history hold add" }
                        " keeps the events about a subject, whatever their age."
                    }
                }
            } @else {
                (layout::table(
                    ("Table of holds", "Holds, which keep expired events"),
                    &[Text("Name"), Text("Subject"), Text("Since (UTC)"), Text("Reason")],
                    html! {
                        @for hold in &view.holds {
                            tr {
                                th scope="row" { (hold.name) }
                                td.break { (hold.scope) }
                                td { (layout::time(&hold.since.to_string())) }
                                td { (hold.reason) }
                            }
                        }
                    },
                ))
            }
        }
    }
}

/// An hour in the format of folder names, `2024-11-01T09`, for display.
fn hour(hour: &str) -> Markup {
    html! {
        @match hour.split_once('T') {
            Some((day, hour)) => span.nowrap { (day) " " (hour) ":00" },
            None => (hour),
        }
    }
}

/// A size in bytes, for display.
#[expect(clippy::cast_precision_loss, reason = "a size for display")]
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.2} GB", bytes as f64 / 1e9),
    }
}
