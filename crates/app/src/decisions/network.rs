//! The accounts that an account shares something with, and the networks that it was found in.
//!
//! Neighbours are ordered by the sum of 1 / ln(accounts that share it) over what they share, so
//! that a phone shared by two counts more than a page linked by fifty (Adamic and Adar 2003). Only
//! events with a decision are examined, newest first and up to a limit.

use std::collections::{BTreeMap, BTreeSet};

use engine::attributes::{self, AttributeKind, SharedAttribute};
use engine::replay::event_and_facts;
use jiff::Timestamp;
use serde::Serialize;
use store::Filter;
use types::{Event, EventType, Facts, Subject, data};
use utoipa::ToSchema;

use crate::cases::restricted;
use crate::filings::time;
use crate::service::problem::Problem;
use crate::service::state::{App, Core};

/// The most decisions on an account whose events are examined.
const DECISIONS_MAX: u32 = 50;

/// The most attributes of one account that are followed up.
const TIES_MAX: usize = 40;

/// The most decisions examined for one attribute.
const SHARED_MAX: u32 = 1000;

/// An attribute shared by this many other accounts says nothing about any two of them.
const COMMON: usize = 50;

/// The most neighbours returned.
const NEIGHBOURS_MAX: usize = 20;

/// The most networks returned.
const FOUND_MAX: u32 = 10;

/// The accounts that an account shares something with.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct Network {
    /// The id of the account.
    pub account: String,
    /// The networks that it was found in, newest first, at most 10.
    pub found: Vec<FoundNetwork>,
    /// What it shares with other accounts, rarest first.
    pub shared: Vec<Shared>,
    /// The accounts that it shares something with, those that share most first, at most 20.
    pub neighbours: Vec<Neighbour>,
    /// Number of accounts that share something with it.
    pub count: usize,
}

/// A network in which the account was found.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FoundNetwork {
    /// The id of the network.
    pub network: String,
    /// `coordinated`, `inauthentic` or `benign`; `null` if not reported.
    pub finding: Option<String>,
    /// How coordinated the network is, from 0 to 100; `null` if not reported.
    pub score: Option<u8>,
    /// Number of accounts in the network; `null` if not reported.
    pub accounts: Option<u32>,
    /// When it was found.
    pub at: Timestamp,
}

/// Something that an account shares with others.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Shared {
    /// Its kind: `device`, `media`, `text`, `link` or `domain`.
    pub kind: &'static str,
    /// Its value: an opaque key, an address or a digest.
    pub value: String,
    /// Number of other accounts that share it, among the decisions examined.
    pub accounts: usize,
    /// Whether so many share it that it is not counted for neighbours.
    pub is_common: bool,
}

/// An account that shares something with another.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Neighbour {
    /// The id of the account.
    pub account: String,
    /// How much they share: the sum of 1 / ln(accounts) over everything that both share.
    pub weight: f64,
    /// Number of things that both share, by kind.
    pub shares: BTreeMap<&'static str, u32>,
    /// Number of decisions on what they share.
    pub decisions: u32,
    /// The event time of the latest of these decisions.
    pub last: Timestamp,
}

/// The members of the network `id`, as last reported.
pub async fn members(app: &App, id: &str) -> Result<Vec<String>, Problem> {
    let core = app.core()?;
    let filter = Filter {
        subject: Some(Subject::new("network", id).0),
        r#type: Some(EventType::NetworkFound.name().to_owned()),
        is_newest_first: true,
        limit: 1,
        ..Filter::default()
    };
    let Some(row) = core.store.decisions(&filter).await?.rows.pop() else { return Ok(Vec::new()) };
    let network = event(core, row.seq).await?.and_then(|(event, _)| event.data.network);
    Ok(network.and_then(|network| network.members).unwrap_or_default())
}

