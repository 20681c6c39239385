//! The indicators of the Code (SLIs), and where their figures come from.

use crate::conduct::number::Number;

/// What has to exist before an indicator can be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// A programme with fact-checkers, whose findings are kept.
    FactChecking,
    /// Detection of networks: coordinated accounts as one subject.
    Networks,
    /// Media with their provenance: who marked them, and how.
    Media,
    /// Advertisements with policies, impressions and value.
    Advertising,
    /// Events that say how often labels and prompts were seen, and what users did then.
    LabelImpressions,
    /// Nothing but a way to count it.
    Count,
}

impl Wait {
    /// Its name in a report.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::FactChecking => "fact-checking",
            Self::Networks => "networks",
            Self::Media => "media",
            Self::Advertising => "advertising",
            Self::LabelImpressions => "impressions of labels",
            Self::Count => "a count of its own",
        }
    }
}

/// Where figures of an indicator come from.
#[derive(Clone, Copy, Debug)]
pub enum Feed {
    /// The table of that name, of the regime `conduct`.
    Table(&'static str),
    /// Nothing yet: what it waits for, and which figures these are.
    Waits(Wait, &'static str),
}

/// An indicator: a service-level indicator (SLI).
#[derive(Clone, Copy, Debug)]
pub struct Indicator {
    /// Its number.
    pub number: Number,
    /// What it counts, in our words.
    pub topic: &'static str,
    /// Whether number and figures were read in a published report.
    pub is_verified: bool,
    /// Where its figures come from.
    pub feeds: &'static [Feed],
}

const fn sli(number: (u8, u8, u8), topic: &'static str, feeds: &'static [Feed]) -> Indicator {
    let number = Number::new(number.0, number.1, number.2);
    Indicator { number, topic, is_verified: true, feeds }
}

const fn maybe(number: (u8, u8, u8), topic: &'static str, feeds: &'static [Feed]) -> Indicator {
    Indicator { is_verified: false, ..sli(number, topic, feeds) }
}

/// SLI 14.2.1, by practice. Names of practices that are not verified are left out.
static PRACTICES: &[Feed] = &[
    Feed::Table("sli_14_ttp_1"),
    Feed::Waits(Wait::Count, "TTP 1, followers of inauthentic accounts"),
    Feed::Waits(Wait::Count, "TTP 2, inauthentic reactions removed and prevented"),
    Feed::Waits(Wait::Count, "TTP 3, inauthentic followers removed and prevented"),
    Feed::Waits(Wait::Networks, "TTP 4"),
    Feed::Waits(Wait::Count, "TTP 5"),
    Feed::Waits(Wait::Networks, "TTP 6, one row for each covert network"),
    Feed::Table("sli_14_ttp_7"),
    Feed::Waits(Wait::Media, "TTP 7, labels by creators apart from automatic ones"),
    Feed::Waits(Wait::Count, "TTP 8"),
    Feed::Waits(Wait::Networks, "TTP 9"),
    Feed::Waits(Wait::Networks, "TTP 10"),
    Feed::Waits(Wait::Advertising, "TTP 11"),
    Feed::Waits(Wait::Networks, "TTP 12"),
];

/// The indicators that are known, in the order of the Code.
///
/// Numbers and figures of the verified ones: tables of a published report on the second half of
/// 2024.
pub static INDICATORS: &[Indicator] = &[
    sli(
        (1, 1, 1),
        "Advertisements removed, by policy",
        &[Feed::Waits(Wait::Advertising, "advertisements removed, by policy")],
    ),
    sli(
        (1, 1, 2),
        "Reach and value of removed advertisements",
        &[Feed::Waits(Wait::Advertising, "impressions and value of removed advertisements")],
    ),
    sli(
        (2, 1, 1),
        "Advertisements removed, by policy",
        &[Feed::Waits(Wait::Advertising, "advertisements removed, by policy")],
    ),
    sli(
        (2, 3, 1),
        "Advertisements removed, and their reach",
        &[Feed::Waits(Wait::Advertising, "advertisements removed and their impressions")],
    ),
    sli(
        (2, 4, 1),
        "Appeals of advertisers",
        &[Feed::Waits(Wait::Advertising, "appeals of advertisers and their outcome")],
    ),
    sli((14, 2, 1), "Manipulative practices acted on", PRACTICES),
    maybe(
        (14, 2, 2),
        "Reach of manipulative practices before action",
        &[Feed::Waits(Wait::Networks, "views and followers before action")],
    ),
    maybe(
        (14, 2, 3),
        "Extent of manipulative practices",
        &[Feed::Waits(Wait::Count, "inauthentic accounts by monthly active users")],
    ),
    maybe(
        (14, 2, 4),
        "Manipulative practices over time",
        &[Feed::Waits(Wait::Count, "change since the last report")],
    ),
    maybe(
        (16, 1, 1),
        "Action that followed from exchange",
        &[Feed::Waits(Wait::Networks, "action that followed from exchange")],
    ),
    sli(
        (17, 1, 1),
        "Labels and campaigns: seen and clicked",
        &[Feed::Waits(Wait::LabelImpressions, "impressions, clicks and their rate")],
    ),
    sli(
        (18, 2, 1),
        "Content removed, its views, content not recommended",
        &[
            Feed::Table("sli_18_2_1_misinformation"),
            Feed::Table("sli_18_2_1_civic"),
            Feed::Table("sli_18_2_1_synthetic"),
        ],
    ),
    maybe(
        (19, 2, 1),
        "Choices of users about recommendations",
        &[Feed::Waits(Wait::Count, "choices of users about recommendations")],
    ),
    sli(
        (21, 1, 1),
        "Content removed: own initiative, speed, before any view; effect of labels",
        &[
            Feed::Table("sli_21_1_1_misinformation"),
            Feed::Table("sli_21_1_1_civic"),
            Feed::Table("sli_21_1_1_synthetic"),
            Feed::Waits(Wait::LabelImpressions, "share of users who did not share after a label"),
        ],
    ),
    sli(
        (21, 1, 2),
        "Content labelled as unverified, and the effect of the label",
        &[Feed::Waits(Wait::LabelImpressions, "content labelled, and shares not completed")],
    ),
    sli(
        (24, 1, 1),
        "Appeals against removals, and their success",
        &[
            Feed::Table("sli_24_1_1_misinformation"),
            Feed::Table("sli_24_1_1_civic"),
            Feed::Table("sli_24_1_1_synthetic"),
        ],
    ),
    maybe(
        (27, 3, 1),
        "Research with vetted access",
        &[Feed::Waits(Wait::Count, "projects of vetted researchers")],
    ),
    sli(
        (31, 1, 1),
        "Content fact-checked",
        &[Feed::Waits(Wait::FactChecking, "content fact-checked")],
    ),
    sli(
        (31, 1, 2),
        "Content removed after a fact-check",
        &[Feed::Waits(Wait::FactChecking, "content removed after a fact-check")],
    ),
    sli(
        (31, 1, 3),
        "Share of removals that a fact-check led to",
        &[Feed::Waits(Wait::FactChecking, "share of removals that a fact-check led to")],
    ),
];
