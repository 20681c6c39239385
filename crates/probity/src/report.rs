//! `probity report`: transparency reports, made, verified and linted.

mod lint;
pub(crate) mod make;
mod verify;

use documents::report::Period;

use crate::Outcome;

/// The subcommands.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Make a transparency report (Arts 15, 24 and 42 DSA) in the harmonised template
    ///
    /// Writes the eleven sheets of Implementing Regulation (EU) 2024/2835 as CSV files and a
    /// workbook, and `manifest.json`, which says under which ledger and definitions they were
    /// counted. Tells what is not measured, and which texts are still to be written; exit code 3 if
    /// there are any.
    #[command(
        after_help = "Example:\n  probity report dsa probity.db --period 2026-H1 --profile profile.toml --texts texts --out report"
    )]
    Dsa(make::Args),
    /// Make the yearly report on terrorist content (Art. 7(2) and (3) Regulation (EU) 2021/784)
    Terrorist(make::Args),
    /// Make the report of the code of conduct on illegal hate speech
    Hate(make::Args),
    /// Make the report on enforcement of the community guidelines, by policy and country
    Enforcement(make::Args),
    /// Make the report on orders and requests of authorities
    Requests(make::Args),
    /// Make the report under the Code of Conduct on Disinformation
    Conduct(make::Args),
    Verify(verify::Args),
    Lint(lint::Args),
}

/// The name of the file that says how a report was made.
const MANIFEST: &str = "manifest.json";

/// Runs the command.
pub(crate) fn run(command: &Command) -> anyhow::Result<Outcome> {
    match command {
        Command::Dsa(args) => make::run("dsa", args),
        Command::Terrorist(args) => make::run("terrorist", args),
        Command::Hate(args) => make::run("hate", args),
        Command::Enforcement(args) => make::run("enforcement", args),
        Command::Requests(args) => make::run("requests", args),
        Command::Conduct(args) => make::run("conduct", args),
        Command::Verify(args) => verify::run(args),
        Command::Lint(args) => lint::run(args),
    }
}

/// A period of a report, as an argument.
fn period(text: &str) -> Result<Period, String> {
    text.parse()
}
