//! The register of partners and authorities.

use engine::Rows;
use legal::authority::Authority;
use serde::{Deserialize, Serialize};
use store::{PartyRow, RowChange};
use utoipa::ToSchema;

use crate::access::caller::Caller;
use crate::filings;
use crate::service::problem::Problem;
use crate::service::state::{App, Core};

/// A partner or an authority.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Party {
    /// A trusted flagger (Art. 22 DSA).
    TrustedFlagger {
        /// Its name.
        name: String,
        /// The member state of the coordinator that awarded the status, ISO 3166-1 alpha-2.
        #[serde(default)]
        member_state: String,
        /// Its fields of expertise.
        #[serde(default)]
        expertise: Vec<String>,
    },
    /// A signatory of a rapid-response system: fact-checkers, civil society, platforms.
    RapidResponse {
        /// Its name.
        name: String,
        /// Its role: `fact_checker`, `civil_society`, `platform`.
        #[serde(default)]
        role: String,
        /// The elections and crises for which it has the channel.
        #[serde(default)]
        missions: Vec<String>,
    },
    /// An authority that sends orders.
    Authority {
        /// The entry of the authority in the register.
        authority: Authority,
    },
}

impl Party {
    const fn kind(&self) -> &'static str {
        match self {
            Self::TrustedFlagger { .. } => "trusted_flagger",
            Self::RapidResponse { .. } => "rapid_response",
            Self::Authority { .. } => "authority",
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Self::TrustedFlagger { name, .. } | Self::RapidResponse { name, .. } => name,
            Self::Authority { authority } => &authority.name,
        }
    }
}

/// A partner or an authority, with its id.
#[derive(Serialize, ToSchema)]
pub struct PartyItem {
    /// Its id.
    pub id: String,
    /// Its entry in the register.
    pub party: Party,
}

/// All partners and authorities.
pub async fn all(app: &App) -> Result<Vec<PartyItem>, Problem> {
    let rows = app.core()?.store.parties().await?;
    let item = |row: PartyRow| Ok(PartyItem { party: read(&row)?, id: row.id });
    rows.into_iter().map(item).collect()
}

/// The party with that id; `None` if there is none.
pub async fn find(core: &Core, id: &str) -> Result<Option<Party>, Problem> {
    let row = core.store.party(id).await?.filter(|row| row.kind != "notifier");
    row.as_ref().map(read).transpose()
}

/// Reads the party stored in `row`.
pub fn read(row: &PartyRow) -> Result<Party, Problem> {
    serde_json::from_str(&row.body)
        .map_err(|error| Problem::Internal(format!("party {}: {error}", row.id)))
}

/// Registers a partner or an authority.
pub async fn keep(app: &App, caller: &Caller, id: &str, party: &Party) -> Result<(), Problem> {
    let is_id = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    if id.is_empty() || id.len() > 64 || !id.bytes().all(is_id) {
        let why = format!("`{id}` is no id; use up to 64 small letters, digits and -");
        return Err(Problem::Wrong(why));
    }
    if party.name().trim().is_empty() {
        return Err(Problem::Wrong("a party has a name".to_owned()));
    }
    if let Party::Authority { authority } = party
        && authority.id != id
    {
        let why = format!("the authority says that its id is `{}`", authority.id);
        return Err(Problem::Wrong(why));
    }
    if let Party::Authority { authority } = party
        && authority.verified
        && !legal::letter::is_country(&authority.member_state)
    {
        let why = "a verified authority has a member state of the Union or the EEA: RO, FR, …";
        return Err(Problem::Wrong(why.to_owned()));
    }
    let body = serde_json::to_string(party).map_err(|e| Problem::Internal(e.to_string()))?;
    let row = PartyRow { id: id.to_owned(), kind: party.kind().to_owned(), body };
    let line = filings::line(app, caller, "party registered", format!("party {id}"));
    Ok(app.core()?.door().write(Rows::of([RowChange::from(&row), line])).await?)
}