/// The accounts that `account` shares something with.
pub async fn around(app: &App, account: &str) -> Result<Network, Problem> {
    let core = app.core()?;
    let mut network = Network { account: account.to_owned(), ..Network::default() };
    network.found = found(core, account).await?;
    let mut neighbours: BTreeMap<String, (Neighbour, BTreeSet<u64>)> = BTreeMap::new();
    for attribute in of(app, core, account).await?.into_iter().take(TIES_MAX) {
        let rows = core.store.sharers(attribute.key(), (account, SHARED_MAX)).await?;
        let accounts: BTreeSet<&str> = rows.iter().map(|(_, other, _)| other.as_str()).collect();
        if accounts.is_empty() {
            continue;
        }
        let (kind, is_common) = (attribute.kind.name(), accounts.len() >= COMMON);
        for account in accounts.iter().filter(|_| !is_common) {
            let (neighbour, _) = neighbours.entry((*account).to_owned()).or_insert_with(|| {
                let (weight, shares) = (0.0, BTreeMap::new());
                let (account, last) = ((*account).to_owned(), Timestamp::MIN);
                (Neighbour { account, weight, shares, decisions: 0, last }, BTreeSet::new())
            });
            neighbour.weight += weight(accounts.len() + 1);
            *neighbour.shares.entry(kind).or_default() += 1;
        }
        for (seq, account, time_ms) in rows.iter().filter(|_| !is_common) {
            let Some((neighbour, seen)) = neighbours.get_mut(account) else { continue };
            if seen.insert(*seq) {
                neighbour.decisions += 1;
                neighbour.last = neighbour.last.max(time(*time_ms));
            }
        }
        let accounts = accounts.len();
        network.shared.push(Shared { kind, value: attribute.value, accounts, is_common });
    }
    network.shared.sort_by_key(|shared| shared.accounts);
    network.count = neighbours.len();
    network.neighbours = neighbours.into_values().map(|(neighbour, _)| neighbour).collect();
    network.neighbours.sort_by(|one, two| two.weight.total_cmp(&one.weight));
    network.neighbours.truncate(NEIGHBOURS_MAX);
    Ok(network)
}

#[expect(clippy::cast_precision_loss, reason = "few accounts")]
fn weight(accounts: usize) -> f64 {
    1.0 / (accounts.max(2) as f64).ln()
}

/// What the events of `account` may share with others. Links and domains in restricted material are
/// left out, since they are part of the material.
async fn of(app: &App, core: &Core, account: &str) -> Result<BTreeSet<SharedAttribute>, Problem> {
    let filter = Filter {
        account: Some(account.to_owned()),
        is_newest_first: true,
        limit: DECISIONS_MAX,
        ..Filter::default()
    };
    let rows = core.store.decisions(&filter).await?.rows;
    let restricted = restricted::among(app, &rows).await?;
    let mut all = BTreeSet::new();
    for row in rows {
        let is_restricted = row.subject.as_ref().is_some_and(|about| restricted.contains(about));
        let Some((event, facts)) = event(core, row.seq).await? else { continue };
        let attributes = attributes::of(&event, &facts).into_iter();
        all.extend(attributes.filter(|attribute| match attribute.kind {
            AttributeKind::Network => false,
            AttributeKind::Link | AttributeKind::Domain => !is_restricted,
            AttributeKind::Device | AttributeKind::Media | AttributeKind::Text => true,
        }));
    }
    Ok(all)
}

/// The event at `seq` with the facts known before it; `None` after an erasure.
async fn event(core: &Core, seq: u64) -> Result<Option<(Event, Facts)>, Problem> {
    let Some(row) = core.store.log(seq, seq + 1).await?.pop() else { return Ok(None) };
    Ok(event_and_facts(row.event.as_deref(), row.facts.as_deref())?)
}

/// The networks that `account` was found in.
async fn found(core: &Core, account: &str) -> Result<Vec<FoundNetwork>, Problem> {
    let mut all: Vec<FoundNetwork> = Vec::new();
    for seq in core.store.sharing(SharedAttribute::member(account).key(), FOUND_MAX).await? {
        let Some((event, _)) = event(core, seq).await? else { continue };
        let at = event.time;
        let Some(network) = event.data.network else { continue };
        let data::Network { id: network, accounts, score, finding, .. } = *network;
        // The latest finding about a network counts.
        if !all.iter().any(|known| known.network == network) {
            all.push(FoundNetwork { network, finding, score, accounts, at });
        }
    }
    Ok(all)
}
