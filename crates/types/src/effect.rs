//! What a decision does: a closed list, each with its axis, its strength and the DSA's word for it.

use serde::{Deserialize, Serialize};

/// On what an effect works (Art. 17(1)(a)–(d) DSA), or that it is work for somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Axis {
    /// Art. 17(1)(a): who can see it, and how.
    Visibility,
    /// Art. 17(1)(b): money.
    Money,
    /// Art. 17(1)(c): the service.
    Service,
    /// Art. 17(1)(d): the account.
    Account,
    /// Not a restriction: a task, always kept.
    Work,
}

/// An effect on a subject.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// Taken off the service.
    Remove,
    /// Not shown in some countries.
    Disable {
        /// ISO 3166-1 alpha-2, sorted.
        countries: Vec<String>,
    },
    /// Shown to adults only.
    AgeRestrict,
    /// Not eligible for recommendation.
    Limit,
    /// No comments, duets, shares.
    RestrictInteraction,
    /// Shown with a label.
    Label {
        /// Which label.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        label: Option<String>,
    },
    /// Shown with a prompt: unverified, think before sharing, help is here.
    Prompt {
        /// Which prompt.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        label: Option<String>,
    },
    /// Earns no money.
    Demonetise,
    /// A feature is taken away for a time.
    SuspendFeature {
        /// Which feature.
        feature: String,
        /// For how long; nothing means until further notice.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        days: Option<u32>,
    },
    /// The account is closed for good.
    TerminateAccount,
    /// The account is closed for a time.
    SuspendAccount {
        /// For how long; nothing means until further notice.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        days: Option<u32>,
    },
    /// To specialists.
    Escalate,
    /// To a moderator.
    Review,
    /// Kept as evidence.
    Preserve,
    /// The person affected is told.
    Notify,
}

impl Effect {
    /// The names of all effects, severest first on each axis.
    pub const NAMES: &[&str] = &[
        "remove",
        "disable",
        "age_restrict",
        "limit",
        "restrict_interaction",
        "label",
        "prompt",
        "demonetise",
        "suspend_feature",
        "terminate_account",
        "suspend_account",
        "escalate",
        "review",
        "preserve",
        "notify",
    ];

    /// Its name in rules.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Remove => "remove",
            Self::Disable { .. } => "disable",
            Self::AgeRestrict => "age_restrict",
            Self::Limit => "limit",
            Self::RestrictInteraction => "restrict_interaction",
            Self::Label { .. } => "label",
            Self::Prompt { .. } => "prompt",
            Self::Demonetise => "demonetise",
            Self::SuspendFeature { .. } => "suspend_feature",
            Self::TerminateAccount => "terminate_account",
            Self::SuspendAccount { .. } => "suspend_account",
            Self::Escalate => "escalate",
            Self::Review => "review",
            Self::Preserve => "preserve",
            Self::Notify => "notify",
        }
    }

    /// On what it works.
    #[must_use]
    pub const fn axis(&self) -> Axis {
        match self {
            Self::Remove
            | Self::Disable { .. }
            | Self::AgeRestrict
            | Self::Limit
            | Self::RestrictInteraction
            | Self::Label { .. }
            | Self::Prompt { .. } => Axis::Visibility,
            Self::Demonetise => Axis::Money,
            Self::SuspendFeature { .. } => Axis::Service,
            Self::TerminateAccount | Self::SuspendAccount { .. } => Axis::Account,
            Self::Escalate | Self::Review | Self::Preserve | Self::Notify => Axis::Work,
        }
    }

    /// How severe it is on its axis; higher is severer.
    #[must_use]
    pub const fn strength(&self) -> u8 {
        match self {
            Self::Remove => 7,
            Self::Disable { .. } => 6,
            Self::AgeRestrict => 5,
            Self::Limit => 4,
            Self::RestrictInteraction => 3,
            Self::Label { .. } | Self::TerminateAccount => 2,
            Self::Prompt { .. }
            | Self::Demonetise
            | Self::SuspendFeature { .. }
            | Self::SuspendAccount { .. }
            | Self::Escalate
            | Self::Review
            | Self::Preserve
            | Self::Notify => 1,
        }
    }

    /// Whether it takes something from the person affected (a strike against the account follows).
    #[must_use]
    pub const fn is_strike(&self) -> bool {
        matches!(self, Self::Remove | Self::TerminateAccount | Self::SuspendAccount { .. })
    }

    /// The code of the DSA Transparency Database; nothing for work.
    #[must_use]
    pub const fn dsa(&self) -> Option<&'static str> {
        match self {
            Self::Remove => Some("DECISION_VISIBILITY_CONTENT_REMOVED"),
            Self::Disable { .. } => Some("DECISION_VISIBILITY_CONTENT_DISABLED"),
            Self::AgeRestrict => Some("DECISION_VISIBILITY_CONTENT_AGE_RESTRICTED"),
            Self::Limit => Some("DECISION_VISIBILITY_CONTENT_DEMOTED"),
            Self::RestrictInteraction => Some("DECISION_VISIBILITY_CONTENT_INTERACTION_RESTRICTED"),
            Self::Label { .. } => Some("DECISION_VISIBILITY_CONTENT_LABELLED"),
            Self::Prompt { .. } => Some("DECISION_VISIBILITY_OTHER"),
            Self::Demonetise => Some("DECISION_MONETARY_SUSPENSION"),
            Self::SuspendFeature { .. } => Some("DECISION_PROVISION_PARTIAL_SUSPENSION"),
            Self::TerminateAccount => Some("DECISION_ACCOUNT_TERMINATED"),
            Self::SuspendAccount { .. } => Some("DECISION_ACCOUNT_SUSPENDED"),
            Self::Escalate | Self::Review | Self::Preserve | Self::Notify => None,
        }
    }
}
