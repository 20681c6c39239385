//! Looks at rules that are sound but do not mean what they seem to: never true, always true,
//! without a case, reading what is never there, or said twice.

use std::collections::HashSet;

use types::{EventType, FIELDS};

use crate::ast::{Compare, Expr, Literal, Op};
use crate::case::Case;
use crate::compile::{Graph, TypeSet, possible_types, type_bit};
use crate::diagnostic::Diagnostic;
use crate::program::{Draft, Stage};
use crate::span::Place;

/// Adds warnings about `rules` to `out`; `places` tells where their conditions lie.
pub(crate) fn lint(
    rules: &[Option<Draft>],
    places: &[Place],
    cases: &[Case],
    out: &mut Vec<Diagnostic>,
) {
    let fired: HashSet<&str> =
        cases.iter().flat_map(|case| &case.fires).map(String::as_str).collect();
    let mut graph = Graph::default();
    let mut seen: HashSet<(u32, String)> = HashSet::new();
    for (rule, place) in rules.iter().zip(places) {
        let Some(rule) = rule else { continue };
        let warn = |code, message: String| {
            Diagnostic::warning(code, &rule.file, place.literal.clone(), message)
        };
        if !possible(&rule.condition) {
            out.push(
                warn("W101", format!("`{}` can never be true", rule.id))
                    .hint("its parts contradict each other"),
            );
        } else if rule.condition.op == Op::Literal(Literal::Bool(true)) {
            out.push(warn("W102", format!("`{}` is true for every event", rule.id)));
        }
        if rule.stage != Stage::Draft && !fired.contains(rule.id.as_str()) {
            let hint = "add a [[case]] whose `fires` names it";
            out.push(warn("W103", format!("no case makes `{}` fire", rule.id)).hint(hint));
        }
        never_carried(rule, place, out);
        if !seen.insert((graph.add(&rule.condition), format!("{:?}", rule.then))) {
            let message = format!("`{}` says the same as another rule", rule.id);
            out.push(warn("W105", message).hint("remove one of them"));
        }
    }
}

/// Fields that no event type of the rule can carry: those parts stay unknown for ever.
fn never_carried(rule: &Draft, place: &Place, out: &mut Vec<Diagnostic>) {
    let types = possible_types(&rule.condition);
    if types == 0 {
        return;
    }
    rule.condition.walk(&mut |part| {
        let Op::Field(number) = part.op else { return };
        let field = &FIELDS[number];
        let carrying =
            |kind: &&EventType| types & type_bit(**kind) != 0 && kind.can_carry(field.group);
        if !EventType::ALL.iter().any(|kind| carrying(&kind)) {
            let message = format!("no event of these types carries `{}`", field.name);
            let span = place.span(part.span.clone());
            out.push(
                Diagnostic::warning("W104", &rule.file, span, message)
                    .hint("name event types that do; docs/events.md lists what each carries"),
            );
        }
    });
}

/// Whether `expr` can be true at all, as far as types and plain comparisons tell.
fn possible(expr: &Expr) -> bool {
    let types: TypeSet = possible_types(expr);
    if types == 0 {
        return false;
    }
    match &expr.op {
        Op::And(parts) => parts.iter().all(possible) && is_consistent(parts),
        Op::Or(parts) => parts.iter().any(possible),
        _ => true,
    }
}

/// What a conjunction demands of one field.
#[derive(Default)]
struct Demand {
    field: usize,
    /// The values left, if they are listed.
    values: Option<Vec<Literal>>,
    low: Option<(f64, bool)>,
    high: Option<(f64, bool)>,
}

fn is_consistent(parts: &[Expr]) -> bool {
    let mut demands: Vec<Demand> = Vec::new();
    for part in parts {
        let Some((field, sign, values)) = demand(part) else { continue };
        let at = demands.iter().position(|known| known.field == field).unwrap_or_else(|| {
            demands.push(Demand { field, ..Demand::default() });
            demands.len() - 1
        });
        demands[at].narrow(sign, &values);
    }
    demands.iter().all(Demand::is_possible)
}

/// The field, comparison and values of a plain comparison with literals.
fn demand(part: &Expr) -> Option<(usize, Compare, Vec<Literal>)> {
    match &part.op {
        Op::Compare(sign, x, y) => match (&x.op, &y.op) {
            (Op::Field(field), Op::Literal(literal)) => {
                Some((*field, *sign, vec![literal.clone()]))
            }
            _ => None,
        },
        Op::OneOf(x, literals) => match x.op {
            Op::Field(field) => Some((field, Compare::Equal, literals.clone())),
            _ => None,
        },
        _ => None,
    }
}

impl Demand {
    fn narrow(&mut self, sign: Compare, values: &[Literal]) {
        let number = values.first().and_then(number);
        match (sign, number) {
            (Compare::Equal, _) => match &mut self.values {
                Some(left) => left.retain(|value| values.contains(value)),
                None => self.values = Some(values.to_vec()),
            },
            (Compare::Greater, Some(n)) => self.raise(n, false),
            (Compare::GreaterEqual, Some(n)) => self.raise(n, true),
            (Compare::Less, Some(n)) => self.lower(n, false),
            (Compare::LessEqual, Some(n)) => self.lower(n, true),
            _ => {}
        }
    }

    fn raise(&mut self, bound: f64, is_in: bool) {
        if self.low.is_none_or(|(low, _)| bound >= low) {
            self.low = Some((bound, is_in));
        }
    }

    fn lower(&mut self, bound: f64, is_in: bool) {
        if self.high.is_none_or(|(high, _)| bound <= high) {
            self.high = Some((bound, is_in));
        }
    }

    fn allows(&self, n: f64) -> bool {
        self.low.is_none_or(|(low, is_in)| n > low || is_in && n >= low)
            && self.high.is_none_or(|(high, is_in)| n < high || is_in && n <= high)
    }

    fn is_possible(&self) -> bool {
        let has_room = match (self.low, self.high) {
            (Some((low, low_in)), Some((high, high_in))) => {
                low < high || low <= high && low_in && high_in
            }
            _ => true,
        };
        let fits = |value: &Literal| number(value).is_none_or(|n| self.allows(n));
        has_room && self.values.as_ref().is_none_or(|values| values.iter().any(fits))
    }
}

#[expect(clippy::cast_precision_loss, reason = "bounds are compared, not computed with")]
const fn number(literal: &Literal) -> Option<f64> {
    match literal {
        Literal::Int(n) | Literal::Time(n) | Literal::Duration(n) => Some(*n as f64),
        Literal::Double(n) => Some(*n),
        Literal::Bool(_) | Literal::Str(_) => None,
    }
}
