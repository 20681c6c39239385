//! Log events about a case: its steps, and a verdict for each of its subjects.

use types::{Axis, Effect, Subject};

use crate::case::{Case, Finding, Kind, Member, State, Step, Verdict};
use crate::command::Command;

/// More than the members of a case, so that the numbers of one step never overlap those of the
/// next.
pub(crate) const MEMBERS_TOLD: u64 = 10_000;

/// An event about a case, to be written to the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Telling {
    /// The case.
    pub case: u64,
    /// The decision that somebody viewed; then there is no case.
    pub seen: Option<String>,
    /// A number that is unique among the events of the case.
    pub number: u64,
    /// The kind of the case.
    pub kind: Kind,
    /// What happened.
    pub step: Step,
    /// How long it was worked on, if it was closed.
    pub seconds: Option<u32>,
    /// The subject.
    pub subject: Subject,
    /// The account concerned.
    pub account: Option<String>,
    /// Its language, if known.
    pub language: Option<String>,
    /// `video`, `photo`, …, if known.
    pub medium: String,
    /// The verdict.
    pub said: Option<SubjectVerdict>,
    /// The policy under which it was passed on to specialists, if it was.
    pub escalated: Option<String>,
}

/// A verdict on one subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubjectVerdict {
    /// The index of the subject among the case's members.
    pub member: usize,
    /// `violation`, `no_violation`, `upheld` or `undone`.
    pub word: &'static str,
    /// The policy.
    pub policy: String,
    /// The effects.
    pub effects: Vec<String>,
    /// Decisions that this verdict replaces.
    pub supersedes: Vec<String>,
    /// Whether the person affected must not be notified.
    pub is_silent: bool,
    /// Whether what this verdict replaces was a strike against the account.
    pub struck: bool,
    /// Whether what this verdict replaces restricted anything.
    pub lifts: bool,
}

impl Telling {
    /// The event that somebody viewed a decision about that subject and account.
    #[must_use]
    pub fn look(decision: String, (subject, account): (Subject, Option<String>)) -> Self {
        Self {
            case: 0,
            seen: Some(decision),
            number: 0,
            kind: Kind::Review,
            step: Step::default(),
            seconds: None,
            subject,
            account,
            language: None,
            medium: String::new(),
            said: None,
            escalated: None,
        }
    }
}

impl Case {
    /// The numbers that events of its steps so far may have.
    pub fn told(&self) -> impl Iterator<Item = u64> {
        let members = self.members.len().max(1) as u64;
        let numbers = move |step| (0..members).map(move |member| step * MEMBERS_TOLD + member);
        (0..=self.changes).flat_map(numbers)
    }

    /// New events for a closed case. With `is_annulled` they restore the state before its verdict;
    /// else they repeat the verdict to a person affected who has received no message about it yet.
    #[must_use]
    pub fn restated(&mut self, step: Step, is_annulled: bool) -> Vec<Telling> {
        let Some(verdict) = self.verdict.clone() else { return Vec::new() };
        self.is_silent &= is_annulled;
        let all = if is_annulled { undone(self) } else { said(self, &verdict) };
        self.step(step.clone());
        let tellings = all.into_iter().enumerate().filter_map(|(at, mut said)| {
            let about = self.members.get(said.member)?;
            said.supersedes = about.verdict.iter().cloned().collect();
            Some(Telling {
                number: self.changes * MEMBERS_TOLD + at as u64,
                subject: about.subject.clone(),
                account: about.account.clone(),
                said: Some(said),
                ..self.telling(step.clone())?
            })
        });
        tellings.collect()
    }

    /// Whether its verdict leaves everything as it was decided before.
    #[must_use]
    pub fn is_upheld(&self) -> bool {
        let said = self.verdict.as_ref().map(|verdict| said(self, verdict));
        said.is_some_and(|said| said.iter().all(|said| said.word == "upheld"))
    }

    /// The event that `verdict` would cause for its first subject.
    #[must_use]
    pub fn preview(&self, verdict: &Verdict) -> Option<Telling> {
        let said = said(self, verdict).into_iter().next();
        Some(Telling { said, ..self.telling(Step::default())? })
    }

    /// An event about the case that does not change it: that somebody viewed it.
    #[must_use]
    pub fn telling(&self, step: Step) -> Option<Telling> {
        let member = self.members.first()?;
        Some(Telling {
            case: self.id,
            seen: None,
            number: self.changes * MEMBERS_TOLD,
            // The result of a notice is not found on our own initiative (Art. 17(3)(b) DSA).
            kind: match self.kind {
                Kind::Review if !self.notices.is_empty() => Kind::Notice,
                kind => kind,
            },
            step,
            seconds: None,
            subject: member.subject.clone(),
            account: member.account.clone(),
            language: self.language.clone(),
            medium: self.medium.clone(),
            said: None,
            escalated: None,
        })
    }

    /// The event for its last step.
    #[must_use]
    pub fn last_telling(&self) -> Option<Telling> {
        self.telling(self.steps.last()?.clone())
    }
}

