//! The templates of Regulation (EU) 2021/784 (TCO): Annex I, the removal order as it is written;
//! Annex II, the answer that it was carried out; Annex III, the answer that it cannot be.
//!
//! The fields are those of the templates, section by section. The Regulation prescribes no format
//! for machines, so the names are ours. Nothing is sent from here.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::authority::Issuer;
use crate::clock::Ground;
use crate::order::{Order, OrderKind};

/// The type of terrorist content: the boxes of Art. 2(7) TCO.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Material {
    /// It incites to commit a terrorist offence.
    A,
    /// It solicits to commit or contribute to one.
    B,
    /// It solicits to participate in a terrorist group.
    C,
    /// It instructs in weapons, explosives or other methods.
    D,
    /// It threatens to commit a terrorist offence.
    E,
}

/// A moment as the sender wrote it: one that cannot be read must be quoted in the answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct Moment(pub String);

impl Moment {
    /// The moment, if it has a date, a time and an offset.
    #[must_use]
    pub fn at(&self) -> Option<Timestamp> {
        self.0.trim().parse().ok()
    }

    /// The beginning of what it names: the moment, or the beginning of a bare day in UTC.
    #[must_use]
    pub fn start(&self) -> Option<Timestamp> {
        self.at().or_else(|| midnight(self.day()?))
    }

    /// The end of what it names: the moment, or the end of a bare day in UTC.
    #[must_use]
    pub fn end(&self) -> Option<Timestamp> {
        self.at().or_else(|| self.last())
    }

    /// The end of a bare day, or of time where the calendar has no moment after it.
    fn last(&self) -> Option<Timestamp> {
        match self.0.trim().get(..10)?.parse::<Date>().ok()? {
            day if day >= LAST_DAY => Some(Timestamp::MAX),
            _ => midnight(self.day()?.tomorrow().ok()?),
        }
    }

    fn day(&self) -> Option<Date> {
        self.0.trim().parse().ok()
    }

    /// Whether nothing was written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.trim().is_empty()
    }
}

/// The last day of moments: the midnight after it cannot be represented.
const LAST_DAY: Date = jiff::civil::date(9999, 12, 30);

fn midnight(day: Date) -> Option<Timestamp> {
    day.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

/// Annex I, section A: the addressee of an order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Addressee {
    /// The provider.
    pub addressee: String,
    /// Its legal representative, where it has one.
    pub legal_representative: String,
    /// Its contact point (Art. 15(1) TCO).
    pub contact_point: String,
    /// Where its main establishment or legal representative is, ISO 3166-1 alpha-2.
    pub member_state_main_establishment: String,
}

/// Annex I, section B: what is to be removed, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct OrderedContent {
    /// Its exact URLs.
    pub urls: Vec<String>,
    /// Other information that helps to find it.
    pub identification: String,
    /// The boxes ticked.
    pub material: Vec<Material>,
    /// Additional information on why it is terrorist content.
    pub additional: String,
}

/// Annex I, section C: whether the content provider must not be informed (Art. 11(3) TCO).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Secrecy {
    /// Whether the box is ticked.
    pub refrain_from_informing: bool,
    /// The end of the secrecy, six weeks at most.
    pub until: Moment,
}

/// Annex I, section D: orders from another member state (Art. 4 TCO).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct CrossBorder {
    /// Whether our main establishment is in another member state.
    pub other_member_state: bool,
    /// Whether a copy went to the authority there.
    pub copy_sent: bool,
}

/// Annex I, section F: the contacts for the answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Contacts {
    /// The contact that receives the time of the measure and requests for clarification.
    pub feedback_contact: String,
    /// The authority of the member state of our main establishment.
    pub host_authority_contact: String,
}

/// Annex I, section G: how an order can be challenged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Redress {
    /// The competent body or court.
    pub court: String,
    /// The deadline, in words.
    pub deadline: String,
    /// Where the national law can be read.
    pub national_law_url: String,
}

impl Redress {
    /// Whether it says where and until when the order can be challenged.
    #[must_use]
    pub fn is_told(&self) -> bool {
        !self.court.trim().is_empty() && !self.deadline.trim().is_empty()
    }
}

