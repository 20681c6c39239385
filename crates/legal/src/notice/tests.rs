//! Tests of notices.

use super::*;

fn notice() -> Notice {
    Notice {
        explanation: "The video calls for violence against a group.".into(),
        urls: vec!["https://video.example/v/1".into()],
        name: Some("A. Person".into()),
        email: Some("a@person.example".into()),
        good_faith: true,
        ..Notice::default()
    }
}

fn lacking(change: fn(&mut Notice)) -> Vec<(String, String)> {
    let mut notice = notice();
    change(&mut notice);
    let lacking = notice.insufficiencies().into_iter();
    lacking.map(|lacking| (lacking.article, lacking.field)).collect()
}

fn one(article: &str, field: &str) -> Vec<(String, String)> {
    vec![(format!("Art. {article} DSA"), field.to_owned())]
}

#[test]
fn a_complete_notice_lacks_nothing() {
    assert!(notice().insufficiencies().is_empty());
}

#[test]
fn the_four_things_that_the_law_asks_for_are_asked_for() {
    let fields: Vec<String> =
        Notice::default().insufficiencies().into_iter().map(|lacking| lacking.field).collect();
    assert_eq!(fields, ["explanation", "urls", "name", "email", "good_faith"]);
}

#[test]
fn an_explanation_must_explain() {
    assert_eq!(lacking(|n| n.explanation = "illegal  ".into()), one("16(2)(a)", "explanation"));
    assert!(lacking(|n| n.explanation = "é".repeat(10)).is_empty());
    let long = lacking(|n| n.explanation = "x".repeat(1_000_000));
    assert_eq!(long, one("16(2)(a)", "explanation"));
}

#[test]
fn a_url_must_lead_to_the_content() {
    assert_eq!(lacking(|n| n.urls.clear()), one("16(2)(b)", "urls"));
    for url in [
        "",
        "video.example/v/1",
        "https://video.example",
        "https://video.example/",
        "https://localhost/v/1",
        "ftp://video.example/v/1",
        "javascript:alert(1)",
        "https:///v/1",
        "https://video.example/v/1 and others",
        "https://video.example@evil.example/v/1",
    ] {
        let notice = Notice { urls: vec![url.into()], ..notice() };
        assert_eq!(notice.insufficiencies().len(), 1, "{url}");
    }
    for url in ["HTTPS://Video.Example/v/1", "http://video.example/?v=1", "https://a.example/é"] {
        assert!(is_exact_url(url), "{url}");
    }
}

#[test]
fn a_notice_names_a_hundred_urls_at_most() {
    let many = |count: usize| {
        let urls = vec!["https://video.example/v/1".to_owned(); count];
        Notice { urls, ..notice() }.insufficiencies().len()
    };
    assert_eq!((many(100), many(101)), (0, 1));
    let long = format!("https://video.example/{}", "x".repeat(URL_BYTES_MAX));
    assert!(!is_exact_url(&long));
}

#[test]
fn a_notifier_is_named_except_for_the_protection_of_children() {
    assert_eq!(lacking(|n| n.name = None), one("16(2)(c)", "name"));
    assert_eq!(lacking(|n| n.email = Some(" ".into())), one("16(2)(c)", "email"));
    let exempt = |n: &mut Notice| {
        n.child_protection_exemption = true;
        (n.name, n.email) = (None, None);
    };
    assert!(lacking(exempt).is_empty());
}

#[test]
fn an_address_that_cannot_be_one_is_told_even_where_none_is_needed() {
    let wrong = |n: &mut Notice| {
        n.child_protection_exemption = true;
        n.email = Some("a.person.example".into());
    };
    assert_eq!(lacking(wrong), one("16(2)(c)", "email"));
    for email in ["a@person.example", "a.b+c@mail.person.example", "é@person.example"] {
        assert!(is_email(email), "{email}");
    }
    for email in [
        "",
        "@",
        "a@b",
        "a@.example",
        "a@person.example.",
        "a@@person.example",
        "a b@person.example",
        ".a@person.example",
        "a@-person.example",
        "a@person.example\nBcc: b@person.example",
        "<a@person.example>",
    ] {
        assert!(!is_email(email), "{email}");
    }
    assert!(!is_email(&format!("{}@person.example", "x".repeat(65))));
    assert!(!is_email(&format!("a@{}.example", "x".repeat(1_000_000))));
}

