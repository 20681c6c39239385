//! The lists that rules use: all of them, and the editor of one.

use maud::{Markup, html};

use super::layout::{self, Frame};
use super::rejudging;

/// What the page of all lists shows.
pub(crate) struct View {
    /// The lists.
    pub(crate) lists: Vec<List>,
}

/// A list.
pub(crate) struct List {
    /// Its name.
    pub(crate) name: String,
    /// The kind of its entries: words, links, hashes.
    pub(crate) kind: String,
    /// The number of its entries.
    pub(crate) entries: u64,
    /// The rules that use it.
    pub(crate) rules: Vec<String>,
}

/// What the page of one list shows.
pub(crate) struct ListView {
    /// Its name.
    pub(crate) name: String,
    /// The kind of its entries.
    pub(crate) kind: String,
    /// The whole file.
    pub(crate) text: String,
    /// The number of its entries.
    pub(crate) entries: u64,
    /// Why it was not saved, on several lines.
    pub(crate) error: Option<String>,
    /// The result of the last change.
    pub(crate) notice: Option<String>,
    /// The version of the policies before the change, if live content can be judged again.
    pub(crate) since: Option<String>,
    /// Whether the viewer may write.
    pub(crate) can_write: bool,
}

/// The page of all lists.
pub(crate) fn page(frame: &Frame, view: &View) -> Markup {
    let body = html! {
        div.head {
            div {
                h1 { "Lists" }
                p { "Words, links and hashes that rules use. A change makes a new policy set." }
            }
        }
        section.card.flush aria-label="Lists" {
            @if view.lists.is_empty() {
                (layout::empty("No lists", "Put files into the folder `lists` of the policies."))
            } @else {
                (table(&view.lists))
            }
        }
    };
    layout::page(frame, body)
}

fn table(lists: &[List]) -> Markup {
    layout::scroll(
        "Table of lists",
        html! {
            table data-rows {
                caption.unseen { "Lists and the rules that use them" }
                thead { tr {
                    th scope="col" { "List" }
                    th scope="col" { "Kind" }
                    th.num scope="col" { "Entries" }
                    th scope="col" { "Used by" }
                } }
                tbody { @for list in lists { (row(list)) } }
            }
        },
    )
}

fn row(list: &List) -> Markup {
    html! {
        tr {
            th scope="row" { a href={ "/lists/" (layout::encoded(&list.name)) } { (list.name) } }
            td { (list.kind) }
            td.num { (layout::grouped(list.entries)) }
            td {
                @if list.rules.is_empty() { span.soft { "no rule" } }
                @for (place, rule) in list.rules.iter().enumerate() {
                    @if place > 0 { ", " }
                    a href={ "/rules#rule-" (rule) } { (rule) }
                }
            }
        }
    }
}

/// The page of one list.
pub(crate) fn one(frame: &Frame, view: &ListView) -> Markup {
    let body = html! {
        div.head {
            div {
                h1 { (view.name) }
                p { (view.kind) " · " (layout::counted(view.entries, "entry", "entries")) }
            }
            a.button href="/lists" { "All lists" }
        }
        @if let Some(notice) = &view.notice {
            p.notice.notice-good role="status" { strong { "Saved. " } (notice) }
        }
        @if let Some(since) = &view.since {
            p.notice {
                strong { "Live content was judged by the old list. " }
                a href=(rejudging::href(since, &format!("List {}", view.name))) { "Judge it again" }
            }
        }
        @if let Some(error) = &view.error { (problem(error)) }
        (form(frame, view))
    };
    layout::page(frame, body)
}

fn problem(error: &str) -> Markup {
    html! {
        div.notice.notice-danger role="alert" {
            p { strong { "Not saved. " } "The previous list stays in force." }
            pre #list-error tabindex="0" role="region" aria-label="What is wrong" { (error) }
        }
    }
}

fn form(frame: &Frame, view: &ListView) -> Markup {
    let problem = view.error.as_ref().map(|_| "list-error");
    let is_invalid = view.error.as_ref().map(|_| "true");
    html! {
        form.card.stack action={ "/lists/" (layout::encoded(&view.name)) } method="post" {
            (layout::hidden_csrf(frame))
            div.field {
                label for="list-text" { "File, one entry per line" }
                textarea #list-text name="text" rows="24" spellcheck="false"
                    autocapitalize="off" readonly[!view.can_write]
                    aria-invalid=[is_invalid] aria-describedby=[problem] {
                    // The first line break in a textarea is not part of its text.
                    "\n" (view.text)
                }
            }
            @if view.can_write {
                div.row {
                    button.primary type="submit" { "Check and save" }
                    p.soft.small { "It is checked first. It takes effect with the next event." }
                }
            } @else {
                p.soft.small { "You can read this list, but not change it." }
            }
        }
    }
}
