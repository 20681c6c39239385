//! What anybody may read: published reports with all their versions, and enforcement over time.

use app::reports::book::{ReportItem, WholeReport};
use documents::report::Period;
use documents::tables::Table;
use maud::{Markup, html};

use super::layout::Column::Text;
use super::{chart, layout, report};

/// The page of all reports; `series` are those that are drawn, the oldest first.
pub(crate) fn page(items: &[ReportItem], series: &[WholeReport]) -> Markup {
    let body = html! {
        div.head { div {
            h1 { "Transparency" }
            p {
                "What this service moderates, and how: reports with all their versions, figures by "
                "policy and country, and how each is counted."
            }
        } }
        @if !series.is_empty() { (enforcement(series)) }
        section.card.flush aria-labelledby="reports-title" {
            div.head { h2 #reports-title { "Reports" } }
            @if items.is_empty() {
                (layout::empty("Nothing is published yet", "Reports appear here when they are."))
            } @else {
                (layout::table(
                    ("Table of reports", "Published reports, newest first"),
                    &[Text("Report"), Text("Period"), Text("Version"), Text("Published (UTC)")],
                    html! { @for item in items { (row(item, items)) } },
                ))
            }
        }
        (checking())
    };
    layout::bare("Transparency", body)
}

fn row(item: &ReportItem, all: &[ReportItem]) -> Markup {
    html! {
        tr {
            th scope="row" {
                a href={ "/transparency/" (item.id) } { (item.title) }
                p.small.soft { (item.law) }
            }
            td.nowrap { (item.first_day) " to " (item.last_day) }
            td { (version(item, all)) }
            td.nowrap {
                @if let Some(step) = &item.published { (layout::time(&step.at.to_string())) }
            }
        }
    }
}

/// The version, and whether another one took its place.
fn version(item: &ReportItem, all: &[ReportItem]) -> Markup {
    let later = all.iter().find(|other| is_same(other, item) && other.version > item.version);
    html! {
        (item.version)
        @if item.corrects.is_some() { " " (layout::badge("info", "correction")) }
        @if let Some(later) = later {
            " " a href={ "/transparency/" (later.id) } { "corrected by version " (later.version) }
        }
    }
}

fn is_same(one: &ReportItem, other: &ReportItem) -> bool {
    (&one.regime, &one.first_day, &one.last_day)
        == (&other.regime, &other.first_day, &other.last_day)
}

/// The reports that are drawn, the newest first: of each period the latest version, of periods as
/// long as the newest.
pub(crate) fn drawn(items: &[ReportItem]) -> Vec<&ReportItem> {
    let is_latest = |one: &&ReportItem| {
        let is_later = |other: &ReportItem| is_same(other, one) && other.version > one.version;
        one.regime == "enforcement" && !items.iter().any(is_later)
    };
    let mut latest: Vec<&ReportItem> = items.iter().filter(is_latest).collect();
    latest.sort_by(|one, other| (&other.last_day, other.id).cmp(&(&one.last_day, one.id)));
    let Some(length) = latest.first().and_then(|one| period(one)) else { return Vec::new() };
    latest.retain(|one| period(one).is_some_and(|other| length.is_as_long_as(other)));
    latest
}

fn period(item: &ReportItem) -> Option<Period> {
    format!("{}/{}", item.first_day, item.last_day).parse().ok()
}

/// Enforcement over time, and the latest period by policy and country.
fn enforcement(series: &[WholeReport]) -> Markup {
    let points = |name: &str| -> Vec<(String, f64)> {
        let point = |whole: &WholeReport| {
            let label = format!("{} to {}", whole.report.first_day, whole.report.last_day);
            figure(&whole.tables, name).map(|value| (label, value))
        };
        series.iter().filter_map(point).collect()
    };
    let last = series.last();
    html! {
        section.card.stack aria-labelledby="enforcement-title" {
            h2 #enforcement-title { "Enforcement of the community guidelines" }
            div.grid-2 {
                (chart::line("Content removed", "by period", &points("removals")))
                (chart::line("Removed on own initiative", "share", &points("removals.proactive")))
                @if let Some(last) = last {
                    (chart::bars("By policy", "removed, last period", &bars(last, "by_policy")))
                    (chart::bars("By country", "removed, last period", &bars(last, "by_country")))
                }
            }
        }
    }
}

/// A figure of the table over everything.
fn figure(tables: &[Table], measure: &str) -> Option<f64> {
    let table = tables.iter().find(|table| table.name == "all")?;
    let row = table.measures.iter().position(|one| one == measure)?;
    table.rows.get(row)?.get(1)?.parse().ok()
}

/// Removals by the rows of a table, the most first, without its total.
fn bars(whole: &WholeReport, name: &str) -> Vec<(String, u64)> {
    let Some(table) = whole.tables.iter().find(|table| table.name == name) else {
        return Vec::new();
    };
    let at = table.measures.iter().position(|one| one == "removals");
    let column = at.and_then(|at| table.figures.get(at));
    let bar = |row: &Vec<String>| {
        let count: u64 = row.get(*column?)?.parse().ok()?;
        let name = table.row_name(row);
        (count > 0 && name != "Total").then_some((name, count))
    };
    let mut bars: Vec<(String, u64)> = table.rows.iter().filter_map(bar).collect();
    bars.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    bars
}

/// How anybody checks a report without asking us.
fn checking() -> Markup {
    html! {
        section.card.stack aria-labelledby="checking-title" {
            h2 #checking-title { "How to check a report" }
            p {
                "Each report names the tree head of the ledger that it was counted under, with its "
                "signature: a number that commits to every decision up to then. Who holds a "
                "decision of this service with its proof checks the proof against the ledger's "
                "public key without asking anybody (" code { "probity ledger prove --check" } "). "
                "Who has the ledger, such as an auditor, counts a report again under its tree head ("
                code { "probity report verify --report" } ")."
            }
            p {
                "Reports are kept here for at least five years with all their versions "
                "(Implementing Regulation (EU) 2024/2835, Art. 3). A published report is never "
                "changed: a correction is another version, with its reason and the figures that "
                "differ."
            }
        }
    }
}

/// The page of one report.
pub(crate) fn one(whole: &WholeReport, all: &[ReportItem]) -> Markup {
    let item = &whole.report;
    let versions: Vec<&ReportItem> = all.iter().filter(|other| is_same(other, item)).collect();
    let body = html! {
        div.head { div {
            p { a href="/transparency" { "Transparency" } }
            h1 { (item.title) }
            p { (item.first_day) " to " (item.last_day) ", version " (version(item, all)) }
            p.soft { (item.law) }
            @if !whole.provider.is_empty() || !whole.service.is_empty() {
                p { (whole.service) " · " (whole.provider) }
            }
        } }
        @if let Some(corrects) = &item.corrects {
            section.card.stack aria-labelledby="corrects-title" {
                h2 #corrects-title {
                    "What this version corrects in "
                    a href={ "/transparency/" (corrects.id) } { "version " (corrects.version) }
                }
                p { (corrects.reason) }
                @for line in &whole.changed_definitions { p { (line) } }
                (report::changes(&whole.changes))
            }
        }
        (report::contents(whole, None))
        @if !whole.gaps.is_empty() {
            details.card {
                summary { "What is not measured" }
                ul.lines { @for gap in &whole.gaps { li { (gap) } } }
            }
        }
        (report::definitions(whole))
        @if versions.len() > 1 {
            section.card.stack aria-labelledby="versions-title" {
                h2 #versions-title { "All versions" }
                ul.lines {
                    @for other in versions {
                        li { a href={ "/transparency/" (other.id) } { "Version " (other.version) } }
                    }
                }
            }
        }
        (report::files(whole, "/transparency"))
        (report::proof(whole))
    };
    layout::bare(&item.title, body)
}
