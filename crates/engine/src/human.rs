//! A human's verdict in a case is a decision like any other: same type, same outbox, same ledger.
//! The verdict names policy and effects; rules cannot soften it.

use std::sync::LazyLock;

use decide::Program;
use types::{Axis, DecisionId, Dsa, Effect, Event, EventType, Policy, Reason, data};

use crate::decision::{capitalised, thing};

/// The name in place of a rule for verdicts of humans.
pub const VERDICT: &str = "verdict";

/// A human's verdict on the subject of an event.
pub(crate) struct HumanVerdict<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) reason: Reason,
    pub(crate) supersedes: Vec<DecisionId>,
    /// The sentence for the person affected, if it is not that of the effects.
    pub(crate) statement: Option<String>,
    /// Whether the person affected must not be notified.
    pub(crate) silent: bool,
}

fn other() -> Dsa {
    let keywords = vec!["OTHER".to_owned()];
    Dsa { category: "OTHER_VIOLATION_TC".to_owned(), keywords, law: None }
}

/// The policy for verdicts under a policy that is not, or no longer, in the set.
static OTHER: LazyLock<Policy> = LazyLock::new(|| Policy {
    id: VERDICT.to_owned(),
    title: "Decisions made by people".to_owned(),
    severity: 5,
    text: "We do not allow what a trained reviewer has found to break our guidelines.".to_owned(),
    dsa: other(),
});

/// The policy for what an authority ordered, whatever the platform's policies say.
static OF_ORDERS: LazyLock<Policy> = LazyLock::new(|| Policy {
    id: types::ORDERED.to_owned(),
    title: "Orders of authorities".to_owned(),
    severity: 5,
    text: "We carry out the orders of authorities that the law obliges us to carry out.".to_owned(),
    dsa: other(),
});

/// The policy called `id`: one of the set, that of orders, or else that of other verdicts.
pub(crate) fn policy_of<'a>(program: &'a Program, id: Option<&str>) -> &'a Policy {
    let known = program.policies.iter().find(|policy| Some(policy.id.as_str()) == id);
    known.unwrap_or(if id == Some(types::ORDERED) { &OF_ORDERS } else { &OTHER })
}

/// The verdict that `event` reports, or the escalation to specialists; `None` if it reports
/// neither.
pub(crate) fn verdict<'a>(program: &'a Program, event: &Event) -> Option<HumanVerdict<'a>> {
    let case = event.data.case.as_deref()?;
    let verdict = match event.kind {
        EventType::CaseClosed => case.verdict.as_deref()?,
        EventType::CaseChanged => case.effects.as_ref().map(|_| "escalated")?,
        _ => return None,
    };
    let policy = policy_of(program, case.policy.as_deref());
    let mut effects = effects(case);
    if verdict == "no_violation" {
        effects.retain(|effect| effect.axis() == Axis::Work);
    }
    let silent = case.silent == Some(true);
    let statement = match silent {
        true => Some(String::new()),
        false => spoken(event, (verdict, &effects), policy),
    };
    let reason = Reason {
        rule: VERDICT.to_owned(),
        policy: policy.id.clone(),
        effects,
        unknown: false,
        shadow: false,
        evidence: Vec::new(),
    };
    let supersedes = case.supersedes.iter().flatten().cloned().map(DecisionId).collect();
    Some(HumanVerdict { policy, reason, supersedes, statement, silent })
}

/// The chosen effects. The person affected is notified, unless an authority ordered secrecy. A text
/// that is not an effect here goes to a human again.
fn effects(case: &data::Case) -> Vec<Effect> {
    let read = |text: &String| text.parse().unwrap_or(Effect::Review);
    let mut effects: Vec<Effect> = case.effects.iter().flatten().map(read).collect();
    let restricts = effects.iter().any(|effect| effect.restricts());
    match case.silent {
        Some(true) => effects.retain(|effect| *effect != Effect::Notify),
        _ if restricts && !effects.contains(&Effect::Notify) => effects.push(Effect::Notify),
        _ => {}
    }
    effects
}

/// The sentence of a verdict, if it is not that of its effects.
pub(crate) fn spoken(
    event: &Event,
    (verdict, effects): (&str, &[Effect]),
    policy: &Policy,
) -> Option<String> {
    let thing = thing(event);
    match verdict {
        "no_violation" => {
            let lifts = event.data.case.as_ref().and_then(|case| case.lifts) == Some(true);
            let lifted = if lifts { "; what it restricted is lifted" } else { "" };
            Some(format!(
                "A person looked at {thing} and found nothing against our policy “{}”{lifted}.",
                policy.title
            ))
        }
        "upheld" => Some(format!(
            "A person looked again at {thing}; the decision under our policy “{}” stays.",
            policy.title
        )),
        "escalated" => Some(format!(
            "{} is with specialists, who look at it under our policy “{}”.",
            capitalised(&thing),
            policy.title
        )),
        "undone" if effects.iter().all(|effect| effect.axis() == Axis::Work) => {
            Some(format!("A decision about {thing} was taken back."))
        }
        _ => None,
    }
}
