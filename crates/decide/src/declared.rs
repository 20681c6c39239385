//! The declarations of policy files, as they are in TOML.

use serde::Deserialize;
use toml::{Spanned, Table, Value};
use types::Dsa;

/// A policy file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct File {
    pub(crate) policy: Vec<Policy>,
    pub(crate) counter: Vec<Counter>,
    pub(crate) rule: Vec<Rule>,
    pub(crate) test: Vec<Case>,
    /// What tests were called before; `probity rules fmt` renames them.
    pub(crate) case: Vec<Case>,
    pub(crate) breaker: Option<Spanned<Breaker>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Policy {
    pub(crate) id: Spanned<String>,
    pub(crate) title: String,
    pub(crate) severity: Spanned<i64>,
    pub(crate) text: String,
    pub(crate) dsa: Spanned<Dsa>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Counter {
    pub(crate) name: Spanned<String>,
    pub(crate) of: Spanned<String>,
    pub(crate) by: Spanned<String>,
    pub(crate) last: Option<Spanned<String>>,
    pub(crate) kind: Option<Spanned<String>>,
    pub(crate) value: Option<Spanned<String>>,
    pub(crate) max: Option<Spanned<i64>>,
    pub(crate) keys_max: Option<Spanned<i64>>,
}

/// The limits above which a rule is paused.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Breaker {
    pub(crate) actions_per_minute: Option<Spanned<i64>>,
    pub(crate) share_percent: Option<Spanned<i64>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    pub(crate) id: Spanned<String>,
    pub(crate) policy: Spanned<String>,
    pub(crate) when: Spanned<String>,
    pub(crate) then: Vec<Spanned<Value>>,
    pub(crate) else_if_unknown: Option<Spanned<Value>>,
    pub(crate) stage: Option<Spanned<String>>,
    pub(crate) breaker: Option<Spanned<Breaker>>,
    #[serde(rename = "note")]
    pub(crate) _note: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) name: Spanned<String>,
    pub(crate) event: Spanned<Table>,
    #[serde(default)]
    pub(crate) known: Option<Spanned<Table>>,
    pub(crate) fires: Vec<Spanned<String>>,
    #[serde(default)]
    pub(crate) unknown: Option<Vec<Spanned<String>>>,
    #[serde(default)]
    pub(crate) effects: Option<Vec<Spanned<Value>>>,
}
