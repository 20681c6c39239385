//! The statement of reasons of a decision, or why none is owed.
//!
//! A statement lists the restrictions that the decision newly imposes: one that it repeats from a
//! decision that it supersedes has its statement already, and lifting a restriction owes none (the
//! database has no call to withdraw). Texts come from policies; nothing of content, notices or
//! notes is copied.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde::Serialize;
use types::{Automation, Axis, Decision, Dsa, Effect, Policy, data};

use crate::statement::privacy::{clean, shortened};
use crate::statement::{Statement, codes};

/// What a decision goes back to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The platform's own initiative.
    #[default]
    Voluntary,
    /// A notice under Art. 16 DSA.
    Notice,
    /// A notice of a trusted flagger (Art. 22 DSA).
    TrustedFlagger,
    /// Another notification: rapid response, an authority without an order under Art. 9 DSA.
    Other,
}

impl Source {
    /// The database's code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Voluntary => "SOURCE_VOLUNTARY",
            Self::Notice => "SOURCE_ARTICLE_16",
            Self::TrustedFlagger => "SOURCE_TRUSTED_FLAGGER",
            Self::Other => "SOURCE_TYPE_OTHER_NOTIFICATION",
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Voluntary => "on the platform's own initiative",
            Self::Notice => "after a notice under Article 16 of Regulation (EU) 2022/2065",
            Self::TrustedFlagger => "after a notice of a trusted flagger",
            Self::Other => "after a notification",
        }
    }
}

/// A decision with what its statement needs beside it.
#[derive(Clone)]
pub struct Facts<'a> {
    /// The decision.
    pub decision: &'a Decision,
    /// The decisions that it supersedes and that a statement was made of.
    pub before: Vec<&'a Decision>,
    /// Whether an earlier decision that stands beside it, on the same subject and ground, imposed an
    /// effect, and a statement was made of that.
    pub stands: &'a dyn Fn(&Effect) -> bool,
    /// The policy that it names, as it was then; `None` for verdicts under one that is gone.
    pub policy: Option<&'a Policy>,
    /// The places in the law of the other policies among its reasons.
    pub further: Vec<&'a Dsa>,
    /// The content, as it was sent.
    pub content: Option<&'a data::Content>,
    /// When the content was first seen.
    pub posted_at: Option<Timestamp>,
    /// The account concerned, as it was sent.
    pub account: Option<&'a data::Account>,
    /// What it goes back to.
    pub source: Source,
    /// Whether a machine found what was decided on.
    pub is_found_by_machine: bool,
}

/// What the operator configures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// Whether a restriction everywhere is stated for the 27 member states only, and not for the
    /// whole European Economic Area.
    pub is_union_only: bool,
    /// Policies against deceptive high-volume commercial content, of which no statement is owed
    /// (Art. 17(2) DSA).
    pub commercial: Vec<String>,
    /// Policies that forbid nothing: what they add is information, such as a link to an election
    /// centre, and not a restriction (Art. 17(1) DSA).
    pub informative: Vec<String>,
    /// The address of a policy; `{policy}` stands for its id.
    pub policy_url: Option<String>,
    /// Whether figures are counted: reports count commercial content and what an authority keeps
    /// secret for now as well (Art. 15(1)(c) DSA).
    pub is_for_figures: bool,
}

impl Terms {
    /// Why no statement is owed of anything under `policy`. A name that is configured includes all
    /// policies below it.
    #[must_use]
    pub fn exempt(&self, policy: &str) -> Option<Nothing> {
        let covers = |name: &String| {
            policy
                .strip_prefix(name.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let is_commercial = !self.is_for_figures && self.commercial.iter().any(covers);
        let is_commercial = is_commercial.then_some(Nothing::Commercial);
        let informs = || self.informative.iter().any(covers).then_some(Nothing::Informative);
        is_commercial.or_else(informs)
    }
}

/// Why no statement is owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Nothing {
    /// The decision restricts nothing.
    NoRestriction,
    /// It carries out an order under Art. 9 DSA (Art. 17(5)).
    Ordered,
    /// An authority forbids informing the person affected; it is owed once that ends.
    Silent,
    /// Deceptive high-volume commercial content (Art. 17(2)).
    Commercial,
    /// Its policy forbids nothing (Art. 17(1)).
    Informative,
    /// It applies in no country of the European Economic Area.
    Elsewhere,
    /// It repeats restrictions that have their statement.
    Repeated,
}

impl Nothing {
    /// The reason in a sentence.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::NoRestriction => "the decision restricts nothing",
            Self::Ordered => "it carries out an order of an authority (Art. 17(5) DSA)",
            Self::Silent => "an authority forbids informing the person affected for now",
            Self::Commercial => "deceptive high-volume commercial content (Art. 17(2) DSA)",
            Self::Informative => "its policy informs and forbids nothing (Art. 17(1) DSA)",
            Self::Elsewhere => "it applies outside the European Economic Area only",
            Self::Repeated => "it repeats restrictions that have their statement",
        }
    }
}

