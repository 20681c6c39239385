//! `probity rules eval`: evaluates an expression.

use std::io::{BufRead as _, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use decide::PolicySet;
use engine::Rules;
use serde::{Deserialize, Serialize};
use serde_json::json;
use types::{Event, Facts, Value};

use crate::{Outcome, files, output};

/// Evaluate an expression of the rule language
///
/// Reads the event in --event. Expressions that read no event need none.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  probity rules eval 'size(\"héllo\") > 4 && duration(\"90m\") == duration(\"1h30m\")'
  probity rules eval 'mentions(\"ro_voting\")' --policies policies --event event.json")]
pub(crate) struct Args {
    /// Expression to evaluate
    #[arg(required_unless_present = "lines")]
    expression: Option<String>,
    /// Read JSON lines `{"id":…,"expr":…}` from standard input, and print the results as JSON lines
    #[arg(long, conflicts_with = "expression")]
    lines: bool,
    /// File with one CloudEvent
    #[arg(long, value_name = "FILE")]
    event: Option<PathBuf>,
    /// Folder with the policy files whose lists and counters the expression may use
    #[arg(long, value_name = "FOLDER")]
    policies: Option<PathBuf>,
}

/// An input line of `--lines`.
#[derive(Deserialize)]
struct EvalLine {
    id: serde_json::Value,
    expr: String,
}

/// The value of an expression, as `--lines` prints it.
#[derive(Debug, PartialEq, Serialize)]
#[serde(untagged)]
enum Answer {
    Value { kind: &'static str, value: serde_json::Value },
    Unknown { unknown: bool },
    Error { error: Wrong },
}

#[derive(Debug, PartialEq, Serialize)]
struct Wrong {
    code: &'static str,
    message: String,
}

/// The event for expressions that read no event.
const NOTHING: &str = r#"{"specversion":"1.0","id":"nothing","source":"/nothing",
"type":"search.performed","time":"1970-01-01T00:00:00Z","data":{"search":{"query":""}}}"#;

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let rules = match &args.policies {
        Some(folder) => files::rules(folder)?.1,
        None => match Rules::load(&PolicySet::default()) {
            Ok(rules) => Arc::new(rules),
            Err(_) => bail!("an empty policy set does not compile"),
        },
    };
    let event = match &args.event {
        Some(path) => files::text(path)?,
        None => NOTHING.to_owned(),
    };
    let event = files::event(event.trim().as_bytes())?;
    let Some(expression) = &args.expression else { return lines(&rules, &event) };
    match answer(&rules, &event, expression) {
        Answer::Value { value, .. } => println!("{value}"),
        Answer::Unknown { .. } => println!("unknown"),
        Answer::Error { error } => bail!("{}: {}", error.code, error.message),
    }
    Ok(Outcome::Good)
}

fn lines(rules: &Rules, event: &Event) -> anyhow::Result<Outcome> {
    let mut out = output::stdout();
    for (number, line) in std::io::stdin().lock().lines().enumerate() {
        let line = line.context("standard input cannot be read")?;
        let asked: EvalLine = serde_json::from_str(&line)
            .with_context(|| format!("line {} is not {{\"id\", \"expr\"}}", number + 1))?;
        let mut told = serde_json::to_value(answer(rules, event, &asked.expr))?;
        told["id"] = asked.id;
        output::json_line(&mut out, &told)?;
    }
    out.flush()?;
    Ok(Outcome::Good)
}

fn answer(rules: &Rules, event: &Event, text: &str) -> Answer {
    let expression = match rules.program.expression(text) {
        Ok(expression) => expression,
        Err(found) => {
            let first = found.into_iter().next();
            let (code, message) =
                first.map_or(("E002", String::new()), |first| (first.code, first.message));
            return Answer::Error { error: Wrong { code, message } };
        }
    };
    let facts = Facts::default();
    engine::value(rules, (event, &facts), &expression, |value| match value {
        Value::Unknown => Answer::Unknown { unknown: true },
        value => Answer::Value { kind: kind(expression.kind), value: shown(value) },
    })
}

const fn kind(kind: types::Kind) -> &'static str {
    match kind {
        types::Kind::Strs => "strings",
        other => other.name(),
    }
}

fn shown(value: Value<'_>) -> serde_json::Value {
    match value {
        Value::Unknown => serde_json::Value::Null,
        Value::Bool(value) => json!(value),
        Value::Int(value) => json!(value),
        Value::Double(value) => json!(value),
        Value::Str(value) => json!(value),
        Value::Strs(values) => json!(values),
        Value::Time(ms) => {
            json!(jiff::Timestamp::from_millisecond(ms).map(|at| at.to_string()).ok())
        }
        Value::Duration(ms) => json!(seconds(ms)),
    }
}

/// A duration in seconds: `90s`, `1.5s`.
fn seconds(ms: i64) -> String {
    let sign = if ms < 0 { "-" } else { "" };
    let (whole, part) = (ms.unsigned_abs() / 1000, ms.unsigned_abs() % 1000);
    let text = format!("{sign}{whole}.{part:03}");
    format!("{}s", text.trim_end_matches('0').trim_end_matches('.'))
}
