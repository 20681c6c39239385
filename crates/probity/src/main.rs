//! The binary: command line, configuration, clock and randomness.
//!
//! Each subcommand is in its own file. This file calls it and turns its outcome into an exit code.

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
mod opening;
mod output;
mod progress;
mod report;
mod reports_config;
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
mod span;
mod staff;
mod statements;
mod statements_config;
mod store_rebuild;
mod terms;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::{Cli, Command, LedgerCommand, RulesCommand, StoreCommand};

/// With millions of short-lived strings, 10 to 25 % faster than the allocator of the system.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The outcome of a command that did its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Exit code 0: done, without findings.
    Good,
    /// Exit code 3: done, but some input was refused.
    SomeRefused,
    /// Exit code 4: done, but a check failed.
    NotInOrder,
}

/// Exit code 1: the command could not do its work.
const FAILED: u8 = 1;

fn main() -> ExitCode {
    let cli = Cli::parse();
    // Once for all clients and servers of this process.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match run(cli) {
        Ok(Outcome::Good) => ExitCode::SUCCESS,
        Ok(Outcome::SomeRefused) => ExitCode::from(3),
        Ok(Outcome::NotInOrder) => ExitCode::from(4),
        Err(error) if output::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            // If stderr is closed, only the exit code shows the error.
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
        Command::Report(command) => report::run(&command),
        Command::Statements(command) => statements::run(&command),
        Command::Rules(RulesCommand::Functions(args)) => rules_functions::run(&args),
        Command::Store(StoreCommand::Rebuild(args)) => store_rebuild::run(&args),
        Command::Ledger(LedgerCommand::Verify(args)) => ledger_verify::run(&args),
        Command::Ledger(LedgerCommand::Prove(args)) => ledger_prove::run(&args),
        Command::Ledger(LedgerCommand::Show(args)) => ledger_show::run(&args),
    }
}
