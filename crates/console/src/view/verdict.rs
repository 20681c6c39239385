//! The form in which a reviewer judges a case: policy, effects, reasons and note.

use maud::{Markup, html};
use review::Kind;

use super::case::View;
use super::cases;
use super::layout::{self, Frame};

/// The effects offered, each with its key, its name and its label.
pub(crate) const EFFECTS: &[(&str, &str, &str)] = &[
    ("1", "remove", "Remove"),
    ("2", "limit", "Limit: not recommended"),
    ("3", "age_restrict", "Adults only"),
    ("4", "restrict_interaction", "No interaction"),
    ("5", "demonetise", "No money"),
    ("6", "label", "Label"),
    ("7", "disable", "Disable in countries"),
    ("8", "suspend_account", "Suspend account"),
    ("9", "terminate_account", "Close account"),
    ("0", "preserve", "Preserve as evidence"),
];

/// The form for a verdict.
pub(super) fn verdict(frame: &Frame, view: &View) -> Markup {
    let case = &view.whole.case;
    html! {
        section.card.stack aria-labelledby="verdict-title" {
            div.head {
                h2 #verdict-title { "Verdict" }
                @if let Some(until) = case.lease_until {
                    p.soft.small { "yours: " (cases::lease(until)) }
                }
            }
            form.stack action={ "/cases/" (case.id) } method="post" data-verdict {
                (layout::hidden_csrf(frame))
                div.field {
                    label for="policy" { "Policy " kbd aria-hidden="true" { "p" } }
                    select #policy name="policy" data-key="p" {
                        @if case.kind == Kind::Order || case.policy == "order" {
                            option value="order" selected { "The order of an authority" }
                        }
                        // A complaint, a report or an order is not itself a violation of a policy.
                        @if is_procedure(&case.policy) {
                            option value="" selected { "Choose the violated policy" }
                        }
                        @for policy in view.policies.iter().filter(|one| !is_procedure(&one.id)) {
                            option value=(policy.id) selected[policy.id == case.policy] {
                                (policy.title) " (" (policy.severity) ")"
                            }
                        }
                    }
                }
                @for policy in &view.policies {
                    p.small.soft data-policy-text=(policy.id) hidden[policy.id != case.policy] {
                        (policy.text)
                    }
                }
                fieldset.effects {
                    legend.label { "Effects" }
                    @for (key, word, name) in EFFECTS { (effect(key, word, name, &view.ordered)) }
                }
                @if view.whole.case.notices > 0 {
                    label.check {
                        input type="checkbox" name="manifestly_unfounded";
                        "The notices are manifestly unfounded"
                    }
                }
                @if case.kind == Kind::Appeal {
                    div.field {
                        label for="reasons" { "Reasons for the person who complained" }
                        textarea.low #reasons name="reasons" rows="3" required maxlength="4000" {}
                        p.small.soft { "Quoted word for word in the answer to the complaint." }
                    }
                }
                div.field {
                    label for="note" { "Note for colleagues" }
                    textarea.low #note name="note" rows="2" {}
                }
                blockquote.statement data-preview aria-live="polite" lang="en" hidden {}
                div.row {
                    button.primary type="submit" name="do" value="violation" data-key="v" {
                        "Violation " kbd aria-hidden="true" { "v" }
                    }
                    button type="submit" name="do" value="no_violation" data-key="x" {
                        "No violation " kbd aria-hidden="true" { "x" }
                    }
                }
            }
        }
    }
}

/// Whether a policy is procedural and forbids nothing.
fn is_procedure(policy: &str) -> bool {
    policy == "casework.notices"
}

fn effect(key: &str, word: &str, name: &str, ordered: &[String]) -> Markup {
    let asked = ordered.iter().find_map(|effect| {
        let rest = effect.strip_prefix(word)?;
        (rest.is_empty() || rest.starts_with(':')).then(|| rest.trim_start_matches(':'))
    });
    html! {
        div.effect {
            label.check {
                input type="checkbox" name=(word) data-key=(key) data-effect
                    checked[asked.is_some()];
                kbd aria-hidden="true" { (key) } (name)
            }
            @if word == "label" {
                input name="label_text" aria-label="Which label" placeholder="rated_false"
                    autocomplete="off";
            }
            @if word == "disable" {
                input name="countries" aria-label="Countries, two letters each"
                    placeholder="FR,RO" autocomplete="off" value=[asked];
            }
            @if word == "suspend_account" {
                input name="days" inputmode="numeric" aria-label="Days" placeholder="7"
                    autocomplete="off";
            }
        }
    }
}
