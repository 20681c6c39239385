//! What a human may do to a case, and when: a state machine without a clock.

use serde::{Deserialize, Serialize};

use crate::case::{Case, Finding, Kind, Question, State, Step, Verdict};

/// How long a verdict can be taken back.
pub const UNDO_MS: i64 = 60_000;

/// A case skipped this many times goes to specialists.
const SKIPS_MAX: usize = 3;

/// A case that was passed on waits this many leases for the colleague.
const RESERVED_LEASES: i64 = 6;

/// The number of alarms of a clock that was missed.
pub const MISSED: u8 = 4;

/// Longer notes are refused.
const NOTE_CHARS_MAX: usize = 4000;

/// A command of a reviewer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Command {
    /// Claims it, on a lease.
    Claim,
    /// Extends the lease.
    Renew,
    /// Gives it back, for somebody else.
    Skip {
        /// The reason.
        note: String,
    },
    /// Asks a colleague, and keeps it.
    Consult {
        /// The colleague.
        to: String,
        /// The question.
        note: String,
    },
    /// Answers the question of a colleague.
    Answer {
        /// The answer.
        note: String,
    },
    /// Passes it on to one colleague.
    Transfer {
        /// The colleague.
        to: String,
        /// The reason.
        note: String,
    },
    /// Passes it on to specialists.
    Escalate {
        /// The reason.
        note: String,
    },
    /// Judges it.
    Close {
        /// The verdict.
        verdict: Verdict,
    },
    /// Takes the verdict back.
    Undo,
}

impl Command {
    /// The name of the step in the history.
    #[must_use]
    pub const fn step(&self) -> &'static str {
        match self {
            Self::Claim => "claimed",
            Self::Renew => "renewed",
            Self::Skip { .. } => "skipped",
            Self::Consult { .. } => "asked",
            Self::Answer { .. } => "answered",
            Self::Transfer { .. } => "transferred",
            Self::Escalate { .. } => "escalated",
            Self::Close { .. } => "closed",
            Self::Undo => "undone",
        }
    }
}

/// Who acts, and when.
#[derive(Clone, Copy, Debug)]
pub struct Acting<'a> {
    /// The person.
    pub by: &'a str,
    /// When, in milliseconds since 1970.
    pub now_ms: i64,
    /// The length of a lease, in milliseconds.
    pub lease_ms: i64,
}

/// Why a command was refused. The caller can act on each of these.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There is no such case.
    #[error("there is no such case")]
    NotFound,
    /// No case waits that this reviewer could judge.
    #[error("nothing waits that you can judge; more comes by itself")]
    Nothing,
    /// Somebody else holds it.
    #[error("`{0}` works on this case; take another one")]
    HeldByAnother(String),
    /// It must be claimed first.
    #[error("claim the case first")]
    NotHeld,
    /// The lease ran out.
    #[error("your lease ran out and nothing was changed; claim the case again")]
    LeaseOver,
    /// It is already judged.
    #[error("the case is closed")]
    Closed,
    /// It is not judged yet.
    #[error("the case is not closed")]
    NotClosed,
    /// Too late to take the verdict back.
    #[error("a verdict can be taken back for a minute; an appeal or a new case changes it later")]
    TooLate,
    /// Somebody else has to do this.
    #[error("{0}")]
    WrongPerson(String),
    /// The request is invalid.
    #[error("{0}")]
    Wrong(String),
    /// The limits of care forbid it.
    #[error("{0}")]
    Rest(String),
}

/// The case after `command` was carried out on it.
///
/// # Errors
///
/// The reason for the refusal; nothing has changed then.
pub fn apply(case: &Case, command: &Command, acting: Acting<'_>) -> Result<Case, Refused> {
    let mut after = case.clone();
    match command {
        Command::Claim => claim(&mut after, acting)?,
        Command::Answer { note } => answer(&mut after, acting, note)?,
        Command::Undo => undo(&mut after, acting)?,
        _ => {
            held(case, acting)?;
            work(&mut after, command, acting)?;
        }
    }
    let (to, note) = told(command);
    after.step(Step {
        at_ms: acting.now_ms,
        by: acting.by.to_owned(),
        what: command.step().to_owned(),
        to,
        note,
    });
    Ok(after)
}

fn told(command: &Command) -> (String, String) {
    match command {
        Command::Consult { to, note } | Command::Transfer { to, note } => {
            (to.clone(), note.clone())
        }
        Command::Skip { note } | Command::Answer { note } | Command::Escalate { note } => {
            (String::new(), note.clone())
        }
        Command::Close { verdict } => (String::new(), verdict.note.clone()),
        Command::Claim | Command::Renew | Command::Undo => (String::new(), String::new()),
    }
}

