//! One case: its content and context, and the verdict. Everything can be done by keyboard.

use std::collections::HashMap;

use app::cases::item::CaseItem;
use app::cases::{Order, WholeCase};
use app::decisions::network::Network;
use jiff::Timestamp;
use legal::notice::Notice;
use legal::order::Order as LegalOrder;
use maud::{Markup, html};
use review::case::Question;
use review::{Kind, Lane, Step};

use super::decision::{self, Delivery, Field};
use super::decisions::{self, ListedDecision};
use super::layout::Column::{Number, Text};
use super::layout::{self, Frame};
use super::reasons::{self, Reason};
use super::verdict::verdict;
use super::{cases, filed, network};

/// What the page of a case shows.
pub(crate) struct View {
    /// The case.
    pub(crate) whole: WholeCase,
    /// Whether its material is restricted by another case, and the viewer has no clearance.
    pub(crate) is_withheld: bool,
    /// The texts of its first subject, split where detectors found something.
    pub(crate) fields: Vec<Field>,
    /// The texts of the subjects, if there are several.
    pub(crate) texts: HashMap<String, String>,
    /// The notices about it.
    pub(crate) notices: Vec<Notice>,
    /// The order that it carries out, with its id.
    pub(crate) order: Option<(String, LegalOrder)>,
    /// Why rules asked for human review.
    pub(crate) reasons: Vec<Reason>,
    /// The delivery of the verdict, by receiver.
    pub(crate) deliveries: Vec<Delivery>,
    /// What is known about the account, as names and values.
    pub(crate) account: Vec<(String, String)>,
    /// The accounts that share something with the account, if there is one.
    pub(crate) network: Option<Network>,
    /// The members of the network, if the case is about one.
    pub(crate) members: Vec<String>,
    /// Decisions on the account.
    pub(crate) history: Vec<ListedDecision>,
    /// Other cases about the account or the same subject.
    pub(crate) similar: Vec<CaseItem>,
    /// Policies to choose from.
    pub(crate) policies: Vec<PolicyChoice>,
    /// The effects that an order demands, selected in advance.
    pub(crate) ordered: Vec<String>,
    /// The address of its media.
    pub(crate) media: Option<String>,
    /// What the viewer may do.
    pub(crate) rights: Rights,
    /// Why the last action of the viewer failed.
    pub(crate) problem: Option<String>,
}

/// A policy to choose.
pub(crate) struct PolicyChoice {
    /// Its dotted name.
    pub(crate) id: String,
    /// Its title.
    pub(crate) title: String,
    /// Its text in plain words.
    pub(crate) text: String,
    /// Its severity, 1 to 10.
    pub(crate) severity: u8,
}

/// What the viewer may do with a case.
#[derive(Clone, Copy, Default)]
pub(crate) struct Rights {
    /// Whether they hold it.
    pub(crate) is_mine: bool,
    /// Whether they may claim it.
    pub(crate) can_claim: bool,
    /// Whether they may undo their verdict.
    pub(crate) can_undo: bool,
    /// Whether a colleague asks them about it.
    pub(crate) is_asked: bool,
    /// Whether they lead reviewers, and so choose the golden cases.
    pub(crate) is_lead: bool,
}

/// The whole page.
pub(crate) fn page(frame: &Frame, view: &View) -> Markup {
    let whole = &view.whole;
    let body = html! {
        (head(frame, view))
        (unsent(&whole.case))
        @if let Some(problem) = &view.problem { p.notice.notice-danger role="alert" { (problem) } }
        div.grid-main data-case=(whole.case.id) data-mine[view.rights.is_mine] {
            div.stack-l {
                (filed::order(view)) (filed::notices(view))
                (decision::content(&view.fields, view.is_withheld, &html! {
                    @if let Some(media) = &view.media { (player(&whole.case, media)) }
                }))
                @if !view.reasons.is_empty() {
                    section.card aria-labelledby="reasons-title" {
                        h2 #reasons-title {
                            @if matches!(whole.case.kind, Kind::Notice | Kind::Order) {
                                "Findings of the rules"
                            } @else { "Why this case was opened" }
                        }
                        (reasons::list(&view.reasons))
                    }
                }
                (members(view))
                (around(view))
                (story(&whole.steps))
            }
            div.stack-l.sticky {
                @if view.rights.is_mine { (verdict(frame, view)) (other_ways(frame, &whole.case)) }
                @else { (outcome(frame, view)) }
                @if let Some(asked) = &whole.asked { (question(frame, view, asked)) }
                @if !view.deliveries.is_empty() { (decision::deliveries(&view.deliveries)) }
                (about(whole))
            }
        }
        script type="module" src="/assets/case.js" {}
    };
    layout::page(frame, body)
}

