//! Statements of reasons: how they stand, by day, and the latest one by one.

use app::statements::{StatementDay, StatementPage, StatementSummary, StatementView};
use maud::{Markup, html};

use super::layout::Column::{Action, Number, Text};
use super::layout::{self, Frame};

/// What the page of statements shows.
pub(crate) struct View {
    /// How they stand.
    pub(crate) summary: StatementSummary,
    /// The page of the list.
    pub(crate) listed: StatementPage,
    /// The state that is listed; empty: all.
    pub(crate) state: String,
    /// Whether the viewer may send again what was refused.
    pub(crate) can_write: bool,
    /// Whether the viewer may open decisions.
    pub(crate) can_open: bool,
}

/// The states offered as filters, with their names.
const STATES: &[(&str, &str)] = &[
    ("", "Any"),
    ("waiting", "Waiting"),
    ("sent", "Sent"),
    ("refused", "Refused by the database"),
    ("unsound", "Held back by our check"),
];

/// Days shown; the API has the others.
const DAYS_SHOWN: usize = 14;

/// The whole page.
pub(crate) fn page(frame: &Frame, view: &View) -> Markup {
    let before =
        view.listed.next.map(|next| format!("/statements?state={}&before={next}", view.state));
    let body = html! {
        div.head { div {
            h1 { "Statements of reasons" }
            p { (standing(&view.summary)) }
        } }
        @if let Some(trouble) = &view.summary.trouble {
            p.notice.notice-danger { strong { "Not sent now. " } (trouble) "." }
        }
        @if !view.summary.days.is_empty() { (days(frame, view)) }
        (filter(&view.state))
        section.card.flush aria-label="Statements" {
            @if view.listed.items.is_empty() {
                (layout::empty("No statements", nothing(view)))
            } @else {
                (layout::list(
                    ("Table of statements", "Statements of reasons, newest first"),
                    &[
                        Text("Decision"), Text("State"), Text("Restriction"), Text("Ground"),
                        Text("Decided (UTC)"), Action("Action"),
                    ],
                    html! { @for item in &view.listed.items { (row(frame, item, view)) } },
                ))
            }
        }
        (layout::pager(None, before.as_deref(), "Pages of statements"))
    };
    layout::page(frame, body)
}

/// How they stand, in a sentence or two.
fn standing(summary: &StatementSummary) -> Markup {
    html! {
        @if !summary.is_configured {
            "None are made. Add a section "
            code { "[statements]" }
            " to the configuration: one is then made of every restriction (Art. 24(5) DSA)."
        } @else {
            "One for every restriction (Art. 24(5) DSA)"
            @if let Some(database) = &summary.database { ", sent to " (database) }
            "."
            @if summary.behind > 0 {
                " " (layout::counted(summary.behind, "entry", "entries")) " still to be looked at."
            }
        }
    }
}

/// Why there are none to show.
fn nothing(view: &View) -> &'static str {
    match (view.summary.is_configured, view.state.is_empty()) {
        (false, _) => "None are made while the configuration has no section [statements].",
        (true, true) => "One appears here a moment after each decision that restricts something.",
        (true, false) => "None is in this state.",
    }
}

fn days(frame: &Frame, view: &View) -> Markup {
    let days = &view.summary.days;
    let refused: u64 = days.iter().map(|day| day.refused + day.unsound).sum();
    html! {
        section.card.flush aria-labelledby="days-title" {
            div.head {
                h2 #days-title { "By day of the decision" }
                @if view.can_write && refused > 0 {
                    form method="post" action="/statements/resend" {
                        (layout::hidden_csrf(frame))
                        button type="submit" { "Send again what was refused (" (refused) ")" }
                    }
                }
            }
            (layout::table(
                ("Statements by day", "Statements of reasons by day of the decision and state"),
                &[
                    Text("Day (UTC)"), Number("Sent"), Number("Waiting"), Number("Refused"),
                    Number("Held back"),
                ],
                html! { @for day in days.iter().take(DAYS_SHOWN) { (day_row(day)) } },
            ))
        }
    }
}

fn day_row(day: &StatementDay) -> Markup {
    html! {
        tr {
            th scope="row" { (day.day) }
            td.num { (layout::grouped(day.sent)) }
            td.num { (layout::grouped(day.waiting)) }
            td.num { (layout::grouped(day.refused)) }
            td.num { (layout::grouped(day.unsound)) }
        }
    }
}

fn filter(state: &str) -> Markup {
    html! {
        form.filters action="/statements" {
            div.field {
                label for="state" { "State" }
                select #state name="state" {
                    @for (name, words) in STATES {
                        option value=(name) selected[*name == state] { (words) }
                    }
                }
            }
            button type="submit" { "Show" }
        }
    }
}

fn row(frame: &Frame, item: &StatementView, view: &View) -> Markup {
    let json: serde_json::Value = serde_json::from_str(item.statement.get()).unwrap_or_default();
    let short = item.puid.get(..10).unwrap_or(&item.puid);
    let is_refused = matches!(item.state, "refused" | "unsound");
    html! {
        tr {
            th scope="row" {
                @if view.can_open { a href={ "/decisions/" (item.puid) } { (short) "…" } }
                @else { (short) "…" }
            }
            td {
                (state(item.state))
                @if let Some(error) = &item.error { p.small.soft.break { (error) } }
            }
            td { (restrictions(&json).join(", ")) }
            td { (ground(&json)) }
            td.nowrap { (layout::time(&item.decided_at.to_string())) }
            td {
                @if is_refused && view.can_write {
                    form method="post" action="/statements/resend" {
                        (layout::hidden_csrf(frame))
                        button type="submit" name="seq" value=(item.seq) { "Send again" }
                    }
                }
            }
        }
        tr.sub {
            td colspan="6" {
                details {
                    summary { "The statement as the database takes it" }
                    pre { (serde_json::to_string_pretty(&json).unwrap_or_default()) }
                }
            }
        }
    }
}

fn state(name: &str) -> Markup {
    let (tone, words) = match name {
        "sent" => ("good", "sent"),
        "waiting" => ("busy", "waiting"),
        "refused" => ("danger", "refused"),
        _ => ("warn", "held back"),
    };
    layout::badge(tone, words)
}

/// The restrictions in words: the codes without their prefixes.
fn restrictions(json: &serde_json::Value) -> Vec<String> {
    let visibility = json["decision_visibility"].as_array().into_iter().flatten();
    let others = ["decision_monetary", "decision_provision", "decision_account"];
    let codes = visibility.chain(others.iter().map(|field| &json[*field]));
    let bare = |code: &str| {
        let prefixes = ["DECISION_VISIBILITY_", "DECISION_"];
        let bare = prefixes.iter().find_map(|prefix| code.strip_prefix(prefix)).unwrap_or(code);
        bare.to_lowercase().replace('_', " ")
    };
    codes.filter_map(serde_json::Value::as_str).map(bare).collect()
}

fn ground(json: &serde_json::Value) -> String {
    let field = |name: &str| json[name].as_str().map(str::to_owned);
    let law = field("illegal_content_legal_ground");
    law.or_else(|| field("incompatible_content_ground")).unwrap_or_default()
}
