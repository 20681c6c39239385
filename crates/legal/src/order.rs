//! An authority's order, as it was received: what it says, what it lacks, what it is about.
//!
//! Removal orders follow Annex I of Regulation (EU) 2021/784 (TCO), see [`crate::annex::AnnexOne`];
//! orders to act (Art. 9) and to inform (Art. 10) of Regulation (EU) 2022/2065 (DSA) and orders to
//! retain are [`Order`] itself, with its `kind`. Unusual values are kept, since the answer must
//! quote them; an unknown structure is refused. The time of receipt is set by the receiver, never
//! by the sender.
//!
//! Not here: whether it is real ([`crate::authority`]), its clocks ([`crate::clock`]).

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use types::language;

use crate::annex::{Addressee, AnnexOne, Contacts, Material, Moment, Redress, Secrecy};
use crate::authority::{Issuer, folded};
use crate::clock::{Clock, Ground};

pub use crate::notice::{content_id, is_exact_url};
pub use crate::scope::Scope;

/// The largest order in bytes.
pub const SIZE_BYTES_MAX: usize = 1 << 20;

/// The most URLs, recipients, accounts or contents in an order.
pub const ITEMS_MAX: usize = 1_000;

/// How far clocks of honest senders are ahead of ours.
const SKEW_MINUTES: i64 = 5;

/// The most of a stranger's text that a message quotes.
const QUOTE_CHARS_MAX: usize = 100;

/// What an order demands.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum OrderKind {
    /// To remove terrorist content within an hour (Art. 3 TCO).
    #[default]
    Removal,
    /// To act against illegal content (Art. 9 DSA).
    Act,
    /// To give information about recipients of the service (Art. 10 DSA).
    Inform,
    /// To keep data (Art. 6(2) TCO and national law).
    Retention,
}

/// An order; fields that its kind does not use are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = LegalOrder))]
#[serde(default, deny_unknown_fields)]
pub struct Order {
    /// What it demands.
    pub kind: OrderKind,
    /// The authority's number of the order.
    pub reference: String,
    /// When it was issued, as written.
    pub issued_at: Moment,
    /// When we received it; set by us.
    pub received_at: Option<Timestamp>,
    /// ISO 3166-1 alpha-2.
    pub issuing_member_state: String,
    /// The language that it is written in, ISO 639-1.
    pub language: String,
    /// Languages of translations that came with it.
    pub translations: Vec<String>,
    /// The addressee.
    pub addressee: Addressee,
    /// The issuing authority.
    pub authority: Issuer,
    /// The law that allows it.
    pub legal_basis: String,
    /// The exact URLs of what is to be removed or acted against.
    pub urls: Vec<String>,
    /// Other information that helps to find it.
    pub identification: String,
    /// The type of terrorist content.
    pub material: Vec<Material>,
    /// The statement of reasons.
    pub reasons: String,
    /// Whether reasons cannot be given because of a criminal investigation (Art. 10(2)(a)(iv) DSA).
    pub reasons_withheld: bool,
    /// How it can be challenged.
    pub redress: Redress,
    /// Whether the person concerned must not be informed.
    pub secrecy: Secrecy,
    /// Whether our main establishment is in another member state (Art. 4 TCO).
    pub other_member_state: bool,
    /// Whether a copy went to the authority of that member state.
    pub copy_sent: bool,
    /// The contacts for the answer.
    pub contacts: Contacts,
    /// Whether it is a duly justified emergency (Art. 3(2) TCO).
    pub emergency: bool,
    /// The recipients of the service about whom information is to be given.
    pub recipients: Vec<String>,
    /// The data that it is about.
    pub scope: Scope,
    /// Where it applies, ISO 3166-1 alpha-2.
    pub territory: Vec<String>,
    /// The deadline for carrying it out, if the order states one.
    pub deadline: Moment,
    /// Until when data is to be kept; without it, until somebody releases it.
    pub keep_until: Moment,
}

