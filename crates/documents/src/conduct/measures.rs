//! The measures and the questions of the Code that are known so far.
//!
//! The Code has 128 measures. Listed are those with an indicator in a published report, and those
//! whose numbers were read in reports at the Transparency Centre. Verified topics were compared
//! with such a report.

use crate::conduct::number::Number;

/// A measure of the Code; beside it, [`crate::account::Measure`] is a way to count.
#[derive(Clone, Copy, Debug)]
pub struct Measure {
    /// Its number.
    pub number: Number,
    /// What it is about, in our words; empty if that is not known.
    pub topic: &'static str,
    /// Whether the topic was compared with the Code.
    pub is_verified: bool,
}

/// A question that is answered in words: a qualitative reporting element (QRE).
#[derive(Clone, Copy, Debug)]
pub struct Question {
    /// Its number.
    pub number: Number,
    /// What its text is to say, in our words.
    pub topic: &'static str,
    /// Whether number and topic were compared with the Code.
    pub is_verified: bool,
}

const fn measure(commitment: u8, measure: u8, topic: &'static str) -> Measure {
    Measure { number: Number::new(commitment, measure, 0), topic, is_verified: true }
}

const fn recalled(commitment: u8, number: u8, topic: &'static str) -> Measure {
    Measure { is_verified: false, ..measure(commitment, number, topic) }
}

/// The measures that are known, in the order of the Code.
pub static MEASURES: &[Measure] = &[
    measure(1, 1, "Policies that keep advertising away from disinformation"),
    recalled(1, 2, ""),
    recalled(1, 3, ""),
    recalled(1, 4, ""),
    recalled(1, 5, ""),
    recalled(1, 6, ""),
    recalled(2, 1, "Policies on advertisements that carry disinformation"),
    recalled(2, 3, "Checks of advertisements"),
    recalled(2, 4, "Notice to advertisers, and their appeals"),
    recalled(14, 1, "Policies against manipulative practices"),
    recalled(14, 2, "Action against manipulative practices"),
    measure(14, 3, "A list of manipulative practices that signatories share"),
    measure(16, 1, "Exchange of information on operations across platforms"),
    recalled(16, 2, "Operations that move from one platform to another"),
    recalled(17, 1, "Tools for media literacy"),
    recalled(18, 2, "Policies against harmful false information"),
    recalled(19, 2, "Choices of users about recommendations"),
    recalled(21, 1, "Labels and warnings on content that was checked"),
    recalled(24, 1, "Notice to users, and their appeals"),
    measure(25, 1, "Reliable information in messaging services"),
    recalled(25, 2, ""),
    measure(27, 1, "Part in building the independent body that vets researchers"),
    recalled(27, 2, "Funding of that body"),
    recalled(27, 3, "Cooperation with that body"),
    recalled(27, 4, "Pilots of access"),
    recalled(31, 1, "Use of the work of fact-checkers"),
    recalled(33, 1, "Ethics and transparency of fact-checkers"),
];

const fn question(number: (u8, u8, u8), topic: &'static str) -> Question {
    let number = Number::new(number.0, number.1, number.2);
    Question { number, topic, is_verified: true }
}

const fn maybe(number: (u8, u8, u8), topic: &'static str) -> Question {
    Question { is_verified: false, ..question(number, topic) }
}

/// The questions that are known, in the order of the Code.
pub static QUESTIONS: &[Question] = &[
    question((1, 1, 1), "The policies, and links to where they are published"),
    maybe((2, 1, 1), "The policies on advertisements that carry disinformation"),
    maybe((2, 3, 1), "How advertisements are checked"),
    maybe((2, 4, 1), "How advertisers are notified, and how they appeal"),
    maybe((14, 1, 1), "The policies against each manipulative practice"),
    maybe((14, 1, 2), "How the policies are kept up to date"),
    maybe((14, 2, 1), "How the policies are enforced"),
    question((14, 3, 1), "The shared list of practices, and what changed in it"),
    question((16, 1, 1), "Where information is exchanged, and what was learned from it"),
    maybe((16, 2, 1), "Operations that moved between platforms"),
    maybe((17, 1, 1), "The tools for media literacy, and where they are offered"),
    maybe((18, 2, 1), "The policies against harmful false information"),
    maybe((19, 2, 1), "What users can choose about recommendations"),
    maybe((21, 1, 1), "The labels and warnings, and where they are shown"),
    maybe((24, 1, 1), "How users are notified, and how they appeal"),
    question((25, 1, 1), "The tools and partnerships, and the countries where they exist"),
    question((27, 1, 1), "Part in building the body: times, outcome, effect on partnerships"),
    maybe((27, 2, 1), "Funding of the body"),
    maybe((27, 3, 1), "Cooperation with the body"),
    maybe((27, 4, 1), "The pilots and their results"),
    maybe((31, 1, 1), "How the work of fact-checkers is used"),
    maybe((33, 1, 1), "The standards, and how they are kept"),
];
