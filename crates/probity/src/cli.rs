//! The command line: all subcommands in one table, their arguments in their own files.

use clap::{Parser, Subcommand};

use crate::{
    config, decisions, demo, erase, faults, history, key, language, ledger_prove, ledger_show,
    ledger_verify, load, rules_backtest, rules_check, rules_eval, rules_explain, rules_fmt,
    rules_functions, rules_test, screen, serve, simulate, staff, store_rebuild, terms,
};

/// Keeps an online platform honest and lets it answer for that.
///
/// Events come in, are judged by rules, and every decision is kept so that it can be proven years
/// later.
#[derive(Debug, Parser)]
#[command(name = "probity", version, propagate_version = true, after_help = AFTER_HELP)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const AFTER_HELP: &str = "\
Begin with:
  probity demo
  probity serve
  probity screen --policies policies examples/events.ndjson
  probity rules test policies

Exit codes:
  0  done
  1  could not be done; the last line says why and what to do
  2  the command line is wrong
  3  done, but some input was refused; --rejects FILE lists it
  4  done, and what was looked at is not in order: rules with errors, failing cases,
     a changed ledger, a proof that does not hold";

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Serve(serve::Args),
    Config(config::Args),
    Demo(demo::Args),
    Load(load::Args),
    /// Make, list and revoke API keys
    #[command(subcommand)]
    Key(key::Command),
    /// Make, list and remove accounts of the console
    #[command(subcommand)]
    Staff(staff::Command),
    Screen(screen::Args),
    Decisions(decisions::Args),
    /// Check, lay out, test, explain and try rules
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Verify, show and prove what was kept
    #[command(subcommand)]
    Ledger(LedgerCommand),
    /// Make the tables of a store anew
    #[command(subcommand)]
    Store(StoreCommand),
    /// Roll the log into Parquet, list, verify, export it, and drop what is too old
    #[command(subcommand)]
    History(history::Command),
    Erase(erase::Args),
    Simulate(simulate::Args),
    Faults(faults::Args),
    Terms(terms::Args),
    Language(language::Args),
}

/// What to do with rules.
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

/// What to do with a store.
#[derive(Debug, Subcommand)]
pub(crate) enum StoreCommand {
    Rebuild(store_rebuild::Args),
}

/// What to do with a ledger.
#[derive(Debug, Subcommand)]
pub(crate) enum LedgerCommand {
    Verify(ledger_verify::Args),
    Prove(ledger_prove::Args),
    Show(ledger_show::Args),
}
