//! `probity language`: runs the language detector on its own.

use std::io::{BufRead as _, Write as _};

use serde_json::json;

use crate::{Outcome, output};

/// Detect the language of lines of text
///
/// Reads lines from standard input and prints JSON lines.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  echo 'Secțiile de votare sunt deschise' | probity language")]
pub(crate) struct Args {}

/// Runs the command.
pub(crate) fn run(_: &Args) -> anyhow::Result<Outcome> {
    let mut out = output::stdout();
    let mut line = Vec::new();
    let mut input = std::io::stdin().lock();
    let mut number = 0_u64;
    while input.read_until(b'\n', &mut line)? > 0 {
        number += 1;
        let text = String::from_utf8_lossy(line.trim_ascii_end());
        let language = signal::language::language(&text);
        output::json_line(&mut out, &json!({ "line": number, "language": language }))?;
        line.clear();
    }
    out.flush()?;
    Ok(Outcome::Good)
}
