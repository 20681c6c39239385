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
use types::{Automation, Decision, Effect, ORDERED};

use crate::bundle::{self, Bundle, Value, value};

/// The longest title; longer ones are cut.
const TITLE_CHARS_MAX: usize = 200;

/// Member states of the European Union and the European Economic Area, ISO 3166-1 alpha-2.
pub const COUNTRIES: [&str; 30] = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS",
    "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
];

/// The languages that letters are written in, each with its own name; the first is used for
/// speakers of any other.
pub fn languages() -> impl Iterator<Item = (&'static str, String)> {
    bundle::all().iter().map(|words| (words.language, words.say("language")))
}

/// A letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Letter {
    /// One of [`languages`].
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

    /// Its name among the messages.
    const fn name(self) -> &'static str {
        match self {
            Self::Video => "video",
            Self::Photo => "photo",
            Self::Livestream => "livestream",
            Self::Comment => "comment",
            Self::Message => "message",
            Self::Post => "post",
            Self::Profile => "profile",
            Self::Ad => "ad",
            Self::Content => "content",
            Self::Account => "account",
            Self::ReportedContent => "reported-content",
            Self::ReportedAccount => "reported-account",
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
    let words = Bundle::of(language);
    match (ground.restricts(), ground.lifts(), ground.source) {
        (true, _, Source::Order) => Some(order(ground, words)),
        (true, ..) => Some(statement(ground, words)),
        (false, true, _) => Some(reversal(ground, words)),
        (false, false, _) => None,
    }
}

/// Art. 17(3)(a)–(f) DSA, a paragraph or two each.
fn statement(ground: &Ground<'_>, words: &Bundle) -> Letter {
    let paragraphs = [
        format!("{}\n{}", words.say("decided"), measures(ground, words)),
        about(ground, words),
        scope(ground, words),
        facts(ground, words),
        automation(ground, words),
        policy("policy", ground, words),
        words.fill("why", &called(ground.thing, words)),
        complaint(ground, words),
        words.say("bodies"),
    ];
    written(words, "decision-title", &paragraphs)
}

/// Art. 17(3)(f): the right to complain. Left out if this answers the complaint of the same person,
/// which is heard once.
fn complaint(ground: &Ground<'_>, words: &Bundle) -> String {
    match (ground.source, ground.lifts) {
        (Source::Appeal, true) => String::new(),
        _ => words.say("complaint"),
    }
}

/// Art. 9(5) DSA; a statement of reasons is not owed (Art. 17(5) DSA).
fn order(ground: &Ground<'_>, words: &Bundle) -> Letter {
    let ordered = words.fill("ordered", &called(ground.thing, words));
    let because = words.say("because-ordered");
    let because = match ground.decision.policy == ORDERED {
        true => because,
        false => format!("{because} {}", policy("order-policy", ground, words)),
    };
    let paragraphs = [
        format!("{ordered}\n{}", measures(ground, words)),
        about(ground, words),
        scope(ground, words),
        because,
        words.say("order-redress"),
    ];
    written(words, "order-title", &paragraphs)
}

fn reversal(ground: &Ground<'_>, words: &Bundle) -> Letter {
    let reversed = words.fill("reversed", &called(ground.thing, words));
    let paragraphs = [reversed, about(ground, words), words.say("apology")];
    written(words, "reversal-title", &paragraphs)
}

/// Which of their items it is about: they may have many.
fn about(ground: &Ground<'_>, words: &Bundle) -> String {
    let title = line(ground.title.unwrap_or_default());
    let title: String = title.chars().take(TITLE_CHARS_MAX).collect();
    let title = match title.is_empty() {
        true => title,
        false => words.fill("titled", &[value("title", title)]),
    };
    let reference = line(ground.decision.subject.id());
    let mut values = vec![value("reference", reference), value("title", title)];
    values.extend(called(ground.thing, words));
    words.fill("about", &values)
}

/// Art. 17(3)(a): the measures, one per line.
fn measures(ground: &Ground<'_>, words: &Bundle) -> String {
    let mut lines: Vec<String> = Vec::new();
    for effect in restrictions(ground.decision) {
        let measure = format!("– {}", measure(effect, ground.thing, words));
        if !lines.contains(&measure) {
            lines.push(measure);
        }
    }
    lines.join("\n")
}

/// What `effect`, which restricts something, does to `thing`.
pub(crate) fn measure(effect: &Effect, thing: Thing, words: &Bundle) -> String {
    let mut values = details(effect, words);
    let is_named = values.iter().any(|(name, _)| *name == "label");
    values.extend(called(thing, words));
    let named = if is_named { "-named" } else { "" };
    words.fill(&format!("effect-{}{named}", effect.name()), &values)
}

fn details(effect: &Effect, words: &Bundle) -> Vec<Value> {
    match effect {
        Effect::Disable { countries } => places(countries, words).into(),
        Effect::Label { label: Some(label) } | Effect::Prompt { label: Some(label) } => {
            vec![value("label", named("label", label, words))]
        }
        Effect::SuspendFeature { feature, days } => {
            let feature = named("feature", feature, words);
            vec![value("feature", feature), value("time", time(*days, words))]
        }
        Effect::SuspendAccount { days } => vec![value("time", time(*days, words))],
        _ => Vec::new(),
    }
}

