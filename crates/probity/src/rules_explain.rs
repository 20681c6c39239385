//! `probity rules explain`: explains why rules fire or do not fire on an event.

use std::io::{Read as _, Write as _};
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use decide::explain::{ConditionPart, Explanation};
use types::Facts;

use crate::{Outcome, files, output};

/// Explain how the rules judge an event
///
/// Prints each rule that fires or cannot be judged: a tree of its parts with their values, and what
/// would have to differ for another result. --rule explains a rule even if it does not fire.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  sed -n 3p examples/events.ndjson | probity rules explain
  probity rules explain event.json --rule false_voting_date")]
pub(crate) struct Args {
    /// File with one CloudEvent; `-` or no file for standard input
    event: Option<PathBuf>,
    /// Folder with the policy files
    #[arg(long, default_value = "policies", value_name = "FOLDER")]
    policies: PathBuf,
    /// JSON file with the facts known before the event: account, flags, views, counters
    #[arg(long, value_name = "FILE")]
    known: Option<PathBuf>,
    /// Explain this rule; may be given more than once
    #[arg(long, value_name = "ID")]
    rule: Vec<String>,
    /// Explain every rule
    #[arg(long)]
    all: bool,
    /// Print explanations as JSON lines
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let (_, rules) = files::rules(&args.policies)?;
    let event = read_event(args.event.as_ref())?;
    let event = files::event(event.trim_ascii())?;
    let facts = match &args.known {
        Some(path) => {
            serde_json::from_str(&files::text(path)?).context("the known facts cannot be read")?
        }
        None => Facts::default(),
    };
    let mut numbers = Vec::new();
    for id in &args.rule {
        match rules.program.rules.iter().position(|rule| rule.id == *id) {
            Some(number) => numbers.push(number),
            None => bail!("there is no rule `{id}`"),
        }
    }
    let is_chosen = !args.rule.is_empty() || args.all;
    if numbers.is_empty() {
        numbers = (0..rules.program.rules.len()).collect();
    }
    let explanations = engine::explain(&rules, &event, &facts, &numbers);
    let decision = engine::rejudge(&rules, &event, &facts);
    let took_part = |id: &str| {
        decision.iter().flat_map(|decision| &decision.reasons).any(|reason| reason.rule == id)
    };
    let shown = explanations.iter().filter(|explanation| is_chosen || took_part(&explanation.rule));
    let mut out = output::stdout();
    let mut count = 0;
    for explanation in shown {
        count += 1;
        if args.json {
            output::json_line(&mut out, explanation)?;
        } else {
            print(&mut out, explanation)?;
        }
    }
    if !args.json {
        match &decision {
            Some(decision) => writeln!(out, "decision: {}", decision.statement)?,
            None => writeln!(out, "decision: none; no rule applies")?,
        }
        if count == 0 {
            writeln!(out, "explain a rule with --rule ID, or all with --all")?;
        }
    }
    out.flush()?;
    Ok(Outcome::Good)
}

fn read_event(path: Option<&PathBuf>) -> anyhow::Result<Vec<u8>> {
    match path {
        Some(path) if path.as_os_str() != "-" => {
            std::fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))
        }
        _ => {
            let mut bytes = Vec::new();
            std::io::stdin().read_to_end(&mut bytes).context("cannot read standard input")?;
            Ok(bytes)
        }
    }
}

fn print(out: &mut impl std::io::Write, explanation: &Explanation) -> anyhow::Result<()> {
    writeln!(out, "{}: {}", explanation.rule, explanation.value)?;
    print_part(out, &explanation.tree, 1)?;
    writeln!(out, "  would have to differ:")?;
    for part in &explanation.would_have_to_differ {
        writeln!(out, "    {part}")?;
    }
    writeln!(out)?;
    Ok(())
}

fn print_part(
    out: &mut impl std::io::Write,
    part: &ConditionPart,
    depth: usize,
) -> anyhow::Result<()> {
    let text = part.text.split_whitespace().collect::<Vec<_>>().join(" ");
    writeln!(out, "{:indent$}{} = {text}", "", part.value, indent = depth * 2)?;
    part.parts.iter().try_for_each(|part| print_part(out, part, depth + 1))
}
