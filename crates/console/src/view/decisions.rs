//! The list of decisions: filters, a table, exports, and new rows as they arrive.

use app::decisions::search::Search;
use maud::{Markup, html};

use super::layout::{self, Frame};

pub(crate) use app::decisions::ListedDecision;

/// What the list shows.
pub(crate) struct View {
    /// The filters in use.
    pub(crate) filter: Search,
    /// The policies offered as filters: id and title.
    pub(crate) policies: Vec<(String, String)>,
    /// The effects offered as filters.
    pub(crate) effects: Vec<String>,
    /// The event types offered as filters.
    pub(crate) types: Vec<String>,
    /// The decisions of this page.
    pub(crate) rows: Vec<ListedDecision>,
    /// How many there are, if counted.
    pub(crate) total: Option<u64>,
    /// The address of the next page.
    pub(crate) next: Option<String>,
    /// The address of the previous page.
    pub(crate) previous: Option<String>,
    /// The address of these decisions as CSV.
    pub(crate) export_csv: String,
    /// The address of these decisions as JSON.
    pub(crate) export_json: String,
    /// Whether the search stopped early; `next` continues it.
    pub(crate) is_partial: bool,
}

/// The whole page.
pub(crate) fn page(frame: &Frame, view: &View) -> Markup {
    let is_live = view.filter.order != "oldest" && view.previous.is_none();
    let body = html! {
        div.head {
            div {
                h1 { "Decisions" }
                @if let Some(total) = view.total {
                    p { (layout::counted(total, "decision", "decisions")) " match this filter" }
                }
            }
            @if is_live { (live_tools()) }
        }
        (form(view))
        @if view.is_partial { (partial(view.next.as_deref())) }
        section.card.flush aria-label="Decisions" { (table("Decisions", &view.rows)) }
        div.row {
            (layout::pager(view.previous.as_deref(), view.next.as_deref(), "Pages of decisions"))
            @if !view.rows.is_empty() {
                a.button href=(view.export_csv) download { "Export CSV" }
                a.button href=(view.export_json) download { "Export JSON" }
            }
        }
    };
    layout::page(frame, body)
}

fn live_tools() -> Markup {
    html! {
        div.row {
            p.connection data-connection role="status" hidden {}
            p.unseen data-arrivals role="status" {}
            button type="button" data-live-rows="/live/decisions" aria-pressed="false" hidden {
                "Follow live"
            }
        }
    }
}

fn partial(next: Option<&str>) -> Markup {
    html! {
        p.notice {
            "The search stopped early to stay fast. "
            @if let Some(href) = next { a href=(href) { "Continue the search" } }
        }
    }
}

fn form(view: &View) -> Markup {
    let filter = &view.filter;
    let same = |name: &String| (name.clone(), name.replace('_', " "));
    let effects: Vec<_> = view.effects.iter().map(same).collect();
    let types: Vec<_> = view.types.iter().map(|name| (name.clone(), name.clone())).collect();
    let orders = [("oldest".to_owned(), "Oldest first".to_owned())];
    html! {
        search aria-label="Filter decisions" {
            form.card.filters action="/decisions" method="get" {
                (input("subject", "Subject", "content/… or account/…", &filter.subject))
                (input("account", "Account", "any", &filter.account))
                (select("policy", "Policy", "Any policy", (&filter.policy, &view.policies)))
                (select("effect", "Effect", "Any effect", (&filter.effect, &effects)))
                (select("type", "Event type", "Any type", (&filter.r#type, &types)))
                (input("country", "Country", "two letters", &filter.country))
                (day("from", "From day", &filter.from))
                (day("until", "Until day", &filter.until))
                (select("order", "Order", "Newest first", (&filter.order, &orders)))
                div.row {
                    button.primary type="submit" { "Apply" }
                    a.button.quiet href="/decisions" { "Clear" }
                }
            }
        }
    }
}

fn input(name: &str, label: &str, hint: &str, value: &str) -> Markup {
    html! {
        div.field {
            label for={ "f-" (name) } { (label) }
            input id={ "f-" (name) } type="text" name=(name) value=(value) placeholder=(hint)
                autocomplete="off" spellcheck="false";
        }
    }
}

fn day(name: &str, label: &str, value: &str) -> Markup {
    html! {
        div.field {
            label for={ "f-" (name) } { (label) }
            input id={ "f-" (name) } type="date" name=(name)
                value=(value.get(..10).unwrap_or(value));
        }
    }
}

fn select(name: &str, label: &str, any: &str, chosen: (&str, &[(String, String)])) -> Markup {
    let (value, options) = chosen;
    html! {
        div.field {
            label for={ "f-" (name) } { (label) }
            select id={ "f-" (name) } name=(name) {
                option value="" { (any) }
                @for (id, title) in options {
                    option value=(id) selected[id == value] { (title) }
                }
            }
        }
    }
}

/// A table of decisions, or a hint if there are none.
pub(crate) fn table(caption: &str, rows: &[ListedDecision]) -> Markup {
    html! {
        @if rows.is_empty() {
            (layout::empty("No decisions here", "Widen the filter, or wait for events."))
        }
        div.scroll tabindex="0" role="region" aria-label={ "Table: " (caption) }
            hidden[rows.is_empty()] {
            table data-rows {
                caption.unseen { (caption) }
                thead { tr {
                    th scope="col" { "Time (UTC)" }
                    th scope="col" { "Decision" }
                    th scope="col" { "Subject" }
                    th scope="col" { "Policy" }
                    th scope="col" { "Effects" }
                    th scope="col" { "Account" }
                    th scope="col" { "Country" }
                } }
                tbody { @for one in rows { (row(one)) } }
            }
        }
    }
}

/// A row of the table. It is also sent to pages that follow live.
pub(crate) fn row(row: &ListedDecision) -> Markup {
    html! {
        tr data-key=(row.id) {
            td { (layout::time(&row.time)) }
            th.nowrap scope="row" { a.mono href=(href(row)) { (short_id(&row.id)) } }
            td { (subject(&row.subject)) }
            td { span.clip title=(row.policy) { (row.policy_title) } }
            td { (layout::effects(&row.effects)) (states(row)) }
            td {
                @if let Some(account) = &row.account { (subject(&format!("account/{account}"))) }
                @else { span.soft { "–" } }
            }
            td { @if row.country.is_empty() { span.soft { "–" } } @else { (row.country) } }
        }
    }
}

fn states(row: &ListedDecision) -> Markup {
    html! {
        @if row.is_human && !row.effects.iter().any(|effect| effect == "review") {
            " " (layout::badge("info", "review"))
        }
        @if row.is_erased { " " (layout::badge("plain", "erased")) }
    }
}

/// The address of a decision.
pub(crate) fn href(row: &ListedDecision) -> String {
    format!("/decisions/{}", layout::encoded(&row.id))
}

/// The beginning of an id, long enough to distinguish the decisions on a page.
pub(crate) fn short_id(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}

/// A subject as a link to its page.
pub(crate) fn subject(subject: &str) -> Markup {
    html! {
        a href={ "/subjects/" (layout::encoded(subject)) } { span.clip { (subject) } }
    }
}
