//! The reasons of a decision: each rule that took part, its parts with their values, and evidence.

use maud::{Markup, html};

use super::layout;

/// A rule that took part.
pub(crate) struct Reason {
    /// The rule.
    pub(crate) rule: String,
    /// The policy it enforces.
    pub(crate) policy: String,
    /// The effects that it asks for.
    pub(crate) effects: Vec<String>,
    /// Whether it runs in shadow, without effect.
    pub(crate) is_shadow: bool,
    /// Whether it could not be judged.
    pub(crate) is_unknown: bool,
    /// Its condition.
    pub(crate) condition: String,
    /// The evidence that its detectors found.
    pub(crate) evidence: Vec<Evidence>,
    /// Its condition part by part.
    pub(crate) tree: ConditionPart,
    /// What would have to differ for it not to take part.
    pub(crate) differ: Vec<String>,
}

/// Evidence that a detector found.
pub(crate) struct Evidence {
    /// The detector with its argument.
    pub(crate) signal: String,
    /// The field.
    pub(crate) field: String,
    /// The entry of the list that matched.
    pub(crate) entry: String,
    /// The view of the text that matched it.
    pub(crate) view: String,
}

/// A part of a condition with its value.
pub(crate) struct ConditionPart {
    /// The part as it is written.
    pub(crate) text: String,
    /// Its value.
    pub(crate) value: String,
    /// The parts of which it consists.
    pub(crate) parts: Vec<ConditionPart>,
}

/// All rules that took part.
pub(crate) fn list(reasons: &[Reason]) -> Markup {
    html! {
        @if reasons.is_empty() {
            (layout::empty("No rules", "A person decided, or the reasons were erased."))
        } @else {
            div.stack { @for reason in reasons { (one(reason)) } }
        }
    }
}

fn one(reason: &Reason) -> Markup {
    // The verdict of a person has no condition.
    let is_rule = !reason.condition.is_empty();
    html! {
        div.reason {
            div.rule-head {
                h3 {
                    @if is_rule { a href={ "/rules#rule-" (reason.rule) } { (reason.rule) } }
                    @else { (reason.rule) }
                }
                @if reason.is_shadow { (layout::badge("plain", "shadow, without effect")) }
                @if reason.is_unknown { (layout::badge("info", "could not be judged")) }
                (layout::effects(&reason.effects))
                p.rule-figures { code { (reason.policy) } }
            }
            @if is_rule { pre { code { (reason.condition) } } }
            (evidence(reason))
            @if is_rule {
                h4.unseen { "The condition, part by part" }
                ul.tree { (part(&reason.tree)) }
            }
            @if !reason.differ.is_empty() {
                div {
                    h4 { "What would have to differ" }
                    ul.plain { @for change in &reason.differ { li { (change) } } }
                }
            }
        }
    }
}

fn part(one: &ConditionPart) -> Markup {
    html! {
        li {
            div.tree-line {
                code { (one.text) }
                (layout::badge(value_tone(&one.value), &one.value))
            }
            @if !one.parts.is_empty() {
                ul { @for inner in &one.parts { (part(inner)) } }
            }
        }
    }
}

fn value_tone(value: &str) -> &'static str {
    match value {
        "true" => "good",
        "unknown" => "info",
        "false" => "warn",
        _ => "plain",
    }
}

fn evidence(reason: &Reason) -> Markup {
    let label = format!("Evidence of {}", reason.rule);
    html! {
        @if !reason.evidence.is_empty() {
            (layout::scroll(&label, html! {
                table {
                    caption { "Evidence: what its detectors found" }
                    thead { tr {
                        th scope="col" { "Detector" }
                        th scope="col" { "Field" }
                        th scope="col" { "Entry of the list" }
                        th scope="col" { "View of the text" }
                    } }
                    tbody { @for one in &reason.evidence { (evidence_row(one)) } }
                }
            }))
        }
    }
}

fn evidence_row(one: &Evidence) -> Markup {
    let dash = |text: &str| if text.is_empty() { "–".to_owned() } else { text.to_owned() };
    html! {
        tr {
            th scope="row" { code { (one.signal) } }
            td { (one.field) }
            td { (dash(&one.entry)) }
            td { (dash(&one.view).replace('_', " ")) }
        }
    }
}
