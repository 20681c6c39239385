//! Letters to the person affected, in their language: the statement of reasons, information about
//! an order, the news that a decision was taken back. Answers to those who reported something or
//! complained are in [`crate::answer`].
//!
//! Plain text: paragraphs are separated by an empty line, measures are on lines of their own. Texts
//! of policies and reviewers are quoted as they are, without control characters. A notifier is
//! never named. Not here: whether and how a letter is sent.
//!
//! Source: Art. 9(5) and 17 of Regulation (EU) 2022/2065 (DSA).

use serde::{Deserialize, Serialize};
use types::{Automation, Axis, Decision, Effect};

use crate::letter_names::{COUNTRIES, ELEMENTS, FEATURES, LABELS, Names};
use crate::letter_words::{WORDS, Words};
use crate::queue::ORDERED;

/// The longest title; longer ones are cut.
const TITLE_CHARS_MAX: usize = 200;

/// The languages that letters are written in; the first is used for speakers of any other.
pub const LANGUAGES: [&str; 4] = ["en", "fr", "ro", "de"];

/// A letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Letter {
    /// One of [`LANGUAGES`].
    pub language: String,
    /// The title, on one line.
    pub title: String,
    /// Paragraphs, separated by an empty line.
    pub text: String,
}

/// The subject of a decision, as the person affected would call it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing {
    /// A video.
    Video,
    /// A photo.
    Photo,
    /// A livestream.
    Livestream,
    /// A comment.
    Comment,
    /// A private message.
    Message,
    /// A post.
    Post,
    /// A profile.
    Profile,
    /// An advertisement.
    Ad,
    /// Content of unknown kind.
    Content,
    /// An account.
    Account,
    /// Content of somebody else, to the person who reported it.
    ReportedContent,
    /// An account of somebody else, to the person who reported it.
    ReportedAccount,
}

impl Thing {
    /// The thing for a subject of `subject_kind`, with content of `content_kind` as in events. For
    /// a network, each person is informed about their own account.
    #[must_use]
    pub fn of(subject_kind: &str, content_kind: Option<&str>) -> Self {
        match (subject_kind, content_kind) {
            ("account" | "network", _) => Self::Account,
            (_, Some("video")) => Self::Video,
            (_, Some("photo")) => Self::Photo,
            (_, Some("live")) => Self::Livestream,
            (_, Some("comment")) => Self::Comment,
            (_, Some("message")) => Self::Message,
            (_, Some("post")) => Self::Post,
            (_, Some("profile")) => Self::Profile,
            (_, Some("ad")) => Self::Ad,
            _ => Self::Content,
        }
    }
}

/// The cause of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Our own initiative.
    OwnInitiative,
    /// A notice (Art. 16 DSA).
    Notice,
    /// An authority's order (Art. 9 DSA).
    Order,
    /// A complaint against an earlier decision (Art. 20 DSA).
    Appeal,
}

/// The material of a letter about a decision.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    /// The decision.
    pub decision: &'a Decision,
    /// The title of its policy.
    pub policy_title: &'a str,
    /// The text of the policy.
    pub policy_text: &'a str,
    /// The subject of the decision.
    pub thing: Thing,
    /// Its title, if known.
    pub title: Option<&'a str>,
    /// The cause of the decision.
    pub source: Source,
    /// Whether it lifts restrictions of the decisions that it supersedes.
    pub lifts: bool,
}

impl Ground<'_> {
    fn restricts(&self) -> bool {
        restrictions(self.decision).next().is_some()
    }

    fn lifts(&self) -> bool {
        self.lifts && !self.decision.supersedes.is_empty()
    }

    /// Whether the person is notified. Rules and reviewers decide that; an order can forbid it.
    fn is_told(&self) -> bool {
        self.decision.effects.contains(&Effect::Notify)
    }
}