/// A removal order in the layout of Annex I.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct AnnexOne {
    /// Always `I`.
    pub annex: String,
    /// Section A: the number of the order.
    pub reference: String,
    /// Section A: time and date of issue.
    pub issued_at: Moment,
    /// The time of receipt stated by the sender; we use our own.
    pub received_at: Moment,
    /// Section A: the member state of the authority, ISO 3166-1 alpha-2.
    pub issuing_member_state: String,
    /// The language that it is written in, ISO 639-1 (Art. 15(2) TCO).
    pub language: String,
    /// Whether it is a duly justified emergency (Art. 3(2) TCO).
    pub emergency: bool,
    /// The addressee.
    #[serde(rename = "A")]
    pub a: Addressee,
    /// The content to be removed.
    #[serde(rename = "B")]
    pub b: OrderedContent,
    /// Whether the content provider must not be informed.
    #[serde(rename = "C")]
    pub c: Secrecy,
    /// Whether it comes from another member state.
    #[serde(rename = "D")]
    pub d: CrossBorder,
    /// The issuing authority.
    #[serde(rename = "E")]
    pub e: Issuer,
    /// The contacts for the answer.
    #[serde(rename = "F")]
    pub f: Contacts,
    /// How to challenge it.
    #[serde(rename = "G")]
    pub g: Redress,
}

impl From<AnnexOne> for Order {
    fn from(annex: AnnexOne) -> Self {
        Self {
            kind: OrderKind::Removal,
            reference: annex.reference,
            issued_at: annex.issued_at,
            issuing_member_state: annex.issuing_member_state,
            language: annex.language,
            addressee: annex.a,
            authority: annex.e,
            legal_basis: "Art. 3 of Regulation (EU) 2021/784".into(),
            urls: annex.b.urls,
            identification: annex.b.identification,
            material: annex.b.material,
            reasons: annex.b.additional,
            redress: annex.g,
            secrecy: annex.c,
            other_member_state: annex.d.other_member_state,
            copy_sent: annex.d.copy_sent,
            contacts: annex.f,
            emergency: annex.emergency,
            ..Self::default()
        }
    }
}

/// The provider that answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// The provider or its legal representative.
    pub name: String,
    /// Where its main establishment or legal representative is, ISO 3166-1 alpha-2.
    pub member_state: String,
    /// The e-mail address of its contact point.
    pub contact_email: String,
    /// The person who signs.
    pub authorised_person: String,
}

/// The result of a removal order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum RemovalResult {
    /// The content was removed.
    Removed {
        /// The time of the measure.
        #[serde(default)]
        at: Option<Timestamp>,
    },
    /// Access was disabled in all member states.
    Disabled {
        /// The time of the measure.
        #[serde(default)]
        at: Option<Timestamp>,
    },
    /// The order cannot be carried out.
    Impossible {
        /// The ground.
        ground: Ground,
        /// Further information on the reasons.
        reasons: String,
        /// The errors, and what must be clarified.
        #[serde(default)]
        clarification: String,
    },
}

/// Annexes II and III, section A: the order that is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Answered {
    /// The addressee of the order.
    pub addressee: String,
    /// The authority that issued it.
    pub authority: String,
    /// The authority's number of the order.
    pub order_reference: String,
    /// The authority's file number.
    pub authority_file: String,
    /// Our own file number.
    pub addressee_file: String,
    /// When we received it.
    pub received_at: Timestamp,
}

/// What was done (Annex II, section B).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// The content was removed.
    ContentRemoved,
    /// Access to it was disabled in all member states.
    AccessDisabledInAllMemberStates,
}

/// Annex II, section B: the measure and its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct MeasureTaken {
    /// What was done.
    pub measure: Measure,
    /// When.
    pub at: Timestamp,
    /// The addresses of the order at which it was done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub urls: Vec<String>,
    /// Addresses of the order that do not exist on this service: nothing was done there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_found: Vec<String>,
}

/// Annex III, section B: why it cannot be carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Hindrance {
    /// The box ticked.
    pub ground: Ground,
    /// Further information on the reasons.
    pub reasons: String,
    /// The errors, and what must be clarified.
    pub clarification: String,
}

/// Annexes II and III, section C: the signatory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Signatory {
    /// The provider or its legal representative.
    pub name: String,
    /// Where it is established, ISO 3166-1 alpha-2.
    pub member_state: String,
    /// The person who signs.
    pub authorised_person: String,
    /// The e-mail address of the contact point.
    pub email: String,
    /// The signature; set by the code that sends the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
    /// Time and date.
    pub at: Timestamp,
}

/// Annex II: the order was carried out (Art. 3(6) TCO).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Feedback {
    /// The order.
    #[serde(rename = "A")]
    pub a: Answered,
    /// The measure.
    #[serde(rename = "B")]
    pub b: MeasureTaken,
    /// The signatory.
    #[serde(rename = "C")]
    pub c: Signatory,
}

