//! Reviewers and what they may judge: languages, expertise, task forces, clearance.

use serde::{Deserialize, Serialize};
use types::language;

use crate::case::Case;

/// The kinds of work. Which role does which is a matter of permissions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// Judging by the platform's policies.
    #[default]
    Moderate,
    /// Judging escalated cases, and cases where reviewers disagree.
    Special,
    /// Dealing with orders of authorities.
    Legal,
}

/// What a member of staff can judge.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Skills {
    /// Language tags, of which only the language counts; empty: only cases without a language.
    pub languages: Vec<String>,
    /// Fields of expertise: dotted names like those of policies, `elections`.
    pub expertise: Vec<String>,
    /// Queues that they are assigned to: task forces.
    pub queues: Vec<String>,
    /// Policies, by the beginning of their names, whose cases they do not want to see.
    pub opted_out: Vec<String>,
    /// Whether they may see restricted cases: child safety, terror.
    pub is_cleared: bool,
}

impl Skills {
    /// Whether they read the language with that code; everybody reads cases without one.
    #[must_use]
    pub fn reads(&self, code: &str) -> bool {
        let is_known = |known: &String| language::code(known).as_deref() == Some(code);
        code.is_empty() || self.languages.iter().any(is_known)
    }
}

/// A reviewer, with skills and kinds of work.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reviewer {
    /// Their name.
    pub name: String,
    /// What they can judge.
    pub skills: Skills,
    /// The kinds of work that their role permits.
    pub works: Vec<Work>,
    /// Whether they lead: leads may judge in any language, and take over cases.
    pub is_lead: bool,
    /// Whether an API key named them: then nobody can know that two names are two people.
    pub is_named_by_key: bool,
}

impl Reviewer {
    /// Whether they must not, or do not want to, see `case`.
    #[must_use]
    pub fn is_barred(&self, case: &Case) -> bool {
        case.not_by.contains(&self.name)
            || (self.is_named_by_key && case.kind.needs_a_second_person())
            || (case.is_restricted && !self.skills.is_cleared)
            || self.skills.opted_out.iter().any(|prefix| is_under(&case.policy, prefix))
    }
}

/// Whether the dotted name `policy` is `prefix` or below it.
#[must_use]
pub(crate) fn is_under(policy: &str, prefix: &str) -> bool {
    let rest = policy.strip_prefix(prefix);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
