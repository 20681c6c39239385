//! Turns a verdict of the rules into a decision: merged effects, reasons with evidence, and one
//! sentence for the person affected.

use decide::{Program, Rule, Stage, Verdict};
use signal::standing;
use types::{
    Automation, Decision, DecisionId, Effect, Event, EventType, Policy, Reason, Trait, merge,
};

use crate::answers::Detectors;
use crate::human;

/// The decision that follows from `verdict`; `None` if neither a rule nor a human has anything to
/// say.
pub(crate) fn decide(
    program: &Program,
    verdict: &Verdict,
    answers: &Detectors<'_>,
) -> Option<Decision> {
    let event = answers.0.event();
    let said = human::verdict(program, event);
    let ruled = ruled(program, verdict, answers);
    let policy = match &said {
        Some(said) => said.policy,
        None => weightiest(&ruled)?,
    };
    let silent = said.as_ref().is_some_and(|said| said.silent);
    let (supersedes, spoken, said) = match said {
        Some(said) => (said.supersedes, said.statement, Some(said.reason)),
        None => (Vec::new(), None, None),
    };
    let ruled = ruled.into_iter().map(|(_, reason)| reason);
    let reasons: Vec<Reason> = said.into_iter().chain(ruled).collect();
    let live = reasons.iter().filter(|reason| !reason.shadow);
    let effects = merge::merge(live.flat_map(|reason| reason.effects.clone()));
    let is_read = asks_for_a_human(&effects);
    Some(Decision {
        id: DecisionId::new(event.key(), &program.version),
        time: event.time,
        source: event.source.clone(),
        event: event.id.clone(),
        r#type: event.kind.name().to_owned(),
        subject: event.about(),
        account: event.account_id().map(str::to_owned),
        policy: policy.id.clone(),
        dsa: policy.dsa.clone(),
        territory: territory(&effects),
        automation: automation(event, &effects),
        language: is_read.then(|| answers.0.language().map(str::to_owned)).flatten(),
        statement: spoken.unwrap_or_else(|| statement(event, policy, &effects)),
        silent,
        effects,
        reasons,
        policies: program.version.clone(),
        supersedes,
    })
}

/// The reasons of the rules, each with its policy.
fn ruled<'a>(
    program: &'a Program,
    verdict: &Verdict,
    answers: &Detectors<'_>,
) -> Vec<(&'a Policy, Reason)> {
    let rule = |number: &u32| &program.rules[*number as usize];
    let fired = verdict.fired.iter().map(rule).map(|rule| (rule, &rule.then, false));
    let unknown = verdict.unknown.iter().map(rule).map(|rule| (rule, &rule.if_unknown, true));
    let unknown = unknown.filter(|(_, effects, _)| !effects.is_empty());
    let reasons = fired.chain(unknown).map(|(rule, effects, is_unknown)| {
        let reason = reason(program, rule, (effects, is_unknown), answers);
        (&program.policies[rule.policy], reason)
    });
    reasons.collect()
}

/// Whether `rule` has effect on this event: its stage permits it, and it is not paused.
fn acts(rule: &Rule, answers: &Detectors<'_>) -> bool {
    let (event, facts) = (answers.0.event(), answers.0.facts());
    let is_paused = facts.paused.iter().any(|paused| **paused == rule.id);
    let acts = match (rule.stage, event.account_id()) {
        (Stage::Share(_), None) => rule.stage.acts_on(&event.about().0),
        (stage, account) => stage.acts_on(account.unwrap_or_default()),
    };
    acts && !is_paused
}

fn reason(
    program: &Program,
    rule: &Rule,
    (effects, is_unknown): (&[Effect], bool),
    answers: &Detectors<'_>,
) -> Reason {
    let questions = rule.questions.iter();
    let mut evidence: Vec<_> =
        questions.flat_map(|(query, text)| answers.evidence(query, text)).collect();
    if rule.reads_standing {
        evidence.extend(standing::evidence(answers.0.event(), answers.0.facts()));
    }
    Reason {
        rule: rule.id.clone(),
        policy: program.policies[rule.policy].id.clone(),
        effects: effects.to_vec(),
        unknown: is_unknown,
        shadow: !acts(rule, answers),
        evidence,
    }
}

