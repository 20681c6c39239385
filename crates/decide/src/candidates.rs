//! The rules that can be true on an event, found by its type and by fields that rules compare with
//! literal texts, so that only few of thousands are evaluated.

use std::collections::HashMap;

use types::{FIELDS, Kind, Value};

use crate::ast::{Compare, Expr, Literal, Op};
use crate::eval::Input;

/// A field with fewer rules than this is not worth a look-up.
const RULES_MIN: usize = 4;

/// The rules for one event type.
#[derive(Debug, Default)]
pub(crate) struct Candidates {
    /// Rules that are tried on every event.
    always: Vec<u32>,
    /// Rules that require one of some texts in a field.
    keyed: Vec<Keyed>,
}

/// Rules that require one of some texts in one field.
#[derive(Debug)]
struct Keyed {
    field: usize,
    by_text: HashMap<Box<str>, Vec<u32>>,
    /// All of these rules: if the field is missing, they may be unknown.
    all: Vec<u32>,
}

impl Candidates {
    /// The index over `rules`: numbers, with conditions.
    pub(crate) fn new<'a>(rules: impl Iterator<Item = (u32, &'a Expr)>) -> Self {
        let demands: Vec<(u32, Vec<Demand<'a>>)> =
            rules.map(|(number, condition)| (number, demands(condition))).collect();
        let mut uses: HashMap<usize, usize> = HashMap::new();
        for demand in demands.iter().flat_map(|(_, demands)| demands) {
            *uses.entry(demand.field).or_default() += 1;
        }
        let mut found = Self::default();
        for (number, demands) in demands {
            // The field with the most rules, so that there are few look-ups.
            let best = demands.into_iter().max_by_key(|demand| (uses[&demand.field], demand.field));
            match best.filter(|best| uses[&best.field] >= RULES_MIN) {
                Some(best) => found.add(number, &best),
                None => found.always.push(number),
            }
        }
        found
    }

    fn add(&mut self, number: u32, demand: &Demand<'_>) {
        let at = self.keyed.iter().position(|keyed| keyed.field == demand.field);
        let at = at.unwrap_or_else(|| {
            let (by_text, all) = (HashMap::new(), Vec::new());
            self.keyed.push(Keyed { field: demand.field, by_text, all });
            self.keyed.len() - 1
        });
        let keyed = &mut self.keyed[at];
        keyed.all.push(number);
        for text in &demand.texts {
            let rules = keyed.by_text.entry(Box::from(*text)).or_default();
            if rules.last() != Some(&number) {
                rules.push(number);
            }
        }
    }

    /// The rules that can be true or unknown on the event of `input`, in lists.
    pub(crate) fn of(&self, input: Input<'_>) -> impl Iterator<Item = &[u32]> {
        let keyed = self.keyed.iter().map(move |keyed| keyed.of(input));
        std::iter::once(self.always.as_slice()).chain(keyed)
    }

    /// All rules of the type.
    pub(crate) fn all(&self) -> Vec<u32> {
        let keyed = self.keyed.iter().flat_map(|keyed| &keyed.all);
        let mut all: Vec<u32> = self.always.iter().chain(keyed).copied().collect();
        all.sort_unstable();
        all
    }
}

impl Keyed {
    fn of(&self, input: Input<'_>) -> &[u32] {
        match (FIELDS[self.field].load)(input.event, input.facts) {
            Value::Str(text) => self.by_text.get(text).map_or(&[], Vec::as_slice),
            _ => &self.all,
        }
    }
}

/// A field must have one of these texts, or the rule is false.
struct Demand<'a> {
    field: usize,
    texts: Vec<&'a str>,
}

fn demands(condition: &Expr) -> Vec<Demand<'_>> {
    match &condition.op {
        Op::And(parts) => parts.iter().filter_map(demand).collect(),
        _ => demand(condition).into_iter().collect(),
    }
}

fn demand(part: &Expr) -> Option<Demand<'_>> {
    let field = |x: &Expr| match x.op {
        // The event type is looked up separately.
        Op::Field(number) if FIELDS[number].kind == Kind::Str && number != 0 => Some(number),
        _ => None,
    };
    let text = |literal: &'_ Literal| matches!(literal, Literal::Str(_));
    match &part.op {
        Op::Compare(Compare::Equal, x, y) => match (field(x), &y.op) {
            (Some(field), Op::Literal(Literal::Str(text))) => {
                Some(Demand { field, texts: vec![text] })
            }
            _ => None,
        },
        Op::OneOf(x, literals) if literals.iter().all(text) => {
            let texts = literals.iter().filter_map(|literal| match literal {
                Literal::Str(text) => Some(text.as_str()),
                _ => None,
            });
            Some(Demand { field: field(x)?, texts: texts.collect() })
        }
        _ => None,
    }
}