/// The letter about a decision: a statement of reasons, information about an order, or the news
/// that an earlier decision was taken back. `None` if nothing changes for the person affected, or
/// if they must not be notified.
#[must_use]
pub fn letter(ground: &Ground<'_>, language: &str) -> Option<Letter> {
    if !ground.is_told() {
        return None;
    }
    let words = words(language);
    match (ground.restricts(), ground.lifts(), ground.source) {
        (true, _, Source::Order) => Some(order(ground, words)),
        (true, ..) => Some(statement(ground, words)),
        (false, true, _) => Some(reversal(ground, words)),
        (false, false, _) => None,
    }
}

/// Art. 17(3)(a)–(f) DSA, a paragraph or two each.
fn statement(ground: &Ground<'_>, words: &Words) -> Letter {
    let paragraphs = [
        format!("{}\n{}", words.decided, measures(ground, words)),
        about(ground, words),
        scope(ground, words),
        facts(ground, words),
        automation(ground, words),
        policy(words.policy, ground, words),
        fill(words.why, &thing(ground, words)),
        complaint(ground, words).to_owned(),
        words.bodies.to_owned(),
    ];
    written(words, words.decision_title, &paragraphs)
}

/// Art. 17(3)(f): the right to complain. Left out if this answers the complaint of the same person,
/// which is heard once.
const fn complaint(ground: &Ground<'_>, words: &Words) -> &'static str {
    match (ground.source, ground.lifts) {
        (Source::Appeal, true) => "",
        _ => words.complaint,
    }
}

/// Art. 9(5) DSA; a statement of reasons is not owed (Art. 17(5) DSA).
fn order(ground: &Ground<'_>, words: &Words) -> Letter {
    let ordered = fill(words.ordered, &thing(ground, words));
    let because = match ground.decision.policy == ORDERED {
        true => words.because_ordered.to_owned(),
        false => {
            format!("{} {}", words.because_ordered, policy(words.order_policy, ground, words))
        }
    };
    let paragraphs = [
        format!("{ordered}\n{}", measures(ground, words)),
        about(ground, words),
        scope(ground, words),
        because,
        words.order_redress.to_owned(),
    ];
    written(words, words.order_title, &paragraphs)
}

fn reversal(ground: &Ground<'_>, words: &Words) -> Letter {
    let reversed = fill(words.reversed, &thing(ground, words));
    let paragraphs = [reversed, about(ground, words), words.apology.to_owned()];
    written(words, words.reversal_title, &paragraphs)
}

/// Which of their items it is about: they may have many.
fn about(ground: &Ground<'_>, words: &Words) -> String {
    let title = line(ground.title.unwrap_or_default());
    let title: String = title.chars().take(TITLE_CHARS_MAX).collect();
    let title = match title.is_empty() {
        true => title,
        false => fill(words.titled, &[("title", title)]),
    };
    let reference = line(ground.decision.subject.id());
    let mut values = vec![("reference", reference), ("title", title)];
    values.extend(thing(ground, words));
    fill(words.about, &values)
}

/// Art. 17(3)(a): the measures, one per line.
fn measures(ground: &Ground<'_>, words: &Words) -> String {
    let mut lines: Vec<String> = Vec::new();
    for effect in restrictions(ground.decision) {
        let Some(template) = template(effect, words) else { continue };
        let mut values = details(effect, words);
        values.extend(thing(ground, words));
        let measure = format!("– {}", fill(template, &values));
        if !lines.contains(&measure) {
            lines.push(measure);
        }
    }
    lines.join("\n")
}

pub(crate) fn template(effect: &Effect, words: &Words) -> Option<&'static str> {
    Some(match effect {
        Effect::Remove => words.remove,
        Effect::Disable { .. } => words.disable,
        Effect::AgeRestrict => words.age_restrict,
        Effect::Limit => words.limit,
        Effect::RestrictInteraction => words.restrict_interaction,
        Effect::Label { label: None } => words.label,
        Effect::Label { label: Some(_) } => words.label_named,
        Effect::Prompt { label: None } => words.prompt,
        Effect::Prompt { label: Some(_) } => words.prompt_named,
        Effect::Demonetise => words.demonetise,
        Effect::SuspendFeature { .. } => words.suspend_feature,
        Effect::TerminateAccount => words.terminate_account,
        Effect::SuspendAccount { .. } => words.suspend_account,
        Effect::Escalate | Effect::Review | Effect::Preserve | Effect::Notify => return None,
    })
}

