//! Every letter × receiver × state × language, written into one golden file: read it as its
//! receiver would whenever it changes. `UPDATE_EXPECT=1 cargo test -p legal` writes it.

use std::fmt::Write as _;

use expect_test::expect_file;
use jiff::Timestamp;
use legal::answer::{ComplaintOutcome, Noticed, appeal_answer, notice_answer, receipt};
use legal::letter::{Ground, Letter, Source, Thing, languages, letter};
use types::{Automation, Decision, DecisionId, Dsa, Effect, PolicyVersion, Subject};

/// A situation of the person affected.
struct Told {
    what: &'static str,
    effects: &'static [&'static str],
    thing: Thing,
    source: Source,
    automation: Automation,
    policy: &'static str,
    /// Whether it supersedes something, and whether that restricted anything.
    supersedes: Option<bool>,
}

const PLAIN: Told = Told {
    what: "",
    effects: &[],
    thing: Thing::Video,
    source: Source::OwnInitiative,
    automation: Automation::NotAutomated,
    policy: "fraud.links",
    supersedes: None,
};

const AFFECTED: &[Told] = &[
    Told {
        what: "a machine removed a video",
        effects: &["remove", "notify"],
        automation: Automation::Fully,
        ..PLAIN
    },
    Told {
        what: "a machine limited a post, and a person will look",
        effects: &["limit", "label:rated_false", "review", "notify"],
        thing: Thing::Post,
        automation: Automation::Partially,
        ..PLAIN
    },
    Told {
        what: "a person removed a video after a machine had only asked for a review",
        effects: &["remove", "notify"],
        supersedes: Some(false),
        ..PLAIN
    },
    Told {
        what: "a person removed a video that a machine had limited",
        effects: &["remove", "notify"],
        supersedes: Some(true),
        ..PLAIN
    },
    Told {
        what: "a notice led to a removal and a suspension",
        effects: &["remove", "suspend_account:7", "notify"],
        thing: Thing::Comment,
        source: Source::Notice,
        ..PLAIN
    },
    Told {
        what: "an account is suspended until further notice",
        effects: &["suspend_account", "notify"],
        thing: Thing::Account,
        ..PLAIN
    },
    Told {
        what: "an authority ordered a removal",
        effects: &["remove", "preserve", "notify"],
        source: Source::Order,
        policy: "order",
        ..PLAIN
    },
    Told {
        what: "an authority ordered a removal, and silence",
        effects: &["remove", "preserve"],
        source: Source::Order,
        policy: "order",
        ..PLAIN
    },
    Told {
        what: "an authority ordered to disable a video in one country",
        effects: &["disable:RO", "notify"],
        source: Source::Order,
        policy: "order",
        ..PLAIN
    },
    Told {
        what: "a complaint turned a removal into a limit",
        effects: &["limit", "notify"],
        source: Source::Appeal,
        supersedes: Some(true),
        ..PLAIN
    },
    Told {
        what: "the complaint of a notifier led to a removal",
        effects: &["remove", "notify"],
        source: Source::Appeal,
        ..PLAIN
    },
    Told {
        what: "each measure on content",
        effects: &[
            "age_restrict",
            "restrict_interaction",
            "label",
            "prompt",
            "prompt:rated_false",
            "demonetise",
            "disable:DE,FR",
            "notify",
        ],
        ..PLAIN
    },
    Told {
        what: "each measure on an account",
        effects: &[
            "suspend_feature:comments",
            "suspend_feature:live:1",
            "suspend_account:30",
            "terminate_account",
            "demonetise",
            "notify",
        ],
        thing: Thing::Account,
        ..PLAIN
    },
    Told {
        what: "a complaint took a removal back",
        effects: &["notify"],
        source: Source::Appeal,
        supersedes: Some(true),
        ..PLAIN
    },
    Told {
        what: "a person found nothing wrong with what a machine had only asked to be reviewed",
        effects: &["notify"],
        supersedes: Some(false),
        ..PLAIN
    },
];

fn effects(texts: &[&str]) -> Vec<Effect> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn to_the_person_affected(told: &Told, language: &str) -> Option<Letter> {
    let supersedes = told.supersedes.iter().map(|_| DecisionId("d-1".to_owned())).collect();
    let kind = if told.thing == Thing::Account { "account" } else { "content" };
    let effects = effects(told.effects);
    let territory = match effects.as_slice() {
        [Effect::Disable { countries }, Effect::Notify] => countries.clone(),
        _ => Vec::new(),
    };
    let decision = Decision {
        id: DecisionId("d-2".to_owned()),
        time: Timestamp::UNIX_EPOCH,
        source: "/app".to_owned(),
        event: "e-1".to_owned(),
        r#type: "content.published".to_owned(),
        subject: Subject::new(kind, "x-1"),
        account: None,
        policy: told.policy.to_owned(),
        dsa: Dsa { category: "SCAMS_AND_FRAUD".to_owned(), keywords: Vec::new(), law: None },
        effects,
        territory,
        automation: told.automation,
        language: None,
        statement: String::new(),
        silent: false,
        reasons: Vec::new(),
        policies: PolicyVersion("p".to_owned()),
        supersedes,
    };
    let ground = Ground {
        decision: &decision,
        policy_title: "Links to fraud",
        policy_text: "We do not allow links to fraud.",
        thing: told.thing,
        title: (told.thing == Thing::Video).then_some("A walk by the sea"),
        source: told.source,
        lifts: told.supersedes == Some(true),
    };
    letter(&ground, language)
}

fn written(out: &mut String, to: &str, what: &str, letter: Option<&Letter>) {
    let language = letter.map_or("–", |letter| &letter.language);
    write!(out, "==== {language} · to {to} · {what}\n\n").unwrap();
    match letter {
        Some(letter) => write!(out, "{}\n\n{}\n\n", letter.title, letter.text).unwrap(),
        None => out.push_str("(no letter)\n\n"),
    }
}

#[test]
fn everything_that_people_outside_read() {
    let mut out = String::new();
    for (language, _) in languages() {
        for told in AFFECTED {
            let letter = to_the_person_affected(told, language);
            written(&mut out, "the person affected", told.what, letter.as_ref());
        }
        let to = "the notifier";
        written(&mut out, to, "received", Some(&receipt(language, "n-1")));
        for (what, kind, done) in [
            ("removed, and its account suspended", "content", &["remove", "suspend_account:7"][..]),
            ("labelled and not recommended", "content", &["label:rated_false", "limit"]),
            ("only its account was suspended", "content", &["suspend_account:7"]),
            ("an account was closed", "account", &["terminate_account"]),
            ("nothing was wrong", "content", &["notify"]),
        ] {
            let noticed = Noticed {
                reference: "n-1",
                subject_kind: kind,
                effects: &effects(done),
                automation: Automation::NotAutomated,
            };
            written(&mut out, to, what, Some(&notice_answer(language, &noticed)));
        }
        for (what, outcome) in [
            ("upheld", ComplaintOutcome::Upheld),
            ("partly reversed", ComplaintOutcome::Partly),
            ("reversed", ComplaintOutcome::Reversed),
        ] {
            let letter =
                appeal_answer(language, outcome, "We looked at the video with a colleague.");
            written(&mut out, "the complainant", what, Some(&letter));
        }
    }
    expect_file!["../golden/letters.txt"].assert_eq(&out);
}