#[test]
fn good_faith_is_asked_for() {
    assert_eq!(lacking(|n| n.good_faith = false), one("16(2)(d)", "good_faith"));
}

#[test]
fn a_trusted_flagger_says_which() {
    let nameless = lacking(|n| n.channel = NoticeChannel::TrustedFlagger);
    assert_eq!(nameless, one("22(1)", "trusted_flagger_id"));
    let named = |n: &mut Notice| {
        n.channel = NoticeChannel::TrustedFlagger;
        n.trusted_flagger_id = Some("tf-1".into());
    };
    assert!(lacking(named).is_empty());
}

#[test]
fn what_is_too_long_is_told() {
    assert_eq!(lacking(|n| n.name = Some("x".repeat(201))), one("16(2)(c)", "name"));
    let category = lacking(|n| n.category = Some("x".repeat(201)));
    assert_eq!(category, one("16(1)", "category"));
}

#[test]
fn a_notice_in_json_may_leave_out_what_it_does_not_know() {
    let json = r#"{"explanation":"It calls for violence.","urls":["https://video.example/v/1"],
            "name":"A. Person","email":"a@person.example","good_faith":true,
            "trusted_flagger_id":null,"csam_exemption":false}"#;
    let notice: Notice = serde_json::from_str(json).unwrap();
    assert!(notice.insufficiencies().is_empty());
    assert_eq!(notice.channel, NoticeChannel::User);
    let unknown = serde_json::from_str::<Notice>(r#"{"colour":"red"}"#).unwrap_err();
    assert!(unknown.to_string().contains("`colour`"), "{unknown}");
    let wrong = serde_json::from_str::<Notice>(r#"{"channel":"pigeon"}"#).unwrap_err();
    assert!(wrong.to_string().contains("`pigeon`"), "{wrong}");
}

fn id(url: &str) -> Option<String> {
    let patterns = [
        "https://video.example/v/{id}".to_owned(),
        "https://m.video.example/@{user}/clip-{id}.html".to_owned(),
    ];
    content_id(url, &patterns)
}

#[test]
fn a_url_leads_to_its_content() {
    for url in [
        "https://video.example/v/123",
        " HTTPS://VIDEO.EXAMPLE/v/123/ ",
        "http://video.example/v/123?lang=fr#t=3",
        "https://video.example:443/v/123",
        "https://video.example./v/123",
        "https://video.example/v/%31%32%33",
        "https://video.example/%76/123",
        "https://m.video.example/@ana/clip-123.html",
    ] {
        assert_eq!(id(url).as_deref(), Some("123"), "{url}");
    }
    assert_eq!(id("https://video.example/v/%C3%A9").as_deref(), Some("é"));
}

#[test]
fn a_url_of_another_place_leads_nowhere() {
    for url in [
        "",
        "https://video.example",
        "https://video.example/v",
        "https://video.example/v/",
        "https://m.video.example/@ana/clip-1.html/2",
        "https://video.example/V/1",
        "https://video.example/v//1",
        "https://other.example/v/1",
        "https://video.example.evil.example/v/1",
        "https://notvideo.example/v/1",
        "https://video.example:8443/v/1",
        "https://m.video.example/@/clip-1.html",
        "https://m.video.example/@ana/clip-.html",
    ] {
        assert_eq!(id(url), None, "{url}");
    }
    assert_eq!(content_id("https://video.example/v/1", &["/v/{id}".to_owned()]), None);
    assert_eq!(content_id("https://video.example/v/1", &[]), None);
}

#[test]
fn a_hostile_url_is_no_content() {
    for url in [
        "https://video.example@evil.example/v/1",
        "https://evil.example\\@video.example/v/1",
        "https://evil.example#https://video.example/v/1",
        "https://video.example\\v\\1",
        "https://video.example/v/..",
        "https://video.example/v/%2e%2e",
        "https://video.example/v/a/../b",
        "https://video.example/v/a/%2e%2e/b",
        "https://video.example/v/%20",
        "https://video.example/v/%00",
        "https://video.example/v/%0A1",
        "https://video.example/v/%",
        "https://video.example/v/%4",
        "https://video.example/v/%zz",
        "https://video.example/v/%é",
        "https://video.example/v/%FF",
        "https://video.example/v/1\u{0}2",
        "data:text/html,https://video.example/v/1",
    ] {
        assert_eq!(id(url), None, "{url:?}");
    }
    assert_eq!(id("https://video.example/v/1\n").as_deref(), Some("1"), "white space around");
    assert_eq!(id(&format!("https://video.example/v/{}", "1".repeat(257))), None);
    assert_eq!(id(&format!("https://video.example/v/{}", "1".repeat(1_000_000))), None);
}

#[test]
fn an_id_with_a_slash_or_a_space_is_found_at_its_address() {
    for (url, found) in [
        ("https://video.example/v/a%2Fb", "a/b"),
        ("https://video.example/v/a/b/", "a/b"),
        ("https://video.example/v/a/b?lang=fr#t=3", "a/b"),
        ("https://video.example/v/sp%20ace", "sp ace"),
        ("https://video.example/v/100%25", "100%"),
        ("https://video.example/v/at://did:plc:abc/app.bsky.feed.post/1", POST),
        ("https://video.example/v/at%3A%2F%2Fdid%3Aplc%3Aabc%2Fapp.bsky.feed.post%2F1", POST),
    ] {
        assert_eq!(id(url).as_deref(), Some(found), "{url}");
    }
    assert_eq!(id("https://m.video.example/@ana/clip-a%2Fb.html").as_deref(), Some("a/b"));
}

#[test]
fn a_closer_pattern_goes_before_one_that_takes_all_that_follows() {
    let found = |patterns: [&str; 2], url: &str| content_id(url, &patterns.map(str::to_owned));
    let patterns = ["https://video.example/v/{id}", "https://video.example/v/{user}/{id}"];
    assert_eq!(found(patterns, "https://video.example/v/ana/1").as_deref(), Some("1"));
    assert_eq!(found(patterns, "https://video.example/v/ana/1/2").as_deref(), Some("ana/1/2"));
    let whole = ["https://video.example/{id}", "https://video.example/@{id}"];
    assert_eq!(found(whole, "https://video.example/u/1"), None, "nothing fixed goes before");
}

/// The URI of a post on Bluesky.
const POST: &str = "at://did:plc:abc/app.bsky.feed.post/1";

#[test]
fn a_post_whose_id_is_a_uri_is_noticed_by_it() {
    let found = |url: &str| content_id(url, &["{id}".to_owned()]);
    assert_eq!(found(POST).as_deref(), Some(POST));
    assert_eq!(content_id(POST, &["https://video.example/v/{id}".to_owned()]), None);
    for url in ["https://video.example/v/1", "at://", "v/1", "at://did:plc:abc/a b", "://x"] {
        assert_eq!(found(url), None, "{url}");
    }
    let notice = Notice { urls: vec![POST.into()], ..notice() };
    assert!(notice.insufficiencies().is_empty());
    assert!(!is_exact_url("at://did:plc:abc") && !is_exact_url("at://did:plc:abc/"));
}

#[test]
fn a_broken_pattern_fits_nothing() {
    for pattern in ["https://video.example/v/{id", "https://video.example/v/id}", "", "{id}"] {
        let found = content_id("https://video.example/v/1", &[pattern.to_owned()]);
        assert_eq!(found, None, "{pattern}");
    }
}