pub(crate) fn details(effect: &Effect, words: &Words) -> Vec<(&'static str, String)> {
    match effect {
        Effect::Disable { countries } => places(countries, words).into(),
        Effect::Label { label: Some(label) } | Effect::Prompt { label: Some(label) } => {
            vec![("label", named(LABELS, label, words))]
        }
        Effect::SuspendFeature { feature, days } => {
            vec![("feature", named(FEATURES, feature, words)), ("time", time(*days, words))]
        }
        Effect::SuspendAccount { days } => vec![("time", time(*days, words))],
        _ => Vec::new(),
    }
}

/// Art. 17(3)(a): the territory, the duration, and the effect on earlier measures.
fn scope(ground: &Ground<'_>, words: &Words) -> String {
    let decision = ground.decision;
    let is_disable = |effect: &Effect| matches!(effect, Effect::Disable { .. });
    let names_countries = decision.effects.iter().any(is_disable);
    let place = match (decision.territory.is_empty(), names_countries) {
        (true, false) => words.everywhere.to_owned(),
        (true, true) => words.elsewhere.to_owned(),
        (false, _) => fill(words.territory, &places(&decision.territory, words)),
    };
    let duration = duration(decision, words);
    let replaced = if ground.lifts() { format!(" {}", words.replaces) } else { String::new() };
    format!("{place} {duration}{replaced}")
}

fn duration(decision: &Decision, words: &Words) -> &'static str {
    let ends = |effect: &&Effect| {
        matches!(
            effect,
            Effect::SuspendFeature { days: Some(_), .. } | Effect::SuspendAccount { days: Some(_) }
        )
    };
    let all = restrictions(decision).count();
    match restrictions(decision).filter(ends).count() {
        0 => words.lasting,
        ending if ending == all => words.ending,
        _ => words.partly_ending,
    }
}

/// Art. 17(3)(b): the cause, and the facts that the decision is based on.
fn facts(ground: &Ground<'_>, words: &Words) -> String {
    let source = match ground.source {
        Source::OwnInitiative => words.own_initiative,
        Source::Notice => words.after_notice,
        Source::Order => words.because_ordered,
        Source::Appeal => words.after_appeal,
    };
    let rests_on = fill(words.rests_on, &thing(ground, words));
    let elements = elements(ground.decision, words);
    if elements.is_empty() {
        return format!("{source} {rests_on}");
    }
    let elements = fill(words.elements, &[("list", elements.join(", "))]);
    format!("{source} {rests_on} {elements}")
}

/// The fields in which detectors of active rules found something. What they search for is not
/// disclosed, since that would teach how to evade them.
fn elements(decision: &Decision, words: &Words) -> Vec<&'static str> {
    let reasons = decision.reasons.iter().filter(|reason| !reason.shadow && !reason.unknown);
    let fields = reasons.flat_map(|reason| &reason.evidence).map(|evidence| &evidence.field);
    let mut elements = Vec::new();
    for element in fields.filter_map(|field| known(ELEMENTS, field, words)) {
        if !elements.contains(&element) {
            elements.push(element);
        }
    }
    elements
}

/// Art. 17(3)(c): whether machines found it, and whether they decided. If a human decided on our
/// own initiative or on a complaint, the letter does not say how it was found.
fn automation(ground: &Ground<'_>, words: &Words) -> String {
    let automation = ground.decision.automation;
    let found = match (ground.source, automation) {
        (Source::Notice | Source::Order, _) => words.found_by_others,
        (Source::Appeal, _) | (_, Automation::NotAutomated) => words.found_by_both,
        (Source::OwnInitiative, _) => words.found_by_machine,
    };
    format!("{found} {}", decided_by(automation, words))
}

