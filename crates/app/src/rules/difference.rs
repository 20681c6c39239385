//! The difference between two policy sets: lines of files, and rules by id.

use std::collections::BTreeSet;
use std::time::Duration;

use decide::{Breaker, PolicySet, Rule};
use engine::Rules;
use serde::Serialize;
use similar::{ChangeTag, TextDiff};
use types::Effect;
use utoipa::ToSchema;

use crate::rules::overlay::text;

/// How long the shortest difference of two files is searched; after that a longer one is used.
const SEARCHED_MAX: Duration = Duration::from_millis(500);

/// The longest summary, in characters; longer ones are cut.
const SUMMARY_CHARS_MAX: usize = 300;

/// The difference between two policy sets.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct Difference {
    /// The files that differ.
    pub files: Vec<FileDifference>,
    /// Rules that only the new set has.
    pub added: Vec<RuleBrief>,
    /// Rules that only the old set has.
    pub removed: Vec<RuleBrief>,
    /// Rules in both sets that are not the same.
    pub changed: Vec<RuleChange>,
    /// Whether rules were compared; that requires that both sets compile.
    pub is_complete: bool,
}

/// The difference between two texts of a file.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FileDifference {
    /// The name of the file.
    pub name: String,
    /// `added`, `removed` or `changed`.
    pub state: &'static str,
    /// Number of lines that only the new text has.
    pub lines_added: usize,
    /// Number of lines that only the old text has.
    pub lines_removed: usize,
    /// The difference in the unified format of `diff -u`.
    pub unified: String,
}

/// A rule in brief.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RuleBrief {
    /// Its id.
    pub id: String,
    /// The id of the policy that it enforces.
    pub policy: String,
    /// Its stage: `draft`, `shadow`, `1%`, `10%`, `50%` or `live`.
    pub stage: String,
    /// Its condition.
    pub condition: String,
    /// The effects that it asks for.
    pub then: Vec<Effect>,
    /// The effects that it asks for if it cannot be evaluated. Empty: it is ignored.
    pub if_unknown: Vec<Effect>,
    /// The limits above which it is paused.
    pub breaker: BreakerBrief,
    /// The file that contains it.
    pub file: String,
}

/// Limits above which a rule is paused; `null`: no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct BreakerBrief {
    /// Decisions with effect per minute.
    pub actions_per_minute: Option<u32>,
    /// Decisions with effect per hundred events.
    pub share_percent: Option<u8>,
}

impl From<Breaker> for BreakerBrief {
    fn from(breaker: Breaker) -> Self {
        let Breaker { actions_per_minute, share_percent } = breaker;
        Self { actions_per_minute, share_percent }
    }
}

/// A rule that is in both sets and not the same.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RuleChange {
    /// Its id.
    pub id: String,
    /// What differs: `condition`, `then`, `if_unknown`, `stage`, `policy`, `breaker`.
    pub what: Vec<&'static str>,
    /// The rule in the old set.
    pub before: RuleBrief,
    /// The rule in the new set.
    pub after: RuleBrief,
}

impl RuleBrief {
    /// `rule` of `rules` in brief.
    fn new(rules: &Rules, rule: &Rule) -> Self {
        Self {
            id: rule.id.clone(),
            policy: policy(rules, rule).to_owned(),
            stage: rule.stage.name().to_owned(),
            condition: rule.text.clone(),
            then: rule.then.clone(),
            if_unknown: rule.if_unknown.clone(),
            breaker: rule.breaker.into(),
            file: rule.file.clone(),
        }
    }
}

/// The id of the policy that `rule` of `rules` enforces.
pub fn policy<'r>(rules: &'r Rules, rule: &Rule) -> &'r str {
    rules.program.policies.get(rule.policy).map_or("", |policy| policy.id.as_str())
}

/// The difference between two sets, each with its rules if they compile.
pub fn between(
    (base, old): (&PolicySet, Option<&Rules>),
    (candidate, new): (&PolicySet, Option<&Rules>),
) -> Difference {
    let files = files(base, candidate);
    let (Some(old), Some(new)) = (old, new) else {
        return Difference { files, ..Difference::default() };
    };
    let find = |rules: &Rules, id: &str| rules.program.rules.iter().position(|one| one.id == id);
    let only = |left: &Rules, right: &Rules| {
        let rules = left.program.rules.iter().filter(|rule| find(right, &rule.id).is_none());
        rules.map(|rule| RuleBrief::new(left, rule)).collect()
    };
    let changed = new.program.rules.iter().filter_map(|after| {
        let before = old.program.rules.get(find(old, &after.id)?)?;
        let what = what((old, before), (new, after));
        let (before, after) = (RuleBrief::new(old, before), RuleBrief::new(new, after));
        (!what.is_empty()).then(|| RuleChange { id: after.id.clone(), what, before, after })
    });
    Difference {
        files,
        added: only(new, old),
        removed: only(old, new),
        changed: changed.collect(),
        is_complete: true,
    }
}

fn what((old, before): (&Rules, &Rule), (new, after): (&Rules, &Rule)) -> Vec<&'static str> {
    let parts = [
        ("condition", before.text != after.text),
        ("then", before.then != after.then),
        ("if_unknown", before.if_unknown != after.if_unknown),
        ("stage", before.stage != after.stage),
        ("policy", policy(old, before) != policy(new, after)),
        ("breaker", before.breaker != after.breaker),
    ];
    parts.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
}

