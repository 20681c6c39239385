//! Identifies callers by API key or session, before anything else of a request is read.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use review::{Reviewer, Skills, Work};
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

use crate::access::permission::{
    ACTED_FOR, CasesLead, CasesReview, CasesSpecial, OF_PARTIES, OrdersExecute, PERSONAL, Permit,
    allows, effective,
};
use crate::service::problem::Problem;
use crate::service::state::App;

/// How long a checked key is not looked up again. A revoked key keeps working this long.
const CACHED: Duration = Duration::from_secs(5);

/// The most keys in the cache.
const CACHED_MAX: usize = 10_000;

/// A caller whose credentials were checked.
#[derive(Clone, Debug)]
pub enum Caller {
    /// A program with an API key.
    Key {
        /// The public part of the key.
        id: String,
        /// The permissions of the key.
        scopes: Vec<String>,
        /// The partner or authority that the key belongs to.
        party: Option<String>,
        /// The colleague for whom one of the platform's own tools sends the request.
        acting: Option<Arc<Reviewer>>,
    },
    /// A person who is signed in.
    Staff {
        /// The name of the account.
        name: String,
        /// The roles, separated by spaces.
        role: String,
        /// The token that forms of this session must carry.
        csrf: String,
        /// What the person can judge.
        skills: Arc<Skills>,
        /// The partner or authority that the person belongs to.
        party: Option<String>,
    },
}

impl Caller {
    /// Probity itself, for actions when a clock runs out.
    pub fn ourselves() -> Self {
        let skills = Arc::new(Skills::default());
        let (role, csrf) = (String::new(), String::new());
        Self::Staff { name: review::AUTOMATIC.to_owned(), role, csrf, skills, party: None }
    }

    /// Whether this caller has `permission`.
    pub fn may(&self, permission: &str) -> bool {
        let is_reachable = self.party().is_none() || OF_PARTIES.contains(&permission);
        is_reachable
            && match self {
                Self::Key { scopes, .. } => scopes.iter().any(|scope| scope == permission),
                Self::Staff { role, .. } => allows(role, permission),
            }
    }

    /// The name of the signed-in colleague: a person who can answer for the action.
    ///
    /// # Errors
    ///
    /// [`Problem::WrongPerson`] for keys, including those that name a colleague, and for accounts
    /// of parties.
    pub fn person(&self) -> Result<&str, Problem> {
        match self {
            Self::Staff { name, party: None, .. } => Ok(name),
            _ => Err(Problem::WrongPerson(
                "a person answers for this by name: sign in; a key cannot do it",
            )),
        }
    }

    /// The partner or authority that the caller belongs to. Such a caller sees only what is theirs.
    pub fn party(&self) -> Option<&str> {
        match self {
            Self::Key { party, .. } | Self::Staff { party, .. } => party.as_deref(),
        }
    }

    /// Whether the caller may see restricted material: only signed-in people who are cleared. A
    /// program could record the view under any name.
    pub fn is_cleared(&self) -> bool {
        matches!(self, Self::Staff { skills, .. } if skills.is_cleared)
    }

    /// This caller as a reviewer. Programs do not judge, so a key must name a colleague.
    pub fn reviewer(&self) -> Result<Reviewer, Problem> {
        match self {
            Self::Staff { name, role, skills, .. } => Ok(reviewer(name, role, skills)),
            Self::Key { acting: Some(acting), .. } => Ok((**acting).clone()),
            Self::Key { .. } => Err(Problem::Wrong(format!(
                "cases are judged by people: name the one who judges in the header `{ACTING}`"
            ))),
        }
    }

    /// An id for limits and logs that names no person.
    pub fn id(&self) -> String {
        match self {
            Self::Key { id, .. } => format!("key:{id}"),
            Self::Staff { csrf, .. } => format!("session:{}", &csrf[..csrf.len().min(8)]),
        }
    }