/// Whether machines decided.
pub(crate) const fn decided_by(automation: Automation, words: &Words) -> &'static str {
    match automation {
        Automation::Fully => words.decided_by_machine,
        Automation::Partially => words.decided_by_both,
        Automation::NotAutomated => words.decided_by_people,
    }
}

/// Art. 17(3)(d) and (e): the policy, introduced by `template`, with its own words.
fn policy(template: &str, ground: &Ground<'_>, words: &Words) -> String {
    let named = fill(template, &[("title", line(ground.policy_title))]);
    let text = clean(ground.policy_text);
    if text.is_empty() {
        return named;
    }
    format!("{named} {}", fill(words.policy_text, &[("text", text)]))
}

/// The effects that restrict something for the person affected.
fn restrictions(decision: &Decision) -> impl Iterator<Item = &Effect> {
    decision.effects.iter().filter(|effect| effect.axis() != Axis::Work)
}

/// Whether `code` is a member state of the European Union or the European Economic Area.
#[must_use]
pub fn is_country(code: &str) -> bool {
    COUNTRIES.iter().any(|(known, _)| *known == code)
}

/// The words of `language`, a tag of which only the language counts.
pub(crate) fn words(language: &str) -> &'static Words {
    let code = types::language::code(language);
    let at = LANGUAGES.iter().position(|known| Some(*known) == code.as_deref());
    WORDS[at.unwrap_or_default()]
}

fn thing(ground: &Ground<'_>, words: &Words) -> [(&'static str, String); 2] {
    called(ground.thing, words)
}

