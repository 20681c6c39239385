//! Compiles checked conditions to one acyclic graph over all rules: equal parts become one node.

use std::collections::HashMap;

use regex::{Regex, RegexBuilder};
use types::{EventType, FIELDS, Group};

use crate::ast::{Arithmetic, Compare, Expr, Literal, Op, TextTest};
use crate::function::{Need, Query};

/// The number of a node.
pub(crate) type NodeId = u32;

/// Compiled patterns larger than this are refused.
const PATTERN_BYTES_MAX: usize = 1 << 20;

/// A regular expression for `matches`; the engine's time is linear in the text.
pub(crate) fn pattern(text: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(text).size_limit(PATTERN_BYTES_MAX).build()
}

/// A node; its parts are numbers of earlier nodes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Node {
    Bool(bool),
    Int(i64),
    /// The bits of a double.
    Double(u64),
    Str(Box<str>),
    Time(i64),
    Duration(i64),
    Field(u16),
    Has(u16),
    Counter(u16),
    Seen(u16),
    Query(u16),
    Listed(NodeId, u16),
    Not(NodeId),
    And(Box<[NodeId]>),
    Or(Box<[NodeId]>),
    Compare(Compare, NodeId, NodeId),
    /// Whether a text is one of some texts, sorted.
    OneOfTexts(NodeId, Box<[Box<str>]>),
    /// Whether a number is one of some numbers, sorted.
    OneOfInts(NodeId, Box<[i64]>),
    OneOf(NodeId, Box<[NodeId]>),
    Member(NodeId, NodeId),
    Arithmetic(Arithmetic, NodeId, NodeId),
    Negate(NodeId),
    Choose(NodeId, NodeId, NodeId),
    Size(NodeId),
    Text(TextTest, NodeId, NodeId),
    Matches(NodeId, u16),
}

impl Node {
    /// The number of the field that it reads or tests for presence.
    pub(crate) fn field(&self) -> Option<usize> {
        match self {
            Self::Field(number) | Self::Has(number) => Some(usize::from(*number)),
            _ => None,
        }
    }
}

/// All nodes of a policy set, parts before the nodes that use them.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    pub(crate) nodes: Vec<Node>,
    /// The cost of each node with its parts, in units of one comparison.
    pub(crate) costs: Vec<u32>,
    /// The chance that a node is true.
    chances: Vec<f64>,
    /// The cost of all nodes together, each counted once.
    pub(crate) total_cost: u32,
    /// Whether a node has more than one use, so that its truth is worth remembering.
    pub(crate) is_shared: Vec<bool>,
    pub(crate) queries: Vec<Query>,
    pub(crate) patterns: Vec<Regex>,
    known: HashMap<Node, NodeId>,
    pattern_texts: Vec<String>,
}

impl Graph {
    /// The node of `expr`; equal expressions have one node.
    pub(crate) fn add(&mut self, expr: &Expr) -> NodeId {
        let node = match &expr.op {
            Op::Literal(literal) => literal_node(literal),
            Op::Field(number) => Node::Field(small(*number)),
            Op::Has(number) => Node::Has(small(*number)),
            Op::Counter(number) => Node::Counter(small(*number)),
            Op::Seen(number) => Node::Seen(small(*number)),
            Op::Query(query) => Node::Query(self.query(query)),
            Op::Listed(x, list) => Node::Listed(self.add(x), *list),
            Op::Not(x) => Node::Not(self.add(x)),
            Op::And(parts) => Node::And(self.parts(parts, true)),
            Op::Or(parts) => Node::Or(self.parts(parts, false)),
            Op::Compare(sign, a, b) => Node::Compare(*sign, self.add(a), self.add(b)),
            Op::OneOf(x, literals) => self.one_of(x, literals),
            Op::Member(x, list) => Node::Member(self.add(x), self.add(list)),
            Op::Arithmetic(sign, a, b) => Node::Arithmetic(*sign, self.add(a), self.add(b)),
            Op::Negate(x) => Node::Negate(self.add(x)),
            Op::Choose(test, yes, no) => Node::Choose(self.add(test), self.add(yes), self.add(no)),
            Op::Size(x) => Node::Size(self.add(x)),
            Op::Text(test, x, y) => Node::Text(*test, self.add(x), self.add(y)),
            Op::Matches(x, text) => Node::Matches(self.add(x), self.pattern(text)),
        };
        self.intern(node)
    }

