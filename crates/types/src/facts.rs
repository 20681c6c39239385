//! Facts needed to judge an event, fetched before evaluation and recorded with the event.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Event, Value};

/// What is known of an account from earlier events and decisions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Standing {
    /// When the account was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registered_at: Option<Timestamp>,
    /// Its class, as last reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// Removals and suspensions so far.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub strikes: u32,
}

/// The value of a declared counter.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Counted {
    /// Events, distinct values, a sum, or milliseconds since 1970.
    Whole(i64),
    /// A decayed average or rate.
    Fraction(f64),
    /// Whether a rate limit is exceeded.
    Limit(bool),
    /// Distinct values, estimated.
    About {
        /// The estimate.
        about: i64,
        /// Its relative standard error.
        error: f64,
    },
}

impl From<Counted> for Value<'_> {
    fn from(counted: Counted) -> Self {
        match counted {
            Counted::Whole(number) | Counted::About { about: number, .. } => Self::Int(number),
            Counted::Fraction(number) => Self::from(number),
            Counted::Limit(is_exceeded) => Self::Bool(is_exceeded),
        }
    }
}

/// Values of counters by name: a sorted list, since they are few and a list is made for each event.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counters(Vec<(Arc<str>, Counted)>);

impl Counters {
    /// The values in `counted`, sorted by name.
    #[must_use]
    pub fn sorted(counted: Vec<(Arc<str>, Counted)>) -> Self {
        debug_assert!(counted.is_sorted_by(|(one, _), (other, _)| one < other));
        Self(counted)
    }

    /// The value of the counter called `name`; `None` if it is not listed.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Counted> {
        let at = self.0.binary_search_by(|(known, _)| (**known).cmp(name)).ok()?;
        Some(self.0[at].1)
    }

    /// The names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| &**name)
    }

    /// Whether no counter has a value.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Counters {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, counted)| (name, counted)))
    }
}

impl<'de> Deserialize<'de> for Counters {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let map = BTreeMap::<Arc<str>, Counted>::deserialize(deserializer)?;
        Ok(Self(map.into_iter().collect()))
    }
}

/// A cluster of texts that are nearly the same as that of the event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cluster {
    /// Its id.
    pub id: String,
    /// Number of texts in it before this one.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub size: u32,
    /// The last human verdict on a text in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<String>,
}

/// The speed at which content was viewed: decaying sums of views, each with its own time constant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Velocity {
    /// The moment of the sums, in milliseconds since 1970.
    pub at: i64,
    /// Views, decaying over a minute, ten minutes and an hour.
    pub sums: [f64; 3],
}

/// The result of a human review that found nothing wrong with the content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approved {
    /// Views at that time.
    pub views: u64,
    /// Whether the policies changed since, or something new was found.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_outdated: bool,
}

/// The facts of one event, as they were before it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// The account's standing; `None` if it was never seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<Standing>,
    /// Flags raised on the subject.
    #[serde(skip_serializing_if = "is_zero")]
    pub flags: u32,
    /// The same flags by reason.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub flags_for: BTreeMap<String, u32>,
    /// Whether the flag in this event does not count: its account flagged the same subject before,
    /// or its flags are hardly ever right.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_flag_ignored: bool,
    /// Views of the content.
    #[serde(skip_serializing_if = "is_zero_views")]
    pub views: u64,
    /// Counters that are not 0, by name.
    #[serde(skip_serializing_if = "Counters::is_empty")]
    pub counters: Counters,
    /// When the content was published, in milliseconds since 1970; only if a rule uses it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published_ms: Option<i64>,
    /// How fast the content was viewed; only if a rule uses it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub velocity: Option<Velocity>,
    /// A human review that found nothing wrong with the content; only if a rule uses it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved: Option<Approved>,
    /// Texts that are nearly the same; only if a rule uses them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<Cluster>,
    /// Rules without effect because their circuit breaker tripped.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub paused: Vec<Arc<str>>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_zero(count: &u32) -> bool {
    *count == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_zero_views(count: &u64) -> bool {
    *count == 0
}

const SECONDS_PER_DAY: i64 = 86_400;

impl Facts {
    /// Whole days between the account's registration and the event. `None` if either is unknown or
    /// the registration is later.
    #[must_use]
    pub fn age_days(&self, event: &Event) -> Option<i64> {
        let told = event.data.account.as_ref().and_then(|account| account.registered_at);
        let known = self.account.as_ref().and_then(|account| account.registered_at);
        let age = event.time.as_second() - told.or(known)?.as_second();
        (age >= 0).then_some(age / SECONDS_PER_DAY)
    }

    /// The account's class: from the event, else as last reported.
    #[must_use]
    pub fn class<'a>(&'a self, event: &'a Event) -> Option<&'a str> {
        let told = event.data.account.as_ref().and_then(|account| account.class.as_deref());
        told.or_else(|| self.account.as_ref().and_then(|account| account.class.as_deref()))
    }

    /// Earlier removals and suspensions; `None` if the event names no account.
    #[must_use]
    pub fn strikes(&self, event: &Event) -> Option<u32> {
        event.data.account.as_ref()?;
        Some(self.account.as_ref().map_or(0, |account| account.strikes))
    }
}
