//! `GET /v1/rules/vocabulary`: the words that rules can use, for tools that help to write them.

use axum::Json;
use axum::extract::State;
use decide::{FUNCTIONS, Stage};
use serde::Serialize;
use types::{Effect, EventType, FIELDS};
use utoipa::ToSchema;

use crate::app::App;
use crate::permission::PoliciesRead;
use crate::principal::By;
use crate::problem::Problem;

/// The words that rules can use now.
#[derive(Serialize, ToSchema)]
pub(crate) struct Vocabulary {
    /// The version of the policy set that counters, lists and policies are those of.
    version: String,
    /// Fields of events.
    fields: Vec<FieldWord>,
    /// Functions over signals and facts.
    functions: Vec<FunctionWord>,
    /// Counters; rules read them like fields.
    counters: Vec<KindWord>,
    /// Lists that functions refer to.
    lists: Vec<KindWord>,
    /// Policies that rules enforce.
    policies: Vec<PolicyWord>,
    /// What rules can ask for, severest first on each axis.
    effects: Vec<&'static str>,
    /// What can happen.
    event_types: Vec<EventWord>,
    /// How far a rule can have come, from draft to live.
    stages: Vec<&'static str>,
}

/// A field of events.
#[derive(Serialize, ToSchema)]
struct FieldWord {
    /// Its dotted name.
    name: &'static str,
    /// The type of its values.
    kind: &'static str,
    /// The group of an event's data that it lies in.
    group: &'static str,
}

/// A function.
#[derive(Serialize, ToSchema)]
struct FunctionWord {
    /// Its name.
    name: &'static str,
    /// How it is called.
    signature: String,
    /// The type of its value.
    kind: &'static str,
    /// What its value is.
    doc: &'static str,
}

/// A name with its kind.
#[derive(Serialize, ToSchema)]
struct KindWord {
    /// Its name.
    name: String,
    /// The type of a counter's value, or what the entries of a list are.
    kind: &'static str,
}

/// A policy.
#[derive(Serialize, ToSchema)]
struct PolicyWord {
    /// Its id.
    id: String,
    /// Its title.
    title: String,
}

/// A type of events.
#[derive(Serialize, ToSchema)]
struct EventWord {
    /// Its name.
    name: &'static str,
    /// One sentence on what it tells.
    doc: &'static str,
}

/// Shows the words that rules can use: fields, functions, counters, lists, policies, effects.
#[utoipa::path(
    get, path = "/v1/rules/vocabulary", tag = "rules", security(("key" = ["policies:read"])),
    responses((status = 200, body = Vocabulary))
)]
pub(crate) async fn get(
    State(app): State<App>,
    _: By<PoliciesRead>,
) -> Result<Json<Vocabulary>, Problem> {
    let (pack, rules) = app.core()?.policies.current();
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
    Ok(Json(Vocabulary {
        version: pack.version().0,
        fields: fields(),
        functions: functions(),
        counters: counters.collect(),
        lists: lists.collect(),
        policies: policies.collect(),
        effects: Effect::NAMES.to_vec(),
        event_types: event_types(),
        stages: Stage::ALL.iter().map(|stage| stage.name()).collect(),
    }))
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
