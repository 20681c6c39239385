//! Staff accounts: the one place that checks and stores them, for the API, the console and the
//! command line.
//!
//! Every change writes an entry of the audit trail with the name of its author.

use engine::{Door, Rows};
use review::Skills;
use store::{Aside, AuditRow, Identity, RowChange, Staff, Store};
use unicode_normalization::is_nfc;
use unicode_security::MixedScript as _;
use unicode_security::confusable_detection::skeleton;

use crate::access::permission::{ROLES, is_of_parties};

/// The longest name, in characters; longer ones are refused.
const NAME_CHARS_MAX: usize = 64;

/// Characters that names may contain besides letters and digits.
const PUNCTUATION: &[char] = &['-', '_', '.', '@', '+', '\'', ' '];

/// Prefixes that the audit trail and filings use for keys and staff accounts. No name may begin
/// with one.
const SENDERS: &[&str] = &["key ", "staff "];

/// The name in the audit trail for changes made on the command line.
pub const COMMAND_LINE: &str = "command line";

/// The name in the audit trail for changes made by the configuration.
pub const CONFIGURATION: &str = "configuration";

/// An account to create or change.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// The name used to sign in.
    pub name: String,
    /// The names of its roles.
    pub roles: Vec<String>,
    /// What the person can judge.
    pub skills: Skills,
    /// The partner or authority that the person belongs to; `None` for colleagues.
    pub party: Option<String>,
}

/// Why an account cannot be stored.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// It is invalid; the text says what is wrong and what to do.
    #[error("{0}")]
    Wrong(String),
    /// The store cannot be read or written.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The change could not be made.
    #[error(transparent)]
    Door(#[from] engine::Error),
}

fn wrong<T>(why: impl Into<String>) -> Result<T, Unfit> {
    Err(Unfit::Wrong(why.into()))
}

/// Checks an account before it is stored.
///
/// # Errors
///
/// [`Unfit::Wrong`] if its name, roles, party or skills are invalid; [`Unfit::Store`] if the store
/// cannot be read.
pub async fn check(store: &Store, account: &Account) -> Result<(), Unfit> {
    if store.staff_called(&account.name).await?.is_none() {
        check_name(&account.name)?;
        let staff = store.staff().await?;
        if let Some(other) = staff.iter().find(|other| is_alike(&other.name, &account.name)) {
            return wrong(format!("the name looks like `{}`; choose another one", other.name));
        }
    }
    check_roles(store, account).await?;
    check_skills(&account.skills)
}

/// Refuses names with characters that can be confused, and names that the audit trail uses for
/// programs.
fn check_name(name: &str) -> Result<(), Unfit> {
    let ends = [name.chars().next(), name.chars().next_back()];
    let is_sound = name.chars().count() <= NAME_CHARS_MAX
        && ends.iter().all(|end| end.is_some_and(char::is_alphanumeric))
        && name.chars().all(|c| c.is_alphanumeric() || PUNCTUATION.contains(&c))
        && !name.contains("  ")
        && !name.contains("..")
        && is_nfc(name)
        && name.is_single_script();
    if !is_sound {
        return wrong(format!(
            "a name has 1 to {NAME_CHARS_MAX} letters and digits of one script, between them single \
             spaces, dots and -_@+'"
        ));
    }
    let taken = [review::AUTOMATIC, COMMAND_LINE, CONFIGURATION];
    if taken.iter().any(|taken| is_alike(taken, name) || *taken == name)
        || SENDERS.iter().any(|sender| name.to_lowercase().starts_with(sender))
    {
        return wrong(format!(
            "`{name}` is what the audit trail calls programs; choose another one"
        ));
    }
    Ok(())
}

/// Whether two different names look the same to a person (Unicode Technical Standard 39).
fn is_alike(one: &str, other: &str) -> bool {
    let shape = |name: &str| skeleton(&name.to_lowercase()).collect::<String>();
    one != other && shape(one) == shape(other)
}

