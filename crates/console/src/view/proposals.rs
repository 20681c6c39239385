//! Proposals: changes of rules that need a second person, and their outcomes.

use app::rules::proposals::{ProposalItem, ProposalPage, WholeProposal};
use maud::{Markup, html};

use super::layout::{self, Frame};
use super::{difference, findings, rejudging};

/// The states offered as filters.
const STATES: [&str; 5] = ["open", "approved", "rejected", "withdrawn", "stale"];

/// What the viewer may do with a proposal.
#[derive(Clone, Copy, Default)]
pub(crate) struct Rights {
    /// Whether they may approve or reject it: somebody else made it, and it is open.
    pub(crate) can_decide: bool,
    /// Whether they may withdraw it: they made it, and it is open.
    pub(crate) can_withdraw: bool,
    /// Whether they may back-test it.
    pub(crate) can_backtest: bool,
    /// Whether they may find what would be decided differently.
    pub(crate) can_rejudge: bool,
    /// Whether they made it.
    pub(crate) is_own: bool,
}

/// The page of all proposals, or of those in a state.
pub(crate) fn page(frame: &Frame, state: &str, view: &ProposalPage) -> Markup {
    let next = view.next.map(|next| match state {
        "" => format!("/proposals?before={next}"),
        state => format!("/proposals?state={state}&before={next}"),
    });
    let body = html! {
        div.head {
            div {
                h1 { "Proposals" }
                p { "Changes of rules. One person proposes, another approves." }
            }
            a.button href="/rules/edit" { "Edit rules" }
        }
        (states(state))
        section.card.flush aria-label="Proposals" {
            @if view.items.is_empty() {
                (layout::empty(
                    "No proposals here",
                    "Propose a change in the editor, or move a rule up a stage.",
                ))
            } @else { (table(&view.items)) }
        }
        (layout::pager(None, next.as_deref(), "Pages of proposals"))
    };
    layout::page(frame, body)
}

fn states(chosen: &str) -> Markup {
    let current = |state: &str| (state == chosen).then_some("true");
    html! {
        nav.row.states aria-label="States" {
            a.button href="/proposals" aria-current=[current("")] { "All" }
            @for state in STATES {
                a.button href={ "/proposals?state=" (state) } aria-current=[current(state)] {
                    (state)
                }
            }
        }
    }
}

fn table(items: &[ProposalItem]) -> Markup {
    layout::scroll(
        "Table of proposals",
        html! {
            table data-rows {
                caption.unseen { "Proposals, newest first" }
                thead { tr {
                    th scope="col" { "Number" }
                    th scope="col" { "State" }
                    th scope="col" { "What it changes" }
                    th scope="col" { "By" }
                    th scope="col" { "Made (UTC)" }
                    th scope="col" { "Decided by" }
                } }
                tbody { @for item in items { (row(item)) } }
            }
        },
    )
}

fn row(item: &ProposalItem) -> Markup {
    html! {
        tr {
            th scope="row" { a href={ "/proposals/" (item.id) } { (item.id) } }
            td { (state(item.state)) }
            td { (item.summary) }
            td { (layout::person(&item.author)) }
            td { (layout::time(&item.at.to_string())) }
            td {
                @if let Some(decided) = &item.decided { (layout::person(&decided.by)) }
                @else { span.soft { "–" } }
            }
        }
    }
}

/// A state as a badge.
fn state(state: &str) -> Markup {
    let tone = match state {
        "open" => "info",
        "approved" => "good",
        "rejected" => "danger",
        "stale" => "warn",
        _ => "plain",
    };
    layout::badge(tone, state)
}

