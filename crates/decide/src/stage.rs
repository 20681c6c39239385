//! The roll-out of a rule in stages, and the limits that pause it.

use sha2::{Digest, Sha256};

/// Whether a rule runs, and for whom its effects are carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Checked, but not run.
    Draft,
    /// Run and recorded, without effect.
    Shadow,
    /// Run with effect for this percentage of accounts, and in shadow for the rest.
    Share(u8),
    /// Run with effect.
    Live,
}

impl Stage {
    /// The stages from draft to live.
    pub const ALL: &[Self] =
        &[Self::Draft, Self::Shadow, Self::Share(1), Self::Share(10), Self::Share(50), Self::Live];

    /// The stage called `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|stage| stage.name() == name)
    }

    /// Its name in rules.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Shadow => "shadow",
            Self::Share(..=1) => "1%",
            Self::Share(2..=10) => "10%",
            Self::Share(11..) => "50%",
            Self::Live => "live",
        }
    }

    /// Whether the effects of a rule in this stage are carried out on `who`: an account, or the
    /// subject of an event that names none.
    ///
    /// The share is decided by the first eight bytes of the SHA-256 of the name, modulo 100, so
    /// that an account that a rule acts on at 1 % is also acted on at 10 %.
    #[must_use]
    pub fn acts_on(self, who: &str) -> bool {
        match self {
            Self::Draft | Self::Shadow => false,
            Self::Share(percent) => {
                let digest = Sha256::digest(who);
                let first = digest.first_chunk().map_or(0, |eight| u64::from_be_bytes(*eight));
                first % 100 < u64::from(percent)
            }
            Self::Live => true,
        }
    }
}

/// Limits above which a rule is paused; `None`: no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Breaker {
    /// Decisions with effect in one minute of event time.
    pub actions_per_minute: Option<u32>,
    /// Decisions with effect per hundred events of the types that the rule is tried on, in a minute
    /// with a thousand such events or more.
    pub share_percent: Option<u8>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_larger_share_holds_the_smaller_one() {
        let accounts: Vec<String> = (0..20_000).map(|n| format!("account-{n}")).collect();
        let acted = |stage: Stage| accounts.iter().filter(|who| stage.acts_on(who)).count();
        let shares = [Stage::Shadow, Stage::Share(1), Stage::Share(10), Stage::Share(50)];
        assert_eq!(shares.map(acted), [0, 213, 2041, 9980]);
        let is_nested =
            |who: &String| !Stage::Share(1).acts_on(who) || Stage::Share(10).acts_on(who);
        assert!(accounts.iter().all(is_nested));
    }

    #[test]
    fn every_stage_is_found_by_its_name() {
        for stage in Stage::ALL {
            assert_eq!(Stage::from_name(stage.name()), Some(*stage));
        }
    }
}
