//! Refused records: their senders, positions and reasons.

use maud::{Markup, html};

use super::chart;
use super::layout::{self, Frame};

/// What the page of refused records shows.
pub(crate) struct View {
    /// The refused records, newest first.
    pub(crate) rows: Vec<RefusedRow>,
    /// The number of records by reason.
    pub(crate) reasons: Vec<(String, u64)>,
    /// The address of older ones.
    pub(crate) next: Option<String>,
}

/// A refused record.
pub(crate) struct RefusedRow {
    /// When it was received, RFC 3339.
    pub(crate) at: String,
    /// Who sent it.
    pub(crate) by: String,
    /// Its place in the request, from 1.
    pub(crate) place: u64,
    /// The name of the reason.
    pub(crate) reason: String,
    /// What is wrong, in words.
    pub(crate) message: String,
    /// The beginning of the record.
    pub(crate) excerpt: String,
}

/// The whole page.
pub(crate) fn page(frame: &Frame, view: &View) -> Markup {
    let body = html! {
        div.head {
            div {
                h1 { "Refused" }
                p { "Records that were not accepted as events. The sender got the reason at once." }
            }
        }
        @if !view.reasons.is_empty() {
            section.card { (chart::bars("Reasons", "records", &view.reasons)) }
        }
        section.card.flush aria-label="Refused records" {
            @if view.rows.is_empty() {
                (layout::empty("No refused records", "Every record was accepted as an event."))
            } @else {
                (table(&view.rows))
            }
        }
        (layout::pager(None, view.next.as_deref(), "Pages of refused records"))
    };
    layout::page(frame, body)
}

fn table(rows: &[RefusedRow]) -> Markup {
    layout::scroll(
        "Table of refused records",
        html! {
            table {
                caption.unseen { "Refused records, newest first" }
                thead { tr {
                    th scope="col" { "Time (UTC)" }
                    th scope="col" { "Sender" }
                    th.num scope="col" { "Place" }
                    th scope="col" { "Reason" }
                    th scope="col" { "What is wrong" }
                    th scope="col" { "Record" }
                } }
                tbody { @for one in rows { (row(one)) } }
            }
        },
    )
}

fn row(row: &RefusedRow) -> Markup {
    html! {
        tr {
            td { (layout::time(&row.at)) }
            td { (row.by) }
            td.num { (layout::grouped(row.place)) }
            th.nowrap scope="row" { (row.reason.replace('_', " ")) }
            td { (row.message) }
            td { code { (row.excerpt) } }
        }
    }
}