/// Art. 17(3)(a): the territory, the duration, and the effect on earlier measures.
fn scope(ground: &Ground<'_>, words: &Bundle) -> String {
    let decision = ground.decision;
    let is_disable = |effect: &Effect| matches!(effect, Effect::Disable { .. });
    let names_countries = decision.effects.iter().any(is_disable);
    let place = match (decision.territory.is_empty(), names_countries) {
        (true, false) => words.say("everywhere"),
        (true, true) => words.say("elsewhere"),
        (false, _) => words.fill("territory", &places(&decision.territory, words)),
    };
    let duration = words.say(duration(decision));
    let replaced = match ground.lifts() {
        true => format!(" {}", words.say("replaces")),
        false => String::new(),
    };
    format!("{place} {duration}{replaced}")
}

/// The message about the end of the measures.
fn duration(decision: &Decision) -> &'static str {
    let ends = |effect: &&Effect| {
        matches!(
            effect,
            Effect::SuspendFeature { days: Some(_), .. } | Effect::SuspendAccount { days: Some(_) }
        )
    };
    let all = restrictions(decision).count();
    match restrictions(decision).filter(ends).count() {
        0 => "lasting",
        ending if ending == all => "ending",
        _ => "partly-ending",
    }
}

/// Art. 17(3)(b): the cause, and the facts that the decision is based on.
fn facts(ground: &Ground<'_>, words: &Bundle) -> String {
    let source = match ground.source {
        Source::OwnInitiative => "own-initiative",
        Source::Notice => "after-notice",
        Source::Order => "because-ordered",
        Source::Appeal => "after-appeal",
    };
    let source = words.say(source);
    let rests_on = words.fill("rests-on", &called(ground.thing, words));
    let elements = elements(ground.decision, words);
    if elements.is_empty() {
        return format!("{source} {rests_on}");
    }
    let elements = words.fill("elements", &[value("list", elements.join(", "))]);
    format!("{source} {rests_on} {elements}")
}

/// The fields in which detectors of active rules found something. What they search for is not
/// disclosed, since that would teach how to evade them.
fn elements(decision: &Decision, words: &Bundle) -> Vec<String> {
    let reasons = decision.reasons.iter().filter(|reason| !reason.shadow && !reason.unknown);
    let fields = reasons.flat_map(|reason| &reason.evidence).map(|evidence| &evidence.field);
    let mut elements = Vec::new();
    for element in fields.filter_map(|field| known("element", field, words)) {
        if !elements.contains(&element) {
            elements.push(element);
        }
    }
    elements
}

/// Art. 17(3)(c): whether machines found it, and whether they decided. If a human decided on our
/// own initiative or on a complaint, the letter does not say how it was found.
fn automation(ground: &Ground<'_>, words: &Bundle) -> String {
    let automation = ground.decision.automation;
    let found = match (ground.source, automation) {
        (Source::Notice | Source::Order, _) => "found-by-others",
        (Source::Appeal, _) | (_, Automation::NotAutomated) => "found-by-both",
        (Source::OwnInitiative, _) => "found-by-machine",
    };
    format!("{} {}", words.say(found), words.say(decided_by(automation)))
}

/// The message that says whether machines decided.
pub(crate) const fn decided_by(automation: Automation) -> &'static str {
    match automation {
        Automation::Fully => "decided-by-machine",
        Automation::Partially => "decided-by-both",
        Automation::NotAutomated => "decided-by-people",
    }
}

/// Art. 17(3)(d) and (e): the policy, introduced by the message `id`, with its own words.
fn policy(id: &str, ground: &Ground<'_>, words: &Bundle) -> String {
    let named = words.fill(id, &[value("title", line(ground.policy_title))]);
    let text = clean(ground.policy_text);
    if text.is_empty() {
        return named;
    }
    format!("{named} {}", words.fill("policy-text", &[value("text", text)]))
}

/// The effects that restrict something for the person affected.
fn restrictions(decision: &Decision) -> impl Iterator<Item = &Effect> {
    decision.effects.iter().filter(|effect| effect.restricts())
}

/// Whether `code` is a member state of the European Union or the European Economic Area.
#[must_use]
pub fn is_country(code: &str) -> bool {
    COUNTRIES.contains(&code)
}

/// The name of `thing`, also at the beginning of a sentence.
pub(crate) fn called(thing: Thing, words: &Bundle) -> [Value; 2] {
    let thing = words.say(&format!("thing-{}", thing.name()));
    [value("Thing", capitalised(&thing)), value("thing", thing)]
}

fn places(countries: &[String], words: &Bundle) -> [Value; 2] {
    let names: Vec<String> = countries.iter().map(|code| named("country", code, words)).collect();
    let places = words.fill("places", &[("number", names.len().into())]);
    [value("places", places), value("list", names.join(", "))]
}

fn time(days: Option<u32>, words: &Bundle) -> String {
    match days {
        Some(number) => words.fill("for-days", &[value("days", counted(number, words))]),
        None => words.say("indefinitely"),
    }
}

/// A number of days.
fn counted(number: u32, words: &Bundle) -> String {
    words.fill("days", &[("number", number.into()), ("rest", (number % 100).into())])
}

/// The name of `code` in its `group`, else the code itself.
fn named(group: &str, code: &str, words: &Bundle) -> String {
    known(group, code, words).unwrap_or_else(|| line(code).replace('_', " "))
}

fn known(group: &str, code: &str, words: &Bundle) -> Option<String> {
    words.known(&format!("{group}-{}", code.replace('.', "-")), &[])
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
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

/// The letter with the message `title` as its title.
pub(crate) fn written(words: &Bundle, title: &str, paragraphs: &[String]) -> Letter {
    let said = paragraphs.iter().map(String::as_str).filter(|paragraph| !paragraph.is_empty());
    Letter {
        language: words.language.to_owned(),
        title: words.say(title),
        text: said.collect::<Vec<_>>().join("\n\n"),
    }
}

#[cfg(test)]
mod tests;
