//! One subject, content or account: its state and the decisions on it.

use app::decisions::network::Network;
use maud::{Markup, html};

use super::decisions::{self, ListedDecision};
use super::layout::{self, Frame};
use super::network;

/// What the page of a subject shows.
pub(crate) struct View {
    /// The subject, such as `content/v-1`.
    pub(crate) subject: String,
    /// The account it belongs to.
    pub(crate) account: Option<String>,
    /// Its state, as names and values.
    pub(crate) standing: Vec<(String, String)>,
    /// Decisions on it.
    pub(crate) history: Vec<ListedDecision>,
    /// The address of older decisions.
    pub(crate) next: Option<String>,
    /// The accounts with which this account shares something.
    pub(crate) network: Option<Network>,
    /// Recent decisions on the content of this account.
    pub(crate) content: Vec<ListedDecision>,
}

/// The whole page.
pub(crate) fn page(frame: &Frame, view: &View) -> Markup {
    let body = html! {
        div.head {
            div {
                h1 { (view.subject) }
                @if let Some(account) = &view.account {
                    p { "Of " (decisions::subject(&format!("account/{account}"))) }
                }
            }
            a.button href={ "/decisions?subject=" (layout::encoded(&view.subject)) } {
                "In the list of decisions"
            }
        }
        (standing(&view.standing))
        @if let Some(network) = &view.network { (network::section(network)) }
        section.card.flush aria-labelledby="history-title" {
            h2 #history-title { "Decisions on it" }
            (decisions::table("Decisions on this subject", &view.history))
        }
        (layout::pager(None, view.next.as_deref(), "Pages of decisions"))
        @if !view.content.is_empty() {
            section.card.flush aria-labelledby="content-title" {
                h2 #content-title { "Decisions on content of this account" }
                (decisions::table("Decisions on content of this account", &view.content))
            }
        }
    };
    layout::page(frame, body)
}

fn standing(standing: &[(String, String)]) -> Markup {
    html! {
        section.card aria-labelledby="standing-title" {
            h2 #standing-title { "State" }
            @if standing.is_empty() {
                (layout::empty("Nothing is known", "No event about it is remembered."))
            } @else {
                dl.pairs { @for (name, value) in standing { dt { (name) } dd { (value) } } }
            }
        }
    }
}
