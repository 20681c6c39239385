//! The list of back-tests.

use app::rules::backtests::BacktestItem;
use maud::{Markup, html};

use super::layout::{self, Frame};

/// The whole page.
pub(crate) fn page(frame: &Frame, items: &[BacktestItem]) -> Markup {
    let body = html! {
        div.head {
            div {
                h1 { "Back-tests" }
                p { "What changed rules would have decided on past events. One runs at a time." }
            }
            a.button href="/rules/edit" { "Edit rules" }
        }
        section.card.flush aria-label="Back-tests" {
            @if items.is_empty() {
                (layout::empty(
                    "No back-tests yet",
                    "Change a file in the editor and back-test it, or back-test a proposal.",
                ))
            } @else { (table(items)) }
        }
    };
    layout::page(frame, body)
}

fn table(items: &[BacktestItem]) -> Markup {
    layout::scroll(
        "Table of back-tests",
        html! {
            table data-rows {
                caption.unseen { "Back-tests, newest first" }
                thead { tr {
                    th scope="col" { "Number" }
                    th scope="col" { "Title" }
                    th scope="col" { "State" }
                    th scope="col" { "By" }
                    th scope="col" { "Begun (UTC)" }
                } }
                tbody { @for item in items { (row(item)) } }
            }
        },
    )
}

fn row(item: &BacktestItem) -> Markup {
    html! {
        tr {
            th scope="row" { a href={ "/backtests/" (item.id) } { (item.id) } }
            td { (item.title) }
            td {
                (state(item.state))
                @if item.state == "running" { " " (layout::share(Some(item.progress))) }
            }
            td { (layout::person(&item.author)) }
            td { (layout::time(&item.at.to_string())) }
        }
    }
}

/// A state as a badge.
pub(crate) fn state(state: &str) -> Markup {
    let tone = match state {
        "done" => "good",
        "failed" => "danger",
        "running" => "busy",
        _ => "plain",
    };
    layout::badge(tone, state)
}