/// Annex III: the order cannot be carried out (Art. 3(7) and (8) TCO).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Impossibility {
    /// The order.
    #[serde(rename = "A")]
    pub a: Answered,
    /// The reason.
    #[serde(rename = "B")]
    pub b: Hindrance,
    /// The signatory.
    #[serde(rename = "C")]
    pub c: Signatory,
}

/// The answer to a removal order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "annex")]
pub enum Answer {
    /// It was carried out.
    #[serde(rename = "II")]
    Feedback(Feedback),
    /// It cannot be carried out.
    #[serde(rename = "III")]
    Impossibility(Impossibility),
}

/// Why a removal order was not answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnnexError {
    /// It is another kind of order.
    #[error("only removal orders are answered by an annex; answer this order in words")]
    NotRemoval,
    /// The time of receipt was not recorded.
    #[error("the order has no time of receipt; note when it was received")]
    NoReceipt,
    /// The time of the measure was not recorded.
    #[error("annex II needs the time of the measure; carry the order out first")]
    NoMeasureTime,
    /// The time of the measure is in the future.
    #[error("the measure is dated `{0}`, which lies ahead; note the time when it was taken")]
    MeasureAhead(Timestamp),
    /// The reasons why it cannot be carried out are missing.
    #[error("annex III needs further information on the reasons; write what stands in the way")]
    NoReasons,
    /// It is not stated what must be clarified.
    #[error("annex III needs the errors or what is unclear; write what must be clarified")]
    NoClarification,
    /// A field of the provider is empty.
    #[error("the provider's `{0}` is empty; set it in the configuration")]
    NoProvider(&'static str),
}

/// The answer of `provider` to `order` at `now`, under our own number `file`.
pub fn answer(
    order: &Order,
    provider: &Provider,
    file: &str,
    outcome: &RemovalResult,
    now: Timestamp,
) -> Result<Answer, AnnexError> {
    let a = answered(order, provider, file)?;
    let c = signatory(provider, now)?;
    let (measure, at) = match outcome {
        RemovalResult::Removed { at } => (Measure::ContentRemoved, *at),
        RemovalResult::Disabled { at } => (Measure::AccessDisabledInAllMemberStates, *at),
        RemovalResult::Impossible { ground, reasons, clarification } => {
            let b = hindrance(*ground, reasons, clarification)?;
            return Ok(Answer::Impossibility(Impossibility { a, b, c }));
        }
    };
    let at = at.ok_or(AnnexError::NoMeasureTime)?;
    if at > now {
        return Err(AnnexError::MeasureAhead(at));
    }
    let (urls, not_found) = (Vec::new(), Vec::new());
    Ok(Answer::Feedback(Feedback { a, b: MeasureTaken { measure, at, urls, not_found }, c }))
}

fn answered(order: &Order, provider: &Provider, file: &str) -> Result<Answered, AnnexError> {
    if order.kind != OrderKind::Removal {
        return Err(AnnexError::NotRemoval);
    }
    let named = order.addressee.addressee.trim();
    let addressee = if named.is_empty() { provider.name.as_str() } else { named };
    Ok(Answered {
        addressee: addressee.to_owned(),
        authority: order.authority.name.clone(),
        order_reference: order.reference.clone(),
        authority_file: order.authority.file_no.clone(),
        addressee_file: file.to_owned(),
        received_at: order.received_at.ok_or(AnnexError::NoReceipt)?,
    })
}

fn signatory(provider: &Provider, now: Timestamp) -> Result<Signatory, AnnexError> {
    let fields = [
        ("name", &provider.name),
        ("member_state", &provider.member_state),
        ("contact_email", &provider.contact_email),
        ("authorised_person", &provider.authorised_person),
    ];
    if let Some(&(name, _)) = fields.iter().find(|(_, value)| value.trim().is_empty()) {
        return Err(AnnexError::NoProvider(name));
    }
    Ok(Signatory {
        name: provider.name.clone(),
        member_state: provider.member_state.clone(),
        authorised_person: provider.authorised_person.clone(),
        email: provider.contact_email.clone(),
        signature: None,
        at: now,
    })
}

fn hindrance(ground: Ground, reasons: &str, unclear: &str) -> Result<Hindrance, AnnexError> {
    if reasons.trim().is_empty() {
        return Err(AnnexError::NoReasons);
    }
    if ground != Ground::ForceMajeure && unclear.trim().is_empty() {
        return Err(AnnexError::NoClarification);
    }
    Ok(Hindrance { ground, reasons: reasons.to_owned(), clarification: unclear.to_owned() })
}

#[cfg(test)]
mod tests;