/// The name of `thing`, also at the beginning of a sentence.
pub(crate) fn called(thing: Thing, words: &Words) -> [(&'static str, String); 2] {
    let thing = THINGS[thing as usize][words.at];
    [("thing", thing.to_owned()), ("Thing", capitalised(thing))]
}

fn places(countries: &[String], words: &Words) -> [(&'static str, String); 2] {
    let [one, several] = words.places;
    let names: Vec<String> = countries.iter().map(|code| named(COUNTRIES, code, words)).collect();
    let places = if names.len() == 1 { one } else { several };
    [("places", places.to_owned()), ("list", names.join(", "))]
}

fn time(days: Option<u32>, words: &Words) -> String {
    match days {
        Some(number) => fill(words.for_days, &[("days", counted(number, words))]),
        None => words.indefinitely.to_owned(),
    }
}

/// A number of days. Romanian has a form for few, which goes by the last two digits (Unicode CLDR,
/// plural rules of `ro`).
fn counted(number: u32, words: &Words) -> String {
    let [one, few, many] = words.days;
    let days = match (number, number % 100) {
        (1, _) => one,
        (0, _) | (_, 1..=19) => few,
        _ => many,
    };
    format!("{number} {days}")
}

/// The name of `code`, else the code itself.
fn named(names: Names, code: &str, words: &Words) -> String {
    known(names, code, words).map_or_else(|| line(code).replace('_', " "), str::to_owned)
}

fn known(names: Names, code: &str, words: &Words) -> Option<&'static str> {
    names.iter().find(|(known, _)| *known == code).map(|(_, names)| names[words.at])
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// `template` with each `{name}` replaced by its value. Values are never treated as templates.
pub(crate) fn fill(template: &str, values: &[(&'static str, String)]) -> String {
    let mut filled = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        let value = values.iter().find(|(known, _)| *known == name);
        filled.push_str(before);
        filled.push_str(&value.map_or_else(|| format!("{{{name}}}"), |(_, value)| value.clone()));
        rest = after;
    }
    filled + rest
}

/// `text` without control characters other than line breaks, and without the marks that would
/// change the direction of the rest of the letter (Unicode Standard Annex 9, 2.1 to 2.5).
pub(crate) fn clean(text: &str) -> String {
    let is_dropped = |c: char| {
        let turns = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        turns || (c.is_control() && c != '\n')
    };
    let spaced = text.chars().map(|c| if c == '\t' { ' ' } else { c });
    spaced.filter(|c| !is_dropped(*c)).collect::<String>().trim().to_owned()
}

/// `text` on one line.
pub(crate) fn line(text: &str) -> String {
    clean(text).replace('\n', " ")
}

pub(crate) fn written(words: &Words, title: &str, paragraphs: &[String]) -> Letter {
    let said = paragraphs.iter().map(String::as_str).filter(|paragraph| !paragraph.is_empty());
    Letter {
        language: LANGUAGES[words.at].to_owned(),
        title: title.to_owned(),
        text: said.collect::<Vec<_>>().join("\n\n"),
    }
}

/// In the order of [`Thing`]; nominatives.
const THINGS: [[&str; 4]; 12] = [
    ["your video", "votre vidéo", "videoclipul dumneavoastră", "Ihr Video"],
    ["your photo", "votre photo", "fotografia dumneavoastră", "Ihr Foto"],
    ["your livestream", "votre direct", "transmisiunea dumneavoastră în direct", "Ihr Livestream"],
    ["your comment", "votre commentaire", "comentariul dumneavoastră", "Ihr Kommentar"],
    ["your message", "votre message", "mesajul dumneavoastră", "Ihre Nachricht"],
    ["your post", "votre publication", "postarea dumneavoastră", "Ihr Beitrag"],
    ["your profile", "votre profil", "profilul dumneavoastră", "Ihr Profil"],
    ["your ad", "votre publicité", "reclama dumneavoastră", "Ihre Werbeanzeige"],
    ["your content", "votre contenu", "conținutul dumneavoastră", "Ihr Inhalt"],
    ["your account", "votre compte", "contul dumneavoastră", "Ihr Konto"],
    [
        "the content that you reported",
        "le contenu que vous avez signalé",
        "conținutul pe care l-ați semnalat",
        "der von Ihnen gemeldete Inhalt",
    ],
    [
        "the account that you reported",
        "le compte que vous avez signalé",
        "contul pe care l-ați semnalat",
        "das von Ihnen gemeldete Konto",
    ],
];

#[cfg(test)]
mod tests {
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

    const SOURCES: [Source; 4] =
        [Source::OwnInitiative, Source::Notice, Source::Order, Source::Appeal];

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
            dsa: Dsa { category: "SCAMS_AND_FRAUD".to_owned(), keywords: Vec::new() },
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
    fn texts(effects: &[&str]) -> Vec<(&'static Words, String)> {
        let decision = decision(effects);
        WORDS.iter().map(|words| (*words, text(&ground(&decision), LANGUAGES[words.at]))).collect()
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
        for name in Effect::NAMES {
            let is_tried = EFFECTS.iter().any(|effect| effect.split(':').next() == Some(*name));
            assert!(is_tried || work.contains(name), "{name}");
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
        for (at, language) in LANGUAGES.into_iter().enumerate() {
            assert_eq!(WORDS[at].at, at);
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
        assert_eq!(THINGS[Thing::Ad as usize][0], "your ad");
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
            let thing = THINGS[Thing::Video as usize][words.at];
            for element in [
                words.decided,
                words.everywhere,
                words.lasting,
                words.own_initiative,
                words.found_by_machine,
                words.decided_by_machine,
                "Fraud",
                POLICY,
                words.complaint,
                words.bodies,
            ] {
                assert!(text.contains(element), "{element} is not in {text}");
            }
            assert!(text.contains(thing), "{text}");
        }
    }

    #[test]
    fn what_made_us_act_and_who_decided_is_told() {
        for words in WORDS {
            let told = |source: Source, automation: Automation| {
                let decision = Decision { automation, ..decision(&["limit", "notify"]) };
                text(&Ground { source, ..ground(&decision) }, LANGUAGES[words.at])
            };
            let notice = told(Source::Notice, Automation::Partially);
            for part in [words.after_notice, words.found_by_others, words.decided_by_both] {
                assert!(notice.contains(part), "{notice}");
            }
            assert!(!notice.contains(words.own_initiative));
            let appeal = told(Source::Appeal, Automation::NotAutomated);
            for part in [words.after_appeal, words.found_by_both, words.decided_by_people] {
                assert!(appeal.contains(part), "{appeal}");
            }
            let human = told(Source::OwnInitiative, Automation::NotAutomated);
            assert!(human.contains(words.found_by_both), "{human}");
            let machine = told(Source::OwnInitiative, Automation::Partially);
            assert!(machine.contains(words.found_by_machine), "{machine}");
        }
    }

    #[test]
    fn an_end_is_told_where_there_is_one() {
        for (words, text) in texts(&["suspend_account:7", "suspend_feature:live:1", "notify"]) {
            assert!(text.contains(words.ending), "{text}");
        }
        for (words, text) in texts(&["remove", "suspend_account:7", "notify"]) {
            assert!(text.contains(words.partly_ending), "{text}");
        }
        for (words, text) in texts(&["suspend_account", "notify"]) {
            assert!(text.contains(words.lasting) && text.contains(words.indefinitely), "{text}");
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
        for (language, (several, one)) in LANGUAGES.into_iter().zip(names) {
            let text = text(&ground(&decision), language);
            assert!(text.contains(several) && text.contains(one), "{text}");
        }
        assert_eq!(COUNTRIES.len(), 30);
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
        let counted = |language: &str, number: u32| counted(number, words(language));
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
        for (language, one, several) in [
            ("en", "1 day", "101 days"),
            ("fr", "1 jour", "101 jours"),
            ("de", "1 Tag", "101 Tage"),
        ] {
            assert_eq!(counted(language, 1), one);
            assert_eq!(counted(language, 101), several);
        }
    }

    #[test]
    fn who_speaks_another_language_reads_english() {
        for language in ["", "it", "e", "english", "xx-RO", "-fr", "日本語"] {
            assert_eq!(words(language).at, 0, "{language}");
        }
        for language in ["de", "DE", "de-AT", "de_CH", " de "] {
            assert_eq!(words(language).at, 3, "{language}");
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
        for words in WORDS {
            let ground = Ground { source: Source::Order, ..ground(&decision) };
            let letter = letter(&ground, LANGUAGES[words.at]).unwrap();
            assert_eq!(letter.title, words.order_title);
            let country = known(COUNTRIES, "RO", words).unwrap();
            for part in [words.because_ordered, words.order_redress, "Fraud", country] {
                assert!(letter.text.contains(part), "{part} is not in {}", letter.text);
            }
            assert!(!letter.text.contains(words.complaint), "no statement of reasons");
        }
    }

    #[test]
    fn who_is_no_longer_restricted_is_told_so() {
        let decision = superseding(&["notify"]);
        for words in WORDS {
            let ground = Ground { lifts: true, ..ground(&decision) };
            let letter = letter(&ground, LANGUAGES[words.at]).unwrap();
            assert_eq!(letter.title, words.reversal_title);
            assert!(letter.text.contains(words.apology) && !letter.text.contains("Fraud"));
        }
    }

    #[test]
    fn what_is_lifted_in_part_is_told_beside_what_remains() {
        let decision = superseding(&["limit", "notify"]);
        for words in WORDS {
            let told =
                |lifts: bool| text(&Ground { lifts, ..ground(&decision) }, LANGUAGES[words.at]);
            assert!(told(true).contains(words.replaces) && told(true).contains(words.complaint));
            assert!(!told(false).contains(words.replaces));
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
        let names = [COUNTRIES, ELEMENTS, FEATURES, LABELS].into_iter().flatten();
        for (code, names) in names {
            assert!(!names[2].contains(['ş', 'ţ', 'Ş', 'Ţ', 'ã']), "{code}");
            assert!(names.iter().all(|name| !name.is_empty()), "{code}");
        }
    }
}