/// The policy that a decision names: that of the strongest effect, then the severest.
fn weightiest<'a>(ruled: &[(&'a Policy, Reason)]) -> Option<&'a Policy> {
    let weight = |(policy, reason): &&(&Policy, Reason)| {
        let is_live = !reason.shadow;
        let restricts = reason.effects.iter().filter(|effect| effect.restricts());
        let strongest = restricts.map(Effect::strength).max();
        (is_live, strongest, policy.severity)
    };
    // Among equals the first, so that the order of rules decides and not that of evaluation.
    ruled.iter().rev().max_by_key(weight).map(|(policy, _)| *policy)
}

/// The countries in which the decision applies, if it has no effect elsewhere.
fn territory(effects: &[Effect]) -> Vec<String> {
    let mut restricts = effects.iter().filter(|effect| effect.restricts());
    match (restricts.next(), restricts.next()) {
        (Some(Effect::Disable { countries }), None) => countries.clone(),
        _ => vec![],
    }
}

fn automation(event: &Event, effects: &[Effect]) -> Automation {
    let by = event.data.case.as_ref().and_then(|case| case.by.as_deref());
    match event.kind {
        EventType::CaseClosed if by == Some(review::AUTOMATIC) => Automation::Fully,
        kind if kind.is(Trait::ByHumans) => Automation::NotAutomated,
        kind if kind.is(Trait::News) || asks_for_a_human(effects) => Automation::Partially,
        _ => Automation::Fully,
    }
}

/// One sentence for the person affected.
pub(crate) fn statement(event: &Event, policy: &Policy, effects: &[Effect]) -> String {
    let thing = thing(event);
    let mut done: Vec<String> =
        effects.iter().filter_map(|effect| measure(effect, &thing)).collect();
    // Two labels are mentioned once.
    done.dedup();
    let why = match policy.id == types::ORDERED {
        true => "as an authority ordered".to_owned(),
        false => format!("under our policy “{}”", policy.title),
    };
    match done.split_last() {
        None if event.kind == EventType::AppealReceived => {
            format!("A person looks at the complaint about {thing}.")
        }
        // Other decisions may restrict it: this one does not.
        None if asks_for_a_human(effects) => {
            format!("{} is being looked at {why}.", capitalised(&thing))
        }
        None if effects.contains(&Effect::Preserve) => format!("We keep data about {thing} {why}."),
        None => format!("Nothing was done {why}."),
        Some((last, [])) => format!("{last} {why}.", last = capitalised(last)),
        Some((last, before)) => {
            format!("{} and {last} {why}.", capitalised(&before.join(", ")))
        }
    }
}

fn asks_for_a_human(effects: &[Effect]) -> bool {
    effects.iter().any(Effect::asks_a_human)
}

/// The subject of the decision, as the person affected would call it.
pub(crate) fn thing(event: &Event) -> String {
    let content = event.data.content.as_ref();
    let kind = content.map(|content| content.kind.as_deref().unwrap_or("content"));
    match (kind, event.about().kind()) {
        (Some("live"), _) => "your livestream".to_owned(),
        (Some(kind), _) => format!("your {kind}"),
        (None, "account") => "your account".to_owned(),
        (None, "network") => "the network of accounts".to_owned(),
        (None, _) => "the matter".to_owned(),
    }
}

