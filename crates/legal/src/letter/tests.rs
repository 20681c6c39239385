//! What letters say, and what they must not say.

use jiff::Timestamp;
use types::{DecisionId, Dsa, Evidence, PolicyVersion, Reason, Subject};

use super::*;

const EFFECTS: &[&str] = &[
    "remove",
    "disable:FR",
    "disable:DE,XX",
    "age_restrict",
    "limit",
    "restrict_interaction",
    "label",
    "label:rated_false",
    "label:own_label",
    "prompt",
    "prompt:pause",
    "demonetise",
    "suspend_feature:live",
    "suspend_feature:own_feature:1",
    "terminate_account",
    "suspend_account",
    "suspend_account:20",
];

const ALL: [Thing; 10] = [
    Thing::Video,
    Thing::Photo,
    Thing::Livestream,
    Thing::Comment,
    Thing::Message,
    Thing::Post,
    Thing::Profile,
    Thing::Ad,
    Thing::Content,
    Thing::Account,
];

const SOURCES: [Source; 4] = [Source::OwnInitiative, Source::Notice, Source::Order, Source::Appeal];

const POLICY: &str = "We do not allow links to fraud.";

fn decision(effects: &[&str]) -> Decision {
    Decision {
        id: DecisionId("d-2".to_owned()),
        time: Timestamp::UNIX_EPOCH,
        source: "/app".to_owned(),
        event: "e-1".to_owned(),
        r#type: "content.published".to_owned(),
        subject: Subject::new("content", "v-1"),
        account: None,
        policy: "fraud.links".to_owned(),
        dsa: Dsa { category: "SCAMS_AND_FRAUD".to_owned(), keywords: Vec::new(), law: None },
        effects: effects.iter().map(|effect| effect.parse().unwrap()).collect(),
        territory: Vec::new(),
        automation: Automation::Fully,
        language: None,
        statement: String::new(),
        silent: false,
        reasons: Vec::new(),
        policies: PolicyVersion("p".to_owned()),
        supersedes: Vec::new(),
    }
}

fn superseding(effects: &[&str]) -> Decision {
    let supersedes = vec![DecisionId("d-1".to_owned())];
    Decision { supersedes, ..decision(effects) }
}

fn ground(decision: &Decision) -> Ground<'_> {
    Ground {
        decision,
        policy_title: "Fraud",
        policy_text: POLICY,
        thing: Thing::Video,
        title: Some("A walk"),
        source: Source::OwnInitiative,
        lifts: false,
    }
}

fn text(ground: &Ground<'_>, language: &str) -> String {
    letter(ground, language).unwrap().text
}

/// The text about `effects` in each language, with its words.
fn texts(effects: &[&str]) -> Vec<(&'static Bundle, String)> {
    let decision = decision(effects);
    bundle::all().iter().map(|words| (words, text(&ground(&decision), words.language))).collect()
}

/// Letters of every kind in `language`.
fn letters(language: &str) -> Vec<Letter> {
    let mut letters = Vec::new();
    let reversal = superseding(&["notify"]);
    for thing in ALL {
        let ground = Ground { thing, lifts: true, ..ground(&reversal) };
        letters.push(letter(&ground, language).unwrap());
    }
    for effect in EFFECTS.iter().copied() {
        let decision = superseding(&[effect, "notify"]);
        for (thing, source) in ALL.into_iter().flat_map(|t| SOURCES.map(|s| (t, s))) {
            let ground = Ground { thing, source, lifts: true, ..ground(&decision) };
            letters.push(letter(&ground, language).unwrap());
        }
    }
    letters
}

#[test]
fn every_effect_has_words_in_every_language() {
    let work = ["escalate", "review", "preserve", "notify"];
    for name in Effect::names() {
        let is_tried = EFFECTS.iter().any(|effect| effect.split(':').next() == Some(name));
        assert!(is_tried || work.contains(&name), "{name}");
    }
    for effect in EFFECTS.iter().copied() {
        for (_, text) in texts(&[effect, "notify", "review", "preserve"]) {
            let measures = text.lines().filter(|line| line.starts_with("– ")).count();
            assert_eq!(measures, 1, "{effect}: {text}");
        }
    }
}