/// Longest texts of the database.
const FACTS_MAX: usize = 5000;
const EXPLANATION_MAX: usize = 2000;
const TEXT_MAX: usize = 500;

/// The statement that is owed of a decision.
///
/// # Errors
///
/// Why none is owed.
pub fn owed(facts: &Facts<'_>, terms: &Terms) -> Result<Statement, Nothing> {
    let decision = facts.decision;
    if !decision.effects.iter().any(Effect::restricts) {
        return Err(Nothing::NoRestriction);
    }
    if decision.policy == types::ORDERED {
        return Err(Nothing::Ordered);
    }
    if decision.silent && !terms.is_for_figures {
        return Err(Nothing::Silent);
    }
    if let Some(nothing) = terms.exempt(&decision.policy) {
        return Err(nothing);
    }
    let new = new_restrictions(facts);
    if new.is_empty() {
        return Err(Nothing::Repeated);
    }
    let scope = scope(decision, &new, terms);
    if scope.is_empty() {
        return Err(Nothing::Elsewhere);
    }
    let mut statement = Statement {
        territorial_scope: scope,
        puid: decision.id.0.clone(),
        source_type: facts.source.code().to_owned(),
        automated_detection: if facts.is_found_by_machine { "Yes" } else { "No" }.to_owned(),
        automated_decision: automated(decision.automation).to_owned(),
        decision_facts: clean(&told(facts), FACTS_MAX),
        ..Statement::default()
    };
    restrict(&mut statement, decision, &new);
    disable_in_part(&mut statement, &new);
    ground(&mut statement, facts, terms);
    classify(&mut statement, facts);
    describe(&mut statement, facts);
    Ok(statement)
}

/// The restrictions that the decision newly imposes.
#[must_use]
pub fn new_restrictions<'a>(facts: &Facts<'a>) -> Vec<&'a Effect> {
    let restricting = facts.decision.effects.iter().filter(|effect| effect.restricts());
    restricting.filter(|effect| !is_repeated(facts, effect)).collect()
}

/// Whether an earlier decision with a statement imposed `effect` on the same ground. A suspension for
/// days that is imposed beside another lasts longer, and is a new one.
fn is_repeated(facts: &Facts<'_>, effect: &Effect) -> bool {
    let (ground, policy) = (&facts.decision.dsa, &facts.decision.policy);
    let imposed = |earlier: &&Decision| {
        earlier.effects.contains(effect)
            && earlier.dsa.law == ground.law
            && earlier.policy == *policy
    };
    let is_timed = matches!(
        effect,
        Effect::SuspendAccount { days: Some(_) } | Effect::SuspendFeature { days: Some(_), .. }
    );
    facts.before.iter().any(imposed) || (!is_timed && (facts.stands)(effect))
}

/// The countries of the European Economic Area in which one of `effects` applies.
fn scope(decision: &Decision, effects: &[&Effect], terms: &Terms) -> Vec<String> {
    let here = |country: &&str| !terms.is_union_only || !codes::OUTSIDE_UNION.contains(country);
    let mut all = codes::COUNTRIES.iter().copied().filter(here);
    let disabled = |effect: &&Effect| match effect {
        Effect::Disable { countries } => Some(countries.clone()),
        _ => None,
    };
    let named: Option<Vec<Vec<String>>> = effects.iter().map(disabled).collect();
    let named = match named {
        Some(countries) => countries.concat(),
        None => decision.territory.clone(),
    };
    let is_everywhere = named.is_empty();
    all.by_ref()
        .filter(|country| is_everywhere || named.iter().any(|name| is_same(name, country)))
        .map(str::to_owned)
        .collect()
}

/// Whether a code that somebody wrote is that country: Greece is often written `EL`.
fn is_same(name: &str, country: &str) -> bool {
    name == country || (name == "EL" && country == "GR")
}

const fn automated(automation: Automation) -> &'static str {
    match automation {
        Automation::Fully => "AUTOMATED_DECISION_FULLY",
        Automation::Partially => "AUTOMATED_DECISION_PARTIALLY",
        Automation::NotAutomated => "AUTOMATED_DECISION_NOT_AUTOMATED",
    }
}

