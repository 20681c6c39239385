//! API keys: makes, lists and revokes them, for the API and the command line.

use engine::{Door, Rows};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{ApiKey, RowChange, Store};
use utoipa::ToSchema;

use crate::access::account::{self, Unfit};
use crate::access::caller::{Caller, new_key};
use crate::access::permission::{OF_PARTIES, PERMISSIONS, named};
use crate::service::problem::Problem;
use crate::service::state::App;

/// The longest name, in characters; longer ones are refused.
const NAME_CHARS_MAX: usize = 64;

/// The word for all scopes.
const ALL: &str = "all";

/// An API key, without its secret.
#[derive(Serialize, ToSchema)]
pub struct KeyItem {
    /// Its id: the part between `prb_` and the second `_`.
    pub id: String,
    /// Its purpose.
    pub name: String,
    /// Its scopes: names of permissions.
    pub scopes: Vec<String>,
    /// The id of the partner or authority that it belongs to; `null` for the platform's own.
    pub party: Option<String>,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it was revoked; `null` while it is valid.
    pub revoked_at: Option<Timestamp>,
}

/// A key to make.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// Its purpose, 1 to 64 characters.
    pub name: String,
    /// Its scopes: names of permissions, or `all` for all that it can have.
    pub scopes: Vec<String>,
    /// The id of the partner or authority that it belongs to; the key then sees only what is
    /// theirs. `null` for the platform's own.
    #[serde(default)]
    pub party: Option<String>,
}

/// A new key. No other answer contains the key itself.
#[derive(Serialize, ToSchema)]
pub struct MadeKey {
    /// Its id.
    pub id: String,
    /// The key, for `Authorization: Bearer …`.
    pub key: String,
}

impl From<ApiKey> for KeyItem {
    fn from(key: ApiKey) -> Self {
        let time = |ms| Timestamp::from_millisecond(ms).unwrap_or_default();
        Self {
            scopes: key.scopes.split_whitespace().map(str::to_owned).collect(),
            made_at: time(key.made_ms),
            revoked_at: key.revoked_ms.map(time),
            id: key.id,
            name: key.name,
            party: key.party,
        }
    }
}

/// Checks the name, the scopes and the party of a key; returns the scopes that it gets.
///
/// # Errors
///
/// [`Unfit::Wrong`] if one of them is invalid; [`Unfit::Store`] if the store cannot be read.
pub async fn check(store: &Store, new: &NewKey) -> Result<Vec<&'static str>, Unfit> {
    let length = new.name.chars().count();
    if !(1..=NAME_CHARS_MAX).contains(&length) || new.name.chars().any(char::is_control) {
        return Err(Unfit::Wrong(format!(
            "a name has 1 to {NAME_CHARS_MAX} characters, and no control characters"
        )));
    }
    if let Some(party) = &new.party {
        account::check_party(store, party).await?;
    }
    scopes(&new.scopes, new.party.is_some()).map_err(Unfit::Wrong)
}

/// The scopes in `asked`, each once; `all` means all that such a key can have.
///
/// # Errors
///
/// A message that names the scope that does not exist, or that a key of a party cannot have.
pub fn scopes(asked: &[String], is_of_party: bool) -> Result<Vec<&'static str>, String> {
    let all: Vec<&str> = match is_of_party {
        true => OF_PARTIES.to_vec(),
        false => PERMISSIONS.iter().map(|(name, ..)| *name).collect(),
    };
    if asked.is_empty() {
        return Err("a key has at least one scope".to_owned());
    }
    if asked.iter().any(|scope| scope == ALL) {
        return Ok(all);
    }
    let mut scopes = Vec::new();
    for scope in asked {
        let known = named(scope).ok_or_else(|| {
            format!("`{scope}` is not a scope; the scopes are: {ALL}, {}", all.join(", "))
        })?;
        if !all.contains(&known) {
            let can = all.join(", ");
            return Err(format!(
                "a partner or an authority cannot have `{known}`; it can have: {can}"
            ));
        }
        if !scopes.contains(&known) {
            scopes.push(known);
        }
    }
    Ok(scopes)
}

/// Makes a checked key from random bytes.
///
/// # Errors
///
/// As [`Door::write`].
pub async fn make(
    door: &Door,
    (by, at_ms): (&str, i64),
    (new, scopes): (&NewKey, &[&str]),
    random: [u8; 38],
) -> Result<MadeKey, engine::Error> {
    let (id, key, hash) = new_key(random);
    let kept = ApiKey {
        id: id.clone(),
        name: new.name.clone(),
        hash,
        scopes: scopes.join(" "),
        made_ms: at_ms,
        revoked_ms: None,
        party: new.party.clone(),
    };
    let about = format!("key {id} ({}): {}", new.name, kept.scopes);
    let line = account::line((by, at_ms), "key made", about);
    door.write(Rows::of([RowChange::from(&kept), line])).await?;
    Ok(MadeKey { id, key })
}

/// Revokes the key `id`; false if there is no valid one.
///
/// # Errors
///
/// [`engine::Error::Store`] if the store cannot be read; else as [`Door::write`].
pub async fn revoke(
    door: &Door,
    (by, at_ms): (&str, i64),
    id: &str,
) -> Result<bool, engine::Error> {
    let key = door.store().key(id).await?.filter(|key| key.revoked_ms.is_none());
    let Some(key) = key else { return Ok(false) };
    let line = account::line((by, at_ms), "key revoked", format!("key {id}"));
    let revoked = ApiKey { revoked_ms: Some(at_ms), ..key };
    door.write(Rows::of([RowChange::from(&revoked), line])).await?;
    Ok(true)
}

/// All keys, including revoked ones.
pub async fn all(app: &App) -> Result<Vec<KeyItem>, Problem> {
    Ok(app.core()?.store.keys().await?.into_iter().map(KeyItem::from).collect())
}

/// Makes a key in the name of `caller`.
pub async fn add(app: &App, caller: &Caller, new: NewKey) -> Result<MadeKey, Problem> {
    let core = app.core()?;
    let by = caller.person()?;
    let scopes = check(&core.store, &new).await?;
    let at_ms = app.now().as_millisecond();
    Ok(make(&core.door(), (by, at_ms), (&new, &scopes), app.bytes()).await?)
}

/// Revokes a key in the name of `caller`; it is refused after five seconds at most.
pub async fn end(app: &App, caller: &Caller, id: &str) -> Result<(), Problem> {
    let by = caller.person()?;
    let at_ms = app.now().as_millisecond();
    match revoke(&app.core()?.door(), (by, at_ms), id).await? {
        true => Ok(()),
        false => Err(Problem::NotFound("valid key")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_gets_each_scope_once_and_none_that_it_cannot_have() {
        let asked = |scopes: &[&str], is_of_party| {
            let asked: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
            super::scopes(&asked, is_of_party)
        };
        assert_eq!(asked(&["events:write", "events:write"], false), Ok(vec!["events:write"]));
        assert_eq!(asked(&["all"], false).unwrap().len(), PERMISSIONS.len());
        assert_eq!(asked(&["all"], true), Ok(OF_PARTIES.to_vec()));
        assert!(asked(&["events:write"], true).unwrap_err().contains("cannot have `events:write`"));
        assert!(asked(&["event:write"], false).unwrap_err().contains("the scopes are: all, "));
        assert!(asked(&[], false).is_err());
    }
}
