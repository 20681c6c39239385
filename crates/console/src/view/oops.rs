//! The error page: what happened, and what to do next.

use maud::{Markup, html};

use super::layout::{self, Frame};

/// The whole page.
pub(crate) fn page(
    frame: &Frame,
    status: u16,
    title: &str,
    detail: &str,
    what_next: &str,
) -> Markup {
    let body = html! {
        div.oops.stack {
            p.oops-status { "Status " (status) }
            h1 { (title) }
            p { (detail) }
            p { strong { "What you can do: " } (what_next) }
            div.row { a.button href="/" { "To the overview" } }
        }
    };
    layout::page(frame, body)
}
