//! A single expression of any type, to try out the value of a part of a condition.

use types::{Kind, Value};

use crate::check::{self, Names};
use crate::compile::{Graph, NodeId};
use crate::diagnostic::Diagnostic;
use crate::eval::{Answers, Input};
use crate::program::Program;
use crate::span::TomlPlace;

/// The file name in diagnostics about the expression.
pub const FILE: &str = "expression";

/// A compiled expression.
pub struct Expression {
    program: Program,
    root: NodeId,
    /// The type of its value.
    pub kind: Kind,
}

impl Program {
    /// Compiles the expression `text`, which may name the counters and lists of this program.
    ///
    /// # Errors
    ///
    /// The diagnostics about it.
    pub fn expression(&self, text: &str) -> Result<Expression, Vec<Diagnostic>> {
        let counters = self.counters.iter();
        let names = Names {
            counters: counters.map(|c| (c.name.to_string(), c.measure.kind())).collect(),
            lists: self.lists.clone(),
        };
        let mut out = Vec::new();
        let place = TomlPlace::plain(text);
        let Some(expr) = check::expression(&names, FILE, (text, &place), &mut out) else {
            return Err(out);
        };
        let mut graph = Graph::default();
        let root = graph.add(&expr);
        Ok(Expression { program: self.alone(graph), root, kind: expr.kind })
    }
}

impl Expression {
    /// Its value for an event.
    pub fn value<'a>(&'a self, input: Input<'a>, answers: &'a impl Answers) -> Value<'a> {
        self.program.value_of(self.root, input, answers)
    }
}
