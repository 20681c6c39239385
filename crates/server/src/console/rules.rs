//! The rules in force, policy by policy, with how often each was met.

use maud::{Markup, html};

use super::layout::{self, Frame};

/// What the page of rules shows.
pub(crate) struct View {
    /// The version of the policy set in force.
    pub(crate) version: String,
    /// Since when it is in force, RFC 3339 or words.
    pub(crate) since: String,
    /// The version of the detectors.
    pub(crate) detectors: u32,
    /// The policies with their rules.
    pub(crate) policies: Vec<Policy>,
    /// Policy sets that came into force: ledger entry, version, version of the detectors.
    pub(crate) versions: Vec<(u64, String, u32)>,
}

/// A policy and its rules.
pub(crate) struct Policy {
    /// Its id.
    pub(crate) id: String,
    /// Its title.
    pub(crate) title: String,
    /// How severe a breach is.
    pub(crate) severity: u8,
    /// Its category in the DSA Transparency Database.
    pub(crate) category: String,
    /// Decisions under it.
    pub(crate) decisions: u64,
    /// Its rules.
    pub(crate) rules: Vec<Rule>,
}

/// A rule.
pub(crate) struct Rule {
    /// Its id.
    pub(crate) id: String,
    /// Its stage: live or shadow.
    pub(crate) stage: String,
    /// Its condition.
    pub(crate) condition: String,
    /// What it asks for.
    pub(crate) then: Vec<String>,
    /// What it asks for if a value is missing.
    pub(crate) if_unknown: Vec<String>,
    /// How often it was met.
    pub(crate) hits: u64,
    /// How often it was met in shadow.
    pub(crate) shadow_hits: u64,
    /// Its static cost.
    pub(crate) cost: u32,
    /// The file it stands in.
    pub(crate) file: String,
}

/// The whole page.
pub(crate) fn page(frame: &Frame, view: &View) -> Markup {
    let rules: usize = view.policies.iter().map(|policy| policy.rules.len()).sum();
    let body = html! {
        div.head {
            div {
                h1 { "Rules" }
                p {
                    (rules) " rules under " (view.policies.len()) " policies · in force since "
                    (layout::time(&view.since)) " · detectors " (view.detectors)
                }
            }
            (filter())
        }
        p.soft.small { "Version " code { (view.version) } }
        div #rules.stack-l {
            @if view.policies.is_empty() {
                (layout::empty("No rules in force", "Start the server with a folder of policies."))
            }
            @for policy in &view.policies { (one_policy(policy)) }
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

fn one_policy(policy: &Policy) -> Markup {
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
            @if policy.rules.is_empty() { p.soft { "No rule enforces it." } }
            @for rule in &policy.rules { (one_rule(rule)) }
        }
    }
}

fn one_rule(rule: &Rule) -> Markup {
    let anchor = format!("rule-{}", rule.id);
    html! {
        div.rule id=(anchor) data-filter-item {
            div.rule-head {
                h3 { a href={ "#" (anchor) } { (rule.id) } }
                @if rule.stage == "live" { (layout::badge("good", "live")) }
                @else { (layout::badge("plain", &rule.stage)) }
                p.rule-figures {
                    (layout::counted(rule.hits, "hit", "hits"))
                    @if rule.shadow_hits > 0 {
                        ", " (layout::grouped(rule.shadow_hits)) " in shadow"
                    }
                    " · cost " (rule.cost) " · " (rule.file)
                }
            }
            pre.source { code { (rule.condition) } }
            div.row {
                span.soft.small { "then" }
                (layout::effects(&rule.then))
                @if !rule.if_unknown.is_empty() {
                    span.soft.small { "if unknown" }
                    (layout::effects(&rule.if_unknown))
                }
            }
        }
    }
}

fn versions(versions: &[(u64, String, u32)]) -> Markup {
    html! {
        section.card.flush aria-labelledby="versions-title" {
            h2 #versions-title { "Policy sets that came into force" }
            @if versions.is_empty() {
                (layout::empty("None yet", "The first one is entered with the first event."))
            } @else {
                (layout::scroll("Table of policy sets", html! {
                    table {
                        caption.unseen { "Policy sets by their entry in the ledger" }
                        thead { tr {
                            th.num scope="col" { "Entry" }
                            th scope="col" { "Version" }
                            th.num scope="col" { "Detectors" }
                        } }
                        tbody {
                            @for (entry, version, detectors) in versions {
                                tr {
                                    th.num scope="row" { (layout::grouped(*entry)) }
                                    td { code { (version) } }
                                    td.num { (detectors) }
                                }
                            }
                        }
                    }
                }))
            }
        }
    }
}
