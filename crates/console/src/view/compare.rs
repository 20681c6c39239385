//! Charts that compare two series: before and after, added and removed. A dashed line or a hollow
//! bar and words distinguish them, not colour alone.

use maud::{Markup, html};

use super::chart::{exact, few_labels, height, path, places, short, sound, ticks};
use super::layout;

/// Limit of the pairs of bars drawn. The table has all of them.
const PAIRS_MAX: usize = 12;

/// Two series over the same names.
pub(super) struct Pairs<'a> {
    /// The title of the chart.
    pub(super) title: &'a str,
    /// What is counted.
    pub(super) unit: &'a str,
    /// The names of the two series.
    pub(super) names: (&'a str, &'a str),
    /// Name, first value, second value.
    pub(super) rows: Vec<(String, f64, f64)>,
}

/// The scale of bars and the format of their numbers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Scale {
    /// Numbers. The largest has the longest bar.
    Counts,
    /// Shares from 0 to 1. The full width is 1.
    Shares,
}

impl Scale {
    fn show(self, value: f64) -> String {
        match self {
            Self::Counts => exact(value),
            Self::Shares => layout::share(Some(value)),
        }
    }
}

/// Two lines over time.
pub(super) fn lines(pairs: &Pairs<'_>) -> Markup {
    html! {
        figure.chart {
            (caption(pairs, "keys"))
            @if pairs.rows.is_empty() {
                (layout::empty("Nothing to draw", "No event was judged."))
            } @else {
                (plot(pairs))
                (table(pairs, Scale::Counts))
            }
        }
    }
}

/// Pairs of horizontal bars, each with its number.
pub(super) fn bars(pairs: &Pairs<'_>, scale: Scale) -> Markup {
    let values = pairs.rows.iter().flat_map(|(_, first, second)| [*first, *second]);
    let top = match scale {
        Scale::Counts => values.map(sound).fold(0.0, f64::max),
        Scale::Shares => 1.0,
    };
    html! {
        figure.chart {
            (caption(pairs, "keys of-bars"))
            @if pairs.rows.is_empty() {
                (layout::empty(
                    "None added, none removed",
                    "The changed rules decide on the same events as before.",
                ))
            } @else {
                div.bars role="img" aria-label=(essence(pairs, scale)) {
                    @for (name, first, second) in pairs.rows.iter().take(PAIRS_MAX) {
                        (bar(name, "is-first", (*first, top), scale))
                        (bar("", "is-second", (*second, top), scale))
                    }
                }
                @if pairs.rows.len() > PAIRS_MAX {
                    p.soft.small { "and " (pairs.rows.len() - PAIRS_MAX) " more in the table" }
                }
                (table(pairs, scale))
            }
        }
    }
}

/// The title and the unit, with a legend of the two series if something is drawn.
fn caption(pairs: &Pairs<'_>, keys: &str) -> Markup {
    let (first, second) = pairs.names;
    html! {
        figcaption {
            span.chart-title { (pairs.title) }
            span.chart-unit { (pairs.unit) }
            @if !pairs.rows.is_empty() {
                span class=(keys) {
                    span.key.is-first { (first) }
                    span.key.is-second { (second) }
                }
            }
        }
    }
}

fn bar(name: &str, class: &str, (value, top): (f64, f64), scale: Scale) -> Markup {
    html! {
        div.bars-row {
            span.bars-label { (name) }
            svg viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" {
                rect.bars-track width="1000" height="10" {}
                rect class={ "bars-bar " (class) } width=(length(value, top)) height="10" {}
            }
            span.bars-value { (scale.show(value)) }
        }
    }
}

/// The length of a bar in thousandths. A value above zero stays visible.
fn length(value: f64, top: f64) -> String {
    let part = if top > 0.0 { sound(value) / top * 1000.0 } else { 0.0 };
    format!("{:.0}", if part > 0.0 { part.clamp(4.0, 1000.0) } else { 0.0 })
}

fn essence(pairs: &Pairs<'_>, scale: Scale) -> String {
    let (one, other) = pairs.names;
    let mut text = format!("{}, {}", pairs.title, pairs.unit);
    for (name, first, second) in pairs.rows.iter().take(PAIRS_MAX) {
        let (first, second) = (scale.show(*first), scale.show(*second));
        text.push_str(&format!("; {name}: {one} {first}, {other} {second}"));
    }
    text
}

fn plot(pairs: &Pairs<'_>) -> Markup {
    let series = |pick: fn(&(String, f64, f64)) -> f64| -> Vec<(String, f64)> {
        pairs.rows.iter().map(|row| (row.0.clone(), pick(row))).collect()
    };
    let (first, second) = (series(|row| row.1), series(|row| row.2));
    let most = first.iter().chain(&second).map(|(_, value)| sound(*value)).fold(0.0, f64::max);
    let ticks = ticks(most);
    let top = ticks.last().copied().unwrap_or(1.0);
    html! {
        div.plot {
            div.plot-y aria-hidden="true" {
                @for tick in ticks.iter().rev() { span { (short(*tick)) } }
            }
            svg viewBox="0 0 1000 200" preserveAspectRatio="none" role="img"
                aria-label=(over_time(pairs)) {
                @for tick in ticks.iter().skip(1) {
                    path.plot-grid d={ "M0 " (height(*tick, top)) "H1000" } {}
                }
                path.plot-base d="M0 200H1000" {}
                path.plot-line.is-first d=(path(&places(&first, top))) {}
                path.plot-line.is-second d=(path(&places(&second, top))) {}
            }
            div.plot-x aria-hidden="true" {
                @for label in few_labels(&first) { span { (label) } }
            }
        }
    }
}

fn over_time(pairs: &Pairs<'_>) -> String {
    let (one, other) = pairs.names;
    let (from, to) = (pairs.rows.first(), pairs.rows.last());
    let name = |row: Option<&(String, f64, f64)>| row.map_or_else(String::new, |row| row.0.clone());
    let first: f64 = pairs.rows.iter().map(|row| sound(row.1)).sum();
    let second: f64 = pairs.rows.iter().map(|row| sound(row.2)).sum();
    let (from, to, first, second) = (name(from), name(to), exact(first), exact(second));
    format!("{}, {from} to {to}: {one} {first} in all, {other} {second}", pairs.title)
}

fn table(pairs: &Pairs<'_>, scale: Scale) -> Markup {
    let (first, second) = pairs.names;
    html! {
        details data-keep=(pairs.title) {
            summary { "Table" span.unseen { ": " (pairs.title) } }
            div.scroll.low tabindex="0" role="region" aria-label={ "Table: " (pairs.title) } {
                table {
                    caption { (pairs.title) ", " (pairs.unit) }
                    thead { tr {
                        th scope="col" { "Of" }
                        th.num scope="col" { (first) }
                        th.num scope="col" { (second) }
                    } }
                    tbody {
                        @for (name, first, second) in &pairs.rows {
                            tr {
                                th scope="row" { (name) }
                                td.num { (scale.show(*first)) }
                                td.num { (scale.show(*second)) }
                            }
                        }
                    }
                }
            }
        }
    }
}
