//! The rules in force by policy: the stage of each, and how often it fired.

use app::rules::difference::BreakerBrief;
use maud::{Markup, html};
use types::Effect;

use super::layout::Column::{Number, Text};
use super::layout::{self, Frame};
use super::{editor, parts};

/// What the page of rules shows.
pub(crate) struct View {
    /// The version of the policy set in force.
    pub(crate) version: String,
    /// Since when it is in force, as text; empty if no policy set was recorded yet.
    pub(crate) since: String,
    /// The version of the detectors.
    pub(crate) detectors: u32,
    /// The policies with their rules.
    pub(crate) policies: Vec<Policy>,
    /// Activated policy sets: ledger entry, version, version of the detectors.
    pub(crate) versions: Vec<(u64, String, u32)>,
    /// Number of open proposals.
    pub(crate) open: u64,
    /// Whether the viewer may move rules up or down.
    pub(crate) can_propose: bool,
    /// Whether the viewer may resume paused rules.
    pub(crate) can_resume: bool,
}

/// A policy and its rules.
pub(crate) struct Policy {
    /// Its id.
    pub(crate) id: String,
    /// Its title.
    pub(crate) title: String,
    /// Its severity, 1 to 10.
    pub(crate) severity: u8,
    /// Its category in the DSA Transparency Database.
    pub(crate) category: String,
    /// Number of decisions under it.
    pub(crate) decisions: u64,
    /// Its rules.
    pub(crate) rules: Vec<Rule>,
}

/// A rule.
pub(crate) struct Rule {
    /// Its id.
    pub(crate) id: String,
    /// Its stage.
    pub(crate) stage: &'static str,
    /// The next stage up.
    pub(crate) above: Option<&'static str>,
    /// The stages below, highest first.
    pub(crate) below: Vec<&'static str>,
    /// Since when and why it is paused, if it is.
    pub(crate) paused: Option<(String, String)>,
    /// Its condition.
    pub(crate) condition: String,
    /// The effects that it asks for.
    pub(crate) then: Vec<Effect>,
    /// The effects that it asks for if a value is missing.
    pub(crate) if_unknown: Vec<Effect>,
    /// The limits that pause it.
    pub(crate) breaker: BreakerBrief,
    /// How often it fired with effect.
    pub(crate) hits: u64,
    /// How often it fired in shadow.
    pub(crate) shadow_hits: u64,
    /// Its static cost.
    pub(crate) cost: u32,
    /// The file that defines it.
    pub(crate) file: String,
    /// The line on which it begins.
    pub(crate) line: usize,
}

/// The whole page.
pub(crate) fn page(frame: &Frame, view: &View) -> Markup {
    let rules: usize = view.policies.iter().map(|policy| policy.rules.len()).sum();
    let body = html! {
        div.head {
            div {
                h1 { "Rules" }
                p {
                    (rules) " rules under " (view.policies.len()) " policies"
                    @if !view.since.is_empty() { " · in force since " (view.since) }
                    " · detectors " (view.detectors)
                }
            }
            div.row {
                @if view.open > 0 {
                    a.button href="/proposals?state=open" {
                        (layout::counted(view.open, "open proposal", "open proposals"))
                    }
                }
                a.button href="/rules/edit" { "Edit" }
            }
            (filter())
        }
        p.soft.small { "Version " code { (view.version) } }
        (paused(view))
        (shadow(view))
        div #rules.stack-l {
            @if view.policies.is_empty() {
                (layout::empty("No rules in force", "Start the server with a folder of policies."))
            }
            @for policy in &view.policies { (one_policy(frame, view, policy)) }
        }
        (versions(&view.versions))
    };
    layout::page(frame, body)
}

fn filter() -> Markup {
    html! {
        div.field hidden {
            label for="rule-filter" { "Filter rules on this page" }
            input #rule-filter type="search" data-filter="rules" autocomplete="off"
                spellcheck="false";
            p.unseen role="status" data-filter-count {}
        }
    }
}

/// The paused rules, above all others. They have no effect until somebody resumes them.
fn paused(view: &View) -> Markup {
    let rules = view.policies.iter().flat_map(|policy| &policy.rules);
    let rules: Vec<&Rule> = rules.filter(|rule| rule.paused.is_some()).collect();
    html! {
        @if !rules.is_empty() {
            p.notice.notice-danger {
                strong {
                    (layout::counted(rules.len() as u64, "rule is paused", "rules are paused"))
                }
                " and without effect: "
                @for (place, rule) in rules.iter().enumerate() {
                    @if place > 0 { ", " }
                    a href={ "#rule-" (rule.id) } { code { (rule.id) } }
                }
            }
        }
    }
}

