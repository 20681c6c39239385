//! Queues: which cases wait where, and who serves them. They are configured in order; a case goes
//! to the first queue that takes it.

use serde::{Deserialize, Serialize};
use types::language;

use crate::case::{Case, Kind};
use crate::reviewer::{Reviewer, Work, is_under};

/// A queue, as it is configured. An empty condition takes everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Queue {
    /// Its name: letters, digits, `-` and `_`.
    pub name: String,
    /// One line on its purpose.
    pub title: String,
    /// Kinds of cases.
    pub kinds: Vec<Kind>,
    /// Policies, by the beginning of their dotted names.
    pub policies: Vec<String>,
    /// Languages of the subject: tags, of which only the language counts.
    pub languages: Vec<String>,
    /// Countries, ISO 3166-1 alpha-2.
    pub countries: Vec<String>,
    /// Whether only escalated cases, or only others; `None` for both.
    pub escalated: Option<bool>,
    /// The expertise that a reviewer needs.
    pub expertise: Option<String>,
    /// Who serves it: `moderate`, `special` or `legal` work.
    pub work: Work,
    /// Whether it is a task force: only reviewers assigned to the queue serve it.
    pub is_task_force: bool,
    /// The mission that it was created for.
    pub mission: Option<String>,
    /// The target time for closing cases, in seconds.
    pub target_seconds: Option<u32>,
}

/// The queue for cases that no other takes.
pub const GENERAL: &str = "general";

impl Queue {
    /// The default queues; they also come after configured ones.
    #[must_use]
    pub fn defaults() -> Vec<Self> {
        let queue = |name: &str, title: &str| Self {
            name: name.to_owned(),
            title: title.to_owned(),
            ..Self::default()
        };
        vec![
            Self {
                kinds: vec![Kind::Order],
                work: Work::Legal,
                ..queue("orders", "Orders of authorities")
            },
            Self {
                escalated: Some(true),
                work: Work::Special,
                ..queue("specialists", "What was escalated")
            },
            Self {
                kinds: vec![Kind::Adjudication],
                work: Work::Special,
                ..queue("adjudication", "Where two reviewers disagreed")
            },
            Self { kinds: vec![Kind::Appeal], ..queue("appeals", "Complaints against decisions") },
            Self { kinds: vec![Kind::Notice], ..queue("notices", "Notices of illegal content") },
            queue(GENERAL, "Everything else"),
        ]
    }

    /// `configured`, followed by the defaults whose names it does not use.
    ///
    /// # Errors
    ///
    /// A message about the first queue that cannot be used.
    pub fn all(configured: &[Self]) -> Result<Vec<Self>, String> {
        let mut all: Vec<Self> = Vec::new();
        for queue in configured {
            queue.check()?;
            if all.iter().any(|known| known.name == queue.name) {
                return Err(format!("there are two queues called `{}`", queue.name));
            }
            all.push(queue.clone());
        }
        let missing = |queue: &Self| !configured.iter().any(|known| known.name == queue.name);
        all.extend(Self::defaults().into_iter().filter(missing));
        // The queue that takes everything else comes last, wherever it was written.
        all.sort_by_key(|queue| queue.name == GENERAL);
        Ok(all)
    }

    fn check(&self) -> Result<(), String> {
        let is_sound = !self.name.is_empty()
            && self.name.len() <= 64
            && self.name.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_'));
        if !is_sound {
            return Err(format!("`{}` is no name for a queue; use letters, digits, -", self.name));
        }
        let is_two = |text: &&String| text.len() != 2;
        if let Some(wrong) = self.countries.iter().find(is_two) {
            return Err(format!("queue `{}`: `{wrong}` is no two-letter code", self.name));
        }
        language::check(&self.languages).map_err(|why| format!("queue `{}`: {why}", self.name))
    }

