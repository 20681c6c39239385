//! One back-test: its progress, and what changed rules would have decided in the past.

use app::rules::backtests::BacktestItem;
use jiff::ToSpan as _;
use jiff::civil::Date;
use maud::{Markup, html};
use serde::Deserialize;

use super::backtests::state;
use super::compare::{self, Pairs, Scale};
use super::decisions;
use super::layout::Column::{Number, Text};
use super::layout::{self, Frame};

/// Limit of days in a row without decisions that are drawn. A longer gap is left out.
const QUIET_DAYS_MAX: usize = 1_100;

/// What the page shows.
pub(crate) struct View {
    /// The back-test as in the list.
    pub(crate) item: BacktestItem,
    /// The files that it changed.
    pub(crate) files: Vec<String>,
    /// Its result, when it is done.
    pub(crate) report: Option<Report>,
    /// Whether the viewer may stop it.
    pub(crate) can_cancel: bool,
}

/// The result of a back-test, as the engine reports it.
#[derive(Deserialize)]
pub(crate) struct Report {
    events: u64,
    seconds: f64,
    from: Option<String>,
    until: Option<String>,
    base: String,
    candidate: String,
    decisions_before: u64,
    decisions_after: u64,
    added: u64,
    removed: u64,
    changed: u64,
    accounts_added: u64,
    accounts_removed: u64,
    prevented_views: u64,
    review_before_per_day: f64,
    review_after_per_day: f64,
    by_country: Vec<Moved>,
    by_language: Vec<Moved>,
    by_day: Vec<Day>,
    rules: Vec<Fired>,
    labels: Option<Labels>,
    sample: Vec<Sampled>,
}

/// Decisions added and removed, of one kind.
#[derive(Deserialize)]
struct Moved {
    key: String,
    added: u64,
    removed: u64,
}

/// Decisions of a day.
#[derive(Deserialize)]
struct Day {
    key: String,
    before: u64,
    after: u64,
}

/// How often a rule fired.
#[derive(Deserialize)]
struct Fired {
    rule: String,
    fired_before: u64,
    fired_after: u64,
    only_it: u64,
    overlap: Vec<Overlap>,
}

/// How often another rule fired on the same events.
#[derive(Deserialize)]
struct Overlap {
    rule: String,
    both: u64,
}

/// The quality of both rule sets on events that humans judged.
#[derive(Deserialize)]
struct Labels {
    labelled: u64,
    before: Quality,
    after: Quality,
}

/// The quality of a rule set.
#[derive(Deserialize)]
struct Quality {
    true_positives: u64,
    false_positives: u64,
    false_negatives: u64,
    precision: Option<f64>,
    recall: Option<f64>,
}

/// An event that would be decided differently.
#[derive(Deserialize)]
struct Sampled {
    seq: Option<u64>,
    event: String,
    subject: String,
    account: Option<String>,
    before: Vec<String>,
    after: Vec<String>,
    rules: Vec<String>,
}

/// The whole page.
pub(crate) fn page(frame: &Frame, view: &View) -> Markup {
    let item = &view.item;
    let body = html! {
        div.head {
            div {
                h1 { (item.title) }
                p {
                    "Back-test " (item.id) " by " (layout::person(&item.author)) ", started "
                    (layout::time(&item.at.to_string())) " UTC · changes "
                    @if view.files.is_empty() { "nothing" }
                    @else { code { (view.files.join(", ")) } }
                }
            }
            (state(item.state))
        }
        @if let Some(error) = &item.error {
            p.notice.notice-danger { strong { "The back-test failed. " } (error) }
        }
        @if item.state == "cancelled" {
            (layout::empty("Stopped", "Start it again from the editor or a proposal."))
        }
        @if item.state == "running" { (running(frame, view)) }
        @if let Some(report) = &view.report { (found(report)) }
    };
    layout::page(frame, body)
}

fn running(frame: &Frame, view: &View) -> Markup {
    let item = &view.item;
    html! {
        section.card.stack aria-labelledby="running-title" {
            h2 #running-title { "Running" }
            div.stack data-poll={ "/v1/backtests/" (item.id) } data-poll-state="running" {
                progress aria-labelledby="running-title" max="1" value=(item.progress) {
                    (layout::share(Some(item.progress)))
                }
                p role="status" data-poll-text { (layout::share(Some(item.progress))) " done" }
            }
            noscript { p.soft { "Reload this page to see the progress." } }
            @if view.can_cancel {
                form action={ "/backtests/" (item.id) "/cancel" } method="post" {
                    (layout::hidden_csrf(frame))
                    button type="submit" { "Stop" }
                }
            }
        }
    }
}