fn files(base: &PolicySet, candidate: &PolicySet) -> Vec<FileDifference> {
    let names = base.sources().iter().chain(candidate.sources()).map(|file| file.name.as_str());
    let names: BTreeSet<&str> = names.collect();
    let each = names.into_iter().filter_map(|name| {
        let (old, new) = (text(base, name), text(candidate, name));
        (old != new).then(|| file(name, old, new))
    });
    each.collect()
}

fn file(name: &str, old: Option<&str>, new: Option<&str>) -> FileDifference {
    let state = match (old, new) {
        (None, _) => "added",
        (_, None) => "removed",
        _ => "changed",
    };
    let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
    let diff = TextDiff::configure().timeout(SEARCHED_MAX).diff_lines(old, new);
    let count = |tag| diff.iter_all_changes().filter(|change| change.tag() == tag).count();
    FileDifference {
        name: name.to_owned(),
        state,
        lines_added: count(ChangeTag::Insert),
        lines_removed: count(ChangeTag::Delete),
        unified: diff.unified_diff().header(name, name).to_string(),
    }
}

impl Difference {
    /// Whether nothing differs except stages of rules.
    pub fn is_only_stages(&self) -> bool {
        let is_stage = |change: &RuleChange| change.what == ["stage"];
        self.is_complete
            && self.added.is_empty()
            && self.removed.is_empty()
            && !self.changed.is_empty()
            && self.changed.iter().all(is_stage)
    }

    /// The difference in one line.
    pub fn summary(&self) -> String {
        let ids = |rules: &[RuleBrief]| {
            rules.iter().map(|rule| rule.id.clone()).collect::<Vec<_>>().join(", ")
        };
        let mut parts = Vec::new();
        if !self.added.is_empty() {
            parts.push(format!("adds {}", ids(&self.added)));
        }
        if !self.removed.is_empty() {
            parts.push(format!("removes {}", ids(&self.removed)));
        }
        parts.extend(self.changed.iter().map(changed));
        if parts.is_empty() {
            parts.extend(self.files.iter().map(|file| {
                let (added, removed) = (file.lines_added, file.lines_removed);
                format!("{} {}: +{added} −{removed} lines", file.name, file.state)
            }));
        }
        let text = parts.join("; ");
        match text.char_indices().nth(SUMMARY_CHARS_MAX) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text,
        }
    }
}

fn changed(change: &RuleChange) -> String {
    let RuleChange { id, what, before, after } = change;
    if what == &["stage"] {
        return format!("takes {id} from {} to {}", before.stage, after.stage);
    }
    format!("changes {id} ({})", what.join(", "))
}

#[cfg(test)]
mod tests {
    use decide::Source;

    use super::*;

    const POLICY: &str = r#"policy = [{ id = "p", title = "t", severity = 1, text = "x", dsa = { category = "SCAMS_AND_FRAUD" } }]
"#;

    fn rule(id: &str, more: &str) -> String {
        format!("[[rule]]\nid = \"{id}\"\npolicy = \"p\"\nwhen = 'flags() > 5'\n{more}\n")
    }

    fn compare(old: &str, new: &str) -> Difference {
        let policy_set = |text: &str| {
            let text = format!("{POLICY}{text}");
            PolicySet::new(vec![Source { name: "a.toml".to_owned(), text }])
        };
        let (old, new) = (policy_set(old), policy_set(new));
        let (before, after) = (Rules::load(&old).ok(), Rules::load(&new).ok());
        between((&old, before.as_ref()), (&new, after.as_ref()))
    }

    #[test]
    fn rules_are_compared_by_their_ids() {
        let (then, draft) = ("then = [\"review\"]", "then = [\"review\"]\nstage = \"draft\"");
        let old = rule("one", then) + &rule("two", then);
        let found = compare(&old, &(rule("two", draft) + &rule("three", then)));
        assert_eq!(found.summary(), "adds three; removes one; takes two from live to draft");
        assert!(!found.is_only_stages());
        let found = compare(&old, &(rule("one", then) + &rule("two", draft)));
        assert!(found.is_only_stages());
        assert_eq!((found.files[0].lines_added, found.files[0].lines_removed), (1, 0));
        assert!(found.files[0].unified.contains("\n+stage = \"draft\"\n"));
    }

    #[test]
    fn a_changed_breaker_is_told_with_its_numbers() {
        let then = "then = [\"review\"]";
        let limited = format!("{then}\nbreaker = {{ actions_per_minute = 7, share_percent = 5 }}");
        let found = compare(&rule("one", then), &rule("one", &limited));
        let change = &found.changed[0];
        assert_eq!(change.what, ["breaker"]);
        assert_eq!(change.before.breaker.actions_per_minute, None);
        let after = change.after.breaker;
        assert_eq!((after.actions_per_minute, after.share_percent), (Some(7), Some(5)));
    }

    #[test]
    fn files_differ_also_where_nothing_compiles() {
        let found = compare(&rule("one", "then = [\"review\"]"), "nothing");
        assert!(!found.is_complete && found.added.is_empty());
        assert_eq!(found.summary(), "a.toml changed: +1 −5 lines");
    }
}
