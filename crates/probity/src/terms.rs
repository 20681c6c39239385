//! `probity terms`: runs the term detector on its own.

use std::io::{BufRead as _, Write as _};
use std::path::PathBuf;

use serde_json::json;
use signal::terms::{Scan, Terms};

use crate::{Outcome, files, output};

/// Find the terms of lists in lines of text
///
/// Reads lines from standard input and prints JSON lines. Terms are found at word boundaries, also
/// if they are disguised. `view` names the form of the text in which a term was found.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  echo 'v.o.t.e by t3xt' | probity terms --list policies/lists/voting_methods.txt"
)]
pub(crate) struct Args {
    /// File with a list of terms, one per line; may be given more than once
    #[arg(long, required = true, value_name = "FILE")]
    list: Vec<PathBuf>,
    /// Print only lines in which a term was found
    #[arg(long)]
    hits: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let mut lists = Vec::new();
    for path in &args.list {
        let text = files::text(path)?;
        let entries =
            text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        lists.push(entries.map(str::to_owned).collect::<Vec<String>>());
    }
    let borrowed: Vec<&[String]> = lists.iter().map(Vec::as_slice).collect();
    let terms = Terms::build(&borrowed);
    let mut scan = Scan::default();
    let mut out = output::stdout();
    let mut line = Vec::new();
    let mut input = std::io::stdin().lock();
    let mut number = 0_u64;
    while input.read_until(b'\n', &mut line)? > 0 {
        number += 1;
        let text = String::from_utf8_lossy(line.trim_ascii_end());
        let mut hits = Vec::new();
        terms.scan(&text, &mut scan, |hit| {
            hits.push(json!({
                "list": args.list[usize::from(hit.list)].file_stem().map(|stem| stem.to_string_lossy()),
                "term": terms.text(hit.term),
                "start": hit.span.0,
                "end": hit.span.1,
                "found": text.get(hit.span.0..hit.span.1),
                "view": hit.view.name(),
            }));
        });
        if !hits.is_empty() || !args.hits {
            output::json_line(&mut out, &json!({ "line": number, "hits": hits }))?;
        }
        line.clear();
    }
    out.flush()?;
    Ok(Outcome::Good)
}
