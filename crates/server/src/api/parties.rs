//! `/v1/parties`: partners and authorities, as they are registered.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use casework::authority::Authority;
use engine::Rows;
use serde::{Deserialize, Serialize};
use store::{PartyRow, RowChange};
use utoipa::ToSchema;

use crate::app::{App, Core};
use crate::extract::Named;
use crate::permission::PartiesWrite;
use crate::principal::{By, Caller};
use crate::problem::{Details, Problem};
use crate::{body, filing};

/// A partner or an authority.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Party {
    /// A trusted flagger (Art. 22 DSA).
    TrustedFlagger {
        /// Its name.
        name: String,
        /// The coordinator who awarded the status, ISO 3166-1 alpha-2.
        #[serde(default)]
        member_state: String,
        /// What it is expert in.
        #[serde(default)]
        expertise: Vec<String>,
    },
    /// A signatory of a rapid-response system: fact-checkers, civil society, platforms.
    RapidResponse {
        /// Its name.
        name: String,
        /// What it is: `fact_checker`, `civil_society`, `platform`.
        #[serde(default)]
        role: String,
        /// Elections and crises for which it has the channel.
        #[serde(default)]
        missions: Vec<String>,
    },
    /// An authority that sends orders.
    Authority {
        /// Everything about it.
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
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::TrustedFlagger { name, .. } | Self::RapidResponse { name, .. } => name,
            Self::Authority { authority } => &authority.name,
        }
    }
}

/// A partner or an authority, with its id.
#[derive(Serialize, ToSchema)]
pub(crate) struct PartyItem {
    /// Its id.
    pub(crate) id: String,
    /// Everything about it.
    pub(crate) party: Party,
}

/// Lists partners and authorities.
#[utoipa::path(
    get, path = "/v1/parties", tag = "people", security(("key" = ["parties:write"])),
    responses((status = 200, body = [PartyItem]))
)]
pub(crate) async fn list(
    State(app): State<App>,
    _: By<PartiesWrite>,
) -> Result<Json<Vec<PartyItem>>, Problem> {
    all(app.core()?).await.map(Json)
}

/// All partners and authorities.
pub(crate) async fn all(core: &Core) -> Result<Vec<PartyItem>, Problem> {
    let rows = core.store.parties().await?;
    let item = |row: PartyRow| Ok(PartyItem { party: read(&row)?, id: row.id });
    rows.into_iter().map(item).collect()
}

/// The party with that id.
pub(crate) async fn find(core: &Core, id: &str) -> Result<Option<Party>, Problem> {
    let row = core.store.party(id).await?.filter(|row| row.kind != "notifier");
    row.as_ref().map(read).transpose()
}

fn read(row: &PartyRow) -> Result<Party, Problem> {
    serde_json::from_str(&row.body)
        .map_err(|error| Problem::Internal(format!("party {}: {error}", row.id)))
}

/// Registers a partner or an authority. Keys and accounts are made for it with `--party`.
#[utoipa::path(
    put, path = "/v1/parties/{id}", tag = "people", security(("key" = ["parties:write"])),
    params(("id" = String, Path)),
    request_body = Party,
    responses(
        (status = 204),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 413, body = Details, content_type = "application/problem+json"),
        (status = 429, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn put(
    State(app): State<App>,
    By(caller, _): By<PartiesWrite>,
    Named(id): Named<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Problem> {
    let sent = body::read(&app, &headers, body).await?;
    let party: Party = body::json(&sent)?;
    keep(&app, &caller, &id, &party).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Registers a partner or an authority.
pub(crate) async fn keep(
    app: &App,
    caller: &Caller,
    id: &str,
    party: &Party,
) -> Result<(), Problem> {
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
        && !casework::letter::is_country(&authority.member_state)
    {
        let why = "a verified authority has a member state of the Union or the EEA: RO, FR, …";
        return Err(Problem::Wrong(why.to_owned()));
    }
    let body = serde_json::to_string(party).map_err(|e| Problem::Internal(e.to_string()))?;
    let row = PartyRow { id: id.to_owned(), kind: party.kind().to_owned(), body };
    let line = filing::line(app, caller, "party registered", format!("party {id}"));
    Ok(app.core()?.door().write(Rows::of([RowChange::from(&row), line])).await?)
}
