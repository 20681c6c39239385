//! `probity rules check`: checks a policy set.

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;

use crate::{Outcome, files, output};

/// Check the types, names, contradictions and cost of a policy set
///
/// Each finding has a stable code, explained in docs/rules.md. Exit code 4 if there is an error.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder with the policy files
    #[arg(default_value = "policies")]
    folder: PathBuf,
    /// Print findings as JSON lines on stdout
    #[arg(long)]
    json: bool,
    /// Treat warnings as errors
    #[arg(long)]
    strict: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let policy_set = files::policy_set(&args.folder)?;
    let checked = policy_set.check();
    let mut out = output::stdout();
    let is_coloured = std::io::stderr().is_terminal();
    for finding in &checked.diagnostics {
        let text = policy_set.text(&finding.file);
        if args.json {
            writeln!(out, "{}", finding.json(text))?;
        } else {
            eprintln!("{}\n", finding.render(text, is_coloured));
        }
    }
    out.flush()?;
    let errors = checked.errors();
    let warnings = checked.diagnostics.len() - errors;
    if !args.json {
        let what = checked.program.as_ref().map_or(String::new(), |program| {
            format!(
                "{} policies, {} rules, {} counters, {} lists, {} tests: ",
                program.policies.len(),
                program.rules.len(),
                program.counters.len(),
                checked.lists.len(),
                checked.cases.len()
            )
        });
        eprintln!("{what}{errors} errors, {warnings} warnings");
    }
    let is_good = errors == 0 && !(args.strict && warnings > 0);
    Ok(if is_good { Outcome::Good } else { Outcome::NotInOrder })
}
