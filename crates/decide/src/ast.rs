//! A checked condition: every node has a type, a span and resolved names.

use std::ops::Range;

use types::{FIELDS, Kind};

use crate::function::Query;

/// A value written in a rule.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `true`, `false`
    Bool(bool),
    /// `7`
    Int(i64),
    /// `0.5`
    Double(f64),
    /// `"text"`
    Str(String),
    /// `timestamp("…")`, in milliseconds
    Time(i64),
    /// `duration("…")`, in milliseconds
    Duration(i64),
}

impl Literal {
    /// Its type.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Bool(_) => Kind::Bool,
            Self::Int(_) => Kind::Int,
            Self::Double(_) => Kind::Double,
            Self::Str(_) => Kind::Str,
            Self::Time(_) => Kind::Time,
            Self::Duration(_) => Kind::Duration,
        }
    }
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Compare {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
}

impl Compare {
    /// How it is written.
    #[must_use]
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
        }
    }
}

/// A sum, difference, product, quotient or remainder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Arithmetic {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
}

/// A test of one text against another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TextTest {
    /// `x.contains(y)`
    Contains,
    /// `x.startsWith(y)`
    StartsWith,
    /// `x.endsWith(y)`
    EndsWith,
}

/// What a node does.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// A value.
    Literal(Literal),
    /// A field, by its number in [`FIELDS`].
    Field(usize),
    /// `has(field)`
    Has(usize),
    /// A declared counter, by its number.
    Counter(usize),
    /// `seen(counter)`: whether anything was counted before.
    Seen(usize),
    /// A query to the detectors.
    Query(Query),
    /// `listed(value, "list")`
    Listed(Box<Expr>, u16),
    /// `!x`
    Not(Box<Expr>),
    /// `a && b && …`
    And(Vec<Expr>),
    /// `a || b || …`
    Or(Vec<Expr>),
    /// `a < b`
    Compare(Compare, Box<Expr>, Box<Expr>),
    /// `x in [1, 2]`
    OneOf(Box<Expr>, Vec<Literal>),
    /// `x in list_field`
    Member(Box<Expr>, Box<Expr>),
    /// `a + b`
    Arithmetic(Arithmetic, Box<Expr>, Box<Expr>),
    /// `-x`
    Negate(Box<Expr>),
    /// `c ? a : b`
    Choose(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `size(x)`
    Size(Box<Expr>),
    /// `x.contains(y)` and the other text tests
    Text(TextTest, Box<Expr>, Box<Expr>),
    /// `x.matches("…")`
    Matches(Box<Expr>, String),
}

/// A node of a checked condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it does.
    pub op: Op,
    /// The type of its value.
    pub kind: Kind,
    /// Byte offsets in the text of the condition.
    pub span: Range<usize>,
}

impl Expr {
    /// Its direct parts.
    #[must_use]
    pub fn children(&self) -> Vec<&Self> {
        match &self.op {
            Op::Literal(_)
            | Op::Field(_)
            | Op::Has(_)
            | Op::Counter(_)
            | Op::Seen(_)
            | Op::Query(_) => vec![],
            Op::And(parts) | Op::Or(parts) => parts.iter().collect(),
            Op::Not(x)
            | Op::Negate(x)
            | Op::Size(x)
            | Op::Listed(x, _)
            | Op::OneOf(x, _)
            | Op::Matches(x, _) => vec![x],
            Op::Compare(_, a, b)
            | Op::Member(a, b)
            | Op::Arithmetic(_, a, b)
            | Op::Text(_, a, b) => vec![a, b],
            Op::Choose(a, b, c) => vec![a, b, c],
        }
    }

    /// Its direct parts, mutable.
    pub(crate) fn children_mut(&mut self) -> Vec<&mut Self> {
        match &mut self.op {
            Op::Literal(_)
            | Op::Field(_)
            | Op::Has(_)
            | Op::Counter(_)
            | Op::Seen(_)
            | Op::Query(_) => vec![],
            Op::And(parts) | Op::Or(parts) => parts.iter_mut().collect(),
            Op::Not(x)
            | Op::Negate(x)
            | Op::Size(x)
            | Op::Listed(x, _)
            | Op::OneOf(x, _)
            | Op::Matches(x, _) => vec![x],
            Op::Compare(_, a, b)
            | Op::Member(a, b)
            | Op::Arithmetic(_, a, b)
            | Op::Text(_, a, b) => vec![a, b],
            Op::Choose(a, b, c) => vec![a, b, c],
        }
    }

    /// Calls `visit` for this node and all below it.
    pub fn walk<'a>(&'a self, visit: &mut impl FnMut(&'a Self)) {
        visit(self);
        for child in self.children() {
            child.walk(visit);
        }
    }

    /// The counter that this node itself reads, if any.
    #[must_use]
    pub const fn counter(&self) -> Option<usize> {
        match self.op {
            Op::Counter(number) | Op::Seen(number) => Some(number),
            _ => None,
        }
    }

    /// The field that this node itself reads, if any.
    #[must_use]
    pub fn field(&self) -> Option<&'static types::Field> {
        match self.op {
            Op::Field(number) => FIELDS.get(number),
            _ => None,
        }
    }
}
