//! An expression on its own, of any type: to try out what a part of a condition is worth.

use types::{Kind, Value};

use crate::check::{self, Names};
use crate::compile::{Graph, NodeId};
use crate::diagnostic::Diagnostic;
use crate::eval::{Answers, Input};
use crate::program::Program;
use crate::span::Place;

/// The name under which diagnostics speak of the expression.
pub const FILE: &str = "expression";

/// See the module.
pub struct Expression {
    program: Program,
    root: NodeId,
    /// The type of its value.
    pub kind: Kind,
}

impl Program {
    /// The expression `text`, which may name the counters and lists of this program.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn expression(&self, text: &str) -> Result<Expression, Vec<Diagnostic>> {
        let counters = self.counters.iter();
        let names = Names {
            counters: counters.map(|c| (c.name.to_string(), c.measure.kind())).collect(),
            lists: self.lists.clone(),
        };
        let mut out = Vec::new();
        let place = Place::plain(text);
        let Some(expr) = check::expression(&names, FILE, (text, &place), &mut out) else {
            return Err(out);
        };
        let mut graph = Graph::default();
        let root = graph.add(&expr);
        Ok(Expression { program: self.alone(graph), root, kind: expr.kind })
    }
}

impl Expression {
    /// What it is worth on an event.
    pub fn value<'a>(&'a self, input: Input<'a>, answers: &'a impl Answers) -> Value<'a> {
        self.program.value_of(self.root, input, answers)
    }
}
