//! Who asks: an API key, or somebody who is signed in. Checked before anything else is read.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use casework::{Reviewer, Skills, Work};
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

use crate::access::permission::{
    ACTED_FOR, CasesLead, CasesReview, CasesSpecial, OF_PARTIES, OrdersExecute, PERSONAL, Permit,
    allows, effective,
};
use crate::service::problem::Problem;
use crate::service::state::App;

/// How long a key that was checked is not looked up again; a revoked one works for as long.
const CACHED: Duration = Duration::from_secs(5);

/// Keys remembered.
const CACHED_MAX: usize = 10_000;

/// Somebody known.
#[derive(Clone, Debug)]
pub enum Caller {
    /// A program with an API key.
    Key {
        /// The public part.
        id: String,
        /// What it may do.
        scopes: Vec<String>,
        /// The partner or authority that it belongs to.
        party: Option<String>,
        /// The colleague for whom a tool of the platform's own asks.
        acting: Option<Arc<Reviewer>>,
    },
    /// Somebody of the staff.
    Staff {
        /// The name.
        name: String,
        /// The roles, separated by spaces.
        role: String,
        /// What forms of this session bear.
        csrf: String,
        /// What they can judge.
        skills: Arc<Skills>,
        /// The partner or authority that they belong to.
        party: Option<String>,
    },
}

impl Caller {
    /// Probity itself, for what it does when a clock runs out.
    pub fn ourselves() -> Self {
        let skills = Arc::new(Skills::default());
        let (role, csrf) = (String::new(), String::new());
        Self::Staff { name: casework::AUTOMATIC.to_owned(), role, csrf, skills, party: None }
    }

    /// Whether this caller may do it.
    pub fn may(&self, permission: &str) -> bool {
        let is_reachable = self.party().is_none() || OF_PARTIES.contains(&permission);
        is_reachable
            && match self {
                Self::Key { scopes, .. } => scopes.iter().any(|scope| scope == permission),
                Self::Staff { role, .. } => allows(role, permission),
            }
    }

    /// The name of the colleague who is signed in: somebody who can answer for what they do.
    ///
    /// # Errors
    ///
    /// [`Problem::WrongPerson`] for keys, also those that name a colleague, and for partners.
    pub fn person(&self) -> Result<&str, Problem> {
        match self {
            Self::Staff { name, party: None, .. } => Ok(name),
            _ => Err(Problem::WrongPerson(
                "a person answers for this by name: sign in; a key cannot do it",
            )),
        }
    }

    /// The partner or authority that they belong to: they see what is theirs, and nothing else.
    pub fn party(&self) -> Option<&str> {
        match self {
            Self::Key { party, .. } | Self::Staff { party, .. } => party.as_deref(),
        }
    }

    /// Whether they may see what is restricted: people who are signed in and cleared. A program
    /// could enter the look under any name.
    pub fn is_cleared(&self) -> bool {
        matches!(self, Self::Staff { skills, .. } if skills.is_cleared)
    }

    /// This caller as somebody who judges: a person, since no program does.
    pub fn reviewer(&self) -> Result<Reviewer, Problem> {
        match self {
            Self::Staff { name, role, skills, .. } => Ok(reviewer(name, role, skills)),
            Self::Key { acting: Some(acting), .. } => Ok((**acting).clone()),
            Self::Key { .. } => Err(Problem::Wrong(format!(
                "cases are judged by people: name the one who judges in the header `{ACTING}`"
            ))),
        }
    }

    /// A name for limits and logs: no person's.
    pub fn id(&self) -> String {
        match self {
            Self::Key { id, .. } => format!("key:{id}"),
            Self::Staff { csrf, .. } => format!("session:{}", &csrf[..csrf.len().min(8)]),
        }
    }

    /// A name for what is kept: who sent it.
    pub fn sender(&self) -> String {
        match self {
            Self::Key { acting: Some(acting), .. } => sender(&acting.name),
            Self::Key { id, .. } => format!("key {id}"),
            Self::Staff { name, .. } => sender(name),
        }
    }
}

/// The name under which is kept what somebody of the staff sent.
pub fn sender(name: &str) -> String {
    format!("staff {name}")
}

/// The header in which a tool of the platform's own names the colleague who judges.
pub const ACTING: &str = "probity-reviewer";

/// What a caller shows of itself.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// An API key.
    Key(String),
    /// The token of a session.
    Session(String),
}

/// What a caller wants to do.
#[derive(Clone, Copy, Debug)]
pub struct Intent<'a> {
    /// The permission that it needs.
    pub permission: &'static str,
    /// Whether nothing is changed by it.
    pub is_read: bool,
    /// The colleague whom a key names as the one who judges.
    pub acting: Option<&'a str>,
}

/// The caller who shows these credentials, if they may do what they intend.
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

/// The caller, with the colleague whom its key names.
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

/// Somebody who judges, by roles and skills.
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

/// Compares without telling by its duration where a difference lies.
pub fn is_same(left: &str, right: &str) -> bool {
    let difference = left.bytes().zip(right.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b));
    left.len() == right.len() && difference == 0
}

/// Who shows these credentials; `None` if nobody known.
pub async fn identify(app: &App, shown: Option<&Credentials>) -> Result<Option<Caller>, Problem> {
    match shown {
        Some(Credentials::Key(token)) => of_key(token, app).await,
        Some(Credentials::Session(token)) => of_session(token, app).await,
        None => Ok(None),
    }
}

/// How long somebody who follows a stream is not asked again.
pub const ASKED_AGAIN: Duration = Duration::from_secs(5);

/// The right to follow a stream: it ends when the key is revoked or the session is over.
pub struct Pass {
    app: App,
    shown: Option<Credentials>,
    permission: &'static str,
    asked: Instant,
}

impl Pass {
    /// The pass of a caller who was let in just now.
    pub fn new(app: &App, shown: Option<Credentials>, permission: &'static str) -> Self {
        Self { app: app.clone(), shown, permission, asked: Instant::now() }
    }

    /// Whether it still holds.
    pub async fn holds(&mut self) -> bool {
        if self.asked.elapsed() < ASKED_AGAIN {
            return true;
        }
        self.asked = Instant::now();
        let caller = identify(&self.app, self.shown.as_ref()).await;
        caller.ok().flatten().is_some_and(|caller| caller.may(self.permission))
    }
}

/// SHA-256, enough for secrets of 256 random bits.
pub fn digest(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// Keys that were checked lately.
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

/// Who did something, from the name under which it is kept.
#[must_use]
pub fn person(sender: &str) -> &str {
    sender.strip_prefix("staff ").unwrap_or(sender)
}
