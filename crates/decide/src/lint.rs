//! Finds rules that are valid but do not mean what they seem to: never true, always true, without a
//! case, reading a field that is never there, or duplicated.

use std::collections::HashSet;

use types::{EventType, FIELDS};

use crate::ast::{Compare, Expr, Literal, Op};
use crate::case::Case;
use crate::compile::{Graph, TypeSet, possible_types, type_bit};
use crate::diagnostic::Diagnostic;
use crate::program::Draft;
use crate::span::TomlPlace;
use crate::stage::Stage;

/// Adds warnings about `rules` to `out`; `places` maps their conditions to the files.
pub(crate) fn lint(
    rules: &[Option<Draft>],
    places: &[TomlPlace],
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
            let hint = "add a [[test]] whose `fires` names it";
            out.push(warn("W103", format!("no test makes `{}` fire", rule.id)).hint(hint));
        }
        never_carried(rule, place, out);
        never_read(rule, place, out);
        if !seen.insert((graph.add(&rule.condition), format!("{:?}", rule.then))) {
            let message = format!("`{}` says the same as another rule", rule.id);
            out.push(warn("W105", message).hint("remove one of them"));
        }
    }
}

/// Warns about fields that no event type of the rule can carry: those parts stay unknown for ever.
fn never_carried(rule: &Draft, place: &TomlPlace, out: &mut Vec<Diagnostic>) {
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

/// Warns about language literals that never match: the code of a tag is compared.
fn never_read(rule: &Draft, place: &TomlPlace, out: &mut Vec<Diagnostic>) {
    rule.condition.walk(&mut |part| {
        let written: &[&Literal] = match &part.op {
            Op::Compare(_, x, y) => match (&x.op, &y.op) {
                (Op::Literal(literal), _) if is_language(y) => &[literal],
                (_, Op::Literal(literal)) if is_language(x) => &[literal],
                _ => return,
            },
            Op::OneOf(x, literals) if is_language(x) => &literals.iter().collect::<Vec<_>>(),
            _ => return,
        };
        for literal in written {
            let Literal::Str(tag) = literal else { continue };
            let code = types::language::code(tag);
            if code.as_deref() == Some(tag) {
                continue;
            }
            let message = format!("no language is read as `{tag}`");
            let hint = code
                .map_or("languages are compared by their code: `ro`".to_owned(), |code| {
                    format!("languages are compared by their code; write `{code}`")
                });
            let span = place.span(part.span.clone());
            out.push(Diagnostic::warning("W104", &rule.file, span, message).hint(hint));
        }
    });
}

fn is_language(expr: &Expr) -> bool {
    match &expr.op {
        Op::Field(number) => FIELDS[*number].name == "content.lang",
        Op::Query(query) => query.function().name == "language",
        _ => false,
    }
}

/// Whether `expr` can be true at all, judged by types and plain comparisons.
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

/// The values that a conjunction allows for one operand.
#[derive(Clone, Debug, Default)]
pub(crate) struct Demand {
    /// The values left, if they are listed.
    values: Option<Vec<Literal>>,
    low: Option<(f64, bool)>,
    high: Option<(f64, bool)>,
}

fn is_consistent(parts: &[Expr]) -> bool {
    let mut demands: Vec<(&Op, Demand)> = Vec::new();
    for part in parts {
        let Some((operand, demand)) = Demand::of(part) else { continue };
        match demands.iter_mut().find(|(known, _)| **known == operand.op) {
            Some((_, known)) => known.narrow(&demand),
            None => demands.push((&operand.op, demand)),
        }
    }
    demands.iter().all(|(_, demand)| demand.is_possible())
}

impl Demand {
    /// The operand of a plain comparison with literals, and the values allowed for it.
    pub(crate) fn of(part: &Expr) -> Option<(&Expr, Self)> {
        let is_plain = |x: &Expr| matches!(x.op, Op::Field(_) | Op::Counter(_) | Op::Query(_));
        let (operand, demand) = match &part.op {
            Op::Compare(sign, x, y) => match &y.op {
                Op::Literal(literal) => (x, Self::compared(*sign, literal)?),
                _ => return None,
            },
            Op::OneOf(x, literals) => {
                (x, Self { values: Some(literals.clone()), ..Self::default() })
            }
            _ => return None,
        };
        is_plain(operand).then_some((operand, demand))
    }

    fn compared(sign: Compare, literal: &Literal) -> Option<Self> {
        let mut demand = Self::default();
        match (sign, number(literal)) {
            (Compare::Equal, _) => demand.values = Some(vec![literal.clone()]),
            (Compare::Greater, Some(n)) => demand.low = Some((n, false)),
            (Compare::GreaterEqual, Some(n)) => demand.low = Some((n, true)),
            (Compare::Less, Some(n)) => demand.high = Some((n, false)),
            (Compare::LessEqual, Some(n)) => demand.high = Some((n, true)),
            _ => return None,
        }
        Some(demand)
    }

    fn narrow(&mut self, other: &Self) {
        match (&mut self.values, &other.values) {
            (Some(left), Some(wanted)) => left.retain(|value| wanted.contains(value)),
            (None, Some(wanted)) => self.values = Some(wanted.clone()),
            _ => {}
        }
        if let Some((bound, is_in)) = other.low
            && self.low.is_none_or(|(low, was_in)| bound > low || bound >= low && was_in && !is_in)
        {
            self.low = Some((bound, is_in));
        }
        if let Some((bound, is_in)) = other.high
            && self
                .high
                .is_none_or(|(high, was_in)| bound < high || bound <= high && was_in && !is_in)
        {
            self.high = Some((bound, is_in));
        }
    }

    fn allows(&self, value: &Literal) -> bool {
        let listed = self.values.as_ref().is_none_or(|values| values.contains(value));
        let in_range = number(value).is_none_or(|n| {
            self.low.is_none_or(|(low, is_in)| n > low || is_in && n >= low)
                && self.high.is_none_or(|(high, is_in)| n < high || is_in && n <= high)
        });
        listed && in_range
    }

    /// Whether some value satisfies it.
    pub(crate) fn is_possible(&self) -> bool {
        let has_room = match (self.low, self.high) {
            (Some((low, low_in)), Some((high, high_in))) => {
                low < high || low <= high && low_in && high_in
            }
            _ => true,
        };
        let fits = |value: &Literal| self.allows(value);
        has_room && self.values.as_ref().is_none_or(|values| values.iter().any(fits))
    }

    /// Whether some value satisfies both.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        let mut both = self.clone();
        both.narrow(other);
        both.is_possible()
    }

    /// Whether every value that satisfies this one satisfies `other`.
    pub(crate) fn is_within(&self, other: &Self) -> bool {
        if let Some(values) = &self.values {
            return values.iter().all(|value| other.allows(value));
        }
        let low = other.low.is_none_or(|(bound, is_in)| {
            self.low.is_some_and(|(low, low_in)| low > bound || low >= bound && (is_in || !low_in))
        });
        let high = other.high.is_none_or(|(bound, is_in)| {
            self.high
                .is_some_and(|(high, high_in)| high < bound || high <= bound && (is_in || !high_in))
        });
        other.values.is_none() && low && high
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
