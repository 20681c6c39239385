//! What must be known to judge an event, fetched before evaluation and recorded beside the event.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Event;

/// What is known of an account from earlier events and decisions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Standing {
    /// When it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registered_at: Option<Timestamp>,
    /// Its class, as last told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// Removals and suspensions so far.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub strikes: u32,
}

/// The facts of one event, as they were before it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// The account's standing; nothing if it was never seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<Standing>,
    /// Flags raised on the subject.
    #[serde(skip_serializing_if = "is_zero")]
    pub flags: u32,
    /// The same by reason.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub flags_for: BTreeMap<String, u32>,
    /// Views of the content.
    #[serde(skip_serializing_if = "is_zero_views")]
    pub views: u64,
    /// Counters that are not 0, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub counters: BTreeMap<String, u32>,
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
    /// Whole days between the account's registration and the event; nothing where either is not
    /// known or the registration comes later.
    #[must_use]
    pub fn age_days(&self, event: &Event) -> Option<i64> {
        let told = event.data.account.as_ref().and_then(|account| account.registered_at);
        let known = self.account.as_ref().and_then(|account| account.registered_at);
        let age = event.time.as_second() - told.or(known)?.as_second();
        (age >= 0).then_some(age / SECONDS_PER_DAY)
    }

    /// The account's class, from the event, else as last told.
    #[must_use]
    pub fn class<'a>(&'a self, event: &'a Event) -> Option<&'a str> {
        let told = event.data.account.as_ref().and_then(|account| account.class.as_deref());
        told.or_else(|| self.account.as_ref().and_then(|account| account.class.as_deref()))
    }

    /// Earlier removals and suspensions; nothing if the event names no account.
    #[must_use]
    pub fn strikes(&self, event: &Event) -> Option<u32> {
        event.data.account.as_ref()?;
        Some(self.account.as_ref().map_or(0, |account| account.strikes))
    }
}
