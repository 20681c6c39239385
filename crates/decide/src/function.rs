//! The functions over signals and facts: one table for checker, compiler, help and documentation.

use types::Kind;

/// A call of a function, resolved.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Query {
    /// The place of the function in [`FUNCTIONS`].
    pub function: u8,
    /// Its argument.
    pub argument: Argument,
}

/// The argument of a call.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Argument {
    /// There is none.
    None,
    /// The number of a list.
    List(u16),
    /// A text.
    Text(String),
    /// A number.
    Number(u64),
    /// The number of a time constant.
    Span(usize),
}

impl Query {
    /// The function that is called.
    #[must_use]
    pub fn function(&self) -> &'static Function {
        &FUNCTIONS[usize::from(self.function)]
    }

    /// The number of the list that it names.
    #[must_use]
    pub const fn list(&self) -> Option<u16> {
        match self.argument {
            Argument::List(list) => Some(list),
            _ => None,
        }
    }
}

/// What a function needs. Facts are fetched only if a rule calls a function that needs them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// How fast views come in.
    Velocity,
    /// When the content was published.
    Published,
    /// When a human found nothing wrong.
    Approved,
    /// The cluster of texts that are nearly the same.
    Cluster,
    /// Views that the event itself reports; without them, the answer is never true.
    NewViews,
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
    /// The facts that it needs.
    pub needs: &'static [Need],
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

    /// A call with `argument`.
    #[must_use]
    pub fn query(&self, argument: Argument) -> Query {
        let place = FUNCTIONS.iter().position(|function| function.name == self.name);
        Query { function: place.and_then(|at| u8::try_from(at).ok()).unwrap_or_default(), argument }
    }
}

macro_rules! function {
    ($name:literal $takes:expr, $kind:ident $cost:literal [$($need:ident)*] $doc:literal) => {
        Function {
            name: $name,
            takes: $takes,
            kind: Kind::$kind,
            cost: $cost,
            needs: &[$(Need::$need),*],
            doc: $doc,
        }
    };
}

use Takes::{List, Nothing, Number, Span, Text, ValueAndList};
use types::ListKind::{Domains, Names, Terms};

/// Every function, in the order of the documentation. Each but `listed` has a detector in the table
/// of the engine (`answers.rs`).
pub const FUNCTIONS: &[Function] = &[
    function!("mentions" List(Terms), Bool 20 [] "the text holds a term of the list, also when it is disguised"),
    function!("mention_count" List(Terms), Int 20 [] "how many different terms of the list it holds"),
    function!("obfuscated" List(Terms), Bool 20 [] "a term was found only through a disguise (leet, look-alike letters, spacing, repeats)"),
    function!("hashtagged" List(Terms), Bool 20 [] "a hashtag is a term of the list"),
    function!("listed" ValueAndList, Bool 2 [] "a string, or one of a list of strings, stands in the list word for word"),
    function!("links_to" List(Domains), Bool 30 [] "a link leads to a domain of the list or below it"),
    function!("link_count" Nothing, Int 30 [] "links in the text and in `content.links`"),
    function!("lookalike" List(Domains), Bool 60 [] "a link's domain imitates a domain of the list"),
    function!("imitates" List(Names), Bool 60 [] "the account's handle or name imitates a name of the list without being it"),
    function!("language" Nothing, Str 100 [] "ISO 639-1 code: declared, else detected from the text"),
    function!("text_length" Nothing, Int 5 [] "characters of title, text and transcript"),
    function!("flags" Nothing, Int 1 [] "flags raised on the subject so far, this one included"),
    function!("flags_for" Text, Int 2 [] "the same for one reason"),
    function!("views" Nothing, Int 1 [] "views of the content so far, this event included"),
    function!("views_crossed" Number, Bool 1 [NewViews] "this event took the views of the content to `n` or over it"),
    function!("view_velocity" Span, Double 2 [Velocity] "views a minute now, averaged over a time constant that fades: 1m, 10m or 1h"),
    function!("views_remaining" Nothing, Double 3 [Velocity Published] "views still to be expected, from velocity and age"),
    function!("review_due" Nothing, Bool 2 [Approved NewViews] "this event took the views over a rung of the ladder of re-review (100, 1,000, 3,162, 10,000, … 10,000,000); after a human found nothing wrong, only at ten times the views of then, or when policies changed or something new was found"),
    function!("cluster_size" Nothing, Int 1 [Cluster] "earlier texts that are nearly the same as this one (Jaccard likeness of five-letter shingles of 0.7 or more)"),
    function!("cluster_verdict" Nothing, Str 1 [Cluster] "what a human last said of a text that is nearly the same: `violation` or `no_violation`"),
    function!("synthetic_evidence" Nothing, Int 1 [] "0–100: how sure it is that the media is made by AI, from classifier and provenance"),
    function!("unlabelled_synthetic" Nothing, Bool 1 [] "evidence of 80 or more, and no declaration by the uploader"),
];
