//! Examines a rule for tests with cases: which parts were ever true or false, and whether the cases
//! would notice if a comparison were inverted.

use crate::ast::{Compare, Expr, Op};
use crate::compile::{Graph, NodeId};
use crate::eval::{Answers, Input, Truth};
use crate::program::{Program, Rule};

/// The boolean parts of one rule, ready to be evaluated.
pub struct Probe {
    program: Program,
    parts: Vec<(NodeId, String)>,
}

impl Probe {
    /// The parts of the rule of that number.
    #[must_use]
    pub fn new(program: &Program, rule: usize) -> Self {
        let rule = &program.rules[rule];
        let mut graph = Graph::default();
        let mut parts = Vec::new();
        branches(&rule.condition, &mut |part| {
            let text = rule.text.get(part.span.clone()).unwrap_or_default().to_owned();
            parts.push((graph.add(part), text));
        });
        Self { program: program.alone(graph), parts }
    }

    /// The texts of the parts.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().map(|(_, text)| text.as_str())
    }

    /// The truth of each part for an event.
    #[must_use]
    pub fn truths(&self, input: Input<'_>, answers: &impl Answers) -> Vec<Truth> {
        let truth = |(node, _): &(NodeId, String)| self.program.truth_of(*node, input, answers);
        self.parts.iter().map(truth).collect()
    }
}

/// Calls `visit` for the smallest boolean parts of `expr`.
fn branches<'a>(expr: &'a Expr, visit: &mut impl FnMut(&'a Expr)) {
    match &expr.op {
        Op::And(parts) | Op::Or(parts) => {
            for part in parts {
                branches(part, visit);
            }
        }
        Op::Not(part) => branches(part, visit),
        _ => visit(expr),
    }
}

/// A rule with one comparison inverted.
#[derive(Clone, Debug, PartialEq)]
pub struct Mutant {
    /// The text of the comparison.
    pub text: String,
    /// The new comparison: `!=` for `==`, `<` for `>=`, `not in` for `in`.
    pub turned: &'static str,
    /// The whole condition with it.
    pub condition: Expr,
}

/// `rule` with each of its comparisons inverted, one at a time.
#[must_use]
pub fn mutants(rule: &Rule) -> Vec<Mutant> {
    let mut found = Vec::new();
    loop {
        let mut condition = rule.condition.clone();
        let mut skip = found.len();
        let Some((span, turned)) = turn(&mut condition, &mut skip) else { return found };
        let text = rule.text.get(span).unwrap_or_default().to_owned();
        found.push(Mutant { text, turned, condition });
    }
}

/// Inverts the comparison after `skip` others.
fn turn(expr: &mut Expr, skip: &mut usize) -> Option<(std::ops::Range<usize>, &'static str)> {
    let span = expr.span.clone();
    let is_comparison = matches!(expr.op, Op::Compare(..) | Op::OneOf(..) | Op::Member(..));
    if is_comparison {
        if *skip == 0 {
            return Some((span, turn_this(expr)));
        }
        *skip -= 1;
    }
    expr.children_mut().into_iter().find_map(|child| turn(child, skip))
}

fn turn_this(expr: &mut Expr) -> &'static str {
    if let Op::Compare(sign, ..) = &mut expr.op {
        *sign = match sign {
            Compare::Equal => Compare::NotEqual,
            Compare::NotEqual => Compare::Equal,
            Compare::Less => Compare::GreaterEqual,
            Compare::LessEqual => Compare::Greater,
            Compare::Greater => Compare::LessEqual,
            Compare::GreaterEqual => Compare::Less,
        };
        return sign.sign();
    }
    let inner = expr.clone();
    expr.op = Op::Not(Box::new(inner));
    "not in"
}
