//! Evaluates the graph for one event: three-valued, each shared part at most once, no allocation.

use types::{Event, FIELDS, Facts, Value};

use crate::ast::{Arithmetic, Compare, TextTest};
use crate::compile::{Node, NodeId};
use crate::function::Query;
use crate::program::Program;

/// The years 1 to 9999 in milliseconds since 1970.
pub(crate) const MOMENTS_MS: std::ops::RangeInclusive<i64> =
    -62_135_596_800_000..=253_402_300_799_999;

/// The longest span of time, in milliseconds.
pub(crate) const SPAN_MS_MAX: u64 = 315_576_000_000_000;

/// The answers of the detectors, supplied by the caller.
pub trait Answers {
    /// The answer to `query`.
    fn answer(&self, query: &Query) -> Value<'_>;

    /// Whether `value` is in the list of that number.
    fn listed(&self, list: u16, value: &str) -> bool;
}

/// The input for judging an event.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// The event.
    pub event: &'a Event,
    /// The facts before the event.
    pub facts: &'a Facts,
    /// The counters by number; unknown if the event lacks the field that it is counted by.
    pub counters: &'a [Value<'static>],
}

/// The result of the rules on an event.
#[derive(Debug, Default)]
pub struct Verdict {
    /// The rules that are true, by number, ascending.
    pub fired: Vec<u32>,
    /// The rules that could not be evaluated, by number.
    pub unknown: Vec<u32>,
}

/// Working memory, reused from event to event.
#[derive(Debug, Default)]
pub struct Scratch {
    /// For each node the epoch and truth of its last evaluation.
    memo: Vec<(u32, Truth)>,
    epoch: u32,
    /// The result of the last evaluation.
    pub verdict: Verdict,
    /// The counters that count the last event.
    pub counted: Vec<u32>,
}

/// True, false or unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Truth {
    /// It does not hold.
    #[default]
    False,
    /// It holds.
    True,
    /// A value that decides it is missing.
    Unknown,
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

impl Program {
    /// Evaluates the rules on an event. The verdict is in `scratch` afterwards, without counters.
    pub fn evaluate(&self, input: Input<'_>, answers: &impl Answers, scratch: &mut Scratch) {
        let candidates = self.candidates[input.event.kind as usize].of(input).flatten();
        self.evaluate_each(candidates.copied(), (input, answers), scratch);
    }

    /// The same for an event on which only `rules` can be true or unknown, as computed by
    /// [`Sieve`].
    ///
    /// [`Sieve`]: crate::columns::Sieve
    pub fn evaluate_among(
        &self,
        rules: &[u32],
        (input, answers): (Input<'_>, &impl Answers),
        scratch: &mut Scratch,
    ) {
        self.evaluate_each(rules.iter().copied(), (input, answers), scratch);
    }

    fn evaluate_each(
        &self,
        rules: impl Iterator<Item = u32>,
        (input, answers): (Input<'_>, &impl Answers),
        scratch: &mut Scratch,
    ) {
        scratch.next_event(self.graph.nodes.len());
        let mut verdict = std::mem::take(&mut scratch.verdict);
        verdict.fired.clear();
        verdict.unknown.clear();
        let mut eval = Evaluation { program: self, input, answers, scratch };
        for number in rules {
            match eval.truth(self.rules[number as usize].root) {
                Truth::False => {}
                Truth::True => verdict.fired.push(number),
                Truth::Unknown => verdict.unknown.push(number),
            }
        }
        verdict.fired.sort_unstable();
        verdict.unknown.sort_unstable();
        scratch.verdict = verdict;
    }

    /// Finds the counters that count an event; they are in `scratch.counted` afterwards.
    pub fn evaluate_counters(
        &self,
        input: Input<'_>,
        answers: &impl Answers,
        scratch: &mut Scratch,
    ) {
        scratch.counted.clear();
        let numbers = &self.counters_by_type[input.event.kind as usize];
        if numbers.is_empty() {
            return;
        }
        scratch.next_event(self.graph.nodes.len());
        let mut counted = std::mem::take(&mut scratch.counted);
        let mut eval = Evaluation { program: self, input, answers, scratch };
        for number in numbers {
            if eval.truth(self.counters[*number as usize].of) == Truth::True {
                counted.push(*number);
            }
        }
        scratch.counted = counted;
    }

    /// The truth of one node; for tests with cases.
    pub(crate) fn truth_of(&self, node: NodeId, input: Input<'_>, answers: &impl Answers) -> Truth {
        let mut scratch = Scratch::default();
        scratch.next_event(self.graph.nodes.len());
        Evaluation { program: self, input, answers, scratch: &mut scratch }.truth(node)
    }

    /// The value of one node; for explanations.
    pub(crate) fn value_of<'a>(
        &'a self,
        node: NodeId,
        input: Input<'a>,
        answers: &'a impl Answers,
    ) -> Value<'a> {
        let mut scratch = Scratch::default();
        scratch.next_event(self.graph.nodes.len());
        Evaluation { program: self, input, answers, scratch: &mut scratch }.value(node)
    }
}

