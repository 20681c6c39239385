//! Authorities that send orders, and whether an order comes from the authority that it names.
//!
//! An order sent through an authority's own authenticated channel must name that authority and its
//! member state; if it names another, it is forged. An order that staff typed in or uploaded is
//! unverified until somebody confirmed it in a stated way. No claim in an order makes it trusted.
//!
//! Sources: Art. 3(4)(a), (5) and Annex I, section E of Regulation (EU) 2021/784 (TCO);
//! Art. 9(2)(a)(iii) and 10(2)(a)(ii) of Regulation (EU) 2022/2065 (DSA).

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::order::{Missing, Order, OrderKind, cut};

/// How long before its first order an authority announces procedures and deadlines (Art. 3(2) TCO).
const FIRST_CONTACT_HOURS: i64 = 12;

/// The kind of an authority (Annex I, section E TCO).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AuthorityKind {
    /// A judge, a court or an investigating judge.
    Judge,
    /// A law enforcement authority.
    LawEnforcement,
    /// Another competent authority.
    CompetentAuthority,
    /// A Digital Services Coordinator (Art. 49 DSA).
    #[serde(rename = "dsc")]
    Coordinator,
}

/// The issuing authority, in the order's own words (Annex I, section E TCO).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Issuer {
    /// The kind of the authority.
    pub authority_type: Option<AuthorityKind>,
    /// Its name.
    pub name: String,
    /// The name of its representative.
    pub representative: String,
    /// The post that the representative holds.
    pub post: String,
    /// The authority's file number.
    pub file_no: String,
    /// Its postal address.
    pub address: String,
    /// Its telephone number.
    pub telephone: String,
    /// Its fax number.
    pub fax: String,
    /// Its e-mail address.
    pub email: String,
    /// The date next to the signature, as written.
    pub date: String,
    /// The official stamp, if there is one.
    pub stamp: String,
    /// The signature; not needed on an authenticated channel.
    pub signature: String,
    /// Whether the sender says that the channel authenticates it.
    pub authenticated_channel: bool,
}

impl Issuer {
    /// Whether the order says that it is signed or sent through an authenticated channel.
    #[must_use]
    pub fn is_authenticated(&self) -> bool {
        self.authenticated_channel || !self.signature.trim().is_empty()
    }
}

/// An authority in the register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Authority {
    /// Our id for it.
    pub id: String,
    /// Its official name.
    pub name: String,
    /// ISO 3166-1 alpha-2.
    pub member_state: String,
    /// Its kind.
    pub kind: AuthorityKind,
    /// The domains of its e-mail addresses; empty if unknown.
    #[serde(default)]
    pub email_domains: Vec<String>,
    /// The id of the key that authenticates its own channel.
    #[serde(default)]
    pub key_id: Option<String>,
    /// The languages that it writes in, ISO 639-1.
    #[serde(default)]
    pub languages: Vec<String>,
    /// Whether staff verified that it exists and is competent.
    #[serde(default)]
    pub verified: bool,
    /// Whether its verified orders may be carried out before a human has looked.
    #[serde(default)]
    pub auto_execute: bool,
    /// When it first announced procedures and deadlines to us (Art. 3(2) TCO).
    #[serde(default)]
    pub first_contact_at: Option<Timestamp>,
}

impl Authority {
    /// Whether an order of this trust may be carried out before a human has looked.
    #[must_use]
    pub fn is_automatic(&self, trust: &Trust) -> bool {
        self.auto_execute && self.verified && *trust == Trust::Verified
    }
}

/// How staff verified that an order is real.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Somebody called the authority back at the number in the register.
    CalledBack,
    /// Somebody checked the electronic signature.
    SignatureChecked,
    /// The authority of our own member state confirmed it.
    HostAuthority,
    /// Somebody received it in person.
    InPerson,
}

/// The confirmation that an order is real.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    /// How it was verified.
    pub way: Way,
    /// The person who verified it.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// How an order was received.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "channel", rename_all = "snake_case")]