/// The restrictions, with their last days.
fn restrict(statement: &mut Statement, decision: &Decision, effects: &[&Effect]) {
    let from = day(decision.time);
    statement.application_date = from.to_string();
    for effect in effects {
        let Some(code) = effect.dsa().map(str::to_owned) else { continue };
        match effect.axis() {
            Axis::Visibility => {
                if effect.name() == "prompt" {
                    let words =
                        "Shown behind a prompt that asks to think before watching or sharing";
                    statement.decision_visibility_other = Some(words.to_owned());
                }
                statement.decision_visibility.push(code);
            }
            Axis::Money => statement.decision_monetary = Some(code),
            Axis::Service => statement.decision_provision = Some(code),
            Axis::Account => statement.decision_account = Some(code),
            Axis::Work => {}
        }
    }
    statement.decision_visibility.sort_unstable();
    statement.decision_visibility.dedup();
    statement.end_date_service_restriction = ends(effects, from, |effect| match effect {
        Effect::SuspendFeature { days, .. } => Some(*days),
        _ => None,
    });
    statement.end_date_account_restriction = ends(effects, from, |effect| match effect {
        Effect::SuspendAccount { days } => Some(*days),
        Effect::TerminateAccount => Some(None),
        _ => None,
    });
}

/// Beside restrictions that apply everywhere, one that applies in some countries only is described
/// in words: a statement has one territory.
fn disable_in_part(statement: &mut Statement, effects: &[&Effect]) {
    const DISABLED: &str = "DECISION_VISIBILITY_CONTENT_DISABLED";
    const OTHER: &str = "DECISION_VISIBILITY_OTHER";
    let disabled: Vec<&Effect> =
        effects.iter().copied().filter(|effect| effect.dsa() == Some(DISABLED)).collect();
    if disabled.is_empty() || disabled.len() == effects.len() {
        return;
    }
    let countries = disabled.iter().filter_map(|effect| match effect {
        Effect::Disable { countries } => Some(countries.join(", ")),
        _ => None,
    });
    let words = format!("Not shown in {}", countries.collect::<Vec<_>>().join(", "));
    let prompt = statement.decision_visibility_other.take();
    let all = prompt.into_iter().chain([words]).collect::<Vec<_>>().join("; ");
    statement.decision_visibility_other = Some(clean(&all, TEXT_MAX));
    statement.decision_visibility.retain(|code| code != DISABLED);
    if !statement.decision_visibility.iter().any(|code| code == OTHER) {
        statement.decision_visibility.push(OTHER.to_owned());
    }
}

/// The last day of the longest among the effects for which `days` returns a number of days; `None`
/// if one of them has no end.
fn ends(
    effects: &[&Effect],
    from: Date,
    days: impl Fn(&Effect) -> Option<Option<u32>>,
) -> Option<String> {
    let all: Option<Vec<u32>> = effects.iter().filter_map(|effect| days(effect)).collect();
    let longest = all?.into_iter().max()?;
    let last = from.checked_add(i64::from(longest).days()).ok()?;
    (last <= Date::constant(2038, 1, 1)).then(|| last.to_string())
}

/// The law or the term that is broken.
fn ground(statement: &mut Statement, facts: &Facts<'_>, terms: &Terms) {
    let title = facts.policy.map_or("Community guidelines", |policy| policy.title.as_str());
    let text = facts.policy.map_or("It goes against our guidelines.", |policy| &policy.text);
    let explanation = Some(clean(text, EXPLANATION_MAX));
    match &facts.decision.dsa.law {
        Some(law) => {
            statement.decision_ground = "DECISION_GROUND_ILLEGAL_CONTENT".to_owned();
            statement.illegal_content_legal_ground = Some(shortened(law, TEXT_MAX));
            statement.illegal_content_explanation = explanation;
        }
        None => {
            statement.decision_ground = "DECISION_GROUND_INCOMPATIBLE_CONTENT".to_owned();
            statement.incompatible_content_ground = Some(clean(title, TEXT_MAX));
            statement.incompatible_content_explanation = explanation;
        }
    }
    let policy = facts.policy.map(|policy| policy.id.as_str());
    let address = terms.policy_url.as_deref().zip(policy);
    statement.decision_ground_reference_url =
        address.map(|(url, policy)| url.replace("{policy}", policy));
}

