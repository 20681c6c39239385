//! Notices and appeals: the public form, the channels of partners, and the outcomes.

use app::filings::FilingOutcome;
use app::filings::appeals::{AppealPage, AppealView};
use app::filings::notices::{NoticePage, NoticeView, Receipt};
use legal::notice::NoticeChannel;
use maud::{Markup, html};

use super::cases::countdown;
use super::layout::Column::Text;
use super::layout::{self, Frame};
use super::orders::state;

/// The categories offered in the form.
const CATEGORIES: &[(&str, &str)] = &[
    ("", "Something else"),
    ("ILLEGAL_OR_HARMFUL_SPEECH", "Hate speech, defamation"),
    ("RISK_FOR_PUBLIC_SECURITY", "Terror, danger to the public"),
    ("VIOLENCE", "Violence"),
    ("PROTECTION_OF_MINORS", "Harm to minors"),
    ("SCAMS_AND_FRAUD", "Fraud"),
    ("INTELLECTUAL_PROPERTY_INFRINGEMENTS", "Copyright, trade marks"),
    ("DATA_PROTECTION_AND_PRIVACY_VIOLATIONS", "Privacy"),
    ("CONSUMER_INFORMATION", "Consumer rights"),
    ("NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS", "Elections"),
];

/// The page of notices, for staff and for partners.
pub(crate) fn notices(
    frame: &Frame,
    view: &NoticePage,
    is_partner: bool,
    told: Option<&Markup>,
) -> Markup {
    let next = view.next.map(|next| format!("/notices?before={next}"));
    let body = html! {
        div.head { div {
            h1 { @if is_partner { "Your notices" } @else { "Notices" } }
            @if view.items.is_empty() { p { "Reports of illegal content, with their answers." } }
            @else {
                p {
                    "Answered: " (view.answered) " of the " (view.items.len())
                    " shown. Justified: " (view.founded) "."
                }
            }
        } }
        @if let Some(told) = told { (told) }
        section.card.flush aria-label="Notices" {
            @if view.items.is_empty() {
                (layout::empty("No notices yet", "Anyone can submit one at /notice."))
            } @else {
                (layout::list(
                    ("Table of notices", "Notices, newest first"),
                    &[
                        Text("Notice"), Text("State"), Text("Channel"), Text("About"),
                        Text("Category"), Text("What was done"), Text("Received (UTC)"),
                        Text("Case"),
                    ],
                    html! { @for notice in &view.items { (notice_row(notice)) } },
                ))
            }
        }
        (layout::pager(None, next.as_deref(), "Pages of notices"))
        @if is_partner {
            section.card.stack aria-labelledby="new-title" {
                h2 #new-title { "New notice" }
                form.stack action="/notices" method="post" {
                    (layout::hidden_csrf(frame))
                    (notice_fields())
                }
            }
        }
    };
    layout::page(frame, body)
}

fn notice_row(notice: &NoticeView) -> Markup {
    html! {
        tr {
            th scope="row" { a href={ "/notice/" (notice.id) } { (notice.id.get(..10).unwrap_or(&notice.id)) "…" } }
            td { (state(&notice.state)) }
            td {
                (match notice.channel {
                    NoticeChannel::User => "user",
                    NoticeChannel::TrustedFlagger => "trusted flagger",
                    NoticeChannel::RapidResponse => "rapid response",
                })
                @if let Some(party) = &notice.party { span.soft { " " (party) } }
            }
            td.id { (notice.subject.as_deref().unwrap_or("–")) }
            td.small { (notice.category.as_deref().unwrap_or("–").to_lowercase().replace('_', " ")) }
            td {
                @if let Some(outcome) = &notice.outcome {
                    @if outcome.finding == review::Finding::NoViolation { "no violation" }
                    @else { (layout::effects(&outcome.effects)) }
                } @else { span.soft { "–" } }
            }
            td.nowrap { (layout::time(&notice.received_at.to_string())) }
            td {
                @if let Some(case) = &notice.case { a href={ "/cases/" (case) } { (case) } }
                @else { span.soft { "–" } }
            }
        }
    }
}

fn notice_fields() -> Markup {
    html! {
        div.field {
            label for="urls" { "Exact addresses, one per line" }
            textarea.low #urls name="urls" rows="3" required spellcheck="false" {}
        }
        div.field {
            label for="explanation" { "Why do you think it is illegal?" }
            textarea.low #explanation name="explanation" rows="4" required minlength="10" {}
        }
        div.field {
            label for="category" { "What is it about?" }
            select #category name="category" {
                @for (word, name) in CATEGORIES { option value=(word) { (name) } }
            }
        }
        div.filters {
            div.field { label for="name" { "Your name" } input #name name="name" autocomplete="name"; }
            div.field {
                label for="email" { "Your e-mail address" }
                input #email name="email" type="email" autocomplete="email";
            }
        }
        div.field {
            label for="language" { "Language of the answer" }
            select #language name="language" {
                @for (code, name) in legal::letter::languages() { option value=(code) lang=(code) { (name) } }
            }
        }
        label.check {
            input type="checkbox" name="child_protection_exemption";
            "It is about the sexual abuse of a child (you need not give your name)"
        }
        label.check {
            input type="checkbox" name="good_faith" required;
            "I believe in good faith that what I write is accurate and complete"
        }
        div.row { button.primary type="submit" { "Send the notice" } }
    }
}