async fn check_roles(store: &Store, account: &Account) -> Result<(), Unfit> {
    let roles = &account.roles;
    if roles.is_empty() {
        return wrong("an account has at least one role");
    }
    if let Some(role) = roles.iter().find(|role| !ROLES.iter().any(|(known, _)| known == role)) {
        return wrong(format!("there is no role `{role}`"));
    }
    let Some(party) = &account.party else {
        return match roles.iter().find(|role| is_of_parties(role)) {
            Some(role) => wrong(format!("the role `{role}` needs the party that it is for")),
            None => Ok(()),
        };
    };
    let Some(needed) = role_of(store, party).await? else {
        return wrong(format!("there is no partner or authority `{party}`; register it first"));
    };
    match roles.iter().any(|role| role != needed) {
        true => wrong(format!("accounts of `{party}` have the role `{needed}` and no other")),
        false => Ok(()),
    }
}

/// The role of accounts of a party; `None` if there is no such party.
async fn role_of(store: &Store, party: &str) -> Result<Option<&'static str>, store::Error> {
    let row = store.party(party).await?.filter(|row| row.kind != "notifier");
    Ok(row.map(|row| if row.kind == "authority" { "authority" } else { "partner" }))
}

/// Checks that a party exists before a key is made for it.
///
/// # Errors
///
/// [`Unfit::Wrong`] if there is no such party; [`Unfit::Store`] if the store cannot be read.
pub async fn check_party(store: &Store, party: &str) -> Result<(), Unfit> {
    match role_of(store, party).await? {
        Some(_) => Ok(()),
        None => wrong(format!("there is no partner or authority `{party}`; register it first")),
    }
}

/// Checks the skills of an account.
///
/// # Errors
///
/// [`Unfit::Wrong`] if one of its languages is not a language.
pub fn check_skills(skills: &Skills) -> Result<(), Unfit> {
    types::language::check(&skills.languages).map_err(Unfit::Wrong)
}

/// Stores a checked account with the hash of its password, and ends its sessions.
///
/// # Errors
///
/// [`engine::Error::Store`] if a read or write fails; else as [`Door::write`].
pub async fn keep(
    door: &Door,
    (by, at_ms): (&str, i64),
    account: &Account,
    password: String,
) -> Result<(), engine::Error> {
    let before = door.store().staff_called(&account.name).await?;
    let staff = Staff {
        name: account.name.clone(),
        role: account.roles.join(" "),
        made_ms: before.map_or(at_ms, |before| before.made_ms),
        skills: serde_json::to_string(&account.skills)?,
        party: account.party.clone(),
        ..Staff::default()
    };
    let what = format!("account changed: {}", account.roles.join(", "));
    let line = line((by, at_ms), &what, format!("staff {}", account.name));
    let mut kept = Rows::of([RowChange::from(&staff), line]);
    let staff = account.name.clone();
    kept.asides =
        vec![Aside::Password { staff: staff.clone(), hash: password }, Aside::Sessions { staff }];
    door.write(kept).await
}

/// Removes an account with its identities and sessions; false if there is none.
///
/// # Errors
///
/// [`engine::Error::Store`] if a read or write fails; else as [`Door::write`].
pub async fn remove(
    door: &Door,
    (by, at_ms): (&str, i64),
    name: &str,
) -> Result<bool, engine::Error> {
    if door.store().staff_called(name).await?.is_none() {
        return Ok(false);
    }
    let line = line((by, at_ms), "account removed", format!("staff {name}"));
    let mut kept = Rows::of([RowChange::remove("staff", &[name]), line]);
    // Somebody else may get the same name later.
    kept.changes.extend(unbound(door.store(), name).await?);
    kept.asides = vec![Aside::Sessions { staff: name.to_owned() }];
    door.write(kept).await?;
    Ok(true)
}