    /// The node that is true when all of `parts` are.
    pub(crate) fn add_all(&mut self, parts: &[&Expr]) -> NodeId {
        let ids = parts.iter().map(|part| self.add(part)).collect();
        let node = self.all(ids);
        self.intern(node)
    }

    fn all(&self, mut ids: Vec<NodeId>) -> Node {
        self.sort(&mut ids, true);
        match ids.as_slice() {
            [] => Node::Bool(true),
            [only] => self.nodes[*only as usize].clone(),
            _ => Node::And(ids.into()),
        }
    }

    fn parts(&mut self, parts: &[Expr], is_and: bool) -> Box<[NodeId]> {
        let mut ids: Vec<NodeId> = parts.iter().map(|part| self.add(part)).collect();
        self.sort(&mut ids, is_and);
        ids.into()
    }

    /// Sorts parts so that those that decide soonest for their cost come first; the truth is the
    /// same in any order.
    ///
    /// For independent tests the least expected cost is that of the order of cost over the chance
    /// to decide (Hellerstein & Stonebraker, *Predicate Migration*, SIGMOD 1993).
    fn sort(&self, ids: &mut Vec<NodeId>, is_and: bool) {
        let rank = |id: NodeId| {
            let chance = self.chances[id as usize];
            let decides = if is_and { 1.0 - chance } else { chance };
            f64::from(self.costs[id as usize]) / decides.max(0.001)
        };
        ids.sort_by(|a, b| rank(*a).total_cmp(&rank(*b)).then(a.cmp(b)));
        ids.dedup();
    }

    /// The chance that a node is true, guessed from its form; it affects only the amount of work.
    fn chance(&self, node: &Node) -> f64 {
        let of = |id: &NodeId| self.chances[*id as usize];
        match node {
            Node::Bool(value) => f64::from(u8::from(*value)),
            Node::Compare(Compare::Equal, ..) | Node::OneOfTexts(..) | Node::OneOfInts(..) => 0.1,
            Node::Compare(Compare::NotEqual, ..) | Node::Has(_) | Node::Seen(_) => 0.9,
            Node::Compare(..) => 0.3,
            Node::Query(_) | Node::Listed(..) | Node::Matches(..) | Node::Member(..) => 0.05,
            Node::Text(..) => 0.1,
            Node::Not(x) => 1.0 - of(x),
            Node::And(parts) => parts.iter().map(of).product(),
            Node::Or(parts) => 1.0 - parts.iter().map(|part| 1.0 - of(part)).product::<f64>(),
            _ => 0.5,
        }
    }

    fn one_of(&mut self, x: &Expr, literals: &[Literal]) -> Node {
        if literals.is_empty() {
            return Node::Bool(false);
        }
        let x = self.add(x);
        let texts = literals.iter().map(|literal| match literal {
            Literal::Str(text) => Some(Box::from(text.as_str())),
            _ => None,
        });
        if let Some(mut texts) = texts.collect::<Option<Vec<Box<str>>>>() {
            texts.sort();
            return Node::OneOfTexts(x, texts.into());
        }
        let ints = literals.iter().map(|literal| match literal {
            Literal::Int(number) => Some(*number),
            _ => None,
        });
        if let Some(mut ints) = ints.collect::<Option<Vec<i64>>>() {
            ints.sort_unstable();
            return Node::OneOfInts(x, ints.into());
        }
        Node::OneOf(x, literals.iter().map(|literal| self.intern(literal_node(literal))).collect())
    }

    fn query(&mut self, query: &Query) -> u16 {
        let found = self.queries.iter().position(|known| known == query);
        small(found.unwrap_or_else(|| {
            self.queries.push(query.clone());
            self.queries.len() - 1
        }))
    }

    fn pattern(&mut self, text: &str) -> u16 {
        let found = self.pattern_texts.iter().position(|known| known == text);
        small(found.unwrap_or_else(|| {
            // The checker has compiled it before; a pattern that cannot be compiled matches
            // nothing.
            self.patterns.extend(pattern(text).or_else(|_| pattern("[^\\s\\S]")));
            self.pattern_texts.push(text.to_owned());
            self.patterns.len() - 1
        }))
    }

    fn intern(&mut self, node: Node) -> NodeId {
        if let Some(id) = self.known.get(&node).copied() {
            self.is_shared[id as usize] = true;
            return id;
        }
        let id = self.nodes.len() as NodeId;
        let cost = self.cost(&node);
        self.total_cost = self.total_cost.saturating_add(self.own_cost(&node));
        self.costs.push(cost);
        self.chances.push(self.chance(&node));
        self.is_shared.push(false);
        self.known.insert(node.clone(), id);
        self.nodes.push(node);
        id
    }