/// Why an order was not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// It is too large.
    #[error("the order has {0} bytes, more than {max}; send it in parts", max = SIZE_BYTES_MAX)]
    TooLarge(usize),
    /// It contains too many items.
    #[error("the order lists {0} things, more than {max}; send it in parts", max = ITEMS_MAX)]
    TooMany(usize),
    /// It does not state what it demands.
    #[error("the order names neither its `annex` nor its `kind`; add one of them")]
    NoKind,
    /// It follows an annex other than that for removal orders.
    #[error("annex `{0}` is no order; send removal orders as annex `I`")]
    OtherAnnex(String),
    /// It does not have the form of an order.
    #[error("the order cannot be read: {0}; correct it and send it again")]
    Unreadable(String),
}

/// Something missing or wrong in an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Missing {
    /// The rule that requires it.
    pub article: String,
    /// The field.
    pub field: String,
    /// What is wrong and what to do, as a sentence.
    pub sentence: String,
    /// The ground for sending it back (Art. 3(8) TCO); `None` if it can be carried out all the
    /// same.
    pub ground: Option<Ground>,
}

impl Missing {
    /// What `article` requires in `field`.
    pub(crate) fn new(
        article: &str,
        field: &str,
        sentence: impl Into<String>,
        ground: Option<Ground>,
    ) -> Self {
        let (article, field) = (article.to_owned(), field.to_owned());
        Self { article, field, sentence: sentence.into(), ground }
    }
}

/// The fields that distinguish the two layouts.
#[derive(Deserialize)]
struct Probe {
    annex: Option<String>,
    kind: Option<OrderKind>,
}

impl Order {
    /// Reads an order in JSON: Annex I for removal orders, [`Order`] with its `kind` for all.
    ///
    /// The time of receipt stated by the sender is dropped.
    pub fn parse_json(bytes: &[u8]) -> Result<Self, OrderError> {
        if bytes.len() > SIZE_BYTES_MAX {
            return Err(OrderError::TooLarge(bytes.len()));
        }
        // serde would read an array as fields in their order, which nobody means.
        if !bytes.trim_ascii_start().starts_with(b"{") {
            return Err(OrderError::Unreadable("it is no JSON object".into()));
        }
        let probe: Probe = serde_json::from_slice(bytes).map_err(|error| unreadable(&error))?;
        let order = match (probe.annex.as_deref(), probe.kind) {
            (Some("I"), _) => serde_json::from_slice::<AnnexOne>(bytes).map(Self::from),
            (Some(annex), _) => return Err(OrderError::OtherAnnex(cut(annex))),
            (None, Some(_)) => serde_json::from_slice::<Self>(bytes),
            (None, None) => return Err(OrderError::NoKind),
        };
        order.map_err(|error| unreadable(&error))?.bounded()
    }

    /// The order without the values that only we can know; refused if it contains too many items.
    pub(crate) fn bounded(mut self) -> Result<Self, OrderError> {
        let scope = &self.scope;
        let lists = [&self.urls, &self.recipients, &scope.accounts, &scope.contents];
        let longest = lists.iter().map(|list| list.len()).max().unwrap_or(0);
        let scope = [&scope.types, &scope.countries, &scope.languages, &scope.words];
        let longest = scope.iter().map(|list| list.len()).max().unwrap_or(0).max(longest);
        let longest = longest.max(self.territory.len()).max(self.translations.len());
        if longest.max(self.material.len()) > ITEMS_MAX {
            return Err(OrderError::TooMany(longest.max(self.material.len())));
        }
        self.received_at = None;
        Ok(self)
    }

    /// The order as received at `at`, from which its clocks run.
    #[must_use]
    pub fn received(self, at: Timestamp) -> Self {
        Self { received_at: Some(at), ..self }
    }

    /// The requirements of the law for this kind of order that it does not meet.
    #[must_use]
    pub fn missing(&self) -> Vec<Missing> {
        let rules = RULES.iter().filter(|rule| rule.kind == self.kind && !(rule.is_met)(self));
        rules
            .map(|rule| Missing::new(rule.article, rule.field, rule.sentence, rule.ground))
            .collect()
    }

