//! The words that rules can use, for tools that help to write them.

use decide::{FUNCTIONS, Stage};
use serde::Serialize;
use types::{Effect, EventType, FIELDS};
use utoipa::ToSchema;

use crate::service::problem::Problem;
use crate::service::state::App;

/// The words that rules can use now.
#[derive(Serialize, ToSchema)]
pub struct Vocabulary {
    /// The version of the policy set that defines the counters, lists and policies.
    pub version: String,
    /// Fields of events.
    pub fields: Vec<FieldWord>,
    /// Functions over signals and facts.
    pub functions: Vec<FunctionWord>,
    /// Counters; rules read them like fields.
    pub counters: Vec<KindWord>,
    /// Lists that functions refer to.
    pub lists: Vec<KindWord>,
    /// Policies that rules enforce.
    pub policies: Vec<PolicyWord>,
    /// Effects that rules can ask for, severest first on each axis.
    pub effects: Vec<&'static str>,
    /// Types of events.
    pub event_types: Vec<EventWord>,
    /// Stages of rules, from draft to live.
    pub stages: Vec<&'static str>,
}

/// A field of events.
#[derive(Serialize, ToSchema)]
pub struct FieldWord {
    /// Its dotted name.
    pub name: &'static str,
    /// The type of its values.
    pub kind: &'static str,
    /// The group of an event's data that contains it.
    pub group: &'static str,
}

/// A function.
#[derive(Serialize, ToSchema)]
pub struct FunctionWord {
    /// Its name.
    pub name: &'static str,
    /// How it is called: its name and arguments.
    pub signature: String,
    /// The type of its value.
    pub kind: &'static str,
    /// What its value is.
    pub doc: &'static str,
}

/// A name with its kind.
#[derive(Serialize, ToSchema)]
pub struct KindWord {
    /// Its name.
    pub name: String,
    /// The type of a counter's value, or what the entries of a list are.
    pub kind: &'static str,
}

/// A policy.
#[derive(Serialize, ToSchema)]
pub struct PolicyWord {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
}

/// A type of events.
#[derive(Serialize, ToSchema)]
pub struct EventWord {
    /// Its name.
    pub name: &'static str,
    /// One sentence on what it reports.
    pub doc: &'static str,
}

fn fields() -> Vec<FieldWord> {
    let word = |field: &types::Field| FieldWord {
        name: field.name,
        kind: field.kind.name(),
        group: field.group.name(),
    };
    FIELDS.iter().map(word).collect()
}

fn functions() -> Vec<FunctionWord> {
    let word = |function: &decide::function::Function| FunctionWord {
        name: function.name,
        signature: function.signature(),
        kind: function.kind.name(),
        doc: function.doc,
    };
    FUNCTIONS.iter().map(word).collect()
}

fn event_types() -> Vec<EventWord> {
    EventType::ALL.iter().map(|kind| EventWord { name: kind.name(), doc: kind.doc() }).collect()
}

/// The words that rules can use now.
pub fn now(app: &App) -> Result<Vocabulary, Problem> {
    let (policy_set, rules) = app.core()?.policies.current();
    let program = &rules.program;
    let counters = program.counters.iter().map(|counter| KindWord {
        name: counter.name.to_string(),
        kind: counter.measure.kind().name(),
    });
    let lists = program.lists.iter();
    let lists = lists.map(|(name, kind)| KindWord { name: name.clone(), kind: kind.name() });
    let policies = program
        .policies
        .iter()
        .map(|policy| PolicyWord { id: policy.id.clone(), title: policy.title.clone() });
    Ok(Vocabulary {
        version: policy_set.version().0,
        fields: fields(),
        functions: functions(),
        counters: counters.collect(),
        lists: lists.collect(),
        policies: policies.collect(),
        effects: Effect::names().collect(),
        event_types: event_types(),
        stages: Stage::ALL.iter().map(|stage| stage.name()).collect(),
    })
}