    /// The name under which submissions of this caller are stored.
    pub fn sender(&self) -> String {
        match self {
            Self::Key { acting: Some(acting), .. } => sender(&acting.name),
            Self::Key { id, .. } => format!("key {id}"),
            Self::Staff { name, .. } => sender(name),
        }
    }
}

/// The name under which submissions of the staff account `name` are stored.
pub fn sender(name: &str) -> String {
    format!("staff {name}")
}

/// The header in which one of the platform's own tools names the colleague who judges.
pub const ACTING: &str = "probity-reviewer";

/// The credentials that a caller presents.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// An API key.
    Key(String),
    /// The token of a session.
    Session(String),
}

/// The intended action of a caller.
#[derive(Clone, Copy, Debug)]
pub struct Intent<'a> {
    /// The permission that the action needs.
    pub permission: &'static str,
    /// Whether the action only reads.
    pub is_read: bool,
    /// The colleague whom a key names as the one who judges.
    pub acting: Option<&'a str>,
}

/// The caller with these credentials, if they have the permission for `intent`.
pub async fn admit(
    app: &App,
    shown: Option<&Credentials>,
    intent: Intent<'_>,
) -> Result<Caller, Problem> {
    let caller = identify(app, shown).await?.ok_or(Problem::Unauthenticated)?;
    app.limits.request(&caller.id())?;
    let Intent { permission, is_read, acting } = intent;
    if !caller.may(permission) {
        return Err(Problem::Forbidden(permission));
    }
    if !is_read && PERSONAL.contains(&permission) {
        caller.person()?;
    }
    if !is_read && !ACTED_FOR.contains(&permission) && acting.is_some() {
        return Err(Problem::WrongPerson(
            "only cases are judged for a colleague whom a key names; leave the name out, or sign in",
        ));
    }
    match acting {
        Some(name) => acting_for(app, caller, (name, permission)).await,
        None => Ok(caller),
    }
}

/// The caller, with the colleague named by the key.
async fn acting_for(
    app: &App,
    caller: Caller,
    (name, permission): (&str, &'static str),
) -> Result<Caller, Problem> {
    let Caller::Key { id, scopes, party, .. } = caller else { return Ok(caller) };
    let staff = app.core()?.store.staff_called(name).await?;
    let staff = staff.filter(|staff| staff.party.is_none());
    let staff = staff.ok_or_else(|| Problem::Wrong(format!("there is no colleague `{name}`")))?;
    let roles = effective(&staff.role, false);
    if !allows(&roles, permission) {
        return Err(Problem::Forbidden(permission));
    }
    let skills = serde_json::from_str(&staff.skills).unwrap_or_default();
    let mut named = reviewer(&staff.name, &roles, &skills);
    named.works.retain(|work| *work != Work::Legal);
    (named.is_lead, named.is_named_by_key, named.skills.is_cleared) = (false, true, false);
    Ok(Caller::Key { id, scopes, party, acting: Some(Arc::new(named)) })
}

/// The reviewer with this name, roles and skills.
pub fn reviewer(name: &str, roles: &str, skills: &Skills) -> Reviewer {
    let works = [
        (CasesReview::NAME, Work::Moderate),
        (CasesSpecial::NAME, Work::Special),
        (OrdersExecute::NAME, Work::Legal),
    ];
    let works = works.into_iter().filter(|(permission, _)| allows(roles, permission));
    Reviewer {
        name: name.to_owned(),
        skills: skills.clone(),
        works: works.map(|(_, work)| work).collect(),
        is_lead: allows(roles, CasesLead::NAME),
        is_named_by_key: false,
    }
}

/// Compares two texts in a time that does not reveal where they differ.
pub fn is_same(left: &str, right: &str) -> bool {
    let difference = left.bytes().zip(right.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b));
    left.len() == right.len() && difference == 0
}

/// The caller with these credentials; `None` if they are unknown.
pub async fn identify(app: &App, shown: Option<&Credentials>) -> Result<Option<Caller>, Problem> {
    match shown {
        Some(Credentials::Key(token)) => of_key(token, app).await,
        Some(Credentials::Session(token)) => of_session(token, app).await,
        None => Ok(None),
    }
}

