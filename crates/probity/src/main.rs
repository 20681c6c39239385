//! The one binary: command line, configuration, clock and randomness.
//!
//! One subcommand a file; this file only hands over and turns outcomes into exit codes.

mod bounded;
mod casework;
mod cli;
mod client;
mod clock;
mod config;
mod decisions;
mod demo;
mod demo_people;
mod erase;
mod faults;
mod files;
mod history;
mod key;
mod language;
mod ledger_prove;
mod ledger_show;
mod ledger_verify;
mod load;
mod output;
mod progress;
mod rolling;
mod router;
mod rules_backtest;
mod rules_check;
mod rules_eval;
mod rules_explain;
mod rules_fmt;
mod rules_functions;
mod rules_test;
mod screen;
mod screened;
mod serve;
mod service;
mod simulate;
mod staff;
mod store_rebuild;
mod terms;
mod vault;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::{Cli, Command, LedgerCommand, RulesCommand, StoreCommand};

/// Short-lived strings by the million: a tenth to a quarter faster than the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How a command ended, if it was able to do its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Exit code 0: done, nothing to complain about.
    Good,
    /// Exit code 3: done, but some input was refused; it is listed.
    SomeRefused,
    /// Exit code 4: done, and what was looked at is not in order.
    NotInOrder,
}

/// Exit code 1: the command could not do its work.
const FAILED: u8 = 1;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(Outcome::Good) => ExitCode::SUCCESS,
        Ok(Outcome::SomeRefused) => ExitCode::from(3),
        Ok(Outcome::NotInOrder) => ExitCode::from(4),
        Err(error) if output::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            // Where nothing can be written, the exit code has to do.
            let _ = writeln!(std::io::stderr(), "error: {error:#}");
            ExitCode::from(FAILED)
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<Outcome> {
    match cli.command {
        Command::Serve(args) => serve::run(&args),
        Command::Demo(args) => demo::run(&args),
        Command::Load(args) => load::run(&args),
        Command::Config(args) => config::run(&args),
        Command::Key(command) => key::run(&command),
        Command::Staff(command) => staff::run(&command),
        Command::Screen(args) => screen::run(&args),
        Command::Decisions(args) => decisions::run(&args),
        Command::Erase(args) => erase::run(&args),
        Command::Faults(args) => crate::faults::run(&args),
        Command::Simulate(args) => simulate::run(&args),
        Command::Terms(args) => terms::run(&args),
        Command::Language(args) => language::run(&args),
        Command::Rules(RulesCommand::Check(args)) => rules_check::run(&args),
        Command::Rules(RulesCommand::Fmt(args)) => rules_fmt::run(&args),
        Command::Rules(RulesCommand::Test(args)) => rules_test::run(&args),
        Command::Rules(RulesCommand::Explain(args)) => rules_explain::run(&args),
        Command::Rules(RulesCommand::Eval(args)) => rules_eval::run(&args),
        Command::Rules(RulesCommand::Backtest(args)) => rules_backtest::run(&args),
        Command::History(command) => history::run(&command),
        Command::Rules(RulesCommand::Functions(args)) => rules_functions::run(&args),
        Command::Store(StoreCommand::Rebuild(args)) => store_rebuild::run(&args),
        Command::Ledger(LedgerCommand::Verify(args)) => ledger_verify::run(&args),
        Command::Ledger(LedgerCommand::Prove(args)) => ledger_prove::run(&args),
        Command::Ledger(LedgerCommand::Show(args)) => ledger_show::run(&args),
    }
}