fn found(report: &Report) -> Markup {
    let (countries, languages) =
        (moved("Countries", &report.by_country), moved("Languages", &report.by_language));
    html! {
        (looked_at(report))
        h2.unseen { "Key figures" }
        (tiles(report))
        section.card { (compare::lines(&by_day(report))) }
        div.grid-2 {
            section.card { (compare::bars(&countries, Scale::Counts)) }
            section.card { (compare::bars(&languages, Scale::Counts)) }
        }
        @if let Some(labels) = &report.labels { (quality(labels)) }
        @else {
            section.card aria-labelledby="quality-title" {
                h2 #quality-title { "Quality" }
                (layout::empty(
                    "No quality figures",
                    "Precision and recall need events that humans judged: closed cases in the log.",
                ))
            }
        }
        (rules(&report.rules))
        (sample(&report.sample))
    }
}

fn looked_at(report: &Report) -> Markup {
    html! {
        p.soft {
            (layout::counted(report.events, "event", "events")) " judged again in "
            (format!("{:.1}", report.seconds)) " s"
            @if let (Some(from), Some(until)) = (&report.from, &report.until) {
                ", from " (layout::time(from)) " to " (layout::time(until)) " UTC"
            }
            ", by version " (layout::version(&report.base)) " and by "
            (layout::version(&report.candidate)) "."
        }
    }
}

fn tiles(report: &Report) -> Markup {
    let decisions = format!("{} before", layout::grouped(report.decisions_before));
    let accounts = format!("{} fewer than before", layout::grouped(report.accounts_removed));
    let review = format!("{:.1} per day before", report.review_before_per_day);
    html! {
        dl.tiles.tiles-many {
            (tile("Decisions", &layout::grouped(report.decisions_after), &decisions))
            (tile("Added", &layout::grouped(report.added), "decided now, not before"))
            (tile("Removed", &layout::grouped(report.removed), "decided before, not now"))
            (tile("Changed", &layout::grouped(report.changed), "with other effects"))
            (tile(
                "Accounts newly affected",
                &layout::grouped(report.accounts_added),
                &accounts,
            ))
            (tile(
                "Views prevented",
                &layout::grouped(report.prevented_views),
                "after content would have been removed or limited",
            ))
            (tile(
                "For review per day",
                &format!("{:.1}", report.review_after_per_day),
                &review,
            ))
        }
    }
}

fn tile(name: &str, figure: &str, hint: &str) -> Markup {
    html! {
        div.tile {
            dt { (name) }
            dd.figure { (figure) }
            dd.hint { (hint) }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "numbers for display")]
fn by_day(report: &Report) -> Pairs<'_> {
    let mut rows: Vec<(String, f64, f64)> = Vec::new();
    for day in &report.by_day {
        let quiet = rows.last().map(|(last, ..)| quiet_days(last, &day.key)).unwrap_or_default();
        rows.extend(quiet.into_iter().map(|key| (key, 0.0, 0.0)));
        rows.push((day.key.clone(), day.before as f64, day.after as f64));
    }
    Pairs { title: "Decisions", unit: "per day, by event time", names: ("before", "after"), rows }
}

/// The days after `last` and before `next`. Without them, the line would skip over time.
fn quiet_days(last: &str, next: &str) -> Vec<String> {
    let (Ok(last), Ok(next)) = (last.parse::<Date>(), next.parse::<Date>()) else {
        return Vec::new();
    };
    let days = last.series(1.day()).skip(1).take_while(|day| *day < next);
    let days: Vec<String> = days.take(QUIET_DAYS_MAX + 1).map(|day| day.to_string()).collect();
    if days.len() > QUIET_DAYS_MAX { Vec::new() } else { days }
}

#[expect(clippy::cast_precision_loss, reason = "numbers for display")]
fn moved<'a>(title: &'a str, rows: &[Moved]) -> Pairs<'a> {
    let rows = rows.iter();
    Pairs {
        title,
        unit: "decisions",
        names: ("added", "removed"),
        rows: rows.map(|one| (one.key.clone(), one.added as f64, one.removed as f64)).collect(),
    }
}