/// Categories and keywords.
fn classify(statement: &mut Statement, facts: &Facts<'_>) {
    let category = |dsa: &Dsa| format!("{}{}", codes::CATEGORY_PREFIX, dsa.category);
    let decided = &facts.decision.dsa;
    statement.category = category(decided);
    for further in &facts.further {
        let code = category(further);
        if code != statement.category && !statement.category_addition.contains(&code) {
            statement.category_addition.push(code);
        }
    }
    statement.category_addition.sort_unstable();
    statement.category_specification =
        decided.keywords.iter().map(|word| format!("{}{word}", codes::KEYWORD_PREFIX)).collect();
    if decided.keywords.iter().any(|keyword| keyword == "OTHER") {
        let title = facts.policy.map_or("Other", |policy| policy.title.as_str());
        statement.category_specification_other = Some(clean(title, TEXT_MAX));
    }
}

/// Type, language and day of the content, and the type of the account.
fn describe(statement: &mut Statement, facts: &Facts<'_>) {
    let (types, other) = content_types(facts.content);
    statement.content_type = types.into_iter().map(str::to_owned).collect();
    statement.content_type_other = other.map(str::to_owned);
    let language = facts.decision.language.as_deref().and_then(types::language::code);
    let language = language.map(|code| code.to_ascii_uppercase());
    statement.content_language = language.filter(|code| codes::LANGUAGES.contains(&code.as_str()));
    let registered = || facts.account.and_then(|account| account.registered_at);
    let since = match facts.content {
        Some(_) => facts.posted_at,
        None => registered().or(facts.posted_at),
    };
    let first = Date::constant(2000, 1, 1);
    let since = since.map(day).filter(|date| *date >= first);
    statement.content_date = since.unwrap_or_else(|| day(facts.decision.time)).to_string();
    let class = facts.account.and_then(|account| account.class.as_deref());
    let code = class.and_then(|class| match class {
        "business" => Some("ACCOUNT_TYPE_BUSINESS"),
        "personal" | "creator" => Some("ACCOUNT_TYPE_PRIVATE"),
        _ => None,
    });
    statement.account_type = code.map(str::to_owned);
}

/// The types of the content, and what another type is.
fn content_types(content: Option<&data::Content>) -> (Vec<&'static str>, Option<&'static str>) {
    const OTHER: &str = "CONTENT_TYPE_OTHER";
    let Some(content) = content else { return (vec![OTHER], Some("Account")) };
    let (code, other) = match content.kind.as_deref() {
        Some("video" | "live") => ("CONTENT_TYPE_VIDEO", None),
        Some("photo") => ("CONTENT_TYPE_IMAGE", None),
        Some("comment" | "message" | "post") => ("CONTENT_TYPE_TEXT", None),
        Some("profile") => (OTHER, Some("Profile")),
        Some("ad") => (OTHER, Some("Advertisement")),
        _ => (OTHER, Some("Content")),
    };
    let mut types = vec![code];
    types.extend(is_synthetic(content).then_some("CONTENT_TYPE_SYNTHETIC_MEDIA"));
    types.sort_unstable();
    (types, other)
}

/// Whether content is declared or marked as made or changed by AI.
#[must_use]
pub fn is_synthetic(content: &data::Content) -> bool {
    content.synthetic_declared == Some(true)
        || matches!(content.provenance.as_deref(), Some("ai_generated" | "ai_edited"))
}

/// The facts in two sentences, without anything of the content.
fn told(facts: &Facts<'_>) -> String {
    let thing = match facts.content.map(|content| content.kind.as_deref()) {
        None => "an account",
        Some(Some("video")) => "a video",
        Some(Some("photo")) => "a photo",
        Some(Some("live")) => "a livestream",
        Some(Some("comment")) => "a comment",
        Some(Some("message")) => "a message",
        Some(Some("post")) => "a post",
        Some(Some("profile")) => "a profile",
        Some(Some("ad")) => "an advertisement",
        Some(_) => "content",
    };
    let is_decided_by_machine = facts.decision.automation != Automation::NotAutomated;
    let found = match facts.is_found_by_machine || is_decided_by_machine {
        true => "automated systems",
        false => "staff",
    };
    let asks_a_human = facts.decision.effects.iter().any(Effect::asks_a_human);
    let title = facts.policy.map_or("Community guidelines", |policy| policy.title.as_str());
    let took_part = match facts.decision.automation {
        Automation::Fully => "The decision was taken by automated means.",
        Automation::Partially if asks_a_human => {
            "The decision was taken by automated means, and a person reviews it."
        }
        Automation::Partially => "People took part in the decision, which automated means took.",
        Automation::NotAutomated => "The decision was taken by a person.",
    };
    format!(
        "The platform's {found} examined {thing} {} and found that it comes under the policy “{title}”. \
         {took_part}",
        facts.source.words(),
    )
}

fn day(time: Timestamp) -> Date {
    time.to_zoned(TimeZone::UTC).date()
}

#[cfg(test)]
mod tests;
