//! The list of jobs: what somebody asked for, how far it is, what came of it.

use app::service::jobs::JobView;
use maud::{Markup, html};

use super::backtests::state;
use super::layout::Column::{Action, Text};
use super::layout::{self, Frame};

/// The whole page.
pub(crate) fn page(frame: &Frame, items: &[JobView], can_act: bool) -> Markup {
    let running = items.iter().filter(|item| item.state == "running").count();
    let body = html! {
        div.head {
            div {
                h1 { "Jobs" }
                p {
                    @if running == 0 { "Nothing is running." } @else { (running) " running." }
                    " One of each kind runs at a time."
                }
            }
        }
        section.card.flush aria-label="Jobs" {
            @if items.is_empty() {
                (layout::empty(
                    "No jobs yet",
                    "Changes of policies, back-tests and judging again are listed here.",
                ))
            } @else {
                (layout::list(
                    ("Table of jobs", "Jobs, newest first"),
                    &[
                        Text("Number"), Text("Kind"), Text("What, or why"), Text("State"),
                        Text("By"), Text("Begun, ended (UTC)"), Action("Action"),
                    ],
                    html! { @for item in items { (row(frame, item, can_act)) } },
                ))
            }
        }
    };
    layout::page(frame, body)
}

fn row(frame: &Frame, item: &JobView, can_act: bool) -> Markup {
    let error = item.error.as_ref().and_then(|error| error["detail"].as_str());
    html! {
        tr {
            th scope="row" { (item.id) }
            td.nowrap { (kind(item)) }
            td { (item.what) @if let Some(error) = error { p.small.soft.break { (error) } } }
            td.nowrap {
                (state(item.state))
                @if item.state == "running" { " " (layout::share(Some(item.progress))) }
                @if item.attempts > 1 { p.small.soft { "begun " (item.attempts) " times" } }
            }
            td { (layout::person(&item.author)) }
            td.nowrap {
                (layout::time(&item.begun_at.to_string()))
                @if let Some(ended) = item.ended_at {
                    br;
                    (layout::time(&ended.to_string()))
                }
            }
            td { @if can_act { (action(frame, item)) } }
        }
    }
}

/// The kind in words, with a link to the result.
fn kind(item: &JobView) -> Markup {
    match item.kind.as_str() {
        "backtest" => html! { a href={ "/backtests/" (item.id) } { "back-test" } },
        "rejudging" => html! { a href="/rejudge" { "judging again" } },
        "policies" => html! { "change of policies" },
        other => html! { (other) },
    }
}

fn action(frame: &Frame, item: &JobView) -> Markup {
    let button = match item.state {
        "running" if item.kind != "policies" => Some(("cancel", "Stop")),
        _ if item.is_repeatable() => Some(("retry", "Begin again")),
        _ => None,
    };
    html! {
        @if let Some((what, words)) = button {
            form method="post" action={ "/jobs/" (item.id) } {
                (layout::hidden_csrf(frame))
                button type="submit" name="what" value=(what) { (words) }
            }
        }
    }
}
