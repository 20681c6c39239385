//! The network of an account: the accounts with which it shares something.

use app::decisions::network::{FoundNetwork, Neighbour, Network, Shared};
use maud::{Markup, html};

use super::{decisions, layout};

/// Limit of the shared things shown.
const SHARED_MAX: usize = 8;

/// Limit of the members of a network shown.
const MEMBERS_MAX: usize = 100;

/// The section about the network of an account.
pub(crate) fn section(network: &Network) -> Markup {
    html! {
        section.card.stack aria-labelledby="network-title" {
            h2 #network-title { "Network" }
            @for found in &network.found { (one_found(found)) }
            @if network.shared.is_empty() {
                p.soft { "Nothing in decided events is shared with another account." }
            } @else {
                p.soft {
                    (layout::counted(network.count as u64, "account shares", "accounts share"))
                    " a device, media, a text or an address with it. That is no proof of deception."
                }
                ul.plain {
                    @for shared in network.shared.iter().take(SHARED_MAX) { (one_shared(shared)) }
                }
                @if network.shared.len() > SHARED_MAX {
                    p.small.soft { "and " (network.shared.len() - SHARED_MAX) " more" }
                }
            }
            @if !network.neighbours.is_empty() { (neighbours(&network.neighbours)) }
        }
    }
}

/// The section about the members of a network.
pub(crate) fn members(members: &[String]) -> Markup {
    html! {
        section.card.stack aria-labelledby="members-of-title" {
            h2 #members-of-title { (layout::counted(members.len() as u64, "member", "members")) }
            p.break {
                @for account in members.iter().take(MEMBERS_MAX) {
                    (decisions::subject(&format!("account/{account}"))) " "
                }
                @if members.len() > MEMBERS_MAX {
                    span.soft { "and " (members.len() - MEMBERS_MAX) " more" }
                }
            }
        }
    }
}

fn one_found(found: &FoundNetwork) -> Markup {
    let finding = found.finding.as_deref().unwrap_or("not judged");
    let tone = match finding {
        "inauthentic" => "danger",
        "benign" => "good",
        _ => "warn",
    };
    html! {
        p {
            (layout::badge(tone, finding))
            " member of " (decisions::subject(&format!("network/{}", found.network)))
            @if let Some(accounts) = found.accounts {
                ", " (layout::counted(accounts.into(), "account", "accounts"))
            }
            @if let Some(score) = found.score { ", coordination " (score) " of 100" }
            ", " (layout::time(&found.at.to_string()))
        }
    }
}

fn one_shared(shared: &Shared) -> Markup {
    html! {
        li.break {
            (layout::badge("plain", shared.kind))
            " " code { (shared.value) } " "
            @if shared.is_common { span.soft { "common, so it means little" } }
            @else { "with " (layout::counted(shared.accounts as u64, "account", "accounts")) }
        }
    }
}

fn neighbours(neighbours: &[Neighbour]) -> Markup {
    layout::scroll(
        "Accounts that share something with it",
        html! {
            table {
                caption.unseen { "Accounts that share something with it, strongest first" }
                thead { tr {
                    th scope="col" { "Account" }
                    th scope="col" { "Shares" }
                    th.num scope="col" { "Weight" }
                    th.num scope="col" { "Decisions" }
                    th scope="col" { "Last (UTC)" }
                } }
                tbody { @for one in neighbours { tr {
                    th.break scope="row" { (decisions::subject(&format!("account/{}", one.account))) }
                    td { (shares(one)) }
                    td.num { (format!("{:.2}", one.weight)) }
                    td.num { (layout::grouped(one.decisions.into())) }
                    td.nowrap { (layout::time(&one.last.to_string())) }
                } } }
            }
        },
    )
}

fn shares(one: &Neighbour) -> String {
    let share = |(kind, count): (&&str, &u32)| match count {
        1 => (*kind).to_owned(),
        _ => format!("{kind} × {count}"),
    };
    one.shares.iter().map(share).collect::<Vec<_>>().join(", ")
}
