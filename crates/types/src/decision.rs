//! A decision: effects on a subject, with everything owed to the person affected.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{DecisionId, Dsa, Effect, PolicyVersion, Subject};

/// How far machines took part, in the words of the DSA Transparency Database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Automation {
    /// Detected and decided by machine.
    Fully,
    /// Detected by machine; a human is still to look, or took part.
    Partially,
    /// Decided by a human.
    NotAutomated,
}

/// What a detector found: the piece of text, link or number that a rule was based on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Evidence {
    /// The detector and its argument, as in the rule: `mentions("ro_voting")`.
    pub signal: String,
    /// The field it was found in.
    pub field: String,
    /// The entry of the list that it matched.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub entry: String,
    /// Byte offsets in the field, end excluded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(value_type = Option<Vec<usize>>))]
    pub span: Option<(usize, usize)>,
    /// Which view of the text matched the entry: `plain`, `invisible`, `look_alike`, `leet`,
    /// `repeats`, `spaced`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub view: String,
}

/// A rule that took part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Reason {
    /// The rule.
    pub rule: String,
    /// The policy it enforces.
    pub policy: String,
    /// The effects that it asks for; merging may drop some.
    pub effects: Vec<Effect>,
    /// Whether the rule could not be evaluated; its effects are then those it names for this case.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unknown: bool,
    /// Whether the rule runs in shadow: recorded, without effect.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shadow: bool,
    /// What its detectors found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
}

/// What was decided on an event. Immutable; a later decision may supersede it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Decision {
    /// Derived from event and policies.
    pub id: DecisionId,
    /// When the event happened.
    pub time: Timestamp,
    /// The event's source.
    pub source: String,
    /// The event's id.
    pub event: String,
    /// The event's type.
    pub r#type: String,
    /// The subject: an account, content or a network.
    pub subject: Subject,
    /// The account concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The policy with the most weight among the reasons.
    pub policy: String,
    /// Its place in the law.
    pub dsa: Dsa,
    /// The effects carried out, merged.
    pub effects: Vec<Effect>,
    /// Where it applies: ISO 3166-1 alpha-2, or empty for everywhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub territory: Vec<String>,
    /// How far machines took part.
    pub automation: Automation,
    /// The language of the content, for routing to a moderator who reads it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// One sentence for the person affected; empty while an authority forbids informing them.
    pub statement: String,
    /// Whether the person affected must not be notified, by order of an authority.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub silent: bool,
    /// Every rule that took part.
    pub reasons: Vec<Reason>,
    /// The active policy set.
    pub policies: PolicyVersion,
    /// Earlier decisions that it replaces. Their effects are undone, except those that it repeats.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub supersedes: Vec<DecisionId>,
}

impl Decision {
    /// Whether it changes anything: shadow rules alone do not.
    #[must_use]
    pub const fn has_effect(&self) -> bool {
        !self.effects.is_empty() || !self.supersedes.is_empty()
    }
}
