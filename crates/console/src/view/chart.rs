//! Charts as figures: an SVG for the shape, HTML for words and numbers, and a table of the values.

use maud::{Markup, html};

use super::layout;

/// Limit of the bars drawn. The table has all of them.
const BARS_MAX: usize = 12;

/// Width and height of the drawing, in its own units.
const WIDTH: f64 = 1000.0;

const HEIGHT: f64 = 200.0;

/// A line over time, with the area under it.
pub(crate) fn line(title: &str, unit: &str, points: &[(String, f64)]) -> Markup {
    html! {
        figure.chart {
            figcaption {
                span.chart-title { (title) }
                span.chart-unit { (unit) }
                @if let Some((_, last)) = points.last() {
                    span.chart-last { span { "latest " } (exact(*last)) }
                }
            }
            @if points.is_empty() {
                (layout::empty("Nothing to draw yet", "The line starts with the first events."))
            } @else {
                (plot(title, unit, points))
                (table(title, unit, points.iter().map(|(name, value)| (name, exact(*value)))))
            }
        }
    }
}

/// Horizontal bars, each with its label and number.
pub(crate) fn bars(title: &str, unit: &str, rows: &[(String, u64)]) -> Markup {
    html! {
        figure.chart {
            figcaption {
                span.chart-title { (title) }
                span.chart-unit { (unit) }
            }
            @if rows.is_empty() {
                (layout::empty("Nothing counted yet", "Bars appear with the first decisions."))
            } @else {
                (bar_rows(title, unit, rows))
                @if rows.len() > BARS_MAX {
                    p.soft.small { "and " (rows.len() - BARS_MAX) " more in the table" }
                }
                (table(title, unit, rows.iter().map(|(name, n)| (name, layout::grouped(*n)))))
            }
        }
    }
}

fn bar_rows(title: &str, unit: &str, rows: &[(String, u64)]) -> Markup {
    let top = rows.iter().map(|(_, value)| *value).max().unwrap_or(0);
    html! {
        div.bars role="img" aria-label=(bars_essence(title, unit, rows)) {
            @for (name, value) in rows.iter().take(BARS_MAX) {
                div.bars-row {
                    span.bars-label { (name) }
                    svg viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" {
                        rect.bars-track width="1000" height="10" {}
                        rect.bars-bar width=(permille(*value, top)) height="10" {}
                    }
                    span.bars-value { (layout::grouped(*value)) }
                }
            }
        }
    }
}

/// The length of a bar in thousandths of the longest. A value above zero stays visible.
fn permille(value: u64, top: u64) -> u128 {
    if value == 0 || top == 0 {
        return 0;
    }
    (u128::from(value) * 1000 / u128::from(top)).max(4)
}

fn bars_essence(title: &str, unit: &str, rows: &[(String, u64)]) -> String {
    let most = rows.iter().max_by_key(|(_, value)| *value);
    let Some((name, value)) = most else { return title.to_owned() };
    let many = rows.len();
    format!("{title}: {many} bars; most is {name} with {} {unit}", layout::grouped(*value))
}

fn plot(title: &str, unit: &str, points: &[(String, f64)]) -> Markup {
    let ticks = ticks(points.iter().map(|(_, value)| sound(*value)).fold(0.0, f64::max));
    let top = ticks.last().copied().unwrap_or(1.0);
    let places = places(points, top);
    html! {
        div.plot {
            div.plot-y aria-hidden="true" {
                @for tick in ticks.iter().rev() { span { (short(*tick)) } }
            }
            svg viewBox="0 0 1000 200" preserveAspectRatio="none" role="img"
                aria-label=(line_essence(title, unit, points)) {
                @for tick in ticks.iter().skip(1) {
                    path.plot-grid d={ "M0 " (height(*tick, top)) "H1000" } {}
                }
                path.plot-area d=(area(&places)) {}
                path.plot-base d="M0 200H1000" {}
                path.plot-line d=(path(&places)) {}
                @if let Some((x, y)) = places.last() {
                    // A very short line with round ends stays a round dot when stretched.
                    path.plot-dot d={ "M" (round(*x)) " " (round(*y)) "h0.01" } {}
                }
            }
            div.plot-x aria-hidden="true" {
                @for label in few_labels(points) { span { (label) } }
            }
        }
    }
}

fn line_essence(title: &str, unit: &str, points: &[(String, f64)]) -> String {
    let most = points.iter().max_by(|a, b| sound(a.1).total_cmp(&sound(b.1)));
    let (Some((from, _)), Some((to, last)), Some((at, most))) =
        (points.first(), points.last(), most)
    else {
        return title.to_owned();
    };
    let (last, most) = (exact(*last), exact(*most));
    format!("{title}, {unit}, {from} to {to}: last {last}, most {most} at {at}")
}

