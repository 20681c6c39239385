//! Groups of event data: account, content, flag and so on.
//!
//! Unknown fields are accepted; wrong types are not.
//! [`EventType::required`](crate::EventType::required) lists the groups that an event must carry.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Group, Kind, Language};

/// The groups of data of an event. Rare groups are boxed, so that the struct stays small.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Data {
    /// The account that acts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<Account>,
    /// The content that the event concerns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<Content>,
    /// Number of views.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub views: Option<Views>,
    /// A user's complaint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flag: Option<Flag>,
    /// A search.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search: Option<Search>,
    /// A like, a follow, a share, a gift.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub engagement: Option<Engagement>,
    /// An advertisement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ad: Option<Box<Ad>>,
    /// A fact-checker's rating.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim: Option<Box<Claim>>,
    /// A human's verdict.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case: Option<Box<Case>>,
    /// An authority's order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<Box<Order>>,
    /// A notice in the law's sense (Art. 16 DSA).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice: Option<Box<Notice>>,
    /// A complaint against a decision (Art. 20 DSA).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub appeal: Option<Box<Appeal>>,
    /// Accounts acting together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<Box<Network>>,
    /// Set on a re-judged event. No counter counts it, since the original was counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rejudge: Option<Box<Rejudge>>,
    /// A rule that was paused or resumed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<Box<Rule>>,
}