/// Rules that are not live: how often they fired in shadow, and with effect.
fn shadow(view: &View) -> Markup {
    let is_shown = |rule: &&Rule| rule.stage != "live" && rule.stage != "draft";
    let rules = view.policies.iter().flat_map(|policy| &policy.rules);
    let rules: Vec<&Rule> = rules.filter(is_shown).collect();
    html! {
        @if !rules.is_empty() {
            section.card.flush aria-labelledby="shadow-title" {
                h2 #shadow-title { "Not live yet" }
                (layout::list(
                    (
                        "Table of rules that are not live yet",
                        "How often rules fired in shadow and with effect",
                    ),
                    &[
                        Text("Rule"), Text("Stage"), Number("With effect"), Number("In shadow"),
                        Number("Share with effect"),
                    ],
                    html! { @for rule in rules { (shadow_row(rule)) } },
                ))
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "numbers for display")]
fn shadow_row(rule: &Rule) -> Markup {
    let all = rule.hits + rule.shadow_hits;
    let part = (all > 0).then(|| rule.hits as f64 / all as f64);
    html! {
        tr {
            th scope="row" { a href={ "#rule-" (rule.id) } { (rule.id) } }
            td { (stage(rule)) }
            td.num { (layout::grouped(rule.hits)) }
            td.num { (layout::grouped(rule.shadow_hits)) }
            td.num { (layout::share(part)) }
        }
    }
}

fn one_policy(frame: &Frame, view: &View, policy: &Policy) -> Markup {
    html! {
        section.card data-filter-group aria-labelledby={ "policy-" (policy.id) } {
            div.head {
                div {
                    h2 id={ "policy-" (policy.id) } { (policy.title) }
                    p.small {
                        code { (policy.id) } " · severity " (policy.severity) " · "
                        (policy.category.replace('_', " ").to_lowercase())
                    }
                }
                a href={ "/decisions?policy=" (layout::encoded(&policy.id)) } {
                    (layout::counted(policy.decisions, "decision", "decisions"))
                    span.unseen { " under " (policy.title) }
                }
            }
            @if policy.rules.is_empty() { p.soft { "No rule enforces this policy." } }
            @for rule in &policy.rules { (one_rule(frame, view, rule)) }
        }
    }
}

/// The stage of a rule, as a badge.
fn stage(rule: &Rule) -> Markup {
    let tone = match rule.stage {
        "live" => "good",
        "draft" | "shadow" => "plain",
        _ => "busy",
    };
    layout::badge(tone, rule.stage)
}

fn one_rule(frame: &Frame, view: &View, rule: &Rule) -> Markup {
    let anchor = format!("rule-{}", rule.id);
    html! {
        div.rule id=(anchor) data-filter-item {
            div.rule-head {
                h3 { a href={ "#" (anchor) } { (rule.id) } }
                (stage(rule))
                @if rule.paused.is_some() { (layout::badge("danger", "paused")) }
                p.rule-figures {
                    (layout::counted(rule.hits, "hit", "hits"))
                    @if rule.shadow_hits > 0 {
                        ", " (layout::grouped(rule.shadow_hits)) " in shadow"
                    }
                    " · cost " (rule.cost) " · "
                    a href=(editor::href(&rule.file, rule.line)) {
                        "edit " span.unseen { (rule.id) " in " } (rule.file)
                    }
                }
            }
            pre.source { code { (rule.condition) } }
            div.row {
                span.soft.small { "then" }
                (parts::effects(&rule.then))
                @if !rule.if_unknown.is_empty() {
                    span.soft.small { "if unknown" }
                    (parts::effects(&rule.if_unknown))
                }
                @if rule.breaker != BreakerBrief::default() {
                    span.soft.small { "paused " (parts::breaker(rule.breaker)) }
                }
            }
            @if let Some(paused) = &rule.paused { (resume(frame, rule, paused, view.can_resume)) }
            @if view.can_propose { (stages(frame, rule)) }
        }
    }
}

fn resume(frame: &Frame, rule: &Rule, (since, why): &(String, String), can_resume: bool) -> Markup {
    let id = format!("resume-{}", rule.id);
    html! {
        div.notice.notice-danger {
            p {
                strong { "Without effect " } "since " (layout::time(since)) " UTC: " (why)
            }
            @if can_resume {
                form.row action={ "/rules/" (layout::segment(&rule.id)) "/resume" } method="post" {
                    (layout::hidden_csrf(frame))
                    div.labelled {
                        label for=(id) { "Reason to resume" }
                        input.medium id=(id) type="text" name="reason" maxlength="2000" required;
                    }
                    button type="submit" aria-label={ "Resume " (rule.id) } { "Resume" }
                }
            }
        }
    }
}

/// The form to move a rule: one stage up by a proposal, any number of stages down at once.
fn stages(frame: &Frame, rule: &Rule) -> Markup {
    let (to, why) = (format!("stage-{}", rule.id), format!("why-{}", rule.id));
    html! {
        details.ladder {
            summary { "Move" span.unseen { " " (rule.id) } " up or down" }
            form.row action={ "/rules/" (layout::segment(&rule.id)) "/stage" } method="post" {
                (layout::hidden_csrf(frame))
                div.labelled {
                    label for=(to) { "To" }
                    select.medium id=(to) name="stage" {
                        @if let Some(above) = rule.above {
                            option value=(above) { "up to " (above) ", once approved" }
                        }
                        @for below in &rule.below {
                            option value=(below) { "down to " (below) ", at once" }
                        }
                    }
                }
                div.labelled {
                    label for=(why) { "Why" }
                    input.medium id=(why) type="text" name="reason" maxlength="2000" required;
                }
                button type="submit" aria-label={ "Move " (rule.id) } { "Move" }
            }
        }
    }
}

fn versions(versions: &[(u64, String, u32)]) -> Markup {
    html! {
        section.card.flush aria-labelledby="versions-title" {
            h2 #versions-title { "Activated policy sets" }
            @if versions.is_empty() {
                (layout::empty("None yet", "The first one is recorded with the first event."))
            } @else {
                (layout::table(
                    ("Table of policy sets", "Policy sets by their entry in the ledger"),
                    &[Number("Entry"), Text("Version"), Number("Detectors")],
                    html! {
                        @for (entry, version, detectors) in versions {
                            tr {
                                th.num scope="row" { (layout::grouped(*entry)) }
                                td { code { (version) } }
                                td.num { (detectors) }
                            }
                        }
                    },
                ))
            }
        }
    }
}
