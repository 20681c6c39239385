//! The parts of [`Data`]: what an event type must have, and may have.

use crate::Data;

/// A part of [`Data`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Group {
    /// The envelope itself: always there.
    Event,
    /// [`Data::account`]
    Account,
    /// [`Data::content`]
    Content,
    /// [`Data::views`]
    Views,
    /// [`Data::flag`]
    Flag,
    /// [`Data::search`]
    Search,
    /// [`Data::engagement`]
    Engagement,
    /// [`Data::ad`]
    Ad,
    /// [`Data::claim`]
    Claim,
    /// [`Data::case`]
    Case,
    /// [`Data::order`]
    Order,
    /// [`Data::notice`]
    Notice,
    /// [`Data::appeal`]
    Appeal,
    /// [`Data::network`]
    Network,
    /// [`Data::rejudge`]
    Rejudge,
    /// [`Data::rule`]
    Rule,
}

impl Group {
    /// All groups.
    pub const ALL: &[Self] = &[
        Self::Event,
        Self::Account,
        Self::Content,
        Self::Views,
        Self::Flag,
        Self::Search,
        Self::Engagement,
        Self::Ad,
        Self::Claim,
        Self::Case,
        Self::Order,
        Self::Notice,
        Self::Appeal,
        Self::Network,
        Self::Rejudge,
        Self::Rule,
    ];

    /// The name of the group in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Account => "account",
            Self::Content => "content",
            Self::Views => "views",
            Self::Flag => "flag",
            Self::Search => "search",
            Self::Engagement => "engagement",
            Self::Ad => "ad",
            Self::Claim => "claim",
            Self::Case => "case",
            Self::Order => "order",
            Self::Notice => "notice",
            Self::Appeal => "appeal",
            Self::Network => "network",
            Self::Rejudge => "rejudge",
            Self::Rule => "rule",
        }
    }

    /// Whether `data` contains the group.
    #[must_use]
    pub const fn is_in(self, data: &Data) -> bool {
        match self {
            Self::Event => true,
            Self::Account => data.account.is_some(),
            Self::Content => data.content.is_some(),
            Self::Views => data.views.is_some(),
            Self::Flag => data.flag.is_some(),
            Self::Search => data.search.is_some(),
            Self::Engagement => data.engagement.is_some(),
            Self::Ad => data.ad.is_some(),
            Self::Claim => data.claim.is_some(),
            Self::Case => data.case.is_some(),
            Self::Order => data.order.is_some(),
            Self::Notice => data.notice.is_some(),
            Self::Appeal => data.appeal.is_some(),
            Self::Network => data.network.is_some(),
            Self::Rejudge => data.rejudge.is_some(),
            Self::Rule => data.rule.is_some(),
        }
    }
}
