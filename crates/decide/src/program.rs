//! A compiled policy set.

use types::{Effect, EventType, ListKind, Policy, PolicyVersion};

use crate::ast::Expr;
use crate::candidates::Candidates;
use crate::compile::{Graph, NodeId, TypeSet, named_types, possible_types, type_bit};
use crate::counter::{Counter, CounterDraft};
use crate::function::{Need, Query};
use crate::stage::{Breaker, Stage};

/// A compiled rule.
#[derive(Debug)]
pub struct Rule {
    /// Its unique name.
    pub id: String,
    /// The number of its policy.
    pub policy: usize,
    /// The effects it asks for when it is true.
    pub then: Vec<Effect>,
    /// The effects it asks for when it cannot be evaluated; empty: none.
    pub if_unknown: Vec<Effect>,
    /// How far it is rolled out.
    pub stage: Stage,
    /// The limits above which it is paused.
    pub breaker: Breaker,
    /// The text of the condition.
    pub text: String,
    /// The condition, checked.
    pub condition: Expr,
    /// The file that contains it.
    pub file: String,
    /// Its queries to the detectors, with their texts.
    pub questions: Vec<(Query, String)>,
    /// Whether it reads the account's age, class or strikes.
    pub reads_standing: bool,
    /// Its cost, in units of one comparison.
    pub cost: u32,
    pub(crate) root: NodeId,
    pub(crate) types: TypeSet,
}

/// A compiled policy set. It is immutable; a change gives another program with another version.
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
    /// The SHA-256 of the policy set.
    pub version: PolicyVersion,
    pub(crate) graph: Graph,
    /// For each event type the rules that can be true on it.
    pub(crate) candidates: Vec<Candidates>,
    pub(crate) counters_by_type: Vec<Vec<u32>>,
}

