//! `probity rules test`: runs the tests in the policy files.

use std::io::Write as _;
use std::path::PathBuf;

use decide::case::Case;
use engine::Rules;
use serde::Serialize;

use crate::{Outcome, files, output, progress};

/// Run the tests in the policy files
///
/// Exit code 4 if a test fails or the set has an error. With --coverage also if a rule has no test
/// that makes it fire. With --mutate also if a comparison can be inverted without a test failing.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder with the policy files
    #[arg(default_value = "policies")]
    folder: PathBuf,
    /// Also report the rules, and the parts of rules, that no test reaches
    #[arg(long)]
    coverage: bool,
    /// Also invert each comparison of each rule, one at a time, and report those for which no test
    /// fails
    #[arg(long)]
    mutate: bool,
    /// Print findings as JSON lines on stdout
    #[arg(long)]
    json: bool,
    /// Show no progress bar
    #[arg(long)]
    quiet: bool,
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
    let policy_set = files::policy_set(&args.folder)?;
    let rules = match Rules::load(&policy_set) {
        Ok(rules) => rules,
        Err(findings) => {
            files::print_errors(&policy_set, &findings);
            return Ok(Outcome::NotInOrder);
        }
    };
    let cases = policy_set.check().cases;
    let failures = engine::cases::run(&rules, &cases);
    let mut out = output::stdout();
    for failure in &failures {
        let case = &cases[failure.case];
        let (line, _) =
            decide::diagnostic::line_and_column(policy_set.text(&case.file), case.span.start);
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
    let failed = {
        let mut numbers: Vec<usize> = failures.iter().map(|failure| failure.case).collect();
        numbers.dedup();
        numbers.len()
    };
    eprintln!(
        "{} rules, {} tests: {} passed, {failed} failed",
        rules.program.rules.len(),
        cases.len(),
        cases.len() - failed
    );
    let mut is_good = failed == 0;
    if args.coverage {
        is_good &= coverage(args, &rules, &cases, &mut out)?;
    }
    if args.mutate {
        is_good &= mutate(args, &rules, &cases, &mut out)?;
    }
    out.flush()?;
    Ok(if is_good { Outcome::Good } else { Outcome::NotInOrder })
}

/// Prints the coverage of the tests. Returns whether each rule has a test that makes it fire.
fn coverage(
    args: &Args,
    rules: &Rules,
    cases: &[Case],
    out: &mut impl std::io::Write,
) -> anyhow::Result<bool> {
    let found = engine::cases::coverage(rules, cases);
    for gap in &found.gaps {
        if args.json {
            output::json_line(&mut *out, gap)?;
            continue;
        }
        match &gap.part {
            Some(part) => {
                eprintln!("{}: `{}`: never {}: {part}", gap.file, gap.rule, gap.never);
            }
            None => eprintln!("{}: `{}`: no test makes it fire", gap.file, gap.rule),
        }
    }
    let percent = (found.reached * 100).checked_div(found.outcomes).unwrap_or(100);
    eprintln!("{} of {} outcomes of parts reached, {percent} %", found.reached, found.outcomes);
    Ok(found.gaps.iter().all(|gap| gap.part.is_some()))
}

/// Prints the comparisons that can be inverted unnoticed. Returns whether there are none.
fn mutate(
    args: &Args,
    rules: &Rules,
    cases: &[Case],
    out: &mut impl std::io::Write,
) -> anyhow::Result<bool> {
    let bar = progress::count(0, "inverting comparisons", args.quiet);
    let advance = |total: usize| {
        bar.set_length(total as u64);
        bar.inc(1);
    };
    let (tried, survivors) = engine::cases::survivors(rules, cases, &advance);
    bar.finish_and_clear();
    for survivor in &survivors {
        if args.json {
            output::json_line(&mut *out, survivor)?;
        } else {
            let engine::cases::Survivor { rule, file, part, turned } = survivor;
            eprintln!("{file}: `{rule}`: no test notices `{turned}` in {part}");
        }
    }
    eprintln!("{tried} comparisons inverted, {} unnoticed", survivors.len());
    Ok(survivors.is_empty())
}
