//! `probity rules test`: do the cases beside the rules hold?

use std::io::Write as _;
use std::path::PathBuf;

use engine::Rules;
use serde::Serialize;

use crate::{Outcome, files, output};

/// Run the cases that stand beside the rules
///
/// Exit code 4 if a case fails or the set has an error.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The folder with the policy files
    #[arg(default_value = "policies")]
    folder: PathBuf,
    /// Failures as JSON lines on stdout
    #[arg(long)]
    json: bool,
}

/// A failure as `--json` prints it.
#[derive(Serialize)]
struct Line<'a> {
    file: &'a str,
    line: usize,
    case: &'a str,
    what: &'a str,
    expected: &'a str,
    found: &'a str,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let pack = files::pack(&args.folder)?;
    let rules = match Rules::load(&pack) {
        Ok(rules) => rules,
        Err(findings) => {
            files::print_errors(&pack, &findings);
            return Ok(Outcome::NotInOrder);
        }
    };
    let cases = pack.check().cases;
    let failures = engine::cases::run(&rules, &cases);
    let mut out = output::stdout();
    for failure in &failures {
        let case = &cases[failure.case];
        let (line, _) = decide::diagnostic::line_and_column(pack.text(&case.file), case.span.start);
        let (expected, found) = (failure.expected.as_str(), failure.found.as_str());
        if args.json {
            let what = failure.what;
            output::json_line(
                &mut out,
                &Line { file: &case.file, line, case: &case.name, what, expected, found },
            )?;
        } else {
            eprintln!(
                "{}:{line}: {}\n  {} should be [{expected}], is [{found}]",
                case.file, case.name, failure.what
            );
        }
    }
    out.flush()?;
    let failed = {
        let mut numbers: Vec<usize> = failures.iter().map(|failure| failure.case).collect();
        numbers.dedup();
        numbers.len()
    };
    eprintln!(
        "{} rules, {} cases: {} passed, {failed} failed",
        rules.program.rules.len(),
        cases.len(),
        cases.len() - failed
    );
    Ok(if failed == 0 { Outcome::Good } else { Outcome::NotInOrder })
}
