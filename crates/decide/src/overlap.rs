//! Compares rules of one policy with each other. It finds a rule that never matters because another
//! covers it, and two rules that differ in one comparison whose values overlap.
//!
//! It uses only types and plain comparisons: two detectors may always agree without being noticed.

use std::cell::Cell;
use std::collections::HashMap;

use types::Effect;

use crate::ast::{Expr, Op};
use crate::compile::{Graph, NodeId};
use crate::diagnostic::Diagnostic;
use crate::lint::Demand;
use crate::program::Draft;
use crate::span::TomlPlace;
use crate::stage::Stage;

/// A conjunct: its node, and the values it allows for its operand if it is a plain comparison.
struct Conjunct {
    node: NodeId,
    demand: Option<(NodeId, Demand)>,
    /// The alternatives, if it is a disjunction.
    any: Vec<Conjunct>,
}

/// The most comparisons of parts of rules: some tenths of a second.
const COMPARISONS_MAX: u64 = 10_000_000;

/// A rule split into its conjuncts.
struct SplitRule<'a> {
    rule: &'a Draft,
    place: &'a TomlPlace,
    parts: Vec<Conjunct>,
}

/// Adds warnings about pairs of `rules` to `out`.
pub(crate) fn overlap(rules: &[Option<Draft>], places: &[TomlPlace], out: &mut Vec<Diagnostic>) {
    let mut graph = Graph::default();
    let runs = rules.iter().zip(places).filter_map(|(rule, place)| Some((rule.as_ref()?, place)));
    let runs = runs.filter(|(rule, _)| rule.stage != Stage::Draft);
    let taken: Vec<SplitRule<'_>> = runs
        .map(|(rule, place)| SplitRule { rule, place, parts: parts(&rule.condition, &mut graph) })
        .collect();
    let mut by_policy: HashMap<usize, Vec<&SplitRule<'_>>> = HashMap::new();
    for one in &taken {
        by_policy.entry(one.rule.policy).or_default().push(one);
    }
    let left = Cell::new(COMPARISONS_MAX);
    for one in &taken {
        if left.get() == 0 {
            let message = format!(
                "`{}` and those after it were not compared: there are too many rules",
                one.rule.id
            );
            out.push(warning("W107", one, message, "spread them over more policies"));
            return;
        }
        let is_left = |other: &SplitRule<'_>| {
            let work = one.parts.len() * other.parts.len();
            left.set(left.get().saturating_sub(work as u64));
            left.get() > 0
        };
        let of_policy = by_policy.get(&one.rule.policy).into_iter().flatten().copied();
        let mut others = of_policy.filter(|other| other.rule.id != one.rule.id);
        let covers = |other: &&SplitRule<'_>| is_left(other) && is_covered(one, other);
        if let Some(by) = others.clone().find(covers) {
            out.push(covered(one, by));
        } else if let Some(other) =
            others.find(|other| one.rule.id < other.rule.id && meet(&one.parts, &other.parts))
        {
            let (id, with) = (&one.rule.id, &other.rule.id);
            let message = format!("`{id}` and `{with}` meet: some events make both true");
            let hint = "they differ in one comparison; move its bounds, or make one rule of both";
            out.push(warning("W107", one, message, hint));
        }
    }
}

fn warning(code: &'static str, of: &SplitRule<'_>, message: String, hint: &str) -> Diagnostic {
    Diagnostic::warning(code, &of.rule.file, of.place.literal.clone(), message).hint(hint)
}

fn covered(one: &SplitRule<'_>, by: &SplitRule<'_>) -> Diagnostic {
    let (id, with) = (&one.rule.id, &by.rule.id);
    let message = format!("`{id}` never matters: whenever it is true, `{with}` does the same");
    warning("W106", one, message, "remove it, or ask for other effects")
}

/// Whether `by` is true whenever `one` is, and asks for all effects that `one` asks for.
fn is_covered(one: &SplitRule<'_>, by: &SplitRule<'_>) -> bool {
    let has = |effect: &Effect| by.rule.then.contains(effect);
    let is_implied = |wanted: &Conjunct| one.parts.iter().any(|known| known.implies(wanted));
    // Another warning reports equal conjunctions.
    let is_in = |part: &Conjunct| by.parts.iter().any(|other| other.node == part.node);
    let is_same = one.parts.len() == by.parts.len() && one.parts.iter().all(is_in);
    let is_unknown_too = one.rule.if_unknown.iter().all(|e| by.rule.if_unknown.contains(e));
    !is_same
        && by.rule.stage >= one.rule.stage
        && is_unknown_too
        && one.rule.then.iter().all(has)
        && by.parts.iter().all(is_implied)
}

/// Whether two conjunctions are the same but for one comparison of one operand, whose values
/// overlap without one set containing the other.
fn meet(one: &[Conjunct], other: &[Conjunct]) -> bool {
    let is_in =
        |part: &Conjunct, parts: &[Conjunct]| parts.iter().any(|known| known.node == part.node);
    let mine: Vec<&Conjunct> = one.iter().filter(|part| !is_in(part, other)).collect();
    let theirs: Vec<&Conjunct> = other.iter().filter(|part| !is_in(part, one)).collect();
    match (mine.as_slice(), theirs.as_slice()) {
        ([x], [y]) => match (&x.demand, &y.demand) {
            (Some((a, x)), Some((b, y))) => {
                a == b && x.meets(y) && !x.is_within(y) && !y.is_within(x)
            }
            _ => false,
        },
        _ => false,
    }
}

impl Conjunct {
    fn implies(&self, wanted: &Self) -> bool {
        let by_demand = match (&self.demand, &wanted.demand) {
            (Some((a, known)), Some((b, wanted))) => a == b && known.is_within(wanted),
            _ => false,
        };
        self.node == wanted.node || by_demand || wanted.any.iter().any(|one| self.implies(one))
    }
}

fn parts(condition: &Expr, graph: &mut Graph) -> Vec<Conjunct> {
    match &condition.op {
        Op::And(parts) => parts.iter().map(|part| self::part(part, graph)).collect(),
        _ => vec![part(condition, graph)],
    }
}

fn part(expr: &Expr, graph: &mut Graph) -> Conjunct {
    let any = match &expr.op {
        Op::Or(parts) => parts.iter().map(|part| self::part(part, graph)).collect(),
        _ => vec![],
    };
    let demand = Demand::of(expr).map(|(operand, demand)| (graph.add(operand), demand));
    Conjunct { node: graph.add(expr), demand, any }
}