    /// Whether `case` belongs here.
    #[must_use]
    pub fn takes(&self, case: &Case) -> bool {
        let told = |wanted: &[String], value: Option<&String>| {
            wanted.is_empty() || value.is_some_and(|value| wanted.contains(value))
        };
        let spoken = case.language_code();
        let is_spoken = |tag: &String| language::code(tag).is_some_and(|code| code == spoken);
        // A blind second review goes where the first went, or it would not be blind.
        let kind = match case.kind {
            kind if kind.is_measure() => Kind::Review,
            // An order is undone by those who deal with authorities.
            Kind::Appeal if case.policy == types::ORDERED => Kind::Order,
            kind => kind,
        };
        (self.kinds.is_empty() || self.kinds.contains(&kind))
            && (self.policies.is_empty()
                || self.policies.iter().any(|prefix| is_under(&case.policy, prefix)))
            && (self.languages.is_empty() || self.languages.iter().any(is_spoken))
            && told(&self.countries, case.country.as_ref())
            && self.escalated.is_none_or(|escalated| escalated == case.is_escalated)
    }

    /// Whether `reviewer` serves it.
    #[must_use]
    pub fn is_served_by(&self, reviewer: &Reviewer) -> bool {
        let skills = &reviewer.skills;
        let is_given = skills.queues.contains(&self.name);
        let is_expert = self.expertise.as_ref().is_none_or(|expertise| {
            skills.expertise.iter().any(|known| is_under(expertise, known) || known == expertise)
        });
        reviewer.works.contains(&self.work) && is_expert && (is_given || !self.is_task_force)
    }
}

/// The index of the queue in `queues` that `case` belongs to; the last takes what no other does.
#[must_use]
pub fn route(queues: &[Queue], case: &Case) -> usize {
    let found = queues.iter().position(|queue| queue.takes(case));
    found.unwrap_or_else(|| queues.len().saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(kind: Kind, policy: &str, language: &str) -> Case {
        Case {
            kind,
            policy: policy.to_owned(),
            language: Some(language.to_owned()),
            ..Case::default()
        }
    }

    fn name(queues: &[Queue], case: &Case) -> String {
        queues[route(queues, case)].name.clone()
    }

    #[test]
    fn a_case_goes_to_the_first_queue_that_takes_it() {
        let civic = Queue {
            name: "civic-ro".to_owned(),
            policies: vec!["civic".to_owned()],
            languages: vec!["ro".to_owned()],
            kinds: vec![Kind::Review],
            ..Queue::default()
        };
        let queues = Queue::all(&[civic]).unwrap();
        assert_eq!(name(&queues, &case(Kind::Review, "civic.voting", "ro")), "civic-ro");
        assert_eq!(name(&queues, &case(Kind::Review, "civic.voting", "fr")), "general");
        assert_eq!(name(&queues, &case(Kind::Review, "civics.voting", "ro")), "general");
        assert_eq!(name(&queues, &case(Kind::Order, "civic.voting", "ro")), "orders");
        assert_eq!(name(&queues, &case(Kind::SecondReview, "civic.voting", "ro")), "civic-ro");
        let escalated = Case { is_escalated: true, ..case(Kind::Review, "spam", "ro") };
        assert_eq!(name(&queues, &escalated), "specialists");
    }

    #[test]
    fn a_queue_takes_its_language_however_the_tag_is_written() {
        let brazil = Queue {
            name: "portuguese".to_owned(),
            languages: vec!["pt-BR".to_owned()],
            ..Queue::default()
        };
        let queues = Queue::all(&[brazil]).unwrap();
        for tag in ["pt", "PT", "pt_BR", "pt-Latn-PT", "por"] {
            assert_eq!(name(&queues, &case(Kind::Review, "spam", tag)), "portuguese", "{tag}");
        }
        assert_eq!(name(&queues, &case(Kind::Review, "spam", "es")), "general");
        assert_eq!(name(&queues, &case(Kind::Review, "spam", "")), "general");
    }

    #[test]
    fn queues_with_one_name_or_a_wrong_code_are_refused() {
        let queue = |name: &str, language: &str| Queue {
            name: name.to_owned(),
            languages: vec![language.to_owned()],
            ..Queue::default()
        };
        assert!(Queue::all(&[queue("a", "ro"), queue("a", "fr")]).is_err());
        assert!(Queue::all(&[queue("a", "romanian")]).is_err());
        assert!(Queue::all(&[queue("a b", "ro")]).is_err());
    }
}