#[test]
fn every_letter_is_complete_in_every_language() {
    for (language, _) in languages() {
        for letter in letters(language) {
            assert_eq!(letter.language, language);
            assert!(!letter.title.is_empty() && !letter.text.contains("\n\n\n"));
            for said in [&letter.title, &letter.text] {
                assert!(!said.contains(['{', '}', '<', '_', '\'']), "{said}");
                assert!(!said.contains("  ") && said.trim() == said, "{said}");
            }
        }
    }
}

#[test]
fn things_are_called_what_they_are() {
    for (at, thing) in ALL.into_iter().enumerate() {
        assert_eq!(thing as usize, at);
    }
    assert_eq!(Bundle::of("en").say("thing-ad"), "your ad");
    assert_eq!(Thing::of("content", Some("live")), Thing::Livestream);
    assert_eq!(Thing::of("content", Some("ad")), Thing::Ad);
    assert_eq!(Thing::of("content", Some("hologram")), Thing::Content);
    assert_eq!(Thing::of("content", None), Thing::Content);
    assert_eq!(Thing::of("account", Some("video")), Thing::Account);
    assert_eq!(Thing::of("network", None), Thing::Account);
}

#[test]
fn a_statement_in_english_reads_as_a_letter() {
    let decision = decision(&["remove", "suspend_account:7", "notify"]);
    let letter = letter(&ground(&decision), "en").unwrap();
    assert_eq!(letter.title, "Our decision and the reasons for it");
    let paragraphs: Vec<&str> = letter.text.split("\n\n").collect();
    assert_eq!(
        paragraphs,
        [
            "We have taken the following decision:\n\
             – We have removed your video.\n\
             – Your account is suspended for 7 days.",
            "This concerns your video “A walk” (reference v-1).",
            "This applies wherever our service is available. Where a time is stated, the \
             measure ends by itself when it is over; for everything else, no end date is set.",
            "We acted on our own initiative. The decision rests on your video itself and on \
             how it was used or shared.",
            "The matter was found by automated means. The decision was taken by automated \
             means, without the involvement of a person.",
            "The ground for this decision is our policy “Fraud”, which is part of our terms \
             and conditions. It reads: “We do not allow links to fraud.”",
            "The facts set out above are what this policy is about; that is why your video \
             falls under it.",
            ENGLISH_COMPLAINT,
            ENGLISH_BODIES,
        ]
    );
}

const ENGLISH_COMPLAINT: &str = "If you disagree, you can complain to us electronically and \
    free of charge within six months of receiving this letter. People decide on complaints, \
    never automated means alone.";

const ENGLISH_BODIES: &str = "You can turn to an out-of-court dispute settlement body \
    certified under Article 21 of the Digital Services Act (Regulation (EU) 2022/2065). You \
    can also go to court.";

#[test]
fn all_of_article_17_3_is_there_in_every_language() {
    for (words, text) in texts(&["remove", "notify"]) {
        let thing = words.say("thing-video");
        for element in [
            words.say("decided"),
            words.say("everywhere"),
            words.say("lasting"),
            words.say("own-initiative"),
            words.say("found-by-machine"),
            words.say("decided-by-machine"),
            "Fraud".to_owned(),
            POLICY.to_owned(),
            words.say("complaint"),
            words.say("bodies"),
        ] {
            assert!(text.contains(&element), "{element} is not in {text}");
        }
        assert!(text.contains(&thing), "{text}");
    }
}

#[test]
fn what_made_us_act_and_who_decided_is_told() {
    for words in bundle::all() {
        let told = |source: Source, automation: Automation| {
            let decision = Decision { automation, ..decision(&["limit", "notify"]) };
            text(&Ground { source, ..ground(&decision) }, words.language)
        };
        let notice = told(Source::Notice, Automation::Partially);
        for part in
            [words.say("after-notice"), words.say("found-by-others"), words.say("decided-by-both")]
        {
            assert!(notice.contains(&part), "{notice}");
        }
        assert!(!notice.contains(&words.say("own-initiative")));
        let appeal = told(Source::Appeal, Automation::NotAutomated);
        for part in
            [words.say("after-appeal"), words.say("found-by-both"), words.say("decided-by-people")]
        {
            assert!(appeal.contains(&part), "{appeal}");
        }
        let human = told(Source::OwnInitiative, Automation::NotAutomated);
        assert!(human.contains(&words.say("found-by-both")), "{human}");
        let machine = told(Source::OwnInitiative, Automation::Partially);
        assert!(machine.contains(&words.say("found-by-machine")), "{machine}");
    }
}