fn claim(case: &mut Case, acting: Acting<'_>) -> Result<(), Refused> {
    match &case.state {
        State::Closed { .. } => return Err(Refused::Closed),
        State::Held { by, until_ms, .. } if by != acting.by && *until_ms > acting.now_ms => {
            return Err(Refused::HeldByAnother(by.clone()));
        }
        _ => {}
    }
    if case.not_by.iter().any(|name| name == acting.by) {
        return Err(Refused::WrongPerson(
            "you decided on this before, or skipped it; somebody else judges it".to_owned(),
        ));
    }
    if let Some(other) = case.reserved_for.as_deref().filter(|other| *other != acting.by) {
        return Err(Refused::WrongPerson(format!("it was passed on to `{other}`")));
    }
    case.claimed_ms.get_or_insert(acting.now_ms);
    case.reserved_until_ms = None;
    let since_ms = match &case.state {
        State::Held { by, since_ms, .. } if by == acting.by => *since_ms,
        _ => acting.now_ms,
    };
    case.state = State::Held {
        by: acting.by.to_owned(),
        since_ms,
        until_ms: acting.now_ms + acting.lease_ms,
    };
    Ok(())
}

/// Refuses anyone who does not hold `case` now.
fn held(case: &Case, acting: Acting<'_>) -> Result<(), Refused> {
    match &case.state {
        State::Held { by, until_ms, .. } if by == acting.by && *until_ms > acting.now_ms => Ok(()),
        State::Held { by, .. } if by == acting.by => Err(Refused::LeaseOver),
        State::Held { by, .. } => Err(Refused::HeldByAnother(by.clone())),
        State::Closed { .. } => Err(Refused::Closed),
        State::Waiting if was_last(case, acting.by) => Err(Refused::LeaseOver),
        State::Waiting => Err(Refused::NotHeld),
    }
}

/// Whether the last lease that ran out was that of `who`.
fn was_last(case: &Case, who: &str) -> bool {
    let last = case.steps.iter().rev().find(|step| step.what == "expired");
    last.is_some_and(|step| step.to == who)
}

fn work(case: &mut Case, command: &Command, acting: Acting<'_>) -> Result<(), Refused> {
    match command {
        Command::Renew => {
            if let State::Held { until_ms, .. } = &mut case.state {
                *until_ms = acting.now_ms + acting.lease_ms;
            }
        }
        Command::Skip { note } => {
            stated(note)?;
            release(case);
            case.not_by.push(acting.by.to_owned());
            let skips = case.steps.iter().filter(|step| step.what == "skipped").count() + 1;
            case.is_escalated |= skips >= SKIPS_MAX;
        }
        Command::Consult { to, note } => {
            stated(note)?;
            other(to, acting.by)?;
            case.asked = Some(Question {
                by: acting.by.to_owned(),
                to: to.clone(),
                question: note.clone(),
                answer: None,
            });
        }
        Command::Transfer { to, note } => {
            stated(note)?;
            other(to, acting.by)?;
            if case.not_by.contains(to) {
                let why =
                    format!("`{to}` decided on this before, or skipped it; ask somebody else");
                return Err(Refused::WrongPerson(why));
            }
            release(case);
            case.reserved_for = Some(to.clone());
            // If the colleague does not claim it in time, others may.
            case.reserved_until_ms = Some(acting.now_ms + RESERVED_LEASES * acting.lease_ms);
        }
        Command::Escalate { note } => {
            stated(note)?;
            if case.is_escalated {
                return Err(Refused::Wrong("it is with specialists already".to_owned()));
            }
            release(case);
            case.is_escalated = true;
        }
        Command::Close { verdict } => close(case, verdict, acting)?,
        Command::Claim | Command::Answer { .. } | Command::Undo => {}
    }
    Ok(())
}

fn close(case: &mut Case, verdict: &Verdict, acting: Acting<'_>) -> Result<(), Refused> {
    let verdict = checked(case, verdict)?;
    let since_ms = match &case.state {
        State::Held { since_ms, .. } => *since_ms,
        _ => acting.now_ms,
    };
    let seconds = acting.now_ms.saturating_sub(since_ms).max(0) / 1000;
    case.state = State::Closed {
        by: acting.by.to_owned(),
        at_ms: acting.now_ms,
        seconds: u32::try_from(seconds).unwrap_or(u32::MAX),
    };
    case.reserved_for = None;
    case.verdict = Some(verdict);
    if case.due_ms.is_some_and(|due| due < acting.now_ms) && case.alarms < MISSED {
        // Missed since the last tick: closing must not hide that.
        case.alarms = MISSED;
        let (at_ms, what) = (acting.now_ms, "missed".to_owned());
        case.step(Step { at_ms, what, ..Step::default() });
    }
    Ok(())
}