impl Scratch {
    fn next_event(&mut self, nodes: usize) {
        self.epoch = self.epoch.wrapping_add(1);
        if self.epoch == 0 || self.memo.len() != nodes {
            self.memo.clear();
            self.memo.resize(nodes, (0, Truth::False));
            self.epoch = 1;
        }
    }
}

struct Evaluation<'a, 's, A> {
    program: &'a Program,
    input: Input<'a>,
    answers: &'a A,
    scratch: &'s mut Scratch,
}

impl<'a, A: Answers> Evaluation<'a, '_, A> {
    fn truth(&mut self, node: NodeId) -> Truth {
        let at = node as usize;
        if !self.program.graph.is_shared[at] {
            return self.find_truth(node);
        }
        let (epoch, truth) = self.scratch.memo[at];
        if epoch == self.scratch.epoch {
            return truth;
        }
        let truth = self.find_truth(node);
        self.scratch.memo[at] = (self.scratch.epoch, truth);
        truth
    }

    fn find_truth(&mut self, node: NodeId) -> Truth {
        let graph = &self.program.graph;
        match &graph.nodes[node as usize] {
            Node::And(parts) => self.all(parts),
            Node::Or(parts) => self.any(parts),
            Node::Not(x) => match self.truth(*x) {
                Truth::True => Truth::False,
                Truth::False => Truth::True,
                Truth::Unknown => Truth::Unknown,
            },
            Node::Compare(sign, a, b) => {
                let (a, b) = (self.value(*a), self.value(*b));
                compare(*sign, a, b)
            }
            Node::OneOfTexts(x, texts) => match self.value(*x) {
                Value::Str(text) => {
                    texts.binary_search_by(|known| (**known).cmp(text)).is_ok().into()
                }
                _ => Truth::Unknown,
            },
            Node::OneOfInts(x, ints) => match self.value(*x) {
                Value::Int(number) => ints.binary_search(&number).is_ok().into(),
                _ => Truth::Unknown,
            },
            Node::OneOf(x, literals) => {
                let x = self.value(*x);
                if !x.is_known() {
                    return Truth::Unknown;
                }
                literals.iter().any(|literal| self.value(*literal) == x).into()
            }
            Node::Member(x, list) => match (self.value(*x), self.value(*list)) {
                (Value::Str(text), Value::Strs(list)) => {
                    list.iter().any(|known| known == text).into()
                }
                _ => Truth::Unknown,
            },
            Node::Listed(x, list) => match self.value(*x) {
                Value::Str(text) => self.answers.listed(*list, text).into(),
                Value::Strs(texts) => {
                    texts.iter().any(|text| self.answers.listed(*list, text)).into()
                }
                _ => Truth::Unknown,
            },
            Node::Text(test, x, y) => {
                let (x, y) = (self.value(*x), self.value(*y));
                text_test(*test, x, y)
            }
            Node::Matches(x, pattern) => match self.value(*x) {
                Value::Str(text) => graph.patterns[usize::from(*pattern)].is_match(text).into(),
                _ => Truth::Unknown,
            },
            _ => match self.value(node) {
                Value::Bool(value) => value.into(),
                _ => Truth::Unknown,
            },
        }
    }

    fn all(&mut self, parts: &[NodeId]) -> Truth {
        let mut all = Truth::True;
        for part in parts {
            match self.truth(*part) {
                Truth::False => return Truth::False,
                Truth::True => {}
                Truth::Unknown => all = Truth::Unknown,
            }
        }
        all
    }

    fn any(&mut self, parts: &[NodeId]) -> Truth {
        let mut any = Truth::False;
        for part in parts {
            match self.truth(*part) {
                Truth::True => return Truth::True,
                Truth::False => {}
                Truth::Unknown => any = Truth::Unknown,
            }
        }
        any
    }

    fn value(&mut self, node: NodeId) -> Value<'a> {
        match &self.program.graph.nodes[node as usize] {
            Node::Bool(value) => Value::Bool(*value),
            Node::Int(value) => Value::Int(*value),
            Node::Double(bits) => Value::Double(f64::from_bits(*bits)),
            Node::Str(text) => Value::Str(text),
            Node::Time(ms) => Value::Time(*ms),
            Node::Duration(ms) => Value::Duration(*ms),
            Node::Field(number) => self.field(*number),
            Node::Has(number) => Value::Bool(self.field(*number).is_known()),
            Node::Counter(number) => {
                self.input.counters.get(usize::from(*number)).copied().unwrap_or(Value::Unknown)
            }
            Node::Seen(number) => Value::Bool(
                self.input.counters.get(usize::from(*number)).is_some_and(Value::is_known),
            ),
            Node::Query(number) => {
                self.answers.answer(&self.program.graph.queries[usize::from(*number)])
            }
            Node::Arithmetic(sign, a, b) => {
                let (a, b) = (self.value(*a), self.value(*b));
                arithmetic(*sign, a, b).unwrap_or(Value::Unknown)
            }
            Node::Negate(x) => match self.value(*x) {
                Value::Int(number) => number.checked_neg().into(),
                Value::Double(number) => Value::Double(-number),
                _ => Value::Unknown,
            },
            Node::Choose(test, yes, no) => match self.truth(*test) {
                Truth::True => self.value(*yes),
                Truth::False => self.value(*no),
                Truth::Unknown => Value::Unknown,
            },
            Node::Size(x) => match self.value(*x) {
                Value::Str(text) => (text.chars().count() as u64).into(),
                Value::Strs(list) => (list.len() as u64).into(),
                _ => Value::Unknown,
            },
            _ => match self.truth(node) {
                Truth::True => Value::Bool(true),
                Truth::False => Value::Bool(false),
                Truth::Unknown => Value::Unknown,
            },
        }
    }

    fn field(&self, number: u16) -> Value<'a> {
        (FIELDS[usize::from(number)].load)(self.input.event, self.input.facts)
    }
}

