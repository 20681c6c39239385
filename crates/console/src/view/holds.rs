//! Holds: data that must not be deleted, and the form that describes the data of an order.

use app::orders::{HoldView, OrderView};
use legal::order::{OrderKind, Scope};
use maud::{Markup, html};

use super::layout::Column::{Action, Text};
use super::layout::{self, Frame};

/// The page of holds.
pub(crate) fn page(frame: &Frame, holds: &[HoldView]) -> Markup {
    let body = html! {
        div.head { div {
            h1 { "Holds" }
            p { "Data that cannot be deleted, with the reason and the end of the hold." }
        } }
        section.card.flush aria-label="Holds" {
            @if holds.is_empty() {
                (layout::empty("No holds", "Removal and retention orders create holds."))
            } @else {
                (layout::list(
                    ("Table of holds", "Holds in force, newest first"),
                    &[
                        Text("What"), Text("Why"), Text("Order"), Text("Since, until (UTC)"),
                        Action("Release"),
                    ],
                    html! {
                        @for hold in holds { tr {
                            th.break scope="row" { (hold.what) }
                            td { (hold.reason) }
                            td.nowrap {
                                @if let Some(order) = &hold.order {
                                    a href={ "/orders/" (order) } { (order.get(..10).unwrap_or(order)) "…" }
                                }
                            }
                            td.nowrap {
                                (layout::time(&hold.from.to_string()))
                                br;
                                @if let Some(until) = hold.until { (layout::time(&until.to_string())) }
                                @else { "until released" }
                            }
                            td {
                                form action={ "/holds/" (hold.id) "/release" } method="post" {
                                    (layout::hidden_csrf(frame))
                                    button type="submit" { "Release" }
                                }
                            }
                        } }
                    },
                ))
            }
        }
    };
    layout::page(frame, body)
}

/// The holds of an order, and the form that describes its data.
pub(super) fn section(frame: &Frame, view: &OrderView) -> Markup {
    let is_retention = view.order.kind == OrderKind::Retention;
    let is_standing = !matches!(view.state.as_str(), "duplicate" | "forged");
    html! {
        @if !view.holds.is_empty() || (is_retention && is_standing) {
            section.card.stack aria-labelledby="held-title" {
                h2 #held-title { "Held data" }
                @if view.holds.is_empty() {
                    p.notice.notice-danger {
                        strong { "Nothing is held yet. " }
                        "The order names nobody, or describes the data in words only. Read the \
                         order, and describe the data below."
                    }
                }
                ul.plain { @for hold in &view.holds { (held_line(hold)) } }
                @if is_retention && is_standing { (scope_form(frame, view)) }
            }
        }
    }
}

fn held_line(hold: &HoldView) -> Markup {
    html! {
        li.break {
            strong { (hold.what) } " since " (layout::time(&hold.from.to_string()))
            @match (hold.released_at, hold.until) {
                (Some(at), _) => { ", released " (layout::time(&at.to_string())) }
                (None, Some(until)) => { " until " (layout::time(&until.to_string())) }
                (None, None) => { " until released" }
            }
        }
    }
}

/// The fields of the scope of a hold, each with its label and an example.
const SCOPE: &[(&str, &str, &str)] = &[
    ("accounts", "Accounts", "a-17, a-18"),
    ("contents", "Contents", "v-1, v-2"),
    ("types", "Types of events", "content.published"),
    ("countries", "Countries", "RO, FR"),
    ("languages", "Languages", "ro"),
    ("words", "Words or phrases", "harbour festival, free tickets"),
    ("from", "Since", "2026-01-01"),
    ("until", "Until", "2026-01-31"),
];

fn scope_form(frame: &Frame, view: &OrderView) -> Markup {
    html! {
        details open[view.holds.is_empty()] {
            summary { "Describe what to hold" }
            form.stack action={ "/orders/" (view.id) } method="post" {
                (layout::hidden_csrf(frame))
                p.small.soft {
                    "Data is held if it matches every field that is filled in. In a list, one \
                     matching entry is enough."
                }
                div.filters {
                    @for (name, label, example) in SCOPE {
                        div.field {
                            label for={ "scope-" (name) } { (label) }
                            input id={ "scope-" (name) } name=(name) placeholder=(example)
                                value=(told(&view.order.scope, name)) autocomplete="off"
                                spellcheck="false";
                        }
                    }
                }
                div.row { button.primary type="submit" name="do" value="hold" { "Hold" } }
            }
        }
    }
}

/// The value of a field in the scope of the order, as text.
fn told(scope: &Scope, name: &str) -> String {
    let list = match name {
        "accounts" => &scope.accounts,
        "contents" => &scope.contents,
        "types" => &scope.types,
        "countries" => &scope.countries,
        "languages" => &scope.languages,
        "words" => &scope.words,
        "from" => return scope.from.0.clone(),
        "until" => return scope.until.0.clone(),
        _ => return String::new(),
    };
    list.join(", ")
}
