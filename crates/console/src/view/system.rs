//! The state of the system: checks, figures, version and the tree head of the ledger.

use app::service::routines::RoutineView;
use maud::{Markup, html};

use super::layout::Column::{Number, Text};
use super::layout::{self, Frame};

/// What the page of the system shows.
pub(crate) struct View {
    /// The checks.
    pub(crate) checks: Vec<Check>,
    /// What the service does at intervals.
    pub(crate) work: Vec<RoutineView>,
    /// Figures, as names and values.
    pub(crate) figures: Vec<(String, String)>,
    /// The version of the program.
    pub(crate) version: String,
    /// The tree head of the ledger: size, root, and when it was signed.
    pub(crate) head: Option<(u64, String, String)>,
    /// The public key of the ledger, hex.
    pub(crate) key: String,
}

/// A check.
pub(crate) struct Check {
    /// What is checked.
    pub(crate) name: String,
    /// Whether it passed.
    pub(crate) is_good: bool,
    /// The finding.
    pub(crate) detail: String,
}

/// The whole page.
pub(crate) fn page(frame: &Frame, view: &View) -> Markup {
    let bad = view.checks.iter().filter(|check| !check.is_good).count();
    let body = html! {
        div.head {
            div {
                h1 { "System" }
                p {
                    @if bad == 0 { "All checks passed." }
                    @else { (bad) " of " (view.checks.len()) " checks need attention." }
                    " Version " (view.version)
                }
            }
        }
        div.grid-2 {
            (checks(&view.checks))
            (figures(&view.figures))
        }
        (work(&view.work))
        (ledger(view))
    };
    layout::page(frame, body)
}

fn checks(checks: &[Check]) -> Markup {
    html! {
        section.card.flush aria-labelledby="checks-title" {
            h2 #checks-title { "Checks" }
            (layout::table(
                ("Table of checks", "Checks and their results"),
                &[Text("Check"), Text("State"), Text("Found")],
                html! { @for check in checks { (check_row(check)) } },
            ))
        }
    }
}

fn check_row(check: &Check) -> Markup {
    html! {
        tr {
            th scope="row" { (check.name) }
            td {
                @if check.is_good { (layout::badge("good", "passed")) }
                @else { (layout::badge("danger", "failed")) }
            }
            td.break { (check.detail) }
        }
    }
}

fn work(work: &[RoutineView]) -> Markup {
    html! {
        section.card.flush aria-labelledby="work-title" {
            h2 #work-title { "Background work" }
            (layout::table(
                (
                    "Table of background work",
                    "What the service does at intervals, with the last results",
                ),
                &[
                    Text("Work"), Text("State"), Number("Every"), Text("Last (UTC)"),
                    Number("Took"), Number("Failures"),
                ],
                html! { @for one in work { (work_row(one)) } },
            ))
        }
    }
}

fn work_row(one: &RoutineView) -> Markup {
    html! {
        tr {
            th scope="row" { (one.name) br; span.soft.small { (one.what) } }
            td.break {
                @match (&one.error, one.last_at) {
                    (Some(error), _) => {
                        (layout::badge("danger", "failed")) " " (error)
                        ". The log of the server says more."
                    }
                    (None, Some(_)) => (layout::badge("good", "succeeded")),
                    (None, None) => (layout::badge("plain", "not yet")),
                }
            }
            td.num { (interval(one.every_seconds)) }
            td { @if let Some(at) = one.last_at { (layout::time(&at.to_string())) } @else { "–" } }
            td.num { (layout::grouped(one.last_ms)) "\u{a0}ms" }
            td.num { (layout::grouped(one.failed)) }
        }
    }
}

/// An interval, in the largest unit in which it is a whole number.
fn interval(seconds: f64) -> String {
    match seconds {
        s if s >= 3600.0 && s % 3600.0 == 0.0 => format!("{}\u{a0}h", s / 3600.0),
        s if s >= 60.0 && s % 60.0 == 0.0 => format!("{}\u{a0}min", s / 60.0),
        s => format!("{s}\u{a0}s"),
    }
}

fn figures(figures: &[(String, String)]) -> Markup {
    html! {
        section.card aria-labelledby="figures-title" {
            h2 #figures-title { "Figures" }
            @if figures.is_empty() { p.soft { "None." } }
            @else { dl.pairs { @for (name, value) in figures { dt { (name) } dd { (value) } } } }
        }
    }
}

fn ledger(view: &View) -> Markup {
    html! {
        section.card aria-labelledby="ledger-title" {
            h2 #ledger-title { "Ledger" }
            dl.pairs {
                @if let Some((size, root, at)) = &view.head {
                    dt { "Entries" } dd { (layout::grouped(*size)) }
                    dt { "Root" } dd { code { (root) } " " (copy(root, "the root")) }
                    dt { "Signed" } dd { (layout::time(at)) " UTC" }
                } @else {
                    dt { "Head" } dd { "none signed yet" }
                }
                dt { "Public key" } dd { code { (view.key) } " " (copy(&view.key, "the key")) }
            }
            p.soft.small {
                "Keep head and key elsewhere. With them, anyone can show that nothing was changed."
            }
        }
    }
}

fn copy(text: &str, what: &str) -> Markup {
    html! {
        button type="button" data-copy=(text) hidden { "Copy" span.unseen { " " (what) } }
    }
}
