//! The command line: all subcommands in one table. Their arguments are in their own files.

use clap::{Parser, Subcommand};

use crate::{
    config, decisions, demo, erase, faults, history, key, language, ledger_prove, ledger_show,
    ledger_verify, load, report, rules_backtest, rules_check, rules_eval, rules_explain, rules_fmt,
    rules_functions, rules_test, screen, serve, simulate, staff, statements, store_rebuild, terms,
};

/// Keep an online platform honest and accountable
///
/// Events from the platform are judged by rules. Every decision is recorded in a signed ledger, so
/// that it can be reproduced and proven years later.
#[derive(Debug, Parser)]
#[command(name = "probity", version, propagate_version = true, after_help = AFTER_HELP)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const AFTER_HELP: &str = "\
Start with:
  probity demo
  probity serve
  probity screen --policies policies examples/events.ndjson
  probity rules test policies

Exit codes:
  0  done
  1  failed; the last line says why and what to do
  2  the command line is wrong
  3  done, but some input was refused; --rejects FILE lists it
  4  done, but a check failed: rules with errors, failing cases, a changed ledger,
     an invalid proof";

/// The subcommands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Serve(serve::Args),
    Config(config::Args),
    Demo(demo::Args),
    Load(load::Args),
    /// Create, list and revoke API keys
    #[command(subcommand)]
    Key(key::Command),
    /// Create, list and remove staff accounts for the console
    #[command(subcommand)]
    Staff(staff::Command),
    Screen(screen::Args),
    Decisions(decisions::Args),
    /// Check, format, test, explain and back-test rules
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Verify, show and prove the entries of a ledger
    #[command(subcommand)]
    Ledger(LedgerCommand),
    /// Rebuild the tables of a store
    #[command(subcommand)]
    Store(StoreCommand),
    /// Export the log to Parquet, and list, verify, print and expire its files
    #[command(subcommand)]
    History(history::Command),
    Erase(erase::Args),
    /// Make and verify transparency reports
    #[command(subcommand)]
    Report(report::Command),
    /// Check and export statements of reasons for the DSA Transparency Database
    #[command(subcommand)]
    Statements(statements::Command),
    Simulate(simulate::Args),
    Faults(faults::Args),
    Terms(terms::Args),
    Language(language::Args),
}

/// Subcommands of `rules`.
#[derive(Debug, Subcommand)]
pub(crate) enum RulesCommand {
    Check(rules_check::Args),
    Fmt(rules_fmt::Args),
    Test(rules_test::Args),
    Backtest(rules_backtest::Args),
    Explain(rules_explain::Args),
    Eval(rules_eval::Args),
    Functions(rules_functions::Args),
}

/// Subcommands of `store`.
#[derive(Debug, Subcommand)]
pub(crate) enum StoreCommand {
    Rebuild(store_rebuild::Args),
}

/// Subcommands of `ledger`.
#[derive(Debug, Subcommand)]
pub(crate) enum LedgerCommand {
    Verify(ledger_verify::Args),
    Prove(ledger_prove::Args),
    Show(ledger_show::Args),
}