/// How long the right to follow a stream is not checked again.
pub const ASKED_AGAIN: Duration = Duration::from_secs(5);

/// The right to follow a stream. It ends when the key is revoked or the session is over.
pub struct Pass {
    app: App,
    shown: Option<Credentials>,
    permission: &'static str,
    asked: Instant,
}

impl Pass {
    /// The pass of a caller who was just admitted.
    pub fn new(app: &App, shown: Option<Credentials>, permission: &'static str) -> Self {
        Self { app: app.clone(), shown, permission, asked: Instant::now() }
    }

    /// Whether the pass is still valid.
    pub async fn holds(&mut self) -> bool {
        if self.asked.elapsed() < ASKED_AGAIN {
            return true;
        }
        self.asked = Instant::now();
        let caller = identify(&self.app, self.shown.as_ref()).await;
        caller.ok().flatten().is_some_and(|caller| caller.may(self.permission))
    }
}

/// SHA-256, which is sufficient for secrets of 256 random bits.
pub fn digest(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// Keys that were checked recently.
#[derive(Default)]
pub struct KeyCache(Mutex<HashMap<[u8; 32], (Instant, Caller)>>);

impl KeyCache {
    fn get(&self, hash: &[u8; 32]) -> Option<Caller> {
        let cache = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, caller) = cache.get(hash)?;
        (at.elapsed() < CACHED).then(|| caller.clone())
    }

    fn put(&self, hash: [u8; 32], caller: Caller) {
        let mut cache = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if cache.len() >= CACHED_MAX {
            cache.retain(|_, (at, _)| at.elapsed() < CACHED);
        }
        if cache.len() < CACHED_MAX {
            cache.insert(hash, (Instant::now(), caller));
        }
    }
}

async fn of_key(token: &str, app: &App) -> Result<Option<Caller>, Problem> {
    let hash = digest(token);
    if let Some(caller) = app.keys.get(&hash) {
        return Ok(Some(caller));
    }
    let Some(id) = key_id(token) else { return Ok(None) };
    let Some(key) = app.core()?.store.key(id).await? else { return Ok(None) };
    let is_right = is_same(&hex::encode(hash), &key.hash);
    if !is_right || key.revoked_ms.is_some() {
        return Ok(None);
    }
    let scopes = key.scopes.split_whitespace().map(str::to_owned).collect();
    let caller = Caller::Key { id: key.id, scopes, party: key.party, acting: None };
    app.keys.put(hash, caller.clone());
    Ok(Some(caller))
}

/// The public part of `prb_<id>_<secret>`.
fn key_id(token: &str) -> Option<&str> {
    let (id, secret) = token.strip_prefix("prb_")?.split_once('_')?;
    (!id.is_empty() && id.len() <= 32 && !secret.is_empty()).then_some(id)
}

async fn of_session(token: &str, app: &App) -> Result<Option<Caller>, Problem> {
    let Some((session, staff)) = app.core()?.store.session(&digest(token)).await? else {
        return Ok(None);
    };
    let is_over = session.until_ms <= app.now().as_millisecond();
    Ok((!is_over).then(|| Caller::Staff {
        name: staff.name,
        role: effective(&staff.role, staff.party.is_some()),
        csrf: session.csrf,
        skills: Arc::new(serde_json::from_str(&staff.skills).unwrap_or_default()),
        party: staff.party,
    }))
}

/// A new API key: the public part, the whole key, and the hash that is kept.
#[must_use]
pub fn new_key(random: [u8; 38]) -> (String, String, String) {
    let id = hex::encode(&random[..6]);
    let key = format!("prb_{id}_{}", hex::encode(&random[6..]));
    let hash = hex::encode(digest(&key));
    (id, key, hash)
}

/// The name of a person or key, without the prefix under which submissions of staff are stored.
#[must_use]
pub fn person(sender: &str) -> &str {
    sender.strip_prefix("staff ").unwrap_or(sender)
}