/// The changes that remove all identities at providers from an account.
///
/// # Errors
///
/// [`store::Error::Disk`], [`store::Error::Damaged`] or [`store::Error::Unavailable`] if the read
/// fails.
pub async fn unbound(store: &Store, name: &str) -> Result<Vec<RowChange>, store::Error> {
    let bound = store.identities_of(name).await?;
    let remove = |one: &Identity| RowChange::remove("identity", &[&one.issuer, &one.sub]);
    Ok(bound.iter().map(remove).collect())
}

/// Gives an account a second factor, or removes it (`None`). Returns false if there is no such
/// account.
///
/// # Errors
///
/// [`engine::Error::Store`] if the store cannot be read; else as [`Door::write`].
pub async fn set_second_factor(
    door: &Door,
    (by, at_ms): (&str, i64),
    name: &str,
    secret: Option<String>,
) -> Result<bool, engine::Error> {
    if door.store().staff_called(name).await?.is_none() {
        return Ok(false);
    }
    let what = if secret.is_some() { "second factor made" } else { "second factor removed" };
    let changes = vec![line((by, at_ms), what, format!("staff {name}"))];
    let asides = vec![Aside::SecondFactor { staff: name.to_owned(), secret }];
    door.write(Rows { changes, asides }).await?;
    Ok(true)
}

/// Who a person is at the identity provider.
#[derive(Clone, Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = StaffIdentity)]
pub struct ProviderIdentity {
    /// The issuer, as in the configuration.
    pub issuer: String,
    /// The permanent id of the person there (`sub`).
    pub sub: String,
}

/// Binds an account to an identity, or releases it from all (`None`). Returns false if there is no
/// such account.
///
/// # Errors
///
/// [`Unfit::Wrong`] if another account is bound to that identity; [`Unfit::Store`] or
/// [`Unfit::Door`] if the store cannot be read or written.
pub async fn bind(
    door: &Door,
    (by, at_ms): (&str, i64),
    name: &str,
    identity: Option<ProviderIdentity>,
) -> Result<bool, Unfit> {
    let store = door.store();
    if store.staff_called(name).await?.is_none() {
        return Ok(false);
    }
    let what = if identity.is_some() { "account bound" } else { "account unbound" };
    let mut changes = match identity {
        Some(ProviderIdentity { issuer, sub }) => {
            let other = store.staff_of(&issuer, &sub).await?.filter(|other| other.name != name);
            if let Some(other) = other {
                let why = format!("`{}` is bound to that identity; release it first", other.name);
                return wrong(why);
            }
            let staff = name.to_owned();
            vec![RowChange::from(&Identity { issuer, sub, staff, bound_ms: at_ms })]
        }
        None => unbound(store, name).await?,
    };
    changes.push(line((by, at_ms), what, format!("staff {name}")));
    door.write(Rows::of(changes)).await?;
    Ok(true)
}

/// An entry of the audit trail by `by` at `at_ms`, in milliseconds since 1970.
#[must_use]
pub fn line((by, at_ms): (&str, i64), what: &str, about: String) -> RowChange {
    let (by, what) = (by.to_owned(), what.to_owned());
    RowChange::from(&AuditRow { at_ms, by, what, about, ..AuditRow::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_pass_for_others_are_refused() {
        for good in ["ana", "Ana Pop", "x-1", "ana.pop@video.example", "Îșă", "山田", "O'Neil"]
        {
            assert!(check_name(good).is_ok(), "{good}");
        }
        let long = "x".repeat(65);
        let bad = [
            "",
            " ",
            " admin",
            "admin ",
            "..",
            "a..b",
            "-",
            "ad\u{202e}min",
            "a\nb",
            "a\u{200b}b",
            "аdmin",
            "e\u{301}",
            "probity",
            "command line",
            "configuration",
            "key k-1",
            "Staff ana",
            "a/b",
            &long,
        ];
        for name in bad {
            assert!(check_name(name).is_err(), "{name:?}");
        }
        assert!(is_alike("admin", "Admin") && is_alike("paypal", "paypa1") && !is_alike("a", "a"));
    }
}