/// Whether one of `effects` restricts something.
fn restricts(effects: &[String]) -> bool {
    let is_restriction = |effect: types::Effect| effect.restricts();
    effects.iter().any(|effect| effect.parse().is_ok_and(is_restriction))
}

/// The verdict in the form in which it is kept.
fn checked(case: &Case, verdict: &Verdict) -> Result<Verdict, Refused> {
    let mut effects = Vec::new();
    for text in &verdict.effects {
        let effect: types::Effect = text.parse().map_err(Refused::Wrong)?;
        if effect.asks_a_human() {
            let why = "a verdict ends the case; escalate it instead of asking for a review";
            return Err(Refused::Wrong(why.to_owned()));
        }
        effects.push(effect.to_string());
    }
    effects.dedup();
    match verdict.finding {
        Finding::Violation if effects.is_empty() => {
            Err(Refused::Wrong("choose at least one effect, or say that nothing is wrong".into()))
        }
        Finding::Violation if case.kind != Kind::Order && !restricts(&effects) => {
            Err(Refused::Wrong(
                "choose what is done to it: to preserve it or to notify alone restricts nothing"
                    .into(),
            ))
        }
        Finding::Violation if verdict.policy.is_empty() => {
            Err(Refused::Wrong("name the policy that is broken".to_owned()))
        }
        Finding::NoViolation if !effects.is_empty() => {
            Err(Refused::Wrong("where nothing is wrong there is no effect".to_owned()))
        }
        _ if verdict.note.chars().count() > NOTE_CHARS_MAX => {
            Err(Refused::Wrong(format!("a note has {NOTE_CHARS_MAX} characters at most")))
        }
        _ if verdict.reasons.chars().count() > NOTE_CHARS_MAX => {
            Err(Refused::Wrong(format!("reasons have {NOTE_CHARS_MAX} characters at most")))
        }
        _ if case.kind == Kind::Appeal && verdict.reasons.trim().is_empty() => {
            let why = "the person who complained is owed reasons: write them in `reasons`, for \
                       that person to read; the note is for colleagues (Art. 20(5) DSA)";
            Err(Refused::Wrong(why.to_owned()))
        }
        _ => {
            let policy = if verdict.policy.is_empty() { &case.policy } else { &verdict.policy };
            Ok(Verdict { effects, policy: policy.clone(), ..verdict.clone() })
        }
    }
}

fn undo(case: &mut Case, acting: Acting<'_>) -> Result<(), Refused> {
    let State::Closed { by, at_ms, .. } = &case.state else { return Err(Refused::NotClosed) };
    if by != acting.by {
        return Err(Refused::WrongPerson(format!("`{by}` judged it; only they can take it back")));
    }
    if acting.now_ms.saturating_sub(*at_ms) > UNDO_MS {
        return Err(Refused::TooLate);
    }
    if case.steps.iter().any(|step| matches!(step.what.as_str(), "annulled" | "told")) {
        return Err(Refused::TooLate);
    }
    case.state = State::Held {
        by: acting.by.to_owned(),
        since_ms: acting.now_ms,
        until_ms: acting.now_ms + acting.lease_ms,
    };
    case.verdict = None;
    Ok(())
}

fn answer(case: &mut Case, acting: Acting<'_>, note: &str) -> Result<(), Refused> {
    stated(note)?;
    if case.is_closed() {
        return Err(Refused::Closed);
    }
    match &mut case.asked {
        Some(asked) if asked.to == acting.by => {
            asked.answer = Some(note.to_owned());
            Ok(())
        }
        Some(asked) => Err(Refused::WrongPerson(format!("`{}` was asked", asked.to))),
        None => Err(Refused::Wrong("nobody was asked about this case".to_owned())),
    }
}

fn release(case: &mut Case) {
    case.state = State::Waiting;
    case.reserved_for = None;
}

fn other(to: &str, by: &str) -> Result<(), Refused> {
    match to {
        "" => Err(Refused::Wrong("name a colleague".to_owned())),
        to if to == by => Err(Refused::Wrong("name somebody else".to_owned())),
        _ => Ok(()),
    }
}