    /// The cost of the node itself and of its parts.
    fn cost(&self, node: &Node) -> u32 {
        let of = |sum: u32, id: &NodeId| sum.saturating_add(self.costs[*id as usize]);
        let own = self.own_cost(node);
        match node {
            Node::And(parts) | Node::Or(parts) => parts.iter().fold(own, of),
            Node::Listed(x, _)
            | Node::OneOfTexts(x, _)
            | Node::OneOfInts(x, _)
            | Node::OneOf(x, _)
            | Node::Not(x)
            | Node::Negate(x)
            | Node::Size(x)
            | Node::Matches(x, _) => of(own, x),
            Node::Compare(_, a, b)
            | Node::Arithmetic(_, a, b)
            | Node::Member(a, b)
            | Node::Text(_, a, b) => [a, b].into_iter().fold(own, of),
            Node::Choose(a, b, c) => [a, b, c].into_iter().fold(own, of),
            _ => own,
        }
    }

    fn own_cost(&self, node: &Node) -> u32 {
        match node {
            Node::Query(number) => self.queries[usize::from(*number)].function().cost,
            Node::Listed(..) | Node::OneOfTexts(..) | Node::OneOfInts(..) => 2,
            Node::OneOf(_, literals) => 1 + literals.len() as u32,
            Node::Member(..) | Node::Text(..) => 10,
            Node::Matches(..) => 60,
            _ => 1,
        }
    }
}

fn literal_node(literal: &Literal) -> Node {
    match literal {
        Literal::Bool(value) => Node::Bool(*value),
        Literal::Int(value) => Node::Int(*value),
        Literal::Double(value) => Node::Double(value.to_bits()),
        Literal::Str(value) => Node::Str(value.as_str().into()),
        Literal::Time(ms) => Node::Time(*ms),
        Literal::Duration(ms) => Node::Duration(*ms),
    }
}

/// Numbers of fields, lists, queries and patterns are far below the limit of the type.
fn small(number: usize) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}

/// A set of event types, one bit each.
pub(crate) type TypeSet = u32;

/// All event types.
pub(crate) const ALL_TYPES: TypeSet = ((1_u64 << EventType::ALL.len()) - 1) as TypeSet;

/// The set of `kind` alone.
pub(crate) const fn type_bit(kind: EventType) -> TypeSet {
    1 << kind as u8
}

/// The event types on which `expr` can be true: those that it names and those that can carry what
/// it reads.
pub(crate) fn possible_types(expr: &Expr) -> TypeSet {
    match &expr.op {
        Op::And(parts) => parts.iter().fold(ALL_TYPES, |set, part| set & possible_types(part)),
        Op::Or(parts) => parts.iter().fold(0, |set, part| set | possible_types(part)),
        Op::Literal(Literal::Bool(false)) => 0,
        _ => named_types(expr).unwrap_or_else(|| carrying_types(expr)),
    }
}

/// The types named by `event.type == "x"`, `!= "x"` or `in [...]`.
pub(crate) fn named_types(expr: &Expr) -> Option<TypeSet> {
    let is_type = |x: &Expr| x.field().is_some_and(|field| field.name == "event.type");
    let of = |literal: &Literal| match literal {
        Literal::Str(name) => EventType::from_name(name).map_or(0, type_bit),
        _ => 0,
    };
    match &expr.op {
        Op::Compare(sign, a, b) if is_type(a) => match (sign, &b.op) {
            (Compare::Equal, Op::Literal(name)) => Some(of(name)),
            (Compare::NotEqual, Op::Literal(name)) => Some(ALL_TYPES & !of(name)),
            _ => None,
        },
        Op::OneOf(x, names) if is_type(x) => {
            Some(names.iter().map(of).fold(0, |set, bit| set | bit))
        }
        _ => None,
    }
}

/// The types that can carry every group that `expr` reads. `has` only tests, so it reads nothing.
fn carrying_types(expr: &Expr) -> TypeSet {
    let mut set = ALL_TYPES;
    expr.walk(&mut |part| {
        let group = match &part.op {
            Op::Field(number) => FIELDS[*number].group,
            Op::Query(query) if query.function().needs.contains(&Need::NewViews) => Group::Views,
            _ => return,
        };
        let can_carry = EventType::ALL.iter().filter(|kind| kind.can_carry(group));
        set &= can_carry.fold(0, |set, kind| set | type_bit(*kind));
    });
    set
}
