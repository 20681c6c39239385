//! What happened, as far as accounts count it.

use types::{Automation, Effect};

use crate::statement::Source;
use crate::tables::Entry;

/// One thing that happened.
#[derive(Clone, Debug)]
pub struct Fact<'a> {
    /// Where it is found again.
    pub entry: Entry,
    /// The policy that was applied; empty if none was.
    pub policy: &'a str,
    /// The category of the policy, or that a notifier gave, without prefix.
    pub category: &'a str,
    /// The keywords of the policy, without prefix.
    pub keywords: &'a [String],
    /// ISO 3166-1 alpha-2; empty if unknown. Of demands, the country of the
    /// authority.
    pub country: &'a str,
    /// What happened.
    pub kind: Kind<'a>,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Kind<'a> {
    /// So many contents were posted.
    Uploads(u64),
    /// A decision newly restricted something.
    Restriction(Restriction<'a>),
    /// Somebody complained about a restriction: a complaint received in the period.
    Complaint(Challenge<'a>),
    /// A complaint was decided in the period, whenever it was received.
    Settled(Challenge<'a>),
    /// A notice was received: one item of it.
    Notice {
        /// `user`, `trusted_flagger` or `rapid_response`.
        channel: &'static str,
        /// How long it took to assess it; `None` if it is not assessed.
        assessed_ms: Option<i64>,
        /// Whether a restriction followed.
        is_acted_on: bool,
    },
    /// An authority demanded something: an order received in the period.
    Demand(Demand),
    /// An order that had been carried out was annulled in the period.
    Annulled {
        /// What it demanded.
        kind: DemandKind,
        /// Number of things that were found here.
        items: u64,
    },
}

/// A decision that newly restricted something, other than on the order of an authority.
#[derive(Clone, Debug)]
pub struct Restriction<'a> {
    /// What it imposed.
    pub effects: &'a [Effect],
    /// Whether it is about content, and not about an account.
    pub is_of_content: bool,
    /// Who decided.
    pub automation: Automation,
    /// What it goes back to.
    pub source: Source,
    /// How long the content was there before; `None` if that is unknown.
    pub after_ms: Option<i64>,
    /// How often it was viewed before; `None` if that is unknown.
    pub views: Option<u64>,
    /// Whether it was made by AI, as declared or marked.
    pub is_synthetic: bool,
}

/// A complaint, and what came of it.
#[derive(Clone, Debug)]
pub struct Challenge<'a> {
    /// The restrictions complained about.
    pub effects: &'a [Effect],
    /// What came of it; `None` while it is open.
    pub outcome: Option<Outcome>,
}

/// What came of a complaint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It stands, or what is as severe.
    Upheld,
    /// It was lifted.
    Reversed,
    /// Less took its place.
    Changed,
}

/// What an authority demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DemandKind {
    /// To remove terrorist content (Art. 3 of Regulation (EU) 2021/784).
    Removal,
    /// To act against illegal content (Art. 9 DSA).
    Act,
    /// To provide information (Art. 10 DSA).
    Inform,
    /// To keep data.
    Retention,
}

impl DemandKind {
    /// What it is in tables.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Removal => "Remove terrorist content",
            Self::Act => "Act against illegal content",
            Self::Inform => "Provide information",
            Self::Retention => "Keep data",
        }
    }
}

/// Why an order was not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Force majeure or de facto impossibility, as told to the authority.
    Impossible,
    /// Manifest errors in the order, as told to the authority.
    Errors,
    /// The order does not say enough, as told to the authority.
    Insufficient,
    /// Nothing was found that breaks a law.
    Unfounded,
}

impl Refusal {
    /// What it is in tables.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Impossible => "Force majeure or impossibility",
            Self::Errors => "Manifest errors",
            Self::Insufficient => "Insufficient information",
            Self::Unfounded => "Found not to concern a violation",
        }
    }

    /// Whether it was sent back to the authority with a ground (Art. 3(7) and (8) of Regulation (EU)
    /// 2021/784).
    #[must_use]
    pub const fn is_sent_back(self) -> bool {
        !matches!(self, Self::Unfounded)
    }
}

/// An order of an authority.
#[derive(Clone, Debug)]
pub struct Demand {
    /// What it demands.
    pub kind: DemandKind,
    /// Number of things that it names.
    pub items: u64,
    /// How many of them were found here.
    pub found: u64,
    /// How long it took to carry it out; `None` if it was not carried out.
    pub done_ms: Option<i64>,
    /// Why it was not carried out; `None` if it was, or if it is open.
    pub refusal: Option<Refusal>,
    /// Whether it was annulled afterwards.
    pub is_annulled: bool,
}

impl Fact<'_> {
    /// The restriction, if it is one.
    #[must_use]
    pub const fn restriction(&self) -> Option<&Restriction<'_>> {
        match &self.kind {
            Kind::Restriction(restriction) => Some(restriction),
            _ => None,
        }
    }

    /// The restriction, if content was taken off the service.
    #[must_use]
    pub fn removal(&self) -> Option<&Restriction<'_>> {
        self.restriction().filter(|one| one.is_of_content && one.has(|e| *e == Effect::Remove))
    }

    /// The complaint, if it is one about content that was taken off the service.
    #[must_use]
    pub fn complaint_about_removal(&self) -> Option<&Challenge<'_>> {
        match &self.kind {
            Kind::Complaint(one) if one.effects.contains(&Effect::Remove) => Some(one),
            _ => None,
        }
    }

    /// The demand, if it is one to remove terrorist content.
    #[must_use]
    pub const fn removal_order(&self) -> Option<&Demand> {
        match &self.kind {
            Kind::Demand(demand) if matches!(demand.kind, DemandKind::Removal) => Some(demand),
            _ => None,
        }
    }

    /// Whether one of the keywords of its policy is among `keywords`.
    #[must_use]
    pub fn has_keyword(&self, keywords: &[&str]) -> bool {
        self.keywords.iter().any(|keyword| keywords.contains(&keyword.as_str()))
    }
}

impl Restriction<'_> {
    /// Whether it imposes such an effect.
    pub fn has(&self, is: impl Fn(&Effect) -> bool) -> bool {
        self.effects.iter().any(is)
    }
}
