//! `probity rules functions`: lists the names that rules may use.

use std::io::Write as _;

use decide::FUNCTIONS;
use serde::Serialize;
use types::FIELDS;

use crate::{Outcome, output};

/// List the fields and functions that conditions may use, with their types
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Print entries as JSON lines
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Line<'a> {
    name: String,
    r#type: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    doc: &'a str,
}

/// Functions of CEL itself that rules may use.
const STANDARD: &[(&str, &str, &str)] = &[
    ("has(field)", "bool", "whether the field is known"),
    ("size(x), x.size()", "int", "characters of a string, elements of a list"),
    ("x.contains(y)", "bool", "whether the string x contains the string y"),
    ("x.startsWith(y)", "bool", "whether x begins with y"),
    ("x.endsWith(y)", "bool", "whether x ends with y"),
    ("x.matches(\"pattern\")", "bool", "whether the regular expression is found in x"),
    ("timestamp(\"time\")", "timestamp", "a point in time, RFC 3339"),
    ("duration(\"90m\")", "duration", "a duration: ns, us, ms, s, m, h, d; whole milliseconds"),
    ("seen(counter)", "bool", "whether a counter that can be unknown is known"),
];

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let fields = FIELDS.iter().map(|field| (field.name.to_owned(), field.kind.name(), ""));
    let functions =
        FUNCTIONS.iter().map(|function| (function.signature(), function.kind.name(), function.doc));
    let standard = STANDARD.iter().map(|(name, kind, doc)| ((*name).to_owned(), *kind, *doc));
    let mut out = output::stdout();
    if args.json {
        for (name, r#type, doc) in fields.chain(functions).chain(standard) {
            output::json_line(&mut out, &Line { name, r#type, doc })?;
        }
    } else {
        writeln!(out, "Fields")?;
        for (name, kind, _) in fields {
            writeln!(out, "  {name:<28} {kind}")?;
        }
        writeln!(out, "\nFunctions over signals and facts")?;
        for (name, kind, doc) in functions {
            writeln!(out, "  {name:<28} {kind:<8} {doc}")?;
        }
        writeln!(out, "\nFunctions of CEL")?;
        for (name, kind, doc) in standard {
            writeln!(out, "  {name:<28} {kind:<8} {doc}")?;
        }
    }
    out.flush()?;
    Ok(Outcome::Good)
}