    /// The defect that it is in none of `languages`, which we declared to authorities.
    #[must_use]
    pub fn foreign(&self, languages: &[String]) -> Option<Missing> {
        let is_ours = |tag: &String| languages.iter().any(|own| language::is_same(own, tag));
        if self.language.is_empty() || is_ours(&self.language) {
            return None;
        }
        if self.translations.iter().any(is_ours) {
            return None;
        }
        let article = match self.kind {
            OrderKind::Act => "Art. 9(2)(c) DSA",
            OrderKind::Inform => "Art. 10(2)(c) DSA",
            OrderKind::Removal | OrderKind::Retention => "Art. 15(2) TCO",
        };
        let language = cut(&self.language);
        let sentence = format!("the order is in `{language}`; ask for a language that we declared");
        Some(Missing::new(article, "language", sentence, None))
    }

    /// Whether `other` is of the same authority and has the same number.
    #[must_use]
    pub fn is_same_reference(&self, other: &Self) -> bool {
        self.origin() == other.origin()
    }

    /// A value that is the same for a repeated order: SHA-256 over authority, number and URLs.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let scope = &self.scope;
        let about = self.urls.iter().chain(&self.recipients);
        let about = about.chain(&scope.accounts).chain(&scope.contents).chain(&scope.types);
        let about = about.chain(&scope.countries).chain(&scope.languages).chain(&scope.words);
        let mut urls: Vec<&str> = about.map(|url| url.trim()).collect();
        let times = [&scope.from.0, &scope.until.0, &self.keep_until.0].map(String::as_str);
        urls.extend(times.into_iter().filter(|time| !time.is_empty()));
        urls.sort_unstable();
        urls.dedup();
        let origin = self.origin();
        let mut hasher = Sha256::new();
        for part in origin.iter().map(String::as_str).chain(urls) {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        hex::encode(hasher.finalize())
    }

    /// Member state, authority and number.
    fn origin(&self) -> [String; 3] {
        let number = self.reference.trim().to_owned();
        [folded(&self.issuing_member_state), folded(&self.authority.name), number]
    }

    /// Whether it was issued before it was received, as far as both are known.
    fn is_in_time(&self) -> bool {
        let (Some(issued), Some(received)) = (self.issued_at.at(), self.received_at) else {
            return true;
        };
        let latest = received.checked_add(SignedDuration::from_mins(SKEW_MINUTES));
        latest.is_ok_and(|latest| issued <= latest)
    }

    /// Whether its secrecy ends within six weeks (Art. 11(3) TCO); without an end it is six weeks.
    fn is_secrecy_bounded(&self) -> bool {
        if !self.secrecy.refrain_from_informing || self.secrecy.until.is_empty() {
            return true;
        }
        let Some(until) = self.secrecy.until.end() else { return false };
        let decided = self.issued_at.at().or(self.received_at);
        let longest = decided.and_then(|decided| Clock::Confidentiality6Weeks.due(decided));
        longest.is_none_or(|longest| until <= longest)
    }

    /// Whether it names a contact for the answer.
    fn has_contact(&self) -> bool {
        said(&self.contacts.feedback_contact) || said(&self.authority.email)
    }

    /// Whether it says which data it is about.
    fn has_scope(&self) -> bool {
        let scope = &self.scope;
        let is_described = scope.described(&[]).is_ok_and(|described| described.is_some());
        is_described || !self.urls.is_empty() || said(&scope.description)
    }
}

/// A requirement of the law for orders of one kind.
struct Rule {
    kind: OrderKind,
    article: &'static str,
    field: &'static str,
    ground: Option<Ground>,
    is_met: fn(&Order) -> bool,
    sentence: &'static str,
}

/// Only noted; the order can be carried out all the same.
const NOTE: Option<Ground> = None;

/// A manifest error (Art. 3(8) TCO).
const ERROR: Option<Ground> = Some(Ground::ManifestErrors);

/// Too little to carry the order out (Art. 3(8) TCO).
const LACK: Option<Ground> = Some(Ground::InsufficientInformation);

