//! Lists of cases: all cases, the viewer's own work, and the queues.

use app::cases::item::CaseItem;
use app::cases::queues::{QueueView, Queues};
use app::cases::work::{Care, Work};
use app::cases::{CasePage, CaseQuery};
use jiff::Timestamp;
use maud::{Markup, html};
use review::wellbeing::Barred;
use review::{Finding, Lane};

use super::layout::Column::{Number, Text};
use super::layout::{self, Frame};

/// The states offered as filters.
const STATES: [&str; 3] = ["waiting", "held", "closed"];

/// The page of all cases.
pub(crate) fn page(frame: &Frame, which: &CaseQuery, view: &CasePage) -> Markup {
    let next = view.next.map(|next| format!("/cases?{}before={next}", kept(which)));
    let body = html! {
        div.head {
            div {
                h1 { "Cases" }
                p { "Cases for people to judge, opened by rules, notices, orders and appeals." }
            }
        }
        (states(which))
        section.card.flush aria-label="Cases" {
            @if view.items.is_empty() {
                (layout::empty("No cases here", "Rules open cases with the effect `review`."))
            } @else { (table("Cases, newest first", &view.items)) }
        }
        (layout::pager(None, next.as_deref(), "Pages of cases"))
    };
    layout::page(frame, body)
}

/// The filters in use, as the beginning of a query string.
fn kept(which: &CaseQuery) -> String {
    let pairs = [
        ("state", &which.state),
        ("kind", &which.kind),
        ("queue", &which.queue),
        ("by", &which.by),
        ("subject", &which.subject),
        ("account", &which.account),
    ];
    let told = pairs.into_iter().filter(|(_, value)| !value.is_empty());
    told.map(|(name, value)| format!("{name}={}&", layout::segment(value))).collect()
}

fn states(which: &CaseQuery) -> Markup {
    let current = |state: &str| (state == which.state).then_some("true");
    html! {
        nav.row.states aria-label="States" {
            a.button href="/cases" aria-current=[current("")] { "All" }
            @for state in STATES {
                a.button href={ "/cases?state=" (state) } aria-current=[current(state)] {
                    (state)
                }
            }
            @if !which.queue.is_empty() { span.soft { "in queue " code { (which.queue) } } }
            @if !which.account.is_empty() { span.soft { "account " code { (which.account) } } }
        }
    }
}

/// A table of cases.
pub(crate) fn table(caption: &str, items: &[CaseItem]) -> Markup {
    layout::scroll(
        caption,
        html! {
            table data-rows {
                caption.unseen { (caption) }
                thead { tr {
                    th scope="col" { "Case" }
                    th scope="col" { "State" }
                    th scope="col" { "Policy" }
                    th scope="col" { "Subject" }
                    th scope="col" { "Language" }
                    th scope="col" { "Queue" }
                    th.num scope="col" { "Views" }
                    th scope="col" { "Due or opened (UTC)" }
                    th scope="col" { "By" }
                } }
                tbody { @for item in items { (row(item)) } }
            }
        },
    )
}

fn row(item: &CaseItem) -> Markup {
    html! {
        tr {
            th scope="row" { a href={ "/cases/" (item.id) } { (item.id) } }
            td.nowrap { (state(item)) " " (lane(item.lane)) }
            td { (item.policy) }
            td.id {
                (item.subject)
                @if item.members > 1 { span.soft { " and " (item.members - 1) " more" } }
            }
            td { (item.language.as_deref().unwrap_or("–")) }
            td { (item.queue) }
            td.num { (layout::grouped(item.views)) }
            td.nowrap { (due(item)) }
            td { (item.by.as_deref().unwrap_or("–")) }
        }
    }
}

/// The state or the finding of a case, as a badge.
pub(crate) fn state(item: &CaseItem) -> Markup {
    let (tone, text) = match (item.state, item.finding) {
        ("closed", Some(Finding::Violation)) => ("danger", "violation"),
        ("closed", _) => ("good", "no violation"),
        ("held", _) => ("busy", "held"),
        _ => ("info", "waiting"),
    };
    html! {
        (layout::badge(tone, text))
        @if item.is_escalated { " " (layout::badge("warn", "escalated")) }
        @if !item.unsent.is_empty() { " " (layout::badge("danger", "not sent")) }
        @if item.is_missed { " " (layout::badge("danger", "missed")) }
    }
}

/// The lane of a case, as a badge. The general lane has none.
pub(crate) fn lane(lane: Lane) -> Markup {
    let (tone, text) = match lane {
        Lane::Removal => ("danger", "one hour"),
        Lane::Danger => ("danger", "danger"),
        Lane::Order => ("warn", "order"),
        Lane::Priority => ("warn", "priority"),
        Lane::Appeal => ("info", "appeal"),
        Lane::General => return html! {},
    };
    layout::badge(tone, text)
}

/// The deadline with a countdown, or the time at which the case was opened.
pub(crate) fn due(item: &CaseItem) -> Markup {
    html! {
        @if let Some(due) = item.due_at.filter(|_| item.state != "closed") { (countdown(due)) }
        @else { (layout::time(&item.opened_at.to_string())) }
    }
}

/// A time with a countdown to it.
pub(crate) fn countdown(due: Timestamp) -> Markup {
    let at = due.to_string();
    html! { time.due datetime=(at) data-due=(at) title=(at) { (at.get(11..19).unwrap_or(&at)) } }
}

/// The end of a lease. The countdown is highlighted in its last two minutes only.
pub(crate) fn lease(until: Timestamp) -> Markup {
    let at = until.to_string();
    html! {
        time.due datetime=(at) data-due=(at) data-soon="120" title=(at) {
            (at.get(11..19).unwrap_or(&at))
        }
    }
}