#[expect(clippy::cast_precision_loss, reason = "int and double compare as doubles, as in CEL")]
fn compare(sign: Compare, a: Value<'_>, b: Value<'_>) -> Truth {
    let order = match (a, b) {
        (Value::Int(a), Value::Int(b))
        | (Value::Time(a), Value::Time(b))
        | (Value::Duration(a), Value::Duration(b)) => a.partial_cmp(&b),
        (Value::Int(a), Value::Double(b)) => (a as f64).partial_cmp(&b),
        (Value::Double(a), Value::Int(b)) => a.partial_cmp(&(b as f64)),
        (Value::Double(a), Value::Double(b)) => a.partial_cmp(&b),
        (Value::Str(a), Value::Str(b)) => a.partial_cmp(b),
        (Value::Bool(a), Value::Bool(b)) => a.partial_cmp(&b),
        _ => None,
    };
    let Some(order) = order else { return Truth::Unknown };
    let holds = match sign {
        Compare::Equal => order.is_eq(),
        Compare::NotEqual => order.is_ne(),
        Compare::Less => order.is_lt(),
        Compare::LessEqual => order.is_le(),
        Compare::Greater => order.is_gt(),
        Compare::GreaterEqual => order.is_ge(),
    };
    holds.into()
}

fn text_test(test: TextTest, x: Value<'_>, y: Value<'_>) -> Truth {
    let (Value::Str(x), Value::Str(y)) = (x, y) else { return Truth::Unknown };
    let holds = match test {
        TextTest::Contains => x.contains(y),
        TextTest::StartsWith => x.starts_with(y),
        TextTest::EndsWith => x.ends_with(y),
    };
    holds.into()
}

/// `None` on overflow, division by zero, or if a value is missing.
fn arithmetic<'a>(sign: Arithmetic, a: Value<'_>, b: Value<'_>) -> Option<Value<'a>> {
    Some(match (a, b) {
        (Value::Int(a), Value::Int(b)) => Value::Int(whole(sign, a, b)?),
        (Value::Time(a), Value::Time(b)) => span(whole(sign, a, b)?)?,
        (Value::Time(a), Value::Duration(b)) => moment(whole(sign, a, b)?)?,
        (Value::Duration(a), Value::Time(b)) => moment(whole(sign, a, b)?)?,
        (Value::Duration(a), Value::Duration(b)) => span(whole(sign, a, b)?)?,
        (a, b) => Value::from(fraction(sign, double(a)?, double(b)?)),
    })
}

/// A moment in the years 1 to 9999, as in CEL.
fn moment<'a>(ms: i64) -> Option<Value<'a>> {
    MOMENTS_MS.contains(&ms).then_some(Value::Time(ms))
}

/// A span of at most ten thousand years, as in CEL.
fn span<'a>(ms: i64) -> Option<Value<'a>> {
    (ms.unsigned_abs() <= SPAN_MS_MAX).then_some(Value::Duration(ms))
}

fn whole(sign: Arithmetic, a: i64, b: i64) -> Option<i64> {
    match sign {
        Arithmetic::Add => a.checked_add(b),
        Arithmetic::Subtract => a.checked_sub(b),
        Arithmetic::Multiply => a.checked_mul(b),
        Arithmetic::Divide => a.checked_div(b),
        Arithmetic::Remainder => a.checked_rem(b),
    }
}

fn fraction(sign: Arithmetic, a: f64, b: f64) -> f64 {
    match sign {
        Arithmetic::Add => a + b,
        Arithmetic::Subtract => a - b,
        Arithmetic::Multiply => a * b,
        Arithmetic::Divide => a / b,
        Arithmetic::Remainder => a % b,
    }
}

#[expect(clippy::cast_precision_loss, reason = "int and double mix as doubles")]
const fn double(value: Value<'_>) -> Option<f64> {
    match value {
        Value::Int(value) => Some(value as f64),
        Value::Double(value) => Some(value),
        _ => None,
    }
}
