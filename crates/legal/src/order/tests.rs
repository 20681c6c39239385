//! Tests of orders.

use super::*;
use crate::authority::AuthorityKind;

const EXAMPLE: &str = r#"{"annex":"I","reference":"FR-2026-0042",
        "issued_at":"2026-08-01T09:58:00Z","received_at":"2026-08-01T10:00:12Z",
        "issuing_member_state":"FR",
        "A":{"addressee":"Example Video Ltd","contact_point":"tco@video.example",
            "member_state_main_establishment":"IE"},
        "B":{"urls":["https://video.example/v/123"],"material":["d"],"additional":""},
        "C":{"refrain_from_informing":false},
        "D":{"other_member_state":true,"copy_sent":true},
        "E":{"authority_type":"law_enforcement","name":"Office of Example Matters","file_no":"42",
            "email":"x@authority.example","date":"2026-08-01","authenticated_channel":true},
        "F":{"feedback_contact":"x@authority.example",
            "host_authority_contact":"y@authority.example"},
        "G":{"court":"Court of Example","deadline":"2 months",
            "national_law_url":"https://law.example/"}}"#;

const ACT: &str = r#"{"kind":"act","reference":"A-1","issued_at":"2026-08-01T09:00:00Z",
        "issuing_member_state":"DE","authority":{"name":"Office of Example Matters",
            "email":"x@authority.example","authenticated_channel":true},
        "legal_basis":"Section 1 of the Example Act","reasons":"It insults under section 2.",
        "urls":["https://video.example/v/9"],"territory":["DE"],
        "redress":{"court":"Court of Example"}}"#;

const INFORM: &str = r#"{"kind":"inform","reference":"I-1","issued_at":"2026-08-01T09:00:00Z",
        "issuing_member_state":"DE","authority":{"name":"Office of Example Matters",
            "email":"x@authority.example","signature":"signed"},
        "legal_basis":"Section 3 of the Example Act","reasons_withheld":true,
        "recipients":["a-17"],"scope":{"description":"the name given at registration"},
        "redress":{"court":"Court of Example"}}"#;

const RETENTION: &str = r#"{"kind":"retention","reference":"R-1",
        "authority":{"name":"Office of Example Matters","authenticated_channel":true},
        "legal_basis":"Section 4 of the Example Act",
        "scope":{"accounts":["a-17"],"from":"2026-01-01"},"keep_until":"2026-12-31"}"#;

