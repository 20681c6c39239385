//! Why a rule did or did not fire: the tree of its parts with their values, and the parts that
//! would have to differ.

use serde::Serialize;

use crate::ast::{Expr, Op};
use crate::compile::Graph;
use crate::eval::{Answers, Input};
use crate::program::Program;

/// A part of a condition with its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConditionPart {
    /// The text of the part.
    pub text: String,
    /// Its value, or `unknown`.
    pub value: String,
    /// Its own parts; none for constants.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<ConditionPart>,
}

/// The explanation of one rule for one event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The rule.
    pub rule: String,
    /// `true`, `false` or `unknown`.
    pub value: String,
    /// The whole condition.
    pub tree: ConditionPart,
    /// The smallest parts that would have to differ for another outcome.
    pub would_have_to_differ: Vec<String>,
}

impl Program {
    /// Explains the rule of that number for an event.
    #[must_use]
    pub fn explain(&self, rule: usize, input: Input<'_>, answers: &impl Answers) -> Explanation {
        let rule = &self.rules[rule];
        // A graph of its own: that of the program leaves out what is known from the event's type.
        let mut graph = Graph::default();
        graph.add(&rule.condition);
        let alone = self.alone(graph);
        let mut explain = Explain { program: &alone, text: &rule.text, input, answers };
        let tree = explain.part(&rule.condition);
        let mut differ = Vec::new();
        explain.differ(&rule.condition, &mut differ);
        Explanation {
            rule: rule.id.clone(),
            value: tree.value.clone(),
            tree,
            would_have_to_differ: differ,
        }
    }

    pub(crate) fn alone(&self, graph: Graph) -> Self {
        Self {
            policies: vec![],
            rules: vec![],
            counters: vec![],
            lists: self.lists.clone(),
            version: self.version.clone(),
            graph,
            candidates: vec![],
            counters_by_type: vec![],
        }
    }
}

struct Explain<'a, A> {
    program: &'a Program,
    text: &'a str,
    input: Input<'a>,
    answers: &'a A,
}

impl<A: Answers> Explain<'_, A> {
    fn value(&self, expr: &Expr) -> String {
        let mut graph = Graph::default();
        let node = graph.add(expr);
        let alone = self.program.alone(graph);
        alone.value_of(node, self.input, self.answers).to_string()
    }

    fn part(&mut self, expr: &Expr) -> ConditionPart {
        let is_constant = |part: &&Expr| matches!(part.op, Op::Literal(_));
        let children = expr.children();
        let parts = children.into_iter().filter(|part| !is_constant(part));
        let parts = parts.map(|part| self.part(part)).collect();
        ConditionPart { text: self.written(expr), value: self.value(expr), parts }
    }

    fn written(&self, expr: &Expr) -> String {
        self.text.get(expr.span.clone()).unwrap_or_default().to_owned()
    }

    /// Collects the smallest parts that the outcome of `expr` depends on.
    fn differ(&mut self, expr: &Expr, out: &mut Vec<String>) {
        let value = self.value(expr);
        match &expr.op {
            Op::And(parts) | Op::Or(parts) => {
                // A false part of a conjunction, or a true part of a disjunction, decides alone.
                let deciding = if matches!(expr.op, Op::And(_)) { "false" } else { "true" };
                let is_decided = value == deciding;
                for part in parts {
                    let of_part = self.value(part);
                    if !is_decided || of_part == deciding {
                        self.differ(part, out);
                    }
                }
            }
            Op::Not(x) => self.differ(x, out),
            _ => out.push(format!("{} is {}", self.written(expr), self.with_values(expr, &value))),
        }
    }

    /// `false (account.age_days is 12)`
    fn with_values(&self, expr: &Expr, value: &str) -> String {
        let mut leaves = Vec::new();
        expr.walk(&mut |part| {
            if matches!(part.op, Op::Field(_) | Op::Counter(_) | Op::Query(_))
                && part.span != expr.span
            {
                leaves.push(format!("{} is {}", self.written(part), self.value(part)));
            }
        });
        if leaves.is_empty() {
            value.to_owned()
        } else {
            format!("{value} ({})", leaves.join(", "))
        }
    }
}