/// The page of the viewer's own work.
pub(crate) fn work(frame: &Frame, view: &Work, refused: Option<&str>) -> Markup {
    let body = html! {
        div.head {
            div {
                h1 { "My work" }
                p { "Cases with deadlines come first, then those whose review prevents most harm." }
            }
            (next_button(frame))
        }
        @if let Some(refused) = refused { p.notice role="status" { (refused) } }
        div.grid-main {
            div.stack-l {
                section.card.flush aria-labelledby="mine-title" {
                    h2 #mine-title { "My cases" }
                    @if view.cases.is_empty() {
                        (layout::empty("No open cases", "Press N to claim the next case."))
                    } @else { (table("Table of my cases", &view.cases)) }
                }
                @if !view.asked.is_empty() {
                    section.card.flush aria-labelledby="asked-title" {
                        h2 #asked-title { "Questions from colleagues" }
                        (table("Cases with questions from colleagues", &view.asked))
                    }
                }
                section.card.flush aria-labelledby="closed-title" {
                    h2 #closed-title { "Closed by me" }
                    @if view.closed.is_empty() {
                        (layout::empty("No verdicts yet", "Verdicts can be undone for one minute."))
                    } @else { (table("Cases closed by me", &view.closed)) }
                }
            }
            div.stack-l { (care(&view.care)) }
        }
    };
    layout::page(frame, body)
}

/// The button that claims the next case.
pub(crate) fn next_button(frame: &Frame) -> Markup {
    html! {
        form action="/work/next" method="post" {
            (layout::hidden_csrf(frame))
            button.primary type="submit" data-key="n" { "Next case " kbd aria-hidden="true" { "N" } }
        }
    }
}

fn care(care: &Care) -> Markup {
    let limits = &care.limits;
    html! {
        section.card.stack aria-labelledby="care-title" {
            h2 #care-title { "Your exposure" }
            dl.pairs {
                dt { "Severe material today" }
                dd { (layout::counted(care.exposed_minutes, "minute", "minutes")) }
                dt { "Limits" }
                dd {
                    (limits.severe_per_hour) " severe cases per hour, " (limits.severe_per_day)
                    " per day, " (limits.severe_in_row) " in a row; a break of "
                    (limits.break_minutes) " minutes after " (limits.work_minutes_before_break)
                    " minutes of work"
                }
            }
            @if care.allowed.why.is_empty() {
                p.soft { "No limit applies to you now." }
            } @else {
                ul.plain {
                    @for barred in &care.allowed.why { li { (sentence(*barred)) } }
                }
                @if let Some(until) =
                    care.allowed.until_ms.and_then(|ms| Timestamp::from_millisecond(ms).ok())
                {
                    p { "Until " (countdown(until)) }
                }
            }
        }
    }
}

fn sentence(barred: Barred) -> String {
    let sentence = barred.sentence();
    let mut chars = sentence.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// The page of queues.
pub(crate) fn queues(frame: &Frame, view: &Queues) -> Markup {
    let waiting: u64 = view.queues.iter().map(|queue| queue.waiting).sum();
    let body = html! {
        div.head {
            div {
                h1 { "Queues" }
                p {
                    (layout::counted(waiting, "case waits", "cases wait")) ", "
                    (layout::counted(view.held, "is", "are")) " claimed. "
                    "A case goes to the first queue that accepts it."
                }
            }
        }
        section.card.flush aria-label="Queues" {
            (layout::list(
                ("Table of queues", "Queues, in the order in which cases are offered to them"),
                &[
                    Text("Queue"), Text("Accepts"), Text("Served by"), Number("Waiting"),
                    Text("Lanes"), Text("Languages"), Text("Oldest (UTC)"),
                ],
                html! { @for queue in &view.queues { (queue_row(queue)) } },
            ))
        }
    };
    layout::page(frame, body)
}

fn queue_row(view: &QueueView) -> Markup {
    let queue = &view.queue;
    let kinds = queue.kinds.iter().map(|kind| kind.name().replace('_', " "));
    let takes: Vec<String> = kinds
        .chain(queue.policies.iter().cloned())
        .chain(queue.languages.iter().cloned())
        .chain(queue.countries.iter().cloned())
        .collect();
    html! {
        tr {
            th scope="row" {
                a href={ "/cases?state=waiting&queue=" (queue.name) } { (queue.name) }
                @if !queue.title.is_empty() { br; span.soft.small { (queue.title) } }
            }
            td {
                @if takes.is_empty() { span.soft { "everything" } } @else { (takes.join(", ")) }
                @if queue.escalated == Some(true) { " " (layout::badge("warn", "escalated")) }
            }
            td {
                (match queue.work {
                    review::Work::Moderate => "moderators",
                    review::Work::Special => "specialists",
                    review::Work::Legal => "legal",
                })
                @if let Some(expertise) = &queue.expertise { ", expert in " (expertise) }
                @if queue.is_task_force { " " (layout::badge("info", "task force")) }
                @if let Some(mission) = &queue.mission { br; span.soft.small { (mission) } }
            }
            td.num { (layout::grouped(view.waiting)) }
            td {
                @for count in &view.lanes {
                    @if count.lane != Lane::General {
                        (lane(count.lane)) " " (layout::grouped(count.waiting)) " "
                    }
                }
            }
            td {
                @for count in &view.languages {
                    span.nowrap {
                        (if count.language.is_empty() { "?" } else { &count.language }) " "
                        (layout::grouped(count.waiting)) " "
                    }
                }
            }
            td.nowrap {
                @if let Some(at) = view.oldest_at { (layout::time(&at.to_string())) }
                @else { span.soft { "–" } }
            }
        }
    }
}