fn quality(labels: &Labels) -> Markup {
    let Labels { labelled, before, after } = labels;
    let part = |part: Option<f64>| part.unwrap_or(0.0);
    let pairs = Pairs {
        title: "Quality",
        unit: "on events that humans judged",
        names: ("before", "after"),
        rows: vec![
            ("Precision".to_owned(), part(before.precision), part(after.precision)),
            ("Recall".to_owned(), part(before.recall), part(after.recall)),
        ],
    };
    html! {
        section.card.stack {
            (compare::bars(&pairs, Scale::Shares))
            p.soft.small {
                "Of " (layout::counted(*labelled, "event", "events")) " that humans judged: "
                (told(before)) " before, " (told(after)) " after."
            }
        }
    }
}

fn told(quality: &Quality) -> String {
    format!(
        "{} rightly found, {} wrongly, {} missed",
        layout::grouped(quality.true_positives),
        layout::grouped(quality.false_positives),
        layout::grouped(quality.false_negatives)
    )
}

fn rules(rules: &[Fired]) -> Markup {
    html! {
        section.card.flush aria-labelledby="rules-title" {
            h2 #rules-title { "Rules" }
            @if rules.is_empty() {
                (layout::empty("No rule fired", "Neither before nor with the changes."))
            } @else {
                (layout::table(
                    ("Table of rules", "How often rules fired, and together with which others"),
                    &[
                        Text("Rule"), Number("Before"), Number("After"), Number("Only this rule"),
                        Text("Together with"),
                    ],
                    html! { @for one in rules { (rule(one)) } },
                ))
            }
        }
    }
}

fn rule(rule: &Fired) -> Markup {
    html! {
        tr {
            th scope="row" { a href={ "/rules#rule-" (rule.rule) } { code { (rule.rule) } } }
            td.num { (layout::grouped(rule.fired_before)) }
            td.num { (layout::grouped(rule.fired_after)) }
            td.num { (layout::grouped(rule.only_it)) }
            td.names {
                @if rule.overlap.is_empty() { span.soft { "–" } }
                @for (place, other) in rule.overlap.iter().enumerate() {
                    @if place > 0 { ", " }
                    code { (other.rule) } " " (layout::grouped(other.both))
                }
            }
        }
    }
}

fn sample(sample: &[Sampled]) -> Markup {
    html! {
        section.card.flush aria-labelledby="sample-title" {
            h2 #sample-title { "Events decided differently" }
            @if sample.is_empty() {
                (layout::empty("None", "Every event would get the same decision."))
            } @else {
                (layout::list(
                    (
                        "Table of events decided differently",
                        "Some of the events that would be decided differently",
                    ),
                    &[
                        Text("Subject"), Text("Account"), Text("Before"), Text("After"),
                        Text("Rules"), Text("Event"),
                    ],
                    html! { @for one in sample { (sampled(one)) } },
                ))
            }
        }
    }
}

fn sampled(one: &Sampled) -> Markup {
    html! {
        tr {
            th.nowrap scope="row" { (decisions::subject(&one.subject)) }
            td {
                @match &one.account {
                    Some(account) if !account.is_empty() => {
                        (decisions::subject(&account_subject(account)))
                    }
                    _ => { span.soft { "–" } }
                }
            }
            td { (done(&one.before)) }
            td { (done(&one.after)) }
            td.names { @for rule in &one.rules { code { (rule) } " " } }
            td {
                span.clip title=(one.event) { (one.event) }
                @if let Some(seq) = one.seq { p.small { (entry(seq, !one.before.is_empty())) } }
            }
        }
    }
}

/// The position of an event in the ledger, with a link to its decision, if it has one.
fn entry(seq: u64, is_decided: bool) -> Markup {
    let before = seq.saturating_sub(1);
    html! {
        @if is_decided {
            a href={ "/decisions?order=oldest&limit=1&after=" (before) } {
                "entry " (layout::grouped(seq))
            }
        } @else { span.soft { "entry " (layout::grouped(seq)) } }
    }
}

/// An account as a subject, with or without the prefix `account/`.
fn account_subject(account: &str) -> String {
    match account.strip_prefix("account/") {
        Some(_) => account.to_owned(),
        None => format!("account/{account}"),
    }
}

fn done(effects: &[String]) -> Markup {
    html! {
        @if effects.is_empty() { span.soft { "nothing" } }
        @else { (layout::effects(effects)) }
    }
}