/// The events for a step.
pub(crate) fn told(before: &Case, after: &Case, command: &Command) -> Vec<Telling> {
    let seconds = match after.state {
        State::Closed { seconds, .. } => Some(seconds),
        _ => None,
    };
    let step = after.steps.last().cloned().unwrap_or_default();
    let telling = |number: usize, said: Option<SubjectVerdict>| {
        let member = after.members.get(said.as_ref().map_or(0, |said| said.member))?;
        Some(Telling {
            number: after.changes * MEMBERS_TOLD + number as u64,
            seconds,
            subject: member.subject.clone(),
            account: member.account.clone(),
            said,
            ..after.telling(step.clone())?
        })
    };
    let said = match (command, &after.verdict) {
        _ if after.kind.is_measure() => Vec::new(),
        (Command::Close { .. }, Some(verdict)) => said(after, verdict),
        (Command::Undo, _) => undone(before),
        _ => Vec::new(),
    };
    if said.is_empty() {
        // Quality is measured internally: the escalation of a measuring case is not reported.
        let is_escalated = after.is_escalated && !before.is_escalated && !after.kind.is_measure();
        let escalated = is_escalated.then(|| after.policy.clone());
        let telling = telling(0, None).map(|telling| Telling { escalated, ..telling });
        return telling.into_iter().collect();
    }
    said.into_iter().enumerate().filter_map(|(at, said)| telling(at, Some(said))).collect()
}

/// The verdict on each member.
fn said(case: &Case, verdict: &Verdict) -> Vec<SubjectVerdict> {
    let is_second_look = matches!(case.kind, Kind::Appeal | Kind::Adjudication);
    let one = |(member, about): (usize, &Member)| {
        let mut effects = effects_on(case, about, verdict)?;
        let mut supersedes = about.decisions.clone();
        let word = match verdict.finding {
            Finding::Violation if is_second_look && is_same(&effects, &about.standing) => {
                effects = vec!["notify".to_owned()];
                supersedes.clear();
                "upheld"
            }
            // Somebody complained that nothing was done, and that decision stands.
            Finding::NoViolation if is_second_look && about.standing.is_empty() => {
                supersedes.clear();
                "upheld"
            }
            Finding::NoViolation if verdict.is_ordered => {
                supersedes.clear();
                Finding::NoViolation.name()
            }
            Finding::NoViolation if !about.standing.is_empty() => {
                // The restriction is lifted, and the person is notified.
                effects = vec!["notify".to_owned()];
                Finding::NoViolation.name()
            }
            finding => finding.name(),
        };
        let counted = effects.clone();
        Some(SubjectVerdict {
            member,
            word,
            policy: verdict.policy.clone(),
            effects,
            supersedes,
            is_silent: case.is_silent,
            struck: word != "upheld"
                && (is_strike(&about.standing)
                    || (is_strike(&counted) && !is_first_strike(case, verdict, member))),
            lifts: word != "upheld" && !verdict.is_ordered && !about.standing.is_empty(),
        })
    };
    case.members.iter().enumerate().filter_map(one).collect()
}

/// The effects of `verdict` on one member. In a case about an account with its posts as members,
/// accounts are suspended and posts restricted; `None` if no effect is for this member.
fn effects_on(case: &Case, about: &Member, verdict: &Verdict) -> Option<Vec<String>> {
    if !case.is_flood() || verdict.finding == Finding::NoViolation {
        return Some(verdict.effects.clone());
    }
    let is_account = about.subject.kind() == "account";
    let fits = |text: &&String| {
        let effect: Option<Effect> = text.parse().ok();
        effect.is_none_or(|effect| match effect.axis() {
            Axis::Account | Axis::Service => is_account,
            Axis::Work => true,
            _ => !is_account,
        })
    };
    let effects: Vec<String> = verdict.effects.iter().filter(fits).cloned().collect();
    let does = |text: &String| text.parse().is_ok_and(|e: Effect| e.restricts());
    effects.iter().any(does).then_some(effects)
}

/// Whether `verdict` strikes no earlier member of the same account: one verdict is one strike,
/// however many posts it removes.
fn is_first_strike(case: &Case, verdict: &Verdict, member: usize) -> bool {
    let account = |at: usize| case.members.get(at).and_then(|member| member.account.as_ref());
    let strikes = |other: &Member| {
        let effects = effects_on(case, other, verdict);
        effects.is_some_and(|effects| is_strike(&effects))
    };
    let mut before = case.members.iter().take(member);
    account(member).is_none()
        || !before.any(|other| other.account.as_ref() == account(member) && strikes(other))
}

/// Whether effects, one word each, are a strike against the account.
fn is_strike(effects: &[String]) -> bool {
    let is_strike = |effect: Effect| effect.is_strike();
    effects.iter().any(|effect| effect.parse().is_ok_and(is_strike))
}

/// Whether two lists of effects are equivalent.
fn is_same(left: &[String], right: &[String]) -> bool {
    let sorted = |effects: &[String]| {
        let does = effects.iter().filter(|effect| *effect != "notify").cloned();
        let mut sorted: Vec<String> = does.collect();
        sorted.sort_unstable();
        sorted
    };
    sorted(left) == sorted(right)
}

/// The verdicts that restore everything as it was before the verdict.
fn undone(before: &Case) -> Vec<SubjectVerdict> {
    let policy = before.verdict.as_ref().map(|verdict| verdict.policy.clone()).unwrap_or_default();
    let one = |(member, about): (usize, &Member)| {
        let verdict = about.verdict.clone()?;
        Some(SubjectVerdict {
            member,
            word: "undone",
            policy: policy.clone(),
            effects: match about.standing.is_empty() {
                true => vec!["notify".to_owned()],
                false => about.standing.clone(),
            },
            supersedes: vec![verdict],
            is_silent: before.is_silent,
            struck: before.verdict.as_ref().is_some_and(|verdict| {
                is_strike(&verdict.effects)
                    && (is_first_strike(before, verdict, member) || is_strike(&about.standing))
            }),
            lifts: before.verdict.as_ref().is_some_and(|verdict| !verdict.effects.is_empty()),
        })
    };
    before.members.iter().enumerate().filter_map(one).collect()
}