/// The receivers that have not been notified of the escalation.
fn unsent(case: &CaseItem) -> Markup {
    html! {
        @if !case.unsent.is_empty() {
            div.notice.notice-danger role="status" {
                strong { "The escalation is not delivered yet." }
                " The case is in the specialists’ queue. These receivers were not notified yet:"
                ul.plain {
                    @for one in &case.unsent {
                        li {
                            strong { (one.receiver) } ": " (one.state)
                            @if one.attempts > 0 {
                                ", " (layout::counted(one.attempts.into(), "attempt", "attempts"))
                            }
                            @if let Some(error) = &one.error { ": " (error) }
                        }
                    }
                }
            }
        }
    }
}

fn head(frame: &Frame, view: &View) -> Markup {
    let case = &view.whole.case;
    html! {
        div.head {
            div {
                h1 { (case.id) @if !case.policy.is_empty() { " · " (case.policy) } }
                p {
                    (kind(case.kind)) " about " (decisions::subject(&case.subject))
                    @if let Some(language) = &case.language { " · " (language) }
                    @if let Some(country) = &case.country { " · " (country) }
                }
            }
            div.row {
                (cases::state(case)) (cases::lane(case.lane))
                @if case.lane != Lane::General || case.due_at.is_some() { (cases::due(case)) }
                @if case.is_restricted { (layout::badge("danger", "restricted")) }
                (cases::next_button(frame))
            }
        }
    }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Review => "A review",
        Kind::Notice => "A notice",
        Kind::Order => "An order",
        Kind::Appeal => "An appeal",
        Kind::SecondReview => "A second review",
        Kind::Golden => "A golden case",
        Kind::Adjudication => "An adjudication",
    }
}

/// The media of the case. They start blurred, grey and muted, and play only on request.
fn player(case: &CaseItem, media: &str) -> Markup {
    html! {
        figure.player data-player {
            @if case.medium == "photo" {
                img src=(media) alt="The photo of this case" loading="lazy";
            } @else {
                video src=(media) controls muted preload="none" {}
            }
            figcaption.row {
                button type="button" data-player-blur aria-pressed="true" { "Blurred" }
                button type="button" data-player-grey aria-pressed="true" { "Grey" }
            }
        }
    }
}

/// The other actions on a case.
fn other_ways(frame: &Frame, case: &CaseItem) -> Markup {
    html! {
        section.card.stack aria-labelledby="other-title" {
            h2 #other-title { "Other actions" }
            form.stack action={ "/cases/" (case.id) } method="post" {
                (layout::hidden_csrf(frame))
                div.field {
                    label for="why" { "Reason or question" }
                    input #why name="note" required maxlength="4000" autocomplete="off";
                }
                div.field {
                    label for="to" { "Colleague to ask or to transfer to" }
                    input #to name="to" autocomplete="off" spellcheck="false";
                }
                div.row {
                    button type="submit" name="do" value="skip" { "Skip" }
                    button type="submit" name="do" value="consult" { "Ask" }
                    button type="submit" name="do" value="transfer" { "Transfer" }
                    @if !case.is_escalated {
                        button type="submit" name="do" value="escalate" { "Escalate" }
                    }
                }
            }
        }
    }
}

/// The verdict, or the state of a case without one.
fn outcome(frame: &Frame, view: &View) -> Markup {
    let (whole, rights) = (&view.whole, view.rights);
    html! {
        section.card.stack aria-labelledby="outcome-title" {
            h2 #outcome-title { "Verdict" }
            @if let Some(verdict) = &whole.verdict {
                p {
                    (whole.case.by.as_deref().unwrap_or("somebody")) " found "
                    strong { (verdict.finding.name().replace('_', " ")) }
                    @if verdict.finding == review::Finding::Violation {
                        " of " code { (verdict.policy) }
                    }
                }
                (layout::effects(&verdict.effects))
                @if !verdict.note.is_empty() { blockquote { (verdict.note) } }
            } @else if let Some(by) = whole.case.by.as_deref() {
                p { strong { (by) } " holds this case." }
            } @else { p.soft { "Not claimed yet." } }
            @if rights.can_claim || rights.can_undo || rights.is_lead {
                form.row action={ "/cases/" (whole.case.id) } method="post" {
                    (layout::hidden_csrf(frame))
                    @if rights.can_claim {
                        button.primary type="submit" name="do" value="claim" data-key="c" {
                            "Claim " kbd aria-hidden="true" { "c" }
                        }
                    }
                    @if rights.can_undo {
                        button type="submit" name="do" value="undo" data-key="u" {
                            "Undo " kbd aria-hidden="true" { "u" }
                        }
                    }
                    @if rights.is_lead && whole.case.state == "closed" && !whole.can_undo {
                        button type="submit" name="do"
                            value=(if whole.is_golden { "ordinary" } else { "golden" }) {
                            @if whole.is_golden { "Remove from golden cases" }
                            @else { "Add to golden cases" }
                        }
                    }
                }
            }
        }
    }
}