/// A group: a struct in which all fields are optional except those listed under `must`.
macro_rules! group {
    ($(#[$doc:meta])* $name:ident
        must { $($(#[$must_doc:meta])* $must:ident: $must_type:ty,)* }
        may { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
        pub struct $name {
            $($(#[$must_doc])* pub $must: $must_type,)*
            $($(#[$field_doc])* #[serde(default, skip_serializing_if = "Option::is_none")]
            pub $field: Option<$type>,)*
        }

        impl $name {
            const MEMBERS: &'static [(&'static str, Kind)] = &[
                $((stringify!($must), <$must_type as Typed>::KIND),)*
                $((stringify!($field), <$type as Typed>::KIND),)*
            ];
        }
    };
}

/// The kind of the values of a member.
trait Typed {
    const KIND: Kind;
}

macro_rules! typed {
    ($($type:ty => $kind:ident),*) => { $(impl Typed for $type {
        const KIND: Kind = Kind::$kind;
    })* };
}

typed!(String => Str, Language => Str, Vec<String> => Strs, Timestamp => Time, bool => Bool,
    u8 => Int, u32 => Int, u64 => Int, f64 => Double);

impl Group {
    /// The members of the group with the kind of each. Empty for the envelope, which is not data.
    #[must_use]
    pub const fn members(self) -> &'static [(&'static str, Kind)] {
        match self {
            Self::Event => &[],
            Self::Account => Account::MEMBERS,
            Self::Content => Content::MEMBERS,
            Self::Views => Views::MEMBERS,
            Self::Flag => Flag::MEMBERS,
            Self::Search => Search::MEMBERS,
            Self::Engagement => Engagement::MEMBERS,
            Self::Ad => Ad::MEMBERS,
            Self::Claim => Claim::MEMBERS,
            Self::Case => Case::MEMBERS,
            Self::Order => Order::MEMBERS,
            Self::Notice => Notice::MEMBERS,
            Self::Appeal => Appeal::MEMBERS,
            Self::Network => Network::MEMBERS,
            Self::Rejudge => Rejudge::MEMBERS,
            Self::Rule => Rule::MEMBERS,
        }
    }
}

group!(
    /// A user's account; never bookkeeping.
    Account
    must {
        /// The platform's id.
        id: String,
    }
    may {
        /// An opaque key of the device that acts.
        device: String,
        /// The name in links and mentions.
        handle: String,
        /// The displayed name.
        name: String,
        /// What the account says of itself.
        bio: String,
        /// When it was made.
        registered_at: Timestamp,
        /// `personal`, `creator`, `business`, `news`, `government`, `political`.
        class: String,
        /// ISO 3166-1 alpha-2.
        country: String,
        /// The person's declared or estimated age.
        age_years: u8,
        /// Accounts that follow it.
        followers: u64,
        /// Accounts that it follows.
        following: u64,
        /// Things it posted so far.
        posts: u64,
        /// Whether the platform verified who it is.
        verified: bool,
    }
);

group!(
    /// A video, photo, livestream, comment, message, post, profile or ad.
    Content
    must {
        /// The platform's id.
        id: String,
    }
    may {
        /// `video`, `photo`, `live`, `comment`, `message`, `post`, `profile`, `ad`.
        kind: String,
        /// A title.
        title: String,
        /// The caption, or the text itself.
        text: String,
        /// What is said in it.
        transcript: String,
        /// A language tag (RFC 5646), as the platform declares it; rules compare its code.
        #[cfg_attr(feature = "schema", schema(value_type = Option<String>))]
        lang: Language,
        /// ISO 3166-1 alpha-2: where it was posted.
        country: String,
        /// Without `#`.
        hashtags: Vec<String>,
        /// Full URLs.
        links: Vec<String>,
        /// Digests of its media, lower-case hex.
        hashes: Vec<String>,
        /// The content that it answers.
        reply_to: String,
        /// The sound that it uses.
        sound: String,
        /// `public`, `friends`, `private`.
        audience: String,
        /// How long it plays.
        duration_seconds: u32,
        /// Whether the uploader said that it is made or changed by AI.
        synthetic_declared: bool,
        /// 0–100, from the platform's own classifier.
        synthetic_score: u8,
        /// `none`, `camera`, `ai_generated`, `ai_edited`.
        provenance: String,
    }
);

group!(
    /// Views, counted by the platform and told in steps.
    Views
    must {
        /// All views so far, those added included.
        total: u64,
    }
    may {
        /// Views since the last such event.
        added: u64,
    }
);

group!(
    /// A user's complaint.
    Flag
    must {
        /// A short word: `spam`, `scam`, `hate`, …
        reason: String,
    }
    may {
        /// The account that complained.
        by: String,
    }
);

group!(
    /// A search.
    Search
    must {
        /// What was typed.
        query: String,
    }
    may {
    }
);

group!(
    /// A like, a follow, a share, a gift.
    Engagement
    must {
        /// `like`, `follow`, `share`, `gift`.
        kind: String,
    }
    may {
        /// What or who is liked or followed.
        target: String,
    }
);

group!(
    /// What makes content an advertisement.
    Ad
    must {
    }
    may {
        /// Whether it is political advertising (Regulation (EU) 2024/900).
        political: bool,
        /// Who pays.
        sponsor: String,
        /// Where it is shown, ISO 3166-1 alpha-2.
        countries: Vec<String>,
        /// Targeting parameters.
        targeting: Vec<String>,
    }
);

group!(
    /// A fact-checker's rating of a claim found in the content.
    Claim
    must {
        /// The claim's id.
        id: String,
    }
    may {
        /// `true`, `false`, `misleading`, `unproven`, `satire`.
        rating: String,
        /// 0–1: likeness of the content to the rated claim.
        similarity: f64,
        /// Who rated.
        partner: String,
    }
);

group!(
    /// Work for a human: what happened to it, and at its end the verdict.
    Case
    must {
        /// The case's id.
        id: String,
    }
    may {
        /// The policy applied.
        policy: String,
        /// `violation`, `no_violation`, or `undone`: what was said before is taken back.
        verdict: String,
        /// The effects chosen, as [`crate::Effect`] writes them: `remove`, `disable:FR,RO`,
        /// `suspend_account:7`; `escalate` where it was passed on to specialists.
        effects: Vec<String>,
        /// Who did it.
        by: String,
        /// Why, for colleagues.
        note: String,
        /// Earlier decisions that this one takes the place of.
        supersedes: Vec<String>,
        /// `review`, `notice`, `order`, `appeal`, `second_review`, `golden`, `adjudication`.
        kind: String,
        /// What happened to it: `claimed`, `skipped`, `escalated`, …
        step: String,
        /// Whom it was given or whose advice was asked.
        to: String,
        /// How long it was worked on.
        seconds: u32,
        /// Whether the person affected must not be told, since an authority ordered so.
        silent: bool,
        /// Whether what this takes the place of was a strike against the account.
        struck: bool,
        /// Whether what this takes the place of restricted anything.
        lifts: bool,
    }
);

group!(
    /// An authority's order.
    Order
    must {
        /// The order's id.
        id: String,
        /// `removal`, `act`, `inform`, `retention`.
        kind: String,
    }
    may {
        /// Who orders.
        authority: String,
        /// The member state, ISO 3166-1 alpha-2.
        country: String,
        /// The authority's file number.
        reference: String,
    }
);

group!(
    /// A notice.
    Notice
    must {
        /// The notice's id.
        id: String,
    }
    may {
        /// `user`, `trusted_flagger`, `rapid_response`.
        channel: String,
        /// A DSA category, without prefix.
        category: String,
        /// Why the notifier thinks so.
        explanation: String,
    }
);

group!(
    /// A complaint against a decision.
    Appeal
    must {
        /// The appeal's id.
        id: String,
        /// The decision appealed against.
        decision: String,
    }
    may {
        /// Why.
        explanation: String,
    }
);

group!(
    /// Accounts acting together.
    Network
    must {
        /// The network's id.
        id: String,
    }
    may {
        /// How many accounts.
        accounts: u32,
        /// 0–100: how coordinated.
        score: u8,
        /// `coordinated`, `inauthentic`, `benign`.
        finding: String,
        /// Their ids.
        members: Vec<String>,
    }
);

group!(
    /// An earlier event that is judged again, because policies, lists or designations changed.
    Rejudge
    must {
        /// Source and id of the earlier event.
        of: String,
    }
    may {
        /// Why.
        reason: String,
    }
);

group!(
    /// A rule whose effects are paused or given again.
    Rule
    must {
        /// The rule.
        id: String,
    }
    may {
        /// Why.
        reason: String,
        /// Who did it; nothing means the rule's circuit breaker.
        by: String,
    }
);
