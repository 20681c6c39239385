//! The binary from outside, and the house rules.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking"
)]

mod access;
mod answers;
mod api;
mod backtests;
mod bad_input;
mod book;
mod browser;
mod casework;
mod commands;
mod crash;
mod crowd;
mod deliveries;
mod earlier;
mod erased;
mod filings;
mod inputs;
mod jobs;
mod looking_back;
mod oidc;
mod opened_again;
mod outage;
mod reports;
mod rules_tried;
mod rules_work;
mod server;
mod side_by_side;
mod statements;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The binary, run in the root of the repository.
fn probity(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_probity"));
    command.args(args).current_dir(root()).stdin(Stdio::null());
    command
}

/// Runs the binary to its end.
fn run(args: &[&str]) -> Ran {
    Ran::from(probity(args).output().unwrap())
}

/// Runs the binary with `input` on standard input.
fn run_with(args: &[&str], input: &str) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("input");
    std::fs::write(&path, input).unwrap();
    let output = probity(args).stdin(std::fs::File::open(&path).unwrap()).output().unwrap();
    Ran::from(output)
}

/// How a run ended.
#[derive(Debug)]
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
