//! The scenarios: their country, their weeks, and the days that matter.

use jiff::Timestamp;

/// A scenario, shaped by the calendar of a real election.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scenario {
    /// The French legislative election: dissolution on 9 June 2024, rounds on 30 June and 7 July.
    France2024,
    /// The Romanian presidential election: first round on 24 November 2024, annulled on 6 December
    /// before the second of 8 December.
    Romania2024,
}

impl Scenario {
    /// All scenarios.
    pub const ALL: &[Self] = &[Self::France2024, Self::Romania2024];

    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::France2024 => "france-2024",
            Self::Romania2024 => "romania-2024",
        }
    }

    /// The mark in ids of the scenario, so that two of them can run on one platform.
    #[must_use]
    pub const fn mark(self) -> &'static str {
        match self {
            Self::France2024 => "fr",
            Self::Romania2024 => "ro",
        }
    }

    /// The scenario called `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|scenario| scenario.name() == name)
    }

    /// The country of the voters.
    #[must_use]
    pub const fn country(self) -> &'static str {
        match self {
            Self::France2024 => "FR",
            Self::Romania2024 => "RO",
        }
    }

    /// The language that most of them use.
    #[must_use]
    pub const fn language(self) -> &'static str {
        match self {
            Self::France2024 => "fr",
            Self::Romania2024 => "ro",
        }
    }

    /// The first moment, and the number of days.
    #[must_use]
    pub fn span(self) -> (Timestamp, u32) {
        let day = |seconds| Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH);
        match self {
            // 2024-06-10 to 2024-07-09
            Self::France2024 => (day(1_717_977_600), 30),
            // 2024-11-01 to 2024-12-10
            Self::Romania2024 => (day(1_730_419_200), 40),
        }
    }

    /// The activity of a day, 1 for an ordinary one.
    #[must_use]
    pub const fn busyness(self, day: u32) -> f64 {
        match (self, day) {
            // The rounds, and the evenings after them.
            (Self::France2024, 20 | 27) | (Self::Romania2024, 23) => 2.6,
            (Self::France2024, 21 | 28) | (Self::Romania2024, 24) => 2.0,
            // The annulment.
            (Self::Romania2024, 35) => 2.8,
            (Self::Romania2024, 36) => 1.9,
            // The week before a round.
            (Self::France2024, 13..=19 | 22..=26) | (Self::Romania2024, 16..=22) => 1.4,
            _ => 1.0,
        }
    }
}
