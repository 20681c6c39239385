//! The filings that a case is about: the texts of notices, and the order of an authority.

use legal::notice::NoticeChannel;
use maud::{Markup, html};

use super::case::View;

/// The order that a case carries out.
pub(super) fn order(view: &View) -> Markup {
    let Some((id, order)) = &view.order else { return html! {} };
    let reference = if order.reference.is_empty() { id } else { &order.reference };
    html! {
        section.card.stack aria-labelledby="order-title" {
            h2 #order-title { "The order" }
            p { a href={ "/orders/" (id) } { (reference) } " by " (order.authority.name) }
            p.small.soft {
                "A verdict carries the order out. If that is impossible, record it on the page of "
                "the order. Then the authority gets an answer, and the clock is suspended."
            }
            dl.pairs {
                @if !order.urls.is_empty() {
                    dt { "Addresses" } dd { @for url in &order.urls { div.break { code { (url) } } } }
                }
                @if !order.legal_basis.is_empty() { dt { "Legal basis" } dd { (order.legal_basis) } }
                @if !order.reasons.is_empty() { dt { "Reasons" } dd { (order.reasons) } }
                @if !order.territory.is_empty() { dt { "Where" } dd { (order.territory.join(", ")) } }
            }
        }
    }
}

/// The notices about a case, in the words of their senders.
pub(super) fn notices(view: &View) -> Markup {
    html! {
        @if !view.notices.is_empty() {
            section.card.stack aria-labelledby="notices-title" {
                h2 #notices-title { "What was reported" }
                @for notice in view.notices.iter().take(20) {
                    div {
                        p.small.soft {
                            (match notice.channel {
                                NoticeChannel::User => "a user",
                                NoticeChannel::TrustedFlagger => "a trusted flagger",
                                NoticeChannel::RapidResponse => "a rapid-response signatory",
                            })
                            @if let Some(category) = &notice.category {
                                " · " (category.to_lowercase().replace('_', " "))
                            }
                        }
                        blockquote { (notice.explanation) }
                        @for url in &notice.urls { p.small.break { code { (url) } } }
                    }
                }
            }
        }
    }
}
