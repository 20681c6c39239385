//! A compiled policy set: what runs.

use types::{Effect, EventType, ListKind, Policy, PolicyVersion};

use crate::ast::Expr;
use crate::compile::{Graph, NodeId, TypeSet, named_types, possible_types, type_bit};
use crate::function::Query;

/// Whether a rule runs, and whether what it says is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Checked, never run.
    Draft,
    /// Run and recorded, without effect.
    Shadow,
    /// Run with effect.
    Live,
}

impl Stage {
    /// The stage called `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "draft" => Self::Draft,
            "shadow" => Self::Shadow,
            "live" => Self::Live,
            _ => return None,
        })
    }

    /// Its name in rules.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Shadow => "shadow",
            Self::Live => "live",
        }
    }
}

/// A compiled rule.
#[derive(Debug)]
pub struct Rule {
    /// Its unique name.
    pub id: String,
    /// The number of its policy.
    pub policy: usize,
    /// What it asks for when it is true.
    pub then: Vec<Effect>,
    /// What it asks for when it cannot be judged; nothing means: ignore.
    pub if_unknown: Vec<Effect>,
    /// Whether it runs with effect.
    pub stage: Stage,
    /// The condition as it is written.
    pub text: String,
    /// The condition, checked.
    pub condition: Expr,
    /// The file it stands in.
    pub file: String,
    /// The questions it puts to the detectors, with how they are written.
    pub questions: Vec<(Query, String)>,
    /// Whether it looks at the account's age, class or strikes.
    pub reads_standing: bool,
    /// What it costs, in units of one comparison.
    pub cost: u32,
    pub(crate) root: NodeId,
    pub(crate) types: TypeSet,
}

/// A compiled counter.
#[derive(Debug)]
pub struct Counter {
    /// Its name.
    pub name: String,
    /// The number of the field it counts by.
    pub by: usize,
    /// The length of its window.
    pub last_ms: i64,
    pub(crate) of: NodeId,
    pub(crate) types: TypeSet,
    /// The types of events on which a rule reads it.
    pub(crate) read_on: TypeSet,
}

impl Counter {
    /// Whether a rule reads it on events of `kind`.
    #[must_use]
    pub const fn is_read_on(&self, kind: EventType) -> bool {
        self.read_on & type_bit(kind) != 0
    }
}

/// A compiled policy set. Immutable; a change makes another with another version.
#[derive(Debug)]
pub struct Program {
    /// The policies, by number.
    pub policies: Vec<Policy>,
    /// The rules that run, by number.
    pub rules: Vec<Rule>,
    /// The counters, by number.
    pub counters: Vec<Counter>,
    /// Name and kind of the lists, by number.
    pub lists: Vec<(String, ListKind)>,
    /// The SHA-256 of what the set says.
    pub version: PolicyVersion,
    pub(crate) graph: Graph,
    /// For each event type the rules that can be true on it.
    pub(crate) rules_by_type: Vec<Vec<u32>>,
    pub(crate) counters_by_type: Vec<Vec<u32>>,
}

/// A checked rule on its way into a program.
pub(crate) struct Draft {
    pub(crate) id: String,
    pub(crate) policy: usize,
    pub(crate) then: Vec<Effect>,
    pub(crate) if_unknown: Vec<Effect>,
    pub(crate) stage: Stage,
    pub(crate) text: String,
    pub(crate) condition: Expr,
    pub(crate) file: String,
}

/// A checked counter on its way into a program.
pub(crate) struct CounterDraft {
    pub(crate) name: String,
    pub(crate) of: Expr,
    pub(crate) by: usize,
    pub(crate) last_ms: i64,
}

impl Program {
    pub(crate) fn compile(
        (policies, lists, version): (Vec<Policy>, Vec<(String, ListKind)>, PolicyVersion),
        rules: Vec<Draft>,
        counters: Vec<CounterDraft>,
    ) -> Self {
        let mut graph = Graph::default();
        let rules: Vec<Rule> =
            rules.into_iter().map(|rule| compile_rule(&mut graph, rule)).collect();
        let counters: Vec<Counter> = (0..)
            .zip(counters)
            .map(|(number, counter)| compile_counter(&mut graph, number, counter, &rules))
            .collect();
        let by_type = |sets: &[TypeSet]| -> Vec<Vec<u32>> {
            let of = |kind: &EventType| {
                let on = (0..).zip(sets).filter(|(_, set)| *set & type_bit(*kind) != 0);
                on.map(|(number, _)| number).collect()
            };
            EventType::ALL.iter().map(of).collect()
        };
        let sets: Vec<TypeSet> = rules
            .iter()
            .map(|rule| if rule.stage == Stage::Draft { 0 } else { rule.types })
            .collect();
        let counter_sets: Vec<TypeSet> = counters.iter().map(|counter| counter.types).collect();
        Self {
            rules_by_type: by_type(&sets),
            counters_by_type: by_type(&counter_sets),
            policies,
            rules,
            counters,
            lists,
            version,
            graph,
        }
    }
}

fn compile_rule(graph: &mut Graph, rule: Draft) -> Rule {
    let types = possible_types(&rule.condition);
    let root = root(graph, &rule.condition);
    let mut questions = Vec::new();
    let mut reads_standing = false;
    rule.condition.walk(&mut |part| {
        if let crate::ast::Op::Query(query) = &part.op {
            let text = rule.text.get(part.span.clone()).unwrap_or_default().to_owned();
            if !questions.iter().any(|(known, _)| known == query) {
                questions.push((query.clone(), text));
            }
        }
        let name = part.field().map_or("", |field| field.name);
        reads_standing |= ["account.age_days", "account.class", "account.strikes"].contains(&name);
    });
    Rule {
        cost: graph.costs[root as usize],
        questions,
        reads_standing,
        root,
        types,
        id: rule.id,
        policy: rule.policy,
        then: rule.then,
        if_unknown: rule.if_unknown,
        stage: rule.stage,
        text: rule.text,
        condition: rule.condition,
        file: rule.file,
    }
}

/// The node to evaluate: rules are looked up by event type, so what only names types is left out.
fn root(graph: &mut Graph, condition: &Expr) -> NodeId {
    match &condition.op {
        crate::ast::Op::And(parts) => {
            let rest: Vec<&Expr> =
                parts.iter().filter(|part| named_types(part).is_none()).collect();
            graph.add_all(&rest)
        }
        _ if named_types(condition).is_some() => graph.add_all(&[]),
        _ => graph.add(condition),
    }
}

fn compile_counter(
    graph: &mut Graph,
    number: usize,
    counter: CounterDraft,
    rules: &[Rule],
) -> Counter {
    let reads = |rule: &&Rule| {
        let mut reads = false;
        rule.condition.walk(&mut |part| reads |= part.op == crate::ast::Op::Counter(number));
        reads && rule.stage != Stage::Draft
    };
    Counter {
        read_on: rules.iter().filter(reads).fold(0, |set, rule| set | rule.types),
        types: possible_types(&counter.of),
        of: root(graph, &counter.of),
        name: counter.name,
        by: counter.by,
        last_ms: counter.last_ms,
    }
}