/// The public form of notices.
pub(crate) fn notice_form(csrf: &str, told: Option<&Markup>) -> Markup {
    let body = html! {
        article.public {
            h1 { "Notice of illegal content" }
            p.lead {
                "Report content on this service that you think is illegal (Art. 16 Digital "
                "Services Act). You get a receipt at once, with a link to the answer."
            }
            @if let Some(told) = told { (told) }
            form.card.stack action="/notice" method="post" {
                input type="hidden" name="csrf" value=(csrf);
                (notice_fields())
            }
        }
    };
    layout::bare("Notice of illegal content", body)
}

/// The receipt of a notice.
pub(crate) fn receipt(receipt: &Receipt) -> Markup {
    html! {
        section.card.stack role="status" aria-labelledby="receipt-title" {
            h2 #receipt-title {
                @match receipt.state.as_str() {
                    "open" => { "We received your notice" }
                    "unknown" => { "We do not know these addresses" }
                    _ => { "Something is missing" }
                }
            }
            @if let Some(letter) = &receipt.letter {
                div lang=(letter.language) { @for line in letter.text.lines() { p { (line) } } }
            }
            @for id in &receipt.ids {
                p { "Follow your notice here: " a href={ "/notice/" (id) } { (id) } }
            }
            @for missing in &receipt.missing { p { (missing.sentence) } }
            @for url in &receipt.unknown { p { "We do not know " code { (url) } } }
            @if receipt.state == "unknown" {
                p { "We could not process it. Please send it again with the exact address." }
            }
            @if let Some(warning) = &receipt.warning { p.notice.notice-danger { (warning) } }
            p.soft { (receipt.redress) }
        }
    }
}

/// The page of a notice, for anyone with its id.
pub(crate) fn notice(view: &NoticeView) -> Markup {
    let body = html! {
        article.public {
            h1 { "Your notice" }
            section.card.stack {
                p { (state(&view.state)) " received " (layout::time(&view.received_at.to_string())) }
                @if let Some(subject) = &view.subject { p { "About " code { (subject) } } }
                @match &view.answer {
                    Some(answer) => {
                        div.stack lang=(answer.language) {
                            @for line in answer.text.lines().filter(|line| !line.is_empty()) {
                                p { (line) }
                            }
                        }
                    }
                    None if view.state == "insufficient" => {
                        p { "Please send it again, with what the receipt says is missing." }
                    }
                    None => { p.soft { "We are reviewing it. Come back here for the answer." } }
                }
            }
        }
    };
    layout::bare("Your notice", body)
}

/// The page of appeals.
pub(crate) fn appeals(frame: &Frame, view: &AppealPage) -> Markup {
    let next = view.next.map(|next| format!("/appeals?before={next}"));
    let body = html! {
        div.head { div {
            h1 { "Appeals" }
            p { "Complaints of persons affected, judged by a person who did not decide before." }
        } }
        section.card.flush aria-label="Appeals" {
            @if view.items.is_empty() {
                (layout::empty("No appeals yet", "The platform sends them to `POST /v1/appeals`."))
            } @else {
                (layout::list(
                    ("Table of appeals", "Appeals, newest first"),
                    &[
                        Text("Case"), Text("State"), Text("About"), Text("Decision"),
                        Text("Answer"), Text("Dispute"), Text("Received (UTC)"),
                    ],
                    html! { @for appeal in &view.items { (appeal_row(appeal)) } },
                ))
            }
        }
        (layout::pager(None, next.as_deref(), "Pages of appeals"))
    };
    layout::page(frame, body)
}

fn appeal_row(appeal: &AppealView) -> Markup {
    let decided = |outcome: &FilingOutcome| outcome.decided_at.to_string();
    html! {
        tr {
            th scope="row" {
                @if let Some(case) = &appeal.case { a href={ "/cases/" (case) } { (case) } } @else { "–" }
            }
            td { (state(&appeal.state)) }
            td.id { (appeal.subject.as_deref().unwrap_or("–")) }
            td { a href={ "/decisions/" (appeal.decision) } { (appeal.decision.get(..10).unwrap_or_default()) "…" } }
            td {
                @if let Some(answer) = &appeal.answer {
                    details {
                        summary { (appeal.outcome.as_ref().map(decided).unwrap_or_default().get(..10).unwrap_or_default()) }
                        div lang=(answer.language) {
                            @for line in answer.text.lines() { p { (line) } }
                        }
                    }
                } @else { span.soft { "–" } }
            }
            td {
                @if let Some(dispute) = &appeal.dispute {
                    (dispute.body) " "
                    @match (&dispute.outcome, dispute.due) {
                        (Some(outcome), _) => { (outcome) }
                        (None, Some(due)) => { (countdown(due)) }
                        (None, None) => {}
                    }
                } @else { span.soft { "–" } }
            }
            td.nowrap { (layout::time(&appeal.received_at.to_string())) }
        }
    }
}
