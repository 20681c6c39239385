//! The difference between two policy sets, by rules and by lines.

use app::rules::difference::{Difference, FileDifference, RuleBrief, RuleChange};
use maud::{Markup, html};
use types::Effect;

use super::{layout, parts};

/// The difference: first of rules, then of lines in files.
pub(crate) fn show(difference: &Difference) -> Markup {
    html! {
        @if difference.files.is_empty() {
            p.notice { strong { "Nothing differs " } "from the rules in force." }
        }
        @if difference.is_complete { (rules(difference)) }
        @else if !difference.files.is_empty() {
            p.notice {
                strong { "Rules could not be compared. " }
                "One of the two sets does not compile; only lines are shown."
            }
        }
        @for file in &difference.files { (lines(file)) }
    }
}

fn rules(difference: &Difference) -> Markup {
    let is_any = !difference.added.is_empty()
        || !difference.removed.is_empty()
        || !difference.changed.is_empty();
    html! {
        @if is_any {
            ul.changes {
                @for rule in &difference.added { (whole("good", "added", rule)) }
                @for rule in &difference.removed { (whole("danger", "removed", rule)) }
                @for change in &difference.changed { (changed(change)) }
            }
        } @else if !difference.files.is_empty() {
            p.soft { "No rule is added, removed or changed." }
        }
    }
}

fn whole(tone: &str, word: &str, rule: &RuleBrief) -> Markup {
    html! {
        li.change {
            div.row {
                (layout::badge(tone, word))
                code { (rule.id) }
                span.soft.small { (rule.stage) " · " (rule.policy) " · " (rule.file) }
                (effects(&rule.then))
            }
        }
    }
}

fn changed(change: &RuleChange) -> Markup {
    let RuleChange { id, what, before, after } = change;
    let is_in = |part: &str| what.contains(&part);
    html! {
        li.change {
            div.row {
                (layout::badge("warn", "changed"))
                code { (id) }
                span.soft.small { (after.file) }
            }
            dl.pairs {
                @if is_in("stage") { dt { "Stage" } dd { (before.stage) " → " (after.stage) } }
                @if is_in("policy") { dt { "Policy" } dd { (before.policy) " → " (after.policy) } }
                @if is_in("then") {
                    dt { "Then" }
                    dd { (effects(&before.then)) " → " (effects(&after.then)) }
                }
                @if is_in("if_unknown") {
                    dt { "If unknown" }
                    dd { (effects(&before.if_unknown)) " → " (effects(&after.if_unknown)) }
                }
                @if is_in("breaker") {
                    dt { "Paused" }
                    dd { (parts::breaker(before.breaker)) " → " (parts::breaker(after.breaker)) }
                }
                @if is_in("condition") {
                    dt { "Condition before" }
                    dd { pre.source { code { (before.condition) } } }
                    dt { "Condition after" }
                    dd { pre.source { code { (after.condition) } } }
                }
            }
        }
    }
}

fn effects(effects: &[Effect]) -> Markup {
    html! {
        @if effects.is_empty() { span.soft { "nothing" } }
        @else { (parts::effects(effects)) }
    }
}

fn lines(file: &FileDifference) -> Markup {
    let tone = match file.state {
        "added" => "good",
        "removed" => "danger",
        _ => "warn",
    };
    html! {
        section.stack aria-label={ "Lines of " (file.name) } {
            div.row {
                h3 { code { (file.name) } }
                (layout::badge(tone, file.state))
                span.soft.small {
                    (layout::counted(file.lines_added as u64, "line added", "lines added")) ", "
                    (layout::counted(file.lines_removed as u64, "removed", "removed"))
                }
            }
            pre.diff tabindex="0" role="region" aria-label={ "Difference of " (file.name) } {
                // The first two lines repeat the name of the file.
                @for one in file.unified.lines().skip(2) { (line(one)) }
            }
        }
    }
}

/// A line of a unified diff. Its first character is its kind.
fn line(line: &str) -> Markup {
    html! {
        @match line.as_bytes().first() {
            Some(b'+') => { ins.diff-line { (line) } }
            Some(b'-') => { del.diff-line { (line) } }
            Some(b'@') => { span.diff-line.diff-hunk { (line) } }
            _ => { span.diff-line { (line) } }
        }
    }
}
