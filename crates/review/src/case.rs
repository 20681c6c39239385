//! A case: work for a human, from the moment something asks for it until its verdict is final.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use types::Subject;

use crate::priority::Rate;

/// The number of a case, shown as `c-17`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct CaseId(pub u64);

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "c-{}", self.0)
    }
}

impl FromStr for CaseId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.strip_prefix("c-").and_then(|number| number.parse().ok());
        number.map(Self).ok_or_else(|| format!("`{text}` is no case; write c-1, c-2, …"))
    }
}

impl From<CaseId> for String {
    fn from(id: CaseId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for CaseId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// The kind of work.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A rule asked for a human.
    #[default]
    Review,
    /// A notice in the law's sense (Art. 16 DSA).
    Notice,
    /// An authority's order.
    Order,
    /// A complaint against a decision (Art. 20 DSA).
    Appeal,
    /// A blind review of the same case by somebody else, to measure agreement.
    SecondReview,
    /// A case whose right answer is known.
    Golden,
    /// Two reviewers disagreed; a third decides.
    Adjudication,
}

impl Kind {
    /// All kinds.
    pub const ALL: &[Self] = &[
        Self::Review,
        Self::Notice,
        Self::Order,
        Self::Appeal,
        Self::SecondReview,
        Self::Golden,
        Self::Adjudication,
    ];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Review => "review",
            Self::Notice => "notice",
            Self::Order => "order",
            Self::Appeal => "appeal",
            Self::SecondReview => "second_review",
            Self::Golden => "golden",
            Self::Adjudication => "adjudication",
        }
    }

    /// Whether its verdict measures reviewers only, and does nothing to the subject.
    #[must_use]
    pub const fn is_measure(self) -> bool {
        matches!(self, Self::SecondReview | Self::Golden)
    }

    /// Whether it must be judged by somebody other than the earlier reviewer, or by a person who
    /// answers for it to an authority. A key that names a colleague is not enough.
    #[must_use]
    pub const fn needs_a_second_person(self) -> bool {
        matches!(self, Self::Order | Self::Appeal | Self::SecondReview | Self::Adjudication)
    }

    /// Whether flags, notices and near-duplicates join it.
    pub(crate) const fn is_joined(self) -> bool {
        matches!(self, Self::Review | Self::Notice)
    }
}

/// The lanes, in strict order of precedence.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// A removal order: one hour from receipt (Art. 3(3) Regulation (EU) 2021/784).
    Removal,
    /// Danger to life or to a child (Art. 18 DSA).
    Danger,
    /// Other orders of authorities (Arts 9 and 10 DSA).
    Order,
    /// Trusted flaggers (Art. 22 DSA) and rapid-response signatories.
    Priority,
    /// Appeals (Art. 20 DSA).
    Appeal,
    /// Everything else, by priority.
    #[default]
    General,
}

impl Lane {
    /// All lanes, in order of precedence.
    pub const ALL: &[Self] =
        &[Self::Removal, Self::Danger, Self::Order, Self::Priority, Self::Appeal, Self::General];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Removal => "removal",
            Self::Danger => "danger",
            Self::Order => "order",
            Self::Priority => "priority",
            Self::Appeal => "appeal",
            Self::General => "general",
        }
    }
}

/// The state of a case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// Nobody holds it.
    #[default]
    Waiting,
    /// Somebody works on it, on a lease.
    Held {
        /// The reviewer.
        by: String,
        /// Since when, in milliseconds since 1970.
        since_ms: i64,
        /// When the lease ends, in milliseconds since 1970.
        until_ms: i64,
    },
    /// It is judged.
    Closed {
        /// The reviewer.
        by: String,
        /// When, in milliseconds since 1970.
        at_ms: i64,
        /// How long the last holder worked on it.
        seconds: u32,
    },
}

impl State {
    /// `waiting`, `held` or `closed`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Held { .. } => "held",
            Self::Closed { .. } => "closed",
        }
    }
}

/// The finding of a human.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", schema(as = CaseFinding))]
pub enum Finding {
    /// It breaks a policy, a law or follows an order.
    Violation,
    /// Nothing is wrong with it.
    #[default]
    NoViolation,
}

impl Finding {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Violation => "violation",
            Self::NoViolation => "no_violation",
        }
    }
}

/// The decision of a human on a case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// The finding.
    pub finding: Finding,
    /// The policy that it breaks, or was judged under.
    #[serde(default)]
    pub policy: String,
    /// The effects, one word each: `remove`, `disable:FR,RO`, `label:rated_false`,
    /// `suspend_account:7`. Empty if nothing is wrong.
    #[serde(default)]
    pub effects: Vec<String>,
    /// The reason, for colleagues; never shown to anyone outside.
    #[serde(default)]
    pub note: String,
    /// The reasons for the person who complained, quoted in the answer to an appeal (Art. 20(5)
    /// DSA).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reasons: String,
    /// Whether an authority's order also restricts it; then nothing is lifted, whatever the
    /// finding.
    #[serde(skip)]
    pub is_ordered: bool,
    /// Whether notices about it were manifestly unfounded (Art. 23(2) DSA).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub manifestly_unfounded: bool,
}