#[test]
fn an_end_is_told_where_there_is_one() {
    for (words, text) in texts(&["suspend_account:7", "suspend_feature:live:1", "notify"]) {
        assert!(text.contains(&words.say("ending")), "{text}");
    }
    for (words, text) in texts(&["remove", "suspend_account:7", "notify"]) {
        assert!(text.contains(&words.say("partly-ending")), "{text}");
    }
    for (words, text) in texts(&["suspend_account", "notify"]) {
        assert!(
            text.contains(&words.say("lasting")) && text.contains(&words.say("indefinitely")),
            "{text}"
        );
    }
}

#[test]
fn countries_have_names_and_unknown_ones_keep_their_codes() {
    let disabled = decision(&["disable:GR,NL,XX", "notify"]);
    let decision = Decision { territory: vec!["RO".to_owned()], ..disabled.clone() };
    let names = [
        ("Greece, Netherlands, XX", "in this country: Romania."),
        ("Grèce, Pays-Bas, XX", "dans le pays suivant\u{a0}: Roumanie."),
        ("Grecia, Țările de Jos, XX", "în următoarea țară: România."),
        ("Griechenland, Niederlande, XX", "in folgendem Land: Rumänien."),
    ];
    for ((language, _), (several, one)) in languages().zip(names) {
        let text = text(&ground(&decision), language);
        assert!(text.contains(several) && text.contains(one), "{text}");
    }
    assert!(COUNTRIES.is_sorted());
    assert!(text(&ground(&disabled), "en").contains("Where no countries are named, "));
}

#[test]
fn labels_and_features_have_words_where_they_are_known() {
    let decision = decision(&["label:rated_false", "suspend_feature:quiz_time:2", "notify"]);
    let french = text(&ground(&decision), "fr");
    assert!(french.contains("«\u{a0}jugé faux par des vérificateurs"), "{french}");
    assert!(french.contains("pendant 2 jours\u{a0}: quiz time."), "{french}");
}

#[test]
fn days_are_counted_as_each_language_counts() {
    let counted = |language: &str, number: u32| counted(number, Bundle::of(language));
    for (number, romanian) in [
        (1, "1 zi"),
        (2, "2 zile"),
        (19, "19 zile"),
        (20, "20 de zile"),
        (30, "30 de zile"),
        (100, "100 de zile"),
        (101, "101 zile"),
        (119, "119 zile"),
        (120, "120 de zile"),
        (3650, "3650 de zile"),
    ] {
        assert_eq!(counted("ro", number), romanian);
    }
    for (language, one, several) in
        [("en", "1 day", "101 days"), ("fr", "1 jour", "101 jours"), ("de", "1 Tag", "101 Tage")]
    {
        assert_eq!(counted(language, 1), one);
        assert_eq!(counted(language, 101), several);
    }
}

#[test]
fn nothing_is_said_where_nothing_changes_or_nobody_is_to_be_told() {
    let is_silent = |decision: &Decision, lifts: bool| {
        letter(&Ground { lifts, ..ground(decision) }, "en").is_none()
    };
    assert!(is_silent(&decision(&[]), true));
    assert!(is_silent(&decision(&["notify"]), true), "nothing is superseded");
    assert!(is_silent(&decision(&["review", "preserve", "notify"]), false));
    assert!(is_silent(&superseding(&["notify"]), false), "nothing is lifted");
    assert!(is_silent(&superseding(&[]), true), "nobody is to be told");
    assert!(is_silent(&decision(&["remove"]), false), "nobody is to be told");
    let secret = decision(&["remove"]);
    let ordered = Ground { source: Source::Order, ..ground(&secret) };
    assert_eq!(letter(&ordered, "en"), None, "an order can forbid to tell");
}

#[test]
fn an_order_is_told_as_an_order() {
    let decision = decision(&["disable:RO", "notify"]);
    let decision = Decision { territory: vec!["RO".to_owned()], ..decision };
    for words in bundle::all() {
        let ground = Ground { source: Source::Order, ..ground(&decision) };
        let letter = letter(&ground, words.language).unwrap();
        assert_eq!(letter.title, words.say("order-title"));
        let country = known("country", "RO", words).unwrap();
        for part in
            [words.say("because-ordered"), words.say("order-redress"), "Fraud".to_owned(), country]
        {
            assert!(letter.text.contains(&part), "{part} is not in {}", letter.text);
        }
        assert!(!letter.text.contains(&words.say("complaint")), "no statement of reasons");
    }
}