/// A checked rule, before it is part of a program.
pub(crate) struct Draft {
    pub(crate) id: String,
    pub(crate) policy: usize,
    pub(crate) then: Vec<Effect>,
    pub(crate) if_unknown: Vec<Effect>,
    pub(crate) stage: Stage,
    pub(crate) breaker: Breaker,
    pub(crate) text: String,
    pub(crate) condition: Expr,
    pub(crate) file: String,
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
        let mut counters: Vec<Counter> = (0..)
            .zip(counters)
            .map(|(number, counter)| counter.compile(&mut graph, number, &rules))
            .collect();
        rank(&mut counters);
        let counters_by_type = EventType::ALL.iter().map(|kind| {
            let on = (0..).zip(&counters).filter(|(_, c)| c.types & type_bit(*kind) != 0);
            on.map(|(number, _)| number).collect()
        });
        Self {
            candidates: candidates(&rules),
            counters_by_type: counters_by_type.collect(),
            policies,
            rules,
            counters,
            lists,
            version,
            graph,
        }
    }

    /// The same program with another condition for one rule; for tests with cases.
    #[must_use]
    pub fn with_condition(&self, rule: usize, condition: &Expr) -> Self {
        self.rebuilt(|number, draft| {
            if number == rule {
                draft.condition = condition.clone();
            }
        })
    }

    /// The same program in which rules for a share of accounts act on all; for tests with cases,
    /// whose accounts are made up.
    #[must_use]
    pub fn with_whole_shares(&self) -> Self {
        self.rebuilt(|_, draft| {
            if matches!(draft.stage, Stage::Share(_)) {
                draft.stage = Stage::Live;
            }
        })
    }

    fn rebuilt(&self, change: impl Fn(usize, &mut Draft)) -> Self {
        let draft = |(number, known): (usize, &Rule)| {
            let mut draft = Draft {
                id: known.id.clone(),
                policy: known.policy,
                then: known.then.clone(),
                if_unknown: known.if_unknown.clone(),
                stage: known.stage,
                breaker: known.breaker,
                text: known.text.clone(),
                condition: known.condition.clone(),
                file: known.file.clone(),
            };
            change(number, &mut draft);
            draft
        };
        let counter = |known: &Counter| CounterDraft {
            name: known.name.to_string(),
            measure: known.measure,
            of: known.condition.clone(),
            by: known.by,
            value: known.value,
            last_ms: known.last_ms,
            keys_max: known.keys_max,
        };
        Self::compile(
            (self.policies.clone(), self.lists.clone(), self.version.clone()),
            self.rules.iter().enumerate().map(draft).collect(),
            self.counters.iter().map(counter).collect(),
        )
    }

    /// The lists that the rule of that number uses.
    #[must_use]
    pub fn lists_of(&self, rule: usize) -> Vec<&str> {
        let mut numbers = Vec::new();
        self.rules[rule].condition.walk(&mut |part| match &part.op {
            crate::ast::Op::Query(query) => numbers.extend(query.list()),
            crate::ast::Op::Listed(_, list) => numbers.push(*list),
            _ => {}
        });
        numbers.sort_unstable();
        numbers.dedup();
        let name = |number: &u16| Some(self.lists.get(usize::from(*number))?.0.as_str());
        numbers.iter().filter_map(name).collect()
    }

    /// The rules that are tried on events of `kind`, by number.
    #[must_use]
    pub fn rules_on(&self, kind: EventType) -> Vec<u32> {
        self.candidates[kind as usize].all()
    }

    /// Whether the rule called `id` is tried on events of `kind`.
    #[must_use]
    pub fn runs_on(&self, id: &str, kind: EventType) -> bool {
        let rule = self.rules.iter().position(|rule| rule.id == id);
        rule.is_some_and(|rule| self.is_tried_on(rule, kind))
    }

    /// Whether the rule of that number is tried on events of `kind`.
    #[must_use]
    pub fn is_tried_on(&self, rule: usize, kind: EventType) -> bool {
        let rule = &self.rules[rule];
        rule.stage != Stage::Draft && rule.types & type_bit(kind) != 0
    }

    /// The calls of functions by rules that run and by counters, each once.
    #[must_use]
    pub fn queries(&self) -> &[Query] {
        &self.graph.queries
    }

    /// Whether a rule that runs, or a counter, calls a function that needs these facts.
    #[must_use]
    pub fn needs(&self, need: Need) -> bool {
        self.queries().iter().any(|query| query.function().needs.contains(&need))
    }

    /// Whether a rule that runs, or a counter, reads the field called `name`.
    #[must_use]
    pub fn reads(&self, name: &str) -> bool {
        let by = self.counters.iter().flat_map(|counter| [Some(counter.by), counter.value]);
        let number = types::Field::find(name);
        let is_read = |node: &crate::compile::Node| node.field() == number;
        number.is_some()
            && (by.flatten().any(|field| Some(field) == number)
                || self.graph.nodes.iter().any(is_read))
    }
}

/// Sets the rank of each counter by name.
fn rank(counters: &mut [Counter]) {
    let mut order: Vec<usize> = (0..counters.len()).collect();
    order.sort_by(|one, other| counters[*one].name.cmp(&counters[*other].name));
    for (place, number) in (0..).zip(order) {
        counters[number].rank = place;
    }
}

/// The rules that can be true on each event type, without drafts.
fn candidates(rules: &[Rule]) -> Vec<Candidates> {
    let on = |kind: &EventType| {
        let runs = |rule: &Rule| rule.stage != Stage::Draft && rule.types & type_bit(*kind) != 0;
        let rules = (0..).zip(rules).filter(|(_, rule)| runs(rule));
        Candidates::new(rules.map(|(number, rule)| (number, &rule.condition)))
    };
    EventType::ALL.iter().map(on).collect()
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
        breaker: rule.breaker,
        text: rule.text,
        condition: rule.condition,
        file: rule.file,
    }
}

/// The node to evaluate. Rules are looked up by event type, so parts that only name types are left
/// out.
pub(crate) fn root(graph: &mut Graph, condition: &Expr) -> NodeId {
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