/// The page of one proposal.
pub(crate) fn one(frame: &Frame, view: &WholeProposal, rights: Rights) -> Markup {
    let item = &view.proposal;
    let body = html! {
        div.head data-drafts-done {
            div {
                h1 { "Proposal " (item.id) }
                p { (item.summary) }
            }
            (state(item.state))
        }
        div.grid-main {
            div.stack-l {
                section.card.stack aria-labelledby="difference-title" {
                    h2 #difference-title { "What it changes" }
                    (difference::show(&view.difference))
                }
                section.card.stack aria-labelledby="checkup-title" {
                    h2 #checkup-title { "Check" }
                    (findings::checkup(&view.checkup, ""))
                }
                section.card.stack aria-labelledby="cases-title" {
                    h2 #cases-title { "Cases" }
                    (findings::tested(&view.tested))
                }
            }
            div.stack-l {
                (story(item))
                @if item.decided.is_none() { (decision(frame, item.id, rights)) }
                // An approved proposal would be compared with itself.
                @if rights.can_backtest && item.state != "approved" { (backtest(frame, view)) }
                @if rights.can_rejudge { (rejudge(item)) }
            }
        }
    };
    layout::page(frame, body)
}

/// The steps of a proposal: who, when and why.
fn story(item: &ProposalItem) -> Markup {
    html! {
        section.card aria-labelledby="story-title" {
            h2 #story-title { "Timeline" }
            ol.story {
                li {
                    p { strong { (layout::person(&item.author)) } " proposed it" }
                    p.soft.small {
                        (layout::time(&item.at.to_string())) " UTC, against version "
                        (layout::version(&item.base))
                    }
                    p.said { (item.reason) }
                }
                @if let Some(decided) = &item.decided {
                    li {
                        p { strong { (layout::person(&decided.by)) } " " (did(item.state)) }
                        p.soft.small {
                            (layout::time(&decided.at.to_string())) " UTC"
                            @if let Some(version) = &decided.version {
                                ", in force as version " (layout::version(version))
                            }
                        }
                        p.said { (decided.reason) }
                    }
                } @else {
                    li { p.soft { "It waits for the decision of another person." } }
                }
            }
        }
    }
}

fn did(state: &str) -> &'static str {
    match state {
        "approved" => "approved it",
        "rejected" => "rejected it",
        "withdrawn" => "withdrew it",
        _ => "tried to approve it, but it was stale",
    }
}

fn decision(frame: &Frame, id: u64, rights: Rights) -> Markup {
    html! {
        section.card.stack aria-labelledby="decision-title" {
            h2 #decision-title { "Decide" }
            @if rights.can_decide || rights.can_withdraw {
                form.stack action={ "/proposals/" (id) "/decide" } method="post" {
                    (layout::hidden_csrf(frame))
                    div.field {
                        label for="decision-reason" { "Why" }
                        textarea #decision-reason.short name="reason" rows="3" maxlength="2000"
                            required {}
                    }
                    div.row {
                        @if rights.can_decide {
                            button.primary type="submit" name="verdict" value="approve" {
                                "Approve"
                            }
                            button type="submit" name="verdict" value="reject" { "Reject" }
                        }
                        @if rights.can_withdraw {
                            button type="submit" name="verdict" value="withdraw" { "Withdraw" }
                        }
                    }
                }
            }
            @if rights.is_own {
                p.soft.small {
                    "You made it. Another person with the permission " code { "rules:approve" }
                    " approves or rejects it."
                }
            } @else if !rights.can_decide {
                p.soft.small {
                    "Anyone with the permission " code { "rules:approve" } " can decide on it."
                }
            }
        }
    }
}

/// The next step after a change was activated.
fn rejudge(item: &ProposalItem) -> Markup {
    let href = rejudging::href(&item.base, &format!("Proposal {}", item.id));
    html! {
        section.card.stack aria-labelledby="rejudge-title" {
            h2 #rejudge-title { "Judge again" }
            p.soft { "Live content was judged by the previous rules." }
            a.button href=(href) { "Find what would change" }
        }
    }
}

fn backtest(frame: &Frame, view: &WholeProposal) -> Markup {
    let files = serde_json::to_string(&view.files).unwrap_or_default();
    html! {
        section.card.stack aria-labelledby="backtest-title" {
            h2 #backtest-title { "Back-test" }
            p.soft { "Compares its decisions on past events with those that were made." }
            form action="/backtests" method="post" {
                (layout::hidden_csrf(frame))
                input type="hidden" name="others" value=(files);
                input type="hidden" name="title" value={ "Proposal " (view.proposal.id) };
                button type="submit" { "Back-test" }
            }
        }
    }
}
