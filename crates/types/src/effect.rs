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

/// What is so of an effect, whatever its parameters.
struct Row {
    name: &'static str,
    axis: Axis,
    /// How severe it is on its axis; higher is severer.
    strength: u8,
    /// The code of the DSA Transparency Database; `None` for work.
    dsa: Option<&'static str>,
    /// Whether it counts as a strike against the account.
    is_strike: bool,
}

/// A row; work has no code.
const fn row(name: &'static str, axis: Axis, strength: u8, dsa: &'static str) -> Row {
    let dsa = if dsa.is_empty() { None } else { Some(dsa) };
    Row { name, axis, strength, dsa, is_strike: false }
}

/// The row of an effect that is also a strike.
const fn strike(row: Row) -> Row {
    Row { is_strike: true, ..row }
}

impl Effect {
    /// All effects, severest first on each axis, without parameters.
    pub const ALL: [Self; 15] = [
        Self::Remove,
        Self::Disable { countries: Vec::new() },
        Self::AgeRestrict,
        Self::Limit,
        Self::RestrictInteraction,
        Self::Label { label: None },
        Self::Prompt { label: None },
        Self::Demonetise,
        Self::SuspendFeature { feature: String::new(), days: None },
        Self::TerminateAccount,
        Self::SuspendAccount { days: None },
        Self::Escalate,
        Self::Review,
        Self::Preserve,
        Self::Notify,
    ];

    /// Its row. Letters have a message `effect-` with its name in every language.
    const fn row(&self) -> Row {
        use Axis::{Account, Money, Service, Visibility, Work};
        match self {
            Self::Remove => {
                strike(row("remove", Visibility, 7, "DECISION_VISIBILITY_CONTENT_REMOVED"))
            }
            Self::Disable { .. } => {
                row("disable", Visibility, 6, "DECISION_VISIBILITY_CONTENT_DISABLED")
            }
            Self::AgeRestrict => {
                row("age_restrict", Visibility, 5, "DECISION_VISIBILITY_CONTENT_AGE_RESTRICTED")
            }
            Self::Limit => row("limit", Visibility, 4, "DECISION_VISIBILITY_CONTENT_DEMOTED"),
            Self::RestrictInteraction => {
                let dsa = "DECISION_VISIBILITY_CONTENT_INTERACTION_RESTRICTED";
                row("restrict_interaction", Visibility, 3, dsa)
            }
            Self::Label { .. } => {
                row("label", Visibility, 2, "DECISION_VISIBILITY_CONTENT_LABELLED")
            }
            Self::Prompt { .. } => row("prompt", Visibility, 1, "DECISION_VISIBILITY_OTHER"),
            Self::Demonetise => row("demonetise", Money, 1, "DECISION_MONETARY_SUSPENSION"),
            Self::SuspendFeature { .. } => {
                row("suspend_feature", Service, 1, "DECISION_PROVISION_PARTIAL_SUSPENSION")
            }
            Self::TerminateAccount => {
                strike(row("terminate_account", Account, 2, "DECISION_ACCOUNT_TERMINATED"))
            }
            Self::SuspendAccount { .. } => {
                strike(row("suspend_account", Account, 1, "DECISION_ACCOUNT_SUSPENDED"))
            }
            Self::Escalate => row("escalate", Work, 1, ""),
            Self::Review => row("review", Work, 1, ""),
            Self::Preserve => row("preserve", Work, 1, ""),
            Self::Notify => row("notify", Work, 1, ""),
        }
    }

    /// Its name in rules.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.row().name
    }

    /// The effect called `name`, without parameters.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|effect| effect.name() == name)
    }

    /// The names of all effects, severest first on each axis.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Self::ALL.into_iter().map(|effect| effect.name())
    }

    /// The axis that it works on.
    #[must_use]
    pub const fn axis(&self) -> Axis {
        self.row().axis
    }

    /// Whether it restricts something for the person affected; otherwise it is work for somebody.
    #[must_use]
    pub fn restricts(&self) -> bool {
        self.axis() != Axis::Work
    }

    /// Whether it asks that a human decides.
    #[must_use]
    pub const fn asks_a_human(&self) -> bool {
        matches!(self, Self::Review | Self::Escalate)
    }

    /// How severe it is on its axis; higher is severer.
    #[must_use]
    pub const fn strength(&self) -> u8 {
        self.row().strength
    }

    /// Whether it counts as a strike against the account.
    #[must_use]
    pub const fn is_strike(&self) -> bool {
        self.row().is_strike
    }

    /// The code of the DSA Transparency Database; `None` for work.
    #[must_use]
    pub const fn dsa(&self) -> Option<&'static str> {
        self.row().dsa
    }

    /// The same effect with its parameters, which stand after the colon.
    fn with(self, parameter: Option<&str>) -> Result<Self, String> {
        let label = parameter.map(str::to_owned);
        Ok(match (self, parameter) {
            (Self::Disable { .. }, Some(countries)) => {
                Self::Disable { countries: sorted(countries)? }
            }
            (Self::Disable { .. }, None) => {
                return Err("`disable` needs countries: `disable:FR,RO`".to_owned());
            }
            (Self::Label { .. }, _) => Self::Label { label },
            (Self::Prompt { .. }, _) => Self::Prompt { label },
            (Self::SuspendFeature { .. }, Some(rest)) => {
                let (feature, days) = match rest.split_once(':') {
                    Some((feature, days)) => (feature, Some(whole_days(days)?)),
                    None => (rest, None),
                };
                Self::SuspendFeature { feature: feature.to_owned(), days }
            }
            (Self::SuspendFeature { .. }, None) => {
                return Err("`suspend_feature` needs a feature: `suspend_feature:live`".to_owned());
            }
            (Self::SuspendAccount { .. }, days) => {
                Self::SuspendAccount { days: days.map(whole_days).transpose()? }
            }
            (effect, None) => effect,
            (effect, Some(_)) => {
                return Err(format!("`{}` takes nothing after a colon", effect.name()));
            }
        })
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
        let Some(effect) = Self::named(name) else {
            let known = Self::names().collect::<Vec<_>>().join(", ");
            return Err(format!("`{text}` is no effect; there are {known}"));
        };
        effect.with(parameter)
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

    #[test]
    fn no_effect_is_left_out_of_the_list() {
        let error = serde_json::from_str::<Effect>(r#"{"effect":"explode"}"#).unwrap_err();
        let error = error.to_string();
        let variants: Vec<&str> = error.split('`').skip(3).step_by(2).collect();
        let (mut names, mut known) = (Effect::names().collect::<Vec<_>>(), variants);
        names.sort_unstable();
        known.sort_unstable();
        assert_eq!(names, known, "{error}");
    }
}