pub enum Channel {
    /// Through an authenticated channel.
    Api {
        /// The id of the key that was used.
        key_id: String,
    },
    /// Typed in by staff.
    Typed {
        /// The confirmation that it is real, if there is one.
        #[serde(default)]
        confirmed: Option<Confirmation>,
    },
    /// As a file that staff uploaded.
    File {
        /// The confirmation that it is real, if there is one.
        #[serde(default)]
        confirmed: Option<Confirmation>,
    },
}

/// Whether an order comes from the authority that it names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "trust", rename_all = "snake_case")]
pub enum Trust {
    /// It does.
    Verified,
    /// It is unknown; a human must verify it.
    Unverified {
        /// What is unknown.
        reason: String,
    },
    /// It does not: it came through the channel of one authority and names another.
    Forged {
        /// The contradiction.
        reason: String,
    },
}

/// Whether `order` comes from `claimed`, given how it was received.
#[must_use]
pub fn verify(order: &Order, claimed: &Authority, channel: &Channel) -> Trust {
    let doubt = match channel {
        Channel::Api { key_id } => match forgery(order, claimed, key_id) {
            Some(reason) => return Trust::Forged { reason },
            None => omission(order).or_else(|| foreign_email(order, claimed)),
        },
        Channel::Typed { confirmed } | Channel::File { confirmed } => {
            let wrong = omission(order).or_else(|| contradiction(order, claimed));
            wrong.or_else(|| unconfirmed(confirmed.as_ref()))
        }
    };
    match doubt.or_else(|| unknown(claimed)) {
        Some(reason) => Trust::Unverified { reason },
        None => Trust::Verified,
    }
}

/// Why an order sent through the channel of the key `key_id` cannot be from `claimed`.
fn forgery(order: &Order, claimed: &Authority, key_id: &str) -> Option<String> {
    let own = claimed.key_id.as_deref().filter(|own| !own.is_empty());
    if own != Some(key_id) {
        let (key, name) = (cut(key_id), &claimed.name);
        return Some(format!("the key `{key}` is not that of `{name}`; ask that authority"));
    }
    contradiction(order, claimed)
}

/// A statement of the order that contradicts `claimed`; an omission contradicts nothing.
fn contradiction(order: &Order, claimed: &Authority) -> Option<String> {
    let (name, state) = (&order.authority.name, &order.issuing_member_state);
    let is_other = |said: &str, known: &str| {
        let said = folded(said);
        !said.is_empty() && said != folded(known)
    };
    if is_other(name, &claimed.name) {
        let (said, known) = (cut(name), &claimed.name);
        return Some(format!("the order names `{said}`, the sender is `{known}`; ask the sender"));
    }
    if is_other(state, &claimed.member_state) {
        let (said, known) = (cut(state), &claimed.member_state);
        return Some(format!(
            "the order names `{said}`, the sender is of `{known}`; ask the sender"
        ));
    }
    let kind = order.authority.authority_type;
    if kind.is_some_and(|kind| kind != claimed.kind) {
        return Some("the order names another type of authority; ask the sender".to_owned());
    }
    None
}

/// A required statement about the sender that is missing from the order.
fn omission(order: &Order) -> Option<String> {
    if folded(&order.authority.name).is_empty() {
        return Some("the order does not name its authority; ask the sender".to_owned());
    }
    if folded(&order.issuing_member_state).is_empty() {
        return Some("the order does not name its member state; ask the sender".to_owned());
    }
    None
}