fn stated(note: &str) -> Result<(), Refused> {
    match note.trim().chars().count() {
        1..=NOTE_CHARS_MAX => Ok(()),
        _ => Err(Refused::Wrong(format!("say why, in 1 to {NOTE_CHARS_MAX} characters"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEASE: i64 = 600_000;

    fn at(by: &str, now_ms: i64) -> Acting<'_> {
        Acting { by, now_ms, lease_ms: LEASE }
    }

    fn note(text: &str) -> String {
        text.to_owned()
    }

    fn remove() -> Command {
        Command::Close {
            verdict: Verdict {
                finding: Finding::Violation,
                policy: "spam".to_owned(),
                effects: vec!["remove".to_owned()],
                ..Verdict::default()
            },
        }
    }

    fn after(steps: &[(&str, i64, Command)]) -> Result<Case, Refused> {
        let mut case = Case::default();
        for (by, now_ms, command) in steps {
            case = apply(&case, command, at(by, *now_ms))?;
        }
        Ok(case)
    }

    #[test]
    fn a_verdict_is_final_after_a_minute() {
        let steps = |undo_at| {
            after(&[
                ("ana", 0, Command::Claim),
                ("ana", 30_000, remove()),
                ("ana", undo_at, Command::Undo),
            ])
        };
        assert_eq!(steps(90_000).unwrap().state.name(), "held");
        assert_eq!(steps(90_001).unwrap_err(), Refused::TooLate);
        let again =
            after(&[("ana", 0, Command::Claim), ("ana", 1, remove()), ("ana", 2, remove())]);
        assert_eq!(again.unwrap_err(), Refused::Closed);
    }

    #[test]
    fn two_reviewers_cannot_have_one_case() {
        let two = after(&[("ana", 0, Command::Claim), ("ben", 1, Command::Claim)]);
        assert_eq!(two.unwrap_err(), Refused::HeldByAnother(note("ana")));
        let late = after(&[("ana", 0, Command::Claim), ("ben", LEASE, Command::Claim)]);
        assert_eq!(late.unwrap().holder(), Some("ben"));
    }

    #[test]
    fn a_lease_that_ran_out_mid_verdict_changes_nothing() {
        let late = after(&[("ana", 0, Command::Claim), ("ana", LEASE, remove())]);
        assert_eq!(late.unwrap_err(), Refused::LeaseOver);
        let renewed = after(&[
            ("ana", 0, Command::Claim),
            ("ana", LEASE - 1, Command::Renew),
            ("ana", LEASE, remove()),
        ]);
        let State::Closed { seconds, .. } = renewed.unwrap().state else { panic!() };
        assert_eq!(seconds, 600);
        let stranger = after(&[("ana", 0, remove())]);
        assert_eq!(stranger.unwrap_err(), Refused::NotHeld);
    }

    #[test]
    fn what_three_skip_goes_to_specialists() {
        let skip = || Command::Skip { note: note("not my field") };
        let mut steps = Vec::new();
        for (number, by) in ["ana", "ben", "cleo"].into_iter().enumerate() {
            steps.push((by, i64::try_from(number).unwrap(), Command::Claim));
            steps.push((by, i64::try_from(number).unwrap(), skip()));
        }
        let case = after(&steps).unwrap();
        assert!(case.is_escalated && case.state == State::Waiting);
        steps.push(("ana", 10, Command::Claim));
        assert!(matches!(after(&steps), Err(Refused::WrongPerson(_))));
    }

    #[test]
    fn a_question_is_answered_by_who_was_asked() {
        let ask = Command::Consult { to: note("dora"), note: note("is this satire?") };
        let answer = |by| {
            after(&[
                ("ana", 0, Command::Claim),
                ("ana", 1, ask.clone()),
                (by, 2, Command::Answer { note: note("it is") }),
            ])
        };
        let case = answer("dora").unwrap();
        assert_eq!(case.holder(), Some("ana"));
        assert_eq!(case.asked.unwrap().answer.as_deref(), Some("it is"));
        assert!(matches!(answer("ben"), Err(Refused::WrongPerson(_))));
    }

    #[test]
    fn a_verdict_says_what_is_done_in_words_that_exist() {
        let close = |finding, policy: &str, effects: &[&str]| {
            let verdict = Verdict {
                finding,
                policy: policy.to_owned(),
                effects: effects.iter().map(|effect| note(effect)).collect(),
                ..Verdict::default()
            };
            after(&[("ana", 0, Command::Claim), ("ana", 1, Command::Close { verdict })])
        };
        use Finding::{NoViolation, Violation};
        assert!(close(NoViolation, "", &[]).is_ok());
        let kept = close(Violation, "spam", &["disable:RO,FR"]).unwrap();
        assert_eq!(kept.verdict.unwrap().effects, ["disable:FR,RO"]);
        for (finding, policy, effects) in [
            (Violation, "spam", &[][..]),
            (Violation, "", &["remove"]),
            (NoViolation, "", &["remove"]),
            (Violation, "spam", &["explode"]),
            (Violation, "spam", &["review"]),
        ] {
            assert!(matches!(close(finding, policy, effects), Err(Refused::Wrong(_))));
        }
    }
}