/// Declares the requirements: kind, article, field, ground, whether it is met, what to do.
macro_rules! rules {
    ($($kind:ident $article:literal $field:literal $ground:ident
        $is_met:expr => $sentence:literal;)*) => {
        const RULES: &[Rule] = &[$(Rule {
            kind: OrderKind::$kind,
            article: $article,
            field: $field,
            ground: $ground,
            is_met: $is_met,
            sentence: $sentence,
        }),*];
    };
}

rules! {
    Removal "Annex I.A TCO" "reference" NOTE |o| said(&o.reference)
        => "the order has no reference number; ask for it";
    Removal "Art. 3(4)(e) TCO" "issued_at" ERROR |o| o.issued_at.at().is_some()
        => "the time and date of issue are missing or cannot be read; ask for them";
    Removal "Art. 3(4)(e) TCO" "issued_at" ERROR Order::is_in_time
        => "the order was issued after it was received; ask for the right time";
    Removal "Annex I.A TCO" "issuing_member_state" ERROR |o| is_country(&o.issuing_member_state)
        => "the member state is not written as two capital letters; ask for it";
    Removal "Art. 3(4)(a) TCO" "authority.name" ERROR |o| said(&o.authority.name)
        => "the order does not say who orders; ask for the authority's name";
    Removal "Annex I.E TCO" "authority.authority_type" NOTE |o| o.authority.authority_type.is_some()
        => "the order does not say what kind of authority orders; ask for it";
    Removal "Art. 3(4)(e) TCO" "authority.signature" ERROR |o| o.authority.is_authenticated()
        => "the order is neither signed nor sent by an authenticated channel; ask for a signature";
    Removal "Art. 3(4)(c) TCO" "urls" LACK |o| !o.urls.is_empty()
        => "the order names no URL; ask for exact URLs";
    Removal "Art. 3(4)(c) TCO" "urls" LACK |o| o.urls.iter().all(|url| is_exact_url(url))
        => "a URL does not lead to one thing; carry out the others and ask for the exact one";
    Removal "Art. 3(4)(b) TCO" "material" ERROR |o| !o.material.is_empty()
        => "no type of material of Art. 2(7) is ticked; ask which one it is";
    Removal "Art. 3(4)(b) TCO" "reasons" NOTE |o| said(&o.reasons)
        => "the reasons are ticked but not explained; carry it out, ask for them if you doubt it";
    Removal "Art. 3(4)(f) TCO" "redress" NOTE |o| o.redress.is_told()
        => "the order does not say where and until when it can be challenged; ask for both";
    Removal "Annex I.F TCO" "contacts.feedback_contact" NOTE |o| o.has_contact()
        => "the order does not say whom to answer; ask for a contact";
    Removal "Art. 11(3) TCO" "secrecy.until" NOTE Order::is_secrecy_bounded
        => "secrecy has no readable end within six weeks; ask for the decision that extends it";
    Removal "Art. 4(1) TCO" "copy_sent" NOTE |o| o.copy_sent || !o.other_member_state
        => "no copy went to our own authority; carry the order out and tell our authority";
    Act "Art. 9(2)(a)(i) DSA" "legal_basis" LACK |o| said(&o.legal_basis)
        => "the order names no legal basis; ask for it";
    Act "Art. 9(2)(a)(ii) DSA" "reasons" LACK |o| said(&o.reasons)
        => "the order does not say why the content is illegal, and by which provision; ask for it";
    Act "Art. 9(2)(a)(iii) DSA" "authority.name" LACK |o| said(&o.authority.name)
        => "the order does not say who orders; ask for the authority's name";
    Act "Art. 9(2)(a)(iv) DSA" "urls" LACK |o| !o.urls.is_empty() || said(&o.identification)
        => "the order does not say what it is about; ask for exact URLs";
    Act "Art. 9(2)(a)(iv) DSA" "urls" LACK |o| o.urls.iter().all(|url| is_exact_url(url))
        => "a URL does not lead to one thing; act on the others and ask for the exact one";
    Act "Art. 9(2)(a)(v) DSA" "redress.court" LACK |o| said(&o.redress.court)
        => "the order does not say how it can be challenged; ask for it";
    Act "Art. 9(2)(a)(vi) DSA" "contacts.feedback_contact" NOTE |o| o.has_contact()
        => "the order does not say whom to tell of its effect; ask for a contact";
    Act "Art. 9(2)(b) DSA" "territory" LACK |o| has_countries(&o.territory)
        => "the order does not say in which countries it applies; ask for them";
    Act "Art. 9(2) DSA" "issued_at" NOTE |o| o.issued_at.at().is_some() && o.is_in_time()
        => "the time of issue cannot be read or lies ahead; ask for the right one";
    Act "Art. 9(2) DSA" "authority.signature" NOTE |o| o.authority.is_authenticated()
        => "the order is neither signed nor sent by an authenticated channel; make sure that it is real";
    Inform "Art. 10(2)(a)(i) DSA" "legal_basis" LACK |o| said(&o.legal_basis)
        => "the order names no legal basis; ask for it";
    Inform "Art. 10(2)(a)(ii) DSA" "authority.name" LACK |o| said(&o.authority.name)
        => "the order does not say who orders; ask for the authority's name";
    Inform "Art. 10(2)(a)(iii) DSA" "recipients" LACK |o| o.recipients.iter().any(|name| said(name))
        => "the order names no account; ask for account names or unique identifiers";
    Inform "Art. 10(2)(a)(iv) DSA" "reasons" LACK |o| o.reasons_withheld || said(&o.reasons)
        => "the order does not say why the information is needed and proportionate; ask for it";
    Inform "Art. 10(2)(a)(v) DSA" "redress.court" LACK |o| said(&o.redress.court)
        => "the order does not say how it can be challenged; ask for it";
    Inform "Art. 10(2)(a)(vi) DSA" "contacts.feedback_contact" NOTE |o| o.has_contact()
        => "the order does not say whom to tell of its effect; ask for a contact";
    Inform "Art. 10(2)(b) DSA" "scope.description" LACK |o| said(&o.scope.description)
        => "the order does not say which information it wants; ask for it";
    Inform "Art. 10(2) DSA" "issued_at" NOTE |o| o.issued_at.at().is_some() && o.is_in_time()
        => "the time of issue cannot be read or lies ahead; ask for the right one";
    Inform "Art. 10(2) DSA" "authority.signature" NOTE |o| o.authority.is_authenticated()
        => "the order is neither signed nor sent by an authenticated channel; make sure that it is real";
    Retention "national law" "legal_basis" LACK |o| said(&o.legal_basis)
        => "the order names no legal basis; ask for it";
    Retention "national law" "authority.name" LACK |o| said(&o.authority.name)
        => "the order does not say who orders; ask for the authority's name";
    Retention "national law" "scope" LACK Order::has_scope
        => "the order does not say which data to keep; ask for accounts, contents or what they have in common";
    Retention "Art. 6(2) TCO" "keep_until" LACK |o| o.keep_until.end().is_some()
        => "the order does not say until when to keep; ask for the specified period";
    Retention "national law" "authority.signature" NOTE |o| o.authority.is_authenticated()
        => "the order is neither signed nor sent by an authenticated channel; make sure that it is real";
}

fn said(text: &str) -> bool {
    !text.trim().is_empty()
}

fn is_country(code: &str) -> bool {
    code.len() == 2 && code.bytes().all(|letter| letter.is_ascii_uppercase())
}

fn has_countries(codes: &[String]) -> bool {
    !codes.is_empty() && codes.iter().all(|code| is_country(code))
}

/// The beginning of a stranger's text, made fit for quoting.
pub(crate) fn cut(text: &str) -> String {
    text.chars().filter(|sign| !sign.is_control()).take(QUOTE_CHARS_MAX).collect()
}

/// serde's message about a document, of bounded length.
fn unreadable(error: &serde_json::Error) -> OrderError {
    OrderError::Unreadable(error.to_string().chars().take(3 * QUOTE_CHARS_MAX).collect())
}

#[cfg(test)]
mod tests;