fn question(frame: &Frame, view: &View, asked: &Question) -> Markup {
    html! {
        section.card.stack aria-labelledby="asked-title" {
            h2 #asked-title { (asked.by) " asks " (asked.to) }
            blockquote { (asked.question) }
            @if let Some(answer) = &asked.answer {
                p.label { "Answer" }
                blockquote { (answer) }
            } @else if view.rights.is_asked {
                form.stack action={ "/cases/" (view.whole.case.id) } method="post" {
                    (layout::hidden_csrf(frame))
                    div.field {
                        label for="answer" { "Your answer" }
                        input #answer name="note" required maxlength="4000" autocomplete="off";
                    }
                    button type="submit" name="do" value="answer" { "Answer" }
                }
            } @else { p.soft { "No answer yet." } }
        }
    }
}

fn about(whole: &WholeCase) -> Markup {
    let case = &whole.case;
    html! {
        section.card aria-labelledby="about-title" {
            h2 #about-title { "Details" }
            dl.pairs {
                dt { "Queue" } dd { a href={ "/cases?queue=" (case.queue) } { (case.queue) } }
                dt { "Opened" } dd { (layout::time(&case.opened_at.to_string())) }
                @if let Some(due) = case.due_at { dt { "Due" } dd { (cases::countdown(due)) } }
                dt { "Severity" } dd { (case.severity) " of 10" }
                dt { "Views" } dd { (layout::grouped(case.views)) }
                dt { "Flags" } dd { (case.flags) }
                @if case.notices > 0 { dt { "Notices" } dd { (case.notices) } }
                @if let Some(of) = &whole.of {
                    dt { "About case" } dd { a href={ "/cases/" (of) } { (of) } }
                }
                @if let Some(order) = &whole.order { (place(order)) }
            }
        }
    }
}

fn place(order: &Order) -> Markup {
    html! {
        dt { "Chance of a violation" } dd { (layout::share(Some(order.chance))) }
        dt { "Views still to come" } dd { (format!("{:.0}", order.remaining_views)) }
        dt { "Expected time" } dd { (format!("{:.0} s", order.seconds)) }
        dt { "Priority" } dd { (format!("{:.2}", order.priority)) }
    }
}

fn members(view: &View) -> Markup {
    let whole = &view.whole;
    html! {
        @if whole.members.len() > 1 {
            section.card.flush aria-labelledby="members-title" {
                h2 #members-title {
                    "One verdict for " (layout::counted(whole.members.len() as u64, "subject", "subjects"))
                }
                (layout::table(
                    ("Subjects that the verdict covers", "Subjects that the verdict covers"),
                    &[Text("Subject"), Text("Text"), Text("Account"), Number("Decisions replaced")],
                    html! {
                        @for member in whole.members.iter().take(100) { tr {
                            td.id { (decisions::subject(&member.subject)) }
                            td.small { (view.texts.get(&member.subject).map_or("–", String::as_str)) }
                            td { (member.account.as_deref().unwrap_or("–")) }
                            td.num { (member.decisions.len()) }
                        } }
                    },
                ))
            }
        }
    }
}

/// Account, history and similar cases.
fn around(view: &View) -> Markup {
    html! {
        section.card.stack aria-labelledby="around-title" {
            h2 #around-title { "Account" }
            @if view.account.is_empty() { p.soft { "No account, or nothing is known about it." } }
            @else {
                dl.pairs {
                    @for (name, value) in &view.account { dt { (name) } dd.break { (value) } }
                }
            }
        }
        @if let Some(network) = &view.network { (network::section(network)) }
        @if !view.members.is_empty() { (network::members(&view.members)) }
        @if !view.similar.is_empty() {
            section.card.flush aria-labelledby="similar-title" {
                h2 #similar-title { "Similar cases" }
                (cases::table("Table of similar cases", &view.similar))
            }
        }
        @if !view.history.is_empty() {
            section.card.flush aria-labelledby="history-title" {
                h2 #history-title { "Earlier decisions" }
                (decisions::table("Table of earlier decisions", &view.history))
            }
        }
    }
}

fn story(steps: &[Step]) -> Markup {
    html! {
        section.card aria-labelledby="story-title" {
            h2 #story-title { "Timeline" }
            ol.story {
                @for step in steps {
                    @let at = Timestamp::from_millisecond(step.at_ms).unwrap_or_default();
                    li {
                        (layout::time(&at.to_string())) " "
                        @if !step.by.is_empty() { strong { (step.by) } " " }
                        (step.what)
                        @if !step.to.is_empty() { " " (step.to) }
                        @if !step.note.is_empty() { ": " (step.note) }
                    }
                }
            }
        }
    }
}
