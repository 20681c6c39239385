//! The 44 commitments of the Code.
//!
//! Sources of the verified topics: titles in reports published at the Transparency Centre
//! (`disinfocode.eu/reports`). The others and the ranges of the parts are from memory.

use std::collections::BTreeSet;

use crate::conduct::number::Number;

/// A part of the Code: commitments on one subject. The Code calls it a chapter; here a chapter is
/// about an election or a crisis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Commitments 1 to 3.
    ScrutinyOfAds,
    /// Commitments 4 to 13.
    PoliticalAdvertising,
    /// Commitments 14 to 16.
    Integrity,
    /// Commitments 17 to 25.
    Users,
    /// Commitments 26 to 29.
    Researchers,
    /// Commitments 30 to 33.
    FactCheckers,
    /// Commitments 34 to 36.
    Centre,
    /// Commitment 37.
    TaskForce,
    /// Commitments 38 to 44.
    Monitoring,
}

impl Part {
    /// Those in which chapters on elections and crises describe mitigations.
    pub const OF_CHAPTERS: [Self; 5] =
        [Self::ScrutinyOfAds, Self::Integrity, Self::Users, Self::Researchers, Self::FactCheckers];

    /// Its name, also in `mitigations` of answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ScrutinyOfAds => "scrutiny of ads",
            Self::PoliticalAdvertising => "political advertising",
            Self::Integrity => "integrity of services",
            Self::Users => "empowering users",
            Self::Researchers => "empowering researchers",
            Self::FactCheckers => "empowering fact-checkers",
            Self::Centre => "transparency centre",
            Self::TaskForce => "task force",
            Self::Monitoring => "monitoring",
        }
    }
}

/// A commitment.
#[derive(Clone, Copy, Debug)]
pub struct Commitment {
    /// Its number.
    pub number: Number,
    /// The part of the Code that it is in.
    pub part: Part,
    /// What it is about, in our words.
    pub topic: &'static str,
    /// Whether the topic was compared with the title in the Code.
    pub is_verified: bool,
}

const fn verified(number: u8, part: Part, topic: &'static str) -> Commitment {
    Commitment { number: Number::new(number, 0, 0), part, topic, is_verified: true }
}

const fn recalled(number: u8, part: Part, topic: &'static str) -> Commitment {
    Commitment { is_verified: false, ..verified(number, part, topic) }
}

/// All commitments, in the order of the Code.
pub static COMMITMENTS: &[Commitment] = &[
    verified(1, Part::ScrutinyOfAds, "No advertising money for disinformation"),
    recalled(2, Part::ScrutinyOfAds, "No disinformation in advertisements"),
    recalled(3, Part::ScrutinyOfAds, "Cooperation against demonetised actors"),
    recalled(4, Part::PoliticalAdvertising, "What counts as political and issue advertising"),
    recalled(5, Part::PoliticalAdvertising, "One approach to political and issue advertising"),
    recalled(6, Part::PoliticalAdvertising, "Labels on political advertising"),
    recalled(7, Part::PoliticalAdvertising, "Identity of sponsors"),
    recalled(8, Part::PoliticalAdvertising, "What users learn about a political advertisement"),
    recalled(9, Part::PoliticalAdvertising, "Why a user sees a political advertisement"),
    recalled(10, Part::PoliticalAdvertising, "Repositories of political advertising"),
    recalled(11, Part::PoliticalAdvertising, "Programmatic access to the repositories"),
    recalled(12, Part::PoliticalAdvertising, "Oversight by civil society"),
    verified(13, Part::PoliticalAdvertising, "Research into the risks of political advertising"),
    verified(14, Part::Integrity, "Manipulative behaviour and practices"),
    recalled(15, Part::Integrity, "Manipulation by means of artificial intelligence"),
    verified(16, Part::Integrity, "Exchange on operations across platforms"),
    recalled(17, Part::Users, "Media literacy"),
    recalled(18, Part::Users, "Safe design"),
    recalled(19, Part::Users, "Transparent recommendations"),
    recalled(20, Part::Users, "Tools that show the provenance of content"),
    verified(21, Part::Users, "Tools and labels that help to recognise disinformation"),
    recalled(22, Part::Users, "Indicators of trustworthy sources"),
    recalled(23, Part::Users, "Flagging by users"),
    verified(24, Part::Users, "Notice of enforcement, and appeals"),
    verified(25, Part::Users, "Messaging services"),
    recalled(26, Part::Researchers, "Data for research that name nobody"),
    verified(27, Part::Researchers, "Data for vetted researchers"),
    recalled(28, Part::Researchers, "Cooperation with researchers"),
    recalled(29, Part::Researchers, "Research by signatories"),
    recalled(30, Part::FactCheckers, "Cooperation with fact-checkers"),
    recalled(31, Part::FactCheckers, "Use of fact-checks on the service"),
    recalled(32, Part::FactCheckers, "Information for fact-checkers"),
    verified(33, Part::FactCheckers, "Standards of fact-checkers"),
    recalled(34, Part::Centre, "A common Transparency Centre"),
    recalled(35, Part::Centre, "What the Transparency Centre holds"),
    recalled(36, Part::Centre, "An up-to-date Transparency Centre"),
    recalled(37, Part::TaskForce, "Part in the permanent task force"),
    recalled(38, Part::Monitoring, "Staff and means"),
    recalled(39, Part::Monitoring, "First reports"),
    recalled(40, Part::Monitoring, "Regular reports"),
    verified(41, Part::Monitoring, "Structural indicators"),
    recalled(42, Part::Monitoring, "Reports in elections and crises"),
    recalled(43, Part::Monitoring, "One form of report"),
    recalled(44, Part::Monitoring, "Audits"),
];

/// The commitment of that number.
pub(super) fn commitment(number: Number) -> Option<&'static Commitment> {
    COMMITMENTS.iter().find(|one| one.number == number)
}

/// The parts that these commitments are in.
pub(super) fn parts<'a>(numbers: impl Iterator<Item = &'a Number>) -> BTreeSet<Part> {
    numbers.filter_map(|number| commitment(*number)).map(|one| one.part).collect()
}