#[test]
fn who_is_no_longer_restricted_is_told_so() {
    let decision = superseding(&["notify"]);
    for words in bundle::all() {
        let ground = Ground { lifts: true, ..ground(&decision) };
        let letter = letter(&ground, words.language).unwrap();
        assert_eq!(letter.title, words.say("reversal-title"));
        assert!(letter.text.contains(&words.say("apology")) && !letter.text.contains("Fraud"));
    }
}

#[test]
fn what_is_lifted_in_part_is_told_beside_what_remains() {
    let decision = superseding(&["limit", "notify"]);
    for words in bundle::all() {
        let told = |lifts: bool| text(&Ground { lifts, ..ground(&decision) }, words.language);
        assert!(
            told(true).contains(&words.say("replaces"))
                && told(true).contains(&words.say("complaint"))
        );
        assert!(!told(false).contains(&words.say("replaces")));
    }
}

#[test]
fn where_something_was_found_is_told_but_not_what() {
    let reason = |shadow: bool, field: &str| Reason {
        rule: "r".to_owned(),
        policy: "fraud.links".to_owned(),
        effects: vec![Effect::Limit],
        unknown: false,
        shadow,
        evidence: vec![Evidence {
            signal: "mentions(\"secret_list\")".to_owned(),
            field: field.to_owned(),
            entry: "watchword".to_owned(),
            span: None,
            view: String::new(),
        }],
    };
    let reasons = vec![
        reason(false, "content.text"),
        reason(true, "content.title"),
        reason(false, "content.text"),
        reason(false, "account.class"),
        reason(false, "account.strikes"),
    ];
    let decision = Decision { reasons, ..decision(&["limit", "notify"]) };
    let german = text(&ground(&decision), "de");
    let elements = "Ausschlaggebende Elemente: Text, frühere Verstöße gegen unsere Regeln.";
    assert!(german.contains(elements), "{german}");
    assert!(!german.contains("watchword") && !german.contains("secret_list"));
}

#[test]
fn hostile_words_are_quoted_as_they_are_without_control_characters() {
    let decision = decision(&["remove", "notify"]);
    let long = "x".repeat(200_000);
    let policy_text =
        format!("<b>{{thing}}</b>\u{0}\u{1b}[31m\u{7f}\u{85}\u{202e}\u{2067}é\r\n{long}");
    let policy_title = "Fraud\n\n{title}\u{7}";
    let hostile = Ground { policy_text: &policy_text, policy_title, ..ground(&decision) };
    let text = text(&hostile, "en");
    assert!(text.contains(&format!("“<b>{{thing}}</b>[31mé\n{long}”")));
    assert!(text.contains("“Fraud  {title}”"), "one line, and no template");
    assert!(!text.contains(|c: char| c.is_control() && c != '\n'));
    let empty = Ground { policy_text: " \u{0}", ..ground(&decision) };
    assert!(!letter(&empty, "en").unwrap().text.contains("It reads"));
}

#[test]
fn french_has_its_spaces() {
    for letter in letters("fr") {
        let chars: Vec<char> = letter.text.chars().collect();
        for pair in chars.windows(2) {
            let is_right = match (pair[0], pair[1]) {
                (before, ':' | '»') => before == '\u{a0}',
                (before, ';' | '!' | '?') => before == '\u{202f}',
                ('«', after) => after == '\u{a0}',
                _ => true,
            };
            assert!(is_right, "{pair:?} in {}", letter.text);
        }
    }
}

#[test]
fn romanian_has_commas_below_and_no_cedillas() {
    for letter in letters("ro") {
        assert!(!letter.text.contains(['ş', 'ţ', 'Ş', 'Ţ', 'ã']), "{}", letter.text);
    }
    for code in COUNTRIES {
        assert!(
            bundle::all().iter().all(|words| known("country", code, words).is_some()),
            "{code}"
        );
    }
    assert!(!include_str!("../../messages/ro.ftl").contains(['ş', 'ţ', 'Ş', 'Ţ', 'ã']));
}
