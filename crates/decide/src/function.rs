//! The functions over signals and facts: one table for checker, compiler, help and documentation.

use types::Kind;

/// A query to the detectors, resolved: lists are numbers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Query {
    /// `mentions("list")`
    Mentions(u16),
    /// `mention_count("list")`
    MentionCount(u16),
    /// `obfuscated("list")`
    Obfuscated(u16),
    /// `hashtagged("list")`
    Hashtagged(u16),
    /// `links_to("list")`
    LinksTo(u16),
    /// `link_count()`
    LinkCount,
    /// `lookalike("list")`
    Lookalike(u16),
    /// `imitates("list")`
    Imitates(u16),
    /// `language()`
    Language,
    /// `text_length()`
    TextLength,
    /// `flags()`
    Flags,
    /// `flags_for("reason")`
    FlagsFor(String),
    /// `views()`
    Views,
    /// `views_crossed(n)`
    ViewsCrossed(u64),
    /// `view_velocity("10m")`, by the number of its time constant
    Velocity(usize),
    /// `views_remaining()`
    ViewsRemaining,
    /// `review_due()`
    ReviewDue,
    /// `cluster_size()`
    ClusterSize,
    /// `cluster_verdict()`
    ClusterVerdict,
    /// `synthetic_evidence()`
    SyntheticEvidence,
    /// `unlabelled_synthetic()`
    UnlabelledSynthetic,
}

impl Query {
    /// The number of the list that it names.
    #[must_use]
    pub const fn list(&self) -> Option<u16> {
        match self {
            Self::Mentions(list)
            | Self::MentionCount(list)
            | Self::Obfuscated(list)
            | Self::Hashtagged(list)
            | Self::LinksTo(list)
            | Self::Lookalike(list)
            | Self::Imitates(list) => Some(*list),
            _ => None,
        }
    }
}

/// The arguments of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// No argument.
    Nothing,
    /// The name of a list of a kind.
    List(types::ListKind),
    /// A value and the name of a list of values.
    ValueAndList,
    /// A text in quotes.
    Text,
    /// A whole number literal.
    Number,
    /// One of the time constants of velocity.
    Span,
}

/// A function that rules may call.
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// Its arguments.
    pub takes: Takes,
    /// The type of its value.
    pub kind: Kind,
    /// Its cost, in units of one comparison.
    pub cost: u32,
    /// The meaning of its value.
    pub doc: &'static str,
}

/// The time constants of velocity, as they are written.
pub const VELOCITY_SPANS: [&str; 3] = ["1m", "10m", "1h"];

impl Function {
    /// The signature as shown in the documentation.
    #[must_use]
    pub fn signature(&self) -> String {
        let arguments = match self.takes {
            Takes::Nothing => "",
            Takes::List(_) => "\"list\"",
            Takes::ValueAndList => "value, \"list\"",
            Takes::Text => "\"reason\"",
            Takes::Number => "n",
            Takes::Span => "\"10m\"",
        };
        format!("{}({arguments})", self.name)
    }

    /// The function called `name`.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        FUNCTIONS.iter().find(|function| function.name == name)
    }

    /// The query for a call without list argument, or with the number of its list.
    #[must_use]
    pub fn query(&self, list: u16) -> Option<Query> {
        Some(match self.name {
            "mentions" => Query::Mentions(list),
            "mention_count" => Query::MentionCount(list),
            "obfuscated" => Query::Obfuscated(list),
            "hashtagged" => Query::Hashtagged(list),
            "links_to" => Query::LinksTo(list),
            "link_count" => Query::LinkCount,
            "lookalike" => Query::Lookalike(list),
            "imitates" => Query::Imitates(list),
            "language" => Query::Language,
            "text_length" => Query::TextLength,
            "flags" => Query::Flags,
            "views" => Query::Views,
            "views_remaining" => Query::ViewsRemaining,
            "review_due" => Query::ReviewDue,
            "cluster_size" => Query::ClusterSize,
            "cluster_verdict" => Query::ClusterVerdict,
            "synthetic_evidence" => Query::SyntheticEvidence,
            "unlabelled_synthetic" => Query::UnlabelledSynthetic,
            _ => return None,
        })
    }
}

macro_rules! function {
    ($name:literal $takes:expr, $kind:ident $cost:literal $doc:literal) => {
        Function { name: $name, takes: $takes, kind: Kind::$kind, cost: $cost, doc: $doc }
    };
}

use Takes::{List, Nothing, Number, Span, Text, ValueAndList};
use types::ListKind::{Domains, Names, Terms};

/// Every function, in the order of the documentation.
pub const FUNCTIONS: &[Function] = &[
    function!("mentions" List(Terms), Bool 20 "the text holds a term of the list, also when it is disguised"),
    function!("mention_count" List(Terms), Int 20 "how many different terms of the list it holds"),
    function!("obfuscated" List(Terms), Bool 20 "a term was found only through a disguise (leet, look-alike letters, spacing, repeats)"),
    function!("hashtagged" List(Terms), Bool 20 "a hashtag is a term of the list"),
    function!("listed" ValueAndList, Bool 2 "a string, or one of a list of strings, stands in the list word for word"),
    function!("links_to" List(Domains), Bool 30 "a link leads to a domain of the list or below it"),
    function!("link_count" Nothing, Int 30 "links in the text and in `content.links`"),
    function!("lookalike" List(Domains), Bool 60 "a link's domain imitates a domain of the list"),
    function!("imitates" List(Names), Bool 60 "the account's handle or name imitates a name of the list without being it"),
    function!("language" Nothing, Str 100 "ISO 639-1 code: declared, else detected from the text"),
    function!("text_length" Nothing, Int 5 "characters of title, text and transcript"),
    function!("flags" Nothing, Int 1 "flags raised on the subject so far, this one included"),
    function!("flags_for" Text, Int 2 "the same for one reason"),
    function!("views" Nothing, Int 1 "views of the content so far, this event included"),
    function!("views_crossed" Number, Bool 1 "this event took the views of the content to `n` or over it"),
    function!("view_velocity" Span, Double 2 "views a minute now, averaged over a time constant that fades: 1m, 10m or 1h"),
    function!("views_remaining" Nothing, Double 3 "views still to be expected, from velocity and age"),
    function!("review_due" Nothing, Bool 2 "this event took the views over a rung of the ladder of re-review (100, 1,000, 3,162, 10,000, … 10,000,000); after a human found nothing wrong, only at ten times the views of then, or when policies changed or something new was found"),
    function!("cluster_size" Nothing, Int 1 "earlier texts that are nearly the same as this one (Jaccard likeness of five-letter shingles of 0.7 or more)"),
    function!("cluster_verdict" Nothing, Str 1 "what a human last said of a text that is nearly the same: `violation` or `no_violation`"),
    function!("synthetic_evidence" Nothing, Int 1 "0–100: how sure it is that the media is made by AI, from classifier and provenance"),
    function!("unlabelled_synthetic" Nothing, Bool 1 "evidence of 80 or more, and no declaration by the uploader"),
];
