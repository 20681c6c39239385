//! Whom an account shares something with, and the networks that it was found in.
//!
//! Neighbours are ordered by the sum of 1 / ln(accounts that share it) over what they share, so that a
//! phone that two share says more than a page that fifty link to (Adamic and Adar 2003). Only what was
//! decided on is looked at, the newest first: a look is bounded.

use std::collections::{BTreeMap, BTreeSet};

use engine::replay::event_and_facts;
use engine::ties::{self, Tie, TieKind};
use jiff::Timestamp;
use serde::Serialize;
use store::Filter;
use types::{Event, EventType, Facts, Subject, data};
use utoipa::ToSchema;

use crate::cases::restricted;
use crate::filings::time;
use crate::service::problem::Problem;
use crate::service::state::{App, Core};

/// Decisions on an account whose events are looked at.
const DECISIONS_MAX: u32 = 50;

/// Things of one account that are followed up.
const TIES_MAX: usize = 40;

/// Decisions looked at for one thing.
const SHARED_MAX: u32 = 1000;

/// What so many others share says nothing of any two of them.
const COMMON: usize = 50;

/// Neighbours that are told.
const NEIGHBOURS_MAX: usize = 20;

/// Networks that are told.
const FOUND_MAX: u32 = 10;

/// Whom an account shares something with.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct Network {
    /// The account.
    pub account: String,
    /// Networks that it was found in, the newest first.
    pub found: Vec<Found>,
    /// What it shares with others, the rarest first.
    pub shared: Vec<Shared>,
    /// With whom, those who share most first; twenty at most.
    pub neighbours: Vec<Neighbour>,
    /// How many share something with it.
    pub count: usize,
}

/// A network that somebody found the account in.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Found {
    /// Its id.
    pub network: String,
    /// `coordinated`, `inauthentic`, `benign`.
    pub finding: Option<String>,
    /// 0–100: how coordinated.
    pub score: Option<u8>,
    /// How many accounts.
    pub accounts: Option<u32>,
    /// When.
    pub at: Timestamp,
}

/// Something that an account shares with others.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Shared {
    /// `device`, `media`, `text`, `link` or `domain`.
    pub kind: &'static str,
    /// Which.
    pub value: String,
    /// Other accounts that share it, as far as was looked.
    pub accounts: usize,
    /// Whether so many share it that it makes no neighbours.
    pub is_common: bool,
}

/// An account that shares something with another.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Neighbour {
    /// The account.
    pub account: String,
    /// How much: the sum of 1 / ln(accounts) over what both share.
    pub weight: f64,
    /// How many things of each kind both share.
    pub shares: BTreeMap<&'static str, u32>,
    /// Decisions on what is shared.
    pub decisions: u32,
    /// The last of them.
    pub last: Timestamp,
}

/// The members of the network `id`, as they were last told.
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

/// Whom `account` shares something with.
pub async fn around(app: &App, account: &str) -> Result<Network, Problem> {
    let core = app.core()?;
    let mut network = Network { account: account.to_owned(), ..Network::default() };
    network.found = found(core, account).await?;
    let mut neighbours: BTreeMap<String, (Neighbour, BTreeSet<u64>)> = BTreeMap::new();
    for tie in of(app, core, account).await?.into_iter().take(TIES_MAX) {
        let rows = core.store.sharers(tie.key(), (account, SHARED_MAX)).await?;
        let accounts: BTreeSet<&str> = rows.iter().map(|(_, other, _)| other.as_str()).collect();
        if accounts.is_empty() {
            continue;
        }
        let (kind, is_common) = (tie.kind.name(), accounts.len() >= COMMON);
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
        network.shared.push(Shared { kind, value: tie.value, accounts, is_common });
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

/// What the events of `account` share with others. Addresses in restricted material are part of it.
async fn of(app: &App, core: &Core, account: &str) -> Result<BTreeSet<Tie>, Problem> {
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
        let ties = ties::of(&event, &facts).into_iter();
        all.extend(ties.filter(|tie| match tie.kind {
            TieKind::Network => false,
            TieKind::Link | TieKind::Domain => !is_restricted,
            TieKind::Device | TieKind::Media | TieKind::Text => true,
        }));
    }
    Ok(all)
}

/// The event at `seq` with what was known before; nothing after an erasure.
async fn event(core: &Core, seq: u64) -> Result<Option<(Event, Facts)>, Problem> {
    let Some(row) = core.store.log(seq, seq + 1).await?.pop() else { return Ok(None) };
    Ok(event_and_facts(row.event.as_deref(), row.facts.as_deref())?)
}

/// The networks that `account` was found in.
async fn found(core: &Core, account: &str) -> Result<Vec<Found>, Problem> {
    let mut all: Vec<Found> = Vec::new();
    for seq in core.store.tied(Tie::member(account).key(), FOUND_MAX).await? {
        let Some((event, _)) = event(core, seq).await? else { continue };
        let at = event.time;
        let Some(network) = event.data.network else { continue };
        let data::Network { id: network, accounts, score, finding, .. } = *network;
        // What was said of it last counts.
        if !all.iter().any(|known| known.network == network) {
            all.push(Found { network, finding, score, accounts, at });
        }
    }
    Ok(all)
}
