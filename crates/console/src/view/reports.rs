//! The workshop of reports: what is owed when, a form to count, all versions.

use app::reports::book::{DueReport, ReportItem, ReportPage};
use app::service::jobs::JobView;
use documents::account::REGIMES;
use documents::report::Size;
use maud::{Markup, html};

use super::layout::Column::{Action, Text};
use super::layout::{self, Frame};

/// What the page shows.
pub(crate) struct View {
    /// The size of the provider, and whether it is configured.
    pub(crate) size: (Size, bool),
    /// What is owed.
    pub(crate) due: Vec<DueReport>,
    /// The page of the list.
    pub(crate) listed: ReportPage,
    /// The latest job.
    pub(crate) job: Option<JobView>,
    /// The regime that is listed; empty: all.
    pub(crate) regime: String,
    /// Whether the viewer may prepare reports.
    pub(crate) can_write: bool,
}

/// The whole page.
pub(crate) fn page(frame: &Frame, view: &View) -> Markup {
    let before =
        view.listed.next.map(|next| format!("/reports?regime={}&before={next}", view.regime));
    let body = html! {
        div.head { div {
            h1 { "Reports" }
            p {
                "Counted from the ledger, signed off by a second person, published for "
                a href="/transparency" { "everybody" } "."
            }
        } }
        (job(view.job.as_ref()))
        (calendar(view))
        @if view.can_write { (form(frame)) }
        (filter(&view.regime))
        section.card.flush aria-label="Reports" {
            @if view.listed.items.is_empty() {
                (layout::empty("No reports yet", "Count one of a period that is over."))
            } @else {
                (layout::list(
                    ("Table of reports", "Reports, newest first"),
                    &[
                        Text("Number"), Text("Report"), Text("Period"), Text("Version"),
                        Text("State"), Text("Counted by"), Text("Counted (UTC)"),
                    ],
                    html! { @for item in &view.listed.items { (row(item)) } },
                ))
            }
        }
        (layout::pager(None, before.as_deref(), "Pages of reports"))
    };
    layout::page(frame, body)
}

fn job(job: Option<&JobView>) -> Markup {
    html! {
        @match job {
            Some(job) if job.state == "running" => {
                p.notice role="status" {
                    strong { "Counting " (job.what) ". " }
                    (layout::share(Some(job.progress))) " done; reload the page to see more."
                }
            }
            Some(job) if job.state == "failed" => {
                p.notice.notice-danger {
                    strong { "The last report was not counted (" (job.what) "). " }
                    @let detail = job.error.as_ref().and_then(|error| error["detail"].as_str());
                    (detail.unwrap_or("See the log of the server."))
                }
            }
            _ => {}
        }
    }
}

fn calendar(view: &View) -> Markup {
    let (size, is_configured) = view.size;
    html! {
        section.card.flush aria-labelledby="due-title" {
            div.head { div {
                h2 #due-title { "What is owed, and when" }
                p.soft {
                    "By " (sized(size)) "."
                    @if !is_configured {
                        " Say who reports in the section " code { "[reports]" }
                        " of the configuration."
                    }
                }
            } }
            (layout::table(
                ("What is owed", "Reports that are owed, by the end of their period"),
                &[Text("Report"), Text("Period"), Text("Due"), Text("State"), Action("Open")],
                html! { @for one in &view.due { (due_row(one)) } },
            ))
        }
    }
}

const fn sized(size: Size) -> &'static str {
    match size {
        Size::Intermediary => "an intermediary service",
        Size::Hosting => "a hosting service",
        Size::Platform => "an online platform that is not very large",
        Size::Vlose => "a very large online search engine",
        Size::Vlop => "a very large online platform",
    }
}

fn due_row(one: &DueReport) -> Markup {
    let is_open = !matches!(one.state, "published" | "running");
    let days = one.days_left.unwrap_or(i32::MAX);
    html! {
        tr {
            th scope="row" { (one.title) p.small.soft { (one.law) } }
            td.nowrap { (one.first_day) " to " (one.last_day) }
            td {
                @match one.due {
                    None => { span.soft { "no fixed day" } }
                    Some(due) => {
                        span.nowrap { (due) }
                        @if is_open && days < 0 {
                            " " (layout::badge("danger", &format!("{} days late", -days)))
                        } @else if is_open && days <= REMINDED_DAYS {
                            " " (layout::badge("warn", &format!("{days} days left")))
                        }
                    }
                }
            }
            td {
                @if one.state == "missing" && one.due.is_none() {
                    (layout::badge("plain", "not counted"))
                } @else { (state(one.state)) }
            }
            td { @if let Some(id) = one.report { a href={ "/reports/" (id) } { "Open" } } }
        }
    }
}

/// From so many days before a report is due, its row is marked.
const REMINDED_DAYS: i32 = 30;

/// A state as a badge.
pub(super) fn state(state: &str) -> Markup {
    let (tone, words) = match state {
        "published" => ("good", "published"),
        "signed" => ("info", "signed off"),
        "draft" => ("warn", "draft"),
        "running" => ("plain", "period runs"),
        "missing" => ("danger", "not counted"),
        other => ("plain", other),
    };
    layout::badge(tone, words)
}

fn form(frame: &Frame) -> Markup {
    html! {
        details.card {
            summary { "Count a report" }
            form.stack method="post" action="/reports" {
                (layout::hidden_csrf(frame))
                div.field {
                    label for="regime" { "Report" }
                    select #regime name="regime" {
                        @for regime in REGIMES { option value=(regime.id) { (regime.title) } }
                    }
                }
                div.field {
                    label for="period" { "Period" }
                    input #period name="period" required placeholder="2026-H1"
                        aria-describedby="period-hint";
                    p.hint #period-hint {
                        "A half-year 2026-H1, a quarter 2026-Q3, a year 2026, or days "
                        "2026-01-01/2026-06-30."
                    }
                }
                div.field {
                    label for="publish_on" { "Day of publication" }
                    input #publish_on name="publish_on" type="date"
                        aria-describedby="publish-hint";
                    p.hint #publish-hint {
                        "The harmonised report states it, and can be published on that day only. "
                        "Empty: today."
                    }
                }
                div.field {
                    label for="reason" { "Why a published version is corrected" }
                    input #reason name="reason" maxlength="2000" aria-describedby="reason-hint";
                    p.hint #reason-hint { "Only if there is one. The public reads it." }
                }
                label.check {
                    input type="checkbox" name="preview";
                    "Preview: count a period that is not over; it cannot be signed"
                }
                div { button.primary type="submit" { "Count" } }
            }
        }
    }
}

fn filter(chosen: &str) -> Markup {
    html! {
        form.filters action="/reports" {
            div.field {
                label for="of" { "Report" }
                select #of name="regime" {
                    option value="" { "Any" }
                    @for regime in REGIMES {
                        option value=(regime.id) selected[regime.id == chosen] { (regime.title) }
                    }
                }
            }
            button type="submit" { "Show" }
        }
    }
}

fn row(item: &ReportItem) -> Markup {
    html! {
        tr {
            th scope="row" { a href={ "/reports/" (item.id) } { (item.id) } }
            td { (item.title) }
            td.nowrap { (item.first_day) " to " (item.last_day) }
            td {
                (item.version)
                @if item.corrects.is_some() { " " (layout::badge("info", "correction")) }
            }
            td {
                (state(item.state))
                @if item.is_preview { " " (layout::badge("plain", "preview")) }
            }
            td { (layout::person(&item.counted.by)) }
            td.nowrap { (layout::time(&item.counted.at.to_string())) }
        }
    }
}
