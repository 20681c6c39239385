//! Column mode: computes from whole columns which rules can be true on which of many events.
//!
//! A rule is a conjunction whose cheap parts compare a field with a literal. Over the columns of an
//! Arrow batch each such comparison, shared by all rules that make it, becomes one bit per event. A
//! rule can be true or unknown where the bits of all its comparisons are set. What remains, few
//! rules on few events, is evaluated row by row by the same graph as live, expensive features last.
//! So both modes give the same verdicts; a test checks that over generated rules and events.

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef};
use types::EventType;

use crate::ast::{Compare, Expr, Literal, Op};
use crate::compile::Graph;
use crate::program::Program;

/// The rules that can be true or unknown on each event of a batch.
#[derive(Debug, Default)]
pub struct Sifted {
    /// Where the rules of each event begin.
    starts: Vec<u32>,
    rules: Vec<u32>,
}

impl Sifted {
    /// The rules for the event at that index.
    #[must_use]
    pub fn of(&self, at: usize) -> &[u32] {
        let end = self.starts.get(at + 1).map_or(self.rules.len(), |end| *end as usize);
        &self.rules[self.starts[at] as usize..end]
    }
}

/// A comparison of a field with a literal.
#[derive(Clone, Debug)]
enum Test {
    Has,
    IsTrue,
    Number(Compare, f64),
    Whole(Compare, i64),
    Bool(bool),
    Text(Compare, String),
    Texts(Vec<String>),
    Wholes(Vec<i64>),
}

/// The comparisons of the rules of one event type.
#[derive(Debug, Default)]
pub struct Sieve {
    /// The distinct comparisons: the number of the field, and the test.
    tests: Vec<(usize, Test)>,
    /// The rules with the numbers of their comparisons.
    rules: Vec<(u32, Vec<u32>)>,
}

/// One bit per event.
type Bits = Vec<u64>;

impl Sieve {
    /// The comparisons of the rules of `program` that are tried on events of `kind`.
    #[must_use]
    pub fn new(program: &Program, kind: EventType) -> Self {
        let (mut sieve, mut graph, mut known) = (Self::default(), Graph::default(), Vec::new());
        for number in program.rules_on(kind) {
            let condition = &program.rules[number as usize].condition;
            let parts = match &condition.op {
                Op::And(parts) => parts.as_slice(),
                _ => std::slice::from_ref(condition),
            };
            let mut tests = Vec::new();
            for part in parts {
                let Some(test) = test(part) else { continue };
                let node = graph.add(part);
                let at = known.iter().position(|other| *other == node).unwrap_or_else(|| {
                    known.push(node);
                    sieve.tests.push(test);
                    known.len() - 1
                });
                tests.push(u32::try_from(at).unwrap_or(u32::MAX));
            }
            sieve.rules.push((number, tests));
        }
        sieve
    }

    /// Sifts a batch of `len` events. `column` returns the column of a field, by its number, if the
    /// batch has one.
    #[must_use]
    pub fn sift<'a>(&self, len: usize, column: &dyn Fn(usize) -> Option<&'a ArrayRef>) -> Sifted {
        let words = len.div_ceil(64);
        let bits = |(field, test): &(usize, Test)| Some(test.bits(column(*field)?, words));
        let bits: Vec<Option<Bits>> = self.tests.iter().map(bits).collect();
        let mut all = vec![Vec::new(); len];
        let mut can = vec![0_u64; words];
        for (rule, tests) in &self.rules {
            can.fill(u64::MAX);
            for bits in tests.iter().filter_map(|test| bits[*test as usize].as_ref()) {
                can.iter_mut().zip(bits).for_each(|(can, bits)| *can &= bits);
            }
            each_bit(&can, len, |at| all[at].push(*rule));
        }
        let mut sifted = Sifted::default();
        for rules in all {
            sifted.starts.push(u32::try_from(sifted.rules.len()).unwrap_or(u32::MAX));
            sifted.rules.extend(rules);
        }
        sifted
    }
}

/// Calls `visit` with the index of each bit that is set, below `len`.
fn each_bit(bits: &[u64], len: usize, mut visit: impl FnMut(usize)) {
    for (word, bits) in bits.iter().enumerate() {
        let mut left = *bits;
        while left != 0 {
            let at = word * 64 + left.trailing_zeros() as usize;
            if at >= len {
                return;
            }
            visit(at);
            left &= left - 1;
        }
    }
}