/// A subject of a case. The first one is reviewed; the others are the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The subject.
    pub subject: Subject,
    /// The account concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Decisions about it that a verdict replaces.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<String>,
    /// The effects of those decisions, restored if the verdict is taken back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub standing: Vec<String>,
    /// The decision made from the verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<String>,
}

/// A step in the history of a case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = CaseStep))]
pub struct Step {
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// The person; empty for Probity itself.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub by: String,
    /// What happened: `claimed`, `skipped`, …
    pub what: String,
    /// The colleague that it was passed on to, or who is asked.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub to: String,
    /// The reason, or what was said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// A question to a colleague.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = Question))]
pub struct Question {
    /// The reviewer who asked.
    pub by: String,
    /// The person asked.
    pub to: String,
    /// The question.
    pub question: String,
    /// The answer, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
}

/// The most steps kept; later ones are only in the log.
const STEPS_MAX: usize = 500;

/// A case with its subjects, its state and its history.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Case {
    /// Its number.
    pub id: u64,
    /// The kind of work.
    pub kind: Kind,
    /// Its state.
    pub state: State,
    /// Its lane, which decides what comes first.
    pub lane: Lane,
    /// The queue it waits in.
    pub queue: String,
    /// Its subjects, the first one to be reviewed; never empty.
    pub members: Vec<Member>,
    /// The cluster of texts that are nearly the same as this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// The policy that it was opened for.
    pub policy: String,
    /// The severity of that policy, 1 to 10.
    pub severity: u8,
    /// The rules that asked for a human.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// The code of the language, if known; see [`Case::language_code`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// ISO 3166-1 alpha-2, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// `video`, `photo`, …, if known.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub medium: String,
    /// When it was opened, in milliseconds since 1970.
    pub opened_ms: i64,
    /// Its deadline, in milliseconds since 1970, if a clock runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_ms: Option<i64>,
    /// Number of warnings of the clock; 4 means that it was missed.
    pub alarms: u8,
    /// Number of views.
    pub views: u64,
    /// How fast views come.
    pub rate: Rate,
    /// Number of flags by users.
    pub flags: u32,
    /// Ids of notices that wait for an answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<String>,
    /// The order or appeal that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filing: Option<String>,
    /// Whether it is for specialists.
    pub is_escalated: bool,
    /// The decision that escalated it; its message informs receivers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub escalation: Option<String>,
    /// Whether only cleared reviewers may see it.
    pub is_restricted: bool,
    /// Whether the person affected must not be notified.
    pub is_silent: bool,
    /// The colleague that it was passed to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reserved_for: Option<String>,
    /// Until when it waits for that colleague, in milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reserved_until_ms: Option<i64>,
    /// Reviewers who must not judge it: they decided before, or skipped it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_by: Vec<String>,
    /// A question to a colleague.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked: Option<Question>,
    /// The case that this one measures, adjudicates or appeals.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<u64>,
    /// When it was first claimed, in milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claimed_ms: Option<i64>,
    /// The verdict, once there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// The verdict that a second review or a golden case is compared with; never shown before it is
    /// closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measured: Option<Verdict>,
    /// Whether its answer is known to be right, and used to measure reviewers.
    pub is_golden: bool,
    /// Its history.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// Number of steps, including those that are not kept.
    pub changes: u64,
}

impl Case {
    /// Its number, for display.
    #[must_use]
    pub const fn name(&self) -> CaseId {
        CaseId(self.id)
    }

    /// Its first subject.
    #[must_use]
    pub fn subject(&self) -> Option<&Subject> {
        self.members.first().map(|member| &member.subject)
    }

    /// The reviewer who holds it.
    #[must_use]
    pub fn holder(&self) -> Option<&str> {
        match &self.state {
            State::Held { by, .. } => Some(by),
            _ => None,
        }
    }

    /// Whether it is about an account that posts much of the same, with its posts as the other
    /// members.
    #[must_use]
    pub fn is_flood(&self) -> bool {
        let [first, others @ ..] = self.members.as_slice() else { return false };
        self.kind == Kind::Review
            && first.subject.kind() == "account"
            && others.iter().any(|other| other.subject.kind() == "content")
    }

    /// The code by which its language is compared; empty if the language is unknown or names none.
    #[must_use]
    pub fn language_code(&self) -> String {
        self.language.as_deref().and_then(types::language::code).unwrap_or_default()
    }

    /// Whether it is judged.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed { .. })
    }

    /// The reviewer who closed it.
    #[must_use]
    pub fn judge(&self) -> Option<&str> {
        match &self.state {
            State::Closed { by, .. } => Some(by),
            _ => None,
        }
    }

    /// Ends a golden case that its reviewer let go: it measures neither them nor anybody else.
    pub(crate) fn let_go(&mut self, now_ms: i64) {
        if self.kind == Kind::Golden && self.state == State::Waiting {
            self.state = State::Closed { by: String::new(), at_ms: now_ms, seconds: 0 };
            self.reserved_for = None;
        }
    }

    /// Appends a step to the history.
    pub(crate) fn step(&mut self, step: Step) {
        self.changes += 1;
        if self.steps.len() < STEPS_MAX {
            self.steps.push(step);
        }
    }
}