/// The value, if it can be drawn: finite and not below zero.
pub(super) const fn sound(value: f64) -> f64 {
    if value.is_finite() && value > 0.0 { value } else { 0.0 }
}

pub(super) fn height(value: f64, top: f64) -> String {
    round(HEIGHT - sound(value) / top * HEIGHT)
}

fn round(place: f64) -> String {
    format!("{place:.1}")
}

/// The positions of the points in the drawing. A single point is in the middle.
pub(super) fn places(points: &[(String, f64)], top: f64) -> Vec<(f64, f64)> {
    let count = |n: usize| u32::try_from(n).map_or(0.0, f64::from);
    let gaps = count(points.len().saturating_sub(1));
    let place = |(index, (_, value)): (usize, &(String, f64))| {
        let x = if gaps > 0.0 { count(index) / gaps * WIDTH } else { WIDTH / 2.0 };
        (x, HEIGHT - sound(*value) / top * HEIGHT)
    };
    points.iter().enumerate().map(place).collect()
}

pub(super) fn path(places: &[(f64, f64)]) -> String {
    let mut text = String::new();
    for (index, (x, y)) in places.iter().enumerate() {
        text.push(if index == 0 { 'M' } else { 'L' });
        text.push_str(&round(*x));
        text.push(' ');
        text.push_str(&round(*y));
    }
    text
}

fn area(places: &[(f64, f64)]) -> String {
    let Some((first, _)) = places.first() else { return String::new() };
    format!("{}V200H{}Z", path(places), round(*first))
}

/// Evenly spaced round numbers from 0 to at least `most`; at most six.
pub(super) fn ticks(most: f64) -> Vec<f64> {
    if most <= 0.0 {
        return vec![0.0, 1.0];
    }
    let raw = most / 4.0;
    let power = 10.0_f64.powf(raw.log10().floor());
    let steps = [1.0, 2.0, 2.5, 5.0, 10.0];
    let step = power * steps.into_iter().find(|step| step * power >= raw * 0.999).unwrap_or(10.0);
    let mut ticks = vec![0.0];
    let mut tick = 0.0;
    while tick < most * 0.999 && ticks.len() < 7 {
        tick += step;
        ticks.push(tick);
    }
    ticks
}

/// The first and last label, and up to two evenly spaced labels between them.
pub(super) fn few_labels(points: &[(String, f64)]) -> Vec<&str> {
    let last = points.len().saturating_sub(1);
    let places = match last {
        0 => vec![0],
        1 | 2 => (0..=last).collect(),
        _ if last.is_multiple_of(3) => vec![0, last / 3, last / 3 * 2, last],
        _ => vec![0, last / 2, last],
    };
    places.into_iter().filter_map(|place| points.get(place)).map(|(name, _)| &**name).collect()
}

/// A number for an axis: 950, 1.5 k, 20 M.
pub(super) fn short(value: f64) -> String {
    let units = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")];
    let unit = units.into_iter().find(|(size, _)| value >= *size);
    let (size, name) = unit.unwrap_or((1.0, ""));
    let digits = format!("{:.2}", value / size);
    let digits = digits.trim_end_matches('0').trim_end_matches('.');
    if name.is_empty() { digits.to_owned() } else { format!("{digits}\u{202f}{name}") }
}

/// A number for display: whole numbers with thousands separators, others with two decimal places.
pub(super) fn exact(value: f64) -> String {
    let value = sound(value);
    let rounded = format!("{value:.2}");
    let (whole, rest) = rounded.split_once('.').unwrap_or((&rounded, "00"));
    let whole = whole.parse::<u64>().map_or_else(|_| short(value), layout::grouped);
    if rest == "00" { whole } else { format!("{whole}.{rest}") }
}

fn table<'a>(title: &str, unit: &str, rows: impl Iterator<Item = (&'a String, String)>) -> Markup {
    html! {
        details data-keep=(title) {
            summary { "Table" span.unseen { ": " (title) } }
            div.scroll.low tabindex="0" role="region" aria-label={ "Table: " (title) } {
                table {
                    caption { (title) ", " (unit) }
                    thead { tr { th scope="col" { "Of" } th.num scope="col" { (unit) } } }
                    tbody {
                        @for (name, value) in rows {
                            tr { th scope="row" { (name) } td.num { (value) } }
                        }
                    }
                }
            }
        }
    }
}
