//! The overview: the current activity, and how early content was removed.

use maud::{Markup, html};

use super::chart;
use super::decisions::{self, ListedDecision};
use super::layout::Column::{Number, Text};
use super::layout::{self, Frame};

/// What the overview shows.
pub(crate) struct View {
    /// Events per second, now.
    pub(crate) rate_now: u64,
    /// Events per second over the last five minutes, labelled like `-4:59`.
    pub(crate) rates: Vec<(String, f64)>,
    /// Total number of accepted events.
    pub(crate) events: u64,
    /// Total number of decisions.
    pub(crate) decisions: u64,
    /// Decisions by policy.
    pub(crate) policies: Vec<(String, u64)>,
    /// Decisions by country.
    pub(crate) countries: Vec<(String, u64)>,
    /// Decisions by effect.
    pub(crate) effects: Vec<(String, u64)>,
    /// Total number of removals.
    pub(crate) removed: u64,
    /// The share of removals before any view.
    pub(crate) before_view: Option<f64>,
    /// The share of removals before any flag.
    pub(crate) before_flag: Option<f64>,
    /// The share of removals within a day.
    pub(crate) within_day: Option<f64>,
    /// Decisions per day, by event time.
    pub(crate) days: Vec<(String, f64)>,
    /// The receivers of decisions, with their waiting messages.
    pub(crate) queue: Vec<Queue>,
    /// The latest decisions.
    pub(crate) feed: Vec<ListedDecision>,
}

/// The messages for a receiver.
pub(crate) struct Queue {
    /// The receiver.
    pub(crate) name: String,
    /// Number of waiting messages.
    pub(crate) waiting: u64,
    /// Number of dead letters.
    pub(crate) dead: u64,
    /// Whether it does not answer now.
    pub(crate) is_down: bool,
}

/// The whole page.
pub(crate) fn page(frame: &Frame, view: &View) -> Markup {
    let body = html! {
        div.head {
            div {
                h1 { "Overview" }
                p { "Events from the platform, decisions on them, and how early they come." }
            }
            div.row {
                p.connection data-connection role="status" hidden {}
                button type="button" data-pause hidden { "Pause" }
            }
        }
        div #live.stack-l data-live="/live" { (live(view)) }
    };
    layout::page(frame, body)
}

/// The inner part, which is updated while the page is open.
pub(crate) fn live(view: &View) -> Markup {
    html! {
        h2.unseen { "Key figures" }
        (tiles(view))
        div.grid-main {
            section.card { (chart::line("Events", "per second, last five minutes", &view.rates)) }
            (queue(&view.queue))
        }
        div.grid-3 {
            section.card { (chart::bars("Policies", "decisions", &view.policies)) }
            section.card { (chart::bars("Effects", "decisions", &view.effects)) }
            section.card { (chart::bars("Countries", "decisions", &view.countries)) }
        }
        section.card { (chart::line("Decisions", "per day, by event time", &view.days)) }
        (feed(&view.feed))
    }
}

fn tiles(view: &View) -> Markup {
    let events = format!("{} events in all", layout::grouped(view.events));
    let decisions = format!("{} removals", layout::grouped(view.removed));
    html! {
        dl.tiles {
            (tile("Events per second", &layout::grouped(view.rate_now), &events))
            (tile("Decisions", &layout::grouped(view.decisions), &decisions))
            (tile(
                "Removed before any view",
                &layout::share(view.before_view),
                "share of removals whose content had no view yet",
            ))
            (tile(
                "Removed before any flag",
                &layout::share(view.before_flag),
                "share of removals that nobody had flagged yet",
            ))
            (tile(
                "Removed within a day",
                &layout::share(view.within_day),
                "share of removals within 24 hours of publication",
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

fn queue(queue: &[Queue]) -> Markup {
    html! {
        section.card.flush aria-labelledby="queue-title" {
            h2 #queue-title { "Deliveries" }
            @if queue.is_empty() {
                (layout::empty("No receivers", "Add receivers of decisions to the configuration."))
            } @else {
                (layout::table(
                    ("Table of deliveries", "Waiting messages by receiver"),
                    &[Text("Receiver"), Text("State"), Number("Waiting"), Number("Dead letters")],
                    html! { @for receiver in queue { (queue_row(receiver)) } },
                ))
                p.foot { a href="/deliveries" { "All deliveries" } }
            }
        }
    }
}

fn queue_row(receiver: &Queue) -> Markup {
    html! {
        tr {
            th scope="row" { (receiver.name) }
            td {
                @if receiver.is_down { (layout::badge("danger", "down")) }
                @else { (layout::badge("good", "up")) }
            }
            td.num { (layout::grouped(receiver.waiting)) }
            td.num { (layout::grouped(receiver.dead)) }
        }
    }
}

fn feed(rows: &[ListedDecision]) -> Markup {
    html! {
        section.card.flush data-hold aria-labelledby="feed-title" {
            div.head {
                h2 #feed-title { "Latest decisions" }
                a href="/decisions" { "All decisions" }
            }
            (decisions::table("Latest decisions, newest first", rows))
        }
    }
}
