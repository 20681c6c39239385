//! The types of events: one row each, with everything that depends on the type.

use crate::Group;

/// One row per type: variant, name, required groups, optional groups, traits, what a client must
/// use instead of sending the event (if it must), and what the type means.
macro_rules! event_types {
    ($($variant:ident $name:literal [$($must:ident)*] [$($may:ident)*] {$($trait:ident)*}
        $(reserved $instead:literal)? $doc:literal;)*) => {
        /// What happened.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum EventType { $(#[doc = $doc] $variant,)* }

        impl EventType {
            /// All types, in the order of their numbers.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The name in `type`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// One sentence on what the type means.
            #[must_use]
            pub const fn doc(self) -> &'static str {
                match self { $(Self::$variant => $doc.trim_ascii()),* }
            }

            /// The type called `name`.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }

            /// The groups that `data` must have.
            #[must_use]
            pub const fn required(self) -> &'static [Group] {
                match self { $(Self::$variant => &[$(Group::$must),*]),* }
            }

            /// The groups that `data` may have in addition.
            #[must_use]
            pub const fn optional(self) -> &'static [Group] {
                match self { $(Self::$variant => &[$(Group::$may),*]),* }
            }

            /// What a client must use instead of sending such an event; `None` if it may send it.
            #[must_use]
            pub const fn instead(self) -> Option<&'static str> {
                match self { $(Self::$variant => first(&[$($instead)?])),* }
            }

            /// The traits, a bit each.
            const fn traits(self) -> u16 {
                match self { $(Self::$variant => 0 $(| Trait::$trait as u16)*),* }
            }
        }
    };
}

/// The only one of up to one.
const fn first(of: &[&'static str]) -> Option<&'static str> {
    match of {
        [one, ..] => Some(*one),
        [] => None,
    }
}

/// What is so of events of some types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum Trait {
    /// They bring content with its text, and name its author as their account.
    Brings = 1,
    /// They date the content that they bring.
    Begins = 2,
    /// The content that they bring is public, and can be judged again later.
    Public = 4,
    /// They end the content.
    Ends = 8,
    /// The account that they name is not the owner of the content.
    ByOthers = 16,
    /// They change nothing that is remembered of the content.
    Passing = 32,
    /// They count what people do about content or an account, and open no case of their own.
    Counts = 64,
    /// They set the account's name and profile, which are judged then.
    Profile = 128,
    /// They bring something new about content that a human approved; people took part in it.
    News = 256,
    /// Humans decide by them.
    ByHumans = 512,
}

event_types! {
    AccountRegistered "account.registered" [Account] [Rejudge] {Profile} " An account was made.";
    AccountUpdated "account.updated" [Account] [Rejudge] {Profile}
        " An account changed: its name, class or profile.";
    AccountClosed "account.closed" [Account] [] {} " An account was closed by its owner.";
    ContentPublished "content.published" [Account Content] [Ad Rejudge] {Brings Begins Public}
        " Something was posted.";
    ContentUpdated "content.updated" [Account Content] [Ad Rejudge] {Brings Public}
        " Something posted was changed.";
    ContentDeleted "content.deleted" [Content] [Account] {Ends} " Its author took something down.";
    ContentViewed "content.viewed" [Content Views] [Account] {ByOthers Counts}
        " Views were counted.";
    LiveStarted "live.started" [Account Content] [Rejudge] {Brings Begins Public}
        " A livestream began.";
    LiveEnded "live.ended" [Content] [Account] {Ends} " A livestream ended.";
    MessageSent "message.sent" [Account Content] [Rejudge] {Brings Begins}
        " A private message was sent.";
    SearchPerformed "search.performed" [Search] [Account] {ByOthers} " Somebody searched.";
    EngagementGiven "engagement.given" [Account Engagement] [Content] {ByOthers Passing}
        " A like, follow, share or gift was given.";
    FlagRaised "flag.raised" [Flag] [Account Content] {Counts}
        " A user complained about content or an account.";
    AdSubmitted "ad.submitted" [Account Content Ad] [Rejudge] {Brings Begins Public}
        " An advertisement was handed in.";
    CaseClosed "case.closed" [Case] [Account Content Network] {ByHumans}
        reserved "use `POST /v1/cases/{id}`"
        " A human judged.";
    ClaimRated "claim.rated" [Claim Content] [Account] {News}
        " A fact-checker's rating met content.";
    OrderReceived "order.received" [Order] [Account Content] {ByHumans}
        reserved "use `POST /v1/orders`"
        " An authority ordered something.";
    NoticeReceived "notice.received" [Notice] [Account Content] {News}
        reserved "use `POST /v1/notices`"
        " A notice in the law's sense arrived.";
    AppealReceived "appeal.received" [Appeal] [Account Content] {}
        reserved "use `POST /v1/appeals`"
        " Somebody affected complained about a decision.";
    NetworkFound "network.found" [Network] [] {} " Accounts were found to act together.";
    RulePaused "rule.paused" [Rule] [] {}
        reserved "pauses come from circuit breakers"
        " A rule has no effect any more: its circuit breaker tripped, or a human paused it.";
    RuleResumed "rule.resumed" [Rule] [] {}
        reserved "use `POST /v1/rules/{id}/resume`"
        " A paused rule has effect again.";
    CaseChanged "case.changed" [Case] [Account Content Network] {ByHumans}
        reserved "use `POST /v1/cases/{id}`"
        " Work for a human went on: claimed, passed on, overdue.";
}

impl EventType {
    /// Whether that is so of events of this type.
    #[must_use]
    pub const fn is(self, what: Trait) -> bool {
        self.traits() & what as u16 != 0
    }

    /// Whether an event of this type can carry `group`.
    #[must_use]
    pub fn can_carry(self, group: Group) -> bool {
        group == Group::Event
            || self.required().contains(&group)
            || self.optional().contains(&group)
    }
}