fn example() -> Order {
    Order::parse_json(EXAMPLE.as_bytes()).unwrap().received(at("2026-08-01T10:00:12Z"))
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn fields(order: &Order) -> Vec<String> {
    order.missing().into_iter().map(|missing| missing.field).collect()
}

fn grounds(change: fn(&mut Order)) -> Vec<(String, Option<Ground>)> {
    let mut order = example();
    order.reasons = "It explains how to build one.".into();
    change(&mut order);
    order.missing().into_iter().map(|missing| (missing.field, missing.ground)).collect()
}

#[test]
fn a_removal_order_is_read_field_by_field() {
    let order = example();
    assert_eq!(order.kind, OrderKind::Removal);
    assert_eq!(order.reference, "FR-2026-0042");
    assert_eq!(order.addressee.addressee, "Example Video Ltd");
    assert_eq!(order.urls, ["https://video.example/v/123"]);
    assert_eq!(order.material, [Material::D]);
    assert!(order.other_member_state && order.copy_sent);
    assert_eq!(order.authority.authority_type, Some(AuthorityKind::LawEnforcement));
    assert_eq!(order.contacts.host_authority_contact, "y@authority.example");
    assert_eq!(order.redress.deadline, "2 months");
    assert_eq!(order.legal_basis, "Art. 3 of Regulation (EU) 2021/784");
}

#[test]
fn the_time_of_receipt_is_ours_and_never_the_senders() {
    assert_eq!(Order::parse_json(EXAMPLE.as_bytes()).unwrap().received_at, None);
    let flat = ACT.replace("{\"kind\"", "{\"received_at\":\"2020-01-01T00:00:00Z\",\"kind\"");
    assert_eq!(Order::parse_json(flat.as_bytes()).unwrap().received_at, None);
    assert_eq!(example().received_at, Some(at("2026-08-01T10:00:12Z")));
}

#[test]
fn complete_orders_lack_nothing() {
    for json in [ACT, INFORM, RETENTION] {
        let order = Order::parse_json(json.as_bytes()).unwrap();
        assert!(order.missing().is_empty(), "{json}: {:?}", order.missing());
    }
    let missing = example().missing();
    assert_eq!(fields(&example()), ["reasons"]);
    assert!(missing.iter().all(|missing| missing.ground.is_none()), "{missing:?}");
}

#[test]
fn a_kept_order_is_read_back_as_it_was() {
    for order in [example(), Order::parse_json(INFORM.as_bytes()).unwrap()] {
        let json = serde_json::to_string(&order).unwrap();
        assert_eq!(serde_json::from_str::<Order>(&json).unwrap(), order);
    }
}

#[test]
fn what_keeps_a_removal_order_from_being_carried_out_has_a_ground() {
    let one = |field: &str, ground| vec![(field.to_owned(), ground)];
    assert!(grounds(|_| ()).is_empty());
    assert_eq!(grounds(|o| o.urls.clear()), one("urls", LACK));
    assert_eq!(grounds(|o| o.urls.push("video.example".into())), one("urls", LACK));
    assert_eq!(grounds(|o| o.material.clear()), one("material", ERROR));
    assert_eq!(grounds(|o| o.authority.name.clear()), one("authority.name", ERROR));
    let unsigned = one("authority.signature", ERROR);
    assert_eq!(grounds(|o| o.authority.authenticated_channel = false), unsigned);
    let state = one("issuing_member_state", ERROR);
    assert_eq!(grounds(|o| o.issuing_member_state = "France".into()), state);
}

#[test]
fn an_unreadable_date_is_a_manifest_error_and_is_kept() {
    for text in ["", "31/02/2026", "2026-02-31T10:00:00Z", "2026-08-01T09:58:00", "soon"] {
        let mut order = example();
        order.issued_at = Moment(text.into());
        let missing = order.missing();
        assert_eq!(missing.first().unwrap().field, "issued_at", "{text}");
        assert_eq!(missing.first().unwrap().ground, ERROR);
        assert_eq!(order.issued_at.0, text);
    }
}

#[test]
fn an_order_from_the_future_is_a_manifest_error_but_clocks_may_differ_a_little() {
    let issued = |text: &str| {
        let mut order = example();
        order.issued_at = Moment(text.into());
        fields(&order)
    };
    assert_eq!(issued("2026-08-01T10:05:12Z"), ["reasons"]);
    assert_eq!(issued("2026-08-01T12:05:12+02:00"), ["reasons"]);
    assert_eq!(issued("2026-08-01T10:05:13Z"), ["issued_at", "reasons"]);
}

#[test]
fn what_can_be_carried_out_all_the_same_is_only_noted() {
    let changes: [fn(&mut Order); 5] = [
        |o| o.reference.clear(),
        |o| o.reasons.clear(),
        |o| o.authority.authority_type = None,
        |o| o.redress = Redress::default(),
        |o| o.copy_sent = false,
    ];
    for change in changes {
        let noted = grounds(change);
        assert_eq!(noted.len(), 1, "{noted:?}");
        assert!(noted.iter().all(|(_, ground)| ground.is_none()), "{noted:?}");
    }
}

#[test]
fn secrecy_lasts_six_weeks_at_most() {
    let until = |text: &str| {
        let mut order = example();
        order.secrecy = Secrecy { refrain_from_informing: true, until: Moment(text.into()) };
        fields(&order).contains(&"secrecy.until".to_owned())
    };
    assert!(!until(""), "without an end it is six weeks");
    assert!(!until("2026-09-12"));
    assert!(!until("2026-09-12T09:58:00Z"));
    assert!(until("2026-09-13"));
    assert!(until("for ever"));
}

#[test]
fn orders_under_the_dsa_must_say_what_articles_9_and_10_ask() {
    let bare = |kind| Order { kind, ..Order::default() };
    let articles = |order: Order| -> Vec<String> {
        order.missing().into_iter().map(|missing| missing.article).collect()
    };
    let act = articles(bare(OrderKind::Act));
    for point in ["(a)(i)", "(a)(ii)", "(a)(iii)", "(a)(iv)", "(a)(v)", "(a)(vi)", "(b)"] {
        assert!(act.contains(&format!("Art. 9(2){point} DSA")), "{point}");
    }
    let inform = articles(bare(OrderKind::Inform));
    for point in ["(a)(i)", "(a)(ii)", "(a)(iii)", "(a)(iv)", "(a)(v)", "(a)(vi)", "(b)"] {
        assert!(inform.contains(&format!("Art. 10(2){point} DSA")), "{point}");
    }
    assert!(fields(&bare(OrderKind::Retention)).contains(&"keep_until".to_owned()));
}

#[test]
fn a_scope_in_no_language_is_refused_by_name() {
    let scope = |tag: &str| Scope { languages: vec![tag.to_owned()], ..Scope::default() };
    assert!(scope("pt-BR").described(&[]).is_ok());
    let refused = scope("portuguese").described(&[]).unwrap_err();
    assert_eq!(refused, "`portuguese` is no language; write ro, pt-BR, …");
}

#[test]
fn a_language_that_we_did_not_declare_is_told() {
    let languages = ["en".to_owned(), "fr".to_owned()];
    let written = |language: &str, translations: &[&str]| {
        let mut order = Order::parse_json(ACT.as_bytes()).unwrap();
        order.language = language.into();
        order.translations = translations.iter().map(|text| (*text).into()).collect();
        order.foreign(&languages)
    };
    assert_eq!(written("FR", &[]), None);
    assert_eq!(written("fr-BE", &[]), None);
    assert_eq!(written("de", &["eng"]), None);
    assert_eq!(written("", &[]), None, "not stated: a human sees it");
    assert_eq!(written("de", &["en"]), None);
    assert_eq!(written("de", &["nl"]).unwrap().article, "Art. 9(2)(c) DSA");
    assert_eq!(example().foreign(&languages), None);
}

#[test]
fn the_same_order_sent_twice_has_the_same_fingerprint() {
    let mut again = example();
    again.received_at = None;
    again.urls = vec!["https://video.example/v/123".into(), " https://video.example/v/123".into()];
    again.authority.name = "office of example  matters".into();
    assert_eq!(again.fingerprint(), example().fingerprint());
    assert!(again.is_same_reference(&example()));
    again.urls.push("https://video.example/v/124".into());
    assert_ne!(again.fingerprint(), example().fingerprint());
    assert!(again.is_same_reference(&example()));
    again.reference = "FR-2026-0043".into();
    assert!(!again.is_same_reference(&example()));
    assert_eq!(again.fingerprint().len(), 64);
}

#[test]
fn the_order_of_urls_does_not_matter_and_their_borders_do() {
    let with = |reference: &str, urls: &[&str]| {
        let mut order = example();
        order.reference = reference.into();
        order.urls = urls.iter().map(|url| (*url).into()).collect();
        order.fingerprint()
    };
    assert_eq!(with("1", &["a", "b"]), with("1", &["b", "a"]));
    assert_ne!(with("1", &["ab"]), with("1", &["a", "b"]));
    assert_ne!(with("1a", &["b"]), with("1", &["ab"]));
}

#[test]
fn a_broken_document_is_refused_by_name() {
    let read = |json: &str| Order::parse_json(json.as_bytes()).unwrap_err();
    assert_eq!(read("{}"), OrderError::NoKind);
    assert_eq!(read(r#"{"annex":"II"}"#), OrderError::OtherAnnex("II".into()));
    for json in ["", "null", "[\"I\"]", "{", "{\"annex\":\"I\",}", "{\"kind\":\"obey\"}"] {
        assert!(matches!(read(json), OrderError::Unreadable(_)), "{json}");
    }
    let unknown = read(r#"{"kind":"act","colour":"red"}"#).to_string();
    assert!(unknown.contains("`colour`"), "{unknown}");
    let section = read(r#"{"annex":"I","B":{"url":"x"}}"#).to_string();
    assert!(section.contains("`url`"), "{section}");
    let tick = read(r#"{"annex":"I","B":{"material":["f"]}}"#).to_string();
    assert!(tick.contains("`f`"), "{tick}");
}

#[test]
fn what_is_huge_or_deep_is_refused_without_harm() {
    let large = vec![b' '; SIZE_BYTES_MAX + 1];
    assert_eq!(Order::parse_json(&large), Err(OrderError::TooLarge(SIZE_BYTES_MAX + 1)));
    let deep = format!("{{\"kind\":{}", "[".repeat(500_000));
    assert!(matches!(Order::parse_json(deep.as_bytes()), Err(OrderError::Unreadable(_))));
    let aside = format!("{{\"kind\":\"act\",\"x\":{}", "[".repeat(500_000));
    assert!(matches!(Order::parse_json(aside.as_bytes()), Err(OrderError::Unreadable(_))));
    let urls = vec!["\"u\""; ITEMS_MAX + 1].join(",");
    let many = format!("{{\"kind\":\"act\",\"urls\":[{urls}]}}");
    assert_eq!(Order::parse_json(many.as_bytes()), Err(OrderError::TooMany(ITEMS_MAX + 1)));
    let name = format!("{{\"kind\":\"act\",\"{}\":1}}", "x".repeat(100_000));
    assert!(Order::parse_json(name.as_bytes()).unwrap_err().to_string().len() < 1_000);
}