/// The test for `part`, if it can be computed from columns.
fn test(part: &Expr) -> Option<(usize, Test)> {
    let field = |x: &Expr| match x.op {
        Op::Field(number) => Some(number),
        _ => None,
    };
    Some(match &part.op {
        Op::Has(number) => (*number, Test::Has),
        Op::Field(number) => (*number, Test::IsTrue),
        Op::Compare(sign, x, y) => {
            let Op::Literal(literal) = &y.op else { return None };
            let test = match literal {
                Literal::Int(value) if x.kind == types::Kind::Int => Test::Whole(*sign, *value),
                #[expect(clippy::cast_precision_loss, reason = "as the evaluator compares them")]
                Literal::Int(value) => Test::Number(*sign, *value as f64),
                Literal::Double(value) => Test::Number(*sign, *value),
                Literal::Time(value) | Literal::Duration(value) => Test::Whole(*sign, *value),
                Literal::Str(text) => Test::Text(*sign, text.clone()),
                Literal::Bool(value) if *sign == Compare::Equal => Test::Bool(*value),
                Literal::Bool(_) => return None,
            };
            (field(x)?, test)
        }
        Op::OneOf(x, literals) => {
            let texts = literals.iter().map(|literal| match literal {
                Literal::Str(text) => Some(text.clone()),
                _ => None,
            });
            let wholes = literals.iter().map(|literal| match literal {
                Literal::Int(value) => Some(*value),
                _ => None,
            });
            let test = match (texts.collect(), wholes.collect()) {
                (Some(texts), _) => Test::Texts(texts),
                (None, Some(wholes)) => Test::Wholes(wholes),
                _ => return None,
            };
            (field(x)?, test)
        }
        _ => return None,
    })
}

impl Test {
    /// The events for which the test is not false: it holds, or the value is missing.
    fn bits(&self, column: &ArrayRef, words: usize) -> Bits {
        let all = || vec![u64::MAX; words];
        match self {
            // Whether a value is there is always known.
            Self::Has => bits(column.len(), words, |at| column.is_valid(at)),
            Self::IsTrue => self.bools(column, words, true).unwrap_or_else(all),
            Self::Bool(value) => self.bools(column, words, *value).unwrap_or_else(all),
            Self::Whole(sign, value) => match column.as_primitive_opt::<Int64Type>() {
                Some(column) => known(column, words, |at| holds(*sign, &column.value(at), value)),
                None => all(),
            },
            Self::Wholes(values) => match column.as_primitive_opt::<Int64Type>() {
                Some(column) => known(column, words, |at| values.contains(&column.value(at))),
                None => all(),
            },
            Self::Number(sign, value) => self.numbers(column, words, (*sign, *value)),
            Self::Text(sign, value) => match column.as_string_opt::<i32>() {
                Some(column) => {
                    known(column, words, |at| holds(*sign, column.value(at), value.as_str()))
                }
                None => all(),
            },
            Self::Texts(values) => match column.as_string_opt::<i32>() {
                Some(column) => {
                    known(column, words, |at| values.iter().any(|text| text == column.value(at)))
                }
                None => all(),
            },
        }
    }

    fn bools(&self, column: &ArrayRef, words: usize, wanted: bool) -> Option<Bits> {
        let column = column.as_boolean_opt()?;
        Some(known(column, words, |at| column.value(at) == wanted))
    }

    #[expect(clippy::cast_precision_loss, reason = "as the evaluator compares them")]
    fn numbers(&self, column: &ArrayRef, words: usize, (sign, value): (Compare, f64)) -> Bits {
        if let Some(column) = column.as_primitive_opt::<Float64Type>() {
            // Rules treat NaN and infinities as unknown.
            return known(column, words, |at| {
                !column.value(at).is_finite() || holds(sign, &column.value(at), &value)
            });
        }
        match column.as_primitive_opt::<Int64Type>() {
            Some(column) => {
                known(column, words, |at| holds(sign, &(column.value(at) as f64), &value))
            }
            None => vec![u64::MAX; words],
        }
    }
}

fn holds<T: PartialOrd + ?Sized>(sign: Compare, a: &T, b: &T) -> bool {
    match sign {
        Compare::Equal => a == b,
        Compare::NotEqual => a != b,
        Compare::Less => a < b,
        Compare::LessEqual => a <= b,
        Compare::Greater => a > b,
        Compare::GreaterEqual => a >= b,
    }
}

/// A bit for each event for which `test` holds or the value is missing.
fn known(column: &dyn Array, words: usize, test: impl Fn(usize) -> bool) -> Bits {
    match column.nulls() {
        None => bits(column.len(), words, test),
        Some(nulls) => bits(column.len(), words, |at| nulls.is_null(at) || test(at)),
    }
}

fn bits(len: usize, words: usize, test: impl Fn(usize) -> bool) -> Bits {
    let word = |word: usize| {
        let end = (word * 64 + 64).min(len);
        (word * 64..end).fold(0_u64, |bits, at| bits | (u64::from(test(at)) << (at % 64)))
    };
    (0..words).map(word).collect()
}