/// A message if the address for answers is not at a domain of `claimed`, where those are known.
fn foreign_email(order: &Order, claimed: &Authority) -> Option<String> {
    let email = order.authority.email.trim().to_lowercase();
    if email.is_empty() || claimed.email_domains.is_empty() {
        return None;
    }
    let domain = email.rsplit_once('@').map_or("", |(_, domain)| domain);
    let is_under = |known: &String| {
        let known = known.trim().to_lowercase();
        let rest = domain.strip_suffix(known.as_str());
        !known.is_empty() && rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    let is_own = claimed.email_domains.iter().any(is_under);
    let (email, name) = (cut(&email), &claimed.name);
    (!is_own).then(|| format!("`{email}` is no address of `{name}`; call the authority back"))
}

/// A message if nobody confirmed an order that came without an authenticated channel.
fn unconfirmed(confirmed: Option<&Confirmation>) -> Option<String> {
    let is_named = confirmed.is_some_and(|confirmed| !confirmed.by.trim().is_empty());
    (!is_named).then(|| "nobody confirmed that the order is real; call the authority back".into())
}

/// A message if nobody verified the entry in the register.
fn unknown(claimed: &Authority) -> Option<String> {
    let name = &claimed.name;
    (!claimed.verified).then(|| format!("nobody verified `{name}` yet; verify its entry first"))
}

/// The defect that `authority`, which never ordered a removal before, did not announce procedures
/// and deadlines twelve hours ahead of `order` (Art. 3(2) TCO); not required in an emergency.
#[must_use]
pub fn first_contact(order: &Order, authority: &Authority, has_ordered: bool) -> Option<Missing> {
    if order.kind != OrderKind::Removal || has_ordered || order.emergency {
        return None;
    }
    let issued = order.issued_at.at().or(order.received_at)?;
    let latest = issued.checked_sub(SignedDuration::from_hours(FIRST_CONTACT_HOURS)).ok()?;
    if authority.first_contact_at.is_some_and(|told| told <= latest) {
        return None;
    }
    let sentence = "it is the authority's first order and it did not tell us of procedures and \
                    deadlines 12 hours ahead; carry it out and ask why";
    Some(Missing::new("Art. 3(2) TCO", "emergency", sentence, None))
}

/// `name` in a form that ignores case and white space.
pub(crate) fn folded(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::annex::Moment;

    fn authority() -> Authority {
        Authority {
            id: "fr-1".into(),
            name: "Office of Example Matters".into(),
            member_state: "FR".into(),
            kind: AuthorityKind::LawEnforcement,
            email_domains: vec!["authority.example".into()],
            key_id: Some("key-7".into()),
            languages: vec!["fr".into()],
            verified: true,
            auto_execute: true,
            first_contact_at: None,
        }
    }

    fn order() -> Order {
        Order {
            issuing_member_state: "FR".into(),
            authority: Issuer {
                authority_type: Some(AuthorityKind::LawEnforcement),
                name: "office of  example matters ".into(),
                email: "desk@orders.authority.example".into(),
                ..Issuer::default()
            },
            ..Order::default()
        }
    }

    fn key() -> Channel {
        Channel::Api { key_id: "key-7".into() }
    }

    fn confirmed(by: &str) -> Option<Confirmation> {
        let at = "2026-08-01T10:05:00Z".parse().unwrap();
        Some(Confirmation { way: Way::CalledBack, by: by.into(), at })
    }

    fn reason(trust: &Trust) -> &str {
        match trust {
            Trust::Verified => "",
            Trust::Unverified { reason } | Trust::Forged { reason } => reason,
        }
    }

    #[test]
    fn an_order_by_the_authoritys_own_channel_is_verified() {
        let trust = verify(&order(), &authority(), &key());
        assert_eq!(trust, Trust::Verified);
        assert!(authority().is_automatic(&trust));
    }

    #[test]
    fn an_order_that_names_another_authority_than_its_channels_is_forged() {
        let mut named = order();
        named.authority.name = "Office of Other Matters".into();
        let mut from = order();
        from.issuing_member_state = "DE".into();
        let mut typed = order();
        typed.authority.authority_type = Some(AuthorityKind::Judge);
        for order in [named, from, typed] {
            let trust = verify(&order, &authority(), &key());
            assert!(matches!(trust, Trust::Forged { .. }), "{trust:?}");
            assert!(!authority().is_automatic(&trust));
        }
    }

    #[test]
    fn an_order_by_a_key_of_somebody_else_is_forged() {
        for key_id in ["key-8", "", "KEY-7"] {
            let trust = verify(&order(), &authority(), &Channel::Api { key_id: key_id.into() });
            assert!(matches!(trust, Trust::Forged { .. }), "{key_id}");
        }
        let keyless = Authority { key_id: Some(String::new()), ..authority() };
        let trust = verify(&order(), &keyless, &Channel::Api { key_id: String::new() });
        assert!(matches!(trust, Trust::Forged { .. }), "an empty key opens nothing");
    }

    #[test]
    fn an_order_that_names_nobody_is_not_forged_but_asked_about() {
        let mut nameless = order();
        nameless.authority.name = "  ".into();
        let mut stateless = order();
        stateless.issuing_member_state = String::new();
        for order in [nameless, stateless] {
            let trust = verify(&order, &authority(), &key());
            assert!(matches!(trust, Trust::Unverified { .. }), "{trust:?}");
            assert!(reason(&trust).ends_with("ask the sender"), "{trust:?}");
        }
    }

    #[test]
    fn an_answer_never_goes_to_a_foreign_address_unasked() {
        for email in ["desk@authority.example.evil.example", "desk@notauthority.example", "desk"] {
            let mut order = order();
            order.authority.email = email.into();
            let trust = verify(&order, &authority(), &key());
            assert!(matches!(trust, Trust::Unverified { .. }), "{email}: {trust:?}");
        }
    }

    #[test]
    fn what_staff_typed_in_or_uploaded_is_unverified_until_somebody_confirmed_it() {
        let typed = |confirmed| verify(&order(), &authority(), &Channel::Typed { confirmed });
        let file = |confirmed| verify(&order(), &authority(), &Channel::File { confirmed });
        for trust in [typed(None), file(None), typed(confirmed(" "))] {
            assert!(reason(&trust).contains("call the authority back"), "{trust:?}");
        }
        assert_eq!(typed(confirmed("ana")), Trust::Verified);
        assert_eq!(file(confirmed("ana")), Trust::Verified);
    }

    #[test]
    fn a_confirmation_does_not_heal_a_contradiction() {
        let mut order = order();
        order.issuing_member_state = "DE".into();
        let trust = verify(&order, &authority(), &Channel::Typed { confirmed: confirmed("ana") });
        assert!(reason(&trust).contains("`DE`"), "{trust:?}");
    }

    #[test]
    fn an_authority_that_nobody_verified_has_no_verified_orders() {
        let stranger = Authority { verified: false, ..authority() };
        let trust = verify(&order(), &stranger, &key());
        assert!(matches!(trust, Trust::Unverified { .. }));
        assert!(!stranger.is_automatic(&Trust::Verified));
    }

    #[test]
    fn a_first_order_needs_twelve_hours_of_notice_unless_it_is_an_emergency() {
        let informed =
            |text: &str| Authority { first_contact_at: text.parse().ok(), ..authority() };
        let mut order = order();
        order.issued_at = Moment("2026-08-02T10:00:00Z".into());
        let early = informed("2026-08-01T22:00:00Z");
        let late = informed("2026-08-01T22:00:01Z");
        assert_eq!(first_contact(&order, &early, false), None);
        assert_eq!(first_contact(&order, &late, true), None, "it ordered before");
        for authority in [late, informed("")] {
            let missing = first_contact(&order, &authority, false).unwrap();
            assert_eq!(missing.article, "Art. 3(2) TCO");
            assert_eq!(missing.ground, None, "the order is carried out all the same");
        }
        order.emergency = true;
        assert_eq!(first_contact(&order, &authority(), false), None);
        order.emergency = false;
        order.kind = OrderKind::Act;
        assert_eq!(first_contact(&order, &authority(), false), None);
    }

    #[test]
    fn a_hostile_name_is_quoted_in_part_only() {
        let mut order = order();
        order.authority.name = "x".repeat(1_000_000);
        let trust = verify(&order, &authority(), &key());
        assert!(reason(&trust).len() < 400);
    }

    #[test]
    fn a_channel_is_written_with_its_name() {
        let json = r#"{"channel":"typed","confirmed":{"way":"called_back","by":"ana",
            "at":"2026-08-01T10:05:00Z"}}"#;
        let channel: Channel = serde_json::from_str(json).unwrap();
        assert_eq!(channel, Channel::Typed { confirmed: confirmed("ana") });
        let bare: Channel = serde_json::from_str(r#"{"channel":"file"}"#).unwrap();
        assert_eq!(bare, Channel::File { confirmed: None });
    }
}
