//! Joins two stages: the detectors answer the calls of rules. One row a detector.

use std::sync::LazyLock;

use decide::{Answers, Argument, FUNCTIONS, Query};
use signal::{Signals, flags, synthetic, text, velocity, views};
use types::{Evidence, Value};

/// A detector: the function by which rules ask it, what it answers, and where it found that.
struct Detector {
    name: &'static str,
    answer: for<'s> fn(&'s Signals<'_>, &Argument) -> Value<'s>,
    evidence: Locate,
}

/// Where a detector found something; the arguments are the list and the call as the rule writes it.
type Locate = Option<fn(&Signals<'_>, u16, &str) -> Vec<Evidence>>;

/// The list of a call; the checker refuses calls without one.
const fn list(argument: &Argument) -> u16 {
    match argument {
        Argument::List(list) => *list,
        _ => u16::MAX,
    }
}

const fn number(argument: &Argument) -> u64 {
    match argument {
        Argument::Number(number) => *number,
        _ => 0,
    }
}

const fn span(argument: &Argument) -> usize {
    match argument {
        Argument::Span(span) => *span,
        _ => 0,
    }
}

fn written(argument: &Argument) -> &str {
    match argument {
        Argument::Text(text) => text.as_str(),
        _ => "",
    }
}

macro_rules! detectors {
    ($($name:literal ($s:pat, $a:pat) $answer:expr $(, found $found:expr)?;)*) => {
        &[$(Detector {
            name: $name,
            answer: |$s, $a| ($answer).into(),
            evidence: detectors!(@ $($found)?),
        }),*]
    };
    (@) => { None };
    (@ $found:expr) => { Some($found) };
}

/// Every detector. Without a place where something was found, the answer is the evidence.
const DETECTORS: &[Detector] = detectors! {
    "mentions" (s, a) s.mentions(list(a)),
        found |s, list, call| s.mention_evidence(list, call);
    "mention_count" (s, a) s.mention_count(list(a)),
        found |s, list, call| s.mention_evidence(list, call);
    "obfuscated" (s, a) s.is_obfuscated(list(a)),
        found |s, list, call| s.mention_evidence(list, call);
    "hashtagged" (s, a) s.hashtagged(list(a)),
        found |s, list, call| s.hashtag_evidence(list, call);
    "links_to" (s, a) s.links_to(list(a)), found |s, list, call| {
        s.link_evidence(call, |lists, host| lists.domain_above(list, host))
    };
    "link_count" (s, _) s.link_count();
    "lookalike" (s, a) s.lookalike(list(a)), found |s, list, call| {
        s.link_evidence(call, |lists, host| lists.domain_imitated(list, host))
    };
    "imitates" (s, a) s.imitates(list(a)),
        found |s, list, call| s.name_evidence(list, call);
    "language" (s, _) s.language();
    "text_length" (s, _) text::length(s.event());
    "flags" (s, _) flags::flags(s.event(), s.facts());
    "flags_for" (s, a) flags::flags_for(written(a), s.event(), s.facts());
    "views" (s, _) views::views(s.event(), s.facts());
    "views_crossed" (s, a) views::crossed(number(a), s.event(), s.facts());
    "view_velocity" (s, a) velocity::per_minute(span(a), s.event(), s.facts());
    "views_remaining" (s, _) velocity::remaining(s.event(), s.facts());
    "review_due" (s, _) velocity::is_due(s.event(), s.facts());
    "cluster_size" (s, _) s.facts().cluster.as_ref().map_or(0, |cluster| cluster.size);
    "cluster_verdict" (s, _) {
        s.facts().cluster.as_ref().and_then(|cluster| cluster.verdict.as_deref())
    };
    "synthetic_evidence" (s, _) synthetic::evidence(s.event());
    "unlabelled_synthetic" (s, _) synthetic::is_unlabelled(s.event());
};

/// The detector behind each of [`FUNCTIONS`].
static BY_FUNCTION: LazyLock<Vec<Option<&Detector>>> = LazyLock::new(|| {
    let find = |name| DETECTORS.iter().find(|detector| detector.name == name);
    FUNCTIONS.iter().map(|function| find(function.name)).collect()
});

fn detector(query: &Query) -> Option<&'static Detector> {
    BY_FUNCTION.get(usize::from(query.function)).copied().flatten()
}

/// The signals of one event, as answers to rules.
pub(crate) struct Detectors<'a>(pub(crate) Signals<'a>);

impl Answers for Detectors<'_> {
    fn answer(&self, query: &Query) -> Value<'_> {
        match detector(query) {
            Some(detector) => (detector.answer)(&self.0, &query.argument),
            None => Value::Unknown,
        }
    }

    fn listed(&self, list: u16, value: &str) -> bool {
        self.0.listed(list, value)
    }
}

impl Detectors<'_> {
    /// The evidence found by the detector behind `query`; `text` is the query as the rule writes
    /// it.
    pub(crate) fn evidence(&self, query: &Query, text: &str) -> Vec<Evidence> {
        let found = detector(query).and_then(|detector| detector.evidence).zip(query.list());
        if let Some((found, list)) = found {
            return found(&self.0, list, text);
        }
        match self.answer(query) {
            Value::Unknown => vec![],
            value => vec![Evidence {
                signal: text.to_owned(),
                field: String::new(),
                entry: value.to_string(),
                span: None,
                view: String::new(),
            }],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_but_the_look_at_a_list_has_a_detector() {
        for function in FUNCTIONS.iter().filter(|function| function.name != "listed") {
            let found = DETECTORS.iter().filter(|detector| detector.name == function.name).count();
            assert_eq!(found, 1, "{}", function.name);
        }
        assert_eq!(DETECTORS.len() + 1, FUNCTIONS.len());
    }
}
