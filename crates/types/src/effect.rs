//! What a decision does: a closed list, each with its axis, its strength and the DSA's word for it.
//!
//! Events of verdicts carry an effect as one word: the name, then its parameters after colons:
//! `remove`, `disable:FR,RO`, `label:rated_false`, `suspend_feature:live:7`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What an effect works on (Art. 17(1)(a)–(d) DSA), or that it is work for somebody.
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
    /// A feature is suspended for a time.
    SuspendFeature {
        /// Which feature.
        feature: String,
        /// Number of days; `None`: no end date.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        days: Option<u32>,
    },
    /// The account is closed for good.
    TerminateAccount,
    /// The account is closed for a time.
    SuspendAccount {
        /// Number of days; `None`: no end date.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        days: Option<u32>,
    },
    /// To specialists.
    Escalate,
    /// To a moderator.
    Review,
    /// Kept as evidence.
    Preserve,
    /// The person affected is notified.
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

    /// The axis that it works on.
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

    /// Whether it counts as a strike against the account.
    #[must_use]
    pub const fn is_strike(&self) -> bool {
        matches!(self, Self::Remove | Self::TerminateAccount | Self::SuspendAccount { .. })
    }

    /// The code of the DSA Transparency Database; `None` for work.
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

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self {
            Self::Disable { countries } => write!(f, ":{}", countries.join(",")),
            Self::Label { label: Some(label) } | Self::Prompt { label: Some(label) } => {
                write!(f, ":{label}")
            }
            Self::SuspendFeature { feature, days } => {
                write!(f, ":{feature}")?;
                days.map_or(Ok(()), |days| write!(f, ":{days}"))
            }
            Self::SuspendAccount { days: Some(days) } => write!(f, ":{days}"),
            _ => Ok(()),
        }
    }
}

/// Longer parameters are refused.
const PARAMETER_BYTES_MAX: usize = 200;

impl FromStr for Effect {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, parameter) = match text.split_once(':') {
            Some((name, parameter)) => (name, Some(parameter)),
            None => (text, None),
        };
        if parameter
            .is_some_and(|parameter| parameter.is_empty() || parameter.len() > PARAMETER_BYTES_MAX)
        {
            return Err(format!("`{text}` has an empty or too long part after the colon"));
        }
        let label = || parameter.map(str::to_owned);
        let effect = match (name, parameter) {
            ("remove", None) => Self::Remove,
            ("disable", Some(countries)) => Self::Disable { countries: sorted(countries)? },
            ("age_restrict", None) => Self::AgeRestrict,
            ("limit", None) => Self::Limit,
            ("restrict_interaction", None) => Self::RestrictInteraction,
            ("label", _) => Self::Label { label: label() },
            ("prompt", _) => Self::Prompt { label: label() },
            ("demonetise", None) => Self::Demonetise,
            ("suspend_feature", Some(rest)) => {
                let (feature, days) = match rest.split_once(':') {
                    Some((feature, days)) => (feature, Some(whole_days(days)?)),
                    None => (rest, None),
                };
                Self::SuspendFeature { feature: feature.to_owned(), days }
            }
            ("terminate_account", None) => Self::TerminateAccount,
            ("suspend_account", days) => {
                Self::SuspendAccount { days: days.map(whole_days).transpose()? }
            }
            ("escalate", None) => Self::Escalate,
            ("review", None) => Self::Review,
            ("preserve", None) => Self::Preserve,
            ("notify", None) => Self::Notify,
            ("disable", None) => return Err("`disable` needs countries: `disable:FR,RO`".into()),
            ("suspend_feature", None) => {
                return Err("`suspend_feature` needs a feature: `suspend_feature:live`".into());
            }
            (name, Some(_)) if Self::NAMES.contains(&name) => {
                return Err(format!("`{name}` takes nothing after a colon"));
            }
            _ => {
                let known = Self::NAMES.join(", ");
                return Err(format!("`{text}` is no effect; there are {known}"));
            }
        };
        Ok(effect)
    }
}

/// Country codes, sorted, each once.
fn sorted(countries: &str) -> Result<Vec<String>, String> {
    let mut countries: Vec<String> =
        countries.split(',').map(|country| country.trim().to_owned()).collect();
    let is_code = |code: &String| code.len() == 2 && code.bytes().all(|c| c.is_ascii_uppercase());
    if let Some(wrong) = countries.iter().find(|country| !is_code(country)) {
        return Err(format!("`{wrong}` is no country; write two capital letters (ISO 3166-1)"));
    }
    countries.sort_unstable();
    countries.dedup();
    Ok(countries)
}

fn whole_days(days: &str) -> Result<u32, String> {
    let days: Option<u32> = days.parse().ok().filter(|days| (1..=3650).contains(days));
    days.ok_or_else(|| "days are a number from 1 to 3650".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_effect_is_read_as_it_is_written() {
        for text in [
            "remove",
            "disable:FR,RO",
            "label",
            "label:rated_false",
            "prompt:pause",
            "suspend_feature:live",
            "suspend_feature:live:7",
            "suspend_account:30",
            "suspend_account",
            "terminate_account",
            "notify",
        ] {
            assert_eq!(text.parse::<Effect>().unwrap().to_string(), text);
        }
        assert_eq!("disable:RO,FR,RO".parse::<Effect>().unwrap().to_string(), "disable:FR,RO");
        for text in
            ["", "explode", "disable", "disable:ro", "suspend_account:0", "remove:x", "label:"]
        {
            assert!(text.parse::<Effect>().is_err(), "{text}");
        }
    }
}