fn measure(effect: &Effect, thing: &str) -> Option<String> {
    let days = |days: &Option<u32>| {
        days.map_or("until further notice".to_owned(), |n| match n {
            1 => "for 1 day".to_owned(),
            n => format!("for {n} days"),
        })
    };
    Some(match effect {
        Effect::Remove => format!("we removed {thing}"),
        Effect::Disable { countries } => {
            format!("{thing} is not shown in {}", countries.join(", "))
        }
        Effect::AgeRestrict => format!("{thing} is shown to adults only"),
        Effect::Limit => format!("{thing} is not recommended to others"),
        Effect::RestrictInteraction => format!("others cannot interact with {thing}"),
        Effect::Label { .. } => format!("{thing} carries a label"),
        Effect::Prompt { .. } => format!("people who open {thing} see a notice first"),
        Effect::Demonetise => format!("{thing} earns no money"),
        Effect::SuspendFeature { feature, days: d } => {
            format!("you cannot use {feature} {}", days(d))
        }
        Effect::TerminateAccount => "your account is closed".to_owned(),
        Effect::SuspendAccount { days: d } => format!("your account is suspended {}", days(d)),
        Effect::Escalate | Effect::Review | Effect::Preserve | Effect::Notify => return None,
    })
}

pub(crate) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    fn event(kind: &str, data: &str) -> Event {
        let json = format!(
            r#"{{"specversion":"1.0","id":"e","source":"/t","type":"{kind}",
            "time":"2024-06-01T12:00:00Z","data":{{{data}}}}}"#
        );
        Event::parse(json.as_bytes()).unwrap()
    }

    fn policy() -> Policy {
        let dsa =
            types::Dsa { category: "SCAMS_AND_FRAUD".to_owned(), keywords: Vec::new(), law: None };
        let (id, title) = ("spam.content".to_owned(), "Spam".to_owned());
        Policy { id, title, severity: 3, text: "We do not allow spam.".to_owned(), dsa }
    }

    /// Every sentence that a decision can contain, in one file. Whenever it changes, read it as the
    /// person affected would. `UPDATE_EXPECT=1 cargo test -p engine` writes it.
    #[test]
    fn every_sentence_that_a_person_affected_reads() {
        let mut out = String::new();
        let video = r#""account":{"id":"a"},"content":{"id":"v","kind":"video"}"#;
        let account = r#""account":{"id":"a"}"#;
        let notice = format!(r#"{video},"notice":{{"id":"n"}}"#);
        let appeal = format!(r#"{video},"appeal":{{"id":"p","decision":"d"}}"#);
        let happened = [
            ("a video is published", event("content.published", video)),
            ("an account changes", event("account.updated", account)),
            ("a notice comes", event("notice.received", &notice)),
            ("an appeal comes", event("appeal.received", &appeal)),
        ];
        let done: [&[&str]; 10] = [
            &["remove", "notify"],
            &["limit", "label:rated_false", "review", "notify"],
            &["disable:FR,RO", "notify"],
            &["age_restrict", "restrict_interaction", "prompt", "demonetise"],
            &["suspend_feature:live:1"],
            &["suspend_account:7", "notify"],
            &["terminate_account"],
            &["review"],
            &["preserve"],
            &[],
        ];
        for (what, event) in &happened {
            for effects in done {
                let list: Vec<Effect> = effects.iter().map(|text| text.parse().unwrap()).collect();
                let sentence = statement(event, &policy(), &list);
                writeln!(out, "{what}, {}: {sentence}", effects.join(" ")).unwrap();
            }
        }
        let ordered = Policy { id: types::ORDERED.to_owned(), ..policy() };
        for effects in [&[Effect::Remove][..], &[Effect::Preserve]] {
            let sentence = statement(&happened[0].1, &ordered, effects);
            writeln!(out, "an authority ordered, {}: {sentence}", effects[0].name()).unwrap();
        }
        for verdict in ["no_violation", "upheld", "escalated", "undone", "violation"] {
            for (what, event) in &happened[..2] {
                let said = human::spoken(event, (verdict, &[Effect::Notify]), &policy());
                let said = said.unwrap_or_else(|| "(the sentence of its effects)".to_owned());
                writeln!(out, "{what}, a person says {verdict}: {said}").unwrap();
            }
        }
        expect_test::expect_file!["../tests/golden/statements.txt"].assert_eq(&out);
    }
}
